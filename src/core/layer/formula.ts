/**
 * How many parameters a recurrent layer has. m is the input size, n the hidden size, G the number of gates (LSTM 4, GRU 3,
 * RNN 1), D the number of directions, p the projection size. The number of time steps is no argument: every step uses the same
 * weights. Exact integers throughout; what does not fit into 2^53−1 is refused, never rounded.
 *
 *   no bias      D·G(nm + n²)            single bias  D·G(nm + n² + n)         double bias  D·G(nm + n² + 2n)
 *   peepholes    + 3nD (LSTM)            projection   D·(G(nm + np) + np) plus the bias (LSTM)
 *
 * Sources: the ONNX operators LSTM, GRU and RNN (W [D,Gn,m], R [D,Gn,n], B [D,2Gn], P [D,3n]); torch.nn.LSTM for proj_size.
 */
import { WeighbridgeError } from '../errors.js';
import type { FormulaValues, RecurrentOpType } from '../inspection.js';

export type CellType = 'LSTM' | 'GRU' | 'RNN';
export const CELL_TYPES = ['LSTM', 'GRU', 'RNN'] as const satisfies readonly CellType[];

/** How many bias vectors a layer has per gate: none; one (Keras, TensorFlow); two (PyTorch, cuDNN, ONNX's B). */
export const BIAS_COUNTS = { NONE: 0n, SINGLE: 1n, DOUBLE: 2n } as const;
export type Bias = keyof typeof BIAS_COUNTS;

/** Gate names in ONNX's order. */
export const GATES: Record<CellType, readonly string[]> = {
  LSTM: ['i', 'o', 'f', 'c'],
  GRU: ['z', 'r', 'h'],
  RNN: ['i'],
};
const PEEPHOLE_GATES = ['i', 'o', 'f'];

export function cellOf(opType: RecurrentOpType): CellType {
  return opType === 'GRU' || opType === 'RNN' ? opType : 'LSTM';
}

