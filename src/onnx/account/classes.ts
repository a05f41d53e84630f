/**
 * Sorts every stored tensor of a file into one element class by what takes it: the first class that applies, so that the classes
 * sum exactly to the stored elements. A function body counts once, called or not.
 */
import { sayDims } from '../../core/exact.js';
import type { ClaimedElements, ClassReason, ElementClass } from '../../core/stored-tensors.js';
import { arrivalAt, Arrivals } from './arrivals.js';
import { bitsPerElement, DataType, dataTypeName, isInteger, isNumber, product } from '../read/dtypes.js';
import { type Definition, find, findAttribute, type Scope } from '../graph/graph.js';
import { type ExternalRange, rangeOf } from '../graph/external.js';
import type { Node, Tensor } from '../graph/model.js';
import { Dequantizations } from './dequantized.js';
import { hiddenElsewhere, hiddenIntegers, longTextBytes, MAX_UNDESCRIBED, operatorName } from './hidden-weights.js';
import {
  eachEntry,
  type Entry,
  isBufferName,
  isLine,
  isZero,
  lastPartOf,
  type Taker,
  takerBits,
  takerOf,
  type TensorKey,
  use,
} from './entries.js';
import { type Judgement, judgeFloating } from './floating.js';
import type { Known } from '../operators/known.js';
import { inputOf, isQuantizationOnly, movesInput, type OperatorKind, type PackingNode } from '../operators/operator.js';
import { Flows } from './flows.js';
import { isLearnedScalar, Modules } from './scalars.js';
import { type Arrival, Sources } from './sources.js';
import type { Warnings } from '../graph/warnings.js';
import type { Folding } from '../values/folding.js';

export interface ClassifiedTensor {
  key: TensorKey;
  /** What holds its values; of a short list the attribute. */
  source: Entry['source'];
  scope: Scope;
  name: string;
  dims: number[];
  dataType: number;
  /** Stored values; of a sparse tensor those that are not implied. */
  elements: number;
  /** Learned parameters that these stand for, 0 in other classes than weight; null where that cannot be told. */
  params: number | null;
  byteLength: number;
  elementClass: ElementClass;
  reason: ClassReason;
  /** Inputs of nodes that take it, and outputs of graphs that it is. */
  uses: number;
  /** Whether something is calculated from it directly: a product, a sum, an activation. */
  isCalculated: boolean;
  /** Null for what is no dense tensor of its own: sparse tensors and short lists. */
  tensor: Tensor | null;
}

const CALCULATING: ReadonlySet<OperatorKind> = new Set(['PRODUCT', 'ELEMENTS', 'ACTIVATION', 'NORMALIZATION']);

/** Of a normalization: a number for each channel. */
const STATISTICS_NAME = /running_(mean|var)$/;

/** Why decides what: the class that each reason stands for. */
const CLASS_OF: Record<ClassReason, ElementClass> = {
  NOT_TAKEN: 'unused',
  SCALE_OR_ZERO_POINT: 'quantization',
  INTEGER_TYPE: 'integer',
  LEARNED_SCALAR: 'weight',
  RANK_0: 'scalar',
  INITIAL_STATE: 'state',
  CELL_STATE: 'weight',
  BATCH_STATISTICS: 'buffer',
  BUFFER_NAME: 'buffer',
  CONSTANT_FILL: 'buffer',
  WINDOW: 'buffer',
  HARMONIC: 'buffer',
  FILTER_BANK: 'buffer',
  MASK: 'buffer',
  QUANTIZED_WEIGHT: 'weight',
  REPEATED: 'weight',
  UNREAD: 'weight',
  FLOATING: 'weight',
};

/** What decides beside the scopes themselves. */
export interface Evidence {
  folding: Folding;
  /** Integers behind recurrent nodes whose values become weights there. */
  recurrent: ReadonlySet<unknown>;
  /** First states of cells that are written out, with the nodes of each cell. */
  cellStates: ReadonlyMap<unknown, ReadonlySet<Node>>;
  warnings: Warnings;
}

