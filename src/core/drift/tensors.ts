/** Changes of stored tensors that stand behind no recurrent node. */
import type { Change, ChangeCause, ChangeSide, ChangeStatus, MatchConfidence } from '../comparison.js';
import type { StoredTensor, TensorTotals } from '../stored-tensors.js';
import { type Amounts, isNothing, minus, NOTHING, storedAmounts, sumOf } from './amounts.js';
import { match, type Match, type Matchable } from './matching.js';

/** The tensors of one file: all that are listed, and those among them that are compared here. */
export interface TensorList {
  all: readonly StoredTensor[];
  own: readonly StoredTensor[];
  leftOut: TensorTotals['leftOut'];
}

export interface TensorChanges {
  /** Tensors that did not change among them. */
  changes: Change[];
  /** What the tensors hold of each side's totals. */
  held: { base: Amounts; compare: Amounts };
}

/** `nodes`: the changes of recurrent nodes, whose sizes other layers follow. */
export function compareTensors(base: TensorList, compare: TensorList, nodes: readonly Change[]): TensorChanges {
  const found = match(base.own.map(toMatchable), compare.own.map(toMatchable));
  const pairs = [...found, ...matchRequantized(base.own, compare.own, found)];
  const sizes = pairs.length === 0 ? new Map<string, ChangeCause>() : sizeChanges(nodes);
  const changes = pairs.flatMap((pair) =>
    changesOf(base.own[pair.base]!, compare.own[pair.compare]!, pair.confidence, sizes),
  );
  const [inBase, inCompare] = [new Set(pairs.map((p) => p.base)), new Set(pairs.map((p) => p.compare))];
  const removed = base.own.filter((tensor, at) => !inBase.has(at) && isSurelyAbsent(tensor, compare));
  const added = compare.own.filter((tensor, at) => !inCompare.has(at) && isSurelyAbsent(tensor, base));
  if (removed.length > 0) {
    const originals = usesByContent(compare.all);
    for (const tensor of removed) changes.push(removal(tensor, takesUpUses(tensor, originals)));
  }
  if (added.length > 0) {
    const copies = usesByContent(base.all);
    for (const tensor of added) changes.push(addition(tensor, takesUpUses(tensor, copies)));
  }
  return {
    changes,
    held: {
      base: sumOf([...pairs.map((pair) => base.own[pair.base]!), ...removed].map(amountsOf)),
      compare: sumOf([...pairs.map((pair) => compare.own[pair.compare]!), ...added].map(amountsOf)),
    },
  };
}

/** The list of the other file is cut at its smallest: what is no larger may be there, and is left to the remainder. */
function isSurelyAbsent({ byteSize }: StoredTensor, { all, leftOut }: TensorList): boolean {
  return leftOut.tensors === 0 || byteSize > (all.at(-1)?.byteSize ?? Infinity);
}

function toMatchable(tensor: StoredTensor): Matchable {
  const { name, dims, contentHash, usedBy } = tensor;
  const use = usedBy[0];
  return {
    path: stemOf(tensor),
    hasOwnName: name !== '' && !COUNTED_NAME.test(name),
    kind: use ? `${use.opType ?? ''}[${use.input}]` : '',
    shape: () => JSON.stringify(dims),
    contents: () => (contentHash === null ? [] : [contentHash]),
    likeness: null,
  };
}

/** ONNX Runtime's quantizers keep the name of a weight, and of the node that takes it, and add to it. */
const QUANTIZED_NAME = /_(quantized|quant|Q\d+(G\d+)?)$/;

/** What they add beside it, which other operators may take too. */
const SCALE_NAME = /_(scales?|zero_points?)$/;

function stemOf(tensor: StoredTensor): string {
  return `${graphOf(tensor)}/${tensor.name.replace(QUANTIZED_NAME, '')}`;
}

/** Of what is left, weights that are quantized on one side and hold as many params on the other: by name, by taker, by number alone. */
function matchRequantized(
  base: readonly StoredTensor[],
  compare: readonly StoredTensor[],
  found: readonly Match[],
): Match[] {
  const [inBase, inCompare] = [new Set(found.map((p) => p.base)), new Set(found.map((p) => p.compare))];
  const matches: Match[] = [];
  const isLeft = (used: ReadonlySet<number>) => (tensor: StoredTensor, at: number) =>
    tensor.reason === 'QUANTIZED_WEIGHT' && !used.has(at);
  if (!base.some(isLeft(inBase)) && !compare.some(isLeft(inCompare))) return matches;
  const takerOf = ({ usedBy }: StoredTensor) => usedBy[0]?.path.replace(QUANTIZED_NAME, '') ?? null;
  const pair = (confidence: MatchConfidence, placeOf: (tensor: StoredTensor) => string | null) => {
    const waiting = new Map<string, number[]>();
    const keyOf = (tensor: StoredTensor) => {
      const place = tensor.class === 'weight' && tensor.params !== null ? placeOf(tensor) : null;
      return place === null ? null : JSON.stringify([place, tensor.params]);
    };
    for (const [at, tensor] of base.entries()) {
      const key = inBase.has(at) ? null : keyOf(tensor);
      const list = key === null ? undefined : waiting.get(key);
      if (list) list.push(at);
      else if (key !== null) waiting.set(key, [at]);
    }
    for (const [at, tensor] of compare.entries()) {
      const key = inCompare.has(at) ? null : keyOf(tensor);
      const list = key === null ? undefined : waiting.get(key);
      const other = list?.findIndex((one) => isRepacked(base[one]!, tensor)) ?? -1;
      if (!list || other < 0) continue;
      const [one] = list.splice(other, 1);
      matches.push({ base: one!, compare: at, confidence });
      inBase.add(one!);
      inCompare.add(at);
    }
  };
  pair('HIGH', stemOf);
  pair('HIGH', takerOf);
  pair('LOW', graphOf);
  return matches;
}

