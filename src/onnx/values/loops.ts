/** Loop and Scan: which value outside stands behind a value of the body, and whether its shape stays the same from step to step. */
import { bodyScope, type Definition, find, findAttribute, type Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';

/** Identity nodes between a state that comes in and the same state that goes out. */
const MAX_STEPS = 100;
/** Inputs of Loop before its states: the trip count and the condition. */
const LOOP_HEAD = 2;

function isLoop({ operator }: Node): boolean {
  return operator?.opType === 'Loop';
}

function isScan({ operator }: Node): boolean {
  return operator?.opType === 'Scan';
}

/** Whether a node runs its body once for each step. */
export function isRepeated(node: Node): boolean {
  return isLoop(node) || isScan(node);
}

/** For an input of a Loop or Scan body: what the node passes in. */
export function seedOf({ scope, input }: Definition & { kind: 'input' }): Definition[] {
  const owner = scope.kind === 'subgraph' ? scope.owner : null;
  const name = owner?.node.inputs[input];
  if (!owner || !name || !isRepeated(owner.node)) return [];
  const seed = find(owner.scope, name)?.definition;
  return seed ? [seed] : [];
}

/** The axis along which Scan feeds this input of its body, one slice a step; null for a state. */
export function scannedAxis({ scope, input }: Pick<Definition & { kind: 'input' }, 'scope' | 'input'>): number | null {
  const { node, scope: around } = scope.owner!;
  if (!isScan(node)) return null;
  const states = node.inputs.length - (findAttribute(around, node, 'num_scan_inputs')?.int ?? 0);
  if (input < states) return null;
  return findAttribute(around, node, 'scan_input_axes')?.ints[input - states] ?? 0;
}

/** Scan demands that states keep their shape; Loop does not, so there the state has to come out as it went in. */
export function keepsShape(definition: Definition & { kind: 'input' }): boolean {
  const { scope, input } = definition;
  const { node } = scope.owner!;
  if (isScan(node)) return true;
  return isLoop(node) && input >= LOOP_HEAD && comesOutUnchanged(scope, definition);
}

/** The name of what a body gives for a state's next step; '' for what is no state. */
function nextName({ scope, input }: Definition & { kind: 'input' }): string {
  const node = scope.owner?.node;
  if (!node || scope.kind !== 'subgraph') return '';
  if (isLoop(node)) return input < LOOP_HEAD ? '' : (scope.graph.outputs[input - LOOP_HEAD + 1] ?? '');
  return isScan(node) && scannedAxis({ scope, input }) === null ? (scope.graph.outputs[input] ?? '') : '';
}

/** For a state of a Loop or Scan body: what the body gives for its next step. Null for what is no state. */
export function nextState(state: Definition & { kind: 'input' }): Definition | null {
  const name = nextName(state);
  return name === '' ? null : (find(state.scope, name)?.definition ?? null);
}

/** Whether a state of a Loop or Scan body is the same at every step. */
export function comesOutUnchanged(body: Scope, state: Definition & { kind: 'input' }): boolean {
  let name = nextName(state);
  for (let step = 0; step < MAX_STEPS && name !== ''; step += 1) {
    const at = find(body, name)?.definition;
    if (at === state) return true;
    if (at?.kind !== 'output' || at.scope !== body || at.node.operator?.opType !== 'Identity') return false;
    name = at.node.inputs[0] ?? '';
  }
  return false;
}

/** For an output of Loop or Scan that is a state: its start first, then its end in the body. Null for other definitions. */
export function carriedOutput(
  definition: Definition & { kind: 'output' },
): { sources: Definition[]; keepsShape: boolean } | null {
  const { node, scope, output } = definition;
  const graph = node.attributes.find((a) => a.name === 'body')?.graphs[0];
  if (!graph || !isRepeated(node)) return null;
  const scanned = isScan(node) ? (findAttribute(scope, node, 'num_scan_inputs')?.int ?? 0) : 0;
  const head = isLoop(node) ? LOOP_HEAD : 0;
  const input = head + output;
  if (input >= node.inputs.length - scanned) return null;
  const body = bodyScope(scope, node, 'body', graph);
  const start = find(scope, node.inputs[input] ?? '')?.definition;
  const end = find(body, graph.outputs[isLoop(node) ? output + 1 : output] ?? '')?.definition;
  const entry = graph.inputs[input];
  const state = entry ? find(body, entry.name)?.definition : undefined;
  return {
    sources: [start, end].filter((source) => source !== undefined),
    keepsShape: start !== undefined && state?.kind === 'input' && keepsShape(state),
  };
}
