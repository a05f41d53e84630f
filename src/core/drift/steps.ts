/**
 * Splits the delta of a recurrent node by cause. The node is led from base to compare one property at a time, always in one order:
 * op type, input width, hidden size, direction, bias, peepholes, sharing, data type. Each step has the formula's difference; what no
 * step explains is told as one last step, so that the steps sum exactly.
 */
import type { ChangeCause, ChangeParts, ChangeStatus } from '../comparison.js';
import { cellOf, layerParts, type CellType, type LayerSizes } from '../layer/formula.js';
import { type Weight, WEIGHT_ROLES } from '../inspection.js';
import type { CountedTensor } from '../metrics.js';
import type { ElementClass } from '../stored-tensors.js';
import { type Amounts, isNothing, minus, nodeAmounts, NOTHING, subtract } from './amounts.js';
import type { HeldKind, Holding, WeightOfKind } from './holdings.js';

export interface Step {
  cause: ChangeCause;
  status: ChangeStatus;
  deltas: Amounts;
  parts: ChangeParts;
}

export const NO_PARTS: ChangeParts = { input: 0, recurrent: 0, bias: 0, peephole: 0, other: 0 };

/** The steps that changed something; none when the sizes are the same. */
export function stepsBetween(base: HeldKind, compare: HeldKind): Step[] {
  const deltas = minus(compare.amounts, base.amounts);
  const [from, to] = [sizesOf(base.node), sizesOf(compare.node)];
  const steps = from && to ? explained(base, compare, from, to) : [];
  for (const step of steps) subtract(deltas, step.deltas);
  if (!isNothing(deltas)) {
    const parts = partsBetween(base, compare);
    for (const step of steps) for (const part of partNames) parts[part] -= step.parts[part];
    steps.push({ cause: isOnlyBytes(deltas) ? 'EXPORTER' : 'OTHER', status: 'RESIZED', deltas, parts });
  }
  return steps;
}

const partNames = Object.keys(NO_PARTS) as (keyof ChangeParts)[];

/** Of what was added or removed: with the sign of the amounts. */
export function partsOf(node: HeldKind['node'], sign: 1 | -1): ChangeParts {
  const parts = { ...NO_PARTS };
  if (node.stored === null) return parts;
  for (const { role, elements } of node.weights) parts[PART_OF_ROLE[role]] += sign * (elements ?? 0);
  return parts;
}

function partsBetween(base: HeldKind, compare: HeldKind): ChangeParts {
  const [before, after] = [partsOf(base.node, -1), partsOf(compare.node, 1)];
  for (const part of partNames) after[part] += before[part];
  return after;
}

const PART_OF_ROLE: Record<Weight['role'], keyof ChangeParts> = {
  W: 'input',
  R: 'recurrent',
  B: 'bias',
  P: 'peephole',
  QW: 'other',
  MW: 'other',
  V: 'other',
  AW: 'other',
};

/** What the formula reads of a node. */
interface Sizes {
  cell: CellType;
  m: number;
  n: number;
  D: number;
  /** Halves of B: none or two, and how many of them are zero and carry nothing. */
  biases: number;
  idleBiases: number;
  peepholes: boolean;
}

/** Null where a size is not known. */
function sizesOf(node: HeldKind['node']): Sizes | null {
  const { inputSize: m, hiddenSize: n, numDirections: D, stored, effective } = node;
  if (m === null || n === null || D === null || stored === null || effective === null) return null;
  const cell = cellOf(node.opType);
  const sizes = { cell, m, n, D, biases: node.biasConvention === 'NONE' ? 0 : 2, peepholes: node.peepholes };
  if (stored === effective) return { ...sizes, idleBiases: 0 };
  const perBias = biasElements(sizes, 1);
  return { ...sizes, idleBiases: perBias === 0 ? 0 : Math.round((stored - effective) / perBias) };
}

const SIZED_ROLES = WEIGHT_ROLES;
type SizedRole = (typeof SIZED_ROLES)[number];

function elementsOf(sizes: LayerSizes): Record<SizedRole, number> {
  const { input, recurrent, bias, peephole } = layerParts(sizes);
  return { W: Number(input), R: Number(recurrent), B: Number(bias), P: Number(peephole) };
}

