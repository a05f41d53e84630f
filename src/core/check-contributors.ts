/**
 * Who made the delta of a finding: parts of the model, or versions since a pinned base; without a delta, what the value is made of.
 * Shares sum to the delta, or the value. Pure.
 */
import type { Change, ComparableInspection } from './comparison.js';
import { compareInspections } from './drift/compare.js';
import { STORAGE_TYPES } from './layer/estimate.js';
import type { Contributor, Finding, Followed, VersionContribution } from './check/check.js';
import type { RecurrentOpType } from './inspection.js';
import { selectNow, selectThen } from './check/selection.js';
import type { MetricQuestion, NodeSelector } from './measurements.js';
import { factsOf, fieldOf, isCompared, type MeasuredParts, type Metric } from './metrics.js';

/** More would not be read; the rest is summed up in one. */
export const CONTRIBUTORS_SHOWN = 10;
/** Versions since a pinned base. */
const VERSIONS_SHOWN = 50;

export type Part = Omit<Contributor, 'share'>;

/** What did not pass, when something grew or shrank, or there was nothing to compare a value over its limit with. */
export function isWorthExplaining({ outcome, reason, delta }: Finding): boolean {
  return outcome !== 'PASS' && (delta === null ? reason === 'BROKEN' : delta !== 0);
}

/** The largest first; what is left over, or over ten, is one of its own without a path. */
export function shareParts(parts: readonly Part[], delta: number): Contributor[] {
  const changed = parts.filter((part) => part.delta !== 0).sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
  const shown = changed.slice(0, CONTRIBUTORS_SHOWN);
  const rest = delta - shown.reduce((sum, part) => sum + part.delta, 0);
  if (rest !== 0) shown.push({ path: null, opType: null, cause: null, delta: rest });
  return shown.map((part) => ({ ...part, share: shareOf(part.delta, delta) }));
}

/** Nodes and cells before and after, and what a comparison says happened to the nodes; without changes all are paired by path. */
export interface PartsCompared {
  base: MeasuredParts;
  subject: MeasuredParts;
  changes: readonly Change[];
  /** As of `Sides`. */
  carried?: readonly Followed[];
}

/** Of a metric that is a sum over nodes and cells: each of them with what it is more or less. A renamed node is one. */
export function summedParts(
  { base, subject, changes, carried = [] }: PartsCompared,
  selector: NodeSelector | null,
  { metric }: MetricQuestion,
): Part[] {
  const { node: ofNode, cell: ofCell } = factsOf(metric);
  const selecting = { metric, selector: selector ?? { opType: null, path: null } };
  const now = selectNow(selecting, subject, { base, subject, changes, carried });
  const then = selectThen(selecting, { base, subject, changes, carried }, now, true);
  const causes = causesByPath(changes, metric);
  const pathsNow = new Map<string | null, Set<string>>();
  for (const { basePath, path } of changes) {
    if (path !== null) pathsNow.set(basePath, (pathsNow.get(basePath) ?? new Set()).add(path));
  }
  const parts = new Map<string, Part>();
  const add = (path: string, opType: RecurrentOpType, delta: number) => {
    const part = parts.get(path) ?? { path, opType, cause: causes.get(path)?.cause ?? null, delta: 0 };
    parts.set(path, { ...part, delta: part.delta + delta });
  };
  // A node of two directions may have become two cells, alike.
  const addTo = (paths: readonly string[], opType: RecurrentOpType, delta: number) => {
    for (const path of paths) add(path, opType, delta / paths.length);
  };
  const addAll = ({ nodes, cells }: MeasuredParts, sign: 1 | -1, pathsFor: (path: string) => string[]) => {
    for (const node of nodes) addTo(pathsFor(node.path), node.opType, sign * (ofNode?.value(node) ?? 0));
    for (const cell of cells) addTo(pathsFor(cell.path), cell.opType, sign * (ofCell?.value(cell) ?? 0));
  };
  addAll(now.parts, 1, (path) => [path]);
  addAll(then, -1, (path) => [...(pathsNow.get(path) ?? [path])]);
  return [...parts.values()];
}

