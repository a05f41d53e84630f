/**
 * What a blob store is: bytes kept under the SHA-256 of their content. Knows nothing of ONNX, of models or of a database.
 * Every store passes `test/blobs/blob-store.contract.ts`.
 */
import type { Readable } from 'node:stream';
import type { ReceivedParts } from './received-parts.js';

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

/** What the answer to a GET of an address is to say. */
export interface AnswerHeaders {
  contentType: string;
  contentDisposition: string;
}

/** Looks at the bytes of a staged blob as they pass. */
export interface BlobReader {
  /** Keeps no reference to the bytes, whose memory may be used again. After it has thrown it is shown no more. */
  write(bytes: Uint8Array): void;
  /** After the last byte: what it found, which a thread can send to another, and the buffers of it that are given away instead of copied. */
  finish(): { found: unknown; moves: ArrayBuffer[] };
}

/** What a module of a reader exports. */
export interface BlobReaderModule {
  createReader(): BlobReader;
}

/** A reader that is in another thread, with the bytes. */
export interface PassingReader {
  /** What its `write` has thrown, as far as it is known here. */
  readonly fault: Error | undefined;
  /** Once, after `seal`: what it found. Rejects with what it threw. */
  finish(): Promise<unknown>;
}

export interface StageOptions {
  /** Undefined where the sender did not say. */
  expectedSize?: number;
  /** What is written is the store's from then on, and nobody else's: its memory may be moved to another thread. Default false. */
  givesChunks?: boolean;
  /** The address of a BlobReaderModule, for a store that works on these bytes in another thread. */
  reader?: string;
}

/** Bytes on their way in: invisible until committed. Ends in exactly one of `commit` and `discard`. */
export interface StagedBlob {
  /** The reader that was asked for; undefined where the bytes stay in this thread, and whoever stages them reads them himself. */
  readonly reading?: PassingReader | undefined;
  /** Takes the chunk; resolves when the next may come. The chunk must not be changed afterwards. Rejects with STORAGE_FULL or STORAGE_FAILED. */
  write(chunk: Uint8Array): Promise<void>;
  /** No more writes: resolves to what was written. May be called more than once. */
  seal(): Promise<WrittenBlob>;
  /**
   * Seals and makes the bytes visible; when it resolves they survive a power cut. What was there under the digest before, damaged or not,
   * is replaced, and whoever reads it reads on. Rejects with STORAGE_FAILED, and STORAGE_UNAVAILABLE where another attempt may help.
   */
  commit(): Promise<WrittenBlob>;
  /** Forgets the bytes. Never rejects for bytes that are gone; does nothing after `commit`. */
  discard(): Promise<void>;
}

export interface BlobStore {
  /** Bytes of uploads that come in pieces, until they are staged as one. Never listed among the blobs. */
  readonly received: ReceivedParts;
  /** Rejects with STORAGE_FULL when `expectedSize` bytes do not fit. */
  stage(options?: StageOptions): Promise<StagedBlob>;
  /** A stream of the bytes as they lie there, or of a range of them; rejects with ARTIFACT_NOT_FOUND. */
  open(digest: string, range?: ByteRange): Promise<Readable>;
  /**
   * An address where whoever has it may read the bytes, ranges too, for some time, and nothing else; whoever gives it away must have
   * decided that they may. Null where it has none for these bytes; only of stores that have any.
   */
  locate?(digest: string, headers: AnswerHeaders): Promise<string | null>;
  /** What a committed blob is; undefined when there is none. */
  has(digest: string): Promise<StoredBlob | undefined>;
  /** Deleting what is not there is no error. False where it stays, since it was committed at or after the time given. */
  delete(digest: string, options?: { unlessWrittenSince?: Date }): Promise<boolean>;
  /** Committed blobs in the order of their digests, from the one that follows `after`; staged bytes are never listed. */
  list(after?: string): AsyncIterable<StoredBlob>;
  /** Resolves when it takes bytes now; rejects as `stage` and its commit would. */
  check(): Promise<void>;
  /** Lets go of what this process holds in the store, with what it staged and did not commit. Nothing may be staged afterwards. */
  close(): Promise<void>;
}
