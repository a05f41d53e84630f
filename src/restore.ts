/**
 * Makes a registry of a backup where none is: a folder of copies in, a data folder and a database out. Checks everything before it changes
 * anything. Stopped anywhere, there is an empty registry or the whole one, never a half.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { BlobStore } from './blobs/blob-store.js';
import { openBlobs } from './blob-stores.js';
import type { Config } from './config.js';
import { blobPathOf, invalid, readBackup, type Survey, surveyBackup } from './core/backup/backup.js';
import { WeighbridgeError } from './core/errors.js';
import type { Principal } from './core/principal.js';
import { makeDataFolder } from './database/data-folder.js';
import { lockFolder } from './database/folder-lock.js';
import { loadDatabase, requireEmpty, requireKnown } from './database/load.js';
import { openDatabase } from './database/open.js';
import type { Reads } from './registry/needs.js';
import { checkTrail, type TrailFinding } from './registry/trail/trail-check.js';

export interface RestoreRequest {
  /** Of copies, as `weighbridge backup` writes it. */
  folder: string;
  /** Which copy, as its file is named, without the ending; null is the newest. */
  copy: string | null;
  /** Goes on where bytes are damaged or missing in the folder. */
  withoutDamaged: boolean;
  /** Is told of work that takes long, and how far it has come. */
  follow: (doing: string, total: number) => Promise<{ update: (done: number) => void; stop: () => void }>;
}

export interface Restored extends Survey {
  /** The file. */
  copy: string;
  /** Digests whose bytes are not there. */
  damaged: string[];
  /** Events of the trail. */
  events: number;
  /** As the trail was when it was copied. */
  findings: TrailFinding[];
}

const ENDING = '.ndjson.gz';
/** Nobody else is there yet. */
const RESTORER: Principal = { tokenId: null, name: 'weighbridge', scopes: ['admin'], models: '*' };
/** More of them are no help. */
const DAMAGED_NAMED = 20;

/** Rejects with BACKUP_INVALID, REGISTRY_NOT_EMPTY, FILE_UNREADABLE, STORAGE_FULL, STORAGE_FAILED, and as a start of the registry does. */
export async function restoreRegistry(config: Config, request: RestoreRequest): Promise<Restored> {
  const { folder, withoutDamaged, follow } = request;
  const copy = await findCopy(folder, request.copy);
  const survey = await surveyBackup(linesOf(copy), createHash('sha256'));
  await requireKnown(survey.head);
  const damaged = await findDamaged(folder, survey, follow);
  if (damaged.size > 0 && !withoutDamaged) throw lacking(folder, [...damaged]);

  const data = path.resolve(config.data);
  const takeAway = await makeDataFolder(data);
  const lock = config.databaseUrl === null ? await lockFolder(data) : null;
  try {
    const database = await openDatabase({
      ...(config.databaseUrl === null ? { folder: path.join(data, 'database') } : { url: config.databaseUrl }),
      async prepare(connection) {
        await requireEmpty(connection);
        await bringBlobs(config, lock !== null, { folder, survey, damaged, follow });
        const steps = readBackup(linesOf(copy), createHash('sha256'));
        await loadDatabase(connection, { head: survey.head, steps });
      },
    });
    try {
      return { ...survey, copy, damaged: [...damaged], ...(await checkWholeTrail({ select: database.select })) };
    } finally {
      await database.close();
    }
  } finally {
    await lock?.release();
    await takeAway(); // as far as nothing is in it
  }
}

async function findCopy(folder: string, wanted: string | null): Promise<string> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(folder, cause);
  });
  const copies = names.filter((name) => name.endsWith(ENDING) && !name.startsWith('.')).sort();
  const found = wanted === null ? copies.at(-1) : copies.find((name) => name === wanted + ENDING || name === wanted);
  if (found !== undefined) return path.join(folder, found);
  const those = copies.map((name) => name.slice(0, -ENDING.length)).join(', ');
  throw invalid(
    copies.length === 0 ? `${folder} has none that is whole` : `${folder} has none of this name; it has ${those}`,
  );
}

