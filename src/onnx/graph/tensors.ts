/** The values of stored tensors as far as they are known: small ones as numbers, any of them as zero or not, and by content. */
import { contentHash } from '../read/content-hash.js';
import { bitsPerElement, bytesOfElement, DataType } from '../read/dtypes.js';
import type { Tensor } from './model.js';
import { MAX_VALUES } from '../operators/known.js';
import { brainToNumber, halfToNumber, numberReader } from '../read/numbers.js';
import { type Pattern, patternOf } from '../read/patterns.js';
import type { ZeroRuns } from '../read/zero-runs.js';

/** 0 is zero (−0 too), 1 is not, 2 is unknown. */
export type ZeroMask = Uint8Array;
export const ZERO = 0;
export const NONZERO = 1;
export const UNKNOWN = 2;

/** The elements as numbers, in order; null when they are not here, too many, or of a type without numbers. int64 beyond 2^53 is inexact. */
export function tensorValues(tensor: Tensor): number[] | null {
  const { values, elements, dataType } = tensor;
  if (isElsewhere(tensor) || elements > MAX_VALUES || values.fields > 1) return null;
  if (elements === 0) return [];
  const read = values.raw ? rawValues(values.raw, dataType) : values.facts ? keptValues(tensor) : typedValues(tensor);
  return read && read.length === elements ? read : null;
}

/** The number at a place, where tensorValues would give it: reads no more of them than are asked for. */
function valueReader(tensor: Tensor): ((place: number) => number) | null {
  const { values, elements, dataType } = tensor;
  const reader = numberReader(dataType);
  if (!values.raw || !reader || isElsewhere(tensor) || elements > MAX_VALUES || values.fields > 1) {
    const read = tensorValues(tensor);
    return read && ((place) => read[place]!);
  }
  const [size, get] = reader;
  if (values.raw.length !== elements * size) return null;
  const view = new DataView(values.raw.buffer, values.raw.byteOffset, values.raw.byteLength);
  return (place) => get(view, place * size);
}

/** External data that was not read. */
function isElsewhere({ external }: Tensor): boolean {
  return external !== null && !external.isRead;
}

/** Values that are in another file which was not read, were passed over in this one, or stripped from it. */
export function isUnread(tensor: Tensor): boolean {
  if (isElsewhere(tensor) || tensor.values.facts?.passed) return true;
  return tensor.external === null && tensor.byteLength === 0 && tensor.elements > 0;
}

function typedValues({ values, dataType }: Tensor): number[] | null {
  if (values.floats.length > 0) return values.floats;
  if (values.doubles.length > 0) return values.doubles;
  if (values.int64s.length > 0) return values.int64s;
  if (values.int32s.length === 0) return null;
  if (dataType === DataType.FLOAT16) return values.int32s.map(halfToNumber);
  if (dataType === DataType.BFLOAT16) return values.int32s.map(brainToNumber);
  return bitsPerElement(dataType) !== null && bitsPerElement(dataType)! < 8 ? null : values.int32s;
}

/** Values that the file holds one by one, unpacked, or that were read from a file beside it. */
function keptValues({ values, dataType }: Tensor): number[] | null {
  const { kept, format } = values.facts!;
  if (!kept) return null;
  if (format === 'raw') return rawValues(kept, dataType);
  if (format === 'fixed32') return rawValues(kept, DataType.FLOAT);
  if (format === 'fixed64') return rawValues(kept, DataType.DOUBLE);
  if (format !== 'varint') return null;
  const numbers: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of kept) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    numbers.push(Number(BigInt.asIntN(64, value)));
    value = 0n;
    shift = 0n;
  }
  if (dataType === DataType.FLOAT16) return numbers.map(halfToNumber);
  return dataType === DataType.BFLOAT16 ? numbers.map(brainToNumber) : numbers;
}

function rawValues(raw: Uint8Array, dataType: number): number[] | null {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = numberReader(dataType);
  if (!read) return null;
  const [size, get] = read;
  if (raw.length % size !== 0) return null;
  const values = new Array<number>(raw.length / size);
  for (let i = 0; i < values.length; i += 1) values[i] = get(view, i * size);
  return values;
}

/** Answers for elements by their place: zero, not, or unknown. */
export type ZeroLookup = (index: number) => 0 | 1 | 2;

