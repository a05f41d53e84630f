/**
 * What follows from counts and shapes: work per time step, state, size by data type, training memory and compute, and how many
 * training examples rules of thumb ask for. Every answer carries its rule, what went in and what it assumes. Exact integers;
 * what is over 2^53−1 is null.
 */
import { exact } from '../exact.js';
import { cellOf, keptElements, layerMacs, layerParts, stateElements } from './formula.js';
import type { BiasConvention, DecomposedCell, MacsPerStep, RecurrentNode, RecurrentOpType } from '../inspection.js';

/** An answer that says how it was found, so that it can be argued with. */
export interface Estimate {
  /** Null when over 2^53−1. */
  value: number | null;
  /** The formula, with the words of its inputs. */
  rule: string;
  /** What went in, by the names that the rule uses; null when over 2^53−1. */
  inputs: Record<string, number | null>;
  assumption: string;
}

/** Sizes of one recurrent node or layer. */
export interface CellSizes {
  opType: RecurrentOpType;
  inputSize: number;
  hiddenSize: number;
  numDirections: number;
  /** Bias vectors that are added per gate: 0, 1 or 2. */
  biasVectors: 0 | 1 | 2;
  peepholes: boolean;
}

/** What only cells that are written out may have; ONNX's operators have neither. */
type CellVariant = Partial<Pick<DecomposedCell, 'projectionSize' | 'coupledGates'>>;

/** Bias vectors that a convention adds: a half that is zero adds nothing; what is not known is taken as stored, two. */
const BIAS_VECTORS: Record<BiasConvention, 0 | 1 | 2> = {
  NONE: 0,
  NONE_EFFECTIVE: 0,
  SINGLE_INPUT: 1,
  SINGLE_RECURRENT: 1,
  DOUBLE: 2,
  UNKNOWN: 2,
};

/** What one node does and carries for one time step of one sequence; null where its sizes are not known. The state is in 32 bits. */
export function workOf(
  node: Pick<RecurrentNode, 'opType' | 'inputSize' | 'hiddenSize' | 'numDirections' | 'biasConvention' | 'peepholes'> &
    CellVariant,
): Pick<RecurrentNode, 'macsPerStep' | 'stateBytes'> {
  const { inputSize, hiddenSize, numDirections, biasConvention } = node;
  if (hiddenSize === null || numDirections === null) return { macsPerStep: null, stateBytes: null };
  const biasVectors = BIAS_VECTORS[biasConvention];
  return {
    macsPerStep:
      inputSize === null ? null : macsPerStep({ ...node, inputSize, hiddenSize, numDirections, biasVectors }),
    stateBytes: stateBytes({ ...node, hiddenSize, numDirections }),
  };
}

/** A cell that is written out as a node of one direction, with the bias vectors that it has. */
export function sizesOfCell({ cell: opType, tensors, ...sizes }: CellParts): Parameters<typeof workOf>[0] {
  const { inputSize: m, hiddenSize: n, coupledGates: coupled } = sizes;
  const biases = tensors.reduce((sum, { role, elements }) => sum + (role === 'B' ? elements : 0), 0);
  const vector = layerParts({ cell: opType, m, n, D: 1, biases: 1, peepholes: false, coupled }).bias;
  const biasConvention = biases === 0 ? 'NONE' : BigInt(biases) <= vector ? 'SINGLE_INPUT' : 'DOUBLE';
  const peepholes = tensors.some(({ role }) => role === 'P');
  return { ...sizes, opType, numDirections: 1, biasConvention, peepholes };
}

export function workOfCell(cell: CellParts): Pick<RecurrentNode, 'macsPerStep' | 'stateBytes'> {
  return workOf(sizesOfCell(cell));
}

type CellParts = Pick<DecomposedCell, 'cell' | 'inputSize' | 'hiddenSize'> &
  CellVariant & {
    tensors: readonly Pick<DecomposedCell['tensors'][number], 'role' | 'elements'>[];
  };

/** Null when the sum of the parts is over 2^53−1. */
export function macsPerStep(sizes: CellSizes & CellVariant): MacsPerStep | null {
  const { opType, inputSize: m, hiddenSize: n, numDirections: D, biasVectors: biases, peepholes } = sizes;
  const { projectionSize: p, coupledGates: coupled } = sizes;
  return exactMacs(layerMacs({ cell: cellOf(opType), m, n, D, biases, peepholes, p, coupled }));
}

