/**
 * Connects to a PostgreSQL server and migrates it. Every way in which a url can be wrong ends in one line that says what to look at,
 * with host and port and never the password.
 */
import { isNativeError } from 'node:util/types';
import pg from 'pg';
import { WeighbridgeError } from '../core/errors.js';
import { migrate } from './migrate.js';
import { type OpenPool, type Prepare, STATEMENT_TIMEOUT_MS } from './pool.js';
import { tlsFault, tlsFileProblem } from './server-tls.js';

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 10_000;

export async function openServer(url: string, prepare: Prepare = migrate): Promise<OpenPool> {
  const settings = readUrl(url);
  const session = await prepareServer(settings, url, prepare);
  const pool = new pg.Pool({ ...settings, ...session, max: POOL_SIZE });
  // An idle connection that breaks is replaced by the pool; without a listener the event would end the process.
  pool.on('error', () => undefined);
  const openLongRead = async () => {
    const connection = await pool.connect();
    connection.on('error', () => undefined); // reported by the statement that meets it
    // It is not used again: nobody knows where in a transaction it was left.
    return { connection, end: () => Promise.resolve(connection.release(true)) };
  };
  return { place: placeOf(settings), pool, openLongRead, stop: () => Promise.resolve() };
}

function placeOf(settings: pg.ClientConfig): string {
  const { host, port, database } = new pg.Client(settings); // which knows what the url and the environment leave out
  return `PostgreSQL at ${host.startsWith('/') ? host : `${host}:${port}`}/${database ?? ''}`;
}

/** `setting` is where the url stands, for messages. Throws DATABASE_UNREACHABLE for one that says what is not supported. */
export function readUrl(url: string, setting = 'DATABASE_URL'): pg.ClientConfig {
  const hint = 'it must look like postgresql://user:password@host:5432/database';
  if (!/^postgres(ql)?:\/\//.test(url)) throw unreachable(`${setting} is not a PostgreSQL address: ${hint}`);
  const schema = /[?&]schema=([^&]*)/.exec(url)?.[1];
  if (schema !== undefined && schema !== 'public')
    throw unreachable(`${setting} names a schema; only "public" is used. Give the registry a database of its own`);
  const problem = tlsFileProblem(url);
  if (problem !== null) throw unreachable(problem);
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'weighbridge',
  };
}

/**
 * Prisma writes times without a zone, and takes it for granted that they are read as UTC; the driver reads ISO dates alone. To compile a plan
 * (jit) takes longer than to run it: an audit of 20,000 models 8 s instead of 0.7 on a busy machine.
 */
export const PARAMETERS: pg.ClientConfig = {
  options: '-c TimeZone=UTC -c DateStyle=ISO -c jit=off',
  statement_timeout: STATEMENT_TIMEOUT_MS,
};

/** A pooler may pass over what is asked for at the start, without a word. */
async function requireSession(connection: pg.Client): Promise<void> {
  const { rows } = await connection.query<{ zone: string; dates: string; timeout: string; role: string }>(
    `SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS dates, current_user AS role,
      (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') AS timeout`,
  );
  const [{ zone, dates, timeout, role }] = rows as [(typeof rows)[number]];
  const wanted: string[] = [];
  if (!/^(etc\/)?utc$/i.test(zone)) wanted.push(`SET TimeZone = 'UTC'`);
  if (!/^ISO\b/i.test(dates)) wanted.push(`SET DateStyle = 'ISO'`);
  if (!(Number(timeout) > 0 && Number(timeout) <= STATEMENT_TIMEOUT_MS))
    wanted.push(`SET statement_timeout = '${STATEMENT_TIMEOUT_MS / 1000}s'`);
  if (wanted.length === 0) return;
  const commands = wanted.map((setting) => `ALTER ROLE "${role}" ${setting};`).join(' ');
  throw unreachable(
    `the pooler before the database does not pass on what a connection asks for at its start; let the role have it, then start the pooler again: ${commands}`,
  );
}

/** Prepares it, on a connection of its own; gives what a connection is to ask for at its start, which is nothing where a pooler refuses that. */
async function prepareServer(settings: pg.ClientConfig, url: string, prepare: Prepare): Promise<pg.ClientConfig> {
  try {
    await prepareOver({ ...settings, ...PARAMETERS }, url, prepare);
    return PARAMETERS;
  } catch (error) {
    if (!(error instanceof WeighbridgeError) || !error.message.includes('unsupported startup parameter')) throw error;
  }
  await prepareOver(settings, url, prepare);
  return {};
}

async function prepareOver(settings: pg.ClientConfig, url: string, prepare: Prepare): Promise<void> {
  let connection: pg.Client;
  try {
    connection = new pg.Client(settings);
  } catch {
    // The cause is left out: Node's error about a malformed URL carries the whole URL, password included.
    throw unreachable(
      'DATABASE_URL cannot be read: write special characters in the password as %40 and the like, the port as a number',
    );
  }
  connection.on('error', () => undefined); // reported by the query that meets it
  try {
    await connection.connect();
  } catch (cause) {
    connection.end().catch(() => undefined); // not awaited: the other side may be no database and never end
    throw unreachable(explain(cause, connection, url), cause);
  }
  try {
    await requireSession(connection);
    await prepare(connection);
  } catch (cause) {
    if (cause instanceof WeighbridgeError) throw cause;
    throw unreachable(explain(cause, connection, url), cause);
  } finally {
    await connection.end();
  }
}

function explain(cause: unknown, { host, port, user, database }: pg.Client, url: string): string {
  const place = host.startsWith('/') ? host : `${host}:${port}`;
  const { code, message } = describe(cause);
  const tls = tlsFault({ code, message }, url);
  if (tls !== null) return `the database at ${place} ${tls}`;
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return `the database cannot be reached: nothing listens at ${place}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the database cannot be reached: no host is named ${host}`;
    case 'EACCES':
      return `the database cannot be reached: ${place} may not be opened by this user`;
    case '28P01':
    case '28000':
      return `the database at ${place} refuses the user ${user ?? '(none)'}: ${message}`;
    case '3D000':
      return `the database server at ${place} has no database "${database ?? ''}"; create it first`;
    case '42501':
      return `the user ${user ?? '(none)'} may not create tables in database "${database ?? ''}" at ${place}: ${message}`;
    default:
      if (message.includes('client password must be')) return `the database at ${place} requires a password`;
      return `the database at ${place} cannot be used: ${message}`;
  }
}

function describe(cause: unknown): { code: string | undefined; message: string } {
  if (!isNativeError(cause)) return { code: undefined, message: String(cause) };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  return { code, message: cause.message || (code ?? cause.name) };
}

const unreachable = (message: string, cause?: unknown) =>
  new WeighbridgeError('DATABASE_UNREACHABLE', message, cause === undefined ? {} : { cause });
