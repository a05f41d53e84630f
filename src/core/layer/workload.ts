/**
 * All estimates of one file, or of one stack of layers, under one question. The rules are those of estimate.ts; this file says what
 * goes into them and adds up. Must never hide what a sum leaves out.
 */
import { WeighbridgeError } from '../errors.js';
import { exact } from '../exact.js';
import {
  bytesOf,
  exactMacs,
  keptOf,
  sizeByType,
  STORAGE_TYPES,
  trainingCompute,
  trainingExamples,
  trainingMemory,
  trainingMemoryWithActivations,
  trainingSeconds,
  workOf,
  type Estimate,
  type ExampleBound,
  type Optimizer,
  type StorageType,
} from './estimate.js';
import { BIAS_COUNTS, keptElements, layerMacs, stateElements as stateOf } from './formula.js';
import type { LayerStack, ParamsBreakdown } from './stack.js';
import type { MacsPerStep } from '../inspection.js';

/** What the estimates are to be for. */
export interface EstimateQuestion {
  /** Of weights, gradients, optimizer and state. */
  dtype: StorageType;
  optimizer: Optimizer;
  /** Training examples, each of `timeSteps` steps, shown `epochs` times. */
  examples: number;
  timeSteps: number;
  epochs: number;
  /** Examples that are trained on at once. */
  batch: number;
  /** Rate that training reaches; null for no estimate of its time. */
  flopsPerSecond: number | null;
}

export const ESTIMATE_DEFAULTS: EstimateQuestion = {
  dtype: 'FP32',
  optimizer: 'ADAM',
  examples: 1_000,
  timeSteps: 100,
  epochs: 1,
  batch: 32,
  flopsPerSecond: null,
};

/** What is known of a file or a stack. */
export interface Workload {
  params: number;
  /** Sums over the recurrent nodes whose sizes are known; null when over 2^53−1. */
  macsPerStep: MacsPerStep | null;
  stateElements: number | null;
  /** What training keeps of one time step of one sequence; null when over 2^53−1. */
  keptElements: number | null;
  /** Recurrent nodes in the sums, and those that are not, since a size is not known. */
  nodes: number;
  nodesLeftOut: number;
}

/** As an answer gives it: inputs as a list, so that GraphQL and JSON have one shape. */
export interface ReportedEstimate extends Omit<Estimate, 'inputs'> {
  inputs: { name: string; value: number | null }[];
}

export interface ReportedBound extends Omit<ExampleBound, 'rules'> {
  rules: { name: string; source: string; estimate: ReportedEstimate }[];
}

export interface Estimates {
  question: EstimateQuestion;
  sizes: { dtype: StorageType; estimate: ReportedEstimate }[];
  /** Without activations, and with them. */
  trainingMemory: ReportedEstimate;
  trainingMemoryWithActivations: ReportedEstimate;
  trainingExamples: ReportedBound;
  /** The sum of the parts. */
  macsPerStep: ReportedEstimate;
  stateBytes: ReportedEstimate;
  trainingCompute: ReportedEstimate;
  trainingSeconds: ReportedEstimate;
  nodes: number;
  nodesLeftOut: number;
}

/** Throws INPUT_INVALID for counts that are none. */
export function estimate(workload: Workload, question: EstimateQuestion): Estimates {
  const { params, macsPerStep: parts, nodes, nodesLeftOut } = workload;
  const { dtype, optimizer, examples, timeSteps, epochs, batch, flopsPerSecond } = question;
  for (const [field, count] of Object.entries({ examples, timeSteps, epochs, batch })) requireCount(field, count);
  if (flopsPerSecond !== null) requireCount('flopsPerSecond', flopsPerSecond);
  const bits = STORAGE_TYPES[dtype];
  const macs = parts === null ? null : exact(sum(Object.values<number>({ ...parts })));
  const bounds = trainingExamples(params, timeSteps);
  const reach =
    nodesLeftOut === 0
      ? ''
      : `; ${nodesLeftOut} of ${nodes + nodesLeftOut} recurrent nodes are left out, since a size is not known: a lower bound`;
  const activations = { kept: workload.keptElements, batch, timeSteps };
  const compute = trainingCompute(macs, examples, timeSteps, epochs);
  return {
    question,
    sizes: Object.entries(sizeByType(params)).map(([type, size]) => ({
      dtype: type as StorageType,
      estimate: reported(size),
    })),
    trainingMemory: reported(trainingMemory(params, optimizer, bits)),
    trainingMemoryWithActivations: reported(
      withReach(trainingMemoryWithActivations(params, optimizer, bits, activations), reach),
    ),
    trainingExamples: {
      ...bounds,
      rules: bounds.rules.map((rule) => ({ ...rule, estimate: reported(rule.estimate) })),
    },
    macsPerStep: reported({
      value: macs,
      rule: 'input + recurrent + bias + pointwise, over all recurrent nodes',
      inputs: { ...(parts ?? { input: null, recurrent: null, bias: null, pointwise: null }), nodes },
      assumption: `each recurrent node runs once a time step, both branches of an If; activations are not counted${reach}`,
    }),
    stateBytes: reported({
      value: workload.stateElements === null ? null : bytesOf(BigInt(workload.stateElements), bits),
      rule: 'elements × bits / 8',
      inputs: { elements: workload.stateElements, bits, nodes },
      assumption: `h of each recurrent node, and c of an LSTM, for one sequence${reach}`,
    }),
    trainingCompute: reported(withReach(compute, reach)),
    trainingSeconds: reported(withReach(trainingSeconds(compute.value, flopsPerSecond), reach)),
    nodes,
    nodesLeftOut,
  };
}

