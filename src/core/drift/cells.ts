/**
 * Changes of cells that are written out in small operators: added, removed, resized, and recurrent nodes that came back as such cells, or
 * the other way round (REWRITTEN). Tensors of a rewritten node are counted with it; those of other cells are changes of their own.
 */
import type { Change, ChangeCause, ChangeSide, ComparableInspection } from '../comparison.js';
import type { DecomposedCell } from '../inspection.js';
import { cellOf, GATES, layerParts } from '../layer/formula.js';
import { CELLS_SINCE } from '../metrics.js';
import type { StoredTensor } from '../stored-tensors.js';
import { type Amounts, cellAmounts, isNothing, minus, NOTHING, scaled, sumOf } from './amounts.js';
import type { HeldNode } from './holdings.js';
import { match } from './matching.js';

/** One side: what is left of its nodes once those that are on both sides are matched, and the tensors behind all of them. */
export interface CellSide {
  inspection: ComparableInspection;
  nodes: readonly HeldNode[];
  behindNodes: ReadonlySet<StoredTensor>;
}

export interface CellChanges {
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

  const hold = (side: CellSide, pairs: ReturnType<typeof pairRewritten>) => {
    // What two of them share is stored once.
    const counted = new Set(side.behindNodes);
    return pairs.map(({ node, cells }) => ({ node, held: holdCells(side.inspection, cells, counted) }));
  };
  const written = hold(compare, pairRewritten(base.nodes, made));
  const unwritten = hold(base, pairRewritten(compare.nodes, gone));
  const taken = new Set([...written, ...unwritten].flatMap(({ held }) => held.cells));

  const changes = [
    ...written.flatMap(({ node, held }) => rewritten(sideOfNode(node), sideOfCells(held))),
    ...unwritten.flatMap(({ node, held }) => rewritten(sideOfCells(held), sideOfNode(node))),
    ...pairs.flatMap((pair) => resized(before[pair.base]!, after[pair.compare]!, pair.confidence)),
    ...gone.filter((cell) => !taken.has(cell)).map((cell) => oneSided(cell, -1)),
    ...made.filter((cell) => !taken.has(cell)).map((cell) => oneSided(cell, 1)),
  ];
  const amountsIn = (cells: readonly DecomposedCell[], held: readonly HeldCells[]) =>
    sumOf([
      ...cells.filter((cell) => !taken.has(cell)).map((cell) => cellAmounts(cell, [])),
      ...held.map(({ amounts }) => amounts),
    ]);
  const [heldBefore, heldAfter] = [unwritten.map(({ held }) => held), written.map(({ held }) => held)];
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
  const shape = JSON.stringify([inputSize, hiddenSize, params]);
  return { path, hasOwnName: false, kind: cell, shape, contents: [], likeness: cell };
}

/** A node that is gone on one side with what is new on the other: a cell, or two alike for two directions. Equal sizes first. */
function pairRewritten(nodes: readonly HeldNode[], cells: readonly DecomposedCell[]) {
  const open = new Set(cells);
  const pairs = new Map<HeldNode, DecomposedCell[]>();
  const fits: ((node: HeldNode['node'], cell: DecomposedCell) => boolean)[] = [
    (node, cell) => node.hiddenSize === cell.hiddenSize && node.inputSize === cell.inputSize,
    (node, cell) => node.hiddenSize === cell.hiddenSize,
    (node, cell) => node.inputSize === cell.inputSize,
    () => true,
  ];
  for (const fit of fits) {
    for (const held of nodes) {
      if (open.size === 0) break;
      if (pairs.has(held)) continue;
      const { node } = held;
      const first = find(open, (cell) => cell.cell === cellOf(node.opType) && fit(node, cell));
      if (!first) continue;
      open.delete(first);
      const second = node.numDirections === 2 ? find(open, (cell) => isAlike(cell, first)) : undefined;
      if (second) open.delete(second);
      pairs.set(held, second ? [first, second] : [first]);
    }
  }
  return [...pairs].map(([node, found]) => ({ node, cells: found }));
}

function find<T>(things: Iterable<T>, fits: (thing: T) => boolean): T | undefined {
  for (const thing of things) if (fits(thing)) return thing;
  return undefined;
}

function isAlike(a: DecomposedCell, b: DecomposedCell): boolean {
  return a.cell === b.cell && a.inputSize === b.inputSize && a.hiddenSize === b.hiddenSize;
}

/** The cells that stand for one node, with the stored tensors behind them. */
interface HeldCells {
  cells: DecomposedCell[];
  tensors: StoredTensor[];
  amounts: Amounts;
}

function holdCells(inspection: ComparableInspection, cells: DecomposedCell[], seen: Set<StoredTensor>): HeldCells {
  const names = new Set(cells.flatMap(({ tensors }) => tensors.map(({ tensor }) => tensor)));
  const isTold = inspection.tensorTotals !== null;
  const own = inspection.tensors.filter((tensor) => isTold && names.has(tensor.name) && !seen.has(tensor));
  for (const tensor of own) seen.add(tensor);
  const counted = own.map(({ class: elementClass, elements, byteSize, external }) => ({
    ...{ class: elementClass, elements, totalByteSize: byteSize, distinct: 0 },
    byteSize: external ? 0 : byteSize,
  }));
  const params = cells.reduce((sum, cell) => sum + cell.params, 0);
  return { cells, tensors: own, amounts: cellAmounts({ params }, counted) };
}

