/**
 * Changes of cells that are written out in small operators: added, removed, resized, renamed, and recurrent nodes that came back as such
 * cells, or the other way round (REWRITTEN). Tensors of a rewritten node are counted with it; those of other cells are changes of their own.
 */
import type { Change, ChangeCause, ChangeSide, ComparableInspection, MatchConfidence } from '../comparison.js';
import type { DecomposedCell } from '../inspection.js';
import { cellOf, layerParts, type LayerSizes } from '../layer/formula.js';
import { CELLS_SINCE } from '../metrics.js';
import type { StoredTensor } from '../stored-tensors.js';
import { type Amounts, cellAmounts, isNothing, minus, NOTHING, scaled, sumOf } from './amounts.js';
import type { HeldNode } from './holdings.js';
import { NO_SIDE } from './no-side.js';
import { branchesOf, match } from './matching.js';
import { nearestTo } from './tensor-index.js';

/** One side: what is left of its nodes once those that are on both sides are matched, and the tensors behind all of them. */
export interface CellSide {
  inspection: ComparableInspection;
  nodes: readonly HeldNode[];
  behindNodes: ReadonlySet<StoredTensor>;
}

export interface CellChanges {
  /** Cells that did not change among them. */
  changes: Change[];
  /** Nodes that are one with cells of the other side: they were neither removed nor added. */
  rewritten: ReadonlySet<HeldNode>;
  held: { base: Amounts; compare: Amounts };
  /** The tensors that are counted with a rewritten node. */
  tensors: { base: StoredTensor[]; compare: StoredTensor[] };
}

export function compareCells(base: CellSide, compare: CellSide): CellChanges {
  // Where one side was not looked through, all cells of the other would be new.
  const isTold = [base, compare].every(({ inspection }) => inspection.inspectionVersion >= CELLS_SINCE);
  const listed = ({ inspection }: CellSide) => (isTold ? inspection.decomposedCells : []);
  const [before, after] = [listed(base), listed(compare)];
  const pairs = match(before.map(toMatchable), after.map(toMatchable));
  const [inBase, inCompare] = [new Set(pairs.map((p) => p.base)), new Set(pairs.map((p) => p.compare))];
  const gone = before.filter((_, at) => !inBase.has(at));
  const made = after.filter((_, at) => !inCompare.has(at));

  const written = holdRewritten(base.nodes, made, compare);
  const unwritten = holdRewritten(compare.nodes, gone, base);
  const taken = new Set([...written, ...unwritten].flatMap(({ parts }) => parts.map(({ held }) => held.cell)));

  const changes = [
    ...written.flatMap((one) => one.parts.flatMap((part) => rewritten(sideOfNode(one, part), sideOfCells(part), part))),
    ...unwritten.flatMap((one) =>
      one.parts.flatMap((part) => rewritten(sideOfCells(part), sideOfNode(one, part), part)),
    ),
    ...pairs.map((pair) => keptCell(before[pair.base]!, after[pair.compare]!, pair.confidence)),
    ...gone.filter((cell) => !taken.has(cell)).map((cell) => oneSided(cell, -1)),
    ...made.filter((cell) => !taken.has(cell)).map((cell) => oneSided(cell, 1)),
  ];
  const heldBy = (all: readonly Rewritten[]) => all.flatMap(({ parts }) => parts.map(({ held }) => held));
  const [heldBefore, heldAfter] = [heldBy(unwritten), heldBy(written)];
  const amountsIn = (cells: readonly DecomposedCell[], held: readonly HeldCell[]) =>
    sumOf([
      ...cells.filter((cell) => !taken.has(cell)).map((cell) => cellAmounts(cell, [])),
      ...held.map(({ amounts }) => amounts),
    ]);
  return {
    changes,
    rewritten: new Set([...written, ...unwritten].map(({ node }) => node)),
    held: { base: amountsIn(before, heldBefore), compare: amountsIn(after, heldAfter) },
    tensors: {
      base: heldBefore.flatMap(({ tensors }) => tensors),
      compare: heldAfter.flatMap(({ tensors }) => tensors),
    },
  };
}

