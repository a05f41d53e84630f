/** The rows of activations: what each is to a recurrent cell that is written out, and its shape as far as it is followed. */
import { elementwise } from './elements.js';
import { DATA, ONNX, rows, SETTING, WEIGHT } from './operator.js';

export const ACTIVATIONS = rows('ACTIVATION', [ONNX], {
  Sigmoid: { inputs: [DATA], activation: 'sigmoid', shape: elementwise(null) },
  HardSigmoid: { inputs: [DATA], activation: 'sigmoid', shape: elementwise(null) },
  Tanh: { inputs: [DATA], activation: 'tanh', shape: elementwise(null), zeros: 'SAME' },
  Clip: { inputs: [DATA, SETTING, SETTING], activation: 'clip', shape: elementwise(null) },
  Affine: { inputs: [DATA], activation: 'other' },
  Celu: { inputs: [DATA], activation: 'other' },
  Elu: { inputs: [DATA], activation: 'other' },
  Gelu: { inputs: [DATA], activation: 'other' },
  HardSwish: { inputs: [DATA], activation: 'other' },
  LeakyRelu: { inputs: [DATA], activation: 'other' },
  Mish: { inputs: [DATA], activation: 'other' },
  PRelu: { inputs: [DATA, WEIGHT], activation: 'other' },
  Relu: { inputs: [DATA], activation: 'other', shape: elementwise((a) => Math.max(a, 0)) },
  ScaledTanh: { inputs: [DATA], activation: 'other' },
  Selu: { inputs: [DATA], activation: 'other' },
  Softplus: { inputs: [DATA], activation: 'other', shape: elementwise(null) },
  Softsign: { inputs: [DATA], activation: 'other' },
  Swish: { inputs: [DATA], activation: 'other' },
  ThresholdedRelu: { inputs: [DATA], activation: 'other' },
});
