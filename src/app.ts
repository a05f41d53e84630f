/**
 * The composition root: a configuration in, a running registry out. Puts the parts together and takes them apart in reverse,
 * also when one of them fails on the way: then nothing of the start is left. Decides nothing else.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { ApolloServer } from '@apollo/server';
import pino, { type Logger } from 'pino';
import { apolloOptions, buildGraphqlSchema, printSdl, type GraphqlContext } from './api/schema.js';
import { version } from './api/server-facts.js';
import { reserveOf } from './blobs/disk-reserve.js';
import { openBlobs } from './blob-stores.js';
import { WeighbridgeError } from './core/errors.js';
import type { Config } from './config.js';
import { makeDataFolder, writePrivateFile } from './database/data-folder.js';
import { createDiskCheck } from './database/database-disk.js';
import { lockFolder } from './database/folder-lock.js';
import { ThreadHeld } from './database/engine.js';
import { openDatabase, type Database, type EmbeddedEvents } from './database/open.js';
import { HTTP_LIMITS, type HttpLimits } from './http/limits.js';
import { publicPathOf } from './http/public-path.js';
import { createRoutes } from './http/routes.js';
import { createHttpServer } from './http/server.js';
import { createKept } from './registry/kept.js';
import type { Needs } from './registry/needs.js';
import { makeSignInCode } from './registry/access/sign-in-codes.js';
import { removeExpiredUploads, removeLeftParts } from './registry/artifacts/expired-uploads.js';
import { authenticate, ensureAdminToken } from './registry/access/tokens.js';

export interface Registry {
  /** Where it can be reached from this machine, without a slash at the end. */
  url: string;
  port: number;
  /** Code of a link that signs a browser in once, with the token of the data folder; null when there is none. */
  signInCode: string | null;
  /** Rejects with DATA_FOLDER_UNUSABLE when the embedded database is lost and cannot be opened again; never resolves. */
  lost: Promise<never>;
  /** Ends what runs, within the limits of a shutdown, then lets go of everything. May be called more than once. */
  close(): Promise<void>;
}

export interface RegistryOptions {
  /** Without one, lines of JSON go to standard error; standard output is left to the command. */
  log?: Logger;
  /** Smaller numbers for tests. */
  limits?: Partial<HttpLimits>;
}

/**
 * Binds, locks, opens the database and makes the first token, in this order; while it does, liveness is 200 and the rest 503.
 * Rejects with PORT_BUSY, CONFIG_INVALID, DATA_FOLDER_BUSY, DATA_FOLDER_UNUSABLE, DATABASE_UNREACHABLE or MIGRATION_CONFLICT.
 */
export async function startRegistry(config: Config, options: RegistryOptions = {}): Promise<Registry> {
  const log = options.log ?? pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
  const limits: HttpLimits = { ...HTTP_LIMITS, ...config.limits, ...options.limits };
  const ends = createEnds();
  try {
    const server = createHttpServer({ limits, log, publicPath: publicPathOf(config.publicUrl) });
    const port = await server.listen(config.host, config.port);
    ends.add(() => server.close());
    const data = path.resolve(config.data);
    ends.add(await makeDataFolder(data));
    if (config.databaseUrl === null) await requireOwnDatabase(data);
    const loss = createLoss();
    const opening = openLocked(config, data, ends, { onTrouble: (line) => log.error(line), onGone: loss.happened });
    const building = buildGraphqlSchema(); // while the database waits for the disk
    await Promise.allSettled([opening, building]); // so that the failure of one leaves nothing of the other
    const [database, schema] = [await opening, await building];
    const exclusive = config.databaseUrl === null; // then the folder is locked
    const blobs = await openBlobs(config, { exclusive });
    ends.add(() => blobs.close());
    const { approvalsBy } = config;
    const { client, select, statementsAtOnce, replica } = database;
    const needs: Needs = {
      database: client,
      select,
      selectToTheEnd: select,
      replica,
      statementsAtOnce,
      blobs,
      approvalsBy,
      ...createKept(),
    };
    const tokenFile = tokenFileOf(data);
    await requireNoBlobs(needs, database.place);
    await makeAdminToken(needs, tokenFile, log);
    const tokenId = await tokenOfFile(needs, tokenFile);
    const apollo = new ApolloServer<GraphqlContext>({ ...apolloOptions(schema), logger: log });
    await apollo.start();
    ends.add(() => apollo.stop());
    const databaseDisk = exclusive ? createDiskCheck(databaseFolder(data), reserveOf) : undefined;
    const [ping, copy] = [() => database.ping(), () => database.copy(version)];
    const services = { needs, apollo, sdl: printSdl(schema), ping, copy, databaseDisk };
    const { anonymousRead, sessionHours, publicUrl, hosts, downloads } = config;
    ends.add(sweepUploads(needs, log));
    server.open(createRoutes(services, { limits, anonymousRead, sessionHours, publicUrl, hosts, downloads }));
    // Requests end before the parts they use; closing the server once more at its own turn does nothing.
    ends.add(() => server.close());
    const signInCode = tokenId === null ? null : await makeSignInCode(needs, tokenId);
    return {
      url: `http://${reachable(config.host)}:${port}`,
      port,
      signInCode,
      lost: loss.promise,
      close: () => ends.run(),
    };
  } catch (error) {
    await ends.run();
    throw error;
  }
}

