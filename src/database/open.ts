/**
 * Opens the database: a PostgreSQL server when there is a url, else PostgreSQL beside this program (PGlite) with its files in a folder.
 * Whatever it is, it is migrated and spoken to through one client. Must never put a password in a message.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { WeighbridgeError } from '../core/errors.js';
import type { PrismaClient, Select } from './client.js';
import { copyDatabase } from './copy.js';
import { PrismaClient as Client } from './generated/client.js';
import type { EmbeddedEvents, OpenPool, Prepare } from './pool.js';
import type { Replica, ReplicaOptions } from './replica.js';
import { createSelect } from './select.js';
import { createStatementNames } from './statement-names.js';

export type { EmbeddedEvents } from './pool.js';

export interface Database {
  client: PrismaClient;
  /** Reads by raw SQL, not within a transaction. */
  select: Select;
  kind: 'postgresql' | 'embedded';
  /** Which one, for people: without a password. */
  place: string;
  /** Of how many one operation may have at once: others want some too, and what it sends waits for nobody but itself. */
  statementsAtOnce: number;
  /** Resolves when the database answers; rejects with DATABASE_UNAVAILABLE, after some seconds at the latest. */
  ping(): Promise<void>;
  /** A copy of all of it, at one moment, as lines; `weighbridge` is the version that its head says. Rejects before the first of them, or breaks off. */
  copy(weighbridge: string): AsyncGenerator<string>;
  /** Another server with the same data, for reads that may be a little old; null where there is none. */
  replica: Replica | null;
  /** Ends all connections; may be called more than once. */
  close(): Promise<void>;
}

export interface DatabaseOptions extends Partial<EmbeddedEvents> {
  /** `postgresql://user:password@host:port/database` */
  url?: string;
  /** Of a server: a replica of it. */
  replica?: ReplicaOptions | undefined;
  /** Where the embedded database keeps its files, when there is no url. It is made when it is missing, and locked. */
  folder?: string;
  /** Instead of migrating it. */
  prepare?: Prepare;
}

/** Time to wait for a connection: with one connection (embedded) transactions queue, and Prisma's 2 s is soon over. */
const MAX_WAIT_MS = 15_000;
/** Longer than the statement timeout, so that the statement's own message is the one that is seen. */
const TRANSACTION_TIMEOUT_MS = 15_000;
/** Of ten connections: two operations that want all they can get leave some for others. */
const SERVER_STATEMENTS_AT_ONCE = 4;
const PING_TIMEOUT_MS = 5_000;

/** Rejects with DATABASE_UNREACHABLE, MIGRATION_CONFLICT, DATA_FOLDER_BUSY or DATA_FOLDER_UNUSABLE; nothing is left open then. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url !== undefined) {
    const { openServer } = await import('./server.js');
    const server = await openServer(options.url, options.prepare);
    return build('postgresql', server, options.replica && (await follow(server, options.replica)));
  }
  if (options.folder === undefined) throw new TypeError('openDatabase needs a url or a folder');
  const { openEmbedded } = await import('./embedded.js'); // only then: PGlite is megabytes of code
  return build('embedded', await openEmbedded(options.folder, options, options.prepare));
}

async function follow(server: OpenPool, options: ReplicaOptions): Promise<Replica> {
  try {
    const { followReplica } = await import('./replica.js');
    return followReplica(server.pool, options);
  } catch (error) {
    await server.pool.end();
    throw error;
  }
}

function build(
  kind: Database['kind'],
  { place, pool, openLongRead, stop }: OpenPool,
  replica: Replica | null = null,
): Database {
  const client = new Client({
    // A server may stand behind a pooler, which gives each transaction another connection.
    adapter: new PrismaPg(pool, kind === 'embedded' ? { statementNameGenerator: createStatementNames() } : {}),
    transactionOptions: { maxWait: MAX_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  });
  const end = async () => {
    await replica?.close();
    await client.$disconnect();
    if (!pool.ended) await pool.end();
    await stop();
  };
  let ended: Promise<void> | undefined;
  const statementsAtOnce = kind === 'embedded' ? 1 : SERVER_STATEMENTS_AT_ONCE;
  const select = createSelect(pool);
  async function* copy(weighbridge: string): AsyncGenerator<string> {
    const takenAt = new Date().toISOString(); // what is acknowledged before it is in the copy, which is of a later moment
    const read = await openLongRead();
    try {
      yield* copyDatabase(read.connection, { weighbridge, takenAt });
    } finally {
      await read.end();
    }
  }
  const close = () => (ended ??= end());
  return { client, select, kind, place, statementsAtOnce, ping: () => ping(pool), copy, replica, close };
}

async function ping(pool: pg.Pool): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS);
  });
  try {
    await Promise.race([pool.query('SELECT 1'), late]);
  } catch (cause) {
    throw new WeighbridgeError('DATABASE_UNAVAILABLE', 'the database does not respond', { cause });
  } finally {
    clearTimeout(timer);
  }
}
