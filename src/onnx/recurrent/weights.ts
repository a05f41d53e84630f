/**
 * Resolves what a recurrent node receives in a role: where it comes from, through which operators, and which stored tensors
 * stand behind it. Shapes are folding's business, zeros are zeros.ts's.
 */
import type { Weight, WeightRole, WeightSource } from '../../core/inspection.js';
import { contentHash } from '../read/content-hash.js';
import { dataTypeName, isInteger, product } from '../read/dtypes.js';
import { constantAttribute, type Folding, knownAttribute } from '../values/folding.js';
import { type Definition, find, isOmittedArgument, type Scope } from '../graph/graph.js';
import { MAX_ELSEWHERE } from '../graph/claims.js';
import { nodeLabel } from '../graph/labels.js';
import type { Attribute, Node, SparseTensor, Tensor } from '../graph/model.js';
import { carriesValues, inputOf, isQuantizationOnly } from '../operators/operator.js';
import { isFollowed } from '../operators/views.js';
import { contentHashOf } from '../graph/tensors.js';

/** Operators told in a chain. */
const MAX_CHAIN = 60;

/** Told in a chain behind an operator whose result has no shape but the one that the file declares for it. */
const DECLARED = 'value_info';

/** A stored tensor behind a role. Two leaves are the same tensor when their keys are. */
export interface Leaf {
  key: Tensor | SparseTensor | Attribute;
  /** Dense, and whole even if a slice is used. */
  elements: number;
  byteSize: number | null;
  /** Integers are weights only where their values get to the role: shapes, indices and masks are passed on the way. */
  isInteger: boolean;
  /** Null for what is no dense tensor, or was not read. */
  contentHash: string | null;
}

export interface Resolved {
  weight: Weight;
  dims: number[] | null;
  blocker: string | null;
  definition: Definition | null;
  leaves: Leaf[];
}

export function resolveWeight(folding: Folding, scope: Scope, name: string, role: WeightRole): Resolved {
  const found = name === '' ? null : find(scope, name);
  if (!found) {
    const source: WeightSource = isOmittedArgument(scope, name) ? 'ABSENT' : 'UNDEFINED';
    const weight: Weight = {
      role,
      source,
      tensor: source === 'ABSENT' ? null : name,
      dims: null,
      dtype: null,
      elements: source === 'ABSENT' ? 0 : null,
      byteSize: source === 'ABSENT' ? 0 : null,
      contentHash: null,
      hops: 0,
      chain: [],
    };
    const blocker = source === 'ABSENT' ? null : `nothing in the file is named ${quoted(name)}`;
    return { weight, dims: null, blocker, definition: null, leaves: [] };
  }
  const { definition, hops } = found;
  scope.work.tell(name.length);
  const known = folding.known(definition);
  const { weights, chain, contentHash: hash, available } = trace(folding, definition);
  const elements = known ? product(known.dims) : null;
  const isClaim = elements !== null && isMoreThanThere(elements, available, folding.capacity);
  return {
    weight: {
      role,
      source: sourceOf(definition),
      tensor: name,
      dims: known?.dims ?? null,
      dtype: known ? dataTypeName(known.dataType) : null,
      elements: isClaim ? null : elements,
      byteSize: weights.some((leaf) => leaf.byteSize === null)
        ? null
        : weights.reduce((sum, leaf) => sum + (leaf.byteSize ?? 0), 0),
      contentHash: hash,
      hops,
      chain,
    },
    dims: isClaim ? null : (known?.dims ?? null),
    blocker: isClaim ? `${quoted(name)} ${TOO_MANY}` : known ? null : blockerOf(folding, definition),
    definition,
    leaves: weights,
  };
}

const TOO_MANY = 'claims more elements than its values in the file can be';

/** Whether a value is larger than what it is made of and than the file: one that a shape fills, or that the caller would have to give. */
function isMoreThanThere(elements: number, available: number, capacity: number): boolean {
  return elements > MAX_ELSEWHERE || (elements > capacity && elements > available);
}