/** Every stored tensor of these scopes, which must be all of a file: initializers, sparse initializers, values of Constant nodes. */
export function classify(scopes: readonly Scope[], evidence: Evidence): Classified {
  const { folding, recurrent, cellStates, warnings } = evidence;
  const entries = new Map<TensorKey, Entry>();
  for (const scope of scopes) {
    eachEntry(scope, (key, entry) => {
      if (isNumber(entry.dataType) && recurrent.has(entry.source)) entry.isQuantizedWeight = true;
      entries.set(key, entry);
    });
  }
  const entryAt = (definition: Definition) => {
    const key = keyOf(definition);
    return key && entries.get(key);
  };
  const sources = new Sources(folding.functions, scopes);
  const dequantizations = mayDequantize(entries.values(), scopes) ? new Dequantizations(folding, sources) : null;
  const arrivals = new Arrivals(sources, dequantizations, (definition, arrival) => {
    const entry = entryAt(definition);
    if (entry) arrive(entry, arrival, evidence);
    return entry !== undefined && entry !== null;
  });
  for (const { definition, arrival } of dequantizations?.arrivals(scopes) ?? []) arrivals.pass(definition, arrival);
  const inputAt = (node: Node, input: number) => dequantizations?.roleAt(node, input) ?? inputOf(node.operator, input);
  const captured = new Set<Definition>();
  let hasScales = false;
  for (const scope of scopes) {
    eachUse(scope, (name, node, input) => {
      const definition = find(scope, name)?.definition;
      if (!definition) return;
      const entry = entryAt(definition);
      const taken = node && inputAt(node, input);
      const isMoved = node !== null && (movesInput(node.operator, input) || sources.isCall(node));
      const by: Taker = node === null || sources.isCall(node) ? 'OUTPUT' : takerOf(node, taken);
      if (entry) use(entry, scope, by, taken, isMoved);
      if (entry && node?.operator && CALCULATING.has(node.operator.kind)) entry.isCalculated = true;
      if (isQuantizationOnly(taken)) hasScales = true;
      if (definition.scope !== scope) captured.add(definition);
      const arrival = node && arrivalAt(sources, scope, node, input);
      if (arrival) arrivals.pass(definition, arrival);
    });
  }
  const flows = new Flows({ sources, inputAt, hasScales, captured, cellStates });
  const modules = new Modules(entries);
  const { claims, claimed } = takeClaimed(entries);
  const stored: ClassifiedTensor[] = [];
  const integers: Entry[] = [];
  let unknown = 0;
  for (const [key, entry] of entries) {
    const tensor = classified(key, entry, judge(key, entry, flows, modules));
    stored.push(tensor);
    if (tensor.params === null) unknown += 1;
    if (tensor.reason === 'INTEGER_TYPE') integers.push(entry);
  }
  const claimedReasons = claims.map((entry) => judge(null, entry, flows, modules).reason);
  integers.push(...claims.filter((_, at) => claimedReasons[at] === 'INTEGER_TYPE'));
  const hidden = hiddenIntegers(integers, warnings) + hiddenElsewhere(scopes, folding, sources, warnings);
  const uncounted = claimedReasons.filter((reason) => CLASS_OF[reason] === 'weight').length;
  const unread = stored.flatMap(({ reason, tensor }) => (reason === 'UNREAD' ? [rangeOf(tensor!) ?? []].flat() : []));
  return { stored, claimed, unverifiable: hidden + uncounted + unknown, unread };
}

function classified(key: TensorKey, entry: Entry, { reason, params }: Judgement): ClassifiedTensor {
  return {
    key,
    source: entry.source,
    scope: entry.scope,
    name: entry.name,
    dims: entry.dims,
    dataType: entry.dataType,
    elements: entry.elements,
    params,
    byteLength: entry.byteLength,
    elementClass: CLASS_OF[reason],
    reason,
    uses: entry.uses,
    isCalculated: entry.isCalculated,
    tensor: entry.tensor,
  };
}

