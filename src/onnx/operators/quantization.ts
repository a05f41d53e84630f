/**
 * The rows of operators on quantized numbers: which inputs are weights, and which only say how to read them. ONNX Runtime writes the
 * same operators in its own domain.
 */
import { DataType } from '../read/dtypes.js';
import {
  BIAS,
  DATA,
  INDICES,
  type Input,
  MICROSOFT,
  ONNX,
  type PackingRule,
  QUANTIZED_BIAS,
  QUANTIZED_DATA,
  QUANTIZED_WEIGHT,
  rows,
  SCALE,
  SHAPE,
  WEIGHT,
  ZERO_POINT,
} from './operator.js';
import { blobMatrix, blockedMatrix, blockedTable, flatMatrix, packedBytes, pairs } from './packing.js';

/** Three inputs together: the numbers, their scale and their zero point. */
const QUANTIZED = [QUANTIZED_DATA, SCALE, ZERO_POINT];
const QUANTIZED_MATRIX = [QUANTIZED_WEIGHT, SCALE, ZERO_POINT];
/** How the result is to be quantized. */
const RESULT = [SCALE, ZERO_POINT];
const EXPERTS = packed(packedBytes('expert_weight_bits'));

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
        if (!given(2)) return 'SAME';
        const offsets = inputs[2]?.values;
        if (!offsets) return null;
        return offsets.every((value) => value === 0) ? 'SAME' : 'OFFSET';
      },
    },
    QLinearConv: {
      inputs: [...QUANTIZED, ...QUANTIZED_MATRIX, ...RESULT, QUANTIZED_BIAS],
    },
    QLinearMatMul: {
      inputs: [...QUANTIZED, ...QUANTIZED_MATRIX, ...RESULT],
      product: { a: 0, b: 3 },
    },
    ConvInteger: { inputs: [QUANTIZED_DATA, QUANTIZED_WEIGHT, ZERO_POINT, ZERO_POINT] },
    MatMulInteger: { inputs: [QUANTIZED_DATA, QUANTIZED_WEIGHT, ZERO_POINT, ZERO_POINT], product: { a: 0, b: 1 } },
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
    QGemm: { inputs: [...QUANTIZED, ...QUANTIZED_MATRIX, QUANTIZED_BIAS, ...RESULT], product: { a: 0, b: 3, bias: 6 } },
    QLinearAdd: { inputs: [...QUANTIZED, ...QUANTIZED, ...RESULT] },
    QLinearMul: { inputs: [...QUANTIZED, ...QUANTIZED, ...RESULT] },
    QLinearWhere: { inputs: [INDICES, ...QUANTIZED, ...QUANTIZED, ...RESULT] },
    QLinearConcat: { inputs: RESULT, rest: QUANTIZED },
    QLinearSigmoid: { inputs: [...QUANTIZED, ...RESULT] },
    QLinearLeakyRelu: { inputs: [...QUANTIZED, ...RESULT] },
    QLinearSoftmax: { inputs: [...QUANTIZED, ...RESULT] },
    QLinearAveragePool: { inputs: [...QUANTIZED, ...RESULT] },
    QLinearGlobalAveragePool: { inputs: [...QUANTIZED, ...RESULT] },
    QLinearReduceMean: { inputs: [...QUANTIZED, ...RESULT] },
    DynamicQuantizeMatMul: {
      inputs: [DATA, QUANTIZED_WEIGHT, SCALE, ZERO_POINT, BIAS],
      product: { a: 0, b: 1, bias: 4 },
    },
    MatMulIntegerToFloat: {
      inputs: [QUANTIZED_DATA, QUANTIZED_WEIGHT, SCALE, SCALE, ZERO_POINT, ZERO_POINT, BIAS],
      product: { a: 0, b: 1, bias: 6 },
    },
    QAttention: {
      inputs: [QUANTIZED_DATA, QUANTIZED_WEIGHT, BIAS, SCALE, SCALE, INDICES, ZERO_POINT, ZERO_POINT, DATA],
    },
    QOrderedAttention: {
      inputs: [
        ...[QUANTIZED_DATA, SCALE, ...times(3, SCALE), ...times(3, QUANTIZED_WEIGHT), ...times(3, SCALE)],
        ...[...times(3, BIAS), ...times(3, SCALE), INDICES, QUANTIZED_DATA, DATA],
      ],
    },
    /** Word, position and segment tables, then gain and shift; their scales and zero points in the same order. */
    QEmbedLayerNormalization: {
      inputs: [
        ...[INDICES, INDICES, ...times(4, QUANTIZED_WEIGHT), QUANTIZED_BIAS, INDICES],
        ...[...times(5, SCALE), ...times(5, ZERO_POINT)],
      ],
    },
    MatMulNBits: { inputs: [DATA, packed(blockedMatrix()), SCALE, ZERO_POINT, INDICES, BIAS] },
    MatMulNBitsMlp: {
      inputs: [DATA, DATA, WEIGHT, packed(blockedMatrix()), SCALE, BIAS, packed(blockedMatrix()), SCALE, BIAS],
    },
    MatMulNBitsQkv: {
      inputs: [
        ...[DATA, DATA, WEIGHT, packed(blockedMatrix('Nq')), SCALE, BIAS],
        ...[packed(blockedMatrix('Nkv')), SCALE, BIAS, packed(blockedMatrix('Nkv')), SCALE, BIAS],
      ],
    },
    MatMulBnb4: { inputs: [DATA, packed(flatMatrix), SCALE] },
    MatMulFpQ4: { inputs: [DATA, packed(blobMatrix), SHAPE] },
    MatMulBlockQuantizedFp4Weight: { inputs: [DATA, packed(pairs), SCALE, SCALE, SCALE, BIAS] },
    MatMulBlockQuantizedFp8Weight: { inputs: [DATA, QUANTIZED_WEIGHT, SCALE, SCALE, BIAS] },
    GatherBlockQuantized: { inputs: [packed(blockedTable), INDICES, SCALE, ZERO_POINT] },
    /** Three matrices of each expert, each with its scales and bias. */
    QMoE: {
      inputs: [
        ...[DATA, DATA, ...times(3, EXPERTS, SCALE, BIAS), ...times(3, ZERO_POINT)],
        ...[DATA, ...times(6, SCALE)],
      ],
    },
  }),
];

function packed(logicalElements: PackingRule): Input {
  return { ...QUANTIZED_WEIGHT, logicalElements };
}

function times(count: number, ...inputs: Input[]): Input[] {
  return Array.from({ length: count }, () => inputs).flat();
}
