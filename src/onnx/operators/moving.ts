/**
 * The rows of operators that only move elements about, or choose among those of several inputs. A rule follows the operator's
 * definition in ONNX and returns null for what it does not know, never a guess.
 */
import { DataType, product } from '../read/dtypes.js';
import { DATA, INDICES, ONNX, rows, SETTING, SHAPE } from './operator.js';
import { axesOf, type Known, MAX_FOLDED_RANK, MAX_VALUES, normalAxis, type RuleInput } from './known.js';
import { expandView, gatherView, sliceView, splitView, tileView, transposeView } from './views.js';

export const MOVING = rows('MOVE', [ONNX], {
  Identity: { inputs: [DATA], moves: 'KEEPS', shape: ({ inputs }) => inputs[0] ?? null, zeros: 'SAME' },
  Cast: {
    inputs: [DATA],
    moves: 'KEEPS',
    shape: (node) => cast(node, node.int('to')),
    zeros: ({ inputs, int }) => (truncates(int('to') ?? inputs[0]?.dataType) ? null : 'SAME'), // 0.5 becomes 0
  },
  CastLike: {
    inputs: [DATA, SETTING],
    moves: 'KEEPS',
    shape: (node) => cast(node, node.inputs[1]?.dataType ?? null),
    zeros: ({ inputs }) => (!inputs[1] || truncates(inputs[1].dataType) ? null : 'SAME'),
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
  ReverseSequence: { inputs: [DATA, INDICES], moves: 'REVERSES' },
  Slice: { inputs: [DATA, SHAPE, SHAPE, SHAPE, SHAPE], moves: 'TAKES', view: sliceView },
  Split: { inputs: [DATA, SHAPE], moves: 'TAKES', view: splitView },
  Gather: { inputs: [DATA, INDICES], moves: 'TAKES', view: gatherView },
  SplitToSequence: { inputs: [DATA, SHAPE], moves: 'TAKES' },
  SequenceAt: { inputs: [DATA, INDICES], moves: 'TAKES' },
  Expand: { inputs: [DATA, SHAPE], moves: 'REPEATS', view: expandView },
  Tile: { inputs: [DATA, SHAPE], moves: 'REPEATS', view: tileView },
  Concat: { rest: DATA, moves: 'JOINS', shape: concat, zeros: 'JOINED' },
});

function truncates(dataType: number | undefined): boolean {
  return dataType === DataType.INT64 || dataType === DataType.INT32;
}

function cast({ inputs }: RuleInput, dataType: number | null): Known | null {
  const from = inputs[0];
  if (!from || dataType === null) return from ?? null;
  return {
    dims: from.dims,
    dataType,
    values: truncates(dataType) ? (from.values?.map(Math.trunc) ?? null) : from.values,
  };
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

function concat({ inputs, int, given }: RuleInput): Known | null {
  const first = inputs[0];
  if (!first || inputs.some((input, i) => given(i) && !input)) return null;
  const parts = inputs.filter((input) => input !== null);
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
