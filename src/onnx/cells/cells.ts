/**
 * Recurrent cells that are written out in small operators: found by structure, never by name, each once however often it is
 * unrolled. They are no recurrent nodes and stand in totals of their own. Bounded: what is left out is said.
 */
import { WeighbridgeError } from '../../core/errors.js';
import type { DecomposedCell, DecomposedTotals } from '../../core/inspection.js';
import { gruPatterns, lstmPatterns, rnnPattern } from './cell-patterns.js';
import { CellUses } from './cell-roles.js';
import type { CellStates } from './cell-states.js';
import { type WeighedCell, weighGru, weighLstm, weighRnn } from './cell-weights.js';
import { definitionOf, Flow } from '../values/flow.js';
import type { Folding } from '../values/folding.js';
import { bodyScope, callScope, MAX_CALL_DEPTH, type Scope } from '../graph/graph.js';
import { nodeLabel } from '../graph/labels.js';
import type { Node } from '../graph/model.js';
import type { Warnings } from '../graph/warnings.js';
import { Preactivations } from './preactivation.js';
import { isRecurrentName } from './recurrent-names.js';

/** Cells that are listed; the totals count all. The largest real models have some ten. */
const MAX_LISTED = 1_000;
/** Definitions examined, and nodes of functions once they stand at every call. Beyond, no more cells are looked for. */
const MAX_STEPS = 10_000_000;
const MAX_CALLED_NODES = 200_000;

interface Needs {
  folding: Folding;
  warnings: Warnings;
}

interface Values {
  flow: Flow;
  sums: Preactivations;
}

/** `scopes` are all graphs of the model, function bodies too: without a gate in any of them there is nothing to look for. */
export function findCells(
  { folding, warnings }: Needs,
  main: Scope,
  scopes: readonly Scope[],
): { decomposedCells: DecomposedCell[]; decomposed: DecomposedTotals; cellStates: CellStates } {
  const gated = scopes.some(({ graph }) => graph.nodes.some(endsGate));
  const flow = new Flow(folding);
  const sums = new Preactivations(flow);
  const uses = gated ? findUses({ folding, warnings }, { flow, sums }, main) : new CellUses();
  const { cells, unclear, cellStates } = uses.cells({ flow, sums });
  for (const path of unclear) {
    warnings.add(
      'CELL_UNCLEAR',
      'a cell written out in small operators has matrices whose sizes fit no cell that is known; it is not counted',
      path,
    );
  }
  const named = scopes.flatMap((scope) => namedNodes(scope, folding).map((node) => ({ scope, node })));
  for (const { scope, node } of named) {
    const message = `${JSON.stringify(node.opType)} is no operator that the reader knows, and its name is that of a recurrent layer: it is in no recurrent total`;
    warnings.add('CELL_UNCLEAR', message, `${scope.path}/${nodeLabel(scope.graph, node)}`);
  }
  if (cells.length > MAX_LISTED) {
    warnings.add(
      'CELLS_CUT',
      `${MAX_LISTED} of ${cells.length} cells written out in small operators are listed; their totals count all`,
    );
  }
  const params = cells.reduce((sum, cell) => sum + BigInt(cell.params), 0n);
  if (params > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new WeighbridgeError('LIMIT_EXCEEDED', 'cells written out in small operators claim more than 2^53−1 params');
  }
  const decomposedCells = cells.slice(0, MAX_LISTED);
  for (const { path, tensors } of decomposedCells) {
    main.work.tell(tensors.reduce((sum, { tensor }) => sum + tensor.length, path.length));
  }
  const isWhole = unclear.length + named.length === 0 && !uses.isCut;
  return { cellStates, decomposedCells, decomposed: { cells: cells.length, params: Number(params), isWhole } };
}

/** Every gate ends in a sigmoid, in a Clip that may be one, or in a quotient; a plain recurrent cell ends as the layers of most models do. */
function endsGate({ operator }: Node): boolean {
  return operator?.activation !== undefined || operator?.opType === 'Exp';
}

/** Nodes that no row describes and that no function of the file stands for, with the name of a recurrent layer. */
function namedNodes({ graph }: Scope, { functions }: Folding): Node[] {
  const names = new Map<string, boolean>();
  return graph.nodes.filter((node) => {
    if (node.operator) return false;
    const { opType } = node;
    if (!names.has(opType)) names.set(opType, isRecurrentName(opType));
    return names.get(opType)! && !functions.called(node);
  });
}

function findUses({ folding, warnings }: Needs, { flow, sums }: Values, main: Scope): CellUses {
  const uses = new CellUses();
  let called = 0;
  let spent = 0;
  for (const scope of everyPlace(main, folding)) {
    if (scope.callDepth > 0) called += scope.graph.nodes.length;
    for (const node of scope.graph.nodes) {
      if (flow.steps > MAX_STEPS || called > MAX_CALLED_NODES) {
        warnings.add(
          'CELLS_UNSEEN',
          'the model is too large to look everywhere for cells written out in small operators',
        );
        uses.isCut = true;
        return uses;
      }
      const weighed = weighedAt({ flow, sums }, scope, node);
      scope.work.spend(1 + flow.steps - spent);
      spent = flow.steps;
      if (!weighed) continue;
      uses.add({ weighed, path: `${scope.path}/${nodeLabel(scope.graph, node)}` });
    }
  }
  return uses;
}

function weighedAt({ flow, sums }: Values, scope: Scope, node: Node): WeighedCell | null {
  const { opType, operator, outputs } = node;
  const isSum = opType === 'Add' || opType === 'Sub' || opType === 'Sum';
  // A tanh in smaller operators ends in one of these.
  const isActivation = operator?.activation !== undefined || opType === 'Div' || opType === 'Sub';
  if (opType !== 'Mul' && !isSum && !isActivation) return null;
  const made = definitionOf(scope, outputs[0] ?? '');
  if (made?.kind !== 'output' || made.node !== node) return null;
  if (opType === 'Mul') return firstOf(lstmPatterns(flow, made), (pattern) => weighLstm(flow, sums, pattern));
  const gru = isSum ? firstOf(gruPatterns(flow, made), (pattern) => weighGru(flow, sums, pattern)) : null;
  if (gru || !isActivation) return gru;
  const pattern = rnnPattern(flow, made);
  return pattern && weighRnn(flow, sums, pattern);
}

function firstOf<T>(patterns: readonly T[], weigh: (pattern: T) => WeighedCell | null): WeighedCell | null {
  for (const pattern of patterns) {
    const weighed = weigh(pattern);
    if (weighed) return weighed;
  }
  return null;
}

/** The main graph, bodies where their node stands, functions at each call; a function inside itself is not followed. */
function* everyPlace(main: Scope, { functions }: Folding): Generator<Scope> {
  const open = [main];
  for (let scope = open.pop(); scope; scope = open.pop()) {
    yield scope;
    const inner: Scope[] = [];
    for (const node of scope.graph.nodes) {
      for (const a of node.attributes) for (const graph of a.graphs) inner.push(bodyScope(scope, node, a.name, graph));
      const body = functions.called(node);
      if (body && scope.callDepth < MAX_CALL_DEPTH && !isInside(scope, body.graph)) {
        inner.push(callScope(scope, node, body));
      }
    }
    for (const each of inner.reverse()) open.push(each);
  }
}

function isInside(scope: Scope, graph: Scope['graph']): boolean {
  for (let at: Scope | null = scope; at; at = at.owner?.scope ?? null) if (at.graph === graph) return true;
  return false;
}
