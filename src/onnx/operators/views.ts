/**
 * Views: operators that only move elements about, as a map from each element of the output to its place in the input. Shape, values
 * and zeros follow from the same map.
 */
import { product } from '../read/dtypes.js';
import {
  broadcast,
  type Known,
  MAX_FOLDED_RANK,
  MAX_VALUES,
  normalAxis,
  type RuleInput,
  type ShapeRule,
} from './known.js';

export type ViewRule = (node: RuleInput) => View | null;

/** How the elements of an output come from those of its input. */
export interface View {
  dims: number[];
  /**
   * For each axis of the input: the axis of `dims` that drives it (−1: none, always `at(0)`), and the place on the input axis. Null where
   * the axes do not go one by one, or only the shape is known.
   */
  axes: { from: number; at: (place: number) => number }[] | null;
  /** The place in the input of each element, in order, where there are no axes. */
  places?: readonly number[];
  /** The shape of the output where `dims` has several of its axes as one: the same elements in the same order. */
  shape?: number[];
}

type AxesView = View & { axes: NonNullable<View['axes']> };

/** Whose elements can be followed. */
type FollowedView = AxesView | (View & { places: readonly number[] });

export function isFollowedView(view: View | null): view is FollowedView {
  return view !== null && (view.axes !== null || view.places !== undefined);
}

const same = (place: number) => place;

export function transposeView({ inputs, ints }: RuleInput): View | null {
  const from = inputs[0];
  if (!from) return null;
  const perm = ints('perm') ?? from.dims.map((_, axis) => from.dims.length - 1 - axis);
  if (perm.length !== from.dims.length || new Set(perm).size !== perm.length) return null;
  if (perm.some((axis) => from.dims[axis] === undefined)) return null;
  return {
    dims: perm.map((axis) => from.dims[axis]!),
    axes: from.dims.map((_, axis) => ({ from: perm.indexOf(axis), at: same })),
  };
}

export function sliceView(node: RuleInput): View | null {
  const from = node.inputs[0];
  const asInputs = node.given(1);
  const starts = asInputs ? (node.inputs[1]?.values ?? null) : node.ints('starts');
  const ends = asInputs ? (node.inputs[2]?.values ?? null) : node.ints('ends');
  if (!from || !starts || ends?.length !== starts.length) return null;
  if ((node.given(3) && !node.inputs[3]?.values) || (node.given(4) && !node.inputs[4]?.values)) return null;
  const axes = (asInputs ? node.inputs[3]?.values : node.ints('axes')) ?? starts.map((_, i) => i);
  const steps = (asInputs ? node.inputs[4]?.values : null) ?? starts.map(() => 1);
  const view: AxesView = { dims: [...from.dims], axes: from.dims.map((_, axis) => ({ from: axis, at: same })) };
  for (const [i, given] of axes.entries()) {
    const axis = normalAxis(given, from.dims.length);
    const step = steps[i];
    if (axis === null || !step) return null;
    const size = from.dims[axis]!;
    const clamp = (bound: number) =>
      Math.min(Math.max(bound < 0 ? bound + size : bound, step < 0 ? -1 : 0), step < 0 ? size - 1 : size);
    const start = clamp(starts[i]!);
    const end = clamp(ends[i]!);
    view.dims[axis] = Math.max(0, Math.ceil((end - start) / step));
    view.axes[axis] = { from: axis, at: (place) => start + place * step };
  }
  return view;
}

export function splitView(node: RuleInput): View | null {
  const from = node.inputs[0];
  const axis = from ? normalAxis(node.int('axis') ?? 0, from.dims.length) : null;
  if (!from || axis === null) return null;
  const size = from.dims[axis]!;
  if (node.given(1) && !node.inputs[1]?.values) return null;
  const even = Math.ceil(size / node.outputs);
  const sizes =
    node.inputs[1]?.values ??
    node.ints('split') ??
    Array.from({ length: node.outputs }, (_, i) => Math.max(0, Math.min(even, size - i * even)));
  const taken = sizes[node.output];
  const start = sizes.slice(0, node.output).reduce((sum, part) => sum + part, 0);
  if (taken === undefined || taken < 0 || start + taken > size) return null;
  return {
    dims: from.dims.map((dim, i) => (i === axis ? taken : dim)),
    axes: from.dims.map((_, i) => ({ from: i, at: i === axis ? (place: number) => start + place : same })),
  };
}