/** The embedded database belongs to one process; with a server, processes may share the folder of the blobs. */
async function openLocked(config: Config, data: string, ends: Ends, events: EmbeddedEvents): Promise<Database> {
  if (config.databaseUrl === null) {
    const lock = await lockFolder(data);
    ends.add(() => lock.release());
  }
  const { databaseUrl, databaseUrlRead, readLagMs: lagMs } = config;
  const replica = databaseUrlRead === null ? undefined : { url: databaseUrlRead, lagMs, onTrouble: events.onTrouble };
  const database = await openDatabase(
    databaseUrl === null ? { folder: databaseFolder(data), ...events } : { url: databaseUrl, replica },
  );
  ends.add(() => database.close());
  return database;
}

/** Whether the process must be ended by a signal, since `process.exit` would wait for a thread that does not end. */
export function cannotExit(fault: unknown): boolean {
  return fault instanceof Error && fault.cause instanceof ThreadHeld;
}

const databaseFolder = (data: string) => path.join(data, 'database');

/** Rejected where nobody waits yet, it must not end the process as a fault of ours. */
function createLoss() {
  let happened!: (fault: Error) => void;
  const promise = new Promise<never>((_, reject) => (happened = reject));
  promise.catch(() => undefined);
  return { promise, happened };
}

interface Ends {
  add(end: () => Promise<void>): void;
  /** The last added first; each is called though another failed, and the first failure is thrown. */
  run(): Promise<void>;
}

function createEnds(): Ends {
  const ends: (() => Promise<void>)[] = [];
  const runAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const end of ends.reverse()) await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  let running: Promise<void> | undefined;
  return { add: (end) => void ends.push(end), run: () => (running ??= runAll()) };
}

/**
 * A folder with the traces of a registry and no database is that of one on a server, whose address was forgotten, or has lost its database: nothing of
 * it is touched.
 */
async function requireOwnDatabase(data: string): Promise<void> {
  if (await isThere(databaseFolder(data))) return;
  const traces = [tokenFileOf(data), path.join(data, 'blobs', 'sha256')];
  for (const trace of traces) {
    if (!(await isThere(trace))) continue;
    const problem = `${trace} is of a registry whose database is not in ${data}: set DATABASE_URL, restore it (weighbridge restore), or move both ${traces.join(' and ')} away to begin a new registry`;
    throw new WeighbridgeError('CONFIG_INVALID', problem);
  }
}

const isThere = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

const tokenFileOf = (data: string) => path.join(data, 'admin-token');

/** Bytes are stored by a registry: its database is another one, or was not restored yet. */
async function requireNoBlobs({ database, blobs }: Needs, place: string): Promise<void> {
  const hasToken = async () => (await database.token.findFirst({ select: { id: true } })) !== null;
  if (await hasToken()) return;
  for await (const { digest } of blobs.list()) {
    if (await hasToken()) return; // another process has begun meanwhile
    const problem = `${place} is empty, but there are stored bytes (${digest}): they belong to a registry whose database is another one; set DATABASE_URL, or finish the restore (weighbridge restore), or move the bytes away to begin a new registry`;
    throw new WeighbridgeError('CONFIG_INVALID', problem);
  }
}

/**
 * The file is there, whole and on the disk, before the token counts; without the token it is taken away again. One that is there already is of a
 * start that was cut off, or of another database: it is kept under another name.
 */
async function makeAdminToken(needs: Needs, file: string, log: Logger): Promise<void> {
  let takeAway: (() => Promise<void>) | undefined;
  try {
    await ensureAdminToken(needs, async (secret) => {
      if ((await stat(file).catch(() => null))?.isFile()) {
        const kept = `${file}.before-${randomUUID()}`;
        await rename(file, kept);
        log.warn(
          { kept },
          'a first token of another database, or of a start that was cut off, was kept under another name',
        );
      }
      takeAway = await writePrivateFile(file, `${secret}\n`);
    });
  } catch (error) {
    await takeAway?.();
    throw error;
  }
}

const SWEEP_MS = 3_600_000;

/** Now and every hour; the function ends it. That it fails is told, and mended by the next time. */
function sweepUploads(needs: Needs, log: Logger): () => Promise<void> {
  const sweep = async (): Promise<void> => {
    try {
      await removeExpiredUploads(needs);
      await removeLeftParts(needs);
    } catch (error) {
      log.error({ err: error }, 'uploads that have expired cannot be taken away');
    }
  };
  let sweeping = sweep();
  const timer = setInterval(() => void (sweeping = sweeping.then(sweep)), SWEEP_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await sweeping;
  };
}

/** Null when its owner has put the file away, or its token is no longer valid. */
async function tokenOfFile(needs: Needs, file: string): Promise<string | null> {
  const secret = await readFile(file, 'utf8').catch(() => null);
  return secret === null ? null : ((await authenticate(needs, secret.trim()))?.tokenId ?? null);
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
