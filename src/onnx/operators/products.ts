/** The rows of operators that multiply by a matrix, and of normalizations. Which side of a product is the weight is not said here. */
import { BIAS, DATA, MICROSOFT, ONNX, rows, STATISTICS, WEIGHT } from './operator.js';
import { einsumShape } from './einsum.js';
import { broadcast } from './known.js';
import { sameShape } from './shapes.js';

export const PRODUCTS = [
  ...rows('PRODUCT', [ONNX], {
    MatMul: {
      inputs: [DATA, DATA],
      product: { a: 0, b: 1 },
      shape: ({ inputs }) => {
        const [a, b] = inputs;
        const dims = a && b ? matrixProduct(a.dims, b.dims) : null;
        return dims && { dims, dataType: a!.dataType, values: null };
      },
    },
    Gemm: {
      inputs: [DATA, DATA, BIAS],
      product: { a: 0, b: 1, bias: 2 },
      shape: ({ inputs, int }) => {
        const [a, b] = inputs;
        if (a?.dims.length !== 2 || b?.dims.length !== 2) return null;
        const dims = [a.dims[int('transA') ? 1 : 0]!, b.dims[int('transB') ? 0 : 1]!];
        return { dims, dataType: a.dataType, values: null };
      },
    },
  }),
  ...rows('PRODUCT', [ONNX], {
    /** Which operand is the matrix and how it is turned, its equation says: cells/preactivation.ts. */
    Einsum: { inputs: [DATA, DATA], rest: DATA, product: { a: 0, b: 1 }, shape: einsumShape },
  }),
  ...rows('PRODUCT', [MICROSOFT], {
    FusedMatMul: { inputs: [DATA, DATA], product: { a: 0, b: 1 } },
  }),
];

/** A vector is a row on the left and a column on the right, and is none of the axes of the result. */
function matrixProduct(a: readonly number[], b: readonly number[]): number[] | null {
  if (a.length === 0 || b.length === 0) return null;
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  if (!batch || left.at(-1) !== right.at(-2)) return null;
  const rows = a.length === 1 ? [] : left.slice(-2, -1);
  const columns = b.length === 1 ? [] : right.slice(-1);
  return [...batch, ...rows, ...columns];
}

export const NORMALIZATIONS = rows('NORMALIZATION', [ONNX], {
  BatchNormalization: { inputs: [DATA, WEIGHT, BIAS, STATISTICS, STATISTICS], shape: sameShape },
  GroupNormalization: { inputs: [DATA, WEIGHT, BIAS], shape: sameShape },
  InstanceNormalization: { inputs: [DATA, WEIGHT, BIAS], shape: sameShape },
  LayerNormalization: { inputs: [DATA, WEIGHT, BIAS], shape: sameShape },
  RMSNormalization: { inputs: [DATA, WEIGHT], shape: sameShape },
});
