/**
 * What a blob store is: bytes kept under the SHA-256 of their content. Knows nothing of ONNX, of models or of a database.
 * Every store passes `test/blobs/blob-store.contract.ts`.
 */
import type { Readable } from 'node:stream';

export interface BlobInfo {
  /** `sha256:` and 64 lower-case hexadecimal digits. */
  digest: string;
  byteSize: number;
}

export interface StoredBlob extends BlobInfo {
  /** When its bytes were last committed, by the clock of the store. */
  writtenAt: Date;
}

export interface WrittenBlob extends BlobInfo {
  /** The hashes of its parts, one after another (part-hashes.ts). */
  parts: Uint8Array;
}

/** Both ends inclusive, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Bytes on their way in: invisible until committed. Ends in exactly one of `commit` and `discard`. */
export interface StagedBlob {
  /** Takes the chunk; resolves when the next may come. The chunk must not be changed afterwards. Rejects with STORAGE_FULL or STORAGE_FAILED. */
  write(chunk: Uint8Array): Promise<void>;
  /** No more writes: resolves to what was written. May be called more than once. */
  seal(): Promise<WrittenBlob>;
  /**
   * Seals and makes the bytes visible; when it resolves they survive a power cut. What was there under the digest before, damaged or not,
   * is replaced, and whoever reads it reads on.
   */
  commit(): Promise<WrittenBlob>;
  /** Forgets the bytes. Never rejects for bytes that are gone; does nothing after `commit`. */
  discard(): Promise<void>;
}

export interface BlobStore {
  /** Rejects with STORAGE_FULL when `expectedSize` bytes do not fit. */
  stage(options?: { expectedSize?: number }): Promise<StagedBlob>;
  /** A stream of the bytes as they lie there, or of a range of them; rejects with ARTIFACT_NOT_FOUND. */
  open(digest: string, range?: ByteRange): Promise<Readable>;
  /** What a committed blob is; undefined when there is none. */
  has(digest: string): Promise<StoredBlob | undefined>;
  /** Deleting what is not there is no error. False where it stays, since it was committed at or after the time given. */
  delete(digest: string, options?: { unlessWrittenSince?: Date }): Promise<boolean>;
  /** Committed blobs in the order of their digests, from the one that follows `after`; staged bytes are never listed. */
  list(after?: string): AsyncIterable<StoredBlob>;
  /** Lets go of what this process holds in the store, with what it staged and did not commit. Nothing may be staged afterwards. */
  close(): Promise<void>;
}
