/**
 * Recurrent cells that are written out in small operators: found by structure, never by name, each once however often it is
 * unrolled. They are no recurrent nodes and stand in totals of their own. Bounded: what is left out is said.
 */
import { WeighbridgeError } from '../../core/errors.js';
import type { DecomposedCell, DecomposedTotals } from '../../core/inspection.js';
import { gruPatterns, lstmPatterns } from './cell-patterns.js';
import { CellUses } from './cell-roles.js';
import { type WeighedCell, weighGru, weighLstm } from './cell-weights.js';
import { definitionOf, Flow, madeBy } from '../values/flow.js';
import type { Folding } from '../values/folding.js';
import { bodyScope, callScope, MAX_CALL_DEPTH, type Scope } from '../graph/graph.js';
import { nodeLabel } from '../graph/labels.js';
import type { Node } from '../graph/model.js';
import type { Warnings } from '../graph/warnings.js';
import { Preactivations } from './preactivation.js';

/** Cells that are listed; the totals count all. The largest real models have some ten. */
const MAX_LISTED = 1_000;
/** Definitions examined, and nodes of functions once they stand at every call. Beyond, no more cells are looked for. */
const MAX_STEPS = 10_000_000;
const MAX_CALLED_NODES = 200_000;

interface Needs {
  folding: Folding;
  warnings: Warnings;
}

/** `scopes` are all graphs of the model, function bodies too: without a gate in any of them there is nothing to look for. */
export function findCells(
  { folding, warnings }: Needs,
  main: Scope,
  scopes: readonly Scope[],
): { decomposedCells: DecomposedCell[]; decomposed: DecomposedTotals } {
  const gated = scopes.some(({ graph }) => graph.nodes.some(endsGate));
  const flow = new Flow(folding);
  const cells = gated ? findUses({ folding, warnings }, flow, main).cells(flow) : [];
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
  return { decomposedCells, decomposed: { cells: cells.length, params: Number(params) } };
}

/** Every gate ends in a sigmoid, or in a Clip that may be one. */
function endsGate({ operator }: Node): boolean {
  return operator?.activation === 'sigmoid' || operator?.activation === 'clip';
}

function findUses({ folding, warnings }: Needs, flow: Flow, main: Scope): CellUses {
  const sums = new Preactivations(flow);
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
        return uses;
      }
      const weighed = weighedAt(flow, sums, scope, node);
      scope.work.spend(1 + flow.steps - spent);
      spent = flow.steps;
      if (!weighed) continue;
      uses.add({ weighed, path: `${scope.path}/${nodeLabel(scope.graph, node)}` });
    }
  }
  return uses;
}

function weighedAt(flow: Flow, sums: Preactivations, scope: Scope, node: Node): WeighedCell | null {
  const { opType, outputs } = node;
  if (opType !== 'Mul' && opType !== 'Add' && opType !== 'Sub' && opType !== 'Sum') return null;
  const made = definitionOf(scope, outputs[0] ?? '');
  if (!made || madeBy(made, opType) !== node) return null;
  if (opType === 'Mul') {
    for (const pattern of lstmPatterns(flow, made)) {
      const weighed = weighLstm(flow, sums, pattern);
      if (weighed) return weighed;
    }
    return null;
  }
  for (const pattern of gruPatterns(flow, made)) {
    const weighed = weighGru(flow, sums, pattern);
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
