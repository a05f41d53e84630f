/**
 * Judges one recurrent node: its sizes from the shapes of W, R, B and P, the formula for them, and whether the two agree.
 * Tensors win over attributes; a contradiction is a MISMATCH; what is unknown makes the node UNVERIFIABLE, never a silent 0.
 */
import { exact, sayDims, sayInteger } from '../exact.js';
import { BIAS_COUNTS, cellOf, GATES, layerShapes, operatorFormula, type CellType } from './formula.js';
import type { BiasConvention, FormulaValues, RecurrentOpType, Verdict } from '../inspection.js';

export interface RoleFacts {
  /** Whether the node names a tensor in this role. */
  given: boolean;
  /** Null when not known. */
  dims: readonly number[] | null;
  /** Why the dims are not known. */
  blocker: string | null;
}

export interface NodeFacts {
  opType: RecurrentOpType;
  /** ONNX's text, as written in the file. */
  direction: string;
  /** Null when absent or no integer. */
  hiddenSize: number | null;
  W: RoleFacts;
  R: RoleFacts;
  B: RoleFacts;
  P: RoleFacts;
  /** Roles beyond the formula: AttnLSTM's QW, MW, V, AW. */
  others: RoleFacts[];
}

export interface Judgement {
  numDirections: number;
  inputSize: number | null;
  hiddenSize: number | null;
  stored: number | null;
  expected: number | null;
  formula: FormulaValues | null;
  verdict: Verdict;
  reason: string | null;
}

export function judgeNode(facts: NodeFacts): Judgement {
  const issues: string[] = [];
  const sizes = sizesOf(facts, issues);
  const { D, m, n } = sizes;
  checkVectors(facts, sizes, issues);

  const roles: [string, RoleFacts][] = [
    ['W', facts.W],
    ['R', facts.R],
    ['B', facts.B],
    ['P', facts.P],
    ...facts.others.map((role): [string, RoleFacts] => ['extra input', role]),
  ];
  const open = roles.find(([, role]) => role.given && !role.dims);
  const sum = sumOf(roles.map(([, role]) => (role.given ? role.dims : [0])));
  const formula =
    m === null || n === null
      ? null
      : operatorFormula(cellOf(facts.opType), {
          inputSize: m,
          hiddenSize: n,
          numDirections: D,
          peepholes: facts.P.given,
        });
  const expected = formula && (facts.B.given ? formula.double : formula.none);
  const known = { numDirections: D, inputSize: m, hiddenSize: n };
  if (sum === null || formula === null) {
    const why = open
      ? [`the shape of ${open[0]} is unknown: ${open[1].blocker ?? 'nothing tells it'}`, ...issues].join('; ')
      : m === null || n === null
        ? `the sizes cannot be determined from W and R${issues.length > 0 ? `: ${issues.join('; ')}` : ''}`
        : 'the counts are over 2^53−1';
    return { ...known, stored: null, expected, formula, verdict: 'UNVERIFIABLE', reason: why };
  }
  const extra = sumOf(facts.others.map((role) => (role.given ? role.dims : [0]))) ?? 0;
  if (sum - extra !== expected) issues.push(`${sum - extra} elements are stored, the formula says ${expected}`);
  if (issues.length === 0) return { ...known, stored: sum, expected, formula, verdict: 'MATCH', reason: null };
  return { ...known, stored: sum, expected, formula, verdict: 'MISMATCH', reason: issues.join('; ') };
}

interface Sizes {
  D: number;
  m: number | null;
  n: number | null;
}

