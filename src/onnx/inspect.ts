/** The folder's one door: bytes of an ONNX file in, an inspection out, in one pass and without holding the file. */
import type { Inspection } from '../core/inspection.js';

/** Rises when what is measured changes; stored inspections of an older version are read again. */
export const INSPECTION_VERSION = 1;

/** Takes the bytes of one file in order, in chunks of any size. */
export interface Inspector {
  /** Throws ARTIFACT_NOT_ONNX, ARTIFACT_MALFORMED, ARTIFACT_TRUNCATED or LIMIT_EXCEEDED as soon as it is certain. Keeps no reference to the chunk. */
  write(chunk: Uint8Array): void;
  /** Call once, after the last chunk. `digest` is the SHA-256 of all bytes, `sha256:…`. */
  finish(digest: string): Promise<Inspection>;
}

export function createInspector(): Promise<Inspector> {
  throw new Error('not written yet');
}
