/**
 * What fits: the largest hidden size whose stack of recurrent layers keeps to a budget, exactly. Every count here grows with n, so
 * a bisection finds it. Integers of any size inside, null for what is over 2^53−1 outside. Pure.
 */
import { WeighbridgeError } from '../errors.js';
import { exact } from '../exact.js';
import { STORAGE_TYPES, type StorageType } from './estimate.js';
import { BIAS_COUNTS, layerMacs, layerParts } from './formula.js';
import { recurrentParameters, type LayerStack } from './stack.js';

export const FIT_LIMITS = ['PARAMS', 'BYTES', 'MACS_PER_STEP'] as const;
export type FitLimit = (typeof FIT_LIMITS)[number];

/** At least one of the three; each from 0 to 2^53−1. */
export interface FitBudget {
  /** Params of the whole stack. */
  params?: number | null;
  /** Bytes of these params in `dtype`, rounded up to a whole byte. */
  bytes?: number | null;
  /** Multiply–accumulates of all layers for one time step of one sequence. */
  macsPerStep?: number | null;
  /** How each param is stored; default FP32. */
  dtype?: StorageType;
}

export interface FitQuestion extends Omit<LayerStack, 'hiddenSize'> {
  budget: FitBudget;
  /** A size to judge besides. */
  hiddenSize?: number | null | undefined;
}

/** A stack with this hidden size. */
export interface FitFigures {
  hiddenSize: number;
  /** Null when over 2^53−1, as the other two. */
  params: number | null;
  bytes: number | null;
  macsPerStep: number | null;
}

/** The size that was asked about. */
export interface FitAsked extends FitFigures {
  fits: boolean;
  /** Empty when it fits. */
  exceeded: FitExcess[];
}

/** A limit that a size breaks. */
export interface FitExcess {
  limit: FitLimit;
  allowed: number;
  /** Null when over 2^53−1. */
  value: number | null;
  /** value − allowed, more than 0; null when over 2^53−1. */
  over: number | null;
}

export interface Fit {
  /** Null when not even the smallest hidden size fits. */
  largest: FitFigures | null;
  /** One more, or the smallest when nothing fits. It breaks at least one limit. */
  next: FitFigures;
  exceeded: FitExcess[];
  /** Null when none was asked about. */
  asked: FitAsked | null;
  dtype: StorageType;
}

type Counts = Record<FitLimit, bigint>;

/** Throws INPUT_INVALID for what is no layer, and for a budget that limits nothing. */
export function largestThatFits(question: FitQuestion): Fit {
  const { budget, hiddenSize = null, ...layers } = question;
  const dtype = budget.dtype ?? 'FP32';
  const limits = limitsOf(budget);
  const smallest = typeof layers.projection === 'number' ? layers.projection + 1 : 1;
  // Refuses what is no layer, with the same words as the formula; any input size is one, however large its products.
  recurrentParameters({ ...layers, hiddenSize: smallest, inputSize: checked(layers.inputSize) });
  const countsAt = (n: bigint) => countsOf(layers, n, dtype);
  const fits = (n: bigint) => {
    const counts = countsAt(n);
    return limits.every(({ limit, allowed }) => counts[limit] <= allowed);
  };
  // `low` fits, or is one below the smallest; `high` does not fit.
  let low = BigInt(smallest) - 1n;
  let step = 1n;
  while (fits(low + step)) {
    low += step;
    step *= 2n;
  }
  let high = low + step;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return {
    largest: low < BigInt(smallest) ? null : figuresOf(low, countsAt(low)),
    next: figuresOf(high, countsAt(high)),
    exceeded: excessOf(limits, countsAt(high)),
    asked: hiddenSize === null ? null : judge(hiddenSize),
    dtype,
  };

  function judge(size: number): FitAsked {
    if (!Number.isSafeInteger(size) || size < smallest)
      refuse('hiddenSize', `a whole number from ${smallest} to 2^53−1`);
    const counts = countsAt(BigInt(size));
    const exceeded = excessOf(limits, counts);
    return { ...figuresOf(BigInt(size), counts), fits: exceeded.length === 0, exceeded };
  }
}

function excessOf(limits: readonly { limit: FitLimit; allowed: bigint }[], counts: Counts): FitExcess[] {
  return limits
    .filter(({ limit, allowed }) => counts[limit] > allowed)
    .map(({ limit, allowed }) => ({
      limit,
      allowed: Number(allowed),
      value: exact(counts[limit]),
      over: exact(counts[limit] - allowed),
    }));
}

/** Layers from the second on are alike, so two are computed however many there are. */
function countsOf(stack: Omit<LayerStack, 'hiddenSize'>, n: bigint, dtype: StorageType): Counts {
  const { opType: cell, bias = 'DOUBLE', peepholes = false } = stack;
  const D = stack.bidirectional ? 2n : 1n;
  const layers = BigInt(stack.layers ?? 1);
  const p = typeof stack.projection === 'number' ? BigInt(stack.projection) : null;
  const layer = (m: bigint) => ({ cell, m, n, D, biases: BIAS_COUNTS[bias], peepholes, p });
  const [first, other] = [layer(BigInt(stack.inputSize)), layer(D * (p ?? n))];
  const overAll = (count: typeof layerParts | typeof layerMacs) =>
    sum(count(first)) + (layers - 1n) * sum(count(other));
  const params = overAll(layerParts);
  return {
    PARAMS: params,
    BYTES: (params * BigInt(STORAGE_TYPES[dtype]) + 7n) / 8n,
    MACS_PER_STEP: overAll(layerMacs),
  };
}

function sum(parts: Record<string, bigint>): bigint {
  return Object.values(parts).reduce((total, part) => total + part, 0n);
}

function figuresOf(n: bigint, counts: Counts): FitFigures {
  return {
    hiddenSize: Number(n),
    params: exact(counts.PARAMS),
    bytes: exact(counts.BYTES),
    macsPerStep: exact(counts.MACS_PER_STEP),
  };
}

function limitsOf({ params, bytes, macsPerStep }: FitBudget): { limit: FitLimit; allowed: bigint }[] {
  const given = [
    ['PARAMS', 'params', params],
    ['BYTES', 'bytes', bytes],
    ['MACS_PER_STEP', 'macsPerStep', macsPerStep],
  ] as const;
  const limits = given.flatMap(([limit, field, allowed]) => {
    if (allowed === undefined || allowed === null) return [];
    if (!Number.isSafeInteger(allowed) || allowed < 0) refuse(`budget.${field}`, 'a whole number from 0 to 2^53−1');
    return [{ limit, allowed: BigInt(allowed) }];
  });
  if (limits.length === 0) refuse('budget', 'give at least one limit: params, bytes or MACs per step');
  return limits;
}

function checked(inputSize: number): number {
  if (!Number.isSafeInteger(inputSize) || inputSize < 1) refuse('inputSize', 'a whole number from 1 to 2^53−1');
  return 1;
}

function refuse(field: string, wanted: string): never {
  throw new WeighbridgeError('INPUT_INVALID', `${field}: ${wanted}`, { field: field.split('.') });
}