function toMatchable({ path, cell, inputSize, hiddenSize, params }: DecomposedCell) {
  const shape = () => JSON.stringify([inputSize, hiddenSize, params]);
  return { path, hasOwnName: false, kind: cell, shape, contents: () => [], likeness: cell };
}

/** A node that is gone on one side, and each of its directions that is a cell of its own on the other. */
interface Rewritten {
  node: HeldNode;
  parts: Part[];
  /** How many directions came back as nothing. */
  lost: number;
}

interface Part {
  held: HeldCell;
  confidence: MatchConfidence;
}

/** One direction of a node that is gone. */
interface Direction {
  node: HeldNode;
  cell: string;
  m: number | null;
  n: number | null;
}

function holdRewritten(nodes: readonly HeldNode[], cells: readonly DecomposedCell[], side: CellSide): Rewritten[] {
  const pairs = pairDirections(nodes.flatMap(directionsOf), cells);
  if (pairs.length === 0) return [];
  const hold = cellHolder(side);
  const found = new Map<HeldNode, Rewritten>();
  for (const { direction, cell, confidence } of pairs) {
    const { node } = direction;
    const one = found.get(node) ?? { node, parts: [], lost: directionsOf(node).length };
    one.parts.push({ held: hold(cell), confidence });
    one.lost -= 1;
    found.set(node, one);
  }
  return [...found.values()];
}

function directionsOf(held: HeldNode): Direction[] {
  const { opType, inputSize: m, hiddenSize: n, numDirections } = held.node;
  return Array<Direction>(numDirections ?? 1).fill({ node: held, cell: cellOf(opType), m, n });
}

type SizesOf = (cell: string, m: number | null, n: number | null) => (string | number | null)[];

/** Equal sizes first, else in the order of the graph. */
function pairDirections(directions: readonly Direction[], cells: readonly DecomposedCell[]) {
  const passes: [MatchConfidence, SizesOf][] = [
    ['MEDIUM', (cell, m, n) => [cell, m, n]],
    ['MEDIUM', (cell, _, n) => [cell, n]],
    ['MEDIUM', (cell, m) => [cell, m]],
    ['LOW', (cell) => [cell]],
  ];
  const [openDirections, openCells] = [new Set(directions.keys()), new Set(cells)];
  const pairs: { at: number; direction: Direction; cell: DecomposedCell; confidence: MatchConfidence }[] = [];
  for (const [confidence, sizesOf] of passes) {
    if (openDirections.size === 0) break;
    const waiting = new Map<string, DecomposedCell[]>();
    for (const cell of openCells) {
      const key = JSON.stringify(sizesOf(cell.cell, cell.inputSize, cell.hiddenSize));
      waiting.set(key, [...(waiting.get(key) ?? []), cell]);
    }
    for (const list of waiting.values()) list.reverse();
    for (const at of openDirections) {
      const direction = directions[at]!;
      const cell = waiting.get(JSON.stringify(sizesOf(direction.cell, direction.m, direction.n)))?.pop();
      if (cell === undefined) continue;
      openDirections.delete(at);
      openCells.delete(cell);
      pairs.push({ at, direction, cell, confidence });
    }
  }
  return pairs.sort((a, b) => a.at - b.at);
}

/** A cell that is a node on the other side, with the stored tensors behind it. */
interface HeldCell {
  cell: DecomposedCell;
  tensors: StoredTensor[];
  amounts: Amounts;
}

/** What several of the cells share is counted with the first. */
function cellHolder({ inspection, behindNodes }: CellSide): (cell: DecomposedCell) => HeldCell {
  const seen = new Set(behindNodes);
  const byName = new Map<string, StoredTensor[]>();
  for (const tensor of inspection.tensorTotals === null ? [] : inspection.tensors) {
    const list = byName.get(tensor.name);
    if (list) list.push(tensor);
    else byName.set(tensor.name, [tensor]);
  }
  return (cell) => {
    const found = cell.tensors.map(({ tensor, dims }) => nearestTo(byName.get(tensor) ?? [], cell.path, dims));
    const tensors = [...new Set(found)].filter(
      (tensor): tensor is StoredTensor => tensor !== null && !seen.has(tensor),
    );
    for (const tensor of tensors) seen.add(tensor);
    const counted = tensors.map(({ class: elementClass, elements, params, byteSize, external }) => ({
      ...{ class: elementClass, elements, params: params ?? 0, totalByteSize: byteSize, distinct: 0 },
      byteSize: external ? 0 : byteSize,
    }));
    return { cell, tensors, amounts: cellAmounts(cell, counted) };
  };
}

