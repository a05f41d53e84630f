/**
 * The rows of operators that only move elements about, or choose among those of several inputs. A rule follows the operator's
 * definition in ONNX and returns null for what it does not know, never a guess.
 */
import { bitsPerElement, DataType, isInteger, product } from '../read/dtypes.js';
import { DATA, INDICES, ONNX, rows, SETTING, SHAPE, type ZeroRule } from './operator.js';
import { sameShape } from './shapes.js';
import { axesOf, type Known, MAX_FOLDED_RANK, MAX_VALUES, normalAxis, type RuleInput } from './known.js';
import {
  expandView,
  gatherElementsView,
  gatherNDView,
  gatherView,
  sliceView,
  splitView,
  tileView,
  transposeView,
} from './views.js';

export const MOVING = rows('MOVE', [ONNX], {
  Identity: { inputs: [DATA], moves: 'KEEPS', shape: ({ inputs }) => inputs[0] ?? null, zeros: 'SAME' },
  Cast: {
    inputs: [DATA],
    moves: 'KEEPS',
    shape: (node) => cast(node, node.int('to')),
    zeros: ({ inputs, int }) => zerosOfCast(inputs[0]?.dataType, int('to') ?? inputs[0]?.dataType),
  },
  CastLike: {
    inputs: [DATA, SETTING],
    moves: 'KEEPS',
    shape: (node) => cast(node, node.inputs[1]?.dataType ?? null),
    zeros: ({ inputs }) => zerosOfCast(inputs[0]?.dataType, inputs[1]?.dataType),
  },
  Dropout: {
    inputs: [DATA, SETTING, SETTING],
    moves: 'KEEPS',
    shape: ({ inputs, output }) => (output === 0 ? (inputs[0] ?? null) : null),
    zeros: ({ output }) => (output === 0 ? 'SAME' : null),
  },
  Reshape: {
    inputs: [DATA, SHAPE],
    moves: 'KEEPS',
    shape: (node) => {
      const from = node.inputs[0];
      const shape = node.given(1) ? (node.inputs[1]?.values ?? null) : node.ints('shape');
      return from && shape ? reshaped(from, resolveReshape(from.dims, shape, node.int('allowzero') === 1)) : null;
    },
    zeros: 'SAME',
  },
  Flatten: {
    inputs: [DATA],
    moves: 'KEEPS',
    shape: ({ inputs, int }) => {
      const from = inputs[0];
      if (!from) return null;
      const axis = normalAxis(int('axis') ?? 1, from.dims.length + 1);
      if (axis === null) return null;
      const [rows, columns] = [product(from.dims.slice(0, axis)), product(from.dims.slice(axis))];
      return rows === null || columns === null ? null : reshaped(from, [rows, columns]);
    },
    zeros: 'SAME',
  },
  Squeeze: {
    inputs: [DATA, SHAPE],
    moves: 'KEEPS',
    shape: (node) => {
      const from = node.inputs[0];
      if (!from) return null;
      const given = axesOf(node);
      if (given === undefined) return null;
      const axes = given === null ? null : given.map((axis) => normalAxis(axis, from.dims.length));
      return reshaped(
        from,
        from.dims.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1)),
      );
    },
    zeros: 'SAME',
  },
  Unsqueeze: {
    inputs: [DATA, SHAPE],
    moves: 'KEEPS',
    shape: (node) => {
      const from = node.inputs[0];
      const given = axesOf(node);
      if (!from || !given) return null;
      const rank = from.dims.length + given.length;
      if (rank > MAX_FOLDED_RANK) return null;
      const axes = given.map((axis) => normalAxis(axis, rank));
      if (axes.includes(null) || new Set(axes).size !== axes.length) return null;
      const rest = [...from.dims];
      return reshaped(
        from,
        Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
      );
    },
    zeros: 'SAME',
  },
  Transpose: { inputs: [DATA], moves: 'PERMUTES', view: transposeView },
  ReverseSequence: { inputs: [DATA, INDICES], moves: 'REVERSES', shape: sameShape },
  Slice: { inputs: [DATA, SHAPE, SHAPE, SHAPE, SHAPE], moves: 'TAKES', view: sliceView },
  Split: { inputs: [DATA, SHAPE], moves: 'TAKES', view: splitView },
  Gather: { inputs: [DATA, INDICES], moves: 'TAKES', view: gatherView },
  GatherElements: { inputs: [DATA, INDICES], moves: 'TAKES', view: gatherElementsView },
  GatherND: { inputs: [DATA, INDICES], moves: 'TAKES', view: gatherNDView },
  SplitToSequence: { inputs: [DATA, SHAPE], moves: 'TAKES', sequence: true, shape: splitToSequence },
  SequenceConstruct: { rest: DATA, moves: 'JOINS', sequence: true, shape: ({ inputs }) => sequenceOf(inputs) },
  SequenceAt: { inputs: [DATA, INDICES], moves: 'TAKES', sequence: true, shape: itemAt },
  ConcatFromSequence: { inputs: [DATA], moves: 'KEEPS', sequence: true, shape: joinedItems },
  Expand: { inputs: [DATA, SHAPE], moves: 'REPEATS', view: expandView },
  Tile: { inputs: [DATA, SHAPE], moves: 'REPEATS', view: tileView },
  Concat: { rest: DATA, moves: 'JOINS', shape: (node) => concat(node, node.inputs), zeros: 'JOINED' },
});