export interface Classified {
  stored: ClassifiedTensor[];
  /** Tensors that claim more elements than their payload can hold, and the bytes of what there is: in no class. */
  claimed: ClaimedElements & { byteLength: number };
  /** Stored tensors of which it cannot be told how many learned parameters they stand for. */
  unverifiable: number;
  /** Of these the external data that would tell, were it read. */
  unread: ExternalRange[];
}

/** Whether a file has integers that may be weights at all: most have but shapes and indices, and are spared the search. */
function mayDequantize(entries: Iterable<Entry>, scopes: readonly Scope[]): boolean {
  let integers = 0;
  for (const entry of entries) {
    if (!isInteger(entry.dataType)) continue;
    integers += entry.elements;
    if (integers > MAX_UNDESCRIBED || (entry.elements > 1 && isNumber(entry.dataType) && isNarrow(entry))) return true;
  }
  return scopes.some(({ graph }) => graph.nodes.some(({ operator }) => operator?.kind === 'QUANTIZATION'));
}

/** Takes out what no payload can hold, which is in no sum. Claims are anything: what is over 2^53−1 stays there. */
function takeClaimed(entries: Map<TensorKey, Entry>): { claims: Entry[]; claimed: Classified['claimed'] } {
  const claims: Entry[] = [];
  const claimed = { tensors: 0, elements: 0, byteLength: 0 };
  for (const [key, entry] of entries) {
    const { payload, elements, byteLength } = entry;
    if (!payload || !payload.isClaim) continue;
    entries.delete(key);
    claims.push(entry);
    claimed.tensors += 1;
    claimed.elements = Math.min(claimed.elements + elements, Number.MAX_SAFE_INTEGER);
    claimed.byteLength += byteLength;
  }
  return { claims, claimed };
}

/** A value of a stored tensor gets to where it is a weight, or to where it is not known what it is. */
function arrive(entry: Entry, { scope, node, position, input }: Arrival, { folding, warnings }: Evidence): void {
  const isIntegers = isInteger(entry.dataType);
  // Flags and texts are masks and labels, but where they are multiplied, or too long for that.
  const isLong = node.operator === null && longTextBytes(entry) > 0;
  if (isIntegers && !isNumber(entry.dataType) && !isLong && !MULTIPLYING.has(node.operator?.kind)) return;
  // Turned into numbers and no more, as positions are.
  if (input === null && node.operator?.moves && isLine(entry)) return;
  // Scaled and no more, as a table is that another operator takes rows of; positions and counts are scaled too, and are int64.
  if (input === null && node.operator?.dequantizes && entry.dataType === DataType.INT64) return;
  if (input === null || !(input.isQuantized || isNarrow(entry))) {
    if (isIntegers) (entry.takers ??= new Set()).add(operatorName(node));
    return;
  }
  if (!input.isQuantized && !isIntegers) return;
  entry.isQuantizedWeight = true;
  if (!input.logicalElements) return;
  const name = node.inputs[position]!;
  const packed = folding.knownOf(scope, name);
  const params = packed && shareOf(entry, packed, input.logicalElements(packed, packingNode(folding, scope, node)));
  if (params !== null && (entry.unpacked === undefined || entry.unpacked === params)) {
    entry.unpacked = params;
    return;
  }
  if (entry.unpacked !== null) {
    const message = `dims ${sayDims(entry.dims)} and type ${dataTypeName(entry.dataType)} are not what ${node.opType} says of its packed weights: how many there are is not known`;
    warnings.add('PAYLOAD_MISMATCH', message, entry.name);
  }
  entry.unpacked = null;
}

const MULTIPLYING: ReadonlySet<OperatorKind | undefined> = new Set(['PRODUCT', 'RECURRENCE']);

