/**
 * Which elements of a tensor are zero, followed back through operators to stored values: tells whether a bias, or a half of it,
 * is all zero. Asks for single places, so that a slice of a large blob costs what the slice costs. Bounded work; what cannot be
 * told is UNKNOWN. Over 350 lines: which are zero and where they are stored is asked in one walk.
 */
import { product } from '../read/dtypes.js';
import { constantAttribute, type Folding, knownAttribute } from './folding.js';
import { type Definition, find, findAttribute, type Scope } from '../graph/graph.js';
import type { Attribute, Node, SparseTensor, Tensor } from '../graph/model.js';
import { padsOf } from '../operators/elements.js';
import { normalAxis } from '../operators/known.js';
import type { ZeroRule } from '../operators/operator.js';
import { NONZERO, tensorValues, UNKNOWN, ZERO, zeroLookup, type ZeroMask } from '../graph/tensors.js';
import { broadcastView, everyPlace, isFollowedView, sourcePlaces } from '../operators/views.js';

/** Places examined for one model, times their rank. A bias of 20,000 elements behind ten operators costs 600,000. */
const MAX_WORK = 50_000_000;
/** Concats and sums inside each other; only these are followed by recursion. */
const MAX_DEPTH = 100;
/** What one look at a definition costs beside its places. */
const LOOK_COST = 100;
/** Elements of a tensor that is read whole; the largest real bias has 100,000. */
const MAX_ELEMENTS = 4_000_000;

/** What holds values, as leaves of a weight are told apart. */
type StoredKey = Tensor | Attribute;
type Reach = (key: StoredKey, places: Float64Array) => void;

export class Zeros {
  readonly #folding: Folding;
  readonly #masks = new Map<Definition, ZeroMask>();
  #work = MAX_WORK;
  /** While it is asked where values are stored, and not which are zero. */
  #tracing: { reach: Reach; isWhole: boolean } | null = null;

  constructor(folding: Folding) {
    this.#folding = folding;
  }

  /** One entry an element, in row-major order; null when the shape is unknown or the tensor too large to tell. */
  mask(definition: Definition): ZeroMask | null {
    const known = this.#folding.known(definition);
    const size = known ? product(known.dims) : null;
    if (size === null || size > MAX_ELEMENTS || definition.kind === 'input') return null;
    let mask = this.#masks.get(definition);
    if (!mask) this.#masks.set(definition, (mask = this.#at(definition, everyPlace(size), 0)));
    return mask;
  }

  /** Tells which places of which stored tensors are behind places of a definition; false where these may not be all. */
  trace(definition: Definition, places: Float64Array, reach: Reach): boolean {
    const tracing = { reach, isWhole: true };
    this.#tracing = tracing;
    this.#at(definition, places, 0);
    this.#tracing = null;
    return tracing.isWhole;
  }

