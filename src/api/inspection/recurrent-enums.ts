/** The closed sets that recurrent nodes and written-out cells are described by. */
import {
  BIAS_CONVENTIONS,
  type BiasConvention,
  RECURRENT_OP_TYPES,
  type RecurrentOpType,
  type Verdict,
  VERDICTS,
  WEIGHT_SOURCES,
  type WeightRole,
  type WeightSource,
} from '../../core/inspection.js';
import { GATES, sayGates, SHAPE_WORDS, CELL_TYPES } from '../../core/layer/formula.js';
import { closedSet } from '../closed-set.js';

export const RecurrentOpTypeEnum = closedSet<RecurrentOpType>(
  'RecurrentOpType',
  'An ONNX operator with recurrent weights, by its ONNX name.',
  RECURRENT_OP_TYPES,
  {
    LSTM: `LSTM of ai.onnx: ${sayGates('LSTM')}.`,
    GRU: `GRU of ai.onnx: ${sayGates('GRU')}.`,
    RNN: `RNN of ai.onnx: ${sayGates('RNN')}.`,
    DynamicQuantizeLSTM:
      'DynamicQuantizeLSTM of com.microsoft: an LSTM with 8-bit weights, with the last two axes of W and R swapped.',
    AttnLSTM: 'AttnLSTM of com.microsoft: an LSTM with attention matrices, which are stored but not in the formula.',
  },
);

const CELLS: Record<(typeof CELL_TYPES)[number], string> = {
  LSTM: `Long short-term memory: G = ${GATES.LSTM.length} gates.`,
  GRU: `Gated recurrent unit: G = ${GATES.GRU.length} gates.`,
  RNN: `Simple recurrent layer: G = ${GATES.RNN.length}.`,
};

export const CellTypeEnum = closedSet('CellType', 'A kind of recurrent layer, for the formula.', CELL_TYPES, CELLS);

export const BiasConventionEnum = closedSet<BiasConvention>(
  'BiasConvention',
  'What the values of B say about the bias of a node, over all its directions. A half that is all zero is evidence of the exporter’s convention, not proof.',
  BIAS_CONVENTIONS,
  {
    NONE: 'The node has no B.',
    NONE_EFFECTIVE: 'B is there and all zero.',
    SINGLE_INPUT: 'The recurrent half Rb is all zero: one bias, as Keras exports it.',
    SINGLE_RECURRENT: 'The input half Wb is all zero.',
    DOUBLE: 'Both halves have values.',
    UNKNOWN: 'The values of B cannot be read: a graph input, external data, a loop’s state.',
  },
);

export const VerdictEnum = closedSet<Verdict>(
  'Verdict',
  'Whether the weights of a node have the sizes that the formula gives.',
  VERDICTS,
  {
    MATCH: 'Stored and expected parameters agree, and so do all dims.',
    MISMATCH: 'They disagree; the reason names roles and dims.',
    UNVERIFIABLE: 'A size cannot be determined from the file; the reason says why.',
  },
);

export const WeightRoleEnum = closedSet<WeightRole>(
  'WeightRole',
  'Role of a tensor in a recurrent node: an input of the ONNX operator.',
  ['W', 'R', 'B', 'P', 'QW', 'MW', 'V', 'AW'],
  {
    W: `Weights from the input, ${SHAPE_WORDS.W}.`,
    R: `Weights from the previous step, ${SHAPE_WORDS.R}.`,
    B: `Bias, ${SHAPE_WORDS.B}: the input half Wb, then the recurrent half Rb.`,
    P: `Peepholes of an LSTM, ${SHAPE_WORDS.P}.`,
    QW: 'AttnLSTM: query weights.',
    MW: 'AttnLSTM: memory weights.',
    V: 'AttnLSTM: attention vector.',
    AW: 'AttnLSTM: attention layer weights.',
  },
);

export const WeightSourceEnum = closedSet<WeightSource>(
  'WeightSource',
  'Where the tensor of a role comes from, in the scope where its name is found.',
  WEIGHT_SOURCES,
  {
    INITIALIZER: 'An initializer of a graph.',
    SPARSE_INITIALIZER: 'A sparse initializer of a graph.',
    CONSTANT: 'The output of a Constant node.',
    GRAPH_INPUT: 'An input of the model: nothing is stored in the file.',
    SUBGRAPH_INPUT: 'An input of a subgraph, such as the state of a loop.',
    COMPUTED: 'The output of any other node.',
    UNDEFINED: 'The name is not defined in any scope.',
    ABSENT: 'The node does not use this role.',
  },
);
