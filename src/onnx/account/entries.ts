/** The stored tensors of a graph, each with what its uses show of it: what classes.ts decides by. Decides nothing itself. */
import { product } from '../read/dtypes.js';
import { isAllZero } from '../graph/tensors.js';
import type { Scope } from '../graph/graph.js';
import type { Attribute, Node, SparseTensor, Tensor } from '../graph/model.js';
import { isNoOnnxOperator } from '../operators/op-types.js';
import {
  type Input,
  isDefaultDomain,
  isQuantizationOnly,
  MICROSOFT,
  type OperatorKind,
} from '../operators/operator.js';
import { isConstantValue, knownAttribute } from '../values/folding.js';

/** Initializers stand for themselves, the value of a Constant node for its node. */
export type TensorKey = Tensor | SparseTensor | Node;

/**
 * The kind of the operator that takes a tensor; STATE where a recurrence takes it as its initial state. UNKNOWN stands for operators
 * that no row describes, FOREIGN for those of them that neither ONNX nor ONNX Runtime has, OUTPUT for graphs and calls.
 */
export type Taker = OperatorKind | 'OUTPUT' | 'UNKNOWN' | 'FOREIGN' | 'STATE';

const TAKERS: readonly Taker[] = [
  'MOVE',
  'ELEMENTS',
  'ACTIVATION',
  'PRODUCT',
  'NORMALIZATION',
  'QUANTIZATION',
  'RECURRENCE',
  'SOURCE',
  'RANDOM',
  'CONTROL',
  'OUTPUT',
  'UNKNOWN',
  'FOREIGN',
  'STATE',
];
const BITS = Object.fromEntries(TAKERS.map((taker, at) => [taker, 1 << at])) as Record<Taker, number>;

/** A bit for each taker. */
export function takerBits(...takers: Taker[]): number {
  return takers.reduce((bits, taker) => bits | BITS[taker], 0);
}

/** What takes a value as an input of a node, if that is no call. */
export function takerOf(node: Node, taken: Input | null): Taker {
  if (taken?.role === 'STATE') return 'STATE';
  return node.operator?.kind ?? (isForeign(node) ? 'FOREIGN' : 'UNKNOWN');
}

function isForeign({ domain, opType }: Node): boolean {
  return isDefaultDomain(domain) ? isNoOnnxOperator(opType, 1) : domain !== MICROSOFT;
}

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
  scope: Scope;
  /** Dense, and not the value of a Constant node. */
  isInitializer: boolean;
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
  /** What takes it: `takerBits`, in one number, since a file may have hundreds of thousands of tensors. */
  takenBy: number;
  /** Whether something is calculated from it directly: a product, a sum, an activation. */
  isCalculated: boolean;
  /** Taken from an inner graph, or as an output, by something that is no initial state. */
  usedElsewhere: boolean;
  /** Inner graphs that take it. */
  innerScopes: Set<Scope> | null;
}

/** Hands over each with what stands for it. */
export function eachEntry(scope: Scope, take: (key: TensorKey, entry: Entry) => void): void {
  const { initializers, sparseInitializers, nodes } = scope.graph;
  for (const tensor of initializers) {
    const entry = denseEntry(scope, tensor.name, tensor);
    entry.isInitializer = true;
    take(tensor, entry);
  }
  for (const sparse of sparseInitializers) take(sparse, sparseEntry(scope, sparse.name, sparse));
  for (const node of nodes) {
    const entry = node.operator?.opType === 'Constant' ? constantEntry(scope, node) : null;
    if (entry) take(node, entry);
  }
}

function constantEntry(scope: Scope, node: Node): Entry | null {
  const name = node.outputs[0] ?? '';
  for (const a of node.attributes) {
    if (a.tensor) return denseEntry(scope, name, a.tensor);
    if (a.sparseTensor) return sparseEntry(scope, name, a.sparseTensor);
    // Where it refers to a function's attribute, the value is stored at the call.
    const known = a.reference === '' && isConstantValue(a) ? knownAttribute(a) : null;
    if (!known) continue;
    const entry = newEntry(a, scope, name, known.dims, product(known.dims) ?? 0);
    entry.dataType = known.dataType;
    return entry;
  }
  return null;
}

function denseEntry(scope: Scope, name: string, tensor: Tensor): Entry {
  const entry = newEntry(tensor, scope, name, tensor.dims, tensor.elements);
  entry.dataType = tensor.dataType;
  entry.byteLength = tensor.byteLength;
  entry.tensor = tensor;
  entry.payload = tensor;
  return entry;
}

function sparseEntry(scope: Scope, name: string, sparse: SparseTensor): Entry {
  const { values, indices } = sparse;
  const entry = newEntry(sparse, scope, name, sparse.dims, values.elements);
  entry.dataType = values.dataType;
  entry.byteLength = values.byteLength + (indices?.byteLength ?? 0);
  entry.payload = values;
  return entry;
}

function newEntry(source: Entry['source'], scope: Scope, name: string, dims: number[], elements: number): Entry {
  return {
    source,
    name,
    dims,
    dataType: 0,
    elements,
    byteLength: 0,
    tensor: null,
    payload: null,
    scope,
    isInitializer: false,
    uses: 0,
    onlyQuantization: true,
    isMoved: false,
    isQuantizedWeight: false,
    unpacked: undefined,
    takers: null,
    onlyStatistics: true,
    takenBy: 0,
    isCalculated: false,
    usedElsewhere: false,
    innerScopes: null,
  };
}

/** True when every element is known to be zero. */
export function isZero({ source, tensor }: Entry): boolean {
  if (tensor) return !tensor.external && isAllZero(tensor);
  const values = 'reference' in source ? knownAttribute(source)?.values : null;
  return values?.every((value) => value === 0) ?? false;
}

/** `by` is the kind of what takes it, `taken` what that says of the input; null where no row says, and for outputs of the graph. */
export function use(entry: Entry, scope: Scope, by: Taker, taken: Input | null, isMoved: boolean): void {
  entry.uses += 1;
  entry.takenBy |= takerBits(by);
  if (isMoved) entry.isMoved = true;
  if (!isQuantizationOnly(taken)) entry.onlyQuantization = false;
  if (taken?.role !== 'STATISTICS') entry.onlyStatistics = false;
  if (scope === entry.scope) return;
  (entry.innerScopes ??= new Set()).add(scope);
  if (taken?.role !== 'STATE') entry.usedElsewhere = true;
}

/** At most one axis of more than one step. */
export function isLine({ dims }: Pick<Entry, 'dims'>): boolean {
  return dims.filter((dim) => dim > 1).length < 2;
}

/** Of a name as frameworks build them. */
export function lastPartOf(name: string): string {
  return name.split('.').at(-1)!.split('/').at(-1)!;
}

/** Of the last part of a name. */
export function isBufferName(lastPart: string): boolean {
  return lastPart.endsWith('_buffer');
}
