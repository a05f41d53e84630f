/**
 * The rows of operators that work out each element from elements of their inputs: arithmetic, comparisons, choices, reductions. A rule
 * follows the operator's definition in ONNX and returns null for what it does not know, never a guess.
 */
import { DataType, product } from '../read/dtypes.js';
import { DATA, INDICES, ONNX, rows, SCALE, SETTING, SHAPE, ZERO_POINT } from './operator.js';
import { axesOf, broadcast, type Known, MAX_VALUES, normalAxis, type RuleInput, type ShapeRule } from './known.js';
import { sameShape } from './shapes.js';
import { broadcastView, everySourcePlace } from './views.js';

export const ELEMENTS = rows('ELEMENTS', [ONNX], {
  Add: { inputs: [DATA, DATA], shape: arithmetic((a, b) => a + b), zeros: 'SUM' },
  Sub: {
    inputs: [DATA, DATA],
    dequantizes: { role: ZERO_POINT },
    shape: arithmetic((a, b) => a - b),
    zeros: 'SUM',
  },
  Mul: {
    inputs: [DATA, DATA],
    dequantizes: { role: SCALE, either: true },
    shape: arithmetic((a, b) => a * b),
    zeros: 'PRODUCT',
  },
  Div: {
    inputs: [DATA, DATA],
    dequantizes: { role: SCALE },
    shape: arithmetic((a, b, integer) => (integer ? Math.trunc(a / b) : a / b)),
    zeros: 'QUOTIENT',
  },
  Mod: { inputs: [DATA, DATA], shape: arithmetic((a, b) => a - b * Math.floor(a / b)) },
  Pow: { inputs: [DATA, DATA], shape: arithmetic((a, b) => a ** b) },
  Max: { rest: DATA, shape: variadic((a, b) => Math.max(a, b)) },
  Min: { rest: DATA, shape: variadic((a, b) => Math.min(a, b)) },
  Sum: { rest: DATA, shape: variadic((a, b) => a + b) },
  Mean: { rest: DATA, shape: mean },
  Equal: { inputs: [DATA, DATA], shape: comparison((a, b) => a === b) },
  Greater: { inputs: [DATA, DATA], shape: comparison((a, b) => a > b) },
  GreaterOrEqual: { inputs: [DATA, DATA], shape: comparison((a, b) => a >= b) },
  Less: { inputs: [DATA, DATA], shape: comparison((a, b) => a < b) },
  LessOrEqual: { inputs: [DATA, DATA], shape: comparison((a, b) => a <= b) },
  And: { inputs: [DATA, DATA], shape: comparison((a, b) => a !== 0 && b !== 0) },
  Or: { inputs: [DATA, DATA], shape: comparison((a, b) => a !== 0 || b !== 0) },
  Not: { inputs: [DATA], shape: elementwise((a) => (a === 0 ? 1 : 0)) },
  Neg: { inputs: [DATA], shape: elementwise((a) => -a), zeros: 'SAME' },
  Abs: { inputs: [DATA], shape: elementwise(Math.abs), zeros: 'SAME' },
  Floor: { inputs: [DATA], shape: elementwise(Math.floor) },
  Ceil: { inputs: [DATA], shape: elementwise(Math.ceil) },
  Sqrt: { inputs: [DATA], shape: elementwise(Math.sqrt), zeros: 'SAME' },
  Round: { inputs: [DATA], shape: elementwise(null) },
  Sign: { inputs: [DATA], shape: elementwise(Math.sign) },
  Exp: { inputs: [DATA], shape: elementwise(null) },
  Log: { inputs: [DATA], shape: elementwise(null) },
  Erf: { inputs: [DATA], shape: elementwise(null) },
  Sin: { inputs: [DATA], shape: elementwise(Math.sin), zeros: 'SAME' },
  Cos: { inputs: [DATA], shape: elementwise(Math.cos) },
  Softmax: { inputs: [DATA], shape: sameShape },
  LogSoftmax: { inputs: [DATA], shape: sameShape },
  LpNormalization: { inputs: [DATA], shape: sameShape },
  CumSum: { inputs: [DATA, SETTING], shape: sameShape },
  Trilu: { inputs: [DATA, SETTING], shape: triangle },
  ScatterND: { inputs: [DATA, INDICES, DATA], shape: sameShape },
  ScatterElements: { inputs: [DATA, INDICES, DATA], shape: sameShape },
  Reciprocal: { inputs: [DATA], shape: elementwise((a) => 1 / a) },
  ReduceSum: { inputs: [DATA, SHAPE], shape: reduce },
  ReduceMean: { inputs: [DATA, SHAPE], shape: reduce },
  ReduceMax: { inputs: [DATA, SHAPE], shape: reduce },
  ReduceMin: { inputs: [DATA, SHAPE], shape: reduce },
  ReduceProd: { inputs: [DATA, SHAPE], shape: reduceProduct },
  ReduceSumSquare: { inputs: [DATA, SHAPE], shape: reduce },
  ReduceL2: { inputs: [DATA, SHAPE], shape: reduce },
  Where: { inputs: [INDICES, DATA, DATA], shape: where, zeros: 'CHOSEN' },
  Pad: {
    inputs: [DATA, SHAPE, SETTING, SHAPE],
    shape: (node) => {
      const from = node.inputs[0];
      const pads = padsOf(node);
      if (!from || !pads) return null;
      const dims = from.dims.map((dim, axis) => dim + pads.before[axis]! + pads.after[axis]!);
      return dims.some((dim) => dim < 0) ? null : { dims, dataType: from.dataType, values: null };
    },
    zeros: 'PADDED',
  },
});