/** Null when the sum of the parts is over 2^53−1. */
export function exactMacs({
  input,
  recurrent,
  bias,
  pointwise,
}: Record<keyof MacsPerStep, bigint>): MacsPerStep | null {
  if (exact(input + recurrent + bias + pointwise) === null) return null;
  return { input: Number(input), recurrent: Number(recurrent), bias: Number(bias), pointwise: Number(pointwise) };
}

/** Bytes that one sequence carries from step to step: h, and for an LSTM c, of D·n elements; h of D·p with a projection. Null when over 2^53−1. */
export function stateBytes(
  sizes: Pick<CellSizes, 'opType' | 'hiddenSize' | 'numDirections'> & CellVariant,
  bits = 32,
): number | null {
  const { opType, hiddenSize: n, numDirections: D, projectionSize: p } = sizes;
  return bytesOf(stateElements({ cell: cellOf(opType), n, D, p }), bits);
}

/** Elements that training keeps of one step of one sequence; null where the sizes are not known. */
export function keptOf(
  node: Pick<RecurrentNode, 'opType' | 'hiddenSize' | 'numDirections'> & CellVariant,
): bigint | null {
  const { opType, hiddenSize: n, numDirections: D, projectionSize: p, coupledGates: coupled } = node;
  return n === null || D === null ? null : keptElements({ cell: cellOf(opType), n, D, p, coupled });
}

export const STORAGE_TYPES = { FP32: 32, FP16: 16, BF16: 16, INT8: 8, INT4: 4 } as const;
export type StorageType = keyof typeof STORAGE_TYPES;

/** Bytes of the params alone, in each data type. */
export function sizeByType(params: number): Record<StorageType, Estimate> {
  const entries = Object.entries(STORAGE_TYPES).map(([type, bits]): [string, Estimate] => [
    type,
    {
      value: bytesOf(BigInt(params), bits),
      rule: 'params × bits / 8, rounded up',
      inputs: { params, bits },
      assumption: 'every parameter in this type; scales and zero points of quantized types are not included',
    },
  ]);
  return Object.fromEntries(entries) as Record<StorageType, Estimate>;
}

/** Values that an optimizer keeps for each parameter, beside the parameter and its gradient. */
export const OPTIMIZER_STATES = { SGD: 0, MOMENTUM: 1, ADAM: 2 } as const;
export type Optimizer = keyof typeof OPTIMIZER_STATES;

/** Weights, gradients and optimizer state; activations come on top, and grow with batch and time steps. */
export function trainingMemory(params: number, optimizer: Optimizer, bits: number = STORAGE_TYPES.FP32): Estimate {
  const states = OPTIMIZER_STATES[optimizer];
  return {
    value: bytesOf(BigInt(params) * BigInt(2 + states), bits),
    rule: 'params × (1 weight + 1 gradient + optimizer states) × bits / 8',
    inputs: { params, optimizerStates: states, bits },
    assumption: 'all in one data type, without activations, which grow with batch size and time steps',
  };
}

/** The same with the activations that backpropagation through time needs; `kept` elements of each step of each sequence of a batch. */
export function trainingMemoryWithActivations(
  params: number,
  optimizer: Optimizer,
  bits: number,
  { kept, batch, timeSteps }: { kept: number | null; batch: number; timeSteps: number },
): Estimate {
  const states = OPTIMIZER_STATES[optimizer];
  const activations = kept === null ? null : BigInt(kept) * BigInt(batch) * BigInt(timeSteps);
  return {
    value: activations === null ? null : bytesOf(BigInt(params) * BigInt(2 + states) + activations, bits),
    rule: '(params × (1 weight + 1 gradient + optimizer states) + kept per step × time steps × batch) × bits / 8',
    inputs: { params, optimizerStates: states, keptPerStep: kept, timeSteps, batch, bits },
    assumption:
      'all in one data type; of each time step the gates and states of each recurrent node are kept and nothing is computed twice; other layers, inputs and workspace are not included',
  };
}

