/**
 * Finds recurrent stacks: nodes of one cell type chained output → input through operators that only move elements about, with
 * bidirectional layers written as two nodes taken as one. Weighs nothing: sizes and counts are those of the nodes.
 */
import type { RecurrentNode, RecurrentStack, StackLayer } from '../../core/inspection.js';
import { cellOf } from '../../core/layer/formula.js';
import { recurrentParameters } from '../../core/layer/stack.js';
import type { Folding } from '../values/folding.js';
import { type Definition, find, type RecurrentSite, type Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { movesInput } from '../operators/operator.js';

/** Steps from one layer to the one below; real models have up to eight. */
const MAX_STEPS = 200;
/** The formula takes no more. */
const MAX_LAYERS = 10_000;

interface Sized {
  site: RecurrentSite;
  node: RecurrentNode & {
    inputSize: number;
    hiddenSize: number;
    numDirections: number;
    stored: number;
    expected: number;
  };
}

/** A layer while stacks are built. */
interface Unit {
  members: Sized[];
  below: Unit | null;
  above: Unit[];
}

/** Where a value comes from, looking through transparent operators. */
interface Origin {
  /** Recurrent nodes whose sequence output Y reaches it. */
  nodes: Sized[];
  /** Everything else that reaches it. */
  others: Definition[];
  /** Whether the sequence is turned around on the way. */
  reversed: boolean;
}

export function findStacks(
  sites: readonly RecurrentSite[],
  recurrentNodes: readonly RecurrentNode[],
  folding: Folding,
): RecurrentStack[] {
  const sized = sites.flatMap((site, i) => {
    const node = recurrentNodes[i]!;
    return isSized(node) ? [{ site, node }] : [];
  });
  const tracer = new Tracer(sized, folding);
  const units = new Map<Sized, Unit>();
  for (const [first, second] of pairs(sized, tracer)) {
    if (units.has(first) || units.has(second)) continue;
    const unit: Unit = { members: [first, second], below: null, above: [] };
    units.set(first, unit);
    units.set(second, unit);
  }
  for (const one of sized) if (!units.has(one)) units.set(one, { members: [one], below: null, above: [] });
  const all = [...new Set(units.values())];
  for (const unit of all) {
    unit.below = layerBelow(unit, units, tracer);
    unit.below?.above.push(unit);
  }
  // Where two layers read one, neither continues it.
  const starts = all.filter((unit) => unit.below === null || unit.below.above.length > 1);
  return starts.map((start) => stackOf(climb(start)));
}

function isSized(node: RecurrentNode): node is Sized['node'] {
  const { inputSize, hiddenSize, numDirections, stored, expected } = node;
  return (
    [inputSize, hiddenSize, numDirections].every((size) => size !== null && size > 0) &&
    stored !== null &&
    expected !== null
  );
}

class Tracer {
  readonly #folding: Folding;
  readonly #byPlace = new Map<Scope, Map<Node, Sized>>();

  constructor(sized: readonly Sized[], folding: Folding) {
    this.#folding = folding;
    for (const one of sized) {
      const { scope, node } = one.site;
      const nodes = this.#byPlace.get(scope) ?? new Map<Node, Sized>();
      this.#byPlace.set(scope, nodes.set(node, one));
    }
  }

  /** The scopes that hold recurrent nodes. */
  scopes(): Iterable<Scope> {
    return this.#byPlace.keys();
  }

  origin(scope: Scope, name: string): Origin {
    const origin: Origin = { nodes: [], others: [], reversed: false };
    const start = find(scope, name)?.definition;
    if (!start) return origin;
    const seen = new Set<Definition>([start]);
    const open = [start];
    for (let at = open.pop(); at; at = open.pop()) {
      const below = this.#lookThrough(at, origin);
      scope.work.spend(1 + (below?.length ?? 0));
      if (below === null || seen.size > MAX_STEPS) {
        origin.others.push(at);
        continue;
      }
      for (const source of below) {
        if (seen.has(source)) continue;
        seen.add(source);
        open.push(source);
      }
    }
    return origin;
  }

  /** What a definition passes on, [] when it is the output of a recurrent node, null when it is something else. */
  #lookThrough(definition: Definition, origin: Origin): Definition[] | null {
    if (definition.kind !== 'output') return null;
    const { node, scope, output } = definition;
    const recurrent = this.#byPlace.get(scope)?.get(node);
    if (recurrent) {
      if (output !== 0) return null;
      origin.nodes.push(recurrent);
      return [];
    }
    const inner = this.#folding.innerOutputs(definition);
    if (inner) return inner;
    const { operator } = node;
    // What repeats elements changes the features that the next layer takes.
    if (!operator?.moves || operator.moves === 'REPEATS') return null;
    if (operator.moves === 'REVERSES' || this.#stepsBack(definition)) origin.reversed = !origin.reversed;
    return node.inputs.flatMap((input, position) =>
      input === '' || !movesInput(operator, position) ? [] : (find(scope, input)?.definition ?? []),
    );
  }

  #stepsBack(definition: Definition & { kind: 'output' }): boolean {
    const { node, scope } = definition;
    if (node.operator?.opType !== 'Slice' || (node.inputs[4] ?? '') === '') return false;
    return this.#folding.knownOf(scope, node.inputs[4]!)?.values?.some((step) => step < 0) ?? false;
  }
}

