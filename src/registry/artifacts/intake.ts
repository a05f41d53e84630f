/**
 * Bytes on their way in: each chunk to the staged blob and to the inspector, both awaited, so that the slower sets the pace and
 * nothing is held whole. Ends with the blob committed or with nothing left of it. Knows no database.
 */
import { createHash } from 'node:crypto';
import type { BlobStore, PassingReader, StagedBlob, StageOptions, WrittenBlob } from '../../blobs/blob-store.js';
import { type ErrorCode, WeighbridgeError } from '../../core/errors.js';
import type { Inspection } from '../../core/inspection.js';
import { requireDigest } from '../../core/names.js';
import { createInspector, type ExternalFiles, type Inspector, inspectRead, type ReadFile } from '../../onnx/inspect.js';

export interface Intake {
  /**
   * The bytes. When the upload fails early the iterator's `return` is called: give
   * `request.iterator({ destroyOnReturn: false })` where the connection must outlive that to carry the answer.
   */
  body: AsyncIterable<Uint8Array>;
  /** Whether its chunks are nobody else's. Default false. */
  givesChunks?: boolean | undefined;
  /** `sha256:…`, checked after the last byte. */
  declaredDigest?: string | undefined;
  expectedSize?: number | undefined;
  /** Asked once the last byte is there, before any of them is kept. What it rejects with, the upload rejects with. */
  mayKeep?: ((digest: string, byteSize: number) => Promise<void>) | undefined;
  /** Aborted when the client has gone or is too slow. A WeighbridgeError as its reason is what the upload rejects with. */
  signal?: AbortSignal | undefined;
}

/** Bytes that are no model are kept too, with the reason, where the caller wants them (external data). */
export type Received = { info: WrittenBlob } & (
  { inspection: Inspection; refusal: null } | { inspection: null; refusal: WeighbridgeError }
);

/** What the inspector says of bytes that are no model that it can read; anything else it throws is a fault. */
const REFUSALS: readonly ErrorCode[] = [
  'ARTIFACT_NOT_ONNX',
  'ARTIFACT_MALFORMED',
  'ARTIFACT_TRUNCATED',
  'LIMIT_EXCEEDED',
];

/** Commits a model's bytes. Rejects with the refusal as soon as it is certain, DIGEST_MISMATCH, LENGTH_MISMATCH, UPLOAD_ABORTED, STORAGE_FULL. */
export async function receiveModel(
  blobs: Stages,
  intake: Intake,
): Promise<{ inspection: Inspection; parts: Uint8Array }> {
  const { inspection, refusal, info } = await receive(blobs, intake, { keepRefused: false });
  if (inspection === null) throw refusal;
  return { inspection, parts: info.parts };
}

/** Commits any bytes, and says what they are. Rejects as `receiveModel` does, but for the refusals. */
export function receiveBytes(blobs: Stages, intake: Intake): Promise<Received> {
  return receive(blobs, intake, { keepRefused: true });
}

/** What a model's bytes hold, with what is known of the files beside it, and nothing kept. Rejects as `receiveModel` does, but for STORAGE_FULL. */
export async function weighModel(intake: Intake, files: ExternalFiles): Promise<Inspection> {
  const scales = { stage: () => Promise.resolve(createScales()) };
  const { inspection, refusal } = await receive(scales, intake, { keepRefused: false, files });
  if (inspection === null) throw refusal;
  return inspection;
}

/** Bytes that are counted and hashed, and gone. */
function createScales(): StagedBlob {
  const hash = createHash('sha256');
  let byteSize = 0;
  let info: WrittenBlob | undefined;
  const parts = new Uint8Array(); // nobody will read them
  const seal = () => Promise.resolve((info ??= { digest: `sha256:${hash.digest('hex')}`, byteSize, parts }));
  return {
    write: (chunk) => {
      hash.update(chunk);
      byteSize += chunk.byteLength;
      return Promise.resolve();
    },
    seal,
    commit: seal,
    discard: () => Promise.resolve(),
  };
}

type Stages = Pick<BlobStore, 'stage'>;
const NO_BYTES = new Uint8Array();

type Finishes = Pick<Inspector, 'finish'>;

// Under jest this file is TypeScript, and another thread cannot load that: it takes the built one.
const MODEL_READER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/registry/artifacts/model-reader.js' : './model-reader.js',
  import.meta.url,
).href;

/** Of bytes that are read where the store has them. */
function inspectorElsewhere(reading: PassingReader): Finishes & Pick<Inspector, 'write'> {
  return {
    write() {
      if (reading.fault !== undefined) throw reading.fault;
    },
    finish: async (digest, files, itself) => inspectRead((await reading.finish()) as ReadFile, digest, files, itself),
  };
}

