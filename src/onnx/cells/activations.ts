/** The activation that a value comes from, by operator. What is done with it is the business of cell-patterns.ts. */
import { definitionOf, type Flow } from '../values/flow.js';
import { type Definition, findAttribute } from '../graph/graph.js';
import type { ActivationKind } from '../operators/operator.js';
import { doubledOf, halfOf, sigmoidOf, tanhOf } from './written-out-activations.js';

export interface Activation {
  kind: ActivationKind;
  opType: string;
  /** What it is applied to. */
  of: Definition;
  /** The same for two uses of one value: the piece taken after the activation, or else what the activation is applied to. */
  identity: Definition;
  /** Whether a piece of the activated value is taken. */
  cut: boolean;
}

type Made = Pick<Activation, 'kind' | 'opType' | 'of'>;

/** The activation that made a value, or a larger value that this is a piece of; null for none. */
export function activationOf(flow: Flow, definition: Definition): Activation | null {
  let found = FOUND.get(flow);
  if (!found) FOUND.set(flow, (found = new Map<Definition, Activation | null>()));
  let activation = found.get(definition);
  if (activation === undefined) found.set(definition, (activation = lookBehind(flow, definition)));
  return activation;
}

/** One value may be asked for as often as there are nodes that take it. */
const FOUND = new WeakMap<Flow, Map<Definition, Activation | null>>();

function lookBehind(flow: Flow, definition: Definition): Activation | null {
  const root = flow.root(definition);
  const made = activationAt(flow, root);
  if (made) return { ...made, identity: flow.root(made.of), cut: false };
  if (!flow.step(root)?.cut) return null;
  const whole = activationAt(flow, flow.whole(root));
  return whole && { ...whole, identity: root, cut: true };
}

function activationAt(flow: Flow, definition: Definition): Made | null {
  if (definition.kind !== 'output' || definition.output !== 0) return null;
  const { node, scope } = definition;
  const activation = node.operator?.activation;
  const kind = activation === 'clip' ? clipKind(flow, definition) : activation;
  const of = kind && definitionOf(scope, node.inputs[0] ?? '');
  return of ? { kind, opType: node.opType, of } : writtenOut(flow, definition);
}

/** A sigmoid or tanh made of straight lines ends in a Clip to its range. */
function clipKind(flow: Flow, { scope, node }: Definition & { kind: 'output' }): ActivationKind | undefined {
  const bound = (input: number, name: string) => {
    const given = node.inputs[input] ?? '';
    return given === '' ? findAttribute(scope, node, name)?.float : flow.folding.knownOf(scope, given)?.values?.[0];
  };
  const [low, high] = [bound(1, 'min'), bound(2, 'max')];
  if (high !== 1) return undefined;
  return low === 0 ? 'sigmoid' : low === -1 ? 'other' : undefined;
}

/** In smaller operators than one. */
function writtenOut(flow: Flow, definition: Definition): Made | null {
  const sigmoid = sigmoidOf(flow, definition);
  if (sigmoid) return { kind: 'sigmoid', opType: 'Sigmoid', of: sigmoid };
  const tanh = tanhOf(flow, definition);
  if (tanh) return { kind: 'tanh', opType: 'Tanh', of: tanh };
  const doubled = doubledOf(flow, definition);
  const inner = doubled && activationAt(flow, flow.root(doubled));
  const of = inner?.kind === 'sigmoid' ? halfOf(flow, flow.root(inner.of)) : null;
  return of && { kind: 'tanh', opType: 'Tanh', of };
}