function sequenceOf(items: (Known | null)[]): Known {
  return { dims: [], dataType: items[0]?.dataType ?? 0, values: null, items };
}

/** Without sizes in steps of one, of which each loses its axis unless `keepdims` says otherwise. */
function splitToSequence(node: RuleInput): Known | null {
  const from = node.inputs[0];
  const axis = from ? normalAxis(node.int('axis') ?? 0, from.dims.length) : null;
  if (!from || axis === null) return null;
  const size = from.dims[axis]!;
  const given = node.given(1) ? (node.inputs[1]?.values ?? null) : [1];
  if (!given || given.some((part) => !Number.isInteger(part) || part < (node.inputs[1]?.dims.length ? 0 : 1)))
    return null;
  const isEven = !node.given(1) || node.inputs[1]!.dims.length === 0;
  const count = isEven ? Math.ceil(size / given[0]!) : given.length;
  if (count > MAX_VALUES) return null;
  const sizes = isEven ? Array.from({ length: count }, (_, i) => Math.min(given[0]!, size - i * given[0]!)) : given;
  if (sizes.reduce((sum, part) => sum + part, 0) !== size) return null;
  const keeps = node.given(1) || (node.int('keepdims') ?? 1) !== 0;
  return sequenceOf(
    sizes.map((part) => ({
      dims: from.dims.flatMap((dim, i) => (i !== axis ? [dim] : keeps ? [part] : [])),
      dataType: from.dataType,
      values: null,
    })),
  );
}

function itemAt({ inputs }: RuleInput): Known | null {
  const [sequence, position] = inputs;
  const at = position?.values?.[0];
  return sequence?.items && at !== undefined ? (sequence.items.at(at) ?? null) : null;
}

function joinedItems(node: RuleInput): Known | null {
  const items = node.inputs[0]?.items;
  const axis = node.int('axis');
  if (!items || axis === null) return null;
  if (node.int('new_axis') !== 1) return concat(node, items);
  const rank = (items[0]?.dims.length ?? 0) + 1;
  const at = normalAxis(axis, rank);
  if (at === null) return null;
  return concat(
    node,
    items.map((item) => item && { ...item, dims: item.dims.toSpliced(at, 0, 1) }),
  );
}

/** In a type that is no wider, 0.5 or a very small number may become 0, and 256 too; what is 0 stays 0. */
function zerosOfCast(from: number | undefined, to: number | undefined): ZeroRule | null {
  if (from === undefined || to === undefined) return null;
  return keepsNumbers(from, to) ? 'SAME' : 'KEPT';
}