/** A node, one direction of it, or the cell that it is on the other side. */
interface RewrittenSide {
  side: ChangeSide;
  amounts: Amounts;
  /** Of the direction that is on this side alone. */
  alone: Amounts;
  sizes: Sizes | null;
}

interface Sizes {
  m: number;
  n: number;
  /** Params of the same layer at other sizes. */
  paramsAt: (m: number, n: number) => number;
}

function sideOfNode({ node: held, parts, lost }: Rewritten, part: Part): RewrittenSide {
  const { node } = held;
  const first = scaled(held.kind.amounts, 1 / (parts.length + lost));
  const rest = minus(held.kind.amounts, first);
  const alone = lost > 0 ? rest : NOTHING;
  const amounts = parts.length + lost === 1 ? held.kind.amounts : part === parts[0] ? first : rest;
  const { path, name, opType, inputSize: m, hiddenSize: n, direction, biasConvention, peepholes } = node;
  const { storedElements: elements, totalByteSize: byteSize, recurrentPerUse } = sumOf([amounts, alone]);
  const numDirections = parts.length > 1 ? 1 : node.numDirections;
  const params = node.stored === null ? null : recurrentPerUse;
  const sizes = { inputSize: m, hiddenSize: n, direction, numDirections, biasConvention, peepholes };
  const side = { ...NO_SIDE, path, name, opType, ...sizes, params, elements, byteSize };
  if (m === null || n === null || numDirections === null) return { side, amounts, alone, sizes: null };
  const biases = biasConvention === 'NONE' ? 0 : 2;
  return { side, amounts, alone, sizes: { m, n, paramsAt: paramsOf({ cell: cellOf(opType), biases, peepholes }) } };
}

function sideOfCells({ held: { cell, amounts } }: Part): RewrittenSide {
  const { inputSize: m, hiddenSize: n, projectionSize: p, coupledGates: coupled, tensors } = cell;
  const elements = tensors.reduce((sum, { role, elements: count }) => sum + (role === 'B' ? count : 0), 0);
  const ofOne = layerParts({ cell: cell.cell, m, n, D: 1, biases: 1, peepholes: false, coupled }).bias;
  const peepholes = tensors.some(({ role }) => role === 'P');
  const biases = Math.round(elements / Number(ofOne));
  const side = { ...sideOfCell(cell, amounts), numDirections: 1 };
  const sizes = { m, n, paramsAt: paramsOf({ cell: cell.cell, biases, peepholes, p, coupled }) };
  return { side, amounts, alone: NOTHING, sizes };
}

function paramsOf(layer: Omit<LayerSizes, 'm' | 'n' | 'D'>) {
  return (m: number, n: number) => {
    const parts = Object.values(layerParts({ ...layer, m, n, D: 1 }));
    return Number(parts.reduce((sum, part) => sum + part, 0n));
  };
}