function biasElements(sizes: LayerSizes, biases: number): number {
  return elementsOf({ ...sizes, biases }).B;
}

/** How a role is stored: whether it counts here, what of it the file stores, and in how many bytes an element. */
interface Storage {
  holding: Holding;
  isStored: boolean;
  bytesPerElement: number;
  /** The same in the file or beside it. */
  totalBytesPerElement: number;
  paramsPerElement: number;
  elementClass: ElementClass;
}
type Storages = Record<SizedRole, Storage>;
const NOT_STORED: Storage = {
  holding: 'OUTSIDE',
  isStored: false,
  bytesPerElement: 0,
  totalBytesPerElement: 0,
  paramsPerElement: 0,
  elementClass: 'weight',
};

/** A role that one side lacks is stored as it is on the other, so that it comes or goes in the step that brings or takes it. */
function storagesFrom(held: HeldKind, other: HeldKind): Storages {
  return eachRole((role) => {
    const isAbsent = held.node.weights.every((weight) => weight.role !== role || weight.source === 'ABSENT');
    return storageOf(isAbsent ? other : held, role);
  });
}

function storageOf({ node, roles }: HeldKind, role: SizedRole): Storage {
  const held = roles[node.weights.findIndex((weight) => weight.role === role)];
  if (!held || held.holding === 'OUTSIDE') return NOT_STORED;
  const { holding, elements, byteSize, totalByteSize, class: elementClass } = held;
  return {
    holding,
    isStored: elements > 0,
    bytesPerElement: elements === 0 ? 0 : byteSize / elements,
    totalBytesPerElement: elements === 0 ? 0 : totalByteSize / elements,
    paramsPerElement: elements === 0 ? 0 : held.params / elements,
    elementClass,
  };
}

function eachRole<T>(of: (role: SizedRole) => T): Record<SizedRole, T> {
  return { W: of('W'), R: of('R'), B: of('B'), P: of('P') };
}

function amountsAt(sizes: Sizes, elements: Record<SizedRole, number>, storages: Storages): Amounts {
  const idle = sizes.idleBiases === 0 ? 0 : biasElements(sizes, sizes.idleBiases);
  const tensors: CountedTensor[] = [];
  let stored = 0;
  for (const role of SIZED_ROLES) {
    stored += elements[role];
    const { holding, isStored, bytesPerElement, totalBytesPerElement, paramsPerElement, elementClass } = storages[role];
    if (holding !== 'OWN') continue;
    const inFile = isStored ? elements[role] : 0;
    tensors.push({
      class: elementClass,
      elements: inFile,
      params: Math.round(inFile * paramsPerElement),
      byteSize: Math.round(inFile * bytesPerElement),
      totalByteSize: Math.round(inFile * totalBytesPerElement),
      distinct: elements[role],
    });
  }
  return nodeAmounts({ stored, effective: stored - idle }, tensors);
}

