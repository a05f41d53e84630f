/**
 * A folder of copies as it lies on this disk: which copies it has, whose they are, and which bytes they name. For those who write it, check it
 * and restore from it. Must never write.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { digestOf } from './blobs/digest.js';
import {
  type BackupHead,
  blobPathOf,
  invalid,
  readBackup,
  type Survey,
  surveyBackup,
  versionsOf,
} from './core/backup/backup.js';
import { WeighbridgeError } from './core/errors.js';

/** Of the file of a copy. */
const COPY_ENDING = '.ndjson.gz';
/** Whatever else is called as one ends would be taken for the newest. */
const COPY_NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z\.ndjson\.gz$/;

/** `takenAt` is a time as ISO 8601 writes it. */
export const copyFileOf = (folder: string, takenAt: string): string =>
  path.join(folder, `${takenAt.replace(/[:.]/g, '-')}${COPY_ENDING}`);

/** Tells of work that takes long, and how far it has come. */
export type Follow = (doing: string, total: number) => Promise<{ update: (done: number) => void; stop: () => void }>;

/** Paths, the oldest first. Rejects with FILE_UNREADABLE. */
export async function listCopies(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  const copies = names.filter((name) => COPY_NAME.test(name));
  return copies.sort().map((name) => path.join(folder, name));
}

/**
 * `wanted`: as its file is named, without the ending; null is the newest. `place` may be the file itself, as `weighbridge backup` prints it.
 * Rejects with BACKUP_INVALID and FILE_UNREADABLE.
 */
export async function findCopy(place: string, wanted: string | null): Promise<{ folder: string; copy: string }> {
  if (wanted === null && place.endsWith(COPY_ENDING) && (await stat(place).catch(() => null))?.isFile())
    return { folder: path.dirname(place), copy: place };
  const copies = await listCopies(place);
  const isWanted = (copy: string) => [wanted, `${wanted}${COPY_ENDING}`].includes(path.basename(copy));
  const found = wanted === null ? copies.at(-1) : copies.find(isWanted);
  if (found !== undefined) return { folder: place, copy: found };
  throw invalid(
    copies.length === 0
      ? `${place} has none that is whole`
      : `${place} has none of this name; it has ${namesOf(copies)}`,
  );
}

/** Of those of the same folder, for messages. */
const namesOf = (copies: readonly string[]) =>
  copies.map((copy) => path.basename(copy).slice(0, -COPY_ENDING.length)).join(', ');

/** Its bytes. What is wrong with them is told with its path, and with the copies that there are besides. */
export async function* readCopy(copy: string): AsyncGenerator<Uint8Array> {
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

/** Reads all of it. Rejects with BACKUP_INVALID, which names it and the others that there are, and FILE_UNREADABLE. */
export async function surveyCopy(copy: string): Promise<Survey> {
  try {
    return await surveyBackup(readCopy(copy), createHash('sha256'));
  } catch (error) {
    throw await naming(copy, error);
  }
}

/** Reads no more than its beginning. Rejects as `surveyCopy` does. */
export async function headOf(copy: string): Promise<BackupHead> {
  try {
    for await (const step of readBackup(readCopy(copy), createHash('sha256'))) if ('head' in step) return step.head;
    throw invalid('it is empty');
  } catch (error) {
    throw await naming(copy, error);
  }
}

async function naming(copy: string, error: unknown): Promise<unknown> {
  if (!(error instanceof WeighbridgeError) || error.code !== 'BACKUP_INVALID') return error;
  const others = (await listCopies(path.dirname(copy)).catch(() => [])).filter(
    (each) => path.basename(each) !== path.basename(copy),
  );
  const choose = others.length === 0 ? '' : `; the folder also has ${namesOf(others)}, which --copy chooses`;
  return new WeighbridgeError('BACKUP_INVALID', `${copy}: ${error.message}${choose}`, { cause: error });
}

/** Reads all bytes that a copy names; those that are damaged, missing or unreadable. */
export async function findDamaged(
  folder: string,
  { artifacts }: Pick<Survey, 'artifacts'>,
  follow: Follow,
): Promise<Set<string>> {
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

/** `model@1, model@2` of each digest, as the copy has it; reads it once more where there is anything to look for. */
export async function whereUsed(copy: string, digests: ReadonlySet<string>): Promise<Map<string, string[]>> {
  if (digests.size === 0) return new Map();
  return versionsOf(readCopy(copy), createHash('sha256'), digests);
}

function unreadable(file: string, cause: unknown): WeighbridgeError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'no such file or folder' : (code ?? message);
  return new WeighbridgeError('FILE_UNREADABLE', `${file}: ${reason}`, { cause });
}