export function elementwise(operation: ((a: number) => number) | null): ShapeRule {
  return ({ inputs }) =>
    inputs[0] ? { ...inputs[0], values: (operation && inputs[0].values?.map(operation)) ?? null } : null;
}

function arithmetic(operation: (a: number, b: number, integer: boolean) => number): ShapeRule {
  return ({ inputs }) => {
    const [a, b] = inputs;
    const dims = a && b ? broadcast(a.dims, b.dims) : null;
    if (!a || !b || !dims) return null;
    const integer = a.dataType === DataType.INT64 || a.dataType === DataType.INT32;
    let values: number[] | null = null;
    const size = product(dims);
    if (a.values && b.values && size !== null && size <= MAX_VALUES) {
      const right = valuesOver(b, b.values, dims);
      values = valuesOver(a, a.values, dims).map((value, i) => operation(value, right[i]!, integer));
    }
    return { dims, dataType: a.dataType, values };
  };
}

/** The values of a side that is broadcast, one for each place. */
function valuesOver(side: Known, values: readonly number[], dims: number[]): number[] {
  return everySourcePlace(broadcastView(side.dims, dims), side.dims).map((place) => values[place]!);
}

function variadic(operation: (a: number, b: number) => number): ShapeRule {
  const pair = arithmetic(operation);
  return (node) => {
    let result: Known | null = node.inputs[0] ?? null;
    for (const next of node.inputs.slice(1)) {
      result = result && next ? pair({ ...node, inputs: [result, next] }) : null;
    }
    return result;
  };
}

function mean(node: RuleInput): Known | null {
  const sum = variadic((a, b) => a + b)(node);
  return sum && { ...sum, values: sum.values?.map((value) => value / node.inputs.length) ?? null };
}

/** The upper or the lower part of each matrix; the rest is 0. */
function triangle({ inputs, given, int }: RuleInput): Known | null {
  const [from, shift] = inputs;
  const [rows, columns] = from?.dims.slice(-2) ?? [];
  if (!from || rows === undefined || columns === undefined) return null;
  const diagonal = given(1) ? shift?.values?.[0] : 0;
  const isUpper = (int('upper') ?? 1) !== 0;
  if (!from.values || diagonal === undefined) return { ...from, values: null };
  const values = from.values.map((value, place) => {
    const beyond = (place % columns) - (Math.floor(place / columns) % rows) - diagonal;
    return (isUpper ? beyond >= 0 : beyond <= 0) ? value : 0;
  });
  return { ...from, values };
}

function comparison(holds: (a: number, b: number) => boolean): ShapeRule {
  const pair = arithmetic((a, b) => (holds(a, b) ? 1 : 0));
  return (node) => {
    const result = pair(node);
    return result && { ...result, dataType: DataType.BOOL };
  };
}

function where({ inputs }: RuleInput): Known | null {
  const [condition, a, b] = inputs;
  const dims = condition && a && b ? broadcast(broadcast(condition.dims, a.dims), b.dims) : null;
  if (!condition || !a || !b || !dims) return null;
  const size = product(dims);
  let values: number[] | null = null;
  if (condition.values && a.values && b.values && size !== null && size <= MAX_VALUES) {
    const [left, right] = [valuesOver(a, a.values, dims), valuesOver(b, b.values, dims)];
    values = valuesOver(condition, condition.values, dims).map((chosen, i) => (chosen !== 0 ? left[i]! : right[i]!));
  }
  return { dims, dataType: a.dataType, values };
}

/** How much Pad adds before and after each axis; null when that is not known. */
export function padsOf({ inputs, given, ints }: RuleInput): { before: number[]; after: number[] } | null {
  const from = inputs[0];
  const pads = given(1) ? inputs[1]?.values : ints('pads');
  if (!from || !pads || (given(3) && !inputs[3]?.values)) return null;
  const rank = from.dims.length;
  const axes = (given(3) ? inputs[3]!.values! : from.dims.map((_, axis) => axis)).map((axis) => normalAxis(axis, rank));
  if (axes.includes(null) || pads.length !== 2 * axes.length) return null;
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  for (const [i, axis] of axes.entries()) {
    before[axis!] = pads[i]!;
    after[axis!] = pads[i + axes.length]!;
  }
  return { before, after };
}

/** With its values: exporters work out sizes so. */
function reduceProduct(node: RuleInput): Known | null {
  const reduced = reduce(node);
  const from = node.inputs[0];
  if (!reduced || product(reduced.dims) !== 1 || !from?.values) return reduced;
  return { ...reduced, values: [from.values.reduce((a, b) => a * b, 1)] };
}

function reduce(node: RuleInput): Known | null {
  const from = node.inputs[0];
  const given = from ? axesOf(node) : undefined;
  if (!from || given === undefined) return null;
  const axes = given?.map((axis) => normalAxis(axis, from.dims.length)) ?? from.dims.map((_, axis) => axis);
  const keep = (node.int('keepdims') ?? 1) === 1;
  const dims = from.dims.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
  return { dims, dataType: from.dataType, values: null };
}