export interface LayerStack {
  opType: CellType;
  /** m, 1 or more. */
  inputSize: number;
  /** n, 1 or more. */
  hiddenSize: number;
  /** Layers on top of each other, default 1. Layer k ≥ 2 reads what layer k−1 puts out: m = D·n, or D·p. */
  layers?: number;
  bidirectional?: boolean;
  /** Default DOUBLE, as ONNX and PyTorch store it. */
  bias?: Bias;
  /** LSTM only. */
  peepholes?: boolean;
  /** p, LSTM only, smaller than n; PyTorch's proj_size. */
  projection?: number | undefined;
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

export interface LayerParams {
  /** From 1. */
  layer: number;
  inputSize: number;
  hiddenSize: number;
  numDirections: number;
  params: number;
  byPart: PartParams;
}

export interface ParamsBreakdown {
  params: number;
  byPart: PartParams;
  /** In ONNX's order; the projection belongs to no gate, so that Σ gates + projection = params. */
  byGate: { gate: string; params: number }[];
  byLayer: LayerParams[];
}

/** Parameters of a stack of recurrent layers. Throws INPUT_INVALID for what is no layer, and for results over 2^53−1. */
export function recurrentParameters(stack: LayerStack): ParamsBreakdown {
  const { opType, bias = 'DOUBLE', peepholes = false, projection } = stack;
  const inputSize = positive(stack.inputSize, 'inputSize');
  const n = positive(stack.hiddenSize, 'hiddenSize');
  const layers = positive(stack.layers ?? 1, 'layers');
  if (layers > 10_000n) refuse('layers', 'at most 10,000');
  const p = projection === undefined ? null : positive(projection, 'projection');
  if (p !== null && opType !== 'LSTM') refuse('projection', 'only an LSTM has a projection');
  if (p !== null && p >= n) refuse('projection', 'smaller than the hidden size');
  if (peepholes && opType !== 'LSTM') refuse('peepholes', 'only an LSTM has peepholes');

  const directions = stack.bidirectional ? 2n : 1n;
  const gates = GATES[opType];
  const G = BigInt(gates.length);
  const byLayer: LayerParams[] = [];
  const total = { input: 0n, recurrent: 0n, bias: 0n, peephole: 0n, projection: 0n };
  for (let layer = 1n; layer <= layers; layer += 1n) {
    const m = layer === 1n ? inputSize : directions * (p ?? n);
    const parts = layerParts({ opType, m, n, directions, bias, peepholes, p });
    for (const part of partsOf(parts)) total[part] += parts[part];
    byLayer.push({
      layer: exact(layer),
      inputSize: exact(m),
      hiddenSize: exact(n),
      numDirections: exact(directions),
      params: exact(sum(parts)),
      byPart: exactParts(parts),
    });
  }
  const perGate = (total.input + total.recurrent + total.bias) / G;
  const perPeephole = total.peephole / 3n;
  return {
    params: exact(sum(total)),
    byPart: exactParts(total),
    byGate: gates.map((gate) => ({
      gate,
      params: exact(perGate + (PEEPHOLE_GATES.includes(gate) ? perPeephole : 0n)),
    })),
    byLayer,
  };
}

export interface LayerSizes {
  opType: CellType;
  m: bigint;
  n: bigint;
  directions: bigint;
  bias: Bias;
  peepholes: boolean;
  /** Null for none. */
  p: bigint | null;
}

/** One layer in integers of any size. The sizes must have been judged already. */
export function layerParts({ opType, m, n, directions, bias, peepholes, p }: LayerSizes): Parts {
  const perGate = directions * BigInt(GATES[opType].length) * n;
  return {
    input: perGate * m,
    recurrent: perGate * (p ?? n),
    bias: perGate * BIAS_COUNTS[bias],
    peephole: peepholes ? directions * 3n * n : 0n,
    projection: p === null ? 0n : directions * n * p,
  };
}

/** The three values for one ONNX node, each with its peephole part; null when one is over 2^53−1. Sizes are 0 or more. */
export function operatorFormula(
  cell: CellType,
  sizes: { inputSize: number; hiddenSize: number; numDirections: number; peepholes: boolean },
): FormulaValues | null {
  const [m, n, D] = [BigInt(sizes.inputSize), BigInt(sizes.hiddenSize), BigInt(sizes.numDirections)];
  const G = BigInt(GATES[cell].length);
  const peepholes = sizes.peepholes ? 3n * n * D : 0n;
  const none = D * G * (n * m + n * n) + peepholes;
  const perBias = D * G * n;
  if (none + 2n * perBias > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return {
    none: Number(none),
    single: Number(none + perBias),
    double: Number(none + 2n * perBias),
    peepholes: Number(peepholes),
  };
}

export type Parts = Record<keyof PartParams, bigint>;

function partsOf(parts: Parts): (keyof PartParams)[] {
  return Object.keys(parts) as (keyof PartParams)[];
}

function sum(parts: Parts): bigint {
  return partsOf(parts).reduce((total, part) => total + parts[part], 0n);
}

function exactParts(parts: Parts): PartParams {
  return {
    input: exact(parts.input),
    recurrent: exact(parts.recurrent),
    bias: exact(parts.bias),
    peephole: exact(parts.peephole),
    projection: exact(parts.projection),
  };
}

function positive(value: number, field: string): bigint {
  if (!Number.isSafeInteger(value) || value < 1) refuse(field, 'a whole number from 1 to 2^53−1');
  return BigInt(value);
}

function exact(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new WeighbridgeError('INPUT_INVALID', 'the layer has more than 2^53−1 parameters: too many to count exactly');
  }
  return Number(value);
}

function refuse(field: string, wanted: string): never {
  throw new WeighbridgeError('INPUT_INVALID', `${field}: ${wanted}`, { field: [field] });
}
