/**
 * Blobs as files: `sha256/<first two digits>/<all digits>`, written once and never changed. A blob is acknowledged when its bytes, its
 * name and the folders above it are on the disk. Must never use a name from outside as a path: digests are checked first.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { WeighbridgeError } from '../core/errors.js';
import { isDigest } from '../core/names.js';
import type { BlobInfo, BlobStore, ByteRange, StagedBlob, StageOptions, StoredBlob } from './blob-store.js';
import { requireRoom } from './disk-room.js';
import { errorCode, storageError } from './faults.js';
import { makeDurableFolder, realFiles, syncFolder, type Files } from './files.js';
import { createFsReceivedParts } from './fs-received-parts.js';
import { PART_BYTES } from './part-hashes.js';
import type { ReceivedParts } from './received-parts.js';
import { createStagedFile } from './staged-file.js';
import { closeStagingFolder, openStagingFolder } from './staging-folder.js';

/** A part at a time, as they are checked; a smaller step is slower, and a part would have to be put together. */
const READ_BYTES = PART_BYTES;

export interface FsBlobStoreOptions {
  /** The caller holds a lock on the folder: everything staged by others is a leftover. Default false. */
  exclusive?: boolean;
  /** Replaces parts of the file system, for tests of its faults. */
  files?: Partial<Files>;
  /** The address of a module that does it in the threads that write large blobs (writing-thread.ts). */
  writingFiles?: string;
}

export async function openFsBlobStore(folder: string, options: FsBlobStoreOptions = {}): Promise<BlobStore> {
  const files = { ...realFiles, ...options.files };
  const root = path.resolve(folder);
  const blobs = path.join(root, 'sha256');
  try {
    await makeDurableFolder(files, blobs);
    const staging = await openStagingFolder(files, path.join(root, 'staging'), options.exclusive ?? false);
    return new FsBlobStore(files, blobs, staging, options);
  } catch (error) {
    throw storageError('the folder of the blobs cannot be opened', error);
  }
}

/** Whether a store was ever kept in the folder and not removed since. */
export async function hasBlobs(folder: string): Promise<boolean> {
  try {
    await realFiles.stat(path.join(folder, 'sha256'));
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw storageError('the folder of the blobs cannot be opened', error);
  }
}

class FsBlobStore implements BlobStore {
  readonly received: ReceivedParts;
  readonly #files: Files;
  readonly #blobs: string;
  readonly #staging: string;
  /** A disk that is replaced in this thread is in no other. */
  readonly #isHere: boolean;
  readonly #writingFiles: string | undefined;
  /** Fan-out folders whose own names are known to be on the disk. */
  readonly #durableFolders = new Set<string>();

  constructor(files: Files, blobs: string, staging: string, { files: replaced, writingFiles }: FsBlobStoreOptions) {
    this.received = createFsReceivedParts(files, path.dirname(blobs));
    this.#files = files;
    this.#isHere = replaced?.open !== undefined && writingFiles === undefined;
    this.#writingFiles = writingFiles;
    this.#blobs = blobs;
    this.#staging = staging;
  }

