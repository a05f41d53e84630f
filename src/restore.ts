/**
 * Makes a registry of a backup where none is: a folder of copies in, a data folder and a database out. Checks everything before it changes
 * anything. Stopped anywhere, there is an empty registry or the whole one, never a half.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { findCopy, findDamaged, type Follow, readCopy, surveyCopy, whereUsed } from './backup-folder.js';
import type { BlobStore } from './blobs/blob-store.js';
import { digestOf } from './blobs/digest.js';
import { openBlobs } from './blob-stores.js';
import type { Config } from './config.js';
import { blobPathOf, invalid, readBackup, type Survey } from './core/backup/backup.js';
import { WeighbridgeError } from './core/errors.js';
import type { Principal } from './core/principal.js';
import { makeDataFolder } from './database/data-folder.js';
import { lockFolder } from './database/folder-lock.js';
import { loadDatabase, requireEmpty, requireKnown } from './database/load.js';
import { openDatabase } from './database/open.js';
import type { Reads } from './registry/needs.js';
import { checkTrail, type TrailFinding } from './registry/trail/trail-check.js';

export interface RestoreRequest {
  /** Of copies, as `weighbridge backup` writes it; or the file of one. */
  folder: string;
  /** Which copy, as its file is named, without the ending; null is the newest. */
  copy: string | null;
  /** Goes on where bytes are damaged or missing in the folder. */
  withoutDamaged: boolean;
  follow: Follow;
}

export interface Damaged {
  digest: string;
  /** `model@1` of each version that contains it. */
  versions: string[];
}

export interface Checked extends Survey {
  /** The file. */
  copy: string;
  /** What the folder lacks. */
  damaged: Damaged[];
}

export interface Restored extends Checked {
  /** Which database it is in, for people. */
  into: string;
  /** Events of the trail. */
  events: number;
  /** As the trail was when it was copied. */
  findings: TrailFinding[];
}

/** Nobody else is there yet. */
const RESTORER: Principal = { tokenId: null, name: 'weighbridge', scopes: ['admin'], models: '*' };
/** More of them are no help. */
const DAMAGED_NAMED = 20;
const VERSIONS_NAMED = 20;

/** Rejects with BACKUP_INVALID, REGISTRY_NOT_EMPTY, FILE_UNREADABLE, STORAGE_FULL, STORAGE_FAILED, and as a start of the registry does. */
export async function restoreRegistry(config: Config, request: RestoreRequest): Promise<Restored> {
  const { withoutDamaged, follow } = request;
  const { folder, copy, damaged, ...survey } = await checkBackup(request);
  if (damaged.length > 0 && !withoutDamaged) throw lacking(folder, damaged);

  const data = path.resolve(config.data);
  const takeAway = await makeDataFolder(data);
  const lock = config.databaseUrl === null ? await lockFolder(data) : null;
  let isLoaded = false;
  try {
    const database = await openDatabase({
      ...(config.databaseUrl === null ? { folder: path.join(data, 'database') } : { url: config.databaseUrl }),
      async prepare(connection) {
        await requireEmpty(connection);
        const left = new Set(damaged.map(({ digest }) => digest));
        await bringBlobs(config, { folder, survey, damaged: left, follow });
        const steps = readBackup(readCopy(copy), createHash('sha256'));
        await loadDatabase(connection, { head: survey.head, steps }, () => (isLoaded = true));
      },
    });
    try {
      const trail = await checkWholeTrail({ select: database.select });
      return { ...survey, copy, damaged, into: database.place, ...trail };
    } finally {
      await database.close();
    }
  } catch (error) {
    throw isLoaded ? afterwards(error) : error;
  } finally {
    await lock?.release();
    await takeAway(); // as far as nothing is in it
  }
}

/** Reads a copy and every byte that it names; changes nothing, and needs no database. Rejects with BACKUP_INVALID and FILE_UNREADABLE. */
export async function checkBackup(
  request: Pick<RestoreRequest, 'folder' | 'copy' | 'follow'>,
): Promise<Checked & { folder: string }> {
  const { folder, copy } = await findCopy(request.folder, request.copy);
  const survey = await surveyCopy(copy);
  await requireKnown(survey.head);
  const found = await findDamaged(folder, survey, request.follow);
  const versions = await whereUsed(copy, found);
  const damaged = [...found].map((digest) => ({ digest, versions: versions.get(digest) ?? [] }));
  return { ...survey, folder, copy, damaged };
}

/** One line of what is damaged, as far as where it is. */
export function nameDamaged({ digest, versions }: Damaged): string {
  const more = versions.length - VERSIONS_NAMED;
  const those = versions.slice(0, VERSIONS_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `${digest} (${versions.length === 0 ? 'in no version' : `in ${those}`})`;
}

interface Source {
  folder: string;
  survey: Survey;
  damaged: ReadonlySet<string>;
  follow: Follow;
}

async function bringBlobs(config: Config, { folder, survey, damaged, follow }: Source): Promise<void> {
  const store = await openBlobs(config, { exclusive: false }); // a server on this folder, whose database is elsewhere, may be receiving
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

/** What failed when all rows had been loaded: nobody may be told that nothing was restored. */
function afterwards(error: unknown): unknown {
  if (!(error instanceof WeighbridgeError)) return error;
  const advice = 'run weighbridge restore again: REGISTRY_NOT_EMPTY then says that the registry is there, whole';
  return new WeighbridgeError(error.code, `all rows were loaded, then it failed: ${error.message}; ${advice}`, {
    cause: error,
  });
}

function lacking(folder: string, damaged: readonly Damaged[]): WeighbridgeError {
  const more = damaged.length - DAMAGED_NAMED;
  const lines = damaged
    .slice(0, DAMAGED_NAMED)
    .map((each) => `${nameDamaged(each)} is damaged, missing or unreadable in ${folder}`);
  if (more > 0) lines.push(`and ${more} more`);
  lines.push(
    'nothing was restored: where the registry still runs, weighbridge backup --verify fetches them again; --without-damaged restores all the rest',
  );
  return new WeighbridgeError('BACKUP_INVALID', lines.join('\n'));
}
