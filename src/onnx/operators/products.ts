/** The rows of operators that multiply by a matrix, and of normalizations. Which side of a product is the weight is not said here. */
import { BIAS, DATA, MICROSOFT, ONNX, rows, STATISTICS, WEIGHT } from './operator.js';
import { broadcast } from './known.js';

export const PRODUCTS = [
  ...rows('PRODUCT', [ONNX], {
    MatMul: {
      inputs: [DATA, DATA],
      product: { a: 0, b: 1 },
      shape: ({ inputs }) => {
        const [a, b] = inputs;
        if (!a || !b || a.dims.length < 2 || b.dims.length < 2 || a.dims.at(-1) !== b.dims.at(-2)) return null;
        const batch = broadcast(a.dims.slice(0, -2), b.dims.slice(0, -2));
        return batch && { dims: [...batch, a.dims.at(-2)!, b.dims.at(-1)!], dataType: a.dataType, values: null };
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
  ...rows('PRODUCT', [MICROSOFT], {
    FusedMatMul: { inputs: [DATA, DATA], product: { a: 0, b: 1 } },
  }),
];

export const NORMALIZATIONS = rows('NORMALIZATION', [ONNX], {
  BatchNormalization: { inputs: [DATA, WEIGHT, BIAS, STATISTICS, STATISTICS] },
  GroupNormalization: { inputs: [DATA, WEIGHT, BIAS] },
  InstanceNormalization: { inputs: [DATA, WEIGHT, BIAS] },
  LayerNormalization: { inputs: [DATA, WEIGHT, BIAS] },
});
