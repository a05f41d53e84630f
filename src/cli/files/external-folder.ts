/**
 * External data in one folder: plain names of regular files, never a link, a pipe or what lies elsewhere, whatever a model names.
 * Holds one file open at a time, however many tensors or files there are.
 */
import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { ExternalDataReference, Inspection } from '../../core/inspection.js';
import type { ExternalFile } from '../../onnx/inspect.js';
import { inspectFile, reasonOf, unreadable } from './local-file.js';

const CHUNK_BYTES = 1024 * 1024;

/** What is found in the folder for one location that a model names. */
interface FoundFile {
  location: string;
  /** Size of the file found; null when there is none. */
  byteSize: number | null;
  /** Why the location was not opened, in words; null when it was. */
  problem: string | null;
}

/** A reference of a model, and what was found for it. */
export type FoundReference = ExternalDataReference & FoundFile & { present: boolean };

/** Inspects a model together with the external data in the folder, and says what was found there. Throws as inspectFile does. */
export async function inspectWithFolder(
  file: string,
  folder: string,
): Promise<{ inspection: Inspection; found: FoundReference[] }> {
  const external = new ExternalFolder(folder);
  try {
    const inspection = await inspectFile(file, external.files);
    return { inspection, found: await external.findAll(inspection.externalData) };
  } finally {
    await external.close();
  }
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
      all.push({ ...reference, ...found, present: found.byteSize !== null });
    }
    return all;
  }

  /** For the inspector. What is there and cannot be read to its end rejects with FILE_UNREADABLE. */
  readonly files = async (location: string): Promise<ExternalFile | null> => {
    const { byteSize } = await this.find(location);
    if (byteSize === null) return null;
    return { byteSize, read: (start, length) => this.#read(location, start, length) };
  };

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.handle.close();
  }

  async #look(location: string): Promise<FoundFile> {
    if (!isPlainName(location)) return { location, byteSize: null, problem: 'not a plain file name' };
    try {
      const { size } = await (await this.#take(location)).stat();
      return { location, byteSize: size, problem: null };
    } catch (error) {
      return { location, byteSize: null, problem: reasonOf(error) };
    }
  }

  async #take(location: string): Promise<FileHandle> {
    if (this.#open?.location === location) return this.#open.handle;
    await this.close();
    const handle = await openPlain(path.join(this.folder, location));
    this.#open = { location, handle };
    return handle;
  }

  async *#read(location: string, start: number, length: number): AsyncGenerator<Uint8Array> {
    const file = path.join(this.folder, location);
    try {
      const handle = await this.#take(location);
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

/** No folder, no drive, nothing hidden behind a control character: what may be read or written beside a model file. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\:\p{C}]/u.test(name);
}

/** Systems without O_NOFOLLOW and O_NONBLOCK lack the constants, whatever their types say. */
const { O_NOFOLLOW, O_NONBLOCK }: Partial<typeof constants> = constants;

/** A link fails; a pipe does not wait for its other end. */
async function openPlain(file: string): Promise<FileHandle> {
  if (O_NOFOLLOW === undefined && (await lstat(file)).isSymbolicLink()) {
    throw Object.assign(new Error('a symbolic link'), { code: 'ELOOP' });
  }
  const handle = await open(file, constants.O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('not a regular file');
}
