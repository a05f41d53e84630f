/** The stored tensors of a graph, each with what its uses show of it: what classes.ts decides by. Decides nothing itself. */
import { product } from '../read/dtypes.js';
import { isAllZero } from '../graph/tensors.js';
import type { Scope } from '../graph/graph.js';
import type { Attribute, Node, SparseTensor, Tensor } from '../graph/model.js';
import { type Input, isQuantizationOnly } from '../operators/operator.js';
import { isConstantValue, knownAttribute } from '../values/folding.js';

/** Initializers stand for themselves, the value of a Constant node for its node. */
export type TensorKey = Tensor | SparseTensor | Node;

/** One stored tensor while its uses are gathered. */
export interface Entry {
  /** What holds its values; of a short list the attribute. */
  source: Tensor | SparseTensor | Attribute;
  name: string;
  dims: number[];
  dataType: number;
  elements: number;
  byteLength: number;
  tensor: Tensor | null;
  /** The same, or what is stored of a sparse one. */
  payload: Tensor | null;
  isZero: () => boolean;
  scope: Scope;
  uses: number;
  onlyQuantization: boolean;
  /** Whether an operator that only moves elements takes it. */
  isMoved: boolean;
  isQuantizedWeight: boolean;
  /** By what packs several parameters into an element; undefined where nothing does. */
  unpacked: number | null | undefined;
  /** Operators that no row describes and that take it. */
  takers: Set<string> | null;
  onlyStatistics: boolean;
  /** Whether something is calculated from it directly: a product, a sum, an activation. */
  isCalculated: boolean;
  /** Taken from an inner graph, or as an output, by something that is no initial state. */
  usedElsewhere: boolean;
}

/** By what stands for them. */
export function* entriesOf(scope: Scope): Generator<[TensorKey, Entry]> {
  for (const tensor of scope.graph.initializers) yield [tensor, entryOf(scope, tensor.name, tensor)];
  for (const sparse of scope.graph.sparseInitializers) yield [sparse, sparseEntry(scope, sparse.name, sparse)];
  for (const node of scope.graph.nodes) {
    const entry = node.operator?.opType === 'Constant' ? constantEntry(scope, node) : null;
    if (entry) yield [node, entry];
  }
}

function constantEntry(scope: Scope, node: Node): Entry | null {
  const name = node.outputs[0] ?? '';
  for (const a of node.attributes) {
    if (a.tensor) return entryOf(scope, name, a.tensor);
    if (a.sparseTensor) return sparseEntry(scope, name, a.sparseTensor);
    // Where it refers to a function's attribute, the value is stored at the call.
    const known = a.reference === '' && isConstantValue(a) ? knownAttribute(a) : null;
    if (known) {
      const entry = newEntry(a, scope, name, known.dataType, known.dims, product(known.dims) ?? 0);
      return { ...entry, isZero: () => known.values?.every((value) => value === 0) ?? false };
    }
  }
  return null;
}

function entryOf(scope: Scope, name: string, tensor: Tensor): Entry {
  const entry = newEntry(tensor, scope, name, tensor.dataType, tensor.dims, tensor.elements);
  return {
    ...entry,
    byteLength: tensor.byteLength,
    tensor,
    payload: tensor,
    isZero: () => !tensor.external && isAllZero(tensor),
  };
}

function sparseEntry(scope: Scope, name: string, sparse: SparseTensor): Entry {
  const entry = newEntry(sparse, scope, name, sparse.values.dataType, sparse.dims, sparse.values.elements);
  const byteLength = sparse.values.byteLength + (sparse.indices?.byteLength ?? 0);
  return { ...entry, byteLength, payload: sparse.values };
}

function newEntry(
  source: Entry['source'],
  scope: Scope,
  name: string,
  dataType: number,
  dims: number[],
  elements: number,
): Entry {
  return {
    source,
    name,
    dims,
    dataType,
    elements,
    byteLength: 0,
    tensor: null,
    payload: null,
    isZero: () => false,
    scope,
    uses: 0,
    onlyQuantization: true,
    isMoved: false,
    isQuantizedWeight: false,
    unpacked: undefined,
    takers: null,
    onlyStatistics: true,
    isCalculated: false,
    usedElsewhere: false,
  };
}

/** `taken`: what the taker says of that input; null where no row says, and for outputs of the graph. */
export function use(entry: Entry, scope: Scope, taken: Input | null, isMoved: boolean): void {
  entry.uses += 1;
  if (isMoved) entry.isMoved = true;
  if (!isQuantizationOnly(taken)) entry.onlyQuantization = false;
  if (taken?.role !== 'STATISTICS') entry.onlyStatistics = false;
  if (scope !== entry.scope && taken?.role !== 'STATE') entry.usedElsewhere = true;
}
