/**
 * What a recurrent node holds: for each role the stored tensor behind it, where a tensor that several nodes share is held by one of
 * them. Where the inspection tells nothing of single tensors, they are told apart by the scope where their name is found.
 */
import type { ComparableInspection, ComparableNode } from '../comparison.js';
import type { Weight } from '../inspection.js';
import type { CountedTensor } from '../metrics.js';
import type { StoredTensor } from '../stored-tensors.js';
import { type Amounts, nodeAmounts } from './amounts.js';
import type { Match } from './matching.js';
import { indexTensors, type TensorIndex } from './tensor-index.js';

/** OWN: stored, and counted here; SHARED: counted with another node or role; OUTSIDE: the file stores nothing for it. */
export type Holding = 'OWN' | 'SHARED' | 'OUTSIDE';

/** What is stored behind a role, counted here or not. */
interface HeldRole extends CountedTensor {
  holding: Holding;
  /** Where several tensors are joined all figures but `distinct` are 0: each of them is a change of its own. */
  elements: number;
}

export interface HeldNode {
  node: ComparableNode;
  roles: Partial<Record<Weight['role'], HeldRole>>;
  amounts: Amounts;
}

export interface Held {
  nodes: HeldNode[];
  /** The tensors behind their roles. */
  tensors: Set<StoredTensor>;
}

/** Of both sides at once, so that a tensor shared by the same nodes before and after is held by the same one. */
export function holdNodes(
  base: ComparableInspection,
  compare: ComparableInspection,
  matches: readonly Match[],
): { base: Held; compare: Held } {
  const ranks = { base: new Map<number, number>(), compare: new Map<number, number>() };
  for (const pair of matches) {
    ranks.base.set(pair.base, pair.base);
    ranks.compare.set(pair.compare, pair.base);
  }
  const isTold = base.tensorTotals !== null && compare.tensorTotals !== null;
  const index = (inspection: ComparableInspection) => (isTold ? indexTensors(inspection) : null);
  return {
    base: holdOneSide(base.recurrentNodes, ranks.base, index(base)),
    compare: holdOneSide(compare.recurrentNodes, ranks.compare, index(compare)),
  };
}

/** Nodes that are on both sides come before others, in the order of the base. */
function holdOneSide(
  nodes: readonly ComparableNode[],
  ranks: ReadonlyMap<number, number>,
  index: TensorIndex | null,
): Held {
  const rank = (at: number) => ranks.get(at) ?? nodes.length + ranks.size + at;
  const order = [...nodes.keys()].sort((a, b) => rank(a) - rank(b));
  const held: Held = { nodes: [], tensors: new Set() };
  const seen = new Set<unknown>();
  for (const at of order) held.nodes[at] = hold(nodes[at]!, { index, seen, tensors: held.tensors });
  return held;
}

interface Finding {
  index: TensorIndex | null;
  /** Tensors and, where they are not told, their names: what was counted already. */
  seen: Set<unknown>;
  tensors: Set<StoredTensor>;
}

function hold(node: ComparableNode, finding: Finding): HeldNode {
  const roles: HeldNode['roles'] = {};
  const tensors: CountedTensor[] = [];
  for (const weight of node.weights) {
    const role = holdRole(node, weight, finding);
    roles[weight.role] = role;
    if (role.holding === 'OWN') tensors.push(role);
  }
  const amounts = nodeAmounts({ stored: node.stored ?? 0, effective: node.effective ?? 0 }, tensors);
  return { node, roles, amounts };
}

function holdRole(node: ComparableNode, weight: Weight, { index, seen, tensors }: Finding): HeldRole {
  const { elements, byteSize, tensor: name, source } = weight;
  const own = (key: unknown): Holding => {
    const isCounted = seen.has(key);
    seen.add(key);
    return isCounted ? 'SHARED' : 'OWN';
  };
  const isOutside = ['ABSENT', 'GRAPH_INPUT', 'UNDEFINED'].includes(source) || elements === null || name === null;
  const tensor = isOutside || !index ? null : index.behind(node, weight);
  if (tensor) {
    tensors.add(tensor);
    return {
      holding: own(tensor),
      // Sparse tensors are dense to the recurrent node.
      distinct: source === 'SPARSE_INITIALIZER' ? (elements ?? 0) : tensor.elements,
      elements: tensor.elements,
      params: tensor.params ?? 0,
      byteSize: tensor.external ? 0 : tensor.byteSize,
      totalByteSize: tensor.byteSize,
      class: tensor.class,
    };
  }
  // With a byte size of 0 it is made in the graph, as by ConstantOfShape.
  if (isOutside || byteSize === 0) return NOTHING_HELD;
  const isJoined = index?.isWhole === true;
  const place = JSON.stringify([scopeOf(node.path, weight.hops), name]);
  // Equal contents that are stored twice are not one tensor, so the content decides only where the way to the tensor is not known.
  const holding = own(source === 'INITIALIZER' ? place : (weight.contentHash ?? place));
  const inFile = byteSize ?? 0;
  const stored = isJoined ? NOTHING_STORED : { elements, params: elements, byteSize: inFile, totalByteSize: inFile };
  return { holding, distinct: elements, ...stored, class: 'weight' };
}

const NOTHING_STORED = { elements: 0, params: 0, byteSize: 0, totalByteSize: 0 };
const NOTHING_HELD: HeldRole = { holding: 'OUTSIDE', distinct: 0, ...NOTHING_STORED, class: 'weight' };

/** The path of the scope so many scopes outward: names hold slashes, so that only branches and bodies are seen. */
function scopeOf(path: string, hops: number): string {
  const scopes = [...path.matchAll(/\.(then_branch|else_branch|body)\//g)];
  if (hops >= scopes.length) return '';
  const last = scopes[scopes.length - 1 - hops]!;
  return path.slice(0, last.index + last[0].length);
}