async function receive(
  blobs: Stages,
  intake: Intake,
  { keepRefused, files }: { keepRefused: boolean; files?: ExternalFiles },
): Promise<Received> {
  const { declaredDigest, expectedSize, signal } = intake;
  if (declaredDigest !== undefined) requireDigest(declaredDigest);
  if (signal?.aborted) throw aborted(signal.reason);
  const options: StageOptions = { reader: MODEL_READER, givesChunks: intake.givesChunks ?? false };
  if (expectedSize !== undefined) options.expectedSize = expectedSize;
  const stage = await blobs.stage(options);
  const inspector = stage.reading === undefined ? createInspector() : inspectorElsewhere(stage.reading);
  const reading = new Reading(inspector, keepRefused, files);
  try {
    await pass(intake, stage, reading);
    const info = await stage.seal();
    await reading.write(NO_BYTES); // what was refused in another thread is known here by now
    if (declaredDigest !== undefined && info.digest !== declaredDigest) {
      throw new WeighbridgeError('DIGEST_MISMATCH', `the bytes received have the digest ${info.digest}`);
    }
    const found = await reading.finish(info.digest);
    await intake.mayKeep?.(info.digest, info.byteSize);
    await stage.commit();
    return { info, ...found };
  } catch (error) {
    await stage.discard();
    throw error;
  }
}

async function pass({ body, expectedSize, signal }: Intake, stage: StagedBlob, reading: Reading): Promise<void> {
  let received = 0;
  for await (const chunk of abortable(body, signal)) {
    received += chunk.byteLength;
    if (expectedSize !== undefined && received > expectedSize) throw lengthMismatch(expectedSize, 'more');
    // The write is begun first, so that the disk works while the inspector reads; both are awaited whichever fails.
    const [written, read] = await Promise.allSettled([stage.write(chunk), reading.write(chunk)]);
    if (written.status === 'rejected') throw written.reason;
    if (read.status === 'rejected') throw read.reason;
  }
  if (expectedSize !== undefined && received < expectedSize) throw lengthMismatch(expectedSize, 'fewer');
}

/** An inspector, and what it refused the bytes for, when the bytes are wanted nevertheless. */
class Reading {
  #refusal: WeighbridgeError | null = null;

  constructor(
    private readonly inspector: Finishes & Pick<Inspector, 'write'>,
    private readonly keepRefused: boolean,
    private readonly files: ExternalFiles | undefined,
  ) {}

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#refusal === null) await this.#kept(() => this.inspector.write(chunk));
  }

  async finish(digest: string) {
    const inspection =
      this.#refusal === null ? await this.#kept(() => finish(this.inspector, digest, this.files)) : undefined;
    if (inspection !== undefined) return { inspection, refusal: null };
    if (this.#refusal === null) throw new Error('the inspector gave neither an inspection nor a refusal');
    return { inspection: null, refusal: this.#refusal };
  }

  async #kept<T>(step: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!this.keepRefused || !(error instanceof WeighbridgeError) || !REFUSALS.includes(error.code)) throw error;
      this.#refusal = error;
      return undefined;
    }
  }
}

/** Rejects with LIMIT_EXCEEDED for a file whose claims add up to more than can be counted exactly: no column takes them. */
export async function finish(inspector: Finishes, digest: string, files?: ExternalFiles): Promise<Inspection> {
  const inspection = await inspector.finish(digest, files);
  requireExact(inspection);
  return inspection;
}

/** By size alone: a ratio need be no integer, and a count is inexact only beyond this. */
function requireExact(part: unknown): void {
  if (typeof part === 'number' && !(Math.abs(part) <= Number.MAX_SAFE_INTEGER)) {
    throw new WeighbridgeError('LIMIT_EXCEEDED', 'the model claims sizes that add up to more than 2^53-1');
  }
  if (typeof part === 'object' && part !== null) Object.values(part).forEach(requireExact);
}

/** The chunks of the body; ends with UPLOAD_ABORTED when it breaks off, and at once when the signal comes, be a chunk awaited or not. */
async function* abortable(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  let stop: ((reason: unknown) => void) | undefined;
  const onAbort = () => stop?.(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  let ended = false;
  try {
    for (;;) {
      if (signal?.aborted) throw aborted(signal.reason);
      // One listener for the whole body: a race against one long-lived promise would keep a reaction for every chunk.
      const step = await new Promise<IteratorResult<Uint8Array, unknown>>((resolve, reject) => {
        stop = reject;
        iterator.next().then(resolve, reject);
      }).catch((error: unknown) => {
        throw aborted(error);
      });
      if (step.done) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: behind a chunk that never comes it never resolves. How the body ends matters no more.
    if (!ended) iterator.return?.().catch(() => undefined);
  }
}

function aborted(cause: unknown): WeighbridgeError {
  if (cause instanceof WeighbridgeError) return cause;
  return new WeighbridgeError('UPLOAD_ABORTED', 'the upload ended before its last byte', { cause });
}

function lengthMismatch(expected: number, how: 'more' | 'fewer'): WeighbridgeError {
  return new WeighbridgeError('LENGTH_MISMATCH', `${expected} bytes were declared, ${how} arrived`);
}
