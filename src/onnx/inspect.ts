/** The folder's one door: bytes of an ONNX file in, an inspection out, in one pass and without holding the file. */
import { WeighbridgeError } from '../core/errors.js';
import type { Inspection } from '../core/inspection.js';
import { analyseSkeleton } from './analyse-skeleton.js';
import type { ExternalFiles, PassedFile } from './graph/external.js';
import { MODEL } from './read/messages.js';
import { beginsAsModel, HEAD_BYTES, looksLike, SIDE_FILE_HINT } from './read/signatures.js';
import { type Skeleton, SkeletonWriter } from './read/skeleton.js';
import { WireReader } from './read/wire.js';

/** Rises when what is measured changes; stored inspections of an older version are read again. */
export const INSPECTION_VERSION = 4;

export { HEAD_BYTES, looksLike } from './read/signatures.js';
export type { ExternalFile, ExternalFiles, PassedFile } from './graph/external.js';

/** Takes the bytes of one file in order, in chunks of any size. */
export interface Inspector {
  /**
   * Throws ARTIFACT_NOT_ONNX, ARTIFACT_MALFORMED or LIMIT_EXCEEDED as soon as it is certain, and there are bytes enough to say what
   * the file is instead. Keeps no reference to the chunk.
   */
  write(chunk: Uint8Array): void;
  /** How many bytes after the last chunk are left of a value of at least so many, and may be passed over instead of written. */
  passable(least: number): number;
  /** Takes so many of them as not read. */
  pass(count: number): void;
  /**
   * Call once, after the last chunk. `digest` is the SHA-256 of all bytes, `sha256:…`, and null where some were passed over. With `files`, the
   * external data behind biases and tables is read through it, and with `itself` what was passed over of these; what they reject with is
   * passed on. Throws ARTIFACT_TRUNCATED too.
   */
  finish<Digest extends string | null>(
    digest: Digest,
    files?: ExternalFiles | null,
    itself?: PassedFile,
  ): Promise<Inspection<Digest>>;
}

/** What the first pass over a file leaves for the second: a thread can send it to another. */
export interface ReadFile {
  /** For `inspectRead` alone. */
  passed: object;
  /** Its large buffers, to be given away instead of copied. */
  moves: ArrayBuffer[];
}

interface Passed {
  skeleton: Skeleton;
  /** The first bytes of the file. */
  head: Uint8Array;
}

/** An inspector but for the end. */
export interface FileReader extends Pick<Inspector, 'write' | 'passable' | 'pass'> {
  /** Throws as `finish` of an inspector does of what was read. Call once. */
  finish(): ReadFile;
}

export function createFileReader(): FileReader {
  const writer = new SkeletonWriter();
  const reader = new WireReader(MODEL, writer);
  const head = new Uint8Array(HEAD_BYTES);
  let headLength = 0;
  let fault: unknown = null;
  return {
    write(chunk) {
      if (headLength < HEAD_BYTES) {
        const taken = chunk.subarray(0, HEAD_BYTES - headLength);
        head.set(taken, headLength);
        headLength += taken.length;
      }
      if (fault === null) {
        try {
          reader.write(chunk);
        } catch (error) {
          fault = error;
        }
      }
      if (fault !== null && headLength === HEAD_BYTES) refuse(fault, head);
    },
    passable(least) {
      return fault === null ? reader.passable(least) : 0;
    },
    pass(count) {
      reader.pass(count);
    },
    finish() {
      const start = head.subarray(0, headLength);
      if (fault !== null) return refuse(fault, start);
      try {
        const skeleton = writer.finish(reader.finish());
        const passed: Passed = { skeleton, head: start };
        return { passed, moves: [skeleton.bytes.buffer as ArrayBuffer] };
      } catch (error) {
        return refuse(error, start);
      }
    },
  };
}

/** The second: as `finish` of an inspector. */
export async function inspectRead<Digest extends string | null>(
  { passed }: ReadFile,
  digest: Digest,
  files: ExternalFiles | null = null,
  itself?: PassedFile,
): Promise<Inspection<Digest>> {
  const { skeleton, head } = passed as Passed;
  try {
    return {
      digest,
      byteSize: skeleton.byteSize,
      inspectionVersion: INSPECTION_VERSION,
      ...(await analyseSkeleton(skeleton, { beside: files, itself: itself ?? null })),
    };
  } catch (error) {
    return refuse(error, head);
  }
}

export function createInspector(): Inspector {
  const reader = createFileReader();
  return {
    write: (chunk) => reader.write(chunk),
    passable: (least) => reader.passable(least),
    pass: (count) => reader.pass(count),
    // What the reader throws is what the promise rejects with.
    finish: async (digest, files, itself) => inspectRead(reader.finish(), digest, files, itself),
  };
}

/** A file that cannot be read is often another kind of file: says which. `head`: its first bytes. */
function refuse(error: unknown, head: Uint8Array): never {
  const unreadable =
    error instanceof WeighbridgeError && (error.code === 'ARTIFACT_MALFORMED' || error.code === 'ARTIFACT_TRUNCATED');
  if (!unreadable) throw error;
  const likeness = looksLike(head);
  if (likeness === null) {
    if (beginsAsModel(head)) throw error;
    throw new WeighbridgeError(error.code, `${error.message}; ${SIDE_FILE_HINT}`, { cause: error });
  }
  throw new WeighbridgeError('ARTIFACT_NOT_ONNX', `not an ONNX model: looks like ${likeness}`, {
    cause: error,
  });
}
