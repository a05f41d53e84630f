/** What the library takes for a model, as chunks in order. Opens nothing itself: host.ts opens what has an address. */
import { WeighbridgeError } from '../core/errors.js';

/** Anything that gives parts of its bytes: a file of another system, an address, a database. */
export interface RangeSource {
  byteSize: number;
  /** `length` bytes from `start`, in chunks of any size. A chunk is read before the next one is asked for. */
  read(start: number, length: number): AsyncIterable<Uint8Array>;
}

/** A path (in Node) or an address, bytes, a file of a page, a stream, or what reads ranges. */
export type ModelSource =
  string | URL | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | RangeSource;

/** Without those that have an address. Throws INPUT_INVALID for what is no source. */
export function chunksOf(source: Exclude<ModelSource, string | URL>): AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) return once(source);
  if (source instanceof ArrayBuffer) return once(new Uint8Array(source));
  if (source instanceof Blob) return streamed(source.stream() as ReadableStream<Uint8Array>);
  if (isObject(source)) {
    if ('getReader' in source) return bytesOf(streamed(source));
    if (Symbol.asyncIterator in source) return bytesOf(source);
    if ('read' in source && 'byteSize' in source) {
      const { byteSize } = requireRanges(source, 'a model');
      return bytesOf(source.read(0, byteSize));
    }
  }
  throw new WeighbridgeError('INPUT_INVALID', `${sayWhat(source)} is no model: ${GIVE}`);
}

const GIVE = 'give a path, an address, bytes, a Blob, a stream, or { byteSize, read(start, length) }';

function sayWhat(source: unknown): string {
  if (source === undefined || source === null) return String(source);
  if (source instanceof Promise) return 'a promise (await it first)';
  return Array.isArray(source) ? 'an array' : `a value of type ${typeof source}`;
}

/** Throws INPUT_INVALID for what does not read ranges. */
export function requireRanges(source: unknown, what: string): RangeSource {
  const { byteSize, read } = (isObject(source) ? source : {}) as Partial<RangeSource>;
  if (Number.isSafeInteger(byteSize) && (byteSize ?? -1) >= 0 && typeof read === 'function')
    return source as RangeSource;
  const advice = 'give { byteSize, read(start, length) }, with a whole number and a function that gives chunks';
  throw new WeighbridgeError('INPUT_INVALID', `${what} that reads ranges: ${advice}`);
}

/** Throws INPUT_INVALID where a chunk is none of bytes, as of a stream that decodes text. */
async function* bytesOf(chunks: unknown): AsyncGenerator<Uint8Array> {
  if (!isObject(chunks) || !(Symbol.asyncIterator in chunks))
    throw new WeighbridgeError('INPUT_INVALID', 'read(start, length) gave no chunks: let it be an async generator');
  for await (const chunk of chunks as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array))
      throw new WeighbridgeError(
        'INPUT_INVALID',
        `a stream of a model gives bytes, not chunks of type ${typeof chunk}`,
      );
    yield chunk;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

/** By its reader: streams of some browsers cannot be iterated. What ends early gives the stream up. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (value === undefined) return;
      yield value;
    }
  } finally {
    if (!isDone) await reader.cancel();
  }
}