export function zeroLookup(tensor: Tensor): ZeroLookup {
  const facts = tensor.values.facts;
  if (facts?.zeros && tensor.values.fields === 1 && facts.values === tensor.elements && !isElsewhere(tensor)) {
    return runsLookup(facts.zeros);
  }
  const values = tensorValues(tensor);
  if (!values) return () => UNKNOWN;
  return (index) => (values[index] === 0 ? ZERO : NONZERO);
}

function runsLookup({ bounds, shortest }: ZeroRuns): ZeroLookup {
  return (index) => {
    let [low, high] = [0, bounds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle]! <= index) low = middle + 1;
      else high = middle;
    }
    if (low % 2 === 1) return ZERO; // after a start, before its end
    return shortest === 1 ? NONZERO : UNKNOWN;
  };
}

/** Equal for tensors of the same type, shape and values; null when the values are not in this file. */
export function contentKey(tensor: Tensor): string | null {
  if (tensor.external || tensor.byteLength === 0) return null;
  const hash = contentHashOf(tensor);
  return hash && `${tensor.dataType}:${tensor.dims.join(',')}:${hash}`;
}

/** Of the elements as raw_data holds them, however the file does; null when they are not here or not exact. */
export function contentHashOf(tensor: Tensor): string | null {
  const { values } = tensor;
  if (values.hash === undefined) values.hash = hashValues(tensor);
  return values.hash;
}

function hashValues(tensor: Tensor): string | null {
  const { values, dataType } = tensor;
  if (isElsewhere(tensor) || values.fields > 1) return null;
  if (values.facts) return values.facts.hash;
  if (values.raw) return contentHash(values.raw);
  if (values.floats.length > 0) return contentHash(new Uint8Array(Float32Array.from(values.floats).buffer));
  if (values.doubles.length > 0) return contentHash(new Uint8Array(Float64Array.from(values.doubles).buffer));
  const bytes = integerBytes(values.int64s.length > 0 ? values.int64s : values.int32s, bytesOfElement(dataType) ?? 8);
  return bytes && contentHash(bytes);
}

/** Little-endian, in so many bytes each; null for what is beyond 2^53 and was rounded. */
function integerBytes(numbers: readonly number[], size: number): Uint8Array | null {
  if (!numbers.every(Number.isSafeInteger)) return null;
  const view = new DataView(new ArrayBuffer(numbers.length * 8));
  for (const [i, number] of numbers.entries()) view.setBigInt64(i * size, BigInt(number), true); // the next covers what is too long
  return new Uint8Array(view.buffer, 0, numbers.length * size);
}

/** True when every element is known to be zero. */
export function isAllZero(tensor: Tensor): boolean {
  const facts = tensor.values.facts;
  if (facts) {
    const bounds = facts.zeros?.bounds;
    return bounds?.length === 2 && bounds[0] === 0 && bounds[1] === tensor.elements && tensor.values.fields === 1;
  }
  // Most tensors are known not to be zero by their first byte; −0 has one bit set, the sign.
  if (tensor.values.raw?.some((byte) => (byte & 0x7f) !== 0)) return false;
  const values = tensorValues(tensor);
  return values !== null && values.every((value) => value === 0);
}

/** What the values of a dense tensor show, whatever its size; null where they were not read. */
export function patternIn(tensor: Tensor): Pattern | null {
  const { facts, fields, raw } = tensor.values;
  if (isElsewhere(tensor) || fields > 1) return null;
  if (facts?.pattern) return facts.pattern;
  const read = valueReader(tensor);
  if (!read) return null;
  const { dims, elements } = tensor;
  const numbers = raw ?? new Uint8Array(Float64Array.from({ length: elements }, (_, place) => read(place)).buffer);
  return patternOf(dims, numbers.length / elements, numbers, elements, (target, place) => {
    for (let i = 0; i < target.length; i += 1) target[i] = read(place + i);
  });
}

/** True when it is known that every element has the same bits. */
export function isUniform(tensor: Tensor): boolean {
  const { values, dataType } = tensor;
  const { facts } = values;
  if (!facts) {
    const read = valueReader(tensor);
    if (!read || tensor.elements === 0) return false;
    for (let place = 1; place < tensor.elements; place += 1) if (!Object.is(read(place), read(0))) return false;
    return true;
  }
  const size = facts.format === 'raw' ? bytesOfElement(dataType) : facts.format === 'fixed32' ? 4 : 8;
  if (!facts.repeated || facts.format === 'strings' || !size || isElsewhere(tensor) || values.fields > 1) return false;
  return facts.repeated.every((byte, i) => byte === facts.repeated![i % size]);
}
