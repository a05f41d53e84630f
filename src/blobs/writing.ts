/**
 * A staged file while its bytes come: each piece is hashed, whole and in parts, shown to a reader, and written. The same wherever it runs, in
 * the thread of the store or in one of its own. After the first fault it writes nothing more; who began it removes the file.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { BlobReader } from './blob-store.js';
import { errorCode, storageError } from './faults.js';
import type { Files, WritableFile } from './files.js';
import { createPartHashes } from './part-hashes.js';

/**
 * Written bytes are pushed to the disk in the background at this distance, so that the last fsync finds little to do, and so that what the database
 * syncs meanwhile does not wait for much more: at 32 MiB, with eight uploads at once, its commits took up to 160 ms.
 */
const FLUSH_BYTES = 8 * 1024 * 1024;

export interface Sums {
  /** In hexadecimal. */
  digest: string;
  parts: Uint8Array;
}

/** Every promise rejects with STORAGE_FULL or STORAGE_FAILED. */
export interface Writing {
  /** In order. Until it resolves the bytes must not be changed. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** After the last `write` has resolved. */
  sums(): Promise<Sums>;
  /** Until the bytes survive a power cut. */
  sync(): Promise<void>;
  /** Waits for what is under way. Call once, in any case. */
  close(): Promise<void>;
}

/** What writing needs of a disk. */
export type WritingFiles = Pick<Files, 'open' | 'mkdir'>;

export class FileWriting implements Writing {
  readonly #file: WritableFile;
  readonly #reader: BlobReader | undefined;
  readonly #digest = createHash('sha256');
  readonly #parts = createPartHashes();
  /** The pieces written one after another. Never rejects: what went wrong is in #failure. */
  #last: Promise<void> = Promise.resolve();
  #unflushedBytes = 0;
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;
  /** Why the reader wants no more bytes. */
  readerFault: Error | undefined;

  /** `path` is a name that no one else uses. */
  static async open(files: WritingFiles, path: string, reader?: BlobReader): Promise<FileWriting> {
    try {
      return new FileWriting(await createFile(files, path), reader);
    } catch (error) {
      throw storageError('a staged file cannot be created', error);
    }
  }

  private constructor(file: WritableFile, reader: BlobReader | undefined) {
    this.#file = file;
    this.#reader = reader;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#last = this.#last.then(() => this.#write(chunks));
    const written = this.#last;
    for (const bytes of chunks) {
      this.#digest.update(bytes);
      this.#parts.update(bytes);
      this.#read(bytes);
    }
    await written;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async sums(): Promise<Sums> {
    await this.#settled();
    return { digest: this.#digest.digest('hex'), parts: this.#parts.digest() };
  }

  async sync(): Promise<void> {
    await this.#settled();
    try {
      await this.#file.sync();
    } catch (error) {
      throw storageError('the bytes cannot be made durable', error);
    }
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#flushing;
    await this.#file.close();
  }

  #read(bytes: Uint8Array): void {
    if (this.readerFault !== undefined) return;
    try {
      this.#reader?.write(bytes);
    } catch (error) {
      this.readerFault = error as Error;
    }
  }

  async #write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      for (let rest = behind(chunks, 0); rest.length > 0;) {
        const { bytesWritten } = await this.#file.writev(rest);
        this.#unflushedBytes += bytesWritten;
        rest = behind(rest, bytesWritten);
      }
      if (this.#unflushedBytes >= FLUSH_BYTES && this.#flushing === undefined) {
        this.#unflushedBytes = 0;
        this.#flushing = this.#flush();
      }
    } catch (error) {
      this.#failure ??= storageError('the bytes cannot be written', error);
    }
  }

  async #flush(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      this.#failure ??= storageError('the bytes cannot be flushed to the disk', error);
    } finally {
      this.#flushing = undefined;
    }
  }

  async #settled(): Promise<void> {
    await this.#last;
    await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** All of them, however few the system takes at once. */
export async function writeAll(file: Pick<WritableFile, 'writev'>, chunks: readonly Uint8Array[]): Promise<void> {
  for (let rest = behind(chunks, 0); rest.length > 0;) {
    const { bytesWritten } = await file.writev(rest);
    rest = behind(rest, bytesWritten);
  }
}

/** What follows so many bytes; nothing of it is empty. */
function behind(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let passed = 0;
  return chunks.flatMap((chunk) => {
    const rest = chunk.subarray(Math.min(Math.max(bytes - passed, 0), chunk.byteLength));
    passed += chunk.byteLength;
    return rest.byteLength === 0 ? [] : [rest];
  });
}

async function createFile(files: WritingFiles, stagedPath: string): Promise<WritableFile> {
  try {
    return await files.open(stagedPath, 'wx', 0o600);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    // Another machine took the folder of this process, empty and still for a day, for a leftover.
    await files.mkdir(path.dirname(stagedPath), { recursive: true, mode: 0o700 });
    return files.open(stagedPath, 'wx', 0o600);
  }
}