/** A node, or the cells that stand for it. */
interface RewrittenSide {
  side: ChangeSide;
  amounts: Amounts;
  sizes: Sizes | null;
}

interface Sizes {
  m: number;
  n: number;
  /** Params of the same layer at other sizes. */
  paramsAt: (m: number, n: number) => number;
}

function sideOfNode({ node, amounts }: HeldNode): RewrittenSide {
  const { inputSize: m, hiddenSize: n, numDirections: D, peepholes, biasConvention } = node;
  const { storedElements: elements, totalByteSize: byteSize } = amounts;
  const { path, name, opType, direction } = node;
  const sizes = { inputSize: m, hiddenSize: n, direction, numDirections: D, biasConvention, peepholes };
  const side = { ...NO_SIDE, path, name, opType, ...sizes, params: node.stored, elements, byteSize };
  if (m === null || n === null || D === null) return { side, amounts, sizes: null };
  const biases = biasConvention === 'NONE' ? 0 : 2;
  return { side, amounts, sizes: { m, n, paramsAt: paramsOf(cellOf(opType), D, biases, peepholes) } };
}

function sideOfCells({ cells, amounts }: HeldCells): RewrittenSide {
  const [cell] = cells as [DecomposedCell];
  const { inputSize: m, hiddenSize: n, tensors } = cell;
  const elements = tensors.reduce((sum, { role, elements: count }) => sum + (role === 'B' ? count : 0), 0);
  const biases = Math.round(elements / (GATES[cell.cell].length * n));
  const peepholes = tensors.some(({ role }) => role === 'P');
  const side = { ...sideOfCell(cell, amounts), params: amounts.allRecurrentPerUse, numDirections: cells.length };
  return { side, amounts, sizes: { m, n, paramsAt: paramsOf(cell.cell, cells.length, biases, peepholes) } };
}

function paramsOf(cell: DecomposedCell['cell'] | 'RNN', D: number, biases: number, peepholes: boolean) {
  return (m: number, n: number) => {
    const { input, recurrent, bias, peephole } = layerParts({ cell, m, n, D, biases, peepholes });
    return Number(input + recurrent + bias + peephole);
  };
}

/** First written otherwise at the sizes that it had, then led to those that it has: the steps sum exactly. */
function rewritten(base: RewrittenSide, compare: RewrittenSide): Change[] {
  const changes: Change[] = [];
  const pair = { subject: 'NODE' as const, parts: null, confidence: 'MEDIUM' as const };
  const paths = { path: compare.side.path, basePath: base.side.path, opType: compare.side.opType };
  let now = base.amounts;
  const step = (cause: ChangeCause, status: Change['status'], next: Amounts) => {
    const deltas = minus(next, now);
    now = next;
    if (status === 'RESIZED' && isNothing(deltas)) return;
    const sides = { base: base.side, compare: compare.side };
    changes.push({ ...pair, ...paths, ...sides, cause, status, deltas, delta: deltas.allRecurrentPerUse });
  };
  const [from, to] = [base.sizes, compare.sizes];
  const at = (m: number, n: number) =>
    to === null ? compare.amounts : scaled(compare.amounts, to.paramsAt(m, n) / to.paramsAt(to.m, to.n));
  if (from === null || to === null || (from.m === to.m && from.n === to.n)) {
    step('REWRITTEN', 'RETYPED', compare.amounts);
    return changes;
  }
  step('REWRITTEN', 'RETYPED', at(from.m, from.n));
  if (from.n === to.n) step('INPUT_WIDTH', 'RESIZED', compare.amounts);
  else {
    if (from.m !== to.m) step('INPUT_WIDTH', 'RESIZED', at(to.m, from.n));
    step('HIDDEN_SIZE', 'RESIZED', compare.amounts);
  }
  return changes;
}

/** The tensors of a cell that stays one are compared by themselves: only what it adds to the recurrent params is told here. */
function resized(base: DecomposedCell, compare: DecomposedCell, confidence: Change['confidence']): Change[] {
  const [before, after] = [cellAmounts(base, []), cellAmounts(compare, [])];
  const deltas = minus(after, before);
  if (isNothing(deltas)) return [];
  const isWider = base.hiddenSize !== compare.hiddenSize;
  const cause = isWider ? 'HIDDEN_SIZE' : base.inputSize !== compare.inputSize ? 'INPUT_WIDTH' : 'BIAS_CONVENTION';
  const sides = { base: sideOfCell(base, NOTHING), compare: sideOfCell(compare, NOTHING) };
  const paths = { path: compare.path, basePath: base.path, opType: compare.cell };
  const of = { subject: 'CELL' as const, parts: null, status: 'RESIZED' as const, confidence };
  return [{ ...of, ...paths, ...sides, cause, deltas, delta: deltas.allRecurrentPerUse }];
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

const NO_SIDE: ChangeSide = {
  path: null,
  name: null,
  opType: null,
  inputSize: null,
  hiddenSize: null,
  direction: null,
  numDirections: null,
  biasConvention: null,
  peepholes: null,
  dtype: null,
  dims: null,
  params: null,
  elements: 0,
  byteSize: 0,
  producer: null,
};
