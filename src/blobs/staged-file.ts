/**
 * One blob on its way to disk: gathered, and handed piece by piece to what hashes and writes it, here or in another thread. Whatever fails,
 * the staged file is removed and the first failure is the answer to every later call. Must never make anything visible: `fs-blob-store.ts`
 * gives it the place to rename to.
 */
import type { BlobInfo, PassingReader, StagedBlob, WrittenBlob } from './blob-store.js';
import { storageError } from './faults.js';
import type { Files } from './files.js';
import { FileWriting, type Writing } from './writing.js';
import { type Elsewhere, openThreadWriting } from './writing-thread.js';

/** From here on in another thread: below it the handing over gains little. */
export const THREAD_FROM_BYTES = 4 * 1024 * 1024;

/**
 * Many small writes cost half of the disk's rate; gathered to this size they cost nothing. Writes of a megabyte and more can cost the
 * kernel four times as much again, where it looks for as much memory in one piece (measured in a virtual machine).
 */
const BATCH_BYTES = 512 * 1024;

/** Of chunks of a few bytes no more are gathered: each takes far more memory than it holds. */
const BATCH_CHUNKS = 256;

/** Gathered chunks in turn: some are gathered while others are hashed and written, or wait for a disk that is busy with a flush. */
const BATCHES = 8;

/** Of a first piece that a reader in another thread sees before more is taken, so that what is no model is refused at its beginning. */
const FIRST_BYTES = 64 * 1024;

export interface Destination {
  /** Where the staged file lies: a name that no one else uses. */
  stagedPath: string;
  expectedSize: number | undefined;
  /** For a large blob; undefined where it is written here, however large. */
  elsewhere: Elsewhere | undefined;
  /** Makes a sealed, synced file visible under its digest, durably; leaves nothing at `stagedPath`. */
  publish(stagedPath: string, info: BlobInfo): Promise<void>;
}

export async function createStagedFile(files: Files, destination: Destination): Promise<StagedBlob> {
  const { stagedPath, expectedSize, elsewhere } = destination;
  const isLarge = expectedSize === undefined || expectedSize >= THREAD_FROM_BYTES;
  if (!isLarge || elsewhere === undefined)
    return new StagedFile(files, destination, await FileWriting.open(files, stagedPath));
  const writing = await openThreadWriting(stagedPath, elsewhere);
  return new StagedFile(files, destination, writing, elsewhere.reader === undefined ? undefined : writing.reading);
}

class StagedFile implements StagedBlob {
  readonly reading: PassingReader | undefined;
  readonly #files: Files;
  readonly #destination: Destination;
  readonly #writing: Writing;
  #byteSize = 0;
  /** Chunks that wait for others, and their bytes. */
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #isBegun = false;
  /** Batches that are being hashed and written, the oldest first. Never rejects: what went wrong is in #failure. */
  #underWay: Promise<void>[] = [];
  #failure: Error | undefined;
  #sealed: Promise<WrittenBlob> | undefined;
  #ended: Promise<WrittenBlob> | undefined;
  #discarded: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(files: Files, destination: Destination, writing: Writing, reading?: PassingReader) {
    this.#files = files;
    this.#destination = destination;
    this.#writing = writing;
    this.reading = reading;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#requireOpen();
    this.#byteSize += chunk.byteLength;
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.byteLength;
    const isFirst = !this.#isBegun && this.reading !== undefined;
    if (this.#gatheredBytes < (isFirst ? FIRST_BYTES : BATCH_BYTES) && this.#gathered.length < BATCH_CHUNKS) return;
    this.#isBegun = true;
    const done = this.#send();
    if (isFirst) await done;
    if (this.#underWay.length >= BATCHES) await this.#underWay.shift();
    this.#requireOpen();
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

  #send(): Promise<void> {
    const chunks = this.#gathered;
    [this.#gathered, this.#gatheredBytes] = [[], 0];
    const done = this.#writing
      .write(chunks)
      .catch((error: unknown) => void this.#fail('the bytes cannot be written', error));
    this.#underWay.push(done);
    return done;
  }

  #fail(doing: string, error: unknown): Error {
    return (this.#failure ??= storageError(doing, error));
  }

  async #seal(): Promise<WrittenBlob> {
    if (this.#gathered.length > 0) void this.#send();
    await Promise.all(this.#underWay);
    try {
      if (this.#failure !== undefined) throw this.#failure;
      const { digest, parts } = await this.#writing.sums();
      return { digest: `sha256:${digest}`, byteSize: this.#byteSize, parts };
    } catch (error) {
      await this.#remove();
      throw this.#fail('the bytes cannot be kept', error);
    }
  }

  async #commit(): Promise<WrittenBlob> {
    const info = await this.seal();
    try {
      await this.#writing.sync();
      await this.#close();
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
    await Promise.all(this.#underWay);
    await this.#close().catch(() => undefined);
    await this.#files.rm(this.#destination.stagedPath, { force: true }).catch(() => undefined);
    this.#gathered = [];
    this.#underWay = [];
  }

  #close(): Promise<void> {
    return (this.#closed ??= this.#writing.close());
  }
}