function sourceOf(definition: Definition): WeightSource {
  switch (definition.kind) {
    case 'initializer':
      return 'INITIALIZER';
    case 'sparse':
      return 'SPARSE_INITIALIZER';
    case 'input':
      return definition.scope.kind === 'graph' ? 'GRAPH_INPUT' : 'SUBGRAPH_INPUT';
    case 'output':
      return definition.node.operator?.opType === 'Constant' ? 'CONSTANT' : 'COMPUTED';
  }
}

/** The stored tensor that a definition itself is; null for inputs and for what is computed. */
function leafOf(definition: Definition): Leaf | null {
  if (definition.kind === 'initializer') return tensorLeaf(definition.tensor);
  if (definition.kind === 'sparse') return sparseLeaf(definition.tensor);
  if (definition.kind !== 'output' || definition.node.operator?.opType !== 'Constant') return null;
  const attribute = constantAttribute(definition.scope, definition.node);
  if (!attribute) return null;
  if (attribute.tensor) return tensorLeaf(attribute.tensor);
  if (attribute.sparseTensor) return sparseLeaf(attribute.sparseTensor);
  const known = knownAttribute(attribute);
  const elements = known ? (product(known.dims) ?? 0) : 0;
  const isWhole = known === null || isInteger(known.dataType);
  return { key: attribute, elements, byteSize: elements * 4, isInteger: isWhole, contentHash: null };
}

function tensorLeaf(tensor: Tensor): Leaf {
  const { dataType } = tensor;
  return {
    key: tensor,
    elements: tensor.isClaim ? 0 : tensor.elements,
    byteSize: tensor.external ? null : tensor.byteLength,
    isInteger: isInteger(dataType),
    contentHash: contentHashOf(tensor),
  };
}

function sparseLeaf(tensor: SparseTensor): Leaf {
  const { elements, values } = tensor;
  return {
    key: tensor,
    elements: values.isClaim ? 0 : elements,
    byteSize: values.byteLength,
    isInteger: isInteger(values.dataType),
    contentHash: null,
  };
}

/** Stored tensors behind a definition, and the operators on the way, the one nearest to the stored tensors first. */
function trace(folding: Folding, start: Definition): Trace {
  let traces = TRACES.get(folding);
  if (!traces) TRACES.set(folding, (traces = new Map<Definition, Trace>()));
  let traced = traces.get(start);
  if (!traced) traces.set(start, (traced = traceFrom(folding, start)));
  // Told once for every role that has it.
  for (const opType of traced.chain) start.scope.work.tell(opType.length);
  return traced;
}

interface Trace {
  /** The stored tensors that are weights. */
  weights: Leaf[];
  chain: string[];
  /** Of one tensor its own, of several the hash of theirs in turn; null when one has none. */
  contentHash: string | null;
  /** Elements of the stored tensors and of the graph inputs behind it. */
  available: number;
}

/** Nodes that share a weight share the way to it. */
const TRACES = new WeakMap<Folding, Map<Definition, Trace>>();

function traceFrom(folding: Folding, start: Definition): Trace {
  const leaves: Leaf[] = [];
  const chain: string[] = [];
  const seen = new Set<Definition>([start]);
  const open = [start];
  let available = 0;
  for (const next of open) {
    const leaf = leafOf(next);
    if (leaf) leaves.push(leaf);
    if (next.kind === 'input') available += product(folding.known(next)?.dims ?? [0]) ?? 0;
    available += leaf?.elements ?? 0;
    if (leaf || next.kind === 'initializer' || next.kind === 'sparse') continue;
    let sources = folding.sources(next);
    if (next.kind === 'output') {
      const { opType } = next.node;
      if (folding.isDeclaredOnly(next) && chain.length < MAX_CHAIN) chain.push(DECLARED);
      if (chain.length < MAX_CHAIN && chain.at(-1) !== opType) chain.push(opType);
      if (next.node.operator?.inputs.some(isQuantizationOnly) && !folding.functions.called(next.node)) {
        sources = quantizedSources(next);
      }
    }
    next.scope.work.spend(1 + sources.length);
    for (const source of sources) {
      if (seen.has(source)) continue;
      seen.add(source);
      open.push(source);
    }
  }
  const arriving = leaves.some((leaf) => leaf.isInteger) ? valuesBehind(folding, start) : null;
  const weights = leaves.filter((leaf) => !leaf.isInteger || arriving!.has(leaf.key));
  return { weights, chain: chain.reverse(), contentHash: jointHash(weights), available };
}

