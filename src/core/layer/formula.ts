/**
 * The formula of one recurrent layer and the facts that it needs: gates, states, the shapes in which ONNX stores the layer, and the
 * same in words. The only place that writes any of them; who counts a layer calls this. Integers of any size, never rounded.
 *
 * m is the input size, n the hidden size, G the number of gates, D the number of directions, p the projection size. The number of time
 * steps is no argument: every step uses the same weights.
 *
 * Sources: the ONNX operators LSTM, GRU and RNN; torch.nn.LSTM for proj_size.
 */
import { exact } from '../exact.js';
import type { DecomposedCell, FormulaValues, MacsPerStep, RecurrentOpType } from '../inspection.js';

export type CellType = 'LSTM' | 'GRU' | 'RNN';
export const CELL_TYPES = ['LSTM', 'GRU', 'RNN'] as const satisfies readonly CellType[];

/** How many bias vectors a layer has per gate: none; one (Keras, TensorFlow); two (PyTorch, cuDNN, ONNX's B). */
export const BIAS_COUNTS = { NONE: 0n, SINGLE: 1n, DOUBLE: 2n } as const;
export type Bias = keyof typeof BIAS_COUNTS;

/** Who counts a layer under each convention. TensorFlow's layers are those of Keras. */
export const COUNTED_BY: Record<CellType, Record<Bias, string>> = {
  LSTM: { NONE: 'layers without a bias', SINGLE: 'Keras, TensorFlow', DOUBLE: 'PyTorch, cuDNN, ONNX' },
  GRU: {
    NONE: 'layers without a bias',
    SINGLE: 'Keras and TensorFlow with reset_after=False',
    DOUBLE: 'PyTorch, cuDNN, ONNX; Keras and TensorFlow with reset_after=True, their default',
  },
  RNN: { NONE: 'layers without a bias', SINGLE: 'Keras, TensorFlow', DOUBLE: 'PyTorch, cuDNN, ONNX' },
};

/** Gate names in ONNX's order. */
export const GATES: Record<CellType, readonly string[]> = {
  LSTM: ['i', 'o', 'f', 'c'],
  GRU: ['z', 'r', 'h'],
  RNN: ['i'],
};
/** The gates of an LSTM that may look at the cell state, in ONNX's order. */
export const PEEPHOLE_GATES: readonly string[] = ['i', 'o', 'f'];
/** What a cell carries from step to step; h has p elements where there is a projection, else n. */
const STATES: Record<CellType, readonly string[]> = { LSTM: ['h', 'c'], GRU: ['h'], RNN: ['h'] };
/** Products of n elements each, of gates and states: f∘c, i∘c̃, o∘tanh(c) of an LSTM; r∘h, z∘h, (1−z)∘h̃ of a GRU. */
const STATE_PRODUCTS: Record<CellType, bigint> = { LSTM: 3n, GRU: 3n, RNN: 0n };

export function cellOf(opType: RecurrentOpType): CellType {
  return opType === 'GRU' || opType === 'RNN' ? opType : 'LSTM';
}

/** Whole numbers of 0 or more, which must have been judged already. */
export interface LayerSizes {
  cell: CellType;
  m: Count;
  n: Count;
  D: Count;
  /** Bias vectors per gate. */
  biases: Count;
  peepholes: boolean;
  /** Null, or left out, for none. */
  p?: Count | null | undefined;
  /** One gate does the work of two, and has one block of weights. */
  coupled?: boolean | undefined;
}
type Count = number | bigint;

/** Of W, R, B and P as the ONNX operators receive them (DynamicQuantizeLSTM turns W and R), and of a projection as PyTorch has it. */
export function layerShapes(sizes: LayerSizes): Record<'W' | 'R' | 'B' | 'P' | 'projection', bigint[]> {
  const [m, n, D] = [BigInt(sizes.m), BigInt(sizes.n), BigInt(sizes.D)];
  const p = sizes.p === undefined || sizes.p === null ? null : BigInt(sizes.p);
  const rows = BigInt(gateCount(sizes)) * n;
  return {
    W: [D, rows, m],
    R: [D, rows, p ?? n],
    B: [D, BigInt(sizes.biases) * rows],
    P: [D, sizes.peepholes ? BigInt(PEEPHOLE_GATES.length) * n : 0n],
    projection: [D, p ?? 0n, n],
  };
}

export interface PartParams {
  /** W: from the input. */
  input: number;
  /** R: from the previous step. */
  recurrent: number;
  bias: number;
  peephole: number;
  projection: number;
}
export type Parts = Record<keyof PartParams, bigint>;

/** Params of one layer: its shapes, multiplied out. */
export function layerParts(sizes: LayerSizes): Parts {
  const { W, R, B, P, projection } = layerShapes(sizes);
  return {
    input: product(W),
    recurrent: product(R),
    bias: product(B),
    peephole: product(P),
    projection: product(projection),
  };
}

/**
 * Multiply–accumulates of one step of one sequence. Each weight is used once; the products of gates and states have none. A projection
 * belongs to `recurrent`, since it makes the h that goes round.
 */
export function layerMacs(sizes: LayerSizes): Record<keyof MacsPerStep, bigint> {
  const { input, recurrent, bias, peephole, projection } = layerParts(sizes);
  const products = BigInt(sizes.D) * BigInt(sizes.n) * STATE_PRODUCTS[sizes.cell];
  return { input, recurrent: recurrent + projection, bias, pointwise: peephole + products };
}