/** Of all that happened to a node, what changed the metric most; none where nothing that is known did. */
function causesByPath(changes: readonly Change[], metric: Metric) {
  const causes = new Map<string | null, { cause: Change['cause']; size: number }>();
  for (const change of changes) {
    const size = sizeOf(change, metric);
    if (size > (causes.get(change.path)?.size ?? 0)) causes.set(change.path, { cause: change.cause, size });
  }
  return causes;
}

/** What makes a node have more or less state. */
const STATE_CAUSES: readonly Change['cause'][] = [
  'OP_TYPE',
  'HIDDEN_SIZE',
  'DIRECTION',
  'LAYER_ADDED',
  'LAYER_REMOVED',
];

/** How much a change of a node has to do with a metric; the work and the state of a node grow with its params. */
function sizeOf({ cause, deltas }: Change, metric: Metric): number {
  const { node, cell } = factsOf(metric);
  if (node?.grownBy === 'effective') return Math.abs(deltas.recurrentEffective);
  if (node?.grownBy === 'state' && !STATE_CAUSES.includes(cause)) return 0;
  return Math.abs(cell ? deltas.allRecurrentPerUse : deltas.recurrentPerUse);
}

/** What a change adds to a metric; undefined where a comparison does not tell. */
function deltaOf({ deltas }: Change, { metric, dtype }: MetricQuestion): number | undefined {
  if (isCompared(metric)) return deltas[fieldOf(metric)];
  const { change, figureOf } = factsOf(metric);
  if (figureOf === undefined) return change?.(deltas);
  return Math.trunc((deltas[fieldOf(figureOf)] * STORAGE_TYPES[dtype ?? 'FP32']) / 8);
}

/** The changes of a comparison as parts of a metric; null where it does not tell of that metric. */
export function changeParts(changes: readonly Change[], question: MetricQuestion): Part[] | null {
  const parts: Part[] = [];
  for (const change of changes) {
    const delta = deltaOf(change, question);
    if (delta === undefined) return null;
    const { path, basePath, opType, cause } = change;
    parts.push({ path: path ?? basePath, opType, cause, delta });
  }
  return parts;
}

/** All that there is of a metric over the whole file, as if it were added to nothing; null where that is told of no part. */
export function ownParts(subject: ComparableInspection, question: MetricQuestion): Part[] | null {
  const parts = changeParts(compareInspections(nothingOf(subject), subject).changes, question);
  return parts && parts.map((part) => ({ ...part, cause: null }));
}

/** Read and written by the same programs, so that nothing but the sizes differs. */
function nothingOf(subject: ComparableInspection): ComparableInspection {
  const none = { tensors: 0, elements: 0, byteSize: 0 };
  return {
    ...subject,
    byteSize: 0,
    externalData: [],
    nodeCount: 0,
    storedElements: 0,
    modelParams: 0,
    modelParamsEffective: 0,
    unverifiableWeights: 0,
    classes: { weight: 0, state: 0, buffer: 0, quantization: 0, integer: 0, scalar: 0, unused: 0 },
    bytes: { weights: 0, constants: 0, graph: 0, metadata: 0, padding: 0 },
    recurrent: { nodes: 0, unverifiableNodes: 0, perUse: 0, distinct: 0, effective: 0, effectiveDistinct: 0 },
    recurrentNodes: [],
    decomposed: { cells: 0, params: 0, isWhole: true },
    decomposedCells: [],
    tensors: [],
    tensorTotals: subject.tensorTotals && { ...none, leftOut: none },
  };
}

/** `steps`: the figure of the base and of each version after it, by number; the last is the subject. */
export function shareVersions(steps: readonly { number: number | null; value: number }[]): VersionContribution[] {
  const [base, subject] = [steps[0], steps.at(-1)];
  if (base === undefined || subject === undefined) return [];
  const whole = subject.value - base.value;
  const changes = steps.slice(1).map(({ number, value }, index) => {
    const delta = value - (steps[index]?.value ?? 0);
    return { number, delta, share: shareOf(delta, whole) };
  });
  const changed = changes.filter(({ delta }) => delta !== 0);
  if (changed.length <= VERSIONS_SHOWN) return changed;
  const largest = [...changed].sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta)).slice(0, VERSIONS_SHOWN);
  return changed.filter((change) => largest.includes(change));
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