  async stage({ expectedSize, reader, givesChunks = false }: StageOptions = {}): Promise<StagedBlob> {
    await requireRoom(this.#files, this.#blobs, expectedSize ?? 0);
    return createStagedFile(this.#files, {
      stagedPath: path.join(this.#staging, randomUUID()),
      expectedSize,
      elsewhere: this.#isHere ? undefined : { reader, files: this.#writingFiles, givesChunks },
      publish: (stagedPath, info) => this.#publish(stagedPath, info),
    });
  }

  async open(digest: string, range?: ByteRange): Promise<Readable> {
    const handle = await this.#files.open(this.#requirePath(digest), 'r').catch((error: unknown) => {
      throw errorCode(error) === 'ENOENT' ? notFound() : storageError('the artifact cannot be opened', error);
    });
    try {
      const { size } = await handle.stat();
      const { start, end } = range ?? { start: 0, end: size - 1 };
      if (range !== undefined && !(start >= 0 && start <= end && start < size))
        throw new WeighbridgeError('RANGE_INVALID', `bytes ${start}-${end} of ${size} cannot be read`);
      if (size === 0) {
        // A read stream cannot be told to read nothing.
        await handle.close();
        return Readable.from([]);
      }
      return handle.createReadStream({ start, end: Math.min(end, size - 1), highWaterMark: READ_BYTES });
    } catch (error) {
      await handle.close();
      throw storageError('the artifact cannot be read', error);
    }
  }

  async has(digest: string): Promise<StoredBlob | undefined> {
    if (!isDigest(digest)) return undefined;
    try {
      const { size, mtime } = await this.#files.stat(this.#path(digest));
      return { digest, byteSize: size, writtenAt: mtime };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw storageError('the store cannot be read', error);
    }
  }

  async delete(digest: string, { unlessWrittenSince }: { unlessWrittenSince?: Date } = {}): Promise<boolean> {
    if (!isDigest(digest)) return true;
    if (unlessWrittenSince !== undefined) {
      const present = await this.has(digest);
      if (present === undefined) return true; // what comes there from now on is young
      if (present.writtenAt >= unlessWrittenSince) return false;
    }
    try {
      await this.#files.rm(this.#path(digest), { force: true });
      return true;
    } catch (error) {
      throw storageError('the artifact cannot be deleted', error);
    }
  }

  async *list(after = ''): AsyncIterable<StoredBlob> {
    const start = after.slice('sha256:'.length);
    for (const prefix of (await this.#entries(this.#blobs)).sort()) {
      if (prefix < start.slice(0, 2)) continue;
      for (const name of (await this.#entries(path.join(this.#blobs, prefix))).sort()) {
        if (name <= start) continue;
        const info = await this.has(`sha256:${name}`); // what is no digest, or is gone by now, is not listed
        if (info !== undefined) yield info;
      }
    }
  }

  async check(): Promise<void> {
    const staged = await this.stage({ expectedSize: 0 }); // so little stays in this thread, and waits for no upload
    await staged.discard();
  }

  async close(): Promise<void> {
    try {
      await closeStagingFolder(this.#files, this.#staging);
    } catch (error) {
      throw storageError('the staged files cannot be removed', error);
    }
  }

  async #entries(folder: string): Promise<string[]> {
    try {
      return (await this.#files.readdir(folder, { withFileTypes: true })).map(({ name }) => name);
    } catch (error) {
      if (errorCode(error) === 'ENOTDIR') return [];
      throw storageError('the store cannot be read', error);
    }
  }

  /** Over what is there already: it may be damaged, and these bytes were hashed on their way here. */
  async #publish(stagedPath: string, info: BlobInfo): Promise<void> {
    const target = this.#path(info.digest);
    const folder = path.dirname(target);
    await this.#makeDurableFolder(folder);
    await this.#replace(stagedPath, target, info);
    await syncFolder(this.#files, folder); // in any case: who put the name there may not have come so far
  }

  async #replace(stagedPath: string, target: string, { digest, byteSize }: BlobInfo): Promise<void> {
    try {
      await this.#files.rename(stagedPath, target);
    } catch (error) {
      // Windows replaces no file that somebody reads.
      if (!HELD_OPEN.has(errorCode(error)) || (await this.has(digest))?.byteSize !== byteSize) throw error;
      await this.#files.rm(stagedPath, { force: true });
    }
  }

  async #makeDurableFolder(folder: string): Promise<void> {
    const made = await this.#files.mkdir(folder, { recursive: true, mode: 0o700 });
    if (made === undefined && this.#durableFolders.has(folder)) return;
    await syncFolder(this.#files, path.dirname(folder));
    this.#durableFolders.add(folder);
  }

  #requirePath(digest: string): string {
    if (!isDigest(digest)) throw notFound();
    return this.#path(digest);
  }

  #path(digest: string): string {
    const hex = digest.slice('sha256:'.length);
    return path.join(this.#blobs, hex.slice(0, 2), hex);
  }
}

const HELD_OPEN = new Set(process.platform === 'win32' ? ['EPERM', 'EACCES', 'EBUSY'] : []);

const notFound = () => new WeighbridgeError('ARTIFACT_NOT_FOUND', 'there are no bytes with this digest');
