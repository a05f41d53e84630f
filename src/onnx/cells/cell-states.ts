/** First states of cells that are stored in the file: they are no parameters, as the initial states of recurrent nodes are none. */
import type { Definition } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { definitionOf, type Flow, madeBy } from '../values/flow.js';
import { seedOf } from '../values/loops.js';
import type { WeighedCell } from './cell-weights.js';

/** For each stored tensor, or node of a Constant, that a cell starts from: the nodes of its cells, which may take it as their state. */
export type CellStates = Map<unknown, Set<Node>>;

/** Nodes of one use of a cell; an exported LSTM has some forty. */
const MAX_NODES = 1_000;
/** Operators between a stored tensor and the state. */
const MAX_MOVES = 100;

/** Which matrices of a cell take its state, by the key of their weight: as all of their data, or as one part of it. */
export type StateParts = ReadonlyMap<string, number | 'all'>;

/** Adds the states among those that one use of a cell takes which are stored. */
export function addCellStates(found: CellStates, flow: Flow, weighed: WeighedCell, parts: StateParts): void {
  const states = statesOf(weighed, parts);
  for (const state of states) {
    const seed = state.kind === 'input' ? seedOf(state)[0] : state;
    const stored = seed && storedBehind(flow, seed);
    const key = stored && flow.storedValue(seed)?.key;
    // Zeros may serve as a bias too.
    if (!stored || weighed.biases.some((bias) => bias.key === key)) continue;
    const nodes = found.get(stored) ?? new Set<Node>();
    found.set(stored, nodes);
    if (state.kind === 'input' && state.scope.owner) nodes.add(state.scope.owner.node);
    else for (const node of nodesOf(flow, weighed, states)) nodes.add(node);
  }
}

function statesOf({ states, c, matrices }: WeighedCell, parts: StateParts): Definition[] {
  const taken = matrices.flatMap((matrix) => {
    const part = parts.get(matrix.weight.key);
    const state = part === 'all' ? matrix.data : part === undefined ? undefined : matrix.parts[part];
    return state ? [state] : [];
  });
  return [...taken, ...states, ...(c ? [c] : [])];
}

/** The tensor, or the Constant, that a value is, however often it is repeated. */
function storedBehind(flow: Flow, value: Definition): unknown {
  if (!flow.isStored(value)) return null;
  let at: Definition | null = value;
  for (let moves = 0; at && moves < MAX_MOVES; moves += 1) {
    if (at.kind === 'initializer' || at.kind === 'sparse') return at.tensor;
    if (at.kind !== 'output') return null;
    if (at.node.operator?.opType === 'Constant') return at.node;
    if (!at.node.operator?.moves) return null;
    at = flow.input(at, 0);
  }
  return null;
}

/** The nodes between what a cell takes and what it makes. */
function nodesOf(flow: Flow, weighed: WeighedCell, states: readonly Definition[]): Set<Node> {
  const { made, nextC, matrices } = weighed;
  const ends = new Set([...states, ...matrices.map(({ data }) => data)]);
  const nodes = new Set<Node>();
  const seen = new Set<Definition>();
  const open: Definition[] = [made, ...(nextC ? [nextC] : [])];
  for (let at = open.pop(); at && nodes.size < MAX_NODES; at = open.pop()) {
    const root = flow.root(at);
    if (seen.has(root) || root.kind !== 'output') continue;
    seen.add(root);
    const isEnd = ends.has(root) && root !== made && root !== nextC;
    // Of what it takes only the joint of input and state is its own, and the product with a reset gate.
    if (isEnd && !madeBy(root, 'Concat') && !weighed.states.has(root)) continue;
    nodes.add(root.node);
    if (isEnd) continue;
    for (const name of root.node.inputs) {
      const from = definitionOf(root.scope, name);
      if (from) open.push(from);
    }
  }
  return nodes;
}
