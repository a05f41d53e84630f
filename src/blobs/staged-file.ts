/**
 * One blob on its way to disk: gathered, hashed and written at the same time. Whatever fails, the staged file is removed and the first
 * failure is the answer to every later call. Must never make anything visible: `fs-blob-store.ts` gives it the place to rename to.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { BlobInfo, StagedBlob } from './blob-store.js';
import { errorCode, storageError } from './faults.js';
import type { Files, WritableFile } from './files.js';

/** Many small writes cost half of the disk's rate; gathered to this size they cost nothing, and two of them are all that is held. */
const BATCH_BYTES = 1024 * 1024;

/** Written bytes are pushed to the disk in the background at this distance, so that the last fsync finds little to do. */
const FLUSH_BYTES = 32 * 1024 * 1024;

export interface Destination {
  /** Where the staged file lies: a name that no one else uses. */
  stagedPath: string;
  /** Makes a sealed, synced file visible under its digest, durably; leaves nothing at `stagedPath`. */
  publish(stagedPath: string, info: BlobInfo): Promise<void>;
}

export async function createStagedFile(files: Files, destination: Destination): Promise<StagedBlob> {
  const { stagedPath } = destination;
  try {
    return new StagedFile(files, destination, await createFile(files, stagedPath));
  } catch (error) {
    throw storageError('a staged file cannot be made', error);
  }
}

async function createFile(files: Files, stagedPath: string): Promise<WritableFile> {
  try {
    return await files.open(stagedPath, 'wx', 0o600);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    // Another machine took the folder of this process, empty and still for a day, for a leftover.
    await files.mkdir(path.dirname(stagedPath), { recursive: true, mode: 0o700 });
    return files.open(stagedPath, 'wx', 0o600);
  }
}

class StagedFile implements StagedBlob {
  readonly #files: Files;
  readonly #destination: Destination;
  readonly #file: WritableFile;
  readonly #hash = createHash('sha256');
  #byteSize = 0;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #unflushedBytes = 0;
  /** Never rejects: what went wrong is in #failure. */
  #writing: Promise<void> = Promise.resolve();
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;
  #sealed: Promise<BlobInfo> | undefined;
  #ended: Promise<BlobInfo> | undefined;
  #discarded: Promise<void> | undefined;

  constructor(files: Files, destination: Destination, file: WritableFile) {
    this.#files = files;
    this.#destination = destination;
    this.#file = file;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#requireOpen();
    if (chunk.byteLength === 0) return;
    this.#hash.update(chunk);
    this.#byteSize += chunk.byteLength;
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.byteLength;
    if (this.#gatheredBytes < BATCH_BYTES) return;
    await this.#writing; // one batch on its way while the next is gathered
    this.#requireOpen();
    this.#writing = this.#writeGathered();
  }

  seal(): Promise<BlobInfo> {
    return (this.#sealed ??= this.#seal());
  }

  commit(): Promise<BlobInfo> {
    if (this.#discarded !== undefined) return Promise.reject(new Error('the staged blob was discarded'));
    return (this.#ended ??= this.#commit());
  }

  async discard(): Promise<void> {
    if (this.#ended !== undefined) {
      await this.#ended.catch(() => undefined); // a failed commit has cleaned up, and its caller knows
      return;
    }
    this.#failure ??= new Error('the staged blob was discarded');
    await (this.#discarded ??= this.#remove());
  }

  #requireOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#sealed !== undefined) throw new Error('the staged blob is sealed');
  }

  async #writeGathered(): Promise<void> {
    let rest = this.#gathered;
    const bytes = this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await this.#file.writev(rest);
        rest = dropBytes(rest, bytesWritten);
      }
      this.#unflushedBytes += bytes;
      if (this.#unflushedBytes >= FLUSH_BYTES && this.#flushing === undefined) {
        this.#unflushedBytes = 0;
        this.#flushing = this.#flush();
      }
    } catch (error) {
      this.#fail('the bytes cannot be written', error);
    }
  }

  async #flush(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      this.#fail('the bytes cannot be brought to the disk', error);
    } finally {
      this.#flushing = undefined;
    }
  }

  #fail(doing: string, error: unknown): Error {
    return (this.#failure ??= storageError(doing, error));
  }

  async #seal(): Promise<BlobInfo> {
    await this.#writing;
    if (this.#failure === undefined && this.#gatheredBytes > 0) await this.#writeGathered();
    await this.#flushing;
    if (this.#failure !== undefined) {
      await this.#remove();
      throw this.#failure;
    }
    return { digest: `sha256:${this.#hash.digest('hex')}`, byteSize: this.#byteSize };
  }

  async #commit(): Promise<BlobInfo> {
    const info = await this.seal();
    try {
      await this.#file.sync();
      await this.#file.close();
      await this.#destination.publish(this.#destination.stagedPath, info);
      return info;
    } catch (error) {
      const failure = this.#fail('the bytes cannot be made durable', error);
      await this.#remove();
      throw failure;
    }
  }

  /** Closes and unlinks. A fault here leaves what the next start sweeps away; the failure that led here is the one to report. */
  async #remove(): Promise<void> {
    await this.#writing;
    await this.#flushing;
    await this.#file.close().catch(() => undefined);
    await this.#files.rm(this.#destination.stagedPath, { force: true }).catch(() => undefined);
    this.#gathered = [];
  }
}

function dropBytes(chunks: Uint8Array[], count: number): Uint8Array[] {
  let index = 0;
  for (let left = count; index < chunks.length; index++) {
    const chunk = chunks[index] as Uint8Array;
    if (left < chunk.byteLength) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.byteLength;
  }
  return [];
}
