/** Changes of recurrent nodes and, by cells.ts, of cells that are written out: added, removed, resized, retyped, renamed, moved or unchanged, each with its causes. */
import type { Change, ChangeSide, ComparableInspection, ComparableNode, MatchConfidence } from '../comparison.js';
import type { Weight } from '../inspection.js';
import type { StoredTensor } from '../stored-tensors.js';
import { type Amounts, minus, NOTHING, sumOf } from './amounts.js';
import { compareCells } from './cells.js';
import { type Held, type HeldKind, type HeldNode, holdNodes } from './holdings.js';
import { match, type Matchable } from './matching.js';
import { NO_PARTS, partsOf, type Step, stepsBetween } from './steps.js';

export interface NodeChanges {
  /** Nodes that did not change among them. */
  changes: Change[];
  /** What the nodes hold of each side's totals. */
  held: { base: Amounts; compare: Amounts };
  /** The tensors behind them. */
  tensors: { base: ReadonlySet<StoredTensor>; compare: ReadonlySet<StoredTensor> };
}

export function compareNodes(base: ComparableInspection, compare: ComparableInspection): NodeChanges {
  const pairs = match(base.recurrentNodes.map(toMatchable), compare.recurrentNodes.map(toMatchable));
  const held = holdNodes(base, compare, pairs);
  const steps = stepsByKind();
  const changes = pairs.flatMap((pair) =>
    changesOf(held.base.nodes[pair.base]!, held.compare.nodes[pair.compare]!, pair.confidence, steps),
  );
  const [matchedBase, matchedCompare] = [new Set(pairs.map((p) => p.base)), new Set(pairs.map((p) => p.compare))];
  const gone = held.base.nodes.filter((_, index) => !matchedBase.has(index));
  const made = held.compare.nodes.filter((_, index) => !matchedCompare.has(index));
  const cells = compareCells(
    { inspection: base, nodes: gone, behindNodes: held.base.tensors },
    { inspection: compare, nodes: made, behindNodes: held.compare.tensors },
  );
  for (const node of gone) if (!cells.rewritten.has(node)) changes.push(removed(node));
  for (const node of made) if (!cells.rewritten.has(node)) changes.push(added(node));
  return {
    changes: [...changes, ...cells.changes],
    held: {
      base: sumOf([amountsIn(held.base), cells.held.base]),
      compare: sumOf([amountsIn(held.compare), cells.held.compare]),
    },
    tensors: {
      base: new Set([...held.base.tensors, ...cells.tensors.base]),
      compare: new Set([...held.compare.tensors, ...cells.tensors.compare]),
    },
  };
}

function amountsIn({ nodes }: Held): Amounts {
  return sumOf(nodes.map(({ kind }) => kind.amounts));
}

function toMatchable(node: ComparableNode): Matchable {
  const { path, name, opType, weights, inputSize: m, hiddenSize: n, numDirections: D } = node;
  // As exporters count: LSTM, LSTM_12, LSTM12.
  const isCounted = name === '' || (name.startsWith(opType) && /^_?\d*$/.test(name.slice(opType.length)));
  return {
    path,
    hasOwnName: !isCounted,
    kind: opType,
    shape: () => JSON.stringify([m, n, D, weights.map(({ dims }) => dims)]),
    contents: () => contentsOf(node),
    likeness: opType,
  };
}

/** R first: it alone says much where the input width changed. Nothing unless all weights are known. */
function contentsOf({ weights }: ComparableNode): string[] {
  const given = weights.filter(({ source }) => source !== 'ABSENT');
  const hashes = given.map(({ contentHash }) => contentHash);
  const [first] = hashes.splice(
    given.findIndex(({ role }) => role === 'R'),
    1,
  );
  const all = [first, ...hashes];
  return all.every((hash) => typeof hash === 'string') ? all : [];
}

type StepsOf = (base: HeldNode, compare: HeldNode) => readonly Step[];

/** Pairs of the same two kinds took the same steps, which are found once. */
function stepsByKind(): StepsOf {
  const known = new Map<HeldKind, Map<HeldKind, readonly Step[]>>();
  return (base, compare) => {
    const ofBase = known.get(base.kind) ?? new Map<HeldKind, readonly Step[]>();
    const steps = ofBase.get(compare.kind) ?? stepsBetween(base.kind, compare.kind);
    known.set(base.kind, ofBase.set(compare.kind, steps));
    return steps;
  };
}

function changesOf(base: HeldNode, compare: HeldNode, confidence: MatchConfidence, stepsOf: StepsOf): Change[] {
  const [before, after] = [sideOf(base), sideOf(compare)];
  // Written out: spreading a step into each of thousands of changes takes longer than to find them.
  const change = ({ status, cause, deltas, parts }: Step): Change => ({
    subject: 'NODE',
    status,
    cause,
    path: compare.node.path,
    basePath: base.node.path,
    opType: compare.node.opType,
    delta: deltas.recurrentPerUse,
    parts,
    deltas,
    base: before,
    compare: after,
    confidence,
  });
  const steps = stepsOf(base, compare);
  if (steps.length > 0) return steps.map(change);
  const same = { deltas: NOTHING, parts: NO_PARTS };
  if (base.node.path === compare.node.path) return [change({ ...same, status: 'UNCHANGED', cause: 'OTHER' })];
  const isMoved = scopeOf(base.node) !== scopeOf(compare.node);
  return [change({ ...same, status: isMoved ? 'MOVED' : 'RENAMED', cause: 'EXPORTER' })];
}

/** The path without the name, which may hold slashes. */
function scopeOf({ path, name }: ComparableNode): string {
  return name !== '' && path.endsWith(`/${name}`)
    ? path.slice(0, -name.length)
    : path.slice(0, path.lastIndexOf('/') + 1);
}

function removed(held: HeldNode): Change {
  return {
    ...oneSided(held, -1),
    status: 'REMOVED',
    cause: 'LAYER_REMOVED',
    path: held.node.path,
    basePath: held.node.path,
    base: sideOf(held),
    compare: null,
  };
}

function added(held: HeldNode): Change {
  return {
    ...oneSided(held, 1),
    status: 'ADDED',
    cause: 'LAYER_ADDED',
    path: held.node.path,
    basePath: null,
    base: null,
    compare: sideOf(held),
  };
}

function oneSided({ node, kind: { amounts } }: HeldNode, sign: 1 | -1) {
  const deltas = sign === 1 ? amounts : minus(NOTHING, amounts);
  return {
    subject: 'NODE' as const,
    opType: node.opType,
    delta: deltas.recurrentPerUse,
    deltas,
    parts: partsOf(node, sign),
    confidence: 'NONE' as const,
  };
}

function sideOf({ node, kind: { amounts } }: HeldNode): ChangeSide {
  const largest = node.weights.reduce<Weight | null>(
    (most, weight) => ((weight.elements ?? 0) > (most?.elements ?? 0) ? weight : most),
    null,
  );
  return {
    path: node.path,
    name: node.name,
    opType: node.opType,
    inputSize: node.inputSize,
    hiddenSize: node.hiddenSize,
    direction: node.direction,
    numDirections: node.numDirections,
    biasConvention: node.biasConvention,
    peepholes: node.peepholes,
    dtype: largest?.dtype ?? null,
    dims: largest?.dims ?? null,
    params: node.stored,
    elements: amounts.storedElements,
    byteSize: amounts.totalByteSize,
    producer: null,
  };
}