async function* linesOf(copy: string): AsyncGenerator<Uint8Array> {
  const unzipped = createGunzip();
  const reading = pipeline(createReadStream(copy), unzipped);
  reading.catch(() => undefined); // is told by the loop
  try {
    for await (const chunk of unzipped) yield chunk as Buffer;
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw code.startsWith('Z_') ? invalid('it is damaged, or cut off', cause) : unreadable(copy, cause);
  }
}

type Follow = RestoreRequest['follow'];

/** Reads all bytes that the copy names. */
async function findDamaged(folder: string, { artifacts }: Survey, follow: Follow): Promise<Set<string>> {
  const damaged = new Set<string>();
  const progress = await follow('checking', artifacts.size);
  let done = 0;
  try {
    for (const [digest, byteSize] of artifacts) {
      const file = path.join(folder, blobPathOf(digest));
      const found = await stat(file).catch(() => null);
      if (found?.size !== byteSize || (await digestOf(createReadStream(file)).catch(() => null)) !== digest)
        damaged.add(digest);
      progress.update((done += 1));
    }
  } finally {
    progress.stop();
  }
  return damaged;
}

interface Source {
  folder: string;
  survey: Survey;
  damaged: ReadonlySet<string>;
  follow: Follow;
}

async function bringBlobs(
  config: Config,
  exclusive: boolean,
  { folder, survey, damaged, follow }: Source,
): Promise<void> {
  const store = await openBlobs(config, { exclusive });
  const progress = await follow('copying', survey.artifacts.size);
  let done = 0;
  try {
    for (const [digest, byteSize] of survey.artifacts) {
      if (!damaged.has(digest) && !(await holds(store, digest, byteSize)))
        await copyBlob(store, path.join(folder, blobPathOf(digest)), digest);
      progress.update((done += 1));
    }
  } finally {
    progress.stop();
    await store.close();
  }
}

/** What an earlier restore brought that was stopped. */
async function holds(store: BlobStore, digest: string, byteSize: number): Promise<boolean> {
  if ((await store.has(digest))?.byteSize !== byteSize) return false;
  return (await digestOf(await store.open(digest))) === digest;
}

async function copyBlob(store: BlobStore, file: string, digest: string): Promise<void> {
  const { size } = await stat(file);
  const staged = await store.stage({ expectedSize: size });
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }))
      await staged.write(chunk as Buffer);
    if ((await staged.seal()).digest !== digest) throw invalid(`the bytes of ${digest} were changed meanwhile`);
    await staged.commit();
  } finally {
    await staged.discard();
  }
}

async function digestOf(chunks: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

async function checkWholeTrail(reads: Reads): Promise<Pick<Restored, 'events' | 'findings'>> {
  const whole: Pick<Restored, 'events' | 'findings'> = { events: 0, findings: [] };
  for (let after: string | null = null; ;) {
    const { events, findings, next } = await checkTrail(reads, RESTORER, { after });
    whole.events += events;
    whole.findings.push(...findings);
    if (next === null) return whole;
    after = next;
  }
}

function lacking(folder: string, damaged: readonly string[]): WeighbridgeError {
  const more = damaged.length - DAMAGED_NAMED;
  const lines = damaged
    .slice(0, DAMAGED_NAMED)
    .map((digest) => `${digest} is damaged, missing or unreadable in ${folder}`);
  if (more > 0) lines.push(`and ${more} more`);
  lines.push(
    'nothing was restored: where the registry still runs, weighbridge backup --verify fetches them again; --without-damaged restores all the rest',
  );
  return new WeighbridgeError('BACKUP_INVALID', lines.join('\n'));
}

function unreadable(file: string, cause: unknown): WeighbridgeError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'no such file or folder' : (code ?? message);
  return new WeighbridgeError('FILE_UNREADABLE', `${file}: ${reason}`, { cause });
}