/** Whether a type has every number of another one but perhaps its last digits, so that nothing becomes 0. */
function keepsNumbers(from: number, to: number): boolean {
  if (from === to || to === DataType.BOOL) return true;
  const smallest = (type: number) => SMALLEST[type] ?? (isInteger(type) ? 0 : Infinity);
  if (!isInteger(from)) return smallest(to) !== 0 && smallest(to) <= smallest(from);
  return !isInteger(to) || (bitsPerElement(to) ?? 0) >= (bitsPerElement(from) ?? Infinity);
}

/** Powers of two: the smallest numbers over 0 that floating-point types have. Others are not known to be small enough. */
const SMALLEST: Record<number, number> = {
  [DataType.DOUBLE]: 2 ** -1_074,
  [DataType.FLOAT]: 2 ** -149,
  [DataType.BFLOAT16]: 2 ** -133,
  [DataType.FLOAT16]: 2 ** -24,
  [DataType.FLOAT8E5M2]: 2 ** -16,
  [DataType.FLOAT8E4M3FN]: 2 ** -9,
};

function cast({ inputs }: RuleInput, dataType: number | null): Known | null {
  const from = inputs[0];
  if (!from || dataType === null) return from ?? null;
  return { dims: from.dims, dataType, values: castValues(from, dataType) };
}

/** As far as they tell zeros and sizes: what loses only digits keeps them. Null where a type wraps around or is not known. */
function castValues({ values, dataType: from }: Known, to: number): number[] | null {
  if (!values || keepsNumbers(from, to)) return values;
  const smallest = SMALLEST[to];
  if (smallest !== undefined) return values.map((value) => (Math.abs(value) <= smallest / 2 ? 0 : value));
  return to === DataType.INT64 || to === DataType.INT32 ? values.map(Math.trunc) : null;
}

function reshaped(from: Known, dims: number[] | null): Known | null {
  const size = product(from.dims);
  return dims && size !== null && product(dims) === size ? { ...from, dims } : null;
}

function resolveReshape(from: readonly number[], shape: readonly number[], allowZero: boolean): number[] | null {
  const dims = shape.map((dim, axis) => (dim === 0 && !allowZero ? (from[axis] ?? 0) : dim));
  const open = dims.indexOf(-1);
  if (open < 0) return dims;
  const rest = product(dims.filter((_, axis) => axis !== open));
  const total = product(from);
  if (!rest || total === null || total % rest !== 0) return null;
  return dims.map((dim, axis) => (axis === open ? total / rest : dim));
}

/** Null where one of the inputs is unknown, or left out. */
function concat({ int }: RuleInput, inputs: readonly (Known | null)[]): Known | null {
  const first = inputs[0];
  const parts = inputs.filter((input) => input !== null);
  if (!first || parts.length < inputs.length) return null;
  const axis = normalAxis(int('axis') ?? 0, Math.max(first.dims.length, 1));
  if (axis === null || parts.some((part) => part.dims.length !== first.dims.length)) return null;
  if (parts.some((part) => part.dims.some((dim, i) => i !== axis && dim !== first.dims[i]))) return null;
  const dims = first.dims.map((dim, i) => (i === axis ? parts.reduce((sum, part) => sum + part.dims[i]!, 0) : dim));
  const outer = product(first.dims.slice(0, axis));
  let values: number[] | null = null;
  if (outer !== null && parts.every((part) => part.values) && (product(dims) ?? Infinity) <= MAX_VALUES) {
    values = [];
    for (let row = 0; row < outer; row += 1) {
      for (const { values: all } of parts) {
        const width = all!.length / outer;
        for (let i = row * width; i < (row + 1) * width; i += 1) values.push(all![i]!);
      }
    }
  }
  return { dims, dataType: first.dataType, values };
}