function explained(base: HeldKind, compare: HeldKind, from: Sizes, to: Sizes): Step[] {
  const steps: Step[] = [];
  const [before, after] = [base.node, compare.node];
  let sizes = from;
  let elements = elementsOf(sizes);
  let storages = storagesFrom(base, compare);
  let amounts = amountsAt(sizes, elements, storages);
  const goal = storagesFrom(compare, base);
  const step = (cause: ChangeCause, isChanged: boolean, next: Partial<Sizes>, stored?: () => Storages) => {
    if (!isChanged) return;
    const nextSizes = { ...sizes, ...next };
    const nextElements = elementsOf(nextSizes);
    const nextStorages = stored?.() ?? storages;
    const nextAmounts = amountsAt(nextSizes, nextElements, nextStorages);
    const deltas = minus(nextAmounts, amounts);
    const parts = { ...NO_PARTS };
    for (const role of SIZED_ROLES) parts[PART_OF_ROLE[role]] = nextElements[role] - elements[role];
    const isRetyped = RETYPES.has(cause) || isNothing(deltas);
    steps.push({ cause, status: isRetyped ? 'RETYPED' : 'RESIZED', deltas, parts });
    sizes = nextSizes;
    elements = nextElements;
    storages = nextStorages;
    amounts = nextAmounts;
  };

  step('OP_TYPE', from.cell !== to.cell, { cell: to.cell });
  step('INPUT_WIDTH', from.m !== to.m, { m: to.m });
  step('HIDDEN_SIZE', from.n !== to.n, { n: to.n });
  step('DIRECTION', from.D !== to.D || before.direction !== after.direction, { D: to.D });
  step('BIAS_CONVENTION', isOtherBias(before, after), { biases: to.biases, idleBiases: to.idleBiases });
  step('PEEPHOLE', from.peepholes !== to.peepholes, { peepholes: to.peepholes });

  const turn = (one: Holding, other: Holding) => () =>
    eachRole((role) => {
      const isTurned = storages[role].holding === one && goal[role].holding === other;
      return isTurned ? { ...storages[role], holding: other } : storages[role];
    });
  const turns = (one: Holding, other: Holding) =>
    SIZED_ROLES.some((role) => storages[role].holding === one && goal[role].holding === other);
  step('UNSHARED', turns('SHARED', 'OWN'), {}, turn('SHARED', 'OWN'));
  step('DEDUPED', turns('OWN', 'SHARED'), {}, turn('OWN', 'SHARED'));
  step(
    'EXPORTER',
    SIZED_ROLES.some((role) => isStoredOtherwise(storages[role], goal[role])),
    {},
    () => storedAs(storages, goal),
  );
  const retype = causeOfRetype(before, after);
  if (retype !== null) step(retype, true, {}, () => retyped(storages, goal));
  return steps;
}

const RETYPES: ReadonlySet<ChangeCause> = new Set(['DTYPE', 'QUANTIZATION']);

/** UNKNOWN is no convention: nothing can be said to have changed. */
function isOtherBias(before: HeldKind['node'], after: HeldKind['node']): boolean {
  const [from, to] = [before.biasConvention, after.biasConvention];
  return from !== to && (from === 'NONE' || to === 'NONE' || (from !== 'UNKNOWN' && to !== 'UNKNOWN'));
}

/** As a graph input, or joined of several tensors, on one side only. */
function isStoredOtherwise(one: Storage, other: Storage): boolean {
  return one.isStored !== other.isStored || (one.holding === 'OUTSIDE') !== (other.holding === 'OUTSIDE');
}

function storedAs(storages: Storages, goal: Storages): Storages {
  return eachRole((role) => {
    if (!isStoredOtherwise(storages[role], goal[role])) return storages[role];
    return goal[role];
  });
}

/** The same storages in the bytes of the goal. */
function retyped(storages: Storages, goal: Storages): Storages {
  return eachRole((role) => {
    const { holding, bytesPerElement, totalBytesPerElement } = goal[role];
    return holding === 'OUTSIDE' ? storages[role] : { ...storages[role], bytesPerElement, totalBytesPerElement };
  });
}

/** Null when the weights are of one type on both sides, as the operator receives them and as the file stores them. */
function causeOfRetype(before: HeldKind['node'], after: HeldKind['node']): 'DTYPE' | 'QUANTIZATION' | null {
  const differs = after.weights.some((weight) => {
    const old = before.weights.find(({ role }) => role === weight.role);
    if (!old?.elements || !weight.elements) return false;
    return old.dtype !== weight.dtype || converts(old) !== converts(weight);
  });
  if (!differs) return null;
  return before.weights.some(isQuantized) !== after.weights.some(isQuantized) ? 'QUANTIZATION' : 'DTYPE';
}

const CONVERSIONS = ['Cast', 'DequantizeLinear', 'QuantizeLinear'];

function converts({ chain, byteSize, elements }: WeightOfKind): string {
  const isConverted = chain.some((opType) => CONVERSIONS.includes(opType));
  return isConverted && byteSize !== null && elements ? String(byteSize / elements) : '';
}

function isQuantized({ dtype, chain }: WeightOfKind): boolean {
  return chain.includes('DequantizeLinear') || (dtype !== null && /^U?INT/.test(dtype));
}

function isOnlyBytes(deltas: Amounts): boolean {
  return isNothing({ ...deltas, byteSize: 0, totalByteSize: 0, bytes: NOTHING.bytes });
}