/** Two nodes of one shape that read one input in opposite directions, and whose outputs meet in a Concat. */
function* pairs(sized: readonly Sized[], tracer: Tracer): Generator<[Sized, Sized]> {
  if (sized.length < 2) return;
  for (const scope of tracer.scopes()) {
    for (const node of scope.graph.nodes) {
      if (node.operator?.moves !== 'JOINS' || node.inputs.length !== 2) continue;
      const outputs = node.inputs.map((name) => tracer.origin(scope, name));
      const [first, second] = outputs.map((origin) => (origin.nodes.length === 1 ? origin.nodes[0]! : null));
      if (!first || !second || first === second || !alike(first, second) || first.node.numDirections !== 1) continue;
      const inputs = [first, second].map(({ site }) => tracer.origin(site.scope, site.node.inputs[0] ?? ''));
      if (!sameOrigin(inputs[0]!, inputs[1]!)) continue;
      const backward = [first, second].map(
        ({ node: weighed }, i) => (weighed.direction === 'reverse') !== inputs[i]!.reversed,
      );
      if (backward[0] !== backward[1]) yield [first, second];
    }
  }
}

function alike(a: Sized, b: Sized): boolean {
  const key = ({ node }: Sized) =>
    [cellOf(node.opType), node.inputSize, node.hiddenSize, node.numDirections, hasBias(node), node.peepholes].join();
  return key(a) === key(b);
}

function sameOrigin(a: Origin, b: Origin): boolean {
  const parts = [new Set([...a.nodes, ...a.others]), new Set([...b.nodes, ...b.others])];
  return parts[0]!.size > 0 && parts[0]!.size === parts[1]!.size && [...parts[0]!].every((part) => parts[1]!.has(part));
}

/** The one layer whose outputs, and nothing else, this layer reads; null when there is none. */
function layerBelow(unit: Unit, units: ReadonlyMap<Sized, Unit>, tracer: Tracer): Unit | null {
  const [first] = unit.members;
  const { site, node } = first!;
  const origin = tracer.origin(site.scope, site.node.inputs[0] ?? '');
  const candidates = new Set(origin.nodes.map((below) => units.get(below)!));
  const [below] = candidates;
  if (!below || candidates.size > 1 || below === unit || origin.others.length > 0) return null;
  if (new Set(origin.nodes).size !== below.members.length) return null;
  const under = below.members[0]!.node;
  return cellOf(under.opType) === cellOf(node.opType) && node.inputSize === outputSize(below) ? below : null;
}

function outputSize({ members }: Unit): number {
  return members.reduce((sum, { node }) => sum + node.numDirections * node.hiddenSize, 0);
}

function climb(start: Unit): Unit[] {
  const layers = [start];
  const seen = new Set(layers);
  for (let at = start; at.above.length === 1 && !seen.has(at.above[0]!); at = at.above[0]!) {
    layers.push(at.above[0]!);
    seen.add(at.above[0]!);
  }
  return layers;
}

function stackOf(units: readonly Unit[]): RecurrentStack {
  const nodes = units.flatMap((unit) => unit.members.map(({ node }) => node));
  const layers = units.map(layerOf);
  const [first] = nodes;
  const [lowest] = layers;
  const uniform = units.every(({ members }, i) => {
    const { node } = members[0]!;
    const sameShape =
      layers[i]!.hiddenSize === lowest!.hiddenSize && layers[i]!.numDirections === lowest!.numDirections;
    return sameShape && hasBias(node) === hasBias(first!) && node.peepholes === first!.peepholes;
  });
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const params = sum(nodes.map((node) => node.stored));
  const agree = nodes.every((node) => node.verdict === 'MATCH');
  // A contradiction in a node is told by the node; a formula for the whole would only repeat it.
  const expected =
    uniform && agree && layers.length <= MAX_LAYERS
      ? recurrentParameters({
          opType: cellOf(first!.opType),
          inputSize: lowest!.inputSize,
          hiddenSize: lowest!.hiddenSize,
          layers: layers.length,
          bidirectional: lowest!.numDirections === 2,
          bias: hasBias(first!) ? 'DOUBLE' : 'NONE',
          peepholes: first!.peepholes,
        }).params
      : sum(nodes.map((node) => node.expected));
  return {
    path: first!.path,
    opType: first!.opType,
    layers,
    params,
    expected,
    uniform,
    verdict: agree && params === expected ? 'MATCH' : 'MISMATCH',
  };
}

function layerOf({ members }: Unit): StackLayer {
  const { inputSize, hiddenSize } = members[0]!.node;
  return {
    inputSize,
    hiddenSize,
    numDirections: members.reduce((sum, { node }) => sum + node.numDirections, 0),
    params: members.reduce((sum, { node }) => sum + node.stored, 0),
    nodes: members.map(({ node }) => node.path),
  };
}

function hasBias(node: RecurrentNode): boolean {
  return node.weights.some(({ role, source }) => role === 'B' && source !== 'ABSENT');
}