/** First written otherwise at the sizes that it had, then led to those that it has: the steps sum exactly. */
function rewritten(base: RewrittenSide, compare: RewrittenSide, { confidence }: Part): Change[] {
  const changes: Change[] = [];
  const pair = { subject: 'NODE' as const, parts: null, confidence };
  const paths = { path: compare.side.path, basePath: base.side.path, opType: compare.side.opType };
  let now = sumOf([base.amounts, base.alone]);
  const step = (cause: ChangeCause, status: Change['status'], next: Amounts) => {
    const deltas = minus(next, now);
    now = next;
    if (status === 'RESIZED' && isNothing(deltas)) return;
    const sides = { base: base.side, compare: compare.side };
    changes.push({ ...pair, ...paths, ...sides, cause, status, deltas, delta: deltas.allRecurrentPerUse });
  };
  const [from, to] = [base.sizes, compare.sizes];
  /** At the sizes of the base, in the writing of the other. */
  const at = (m: number, n: number) => {
    const whole = from === null || to === null || (to.m === m && to.n === n);
    const amounts = whole ? compare.amounts : scaled(compare.amounts, to.paramsAt(m, n) / to.paramsAt(to.m, to.n));
    return sumOf([amounts, base.alone]);
  };
  const [goal, start] = [to ?? { m: 0, n: 0 }, from ?? to ?? { m: 0, n: 0 }];
  step('REWRITTEN', 'RETYPED', at(start.m, start.n));
  step('INPUT_WIDTH', 'RESIZED', at(goal.m, start.n));
  step('HIDDEN_SIZE', 'RESIZED', at(goal.m, goal.n));
  step('DIRECTION', 'RESIZED', sumOf([compare.amounts, compare.alone]));
  return changes;
}

/** The tensors of a cell that stays one are compared by themselves: only what it adds to the recurrent params is told here. */
function keptCell(base: DecomposedCell, compare: DecomposedCell, confidence: MatchConfidence): Change {
  const [before, after] = [cellAmounts(base, []), cellAmounts(compare, [])];
  const deltas = minus(after, before);
  const sides = { base: sideOfCell(base, NOTHING), compare: sideOfCell(compare, NOTHING) };
  const paths = { path: compare.path, basePath: base.path, opType: compare.cell };
  const pair = { subject: 'CELL' as const, parts: null, confidence, ...paths, ...sides };
  if (!isNothing(deltas)) {
    const cause = causeOf(base, compare);
    return { ...pair, status: 'RESIZED', cause, deltas, delta: deltas.allRecurrentPerUse };
  }
  const same = { ...pair, deltas: NOTHING, delta: 0 };
  if (base.path === compare.path) return { ...same, status: 'UNCHANGED', cause: 'OTHER' };
  const isMoved = branchesOf(base.path) !== branchesOf(compare.path);
  return { ...same, status: isMoved ? 'MOVED' : 'RENAMED', cause: 'EXPORTER' };
}

/** The first difference between cells of one kind. A projection has no cause of its own. */
function causeOf(base: DecomposedCell, compare: DecomposedCell): ChangeCause {
  if (base.hiddenSize !== compare.hiddenSize) return 'HIDDEN_SIZE';
  if (base.inputSize !== compare.inputSize) return 'INPUT_WIDTH';
  const inRole = ({ tensors }: DecomposedCell, wanted: 'B' | 'P') =>
    tensors.reduce((sum, { role, elements }) => sum + (role === wanted ? elements : 0), 0);
  if (inRole(base, 'B') !== inRole(compare, 'B')) return 'BIAS_CONVENTION';
  return inRole(base, 'P') === inRole(compare, 'P') ? 'OTHER' : 'PEEPHOLE';
}

function oneSided(cell: DecomposedCell, sign: 1 | -1): Change {
  const amounts = cellAmounts(cell, []);
  const deltas = sign === 1 ? amounts : minus(NOTHING, amounts);
  const side = sideOfCell(cell, NOTHING);
  return {
    ...{ subject: 'CELL', path: cell.path, opType: cell.cell, parts: null, confidence: 'NONE' },
    ...(sign === 1
      ? { status: 'ADDED', cause: 'LAYER_ADDED', basePath: null, base: null, compare: side }
      : { status: 'REMOVED', cause: 'LAYER_REMOVED', basePath: cell.path, base: side, compare: null }),
    deltas,
    delta: deltas.allRecurrentPerUse,
  };
}

function sideOfCell(cell: DecomposedCell, { storedElements: elements, totalByteSize: byteSize }: Amounts): ChangeSide {
  const { path, cell: opType, inputSize, hiddenSize, params } = cell;
  return { ...NO_SIDE, path, opType, inputSize, hiddenSize, params, elements, byteSize };
}