/** As weights are quantized; wider integers are also counts, places and indices. */
function isNarrow({ dataType }: Entry): boolean {
  return (bitsPerElement(dataType) ?? 0) <= 8;
}

/** Of the parameters of what a node receives those that one tensor stores, where it is all of it or an even part. */
function shareOf({ elements }: Entry, { dims }: Known, params: number | null): number | null {
  const received = product(dims);
  if (params === null || received === null) return null;
  if (received === elements) return params;
  const share = received === 0 ? 0 : (elements / received) * params;
  return Number.isSafeInteger(share) ? share : null;
}

function packingNode(folding: Folding, scope: Scope, node: Node): PackingNode {
  return {
    int: (name) => findAttribute(scope, node, name)?.int ?? null,
    input: (position) => folding.knownOf(scope, node.inputs[position] ?? ''),
  };
}

/** Hands over each name that an input of a node is or, with no node, an output of the graph. */
export function eachUse({ graph }: Scope, take: (name: string, node: Node | null, input: number) => void): void {
  for (const node of graph.nodes) {
    for (let input = 0; input < node.inputs.length; input += 1) {
      const name = node.inputs[input]!;
      if (name !== '') take(name, node, input);
    }
  }
  for (let output = 0; output < graph.outputs.length; output += 1) take(graph.outputs[output]!, null, output);
}

/** What a name stands for, where that is stored or the output of a node. */
export function storedKey(scope: Scope, name: string): TensorKey | null {
  const definition = find(scope, name)?.definition;
  return definition ? keyOf(definition) : null;
}

function keyOf(definition: Definition): TensorKey | null {
  if (definition.kind === 'input') return null;
  return definition.kind === 'output' ? definition.node : definition.tensor;
}

function judge(key: TensorKey | null, entry: Entry, flows: Flows, modules: Modules): Judgement {
  const reason = otherReason(key, entry, flows, modules);
  if (reason === null) return judgeFloating(entry, flows);
  if (reason === 'LEARNED_SCALAR') return { reason, params: entry.elements };
  if (reason !== 'QUANTIZED_WEIGHT') return { reason, params: 0 };
  return { reason, params: entry.unpacked === undefined ? entry.elements : entry.unpacked };
}

/** Null where it is floating, and no other evidence than its values could say that it is no weight. */
function otherReason(key: TensorKey | null, entry: Entry, flows: Flows, modules: Modules): ClassReason | null {
  if (entry.uses === 0) return 'NOT_TAKEN';
  if (entry.onlyQuantization || flows.endsAtScale(entry)) return 'SCALE_OR_ZERO_POINT';
  if (isInteger(entry.dataType) && !entry.isQuantizedWeight) return 'INTEGER_TYPE';
  if (entry.dims.length === 0) return isLearnedScalar(entry, flows, modules) ? 'LEARNED_SCALAR' : 'RANK_0';
  if (isInteger(entry.dataType)) return 'QUANTIZED_WEIGHT';
  if (!entry.usedElsewhere && isZero(entry)) {
    if (flows.endsAtState(entry)) return 'INITIAL_STATE';
    if (flows.endsAtCellState(entry, key)) return 'CELL_STATE';
  }
  if (entry.onlyStatistics) return 'BATCH_STATISTICS';
  if (isNamedBuffer(entry)) return 'BUFFER_NAME';
  return entry.isQuantizedWeight ? 'QUANTIZED_WEIGHT' : null;
}

/** A name says nothing of what an operator takes that nobody knows, or a recurrent layer. */
function isNamedBuffer({ name, takenBy, dims }: Entry): boolean {
  const lastPart = lastPartOf(name);
  if (STATISTICS_NAME.test(lastPart)) return isLine({ dims });
  return isBufferName(lastPart) && (takenBy & NAMELESS) === 0;
}

const NAMELESS = takerBits('FOREIGN', 'RECURRENCE');
