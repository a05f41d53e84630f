/**
 * What a recurrent node holds: for each role the stored tensor behind it, where a tensor that several nodes share is held by one of
 * them. Where the inspection tells nothing of single tensors, they are told apart by the scope where their name is found.
 * Most nodes of a large model are alike in all but their names: what follows from the rest is found once for each kind.
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

/** What of a node decides what it holds and how it changed. */
const OF_NODES = [
  'opType',
  'inputSize',
  'hiddenSize',
  'numDirections',
  'direction',
  'biasConvention',
  'peepholes',
  'stored',
  'effective',
] as const;
const OF_WEIGHTS = ['role', 'source', 'dtype', 'elements', 'byteSize'] as const;
const OF_ROLES = ['holding', 'distinct', 'elements', 'params', 'byteSize', 'totalByteSize', 'class'] as const;

export type WeightOfKind = Pick<Weight, (typeof OF_WEIGHTS)[number] | 'chain'>;

/** A node without all that differs between nodes of one kind. */
export interface HeldKind {
  node: Pick<ComparableNode, (typeof OF_NODES)[number]> & { weights: readonly WeightOfKind[] };
  /** Of each weight. */
  roles: readonly Pick<HeldRole, (typeof OF_ROLES)[number]>[];
  amounts: Amounts;
}

export interface HeldNode {
  node: ComparableNode;
  /** The same for nodes of one kind on both sides of a comparison. */
  kind: HeldKind;
}

/** By op type and sizes, the kinds that were met last: no more than a few, so that looking through them takes no time. */
type Kinds = Map<string, HeldKind[]>;
const KINDS_OF_A_SIZE = 8;

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
  const kinds: Kinds = new Map();
  return {
    base: holdOneSide(base.recurrentNodes, ranks.base, { index: index(base), kinds }),
    compare: holdOneSide(compare.recurrentNodes, ranks.compare, { index: index(compare), kinds }),
  };
}

/** Nodes that are on both sides come before others, in the order of the base. */
function holdOneSide(
  nodes: readonly ComparableNode[],
  ranks: ReadonlyMap<number, number>,
  { index, kinds }: Pick<Finding, 'index' | 'kinds'>,
): Held {
  const rank = (at: number) => ranks.get(at) ?? nodes.length + ranks.size + at;
  const order = [...nodes.keys()].sort((a, b) => rank(a) - rank(b));
  const held: Held = { nodes: [], tensors: new Set() };
  const seen = new Set<unknown>();
  for (const at of order) held.nodes[at] = hold(nodes[at]!, { index, kinds, seen, tensors: held.tensors });
  return held;
}

interface Finding {
  index: TensorIndex | null;
  kinds: Kinds;
  /** Tensors and, where they are not told, their names: what was counted already. */
  seen: Set<unknown>;
  tensors: Set<StoredTensor>;
}

function hold(node: ComparableNode, finding: Finding): HeldNode {
  const roles = node.weights.map((weight) => holdRole(node, weight, finding));
  return { node, kind: kindOf(node, roles, finding.kinds) };
}

function kindOf(node: ComparableNode, roles: readonly HeldRole[], kinds: Kinds): HeldKind {
  const size = `${node.opType} ${node.inputSize} ${node.hiddenSize} ${node.stored}`;
  const met = kinds.get(size) ?? [];
  const known = met.find((kind) => isOfKind(kind, node, roles));
  if (known) return known;
  const own = roles.filter(({ holding }) => holding === 'OWN');
  const amounts = nodeAmounts({ stored: node.stored ?? 0, effective: node.effective ?? 0 }, own);
  const found = { node, roles, amounts };
  kinds.set(size, met.length < KINDS_OF_A_SIZE ? [...met, found] : [found]);
  return found;
}

/** In loops: it is asked for every node of both sides, and closures for each would be most of what a comparison leaves to be collected. */
function isOfKind(kind: HeldKind, node: ComparableNode, roles: readonly HeldRole[]): boolean {
  if (kind.roles.length !== roles.length) return false;
  for (const field of OF_NODES) if (kind.node[field] !== node[field]) return false;
  for (let at = 0; at < roles.length; at += 1) {
    const [role, weight] = [kind.roles[at]!, kind.node.weights[at]!];
    for (const field of OF_ROLES) if (role[field] !== roles[at]![field]) return false;
    for (const field of OF_WEIGHTS) if (weight[field] !== node.weights[at]![field]) return false;
    if (!isSameChain(weight.chain, node.weights[at]!.chain)) return false;
  }
  return true;
}

function isSameChain(a: Weight['chain'], b: Weight['chain']): boolean {
  return a.length === b.length && a.every((opType, at) => opType === b[at]);
}

const NOT_STORED: ReadonlySet<Weight['source']> = new Set(['ABSENT', 'GRAPH_INPUT', 'UNDEFINED']);

function holdRole(node: ComparableNode, weight: Weight, { index, seen, tensors }: Finding): HeldRole {
  const { elements, byteSize, tensor: name, source } = weight;
  const isOutside = NOT_STORED.has(source) || elements === null || name === null;
  const tensor = isOutside || !index ? null : index.behind(node, weight);
  if (tensor) {
    tensors.add(tensor);
    return {
      holding: holdFirst(seen, tensor),
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
  const holding = holdFirst(seen, source === 'INITIALIZER' ? place : (weight.contentHash ?? place));
  const inFile = byteSize ?? 0;
  const stored = isJoined ? NOTHING_STORED : { elements, params: elements, byteSize: inFile, totalByteSize: inFile };
  return { holding, distinct: elements, ...stored, class: 'weight' };
}

/** Held by whoever comes first. */
function holdFirst(seen: Set<unknown>, key: unknown): Holding {
  if (seen.has(key)) return 'SHARED';
  seen.add(key);
  return 'OWN';
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