/** The stored tensors whose values become values of a definition, and do not only say which or how many of others do. */
function valuesBehind(folding: Folding, start: Definition): Set<Leaf['key']> {
  const found = new Set<Leaf['key']>();
  const seen = new Set<Definition>([start]);
  for (const next of seen) {
    const leaf = leafOf(next);
    if (leaf) found.add(leaf.key);
    if (leaf || next.kind === 'initializer' || next.kind === 'sparse') continue;
    const isByRow = next.kind === 'output' && isFollowedByInputs(folding, next);
    const sources = isByRow ? sourcesAt(next, carriesValues) : folding.sources(next);
    next.scope.work.spend(1 + sources.length);
    for (const source of sources) seen.add(source);
  }
  return found;
}

/** Whether a node makes its outputs of its inputs, not of a graph inside it or a function. */
function isFollowedByInputs(folding: Folding, { node }: Definition & { kind: 'output' }): boolean {
  return node.operator?.kind !== 'CONTROL' && !folding.functions.called(node);
}

/** Scales and zero points say how to read a weight; they are none. */
function quantizedSources(definition: Definition & { kind: 'output' }): Definition[] {
  return sourcesAt(definition, (operator, position) => !isQuantizationOnly(inputOf(operator, position)));
}

function sourcesAt(
  { node, scope }: Definition & { kind: 'output' },
  isWanted: (operator: Node['operator'], position: number) => boolean,
): Definition[] {
  return node.inputs.flatMap((name, position) =>
    name === '' || !isWanted(node.operator, position) ? [] : (find(scope, name)?.definition ?? []),
  );
}

function jointHash(weights: readonly Leaf[]): string | null {
  const [first] = weights;
  if (!first || weights.some((leaf) => leaf.contentHash === null)) return null;
  return weights.length === 1
    ? first.contentHash
    : contentHash(new TextEncoder().encode(weights.map((leaf) => leaf.contentHash).join()));
}

/** What stops a shape from being known: the nearest definition whose own sources are known, or that has none. */
function blockerOf(folding: Folding, start: Definition): string {
  const seen = new Set<Definition>([start]);
  let at = start;
  for (;;) {
    const unknown = folding.sources(at).find((source) => folding.known(source) === null);
    if (!unknown || at.kind === 'input' || !isLookedThrough(folding, at)) break;
    if (seen.has(unknown)) return `${quoted(unknown.name)} is made from itself`;
    seen.add(unknown);
    at = unknown;
  }
  if (at.kind === 'input') {
    const where = at.scope.kind === 'graph' ? 'the graph input' : `the input of ${at.scope.path}`;
    return `${where} ${quoted(at.name)} has no static shape`;
  }
  if (at.kind !== 'output') return `${quoted(at.name)} ${TOO_MANY}`;
  const node = `${at.node.opType} ${quoted(`${at.scope.path}/${nodeLabel(at.scope.graph, at.node)}`)}`;
  const missing = at.node.inputs.find((name) => name !== '' && !find(at.scope, name));
  if (missing !== undefined) return `${node} takes ${quoted(missing)}, which nothing in the file is named`;
  return isLookedThrough(folding, at)
    ? `${node} cannot be computed from what the file holds`
    : `it is computed by ${node}, which is not followed`;
}

/** Whether folding looks through the operator at all. */
function isLookedThrough(folding: Folding, definition: Definition): boolean {
  if (definition.kind !== 'output') return true;
  const { operator } = definition.node;
  return (operator !== null && isFollowed(operator)) || folding.innerOutputs(definition) !== null;
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