  #reach(key: StoredKey, places: Float64Array): ZeroMask {
    this.#tracing?.reach(key, places);
    return unknown(places);
  }

  #untold(places: Float64Array): ZeroMask {
    if (this.#tracing) this.#tracing.isWhole = false;
    return unknown(places);
  }

  /** False when no work is left. */
  #spend(definition: Definition, places: number): boolean {
    const cost = places * (1 + (this.#folding.known(definition)?.dims.length ?? 0)) + LOOK_COST;
    definition.scope.work.spend(Math.ceil(cost / 32));
    this.#work -= cost;
    return this.#work >= 0;
  }

  #at(start: Definition, wanted: Float64Array, depth: number): ZeroMask {
    let [definition, places] = [start, wanted];
    for (;;) {
      if (depth > MAX_DEPTH || !this.#spend(definition, places.length)) return this.#untold(places);
      const values = this.#folding.known(definition)?.values;
      if (values && !this.#tracing) return look(places, (place) => (values[place] === 0 ? ZERO : NONZERO));
      if (this.#tracing && definition.kind === 'initializer') return this.#reach(definition.tensor, places);
      if (definition.kind === 'initializer') return look(places, zeroLookup(definition.tensor));
      if (definition.kind === 'sparse') {
        // Zeros are not among the values that it stores.
        if (this.#tracing) return unknown(places);
        if (!this.#spend(definition, definition.tensor.values.elements)) return unknown(places);
        return sparse(definition.tensor, places);
      }
      if (definition.kind === 'input') return unknown(places);

      const { node, scope } = definition;
      const inner = this.#folding.innerOutputs(definition);
      if (inner) return agree(inner.map((d) => this.#at(d, places, depth + 1))) ?? unknown(places);
      const { operator } = node;
      if (!operator) return this.#untold(places);
      if (operator.opType === 'Constant') {
        const attribute = this.#tracing && constantAttribute(scope, node);
        if (attribute)
          return attribute.sparseTensor ? unknown(places) : this.#reach(attribute.tensor ?? attribute, places);
        return constant(scope, node, places);
      }
      const first = source(scope, node, 0);
      if (operator.view && first) {
        const input = this.#folding.ruleInput(scope, node, definition.output);
        const seen = operator.view(input);
        if (!isFollowedView(seen) || !input.inputs[0]) return this.#untold(places);
        [definition, places] = [first, sourcePlaces(seen, input.inputs[0].dims, places)];
        continue;
      }
      const rule =
        typeof operator.zeros === 'function'
          ? operator.zeros(this.#folding.ruleInput(scope, node, definition.output))
          : (operator.zeros ?? null);
      if (rule !== 'SAME') return this.#combine(definition, rule, places, depth);
      if (!first) return this.#untold(places);
      definition = first;
    }
  }

  #combine(
    definition: Definition & { kind: 'output' },
    rule: Exclude<ZeroRule, 'SAME'> | null,
    places: Float64Array,
    depth: number,
  ): ZeroMask {
    const { node, scope } = definition;
    switch (rule) {
      case 'KEPT': {
        const first = source(scope, node, 0);
        const mask = first ? this.#at(first, places, depth + 1) : this.#untold(places);
        return mask.map((state) => (state === ZERO ? ZERO : UNKNOWN));
      }
      case 'JOINED':
        return this.#concat(definition, places, depth);
      case 'FILLED': {
        const fill = this.#folding.ruleInput(scope, node, 0).scalar('value')?.value ?? 0;
        return new Uint8Array(places.length).fill(fill === 0 ? ZERO : NONZERO);
      }
      case 'CHOSEN':
        return this.#where(definition, places, depth);
      case 'PADDED':
        return this.#pad(definition, places, depth);
      case 'OFFSET':
        return this.#offset(definition, places, depth);
      case 'PRODUCT':
      case 'QUOTIENT':
      case 'SUM':
        return this.#arithmetic(definition, rule, places, depth);
      case null:
        return this.#untold(places);
    }
  }

  #concat(definition: Definition & { kind: 'output' }, places: Float64Array, depth: number): ZeroMask {
    const { node, scope } = definition;
    const dims = this.#folding.known(definition)?.dims;
    const input = this.#folding.ruleInput(scope, node, 0);
    if (!dims || input.inputs.some((part) => !part)) return unknown(places);
    const axis = ((input.int('axis') ?? 0) + dims.length) % dims.length;
    const inner = product(dims.slice(axis + 1)) ?? 0;
    const result = unknown(places);
    const starts = [0];
    for (const part of input.inputs) starts.push(starts.at(-1)! + part!.dims[axis]!);
    /** For each part that is asked: places of ours, and where they are in the part. */
    const asked = new Map<number, { ours: number[]; theirs: number[] }>();
    for (let i = 0; i < places.length; i += 1) {
      const along = Math.floor(places[i]! / inner) % dims[axis]!;
      const outer = Math.floor(places[i]! / (inner * dims[axis]!));
      const index = lastAtMost(starts, along);
      const width = starts[index + 1]! - starts[index]!;
      const part = asked.get(index) ?? { ours: [], theirs: [] };
      part.ours.push(i);
      part.theirs.push((outer * width + along - starts[index]!) * inner + (places[i]! % inner));
      asked.set(index, part);
    }
    for (const [index, { ours, theirs }] of asked) {
      const from = source(scope, node, index);
      if (!from) continue;
      const mask = this.#at(from, Float64Array.from(theirs), depth + 1);
      for (const [k, i] of ours.entries()) result[i] = mask[k]!;
    }
    return result;
  }

  /** Needs no value of the condition where both sides agree. */
  #where(definition: Definition & { kind: 'output' }, places: Float64Array, depth: number): ZeroMask {
    const [condition, a, b] = [0, 1, 2].map((i) => this.#broadcast(definition, i, places, depth));
    return look(places, (_, i) => {
      if (a![i] === b![i]) return a![i]!;
      if (condition![i] === UNKNOWN) return UNKNOWN;
      return condition![i] === ZERO ? b![i]! : a![i]!;
    });
  }

  /** What is added is the constant, 0 by default; other modes repeat elements that are not followed. */
  #pad(definition: Definition & { kind: 'output' }, places: Float64Array, depth: number): ZeroMask {
    const { node, scope } = definition;
    const input = this.#folding.ruleInput(scope, node, 0);
    const [from, dims] = [input.inputs[0], this.#folding.known(definition)?.dims];
    const pads = padsOf(input);
    const first = source(scope, node, 0);
    const mode = findAttribute(scope, node, 'mode')?.text ?? 'constant';
    if (!from || !dims || !pads || !first || mode !== 'constant') return unknown(places);
    const fill = input.given(2) ? input.inputs[2]?.values?.[0] : 0;
    const outside = fill === undefined ? UNKNOWN : fill === 0 ? ZERO : NONZERO;
    const result = new Uint8Array(places.length).fill(outside);
    const [inside, theirs]: [number[], number[]] = [[], []];
    for (let i = 0; i < places.length; i += 1) {
      const place = unpadded(places[i]!, dims, from.dims, pads.before);
      if (place === null) continue;
      inside.push(i);
      theirs.push(place);
    }
    const mask = this.#at(first, Float64Array.from(theirs), depth + 1);
    for (const [k, i] of inside.entries()) result[i] = mask[k]!;
    return result;
  }

  /** Whether each number is the zero point that it has. */
  #offset({ node, scope }: Definition & { kind: 'output' }, places: Float64Array, depth: number): ZeroMask {
    const { inputs, int } = this.#folding.ruleInput(scope, node, 0);
    const first = this.#tracing && source(scope, node, 0);
    if (first) return this.#at(first, places, depth + 1);
    const [from, , offset] = inputs;
    if (!from?.values || !offset?.values) return unknown(places);
    const offsets = zeroPointPlaces(from.dims, offset.dims, int('axis') ?? 1, int('block_size') ?? 0, places);
    if (!offsets) return unknown(places);
    return look(places, (place, i) => (from.values![place] === offset.values![offsets[i]!] ? ZERO : NONZERO));
  }

  /** One input of an operator that broadcasts, at places of its output. */
  #broadcast(
    definition: Definition & { kind: 'output' },
    index: number,
    places: Float64Array,
    depth: number,
  ): ZeroMask {
    const { node, scope } = definition;
    const dims = this.#folding.known(definition)?.dims;
    const from = source(scope, node, index);
    const known = from && this.#folding.known(from);
    if (!dims || !known) return unknown(places);
    return this.#at(from, sourcePlaces(broadcastView(known.dims, dims), known.dims, places), depth + 1);
  }

  #arithmetic(
    definition: Definition & { kind: 'output' },
    rule: 'PRODUCT' | 'QUOTIENT' | 'SUM',
    places: Float64Array,
    depth: number,
  ): ZeroMask {
    const a = this.#broadcast(definition, 0, places, depth);
    const b = this.#broadcast(definition, 1, places, depth);
    return look(places, (_, i) => {
      if (rule === 'PRODUCT') return a[i] === ZERO || b[i] === ZERO ? ZERO : Math.max(a[i]!, b[i]!);
      if (rule === 'QUOTIENT') return a[i]!;
      if (b[i] === ZERO) return a[i]!;
      return a[i] === ZERO ? b[i]! : UNKNOWN; // two that are not zero may cancel out
    });
  }
}

/** Where the zero point of each place is, by the definition of DequantizeLinear; null where the shapes do not fit. */
function zeroPointPlaces(
  dims: readonly number[],
  offsets: readonly number[],
  axis: number,
  block: number,
  places: Float64Array,
): Float64Array | null {
  if (product(offsets) === 1) return new Float64Array(places.length);
  const at = normalAxis(axis, dims.length);
  if (at === null) return null;
  const [width, inner] = [dims[at]!, product(dims.slice(at + 1))!];
  const isPerAxis = offsets.length === 1 && offsets[0] === width;
  const isBlocked =
    block > 0 &&
    offsets.length === dims.length &&
    offsets.every((count, i) => count === (i === at ? Math.ceil(width / block) : dims[i]));
  if (!isPerAxis && !isBlocked) return null;
  return Float64Array.from(places, (place) => {
    const along = Math.floor(place / inner) % width;
    if (isPerAxis) return along;
    const outer = Math.floor(place / (inner * width));
    return (outer * offsets[at]! + Math.floor(along / block)) * inner + (place % inner);
  });
}

/** The place before padding; null for what was added. */
function unpadded(place: number, dims: number[], from: number[], before: number[]): number | null {
  let [rest, result, stride] = [place, 0, 1];
  for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
    const at = (rest % dims[axis]!) - before[axis]!;
    rest = Math.floor(rest / dims[axis]!);
    if (at < 0 || at >= from[axis]!) return null;
    result += at * stride;
    stride *= from[axis]!;
  }
  return result;
}

/** Index of the last entry of an ascending list that is at most this; parts of no width are passed over. */
function lastAtMost(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}

function source(scope: Scope, node: Node, index: number): Definition | null {
  const name = node.inputs[index] ?? '';
  return name === '' ? null : (find(scope, name)?.definition ?? null);
}

function unknown(places: Float64Array): ZeroMask {
  return new Uint8Array(places.length).fill(UNKNOWN);
}

function look(places: Float64Array, lookup: (place: number, index: number) => number): ZeroMask {
  const mask = new Uint8Array(places.length);
  for (let i = 0; i < places.length; i += 1) mask[i] = lookup(places[i]!, i);
  return mask;
}

function constant(scope: Scope, node: Node, places: Float64Array): ZeroMask {
  const attribute = constantAttribute(scope, node);
  if (attribute?.tensor) return look(places, zeroLookup(attribute.tensor));
  if (attribute?.sparseTensor) return sparse(attribute.sparseTensor, places);
  const values = attribute ? knownAttribute(attribute)?.values : null;
  return values ? look(places, (place) => (values[place] === 0 ? ZERO : NONZERO)) : unknown(places);
}

/** Everything is zero but what is stored. */
function sparse({ dims, values, indices }: SparseTensor, places: Float64Array): ZeroMask {
  const stored = tensorValues(values);
  const at = indices && tensorValues(indices);
  if (!stored || !at) return unknown(places);
  const rank = at.length === stored.length ? 1 : dims.length;
  const nonzero = new Set<number>();
  for (const [i, value] of stored.entries()) {
    if (value === 0) continue;
    let place = 0;
    for (let axis = 0; axis < rank; axis += 1) place = rank === 1 ? at[i]! : place * dims[axis]! + at[i * rank + axis]!;
    nonzero.add(place);
  }
  return look(places, (place) => (nonzero.has(place) ? NONZERO : ZERO));
}

/** What all branches agree on; null without branches. */
function agree(masks: ZeroMask[]): ZeroMask | null {
  const [first, ...rest] = masks;
  if (!first) return null;
  return first.map((state, i) => (rest.every((mask) => mask[i] === state) ? state : UNKNOWN));
}
