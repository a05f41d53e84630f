/**
 * External data of a model on this machine: files in its folder and below, and the blobs of the Hugging Face cache that the folder is a
 * snapshot in. Opens nothing else, whatever a model names. Holds one file open at a time, however many tensors or files there are.
 */
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Found } from '../../core/external-problems.js';
import { locationProblem, spellingsOf } from '../../core/external-location.js';
import type { ExternalDataReference, Inspection } from '../../core/inspection.js';
import type { ExternalFile } from '../../onnx/inspect.js';
import { complain } from '../terminal/output.js';
import { inspectFile, reasonOf, unreadable } from './local-file.js';

/** What is told of data that is not whole; the rest is counted. */
export const MAX_COMPLAINTS = 10;
const CHUNK_BYTES = 1024 * 1024;

/** What is found for one location that a model names. */
interface FoundFile {
  location: string;
  /** The file itself, behind all links; null when there is none, or none that may be opened. */
  file: string | null;
  /** Size of the file found; null when there is none. */
  byteSize: number | null;
  /** Why it is not what the model needs, in words: it was not opened, or ends too early. Null when it is. */
  problem: string | null;
}

/** A reference of a model, and what was found for it. */
export type FoundReference = ExternalDataReference & FoundFile;

/** Inspects a model together with the external data in the folder, and says what was found there. Throws as inspectFile does. */
export async function inspectWithFolder(
  file: string,
  folder: string,
  signal?: AbortSignal,
): Promise<{ inspection: Inspection; found: FoundReference[] }> {
  const external = new ExternalFolder(folder);
  try {
    const inspection = await inspectFile(file, external.files, signal);
    return { inspection, found: await external.findAll(inspection.externalData) };
  } finally {
    await external.close();
  }
}

/** What they held does not count: figures that need it are unknown. */
export function complainOfMissing(found: readonly Found[]): void {
  const missing = found.filter(({ problem }) => problem !== null);
  complainOfProblems(
    missing.map(({ location, problem }) => `${location}: ${problem}; the size of the model is not known without it`),
  );
}

export function complainOfProblems(problems: readonly string[]): void {
  for (const problem of problems.slice(0, MAX_COMPLAINTS)) complain(`external data ${problem}`);
  const more = problems.length - MAX_COMPLAINTS;
  if (more > 0) complain(`… and ${more} more of external data`);
}

class ExternalFolder {
  readonly #found = new Map<string, FoundFile>();
  #open: { location: string; handle: FileHandle } | null = null;

  constructor(private readonly folder: string) {}

  /** Looks once for each location. */
  async find(location: string): Promise<FoundFile> {
    const known = this.#found.get(location);
    if (known) return known;
    const found = await this.#look(location);
    this.#found.set(location, found);
    return found;
  }

  /** Those that the model names, in its order. */
  async findAll(references: readonly ExternalDataReference[]): Promise<FoundReference[]> {
    const all: FoundReference[] = [];
    for (const reference of references) {
      const found = await this.find(reference.location);
      const isShort = reference.byteSize === null && found.byteSize !== null;
      all.push({ ...reference, ...found, ...(isShort && { problem: await this.#sayShort(found) }) });
    }
    return all;
  }

  /** Of a file that ends too early: most often it is the pointer that git-lfs leaves in its place. */
  async #sayShort({ location, file, byteSize }: FoundFile): Promise<string> {
    const { HEAD_BYTES, looksLike } = await import('../../onnx/inspect.js');
    const head: Uint8Array[] = [];
    const length = Math.min(byteSize ?? 0, HEAD_BYTES);
    if (file !== null && length > 0)
      for await (const chunk of this.#read({ location, file }, 0, length)) head.push(Buffer.from(chunk));
    const likeness = looksLike(Buffer.concat(head));
    const says = likeness === null ? '' : `; looks like ${likeness}`;
    return `it has ${byteSize} bytes, fewer than the tensors claim${says}`;
  }

  /** For the inspector. What is there and cannot be read to its end rejects with FILE_UNREADABLE. */
  readonly files = async (location: string): Promise<ExternalFile | null> => {
    const { file, byteSize } = await this.find(location);
    if (file === null || byteSize === null) return null;
    return { byteSize, read: (start, length) => this.#read({ location, file }, start, length) };
  };

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.handle.close();
  }

  async #look(location: string): Promise<FoundFile> {
    try {
      const file = await this.#resolve(location);
      const { size } = await (await this.#take(location, file)).stat();
      return { location, file, byteSize: size, problem: null };
    } catch (error) {
      return { location, file: null, byteSize: null, problem: reasonOf(error) };
    }
  }

  /** Throws, with the reason, where there is no file that may be opened. */
  async #resolve(location: string): Promise<string> {
    const problem = locationProblem(location);
    if (problem !== null) throw new Error(problem);
    const folder = await realpath(this.folder);
    const file = await firstThere(spellingsOf(location).map((spelling) => path.join(folder, spelling)));
    if (path.dirname(file) === cacheBlobsOf(folder)) return file;
    const below = path.relative(folder, file);
    if (path.isAbsolute(below) || below.split(path.sep)[0] === '..')
      throw new Error('a link that leads out of the folder of the model');
    // Else a model in a home folder could name keys and passwords.
    if (below.split(path.sep).some((name) => name.startsWith('.')))
      throw new Error('a hidden file or folder, which is not opened');
    return file;
  }

  async #take(location: string, file: string): Promise<FileHandle> {
    if (this.#open?.location === location) return this.#open.handle;
    await this.close();
    const handle = await openPlain(file);
    this.#open = { location, handle };
    return handle;
  }

  async *#read(
    { location, file }: { location: string; file: string },
    start: number,
    length: number,
  ): AsyncGenerator<Uint8Array> {
    try {
      const handle = await this.#take(location, file);
      const buffer = Buffer.allocUnsafe(Math.min(length, CHUNK_BYTES));
      for (let at = start; at < start + length;) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, start + length - at), at);
        if (bytesRead === 0) throw new Error('it became shorter while it was read');
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    } catch (error) {
      throw unreadable(file, error);
    }
  }
}

/** The real path of the first that is there. */
async function firstThere([first = '', ...others]: string[]): Promise<string> {
  return realpath(first).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && others.length > 0) return firstThere(others);
    throw error;
  });
}

/** Where a snapshot's files are links to: `models--NAME/snapshots/REVISION/…` and `models--NAME/blobs`. Null of any other folder. */
function cacheBlobsOf(folder: string): string | null {
  const [, model] = /^(.*[/\\]models--[^/\\]+)[/\\]snapshots[/\\][^/\\]+(?:[/\\]|$)/.exec(folder) ?? [];
  return model === undefined ? null : path.join(model, 'blobs');
}

/** Systems without O_NOFOLLOW and O_NONBLOCK lack the constants, whatever their types say. */
const { O_NOFOLLOW, O_NONBLOCK }: Partial<typeof constants> = constants;

/** Of a path without links: one that has been put there since fails. A pipe does not wait for its other end. */
async function openPlain(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('not a regular file');
}
