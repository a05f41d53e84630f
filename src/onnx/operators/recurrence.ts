/** The rows of recurrent operators: where each weight, state and scale is (LSTM-22, GRU-22, RNN-22, ONNX Runtime's contrib operators). */
import type { RecurrentOpType, WeightRole } from '../../core/inspection.js';
import {
  DATA,
  INDICES,
  type Input,
  MICROSOFT,
  ONNX,
  type OperatorFacts,
  QUANTIZED_WEIGHT,
  rows,
  SCALE,
  STATE,
  WEIGHT,
  ZERO_POINT,
} from './operator.js';

const weight = (role: WeightRole): Input => ({ ...WEIGHT, weight: role });
const quantized = (role: WeightRole): Input => ({ ...QUANTIZED_WEIGHT, weight: role });

const [W, R, B, P] = [weight('W'), weight('R'), weight('B'), weight('P')];
const LENGTHS = INDICES;

const ROWS: Record<RecurrentOpType, OperatorFacts> = {
  LSTM: { inputs: [DATA, W, R, B, LENGTHS, STATE, STATE, P] },
  GRU: { inputs: [DATA, W, R, B, LENGTHS, STATE] },
  RNN: { inputs: [DATA, W, R, B, LENGTHS, STATE] },
  DynamicQuantizeLSTM: {
    inputs: [
      ...[DATA, quantized('W'), quantized('R'), B, LENGTHS, STATE, STATE, P],
      ...[SCALE, ZERO_POINT, SCALE, ZERO_POINT],
    ],
  },
  AttnLSTM: {
    inputs: [
      ...[DATA, W, R, B, LENGTHS, STATE, STATE, P],
      ...[weight('QW'), weight('MW'), weight('V'), DATA, LENGTHS, weight('AW')],
    ],
  },
};

const { LSTM, GRU, RNN, ...microsoft } = ROWS;
export const RECURRENCE = [
  ...rows('RECURRENCE', [ONNX, MICROSOFT], { LSTM, GRU, RNN }),
  ...rows('RECURRENCE', [MICROSOFT], microsoft),
];