/** Floating-point operations to train: two for each MAC forward, twice that backward. */
export function trainingCompute(macs: number | null, examples: number, steps: number, epochs: number): Estimate {
  return {
    value: macs === null ? null : exact(6n * BigInt(macs) * BigInt(examples) * BigInt(steps) * BigInt(epochs)),
    rule: '6 × MACs per step × time steps × examples × epochs',
    inputs: { macsPerStep: macs, timeSteps: steps, examples, epochs },
    assumption:
      'the backward pass costs twice the forward pass (Kaplan et al. 2020, “Scaling Laws”, 6·N·D); recomputation and the rest of the model are not included',
  };
}

/** Whole seconds, rounded up; null without a rate, and where the operations are not known. */
export function trainingSeconds(operations: number | null, flopsPerSecond: number | null): Estimate {
  const known = operations !== null && flopsPerSecond !== null;
  return {
    value: known ? exact(ceilingOf(BigInt(operations), BigInt(flopsPerSecond))) : null,
    rule: 'training operations / FLOP/s, rounded up to seconds',
    inputs: { trainingOperations: operations, flopsPerSecond },
    assumption:
      'the rate that training reaches, not the peak of the hardware: recurrent steps wait for each other and often reach a few percent of it; without a rate there is no answer',
  };
}

interface ExampleRule {
  name: string;
  per: 'EXAMPLE' | 'TOKEN';
  perParam: number;
  source: string;
}

/** Rules of thumb for the least number of training examples. Some count examples, others tokens: time steps that each have a target. */
const EXAMPLE_RULES: readonly ExampleRule[] = [
  {
    name: 'ONE_PER_PARAM',
    per: 'EXAMPLE',
    perParam: 1,
    source:
      'Cover 1965: a linear unit fits any labels of as many examples as it has weights, so fewer show nothing; for networks folklore',
  },
  {
    name: 'TEN_PER_PARAM',
    per: 'EXAMPLE',
    perParam: 10,
    source: 'Widrow 1987; Baum & Haussler 1989, W/ε for an error of ε = 0.1',
  },
  {
    name: 'TWENTY_TOKENS_PER_PARAM',
    per: 'TOKEN',
    perParam: 20,
    source: 'Hoffmann et al. 2022, 20 tokens a parameter, for compute-optimal language models',
  },
];

export interface ExampleBound {
  /** What every figure counts. */
  unit: string;
  /** From the most lenient rule to the strictest. */
  least: number | null;
  most: number | null;
  rules: { name: string; source: string; estimate: Estimate }[];
  warning: string;
}

/**
 * Training examples of `timeSteps` steps that rules of thumb ask for, all in that unit, the most lenient rule first. The count of parameters bounds
 * them in folklore, not in any theorem.
 */
export function trainingExamples(params: number, timeSteps: number): ExampleBound {
  const rules = EXAMPLE_RULES.map(({ name, source, per, perParam }) => {
    const asked = BigInt(params) * BigInt(perParam);
    const estimate: Estimate =
      per === 'EXAMPLE'
        ? {
            value: exact(asked),
            rule: 'params × examples per parameter',
            inputs: { params, examplesPerParam: perParam },
            assumption: 'independent examples, one target each, however many time steps an example has',
          }
        : {
            value: exact(ceilingOf(asked, BigInt(timeSteps))),
            rule: 'params × tokens per parameter / time steps, rounded up',
            inputs: { params, tokensPerParam: perParam, timeSteps },
            assumption:
              'a token is one time step with a target of its own, so an example has as many tokens as time steps',
          };
    return { name, source, estimate };
  }).sort((a, b) => (a.estimate.value ?? Infinity) - (b.estimate.value ?? Infinity));
  return {
    unit: `sequences of ${timeSteps} time ${timeSteps === 1 ? 'step' : 'steps'}`,
    least: rules[0]!.estimate.value,
    most: rules.at(-1)!.estimate.value,
    rules,
    warning:
      'Rules of thumb, not theorems: regularised and pre-trained networks learn from far fewer examples, hard tasks need far more. Let a learning curve decide.',
  };
}

function ceilingOf(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** Rounded up to whole bytes. */
export function bytesOf(elements: bigint, bits: number): number | null {
  return exact(ceilingOf(elements * BigInt(bits), 8n));
}
