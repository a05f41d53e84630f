/** ONNX data types: names, bits, kinds (TensorProto.DataType of IR 14), and the number of elements of a shape. */
import { WeighbridgeError } from '../../core/errors.js';
import { sayDims } from '../../core/exact.js';

/** Name and bits an element, by number; UNDEFINED is 0. */
const TYPES: Record<number, [string, number]> = {
  1: ['FLOAT', 32],
  2: ['UINT8', 8],
  3: ['INT8', 8],
  4: ['UINT16', 16],
  5: ['INT16', 16],
  6: ['INT32', 32],
  7: ['INT64', 64],
  8: ['STRING', 0],
  9: ['BOOL', 8],
  10: ['FLOAT16', 16],
  11: ['DOUBLE', 64],
  12: ['UINT32', 32],
  13: ['UINT64', 64],
  14: ['COMPLEX64', 64],
  15: ['COMPLEX128', 128],
  16: ['BFLOAT16', 16],
  17: ['FLOAT8E4M3FN', 8],
  18: ['FLOAT8E4M3FNUZ', 8],
  19: ['FLOAT8E5M2', 8],
  20: ['FLOAT8E5M2FNUZ', 8],
  21: ['UINT4', 4],
  22: ['INT4', 4],
  23: ['FLOAT4E2M1', 4],
  24: ['FLOAT8E8M0', 8],
  25: ['UINT2', 2],
  26: ['INT2', 2],
  27: ['FLOAT6E2M3', 6],
  28: ['FLOAT6E3M2', 6],
};

/** Integers, bools and strings. */
const INTEGERS = new Set([2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 21, 22, 25, 26]);
/** The integer types that quantized weights are stored in. */
const QUANTIZED = new Set([2, 3, 21, 22, 25, 26]);

export const FLOAT = 1;
export const UINT8 = 2;
export const INT64 = 7;
export const STRING = 8;
export const BOOL = 9;

export function dataTypeName(dataType: number): string | null {
  return TYPES[dataType]?.[0] ?? null;
}

/** Bits an element; null for strings and for types that no ONNX release has. */
export function bitsPerElement(dataType: number): number | null {
  return TYPES[dataType]?.[1] || null;
}

/** Whole bytes that one number of a packed list stands for in raw_data: of types under 8 bits, two or more elements. */
export function bytesOfElement(dataType: number): number | null {
  const bits = bitsPerElement(dataType);
  return bits === null || bits > 64 ? null : Math.max(1, bits / 8);
}

export function isInteger(dataType: number): boolean {
  return INTEGERS.has(dataType);
}

export function isQuantizedInteger(dataType: number): boolean {
  return QUANTIZED.has(dataType);
}

/** Product of the dims of a stored tensor. Refuses the file for what cannot be counted exactly. */
export function elementCount(name: string, dims: readonly number[]): number {
  const label = name === '' ? 'a tensor without a name' : `tensor ${JSON.stringify(name.slice(0, 80))}`;
  if (dims.some((dim) => dim < 0)) {
    throw new WeighbridgeError('ARTIFACT_MALFORMED', `${label} has a negative dim: ${sayDims(dims)}`);
  }
  const elements = product(dims);
  if (elements === null) {
    throw new WeighbridgeError('ARTIFACT_MALFORMED', `${label} claims more than 2^53−1 elements: ${sayDims(dims)}`);
  }
  return elements;
}

/** Exact, or null when over 2^53−1. */
export function product(dims: readonly number[]): number | null {
  if (dims.includes(0)) return 0;
  let elements = 1n;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim)) return null;
    elements *= BigInt(dim);
    if (elements > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  }
  return Number(elements);
}