/** As exporters name what has no name of its own: 833, onnx::MatMul_42, /encoder/Constant_3_output_0. */
const COUNTED_NAME = /^\d+$|^onnx::\w+$|(^|\/)[A-Z]\w*_output_\d+$/;

function amountsOf({ class: elementClass, elements, params, byteSize, external }: StoredTensor): Amounts {
  return storedAmounts({
    class: elementClass,
    elements,
    params: params ?? 0,
    byteSize: external ? 0 : byteSize,
    totalByteSize: byteSize,
  });
}

function changesOf(
  base: StoredTensor,
  compare: StoredTensor,
  confidence: MatchConfidence,
  sizes: ReadonlyMap<string, ChangeCause>,
): Change[] {
  const pair = {
    subject: 'TENSOR' as const,
    path: pathOf(compare),
    basePath: pathOf(base),
    opType: compare.usedBy[0]?.opType ?? null,
    parts: null,
    base: sideOf(base),
    compare: sideOf(compare),
    confidence,
  };
  const changes: Change[] = [];
  let now = amountsOf(base);
  const step = (cause: ChangeCause, status: ChangeStatus, next: Amounts) => {
    const deltas = minus(next, now);
    now = next;
    changes.push({ ...pair, cause, status, deltas, delta: deltas.modelParams });
  };
  const goal = amountsOf(compare);
  if (isRepacked(base, compare)) step('QUANTIZATION', 'RETYPED', goal);
  else if (String(base.dims) !== String(compare.dims)) {
    const scaled = (bytes: number) =>
      base.elements === 0 ? 0 : Math.round((compare.elements * bytes) / base.elements);
    const bytes = { byteSize: scaled(now.byteSize), totalByteSize: scaled(now.totalByteSize) };
    const resized = sized(base.class, compare, bytes);
    const cause = causeOfResize(base.dims, compare.dims, sizes);
    step(cause, isNothing(minus(resized, now)) ? 'RETYPED' : 'RESIZED', resized);
  }
  if (base.dtype !== compare.dtype && !isRepacked(base, compare)) {
    step(causeOfRetype(base, compare), 'RETYPED', sized(base.class, compare, goal));
  }
  if (!isNothing(minus(goal, now))) step('EXPORTER', base.class === compare.class ? 'RESIZED' : 'RETYPED', goal);
  if (changes.length > 0) return changes;
  const same = { ...pair, delta: 0, deltas: NOTHING };
  if (pair.path === pair.basePath) return [{ ...same, status: 'UNCHANGED', cause: 'OTHER' }];
  return [{ ...same, status: graphOf(base) === graphOf(compare) ? 'RENAMED' : 'MOVED', cause: 'EXPORTER' }];
}

/** The elements of one tensor in the class of another, with so many bytes. */
function sized(
  elementClass: StoredTensor['class'],
  { class: own, elements, params }: StoredTensor,
  { byteSize, totalByteSize }: Pick<Amounts, 'byteSize' | 'totalByteSize'>,
): Amounts {
  const logical = elementClass !== 'weight' ? 0 : own === 'weight' ? (params ?? 0) : elements;
  return storedAmounts({ class: elementClass, elements, params: logical, byteSize, totalByteSize });
}

/** Whether the same parameters are quantized on one side only, or packed in another way. */
function isRepacked(base: StoredTensor, compare: StoredTensor): boolean {
  const isPacked = ({ params, elements }: StoredTensor) => params !== elements;
  const isQuantized = ({ reason }: StoredTensor) => reason === 'QUANTIZED_WEIGHT';
  const areWeights = base.class === 'weight' && compare.class === 'weight';
  if (!areWeights || base.params !== compare.params || base.params === null) return false;
  return isQuantized(base) !== isQuantized(compare) || isPacked(base) || isPacked(compare);
}

