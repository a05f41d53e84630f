/**
 * What a recurrent node holds: for each role the stored elements and bytes behind it, where a tensor that several nodes share is
 * held by one of them. Tensors are told apart by the scope where their name is found, and the name.
 */
import type { ComparableInspection } from '../comparison.js';
import type { RecurrentNode, Weight } from '../inspection.js';
import { type Amounts, NOTHING, plus, storedAmounts } from './amounts.js';
import type { Match } from './matching.js';

/** OWN: stored, and counted here; SHARED: counted with another node or role; OUTSIDE: the file stores nothing for it. */
export type Holding = 'OWN' | 'SHARED' | 'OUTSIDE';

export interface HeldRole {
  holding: Holding;
  /** Elements and bytes behind the role, counted here or not; bytes in other files are none. */
  elements: number;
  byteSize: number;
}

export interface HeldNode {
  node: RecurrentNode;
  roles: Map<Weight['role'], HeldRole>;
  amounts: Amounts;
}

/** Of both sides at once, so that a tensor shared by the same nodes before and after is held by the same one. */
export function holdNodes(base: ComparableInspection, compare: ComparableInspection, matches: readonly Match[]) {
  const ranks = { base: new Map<number, number>(), compare: new Map<number, number>() };
  for (const pair of matches) {
    ranks.base.set(pair.base, pair.base);
    ranks.compare.set(pair.compare, pair.base);
  }
  return {
    base: holdOneSide(base.recurrentNodes, ranks.base),
    compare: holdOneSide(compare.recurrentNodes, ranks.compare),
  };
}

/** Nodes that are on both sides come before others, in the order of the base. */
function holdOneSide(nodes: readonly RecurrentNode[], ranks: ReadonlyMap<number, number>): HeldNode[] {
  const rank = (index: number) => ranks.get(index) ?? nodes.length + ranks.size + index;
  const order = [...nodes.keys()].sort((a, b) => rank(a) - rank(b));
  const held: HeldNode[] = [];
  const seen = new Set<string>();
  for (const index of order) held[index] = hold(nodes[index]!, seen);
  return held;
}

function hold(node: RecurrentNode, seen: Set<string>): HeldNode {
  const roles = new Map<Weight['role'], HeldRole>();
  let amounts: Amounts = {
    ...NOTHING,
    recurrentPerUse: node.stored ?? 0,
    recurrentEffective: node.effective ?? 0,
  };
  for (const weight of node.weights) {
    const role = holdRole(node, weight, seen);
    roles.set(weight.role, role);
    if (role.holding !== 'OWN') continue;
    const stored = storedAmounts('weight', role.elements, role.byteSize);
    amounts = plus(amounts, { ...stored, recurrentDistinct: role.elements });
  }
  return { node, roles, amounts };
}

function holdRole(node: RecurrentNode, weight: Weight, seen: Set<string>): HeldRole {
  const { elements, byteSize, tensor } = weight;
  const isOutside = ['ABSENT', 'GRAPH_INPUT', 'UNDEFINED'].includes(weight.source) || byteSize === 0;
  if (isOutside || elements === null || tensor === null) return { holding: 'OUTSIDE', elements: 0, byteSize: 0 };
  const key = JSON.stringify([scopeOf(node.path, weight.hops), tensor]);
  const holding = seen.has(key) ? 'SHARED' : 'OWN';
  seen.add(key);
  return { holding, elements, byteSize: byteSize ?? 0 };
}

/** The path of the scope so many scopes outward: names hold slashes, so that only branches and bodies are seen. */
function scopeOf(path: string, hops: number): string {
  const scopes = [...path.matchAll(/\.(then_branch|else_branch|body)\//g)];
  if (hops >= scopes.length) return '';
  const last = scopes[scopes.length - 1 - hops]!;
  return path.slice(0, last.index + last[0].length);
}
