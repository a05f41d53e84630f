/**
 * The rows of operators that make a value from shapes and attributes, of those that make another one each time, and of those that run
 * graphs: what these do with values is told by graph/graph.ts and values/loops.ts.
 */
import { DataType, product } from '../read/dtypes.js';
import { DATA, INDICES, ONNX, rows, SETTING, SHAPE } from './operator.js';
import { type Known, MAX_VALUES } from './known.js';

export const SOURCES = [
  ...rows('SOURCE', [ONNX], {
    /** Its value is an attribute: values/folding.ts. */
    Constant: {},
    ConstantOfShape: {
      inputs: [SHAPE],
      shape: ({ inputs, scalar }) => {
        const dims = inputs[0]?.values;
        if (!dims || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) return null;
        const fill = scalar('value') ?? { value: 0, dataType: DataType.FLOAT };
        const size = product(dims);
        const values = size !== null && size <= MAX_VALUES ? new Array<number>(size).fill(fill.value) : null;
        return size === null ? null : { dims: [...dims], dataType: fill.dataType, values };
      },
      zeros: 'FILLED',
    },
    Range: {
      inputs: [SETTING, SETTING, SETTING],
      shape: ({ inputs }) => {
        const [start, limit, delta] = inputs.map((input) => input?.values?.[0]);
        if (start === undefined || limit === undefined || !delta) return null;
        const count = Math.max(0, Math.ceil((limit - start) / delta));
        if (count > MAX_VALUES) return null;
        const values = Array.from({ length: count }, (_, i) => start + i * delta);
        return { dims: [count], dataType: inputs[0]!.dataType, values };
      },
    },
    Shape: {
      inputs: [DATA],
      shape: ({ inputs, int }) => {
        const from = inputs[0];
        if (!from) return null;
        const dims = from.dims.slice(int('start') ?? 0, int('end') ?? undefined);
        return vector(dims);
      },
    },
    Size: {
      inputs: [DATA],
      shape: ({ inputs }) => {
        const size = inputs[0] ? product(inputs[0].dims) : null;
        return size === null ? null : { dims: [], dataType: DataType.INT64, values: [size] };
      },
    },
  }),
  ...rows('RANDOM', [ONNX], {
    Bernoulli: { inputs: [DATA] },
    Multinomial: { inputs: [DATA] },
    RandomNormal: {},
    RandomNormalLike: { inputs: [DATA] },
    RandomUniform: {},
    RandomUniformLike: { inputs: [DATA] },
  }),
  ...rows('CONTROL', [ONNX], {
    If: { inputs: [INDICES] },
    Loop: { inputs: [SETTING, INDICES], rest: DATA },
    Scan: { rest: DATA },
  }),
];

function vector(values: number[]): Known {
  return { dims: [values.length], dataType: DataType.INT64, values };
}