export type NodeSizes = Parameters<typeof workOf>[0];

/** Over nodes, or over groups of nodes that have the same sizes. */
export function workloadOfNodes(params: number, groups: Iterable<{ sizes: NodeSizes; nodes: number }>): Workload {
  const parts = { input: 0n, recurrent: 0n, bias: 0n, pointwise: 0n };
  let [stateElements, kept] = [0n, 0n];
  let [uncountableMacs, uncountableState] = [false, false];
  let [known, unknown] = [0, 0];
  for (const { sizes, nodes } of groups) {
    if ([sizes.inputSize, sizes.hiddenSize, sizes.numDirections].includes(null)) {
      unknown += nodes;
      continue;
    }
    known += nodes;
    const { macsPerStep, stateBytes } = workOf(sizes);
    if (macsPerStep === null) uncountableMacs = true;
    else for (const part of partsOf(parts)) parts[part] += BigInt(macsPerStep[part]) * BigInt(nodes);
    if (stateBytes === null) uncountableState = true;
    else stateElements += (BigInt(stateBytes) / 4n) * BigInt(nodes);
    kept += (keptOf(sizes) ?? 0n) * BigInt(nodes);
  }
  return {
    params,
    macsPerStep: uncountableMacs ? null : exactMacs(parts),
    stateElements: uncountableState ? null : exact(stateElements),
    keptElements: exact(kept),
    nodes: known,
    nodesLeftOut: unknown,
  };
}

export function workloadOfStack(stack: LayerStack, { params, byLayer }: ParamsBreakdown): Workload {
  const { opType: cell, bias = 'DOUBLE', peepholes = false, projection: p } = stack;
  const macs = { input: 0n, recurrent: 0n, bias: 0n, pointwise: 0n };
  let [stateElements, kept] = [0n, 0n];
  for (const { inputSize: m, hiddenSize: n, numDirections: D } of byLayer) {
    const layer = layerMacs({ cell, m, n, D, biases: BIAS_COUNTS[bias], peepholes, p });
    for (const part of partsOf(macs)) macs[part] += layer[part];
    stateElements += stateOf({ cell, n, D, p });
    kept += keptElements({ cell, n, D, p });
  }
  return {
    params,
    macsPerStep: exactMacs(macs),
    stateElements: exact(stateElements),
    keptElements: exact(kept),
    nodes: byLayer.length,
    nodesLeftOut: 0,
  };
}

function reported({ inputs, ...rest }: Estimate): ReportedEstimate {
  return { ...rest, inputs: Object.entries(inputs).map(([name, value]) => ({ name, value })) };
}

function withReach(one: Estimate, reach: string): Estimate {
  return { ...one, assumption: one.assumption + reach };
}

type Parts = Record<keyof MacsPerStep, bigint>;

function partsOf(parts: Parts): (keyof MacsPerStep)[] {
  return Object.keys(parts) as (keyof MacsPerStep)[];
}

function sum(counts: number[]): bigint {
  return counts.reduce((total, count) => total + BigInt(count), 0n);
}

function requireCount(field: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 1) return;
  throw new WeighbridgeError('INPUT_INVALID', `${field}: a whole number from 1 to 2^53−1`, { field: [field] });
}
