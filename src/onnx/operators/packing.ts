/**
 * How many parameters a packed tensor stands for, by the layouts of ONNX Runtime's contrib operators. A rule compares what the node
 * says with what is stored, and returns null where the two contradict each other: never a guess, never more than the bits can hold.
 */
import { bitsPerElement, isInteger, product } from '../read/dtypes.js';
import type { Known } from './known.js';
import type { PackingNode, PackingRule } from './operator.js';

/** Widths that a byte is divided into. */
const WIDTHS = [2, 4, 8];
/** Of MatMulFpQ4, whose blocks hold their scales too: at least 32 numbers of 4 bits with 4 or 5 bytes beside them. */
const BLOB_BLOCK = 32;
const MAX_BYTES_A_NUMBER = 1;

/** A matrix K×N in blocks along K, each a whole number of bytes; the last block of a column is filled up. */
export function blockedMatrix(columns = 'N'): PackingRule {
  return (packed, { int }) => {
    const [K, N, block, bits] = [int('K'), int(columns), int('block_size'), int('bits') ?? 4];
    if (!isCount(K) || !isCount(N) || !isCount(block) || bits < 1 || bits > 8) return null;
    const needed = product([N, Math.ceil(K / block), Math.ceil((block * bits) / 8)]);
    return needed !== null && needed === bytesOf(packed) ? product([K, N]) : null;
  };
}

/** A matrix K×N in one row of 4-bit numbers. */
export const flatMatrix: PackingRule = (packed, { int }) => {
  const [K, N] = [int('K'), int('N')];
  if (!isCount(K) || !isCount(N)) return null;
  const size = product([K, N]);
  return size !== null && Math.ceil(size / 2) === bytesOf(packed) ? size : null;
};

/** A blob of 4-bit numbers with their scales among them; the third input is the shape. */
export const blobMatrix: PackingRule = (packed, { input }) => {
  const shape = input(2)?.values;
  const [K, N] = shape ?? [];
  if (shape?.length !== 2 || !isCount(K) || !isCount(N)) return null;
  const [size, bytes] = [product([K, N]), bytesOf(packed)];
  const most = product([N, Math.ceil(K / BLOB_BLOCK), BLOB_BLOCK, MAX_BYTES_A_NUMBER]);
  return size !== null && bytes !== null && most !== null && 2 * bytes >= size && bytes <= most ? size : null;
};

/** Several numbers in each byte, whose width an attribute gives; one in each element of other types, which have a width of their own. */
export function packedBytes(attribute: string): PackingRule {
  return (packed, { int }) => {
    const size = product(packed.dims);
    if (!isByte(packed)) return size;
    const bits = int(attribute) ?? 4;
    return WIDTHS.includes(bits) ? product([...packed.dims, 8 / bits]) : null;
  };
}

/** Two numbers of 4 bits in each byte. */
export const pairs: PackingRule = ({ dims }) => product([...dims, 2]);

/** The same of a table that is quantized in blocks along one axis: the third input has a scale for each. */
export const blockedTable: PackingRule = (packed, node) => {
  const size = packedBytes('bits')(packed, node);
  const scales = node.input(2)?.dims;
  if (size === null || !scales) return size;
  const stored = product(packed.dims);
  const perElement = stored ? size / stored : 1;
  const dims = packed.dims.map((dim, axis) => (axis === packed.dims.length - 1 ? dim * perElement : dim));
  return isScaledBy(dims, scales, node) ? size : null;
};

/** Along the quantized axis a scale for each block, along the others one for each place, or one for all. */
function isScaledBy(dims: readonly number[], scales: readonly number[], { int }: PackingNode): boolean {
  const rank = dims.length;
  const axis = (int('quantize_axis') ?? 1) + ((int('quantize_axis') ?? 1) < 0 ? rank : 0);
  const block = int('block_size') ?? 128;
  if (scales.length !== rank || axis < 0 || axis >= rank || block < 0) return false;
  return dims.every((dim, at) => {
    const count = at !== axis ? dim : block === 0 ? 1 : Math.ceil(dim / block);
    return scales[at] === count || (at !== axis && scales[at] === 1);
  });
}

function isCount(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isSafeInteger(value) && value > 0;
}

function isByte({ dataType }: Pick<Known, 'dataType'>): boolean {
  return isInteger(dataType) && bitsPerElement(dataType) === 8;
}

function bytesOf({ dims, dataType }: Pick<Known, 'dims' | 'dataType'>): number | null {
  const [size, bits] = [product(dims), bitsPerElement(dataType)];
  return size === null || bits === null ? null : (size * bits) / 8;
}