/** What one sequence carries from step to step. */
export function stateElements({ cell, n, D, p }: Pick<LayerSizes, 'cell' | 'n' | 'D' | 'p'>): bigint {
  const sizes = STATES[cell].map((state) => BigInt(state === 'h' ? (p ?? n) : n));
  return BigInt(D) * sum(sizes);
}

/**
 * What backpropagation through time keeps of one step of one sequence, if it computes nothing twice: each gate and the candidate once, and each
 * state.
 */
export function keptElements(sizes: Pick<LayerSizes, 'cell' | 'n' | 'D' | 'p' | 'coupled'>): bigint {
  return BigInt(sizes.D) * BigInt(gateCount(sizes)) * BigInt(sizes.n) + stateElements(sizes);
}

/** Blocks of weights, G. */
function gateCount({ cell, coupled }: Pick<LayerSizes, 'cell' | 'coupled'>): number {
  return GATES[cell].length - (coupled ? 1 : 0);
}

/** The three values for one ONNX node, each with its peephole part; null when one is over 2^53−1. Sizes are 0 or more. */
export function operatorFormula(
  cell: CellType,
  sizes: { inputSize: number; hiddenSize: number; numDirections: number; peepholes: boolean },
): FormulaValues | null {
  const { inputSize: m, hiddenSize: n, numDirections: D, peepholes } = sizes;
  const withBias = (bias: Bias) => layerParts({ cell, m, n, D, biases: BIAS_COUNTS[bias], peepholes });
  const paramsOf = (parts: Parts) => exact(sum(Object.values(parts)));
  const [none, single, double] = (['NONE', 'SINGLE', 'DOUBLE'] as const).map((bias) => paramsOf(withBias(bias)));
  if (none == null || single == null || double == null) return null;
  return { none, single, double, peepholes: Number(withBias('NONE').peephole) };
}

/** The formula in words, under each bias convention; `projected` is without a bias. */
export const FORMULA_WORDS = {
  none: 'D·G(nm+n²)',
  single: 'D·G(nm+n²+n)',
  double: 'D·G(nm+n²+2n)',
  projected: 'D·(G(nm+np)+np)',
} as const;

/** The shapes of the roles in words. */
export const SHAPE_WORDS = { W: '[D, G·n, m]', R: '[D, G·n, n]', B: '[D, 2·G·n]', P: '[D, 3n]' } as const;

/** Matrices of one direction in words; WR is one matrix over input and state together. */
export const MATRIX_WORDS = { W: 'G·n·m', R: 'G·n²', projectedR: 'G·n·p', projection: 'n·p', WR: 'G·n·(m+n)' } as const;

/** Parts of `layerParts` and `layerMacs` in words: of bias for one vector, `products` for an LSTM or GRU. */
export const PART_WORDS = {
  input: `D·${MATRIX_WORDS.W}`,
  recurrent: `D·${MATRIX_WORDS.R}`,
  projectedRecurrent: `D·${MATRIX_WORDS.projectedR}`,
  bias: 'D·G·n',
  peephole: '3nD',
  projection: 'D·n·p',
  products: '3nD',
} as const;

/** `LSTM 4, GRU 3, RNN 1`. */
export const GATE_COUNTS_WORDS = CELL_TYPES.map((cell) => `${cell} ${GATES[cell].length}`).join(', ');

/** The two notations in use, in which the same letters mean other things; `sum` is an LSTM without a bias, `onnx` which role is which. */
export const NOTATIONS = [
  { input: 'U (n×m)', recurrent: 'W (n×n)', sizes: 'm inputs, n units', sum: '4·(n·m + n²)' },
  { input: 'W (d×n)', recurrent: 'U (d×d)', sizes: 'n inputs, d units', sum: '4d·(n + d)' },
] as const;

/** Why an LSTM has four blocks of weights. */
export const BLOCKS_WORDS =
  'An LSTM has three gates (input i, output o, forget f) and a candidate for the new cell state (c): four blocks, each with its own weights from the input and from the previous step.';

/** `LSTM`, `LSTM, projection 4`, `GRU, coupled gates`: of a cell that is written out. */
export function sayCell({
  cell,
  projectionSize: p,
  coupledGates,
}: Pick<DecomposedCell, 'cell' | 'projectionSize' | 'coupledGates'>): string {
  return [cell, ...(p === null ? [] : [`projection ${p}`]), ...(coupledGates ? ['coupled gates'] : [])].join(', ');
}

/** `4 gates (i o f c)`. */
export function sayGates(cell: CellType): string {
  const gates = GATES[cell];
  return `${gates.length === 1 ? '1 gate' : `${gates.length} gates`} (${gates.join(' ')})`;
}

/** The formula of one layer term by term, with a letter or a number for each size; `times` joins a whole number and a size. */
export function spellFormula(
  { bias, peepholes, projected }: { bias: Bias; peepholes: boolean; projected: boolean },
  { D, G, m, n, p }: Record<'D' | 'G' | 'm' | 'n' | 'p', string>,
  times: '' | '·',
): string {
  const biases = { NONE: '', SINGLE: ` + ${n}`, DOUBLE: ` + 2${times}${n}` }[bias];
  const recurrent = projected ? `${n}·${p}` : `${n}²`;
  return [
    `${D}·${G}·(${n}·${m} + ${recurrent}${biases})`,
    projected ? ` + ${D}·${n}·${p}` : '',
    peepholes ? ` + ${D}·${PEEPHOLE_GATES.length}${times}${n}` : '',
  ].join('');
}

function product(shape: readonly bigint[]): bigint {
  return shape.reduce((total, dim) => total * dim, 1n);
}

function sum(counts: readonly bigint[]): bigint {
  return counts.reduce((total, count) => total + count, 0n);
}
