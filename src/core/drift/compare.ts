/**
 * Compares two inspections: what grew or shrank, where, by how much, and why. Pure; the other files of
 * this folder do its parts. Changes are about nodes, tensors and parts of the file, and sum exactly to the deltas of all totals.
 */
import {
  CHANGE_CAUSES,
  type CauseDelta,
  type CausesByMetric,
  type ComparableInspection,
  type Change,
  type ChangeCause,
  type ComparedSide,
  type ComparedTotal,
  type Comparison,
} from '../comparison.js';
import { totalBytes } from '../inspection.js';
import { type Amounts, amountsOf, byClass, byMetric, figuresOf, isNothing, minus } from './amounts.js';
import { compareFileParts } from './file-parts.js';
import { compareNodes } from './nodes.js';
import { compareTensors, type TensorList } from './tensors.js';
import { summarize } from './summary.js';
import { type ComparedMetric, fieldOf } from '../metrics.js';

import type { StoredTensor } from '../stored-tensors.js';

export interface ComparisonOptions {
  /** What the two are called, for example a file or `model@3`. */
  baseLabel?: string | null;
  compareLabel?: string | null;
  /** Whether `changes` has nodes and tensors that did not change. Default false. */
  unchanged?: boolean;
}

export function compareInspections(
  base: ComparableInspection,
  compare: ComparableInspection,
  options: ComparisonOptions = {},
): Comparison {
  const nodes = compareNodes(base, compare);
  const totals = { base: amountsOf(base), compare: amountsOf(compare) };
  // An old inspection tells of no single tensor: then neither side's are compared, or all would be new.
  const isTold = base.tensorTotals !== null && compare.tensorTotals !== null;
  const tensors = compareTensors(
    isTold ? tensorsOf(base, nodes.tensors.base) : NO_TENSORS,
    isTold ? tensorsOf(compare, nodes.tensors.compare) : NO_TENSORS,
    nodes.changes,
  );
  const rest = {
    base: minus(minus(totals.base, nodes.held.base), tensors.held.base),
    compare: minus(minus(totals.compare, nodes.held.compare), tensors.held.compare),
  };
  const told = [
    ...nodes.changes,
    ...tensors.changes,
    ...compareFileParts({ base, compare }, rest, onlyCauseOf([...nodes.changes, ...tensors.changes])),
  ];
  const found = told
    .map((change) => {
      const cause = causeAcross(base, compare, change);
      return cause === change.cause ? change : { ...change, cause };
    })
    .sort(largestFirst);
  const changed = found.filter(({ status }) => status !== 'UNCHANGED');
  const sides = {
    base: sideOf(base, options.baseLabel ?? null),
    compare: sideOf(compare, options.compareLabel ?? null),
  };
  const comparison = {
    ...sides,
    byCause: causesOf(changed),
    totals: totalsOf(base, compare),
    changes: options.unchanged ? found : changed,
    unchanged: found.length - changed.length,
    sameInspectionVersion: base.inspectionVersion === compare.inspectionVersion,
  };
  return { ...comparison, summary: summarize({ ...comparison, changes: changed }) };
}

/** Those that made most of one figure first; among equals as they were. */
export function orderBy(changes: readonly Change[], metric: ComparedMetric): Change[] {
  const field = fieldOf(metric);
  return [...changes].sort((a, b) => Math.abs(b.deltas[field]) - Math.abs(a.deltas[field]));
}

/** Without those behind recurrent nodes. */
function tensorsOf(inspection: ComparableInspection, behindNodes: ReadonlySet<StoredTensor>): TensorList {
  const { tensors: all, tensorTotals } = inspection;
  const own = all.filter((tensor) => !behindNodes.has(tensor));
  return { all, own, leftOut: tensorTotals?.leftOut ?? NO_TENSORS.leftOut };
}

const NO_TENSORS: TensorList = { all: [], own: [], leftOut: { tensors: 0, elements: 0, byteSize: 0 } };

/** The cause of every change of a size; null where there is none, or several. */
function onlyCauseOf(changes: readonly Change[]): ChangeCause | null {
  const causes = new Set(changes.filter(({ deltas }) => !isNothing(deltas)).map(({ cause }) => cause));
  const [only] = causes;
  return causes.size === 1 && only !== undefined ? only : null;
}

/** Between inspection versions, what nothing in the files explains may be the reading; of one file, everything is. */
function causeAcross(
  base: ComparableInspection,
  compare: ComparableInspection,
  { status, cause }: Change,
): ChangeCause {
  if (base.inspectionVersion === compare.inspectionVersion || status === 'UNCHANGED') return cause;
  const isSame = base.digest !== null && base.digest === compare.digest;
  return cause === 'OTHER' || isSame ? 'INSPECTION' : cause;
}

function sizeOf({ delta, deltas }: Change): number {
  return Math.max(Math.abs(delta), Math.abs(deltas.storedElements), Math.abs(deltas.recurrentEffective));
}

function largestFirst(a: Change, b: Change): number {
  return (
    sizeOf(b) - sizeOf(a) ||
    Math.abs(b.deltas.totalByteSize) - Math.abs(a.deltas.totalByteSize) ||
    CHANGE_CAUSES.indexOf(a.cause) - CHANGE_CAUSES.indexOf(b.cause)
  );
}

function causesOf(changes: readonly Change[]): CausesByMetric {
  const by = (valueOf: (deltas: Amounts) => number) => causesBy(changes, valueOf);
  return {
    ...byMetric((metric) => by((deltas) => deltas[metric])),
    classes: byClass((name) => by((deltas) => deltas.classes[name])),
  };
}

function causesBy(changes: readonly Change[], valueOf: (deltas: Amounts) => number): CauseDelta[] {
  const sums = new Map<ChangeCause, number>();
  for (const { cause, deltas } of changes) sums.set(cause, (sums.get(cause) ?? 0) + valueOf(deltas));
  return [...sums]
    .map(([cause, delta]) => ({ cause, delta }))
    .filter(({ delta }) => delta !== 0)
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
}

function totalsOf(base: ComparableInspection, compare: ComparableInspection): Comparison['totals'] {
  const [before, after] = [figuresOf(base), figuresOf(compare)];
  return {
    ...byMetric((metric) => totalOf(before[metric], after[metric])),
    classes: byClass((name) => totalOf(base.classes[name], compare.classes[name])),
  };
}

function totalOf(base: number | null, compare: number | null): ComparedTotal {
  if (base === null || compare === null) return { base, compare, delta: null, ratio: null };
  const delta = compare - base;
  return { base, compare, delta, ratio: base === 0 ? null : delta / base };
}

function sideOf(inspection: ComparableInspection, label: string | null): ComparedSide {
  const { digest, byteSize, inspectionVersion, producerName, producerVersion, nodeCount, recurrent } = inspection;
  return {
    label,
    digest,
    byteSize,
    totalByteSize: totalBytes(inspection),
    inspectionVersion,
    producerName,
    producerVersion,
    nodeCount,
    recurrentNodes: recurrent.nodes,
    unverifiableNodes: recurrent.unverifiableNodes,
    unverifiableWeights: inspection.unverifiableWeights,
  };
}
