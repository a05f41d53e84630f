/**
 * Sorts every stored tensor of a file into one element class by what takes it: the first class that applies, so that the classes
 * sum exactly to the stored elements. A function body counts once, called or not.
 */
import type { ElementClass, ClassReason } from '../../core/stored-tensors.js';
import { isInteger, product } from '../read/dtypes.js';
import { find, type Scope } from '../graph/graph.js';
import type { Node, SparseTensor, Tensor } from '../graph/model.js';
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

/** Inputs that are a scale or a zero point, by operator. */
const SCALE_OR_ZERO_POINT: Record<string, number[]> = {
  QuantizeLinear: [1, 2],
  DequantizeLinear: [1, 2],
  QLinearConv: [1, 2, 4, 5, 6, 7],
  QLinearMatMul: [1, 2, 4, 5, 6, 7],
  ConvInteger: [2, 3],
  MatMulInteger: [2, 3],
  DynamicQuantizeLSTM: [8, 9, 10, 11],
  DynamicQuantizeMatMul: [2, 3],
  MatMulIntegerToFloat: [2, 3, 4, 5],
};
/** Inputs that are quantized weights. */
const QUANTIZED: Record<string, number[]> = {
  DequantizeLinear: [0],
  QLinearConv: [3],
  QLinearMatMul: [3],
  ConvInteger: [1],
  MatMulInteger: [1],
  DynamicQuantizeLSTM: [1, 2],
  DynamicQuantizeMatMul: [1],
  MatMulIntegerToFloat: [1],
};
/** Inputs that are the initial state of a recurrence. */
const INITIAL_STATE: Record<string, number[]> = {
  LSTM: [5, 6],
  GRU: [5],
  RNN: [5],
  DynamicQuantizeLSTM: [5, 6],
  AttnLSTM: [5, 6],
};
const BATCH_STATISTICS: Record<string, number[]> = { BatchNormalization: [3, 4] };
/** Operators that only move elements of their first input about; Concat of all its inputs. */
const MOVES = new Set(
  'Identity Expand Concat Slice Gather Transpose Reshape Squeeze Unsqueeze Cast Tile Split'.split(' '),
);
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
      if (entry) use(entry, scope, node?.opType ?? 'graph output', input);
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
    const entry = node.opType === 'Constant' ? constantEntry(scope, node) : null;
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

function use(entry: Entry, scope: Scope, opType: string, input: number): void {
  entry.uses += 1;
  if (!holds(SCALE_OR_ZERO_POINT, opType, input)) entry.onlyQuantization = false;
  if (!holds(BATCH_STATISTICS, opType, input)) entry.onlyStatistics = false;
  if (holds(QUANTIZED, opType, input)) entry.isQuantizedWeight = true;
  if (scope !== entry.scope && !holds(INITIAL_STATE, opType, input)) entry.usedElsewhere = true;
}

function holds(table: Record<string, number[]>, opType: string, input: number): boolean {
  return Object.hasOwn(table, opType) && table[opType]!.includes(input);
}

function moves(opType: string, input: number): boolean {
  return opType === 'Concat' || (input === 0 && MOVES.has(opType));
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
      if (!moves(node.opType, input)) {
        if (!holds(INITIAL_STATE, node.opType, input)) return false;
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
