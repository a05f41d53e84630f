/**
 * The rows of operators on quantized numbers: which inputs are weights, and which only say how to read them. ONNX Runtime writes the
 * same operators in its own domain.
 */
import { DataType } from '../read/dtypes.js';
import { BIAS, DATA, MICROSOFT, ONNX, QUANTIZED_WEIGHT, rows, SCALE, ZERO_POINT } from './operator.js';

export const QUANTIZATION = [
  ...rows('QUANTIZATION', [ONNX, MICROSOFT], {
    QuantizeLinear: {
      inputs: [DATA, SCALE, ZERO_POINT],
      recodes: true,
      shape: ({ inputs }) =>
        inputs[0] ? { dims: inputs[0].dims, dataType: inputs[2]?.dataType ?? DataType.UINT8, values: null } : null,
    },
    DequantizeLinear: {
      inputs: [QUANTIZED_WEIGHT, SCALE, ZERO_POINT],
      recodes: true,
      shape: ({ inputs }) =>
        inputs[0] ? { dims: inputs[0].dims, dataType: inputs[1]?.dataType ?? DataType.FLOAT, values: null } : null,
      zeros: ({ inputs, given }) => {
        const isZero = given(2) ? inputs[2]?.values?.every((value) => value === 0) : true;
        return isZero ? 'SAME' : null;
      },
    },
    QLinearConv: {
      inputs: [DATA, SCALE, ZERO_POINT, QUANTIZED_WEIGHT, SCALE, ZERO_POINT, SCALE, ZERO_POINT, BIAS],
    },
    QLinearMatMul: {
      inputs: [DATA, SCALE, ZERO_POINT, QUANTIZED_WEIGHT, SCALE, ZERO_POINT, SCALE, ZERO_POINT],
      product: { a: 0, b: 3 },
    },
    ConvInteger: { inputs: [DATA, QUANTIZED_WEIGHT, ZERO_POINT, ZERO_POINT] },
    MatMulInteger: { inputs: [DATA, QUANTIZED_WEIGHT, ZERO_POINT, ZERO_POINT], product: { a: 0, b: 1 } },
  }),
  ...rows('QUANTIZATION', [ONNX], {
    DynamicQuantizeLinear: {
      inputs: [DATA],
      recodes: true,
      shape: ({ inputs, output }) => {
        if (output > 0) return { dims: [], dataType: output === 1 ? DataType.FLOAT : DataType.UINT8, values: null };
        return inputs[0] ? { dims: inputs[0].dims, dataType: DataType.UINT8, values: null } : null;
      },
    },
  }),
  ...rows('QUANTIZATION', [MICROSOFT], {
    DynamicQuantizeMatMul: {
      inputs: [DATA, QUANTIZED_WEIGHT, SCALE, ZERO_POINT, BIAS],
      product: { a: 0, b: 1, bias: 4 },
    },
    MatMulIntegerToFloat: {
      inputs: [DATA, QUANTIZED_WEIGHT, SCALE, SCALE, ZERO_POINT, ZERO_POINT, BIAS],
      product: { a: 0, b: 1, bias: 6 },
    },
  }),
];
