/**
 * Sorts every stored tensor of a file into one element class by what takes it: the first class that applies, so that the classes
 * sum exactly to the stored elements. A function body counts once, called or not.
 */
import type { ElementClass, ClassReason } from '../../core/stored-tensors.js';
import { isInteger, product } from '../read/dtypes.js';
import { find, type Scope } from '../graph/graph.js';
import type { Node, SparseTensor, Tensor } from '../graph/model.js';
import { type Input, inputOf, isQuantizationOnly, movesInput } from '../operators/operator.js';
import { isAllZero } from '../graph/tensors.js';
import { isConstantValue, knownAttribute } from '../values/folding.js';

/** Initializers stand for themselves, the value of a Constant node for its node. */
export type TensorKey = Tensor | SparseTensor | Node;

export interface ClassifiedTensor {
  key: TensorKey;
  scope: Scope;
  name: string;
  dims: number[];
  dataType: number;
  /** Stored values; of a sparse tensor those that are not implied. */
  elements: number;
  byteLength: number;
  elementClass: ElementClass;
  reason: ClassReason;
  /** Inputs of nodes that take it, and outputs of graphs that it is. */
  uses: number;
  /** Null for what is no dense tensor of its own: sparse tensors and short lists. */
  tensor: Tensor | null;
}

const BUFFER_NAME = /(_buffer|running_mean|running_var)$/;

/** One stored tensor while its uses are gathered. */
interface Entry {
  name: string;
  dims: number[];
  dataType: number;
  elements: number;
  byteLength: number;
  tensor: Tensor | null;
  isZero: () => boolean;
  scope: Scope;
  uses: number;
  onlyQuantization: boolean;
  isQuantizedWeight: boolean;
  onlyStatistics: boolean;
  /** Taken from an inner graph, or as an output, by something that is no initial state. */
  usedElsewhere: boolean;
}

/** Why decides what: the class that each reason stands for. */
const CLASS_OF: Record<ClassReason, ElementClass> = {
  NOT_TAKEN: 'unused',
  SCALE_OR_ZERO_POINT: 'quantization',
  INTEGER_TYPE: 'integer',
  RANK_0: 'scalar',
  INITIAL_STATE: 'state',
  BATCH_STATISTICS: 'buffer',
  BUFFER_NAME: 'buffer',
  QUANTIZED_WEIGHT: 'weight',
  FLOATING: 'weight',
};

/** Every stored tensor of these scopes, which must be all of a file: initializers, sparse initializers, values of Constant nodes. */
export function classify(scopes: readonly Scope[]): ClassifiedTensor[] {
  const entries = new Map<TensorKey, Entry>();
  for (const scope of scopes) for (const [key, entry] of entriesOf(scope)) entries.set(key, entry);
  for (const scope of scopes) {
    for (const { name, node, input } of usesIn(scope)) {
      const key = storedKey(scope, name);
      const entry = key && entries.get(key);
      if (entry) use(entry, scope, inputOf(node?.operator ?? null, input));
    }
  }
  const flows = new Map<Scope, Takers>();
  return [...entries].map(([key, entry]) => {
    const { scope, name, dims, dataType, elements, byteLength, uses, tensor } = entry;
    const reason = reasonOf(entry, flows);
    const elementClass = CLASS_OF[reason];
    return { key, scope, name, dims, dataType, elements, byteLength, elementClass, reason, uses, tensor };
  });
}

/** A name as an input of a node or, where node is null, as an output of the graph. */
export interface NameUse {
  name: string;
  node: Node | null;
  input: number;
}

export function* usesIn({ graph }: Scope): Generator<NameUse> {
  for (const node of graph.nodes) {
    for (const [input, name] of node.inputs.entries()) if (name !== '') yield { name, node, input };
  }
  for (const [input, name] of graph.outputs.entries()) yield { name, node: null, input };
}

/** What a name stands for, where that is stored or the output of a node. */
export function storedKey(scope: Scope, name: string): TensorKey | null {
  const definition = find(scope, name)?.definition;
  if (!definition || definition.kind === 'input') return null;
  return definition.kind === 'output' ? definition.node : definition.tensor;
}

