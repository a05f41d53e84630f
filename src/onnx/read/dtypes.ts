/** ONNX data types (TensorProto.DataType of IR 14): the one place that knows their numbers; and the number of elements of a shape. */
import { WeighbridgeError } from '../../core/errors.js';
import { sayDims } from '../../core/exact.js';

interface DataTypeFacts {
  number: number;
  /** Of an element; 0 for texts. */
  bits: number;
  /** Integers, bools and texts. */
  isInteger: boolean;
  /** Which bits make an element zero: all, or all but the first (−0). Null where zeros are not looked for. */
  zero: 'ALL_BITS' | 'BUT_SIGN' | null;
}

function integer(number: number, bits: number): DataTypeFacts {
  return { number, bits, isInteger: true, zero: bits < 8 ? null : 'ALL_BITS' };
}

function floating(number: number, bits: number, zero: DataTypeFacts['zero'] = 'BUT_SIGN'): DataTypeFacts {
  return { number, bits, isInteger: false, zero };
}

/** One row a type; UNDEFINED is 0. */
const TYPES = {
  FLOAT: floating(1, 32),
  UINT8: integer(2, 8),
  INT8: integer(3, 8),
  UINT16: integer(4, 16),
  INT16: integer(5, 16),
  INT32: integer(6, 32),
  INT64: integer(7, 64),
  STRING: integer(8, 0),
  BOOL: integer(9, 8),
  FLOAT16: floating(10, 16),
  DOUBLE: floating(11, 64),
  UINT32: integer(12, 32),
  UINT64: integer(13, 64),
  COMPLEX64: floating(14, 64, null),
  COMPLEX128: floating(15, 128, null),
  BFLOAT16: floating(16, 16),
  FLOAT8E4M3FN: floating(17, 8),
  FLOAT8E4M3FNUZ: floating(18, 8, null), // no −0: those bits are NaN
  FLOAT8E5M2: floating(19, 8),
  FLOAT8E5M2FNUZ: floating(20, 8, null),
  UINT4: integer(21, 4),
  INT4: integer(22, 4),
  FLOAT4E2M1: floating(23, 4, null),
  FLOAT8E8M0: floating(24, 8, null), // has no zero
  UINT2: integer(25, 2),
  INT2: integer(26, 2),
  FLOAT6E2M3: floating(27, 6, null),
  FLOAT6E3M2: floating(28, 6, null),
} satisfies Record<string, DataTypeFacts>;
type DataTypeName = keyof typeof TYPES;

/** TensorProto.DataType: the number of each type, by its name. */
export const DataType = Object.fromEntries(
  Object.entries(TYPES).map(([name, { number }]) => [name, number]),
) as Readonly<Record<DataTypeName, number>>;

const BY_NUMBER: readonly ({ name: DataTypeName } & DataTypeFacts)[] = Object.entries(TYPES).reduce(
  (list, [name, facts]) => {
    list[facts.number] = { name: name as DataTypeName, ...facts };
    return list;
  },
  [] as ({ name: DataTypeName } & DataTypeFacts)[],
);

export function dataTypeName(dataType: number): DataTypeName | null {
  return BY_NUMBER[dataType]?.name ?? null;
}

/** Bits an element; null for strings and for types that no ONNX release has. */
export function bitsPerElement(dataType: number): number | null {
  return BY_NUMBER[dataType]?.bits || null;
}

/** Whole bytes that one number of a packed list stands for in raw_data: of types under 8 bits, two or more elements. */
export function bytesOfElement(dataType: number): number | null {
  const bits = bitsPerElement(dataType);
  return bits === null || bits > 64 ? null : Math.max(1, bits / 8);
}

/** How the zeros of raw_data are found: bytes of an element and whether its first bit is a sign; null where they are not looked for. */
export function zeroBits(dataType: number): { size: 1 | 2 | 4 | 8; signed: boolean } | null {
  const facts = BY_NUMBER[dataType];
  return facts?.zero ? { size: (facts.bits / 8) as 1 | 2 | 4 | 8, signed: facts.zero === 'BUT_SIGN' } : null;
}

export function isInteger(dataType: number): boolean {
  return BY_NUMBER[dataType]?.isInteger ?? false;
}

/** Integers that are no flags and no texts. */
export function isNumber(dataType: number): boolean {
  return isInteger(dataType) && dataType !== DataType.BOOL && dataType !== DataType.STRING;
}

/** Half-precision numbers, which int32_data holds as their bits. */
export function isHalf(dataType: number): boolean {
  return dataType === DataType.FLOAT16 || dataType === DataType.BFLOAT16;
}

/** Product of the dims of a stored tensor. Refuses the file for what cannot be counted exactly. */
export function elementCount(name: string, dims: readonly number[]): number {
  const label = name === '' ? 'a tensor without a name' : `tensor ${JSON.stringify(name.slice(0, 80))}`;
  if (dims.some((dim) => dim < 0)) {
    throw new WeighbridgeError('ARTIFACT_MALFORMED', `${label} has a negative dim: ${sayDims(dims)}`);
  }
  const elements = product(dims);
  if (elements === null || !dims.every(Number.isSafeInteger)) {
    throw new WeighbridgeError(
      'ARTIFACT_MALFORMED',
      `${label} has a dim, or a number of elements, over 2^53−1: ${sayDims(dims)}`,
    );
  }
  return elements;
}

/** Exact, or null when over 2^53−1. */
export function product(dims: readonly number[]): number | null {
  if (dims.includes(0)) return 0;
  let elements = 1;
  for (const dim of dims) {
    elements *= dim; // what is exact stays exact, and what is not stays over 2^53−1
    if (!Number.isSafeInteger(dim) || !Number.isSafeInteger(elements)) return null;
  }
  return elements;
}