/** From W and R; DynamicQuantizeLSTM has the last two axes of both the other way round. */
function sizesOf(facts: NodeFacts, issues: string[]): Sizes {
  const cell = cellOf(facts.opType);
  const gates = GATES[cell].length;
  const rowsOf = (size: number) => Number(shapesOf(cell, { D: 1, m: 0, n: size }).R[1]);
  const turned = facts.opType === 'DynamicQuantizeLSTM';
  for (const role of ['W', 'R'] as const) if (!facts[role].given) issues.push(`${role} is absent`);
  const [W, R] = [facts.W.dims, facts.R.dims];
  let [D, m, n]: [number | null, number | null, number | null] = [null, null, null];
  if (R?.length === 3) {
    D = R[0]!;
    n = turned ? R[1]! : R[2]!;
    const rows = turned ? R[2]! : R[1]!;
    if (rows !== rowsOf(n)) issues.push(`R ${sayDims(R)}: the gate axis is ${rows}, not ${gates}·${n}`);
  } else if (R?.length === 2 && R[0] === rowsOf(R[1]!)) {
    [D, n] = [1, R[1]!];
    issues.push(`R ${sayDims(R)} lacks the num_directions axis`);
  } else if (R) issues.push(`R ${sayDims(R)} does not have rank 3`);

  if (W?.length === 3) {
    D ??= W[0]!;
    m = turned ? W[1]! : W[2]!;
    const rows = turned ? W[2]! : W[1]!;
    if (n === null && rows % gates === 0) n = rows / gates;
    if (n !== null && rows !== rowsOf(n)) issues.push(`W ${sayDims(W)}: the gate axis is ${rows}, not ${gates}·${n}`);
    if (R?.length === 3 && W[0] !== R[0]) issues.push(`W has ${W[0]} directions, R has ${R[0]}`);
  } else if (W?.length === 2 && n !== null && W[0] === rowsOf(n)) {
    m = W[1]!;
    issues.push(`W ${sayDims(W)} lacks the num_directions axis`);
  } else if (W) issues.push(`W ${sayDims(W)} does not have rank 3`);

  if (facts.hiddenSize !== null) {
    if (n !== null && n !== facts.hiddenSize)
      issues.push(`hidden_size says ${sayInteger(facts.hiddenSize)}, the tensors ${n}`);
    if (n === null && Number.isSafeInteger(facts.hiddenSize) && facts.hiddenSize >= 0) n = facts.hiddenSize;
  }
  const declared = facts.direction === 'bidirectional' ? 2 : 1;
  if (D !== null && D !== declared)
    issues.push(`direction ${facts.direction} means ${declared}, the tensors have ${D}`);
  return { D: D ?? declared, m, n };
}

function checkVectors(facts: NodeFacts, { D, n }: Sizes, issues: string[]): void {
  if (n === null) return;
  const shapes = shapesOf(cellOf(facts.opType), { D, m: 0, n });
  for (const role of ['B', 'P'] as const) {
    const { given, dims } = facts[role];
    if (given && dims) expectDims(role, dims, shapes[role].map(Number), issues);
  }
}

/** Of all roles that the operator may have: ONNX's B holds two vectors for each gate. */
function shapesOf(cell: CellType, sizes: { D: number; m: number; n: number }) {
  return layerShapes({ cell, ...sizes, biases: BIAS_COUNTS.DOUBLE, peepholes: true });
}

function expectDims(role: string, dims: readonly number[], wanted: readonly number[], issues: string[]): void {
  const fits = dims.length === wanted.length && dims.every((dim, axis) => dim === wanted[axis]);
  if (!fits) issues.push(`${role} ${sayDims(dims)} should be ${sayDims(wanted)}`);
}

/** Σ of products; null when one is unknown or the sum is over 2^53−1. */
function sumOf(shapes: (readonly number[] | null)[]): number | null {
  let total = 0n;
  for (const dims of shapes) {
    if (!dims) return null;
    total += dims.reduce((product, dim) => product * BigInt(dim), 1n);
  }
  return exact(total);
}

/** Whether each half of B holds nothing but zeros, over all directions; null when that cannot be told. */
export interface BiasHalves {
  input: boolean | null;
  recurrent: boolean | null;
}

export function biasConvention(given: boolean, halves: BiasHalves): BiasConvention {
  if (!given) return 'NONE';
  if (halves.input === null || halves.recurrent === null) return 'UNKNOWN';
  if (halves.input && halves.recurrent) return 'NONE_EFFECTIVE';
  if (halves.recurrent) return 'SINGLE_INPUT';
  return halves.input ? 'SINGLE_RECURRENT' : 'DOUBLE';
}

/** Elements of B that are a zero half and carry nothing; a GRU that applies its reset gate after the product needs a single one. */
export function idleBiasElements(convention: BiasConvention, biasElements: number, linearBeforeReset: boolean): number {
  if (convention === 'NONE_EFFECTIVE') return biasElements;
  if (convention !== 'SINGLE_INPUT' && convention !== 'SINGLE_RECURRENT') return 0;
  return linearBeforeReset ? 0 : Math.floor(biasElements / 2);
}
