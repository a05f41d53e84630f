/**
 * One blob on its way to disk: gathered, hashed and written at the same time. Whatever fails, the staged file is removed and the first
 * failure is the answer to every later call. Must never make anything visible: `fs-blob-store.ts` gives it the place to rename to.
 */
import path from 'node:path';
import type { BlobInfo, StagedBlob, WrittenBlob } from './blob-store.js';
import { createDigest, type Digest } from './digest.js';
import { errorCode, storageError } from './faults.js';
import type { Files, WritableFile } from './files.js';
import { createPartsDigest } from './parts-digest.js';

/**
 * Many small writes cost half of the disk's rate; gathered to this size they cost nothing. Writes of a megabyte and more can cost the
 * kernel four times as much again, where it looks for as much memory in one piece (measured in a virtual machine).
 */
const BATCH_BYTES = 512 * 1024;

/** Buffers in turn: one is filled while others are hashed and written, or wait for a disk that is busy with a flush. */
const BATCHES = 8;

/** Written bytes are pushed to the disk in the background at this distance, so that the last fsync finds little to do. */
const FLUSH_BYTES = 32 * 1024 * 1024;

export interface Destination {
  /** Where the staged file lies: a name that no one else uses. */
  stagedPath: string;
  expectedSize: number | undefined;
  /** Makes a sealed, synced file visible under its digest, durably; leaves nothing at `stagedPath`. */
  publish(stagedPath: string, info: BlobInfo): Promise<void>;
}

export async function createStagedFile(files: Files, destination: Destination): Promise<StagedBlob> {
  const { stagedPath } = destination;
  try {
    return new StagedFile(files, destination, await createFile(files, stagedPath));
  } catch (error) {
    throw storageError('a staged file cannot be created', error);
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
  readonly #digest: Digest;
  readonly #parts: Digest;
  #byteSize = 0;
  /** The batch that is being filled, and how far it is. */
  #batch: Uint8Array | undefined;
  #filled = 0;
  /** Batches that are being hashed and written, the oldest first. */
  #underWay: { batch: Uint8Array; done: Promise<void> }[] = [];
  #unflushedBytes = 0;
  /** The batches written one after another. Never rejects: what went wrong is in #failure. */
  #writing: Promise<void> = Promise.resolve();
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;
  #sealed: Promise<WrittenBlob> | undefined;
  #ended: Promise<WrittenBlob> | undefined;
  #discarded: Promise<void> | undefined;

  constructor(files: Files, destination: Destination, file: WritableFile) {
    this.#files = files;
    this.#destination = destination;
    this.#file = file;
    this.#digest = createDigest(destination.expectedSize, { isBackground: true });
    this.#parts = createPartsDigest(destination.expectedSize, { isBackground: true });
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#requireOpen();
    this.#byteSize += chunk.byteLength;
    for (let rest = chunk; rest.byteLength > 0;) {
      const batch = (this.#batch ??= await this.#nextBatch());
      const piece = rest.subarray(0, batch.byteLength - this.#filled);
      batch.set(piece, this.#filled);
      this.#filled += piece.byteLength;
      rest = rest.subarray(piece.byteLength);
      if (this.#filled === batch.byteLength) this.#send(batch);
    }
  }

  seal(): Promise<WrittenBlob> {
    return (this.#sealed ??= this.#seal());
  }

  commit(): Promise<WrittenBlob> {
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

  async #nextBatch(): Promise<Uint8Array> {
    if (this.#underWay.length < BATCHES) {
      return this.#digest.allocate(Math.min(BATCH_BYTES, this.#destination.expectedSize || BATCH_BYTES));
    }
    const { batch, done } = this.#underWay.shift()!;
    await done;
    this.#requireOpen();
    return batch;
  }

  /** Hashes and writes what is in the batch, side by side. */
  #send(batch: Uint8Array): void {
    const bytes = batch.subarray(0, this.#filled);
    this.#batch = undefined;
    this.#filled = 0;
    this.#writing = this.#writing.then(() => this.#write(bytes));
    this.#underWay.push({ batch, done: Promise.all([this.#hash(bytes), this.#writing]).then(() => undefined) });
  }

  async #hash(bytes: Uint8Array): Promise<void> {
    try {
      await Promise.all([this.#digest.update(bytes), this.#parts.update(bytes)]);
    } catch (error) {
      this.#fail('the digest of the bytes cannot be computed', error);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      for (let rest = bytes; rest.byteLength > 0;) {
        const { bytesWritten } = await this.#file.writev([rest]);
        rest = rest.subarray(bytesWritten);
      }
      this.#unflushedBytes += bytes.byteLength;
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
      this.#fail('the bytes cannot be flushed to the disk', error);
    } finally {
      this.#flushing = undefined;
    }
  }

  #fail(doing: string, error: unknown): Error {
    return (this.#failure ??= storageError(doing, error));
  }

  async #seal(): Promise<WrittenBlob> {
    if (this.#batch !== undefined) this.#send(this.#batch);
    const hashes = await this.#finishHashes();
    await this.#settled();
    if (this.#failure !== undefined || hashes === undefined) {
      await this.#remove();
      throw this.#fail('the bytes cannot be kept', this.#failure);
    }
    const [digest, parts] = hashes;
    return { digest: `sha256:${digest}`, byteSize: this.#byteSize, parts: Buffer.from(parts, 'hex') };
  }

  async #finishHashes(): Promise<[string, string] | undefined> {
    try {
      return await Promise.all([this.#digest.finish(), this.#parts.finish()]);
    } catch (error) {
      this.#fail('the digest of the bytes cannot be computed', error);
      return undefined;
    }
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#underWay.map(({ done }) => done));
    await this.#flushing;
  }

  async #commit(): Promise<WrittenBlob> {
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
    this.#digest.drop();
    this.#parts.drop();
    await this.#settled();
    await this.#file.close().catch(() => undefined);
    await this.#files.rm(this.#destination.stagedPath, { force: true }).catch(() => undefined);
    this.#batch = undefined;
    this.#underWay = [];
  }
}
