/**
 * External data: tensors whose values lie in a file beside the model. Says which bytes a tensor means, and reads those that are
 * asked for through what the caller gives; opens nothing itself, so that a name in a model is never taken for a path.
 */
import type { ExternalDataReference } from '../../core/inspection.js';
import { bitsPerElement, DataType } from '../read/dtypes.js';
import type { Tensor } from './model.js';
import { type PayloadFacts, PayloadRecorder } from '../read/payload.js';

/** A file that the caller has found and may read. */
export interface ExternalFile {
  byteSize: number;
  /** `length` bytes from `start`; both were checked against byteSize. Null where nothing but the size is known. */
  read: ((start: number, length: number) => AsyncIterable<Uint8Array>) | null;
}

/** Null for a file that is not there, or that the caller will not open. Asked once for each location. */
export type ExternalFiles = (location: string) => Promise<ExternalFile | null>;

/** A model file of which values were passed over, and how many bytes of them may be read after all. */
export interface PassedFile extends ExternalFile {
  mostBytes: number;
}

/** What may be read of a model while it is analysed; each null where it is not to be. */
export interface Readable {
  beside: ExternalFiles | null;
  /** The model file, of which values were passed over. */
  itself: PassedFile | null;
}

/** The bytes of one tensor. */
export interface ExternalRange {
  /** Null for values that were passed over in the model file. */
  location: string | null;
  start: number;
  length: number;
  dataType: number;
  dims: readonly number[];
}

/** What is known of the files beside a model. */
export interface ExternalFacts {
  /** Sizes of the files that are there, by location. */
  sizes: ReadonlyMap<string, number>;
  /** Of the ranges that were read, by key. */
  payloads: ReadonlyMap<string, PayloadFacts>;
}

export const NO_EXTERNAL_FACTS: ExternalFacts = { sizes: new Map(), payloads: new Map() };

/** A bias of 20,000 units in two directions has 640 KB; more than this is not read for its zeros. */
const MAX_RANGE_BYTES = 64 * 2 ** 20;
const MAX_RANGES = 1_000;
/** Files that are looked for; exporters write one, or one a tensor. */
const MAX_FILES = 10_000;

/** Null when offset or length are no sizes, or the length is not what dims and type need; also of values that were read with the model. */
export function rangeOf(tensor: Tensor): ExternalRange | null {
  const needed = neededBytes(tensor);
  if (needed === null) return null;
  if (!tensor.external) return passedRange(tensor, needed);
  const { location } = tensor.external;
  const start = sizeOf(tensor.external.offset, 0);
  const length = sizeOf(tensor.external.length, needed);
  if (start === null || length !== needed) return null;
  return { location, start, length, dataType: tensor.dataType, dims: tensor.dims };
}

/** What lies in the file as it would in one beside it: numbers that are as wide as they are in raw_data. */
function passedRange({ values, dataType, dims }: Tensor, needed: number): ExternalRange | null {
  const { facts } = values;
  const start = facts?.passed?.start ?? null;
  if (!facts || start === null || facts.byteLength !== needed || values.fields > 1) return null;
  const isAsRaw = facts.format === 'raw' || (facts.format === 'fixed32' && dataType === DataType.FLOAT);
  return isAsRaw ? { location: null, start, length: needed, dataType, dims } : null;
}

/** What a tensor says of its length, or else what dims and type need; 0 when neither tells. */
export function claimedBytes(tensor: Tensor): number {
  return sizeOf(tensor.external?.length ?? null, neededBytes(tensor) ?? 0) ?? neededBytes(tensor) ?? 0;
}

/** Bytes of a file from `start` to before `end`. */
export interface Span {
  start: number;
  end: number;
}

/**
 * What a tensor uses of its file: as much as dims and type need, or where the type has no size, as its length says, or all from its
 * offset on. Null when the offset is no size.
 */
export function claimedSpan(tensor: Tensor): Span | null {
  const start = sizeOf(tensor.external?.offset ?? null, 0);
  if (start === null) return null;
  const length = neededBytes(tensor) ?? sizeOf(tensor.external?.length ?? null, Infinity) ?? Infinity;
  return { start, end: start + length };
}

/** Bytes of values that dims and type ask for; null where the type has no size. */
export function neededBytes({ elements, dataType }: Tensor): number | null {
  const bits = bitsPerElement(dataType);
  return bits === null ? null : Math.ceil(elements * (bits / 8));
}

function sizeOf(text: string | null, absent: number): number | null {
  if (text === null) return absent;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

export function rangeKey({ location, start, length, dataType, dims }: ExternalRange): string {
  return JSON.stringify([location, start, length, dataType, dims]);
}

/** Looks for the files, and reads the ranges that lie within them. Null where there is nothing more to know. What cannot be read rejects. */
export async function readUnread(
  { beside, itself }: Readable,
  references: readonly ExternalDataReference[],
  ranges: readonly ExternalRange[],
): Promise<ExternalFacts | null> {
  const sizes = new Map<string, number>();
  const payloads = new Map<string, PayloadFacts>();
  const found = new Map<string | null, ExternalFile>();
  if (itself) found.set(null, itself);
  for (const { location } of beside === null ? [] : references.slice(0, MAX_FILES)) {
    const file = await beside!(location);
    if (!file) continue;
    found.set(location, file);
    sizes.set(location, file.byteSize);
  }
  let left = itself?.mostBytes ?? 0;
  for (const range of ranges) {
    const file = found.get(range.location);
    const key = rangeKey(range);
    if (!file?.read || payloads.has(key) || payloads.size >= MAX_RANGES) continue;
    if (range.length > MAX_RANGE_BYTES || range.start + range.length > file.byteSize) continue;
    if (range.location === null && (left -= range.length) < 0) continue;
    const recorder = new PayloadRecorder('raw', range.dataType, range.dims);
    for await (const chunk of file.read(range.start, range.length)) recorder.push(chunk, true);
    payloads.set(key, recorder.finish());
  }
  return sizes.size + payloads.size === 0 ? null : { sizes, payloads };
}
