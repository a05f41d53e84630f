/**
 * Where the bytes of uploads that come in pieces lie until all of them are there: under names that we give, outside content addressing, at a
 * place that every process of the registry reaches. Knows nothing of who sends them, nor in what order they belong.
 */
export interface ReceivedParts {
  /** Rejects with STORAGE_FULL when the rest of an upload does not fit, or the whole of it once more when it is staged at its end. */
  requireRoom(upload: { left: number; byteSize: number }): Promise<void>;
  /** When it resolves the bytes survive a power cut. Both names are UUIDs that nobody has used. Rejects with STORAGE_FULL, STORAGE_FAILED, STORAGE_UNAVAILABLE. */
  write(upload: string, part: string, chunks: readonly Uint8Array[]): Promise<void>;
  /** All of it, as it lies there; null where it is gone. Rejects with STORAGE_FAILED, STORAGE_UNAVAILABLE where that cannot be told. */
  read(upload: string, part: string): Promise<Uint8Array | null>;
  /** All parts of the upload. Removing what is not there is no error. */
  remove(upload: string): Promise<void>;
  /** Every upload that has parts, and when the last of them was written by the clock of the store; may name one twice. */
  list(): AsyncIterable<{ upload: string; writtenAt: Date }>;
}