/** Sizes that recurrent nodes changed from and to; what has the same step in one of its dims follows them. */
function sizeChanges(nodes: readonly Change[]): Map<string, ChangeCause> {
  const sizes = new Map<string, ChangeCause>();
  for (const { cause, base, compare } of nodes) {
    if (!base || !compare) continue;
    const { inputSize: m, hiddenSize: n, numDirections: D } = base;
    if (cause === 'INPUT_WIDTH') sizes.set(`${m}→${compare.inputSize}`, cause);
    if (cause !== 'HIDDEN_SIZE' && cause !== 'DIRECTION') continue;
    if (cause === 'HIDDEN_SIZE') sizes.set(`${n}→${compare.hiddenSize}`, cause);
    sizes.set(`${Number(D) * Number(n)}→${Number(compare.numDirections) * Number(compare.hiddenSize)}`, cause);
  }
  return sizes;
}

function causeOfResize(
  from: readonly number[],
  to: readonly number[],
  sizes: ReadonlyMap<string, ChangeCause>,
): ChangeCause {
  if (from.length !== to.length) return product(from) === product(to) ? 'EXPORTER' : 'OTHER';
  const causes = from.flatMap((dim, axis) => (dim === to[axis] ? [] : [sizes.get(`${dim}→${to[axis]}`) ?? 'OTHER']));
  return causes.find((cause) => cause !== 'OTHER') ?? (product(from) === product(to) ? 'EXPORTER' : 'OTHER');
}

function product(dims: readonly number[]): bigint {
  return dims.reduce((total, dim) => total * BigInt(dim), 1n);
}

function causeOfRetype(base: StoredTensor, compare: StoredTensor): ChangeCause {
  const isFloating = ({ dtype }: StoredTensor) => dtype !== null && /FLOAT|DOUBLE/.test(dtype);
  return isFloating(base) === isFloating(compare) ? 'DTYPE' : 'QUANTIZATION';
}

/** The graph paths that take each content. */
function usesByContent(tensors: readonly StoredTensor[]): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>();
  for (const tensor of tensors) {
    const key = contentOf(tensor);
    if (key === null) continue;
    const paths = uses.get(key) ?? new Set();
    for (const { path } of tensor.usedBy) paths.add(path);
    uses.set(key, paths);
  }
  return uses;
}

function contentOf({ dtype, dims, contentHash }: StoredTensor): string | null {
  return contentHash === null ? null : JSON.stringify([dtype, dims, contentHash]);
}

/** Whether what takes it takes the same values from another tensor on the other side. */
function takesUpUses(tensor: StoredTensor, others: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const paths = others.get(contentOf(tensor) ?? '');
  return paths !== undefined && tensor.usedBy.some(({ path }) => paths.has(path));
}

function addition(tensor: StoredTensor, isCopy: boolean): Change {
  const cause = isCopy ? 'UNSHARED' : causeOfPresence(tensor, 'LAYER_ADDED');
  const deltas = amountsOf(tensor);
  return {
    ...NOT_MATCHED,
    status: 'ADDED',
    cause,
    path: pathOf(tensor),
    basePath: null,
    opType: tensor.usedBy[0]?.opType ?? null,
    delta: deltas.modelParams,
    deltas,
    base: null,
    compare: sideOf(tensor),
  };
}

function removal(tensor: StoredTensor, isMerged: boolean): Change {
  const deltas = minus(NOTHING, amountsOf(tensor));
  return {
    ...NOT_MATCHED,
    status: 'REMOVED',
    cause: isMerged ? 'DEDUPED' : causeOfPresence(tensor, 'LAYER_REMOVED'),
    path: pathOf(tensor),
    basePath: pathOf(tensor),
    opType: tensor.usedBy[0]?.opType ?? null,
    delta: deltas.modelParams,
    deltas,
    base: sideOf(tensor),
    compare: null,
  };
}

const NOT_MATCHED = { subject: 'TENSOR' as const, parts: null, confidence: 'NONE' as const };

/** What is learned belongs to a layer; shapes, flags and first states are how a file is written. */
function causeOfPresence(tensor: StoredTensor, layer: ChangeCause): ChangeCause {
  if (tensor.class === 'quantization' || SCALE_NAME.test(tensor.name)) return 'QUANTIZATION';
  return tensor.class === 'weight' || tensor.class === 'buffer' ? layer : 'EXPORTER';
}

function pathOf(tensor: StoredTensor): string {
  return tensor.name === '' ? tensor.path : `${graphOf(tensor)}/${tensor.name}`;
}

/** Constant nodes are counted, and their values have the names. */
function graphOf({ path, name }: StoredTensor): string {
  return name === '' ? path : path.replace(/\/Constant_\d+$/, '');
}

function sideOf(tensor: StoredTensor): ChangeSide {
  const { storedElements: elements, totalByteSize: byteSize } = amountsOf(tensor);
  return {
    path: tensor.path,
    name: tensor.name,
    opType: tensor.usedBy[0]?.opType ?? null,
    inputSize: null,
    hiddenSize: null,
    direction: null,
    numDirections: null,
    biasConvention: null,
    peepholes: null,
    dtype: tensor.dtype,
    dims: tensor.dims,
    params: null,
    elements,
    byteSize,
    producer: null,
  };
}