function reasonOf(entry: Entry, flows: Map<Scope, Takers>): ClassReason {
  if (entry.uses === 0) return 'NOT_TAKEN';
  if (entry.onlyQuantization) return 'SCALE_OR_ZERO_POINT';
  if (isInteger(entry.dataType)) return entry.isQuantizedWeight ? 'QUANTIZED_WEIGHT' : 'INTEGER_TYPE';
  if (entry.dims.length === 0) return 'RANK_0';
  if (!entry.usedElsewhere && entry.isZero() && endsAtState(entry, flows)) return 'INITIAL_STATE';
  if (entry.onlyStatistics) return 'BATCH_STATISTICS';
  const lastPart = entry.name.split('.').at(-1)!.split('/').at(-1)!;
  if (BUFFER_NAME.test(lastPart)) return 'BUFFER_NAME';
  return entry.isQuantizedWeight ? 'QUANTIZED_WEIGHT' : 'FLOATING';
}

function* entriesOf(scope: Scope): Generator<[TensorKey, Entry]> {
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
      const entry = newEntry(scope, name, known.dataType, known.dims, product(known.dims) ?? 0);
      return { ...entry, isZero: () => known.values?.every((value) => value === 0) ?? false };
    }
  }
  return null;
}

function entryOf(scope: Scope, name: string, tensor: Tensor): Entry {
  const entry = newEntry(scope, name, tensor.dataType, tensor.dims, tensor.elements);
  return { ...entry, byteLength: tensor.byteLength, tensor, isZero: () => !tensor.external && isAllZero(tensor) };
}

function sparseEntry(scope: Scope, name: string, sparse: SparseTensor): Entry {
  const entry = newEntry(scope, name, sparse.values.dataType, sparse.dims, sparse.values.elements);
  return { ...entry, byteLength: sparse.values.byteLength + (sparse.indices?.byteLength ?? 0) };
}

function newEntry(scope: Scope, name: string, dataType: number, dims: number[], elements: number): Entry {
  return {
    name,
    dims,
    dataType,
    elements,
    byteLength: 0,
    tensor: null,
    isZero: () => false,
    scope,
    uses: 0,
    onlyQuantization: true,
    isQuantizedWeight: false,
    onlyStatistics: true,
    usedElsewhere: false,
  };
}

/** `taken`: what the taker says of that input; null where no row says, and for outputs of the graph. */
function use(entry: Entry, scope: Scope, taken: Input | null): void {
  entry.uses += 1;
  if (!isQuantizationOnly(taken)) entry.onlyQuantization = false;
  if (taken?.role !== 'STATISTICS') entry.onlyStatistics = false;
  if (taken?.isQuantized) entry.isQuantizedWeight = true;
  if (scope !== entry.scope && taken?.role !== 'STATE') entry.usedElsewhere = true;
}

/** The nodes of one graph that take a name. */
type Takers = Map<string, { node: Node; input: number }[]>;

function takersOf(scope: Scope): Takers {
  const takers: Takers = new Map();
  for (const node of scope.graph.nodes) {
    for (const [input, name] of node.inputs.entries()) {
      const list = takers.get(name);
      if (list) list.push({ node, input });
      else takers.set(name, [{ node, input }]);
    }
  }
  return takers;
}

/** Whether every way from a tensor within its graph, through operators that only move elements, ends at an initial state. */
function endsAtState({ name, scope }: Entry, flows: Map<Scope, Takers>): boolean {
  let takers = flows.get(scope);
  if (!takers) flows.set(scope, (takers = takersOf(scope)));
  scope.work.spend(scope.graph.outputs.length >> 4);
  const outputs = new Set(scope.graph.outputs);
  const seen = new Set([name]);
  const open = [name];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (outputs.has(at)) return false;
    scope.work.spend(1 + (takers.get(at)?.length ?? 0));
    for (const { node, input } of takers.get(at) ?? []) {
      if (!movesInput(node.operator, input)) {
        if (inputOf(node.operator, input)?.role !== 'STATE') return false;
        continue;
      }
      for (const output of node.outputs) {
        if (output === '' || seen.has(output)) continue;
        seen.add(output);
        open.push(output);
      }
    }
  }
  return true;
}