export function gatherView({ inputs, int }: RuleInput): View | null {
  const [from, indices] = inputs;
  const axis = from ? normalAxis(int('axis') ?? 0, from.dims.length) : null;
  const count = indices && product(indices.dims);
  if (!from || axis === null || count === null || count === undefined) return null;
  const dims = from.dims.map((dim, i) => (i === axis ? count : dim));
  const shape = from.dims.flatMap((dim, i) => (i === axis ? indices!.dims : [dim]));
  if (!indices?.values) return { dims, axes: null, shape };
  const size = from.dims[axis]!;
  const places = indices.values.map((index) => (index < 0 ? index + size : index));
  if (places.some((place) => !Number.isInteger(place) || place < 0 || place >= size)) return null;
  return {
    dims,
    axes: from.dims.map((_, i) => ({ from: i, at: i === axis ? (place: number) => places[place]! : same })),
    shape,
  };
}

export function gatherElementsView({ inputs, int }: RuleInput): View | null {
  const [from, indices] = inputs;
  const axis = from ? normalAxis(int('axis') ?? 0, from.dims.length) : null;
  if (!from || axis === null || indices?.dims.length !== from.dims.length) return null;
  const { dims, values } = indices;
  if (!values) return { dims, axes: null };
  const [ours, theirs] = [strides(dims), strides(from.dims)];
  const size = from.dims[axis]!;
  const places = values.map((index, element) => {
    const along = index < 0 ? index + size : index;
    if (!Number.isInteger(along) || along < 0 || along >= size) return NaN;
    const at = ours.map((stride, i) => (i === axis ? along : Math.floor(element / stride) % dims[i]!));
    return at.reduce((place, coordinate, i) => (coordinate < from.dims[i]! ? place + coordinate * theirs[i]! : NaN), 0);
  });
  return places.some(Number.isNaN) ? null : { dims, axes: null, places };
}

/** Whole slices, each chosen by a tuple of places on the first axes behind the ones that both share. */
export function gatherNDView({ inputs, int }: RuleInput): View | null {
  const [from, indices] = inputs;
  const batch = int('batch_dims') ?? 0;
  const tuple = indices?.dims.at(-1);
  if (!from || !indices || tuple === undefined || batch < 0 || batch >= indices.dims.length) return null;
  const first = batch + tuple;
  if (first > from.dims.length || indices.dims.slice(0, batch).some((dim, i) => dim !== from.dims[i])) return null;
  const dims = [...indices.dims.slice(0, -1), ...from.dims.slice(first)];
  const size = product(dims);
  if (!indices.values || tuple === 0 || size === null || size > MAX_VALUES) return { dims, axes: null };
  const theirs = strides(from.dims);
  const inner = product(from.dims.slice(first))!;
  const perBatch = product(indices.dims.slice(batch, -1))!;
  const perShared = product(from.dims.slice(batch))!;
  const places: number[] = [];
  for (let slice = 0; slice < indices.values.length / tuple; slice += 1) {
    let start = Math.floor(slice / perBatch) * perShared;
    for (let i = 0; i < tuple; i += 1) {
      const [index, along] = [indices.values[slice * tuple + i]!, from.dims[batch + i]!];
      const at = index < 0 ? index + along : index;
      if (!Number.isInteger(at) || at < 0 || at >= along) return null;
      start += at * theirs[batch + i]!;
    }
    for (let place = 0; place < inner; place += 1) places.push(start + place);
  }
  return { dims, axes: null, places };
}

