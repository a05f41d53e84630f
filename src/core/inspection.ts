/**
 * The inspection: what reading one artifact found. One shape for the database, GraphQL and `weighbridge inspect --json`.
 * Counts are exact integers up to 2^53−1; what is unknown is null, never 0.
 */
import type {
  ClaimedElements,
  DuplicateGroup,
  ElementClasses,
  QuantizedWeights,
  StoredTensor,
  TensorTotals,
} from './stored-tensors.js';
import type { WarningCode } from './warnings.js';

export const WEIGHT_ROLES = ['W', 'R', 'B', 'P'] as const;
/** ONNX inputs of a recurrent operator: input weights, recurrence weights, bias, peepholes; AttnLSTM adds four matrices. */
export type WeightRole = (typeof WEIGHT_ROLES)[number] | 'QW' | 'MW' | 'V' | 'AW';

export const RECURRENT_OP_TYPES = ['LSTM', 'GRU', 'RNN', 'DynamicQuantizeLSTM', 'AttnLSTM'] as const;
export type RecurrentOpType = (typeof RECURRENT_OP_TYPES)[number];

export const VERDICTS = ['MATCH', 'MISMATCH', 'UNVERIFIABLE'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const BIAS_CONVENTIONS = [
  'NONE',
  'NONE_EFFECTIVE',
  'SINGLE_INPUT',
  'SINGLE_RECURRENT',
  'DOUBLE',
  'UNKNOWN',
] as const;
export type BiasConvention = (typeof BIAS_CONVENTIONS)[number];

export const WEIGHT_SOURCES = [
  'INITIALIZER',
  'SPARSE_INITIALIZER',
  'CONSTANT',
  'GRAPH_INPUT',
  'SUBGRAPH_INPUT',
  'COMPUTED',
  'UNDEFINED',
  'ABSENT',
] as const;
/** Where the tensor of a role comes from, in the scope where its name is found. */
export type WeightSource = (typeof WEIGHT_SOURCES)[number];

/**
 * Bytes of the file by what they hold; the sum is `byteSize`. `weights` are the payloads of class `weight`, `constants` those of
 * all other classes; `graph` nodes, names, dims; `metadata` doc strings, metadata properties, producer; `padding` fields that no
 * ONNX reader knows and bytes that belong to nothing.
 */
export interface ByteAccount {
  weights: number;
  constants: number;
  graph: number;
  metadata: number;
  padding: number;
}

export interface Opset {
  /** '' is the default domain, ai.onnx. */
  domain: string;
  /** Null when over 2^53−1. */
  version: number | null;
}

/** A file beside the model that tensors claim as their payload. */
export interface ExternalDataReference {
  /** In one spelling for each file: `weights.bin` of `./weights.bin`. */
  location: string;
  /** Bytes that the tensors naming this location claim, by their own `length` or, without one, by dims and dtype. */
  claimedBytes: number;
  /** Size of the file; null when it was not there, not looked for, or ends before what its tensors claim. */
  byteSize: number | null;
  /** Bytes of the file that no tensor uses, what aligns offsets included; null when its size is. */
  unclaimedBytes: number | null;
}

export interface InspectionWarning {
  code: WarningCode;
  message: string;
  /** Graph path or tensor name that it is about, if any. */
  path: string | null;
}

export interface Weight {
  role: WeightRole;
  source: WeightSource;
  /** Name that the node uses; null when the role is absent. */
  tensor: string | null;
  dims: number[] | null;
  /** ONNX data type in upper case, for example FLOAT; null when unknown. */
  dtype: string | null;
  /** Dense elements as the operator receives them. */
  elements: number | null;
  /** Bytes stored in this file behind this role; 0 for a graph input; null when unknown. */
  byteSize: number | null;
  /** Of the stored tensor behind the role, of several over all of theirs; null when one was not read, or nothing is stored. */
  contentHash: string | null;
  /** Scopes crossed outward to find the name. */
  hops: number;
  /**
   * Operators passed on the way from the stored tensor to the role, the nearest to the node last; `value_info` behind one whose result
   * has no shape but the one that the file declares.
   */
  chain: string[];
}

export interface FormulaValues {
  /** Parameters without a bias, with one bias vector per gate, with two; each includes the peephole part. */
  none: number;
  single: number;
  double: number;
  /** 0 without P. */
  peepholes: number;
}

/** Multiply–accumulates for one time step of one sequence, for all directions. */
export interface MacsPerStep {
  /** Products with W. */
  input: number;
  /** Products with R. */
  recurrent: number;
  /** Additions, counted as one each, of bias vectors that are not all zero. */
  bias: number;
  /** Products of gates and states, and with P. Activations are not counted. */
  pointwise: number;
}

export interface RecurrentNode {
  /** `graph/If_25.else_branch/LSTM_12`: graph, attribute and node on the way; unnamed nodes by op type and index. */
  path: string;
  name: string;
  opType: RecurrentOpType;
  domain: string;
  /** ONNX's lower-case text, as written in the file. */
  direction: string;
  numDirections: number | null;
  inputSize: number | null;
  hiddenSize: number | null;
  layout: number;
  biasConvention: BiasConvention;
  /** Whether P is given. */
  peepholes: boolean;
  /** Dense elements of W, R, B, P as the operator receives them. */
  stored: number | null;
  /** The formula for the shape and the convention stored in ONNX. */
  expected: number | null;
  /** Stored without the zero halves of B. */
  effective: number | null;
  verdict: Verdict;
  /** Why the verdict is not MATCH, in words; null for MATCH. */
  reason: string | null;
  formula: FormulaValues | null;
  weights: Weight[];
  macsPerStep: MacsPerStep | null;
  /** Bytes that one sequence carries from step to step, in 32 bits: h, and for an LSTM c, D·n elements each. */
  stateBytes: number | null;
}

/** One layer of a stack: a node, or two that read one input in opposite directions. */
export interface StackLayer {
  inputSize: number;
  hiddenSize: number;
  numDirections: number;
  /** Σ stored of its nodes. */
  params: number;
  /** Graph paths of its nodes. */
  nodes: string[];
}

/** Recurrent nodes of one cell type chained output → input; a node that is chained to no other is a stack of one layer. */
export interface RecurrentStack {
  /** Graph path of the first node. */
  path: string;
  opType: RecurrentOpType;
  /** From the input upward. */
  layers: StackLayer[];
  /** Σ stored. */
  params: number;
  /** The formula of a stack where all layers have one shape, else the sum of the layers' own. */
  expected: number;
  /** Whether all layers have one hidden size, one number of directions and one bias convention, as frameworks build them. */
  uniform: boolean;
  verdict: Verdict;
}

/** A stored tensor behind a cell that is written out, as the cell receives it. */
export interface DecomposedTensor {
  /** WR is one matrix over the input and the state together, P are peepholes; PROJECTION makes h of what the gates give. */
  role: 'W' | 'R' | 'WR' | 'B' | 'P' | 'PROJECTION';
  /** The stored tensor; where a weight is made of several, the name that the graph uses. */
  tensor: string;
  dims: number[];
  elements: number;
}

/** An LSTM, GRU or plain recurrent cell written out in small operators (MatMul, Split, Sigmoid, Tanh …), found by its structure. */
export interface DecomposedCell {
  kind: 'DECOMPOSED';
  cell: 'LSTM' | 'GRU' | 'RNN';
  /** Graph path of the node that makes the state, at the first use. */
  path: string;
  inputSize: number;
  hiddenSize: number;
  /** Features of h where the cell makes it smaller with a matrix of its own (p, PyTorch's proj_size); null for none. */
  projectionSize: number | null;
  /** Whether one gate does the work of two: input and forget of an LSTM (CIFG), update and reset of a GRU (minimal gated unit). */
  coupledGates: boolean;
  /** Σ elements of its tensors. */
  params: number;
  /** Uses of the same weights: the steps of an unrolled loop, calls of one function. */
  repetitions: number;
  /** CERTAIN: all gates, matrices and sizes fit. */
  confidence: 'CERTAIN' | 'LIKELY';
  /** What does not fit, where it is LIKELY; null when CERTAIN. */
  reason: string | null;
  tensors: DecomposedTensor[];
  /** Of one step, whatever the number of repetitions; null when over 2^53−1, as the next. */
  macsPerStep: MacsPerStep | null;
  /** Bytes that one sequence carries from step to step, in 32 bits. */
  stateBytes: number | null;
}

/** Cells written out in small operators; they are no recurrent nodes, and no part of their totals. */
export interface DecomposedTotals {
  cells: number;
  /** Σ params over cells, each once however often it is used. */
  params: number;
  /** False where a cell is there whose sizes cannot be told, or where the model is too large to look everywhere: there is more. */
  isWhole: boolean;
}

/** Sums over recurrent nodes; lower bounds while `unverifiableNodes` > 0. */
export interface RecurrentTotals {
  nodes: number;
  unverifiableNodes: number;
  /** Σ stored over nodes. */
  perUse: number;
  /** Each stored tensor behind a role once and whole. */
  distinct: number;
  /** The same two without zero bias halves. */
  effective: number;
  effectiveDistinct: number;
}

/** `Digest` is null where a file may have been read in part. */
export interface Inspection<Digest extends string | null = string> {
  /** `sha256:` and 64 hexadecimal digits. */
  digest: Digest;
  byteSize: number;
  inspectionVersion: number;
  irVersion: number | null;
  opsets: Opset[];
  producerName: string;
  producerVersion: string;
  graphName: string;
  /** NodeProtos over all graphs, each function body once. */
  nodeCount: number;
  /** Elements of initializers and Constant values; sparse tensors with their stored values. */
  storedElements: number;
  /** Elements of tensors that are short of values, in a file that claims more than eight for each of its bytes: neither stored nor params. */
  claimed: ClaimedElements;
  /** The learned parameters that class `weight` stands for; a lower bound while `unverifiableWeights` > 0. */
  modelParams: number;
  /** The same without zero halves of biases that are learned: the number that Keras prints. Null where it is not known of one, or a recurrent node is UNVERIFIABLE. */
  modelParamsEffective: number | null;
  /** Tensors of which it cannot be told how many learned parameters they stand for: stored ones, those in attributes, and weights that the caller gives. */
  unverifiableWeights: number;
  /** Elements that repeat another tensor's dtype, dims and bytes: what sharing would save. */
  duplicateElements: number;
  /** The same in bytes of this file. */
  duplicateBytes: number;
  /** What repeats, the most bytes first, at most 100 groups; `duplicateElements` and `duplicateBytes` count all. */
  duplicates: DuplicateGroup[];
  quantizedWeights: QuantizedWeights;
  tensorTotals: TensorTotals;
  /** The largest first, at most 1,000. */
  tensors: StoredTensor[];
  classes: ElementClasses;
  bytes: ByteAccount;
  externalData: ExternalDataReference[];
  recurrent: RecurrentTotals;
  recurrentNodes: RecurrentNode[];
  /** Every node whose sizes are known stands in exactly one. */
  recurrentStacks: RecurrentStack[];
  decomposed: DecomposedTotals;
  /** At most 1,000; `decomposed` counts all. */
  decomposedCells: DecomposedCell[];
  warnings: InspectionWarning[];
}

interface Besides {
  externalData: readonly { byteSize: number | null }[];
}

/** Sizes of the files beside a model, together: 0 where it names none, null while one is not known. */
export function externalBytes({ externalData }: Besides): number | null {
  return sumOfKnown(externalData.map(({ byteSize }) => byteSize));
}

/** The size of a model: its file and those beside it; null as above. External sizes are claims of a request: absurd ones stay exact. */
export function totalBytes(inspection: Pick<Inspection, 'byteSize'> & Besides): number | null {
  const besides = externalBytes(inspection);
  return besides === null ? null : Math.min(inspection.byteSize + besides, Number.MAX_SAFE_INTEGER);
}

/** What no tensor uses of them; null as above. */
export function unclaimedBytes({ externalData }: Pick<Inspection, 'externalData'>): number | null {
  return sumOfKnown(externalData.map((file) => file.unclaimedBytes));
}

function sumOfKnown(sizes: readonly (number | null)[]): number | null {
  return sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
}

/** Bytes that the file says lie in the files beside it. */
export function claimedBytes({ externalData }: Pick<Inspection, 'externalData'>): number {
  return externalData.reduce((sum, file) => sum + file.claimedBytes, 0);
}
