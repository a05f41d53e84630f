/**
 * The parameters of a stack of recurrent layers, by layer, part and gate, from its sizes. Refuses what is no layer, and results over
 * 2^53−1, which it never rounds. The formula itself is in formula.ts.
 */
import { WeighbridgeError } from '../errors.js';
import { exact } from '../exact.js';
import {
  BIAS_COUNTS,
  COUNTED_BY,
  GATES,
  layerParts,
  PEEPHOLE_GATES,
  type Bias,
  type CellType,
  type PartParams,
  type Parts,
} from './formula.js';

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

  const D = stack.bidirectional ? 2n : 1n;
  const byLayer: LayerParams[] = [];
  const total: Parts = { input: 0n, recurrent: 0n, bias: 0n, peephole: 0n, projection: 0n };
  for (let layer = 1n; layer <= layers; layer += 1n) {
    const m = layer === 1n ? inputSize : D * (p ?? n);
    const parts = layerParts({ cell: opType, m, n, D, biases: BIAS_COUNTS[bias], peepholes, p });
    for (const part of partsOf(parts)) total[part] += parts[part];
    byLayer.push({
      layer: exactOrRefuse(layer),
      inputSize: exactOrRefuse(m),
      hiddenSize: exactOrRefuse(n),
      numDirections: exactOrRefuse(D),
      params: exactOrRefuse(sum(parts)),
      byPart: exactParts(parts),
    });
  }
  return { params: exactOrRefuse(sum(total)), byPart: exactParts(total), byGate: paramsByGate(opType, total), byLayer };
}

export interface ConventionParams {
  convention: Bias;
  /** Null when over 2^53−1. */
  params: number | null;
  /** Who counts so. */
  countedBy: string;
}

/** The same stack under each bias convention, whichever it was asked for. Throws INPUT_INVALID for what is no layer. */
export function paramsByConvention(stack: LayerStack): ConventionParams[] {
  return (Object.keys(BIAS_COUNTS) as Bias[]).map((convention) => ({
    convention,
    params: paramsOrNull({ ...stack, bias: convention }),
    countedBy: COUNTED_BY[stack.opType][convention],
  }));
}

function paramsOrNull(stack: LayerStack): number | null {
  try {
    return recurrentParameters(stack).params;
  } catch (error) {
    // A size that is none has a field; a result that is too large has not.
    if (error instanceof WeighbridgeError && error.field === undefined) return null;
    throw error;
  }
}

/** All gates have an equal share; of the peepholes only those that have them. */
function paramsByGate(cell: CellType, { input, recurrent, bias, peephole }: Parts): ParamsBreakdown['byGate'] {
  const each = (input + recurrent + bias) / BigInt(GATES[cell].length);
  const eachPeephole = peephole / BigInt(PEEPHOLE_GATES.length);
  return GATES[cell].map((gate) => ({
    gate,
    params: exactOrRefuse(each + (PEEPHOLE_GATES.includes(gate) ? eachPeephole : 0n)),
  }));
}

function partsOf(parts: Parts): (keyof PartParams)[] {
  return Object.keys(parts) as (keyof PartParams)[];
}

function sum(parts: Parts): bigint {
  return partsOf(parts).reduce((total, part) => total + parts[part], 0n);
}

function exactParts(parts: Parts): PartParams {
  return {
    input: exactOrRefuse(parts.input),
    recurrent: exactOrRefuse(parts.recurrent),
    bias: exactOrRefuse(parts.bias),
    peephole: exactOrRefuse(parts.peephole),
    projection: exactOrRefuse(parts.projection),
  };
}

function positive(value: number, field: string): bigint {
  if (!Number.isSafeInteger(value) || value < 1) refuse(field, 'a whole number from 1 to 2^53−1');
  return BigInt(value);
}

function exactOrRefuse(value: bigint): number {
  const number = exact(value);
  if (number === null) {
    throw new WeighbridgeError('INPUT_INVALID', 'the layer has more than 2^53−1 parameters: too many to count exactly');
  }
  return number;
}

function refuse(field: string, wanted: string): never {
  throw new WeighbridgeError('INPUT_INVALID', `${field}: ${wanted}`, { field: [field] });
}
