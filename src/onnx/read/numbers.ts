/** Elements of raw_data as numbers, one at a place. Only for types whose elements are whole bytes and plain numbers. */
import { DataType } from './dtypes.js';

/** Bytes of an element, and how it is read at a byte of a view. */
export type NumberReader = readonly [size: number, get: (view: DataView, at: number) => number];

const READERS: Record<number, NumberReader> = {
  [DataType.FLOAT]: [4, (v, at) => v.getFloat32(at, true)],
  [DataType.UINT8]: [1, (v, at) => v.getUint8(at)],
  [DataType.INT8]: [1, (v, at) => v.getInt8(at)],
  [DataType.UINT16]: [2, (v, at) => v.getUint16(at, true)],
  [DataType.INT16]: [2, (v, at) => v.getInt16(at, true)],
  [DataType.INT32]: [4, (v, at) => v.getInt32(at, true)],
  [DataType.INT64]: [8, (v, at) => Number(v.getBigInt64(at, true))],
  [DataType.BOOL]: [1, (v, at) => v.getUint8(at)],
  [DataType.FLOAT16]: [2, (v, at) => halfToNumber(v.getUint16(at, true))],
  [DataType.DOUBLE]: [8, (v, at) => v.getFloat64(at, true)],
  [DataType.UINT32]: [4, (v, at) => v.getUint32(at, true)],
  [DataType.UINT64]: [8, (v, at) => Number(v.getBigUint64(at, true))],
  [DataType.BFLOAT16]: [2, (v, at) => brainToNumber(v.getUint16(at, true))],
};

/** Where many numbers of a type are read at once, since one by one they would take longer than what is asked of them. */
const floats = new Float32Array(256);
const floatBytes = new Uint8Array(floats.buffer);

/** As many as there is room for in `target`, from a byte of a view on. */
export function readNumbers(target: Float64Array, [size, get]: NumberReader, view: DataView, at: number): void {
  if (get !== READERS[DataType.FLOAT]![1]) {
    for (let i = 0; i < target.length; i += 1) target[i] = get(view, at + i * size);
    return;
  }
  for (let start = 0; start < target.length; start += floats.length) {
    const count = Math.min(floats.length, target.length - start);
    floatBytes.set(new Uint8Array(view.buffer, view.byteOffset + at + start * size, count * size));
    target.set(floats.subarray(0, count), start);
  }
}

/** int64 beyond 2^53 is inexact. */
export function numberReader(dataType: number): NumberReader | null {
  return READERS[dataType] ?? null;
}

export function halfToNumber(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function brainToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, (bits & 0xffff) * 65_536);
  return view.getFloat32(0);
}