export function expandView({ inputs }: RuleInput): View | null {
  const [from, shape] = inputs;
  const dims = from && shape?.values ? broadcast(from.dims, shape.values) : null;
  if (!from || !dims) return null;
  const offset = dims.length - from.dims.length;
  return {
    dims,
    axes: from.dims.map((dim, axis) => ({ from: axis + offset, at: dim === 1 ? () => 0 : same })),
  };
}

export function tileView({ inputs }: RuleInput): View | null {
  const [from, repeats] = inputs;
  if (!from || repeats?.values?.length !== from.dims.length) return null;
  const counts = repeats.values;
  return {
    dims: from.dims.map((dim, axis) => dim * counts[axis]!),
    axes: from.dims.map((dim, axis) => ({ from: axis, at: (place: number) => place % dim })),
  };
}

/** Where some elements of a view lie in its input, both in row-major order. `places` are elements of the view. */
export function sourcePlaces(view: FollowedView, fromDims: readonly number[], places: Float64Array): Float64Array {
  const { dims, axes } = view;
  if (!axes) return places.map((place) => view.places![place]!);
  const outStrides = strides(dims);
  const inStrides = strides(fromDims);
  const result = new Float64Array(places.length);
  for (let axis = 0; axis < axes.length; axis += 1) {
    const { from, at } = axes[axis]!;
    const stride = inStrides[axis]!;
    const [outStride, size] = from < 0 ? [1, 1] : [outStrides[from]!, dims[from]!];
    for (let i = 0; i < places.length; i += 1) {
      result[i] = result[i]! + at(Math.floor(places[i]! / outStride) % size) * stride;
    }
  }
  return result;
}

/** The same of all elements of a view, in order: axis by axis, from the outermost. */
export function everySourcePlace(view: FollowedView, fromDims: readonly number[]): readonly number[] {
  const { dims, axes } = view;
  if (!axes) return view.places!;
  if (dims.includes(0)) return [];
  const inStrides = strides(fromDims);
  let result = [0];
  for (let out = -1; out < dims.length; out += 1) {
    const size = out < 0 ? 1 : dims[out]!;
    const along = new Array<number>(size).fill(0);
    for (let axis = 0; axis < axes.length; axis += 1) {
      const { from, at } = axes[axis]!;
      if (Math.max(from, -1) !== out) continue;
      for (let place = 0; place < size; place += 1) along[place] = along[place]! + at(place) * inStrides[axis]!;
    }
    const before = result;
    result = [];
    for (const start of before) for (const more of along) result.push(start + more);
  }
  return result;
}

function strides(dims: readonly number[]): number[] {
  const result = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis -= 1) result[axis] = result[axis + 1]! * dims[axis + 1]!;
  return result;
}

export function everyPlace(count: number): Float64Array {
  const places = new Float64Array(count);
  for (let place = 0; place < count; place += 1) places[place] = place;
  return places;
}

export function broadcastView(from: readonly number[], dims: number[]): AxesView {
  const offset = dims.length - from.length;
  return { dims, axes: from.map((dim, axis) => ({ from: axis + offset, at: dim === 1 ? () => 0 : same })) };
}

/** Whether a row says anything of shapes. */
export function isFollowed({ view, shape }: { view?: ViewRule; shape?: ShapeRule }): boolean {
  return view !== undefined || shape !== undefined;
}

/** What is known of an output whose row has a view or a shape rule. Whatever a rule makes of odd inputs, a shape has whole, exact dims and few of them. */
export function knownByRow({ view, shape }: { view?: ViewRule; shape?: ShapeRule }, node: RuleInput): Known | null {
  const known = view ? moved(node.inputs[0], view(node)) : (shape?.(node) ?? null);
  if (!known || known.dims.length > MAX_FOLDED_RANK) return null;
  return known.dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) ? known : null;
}

function moved(from: Known | null | undefined, view: View | null): Known | null {
  if (!from || !view || view.dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) return null;
  const size = product(view.dims);
  const given = size !== null && size <= MAX_VALUES ? from.values : null;
  const values = given && isFollowedView(view) ? everySourcePlace(view, from.dims).map((place) => given[place]!) : null;
  return { dims: view.shape ?? view.dims, dataType: from.dataType, values };
}
