/**
 * What is known of a tensor without running the model: its shape, its type, and its values when they are few. Each operator
 * that exporters put between stored tensors and W, R, B, P has one rule here (dims and values only; where zeros go is zeros.ts).
 * Rules follow the operators' definitions in ONNX; a rule that does not know returns null, never a guess.
 */
import { DataType, product } from '../read/dtypes.js';
import { MAX_VALUES } from '../graph/tensors.js';
import {
  broadcast,
  broadcastView,
  everyPlace,
  expandView,
  gatherView,
  type Known,
  normalAxis,
  type RuleInput,
  sliceView,
  sourcePlaces,
  splitView,
  tileView,
  transposeView,
  type View,
} from './views.js';

type Rule = (node: RuleInput) => Known | null;

/** numpy stops at 64; what is looked at takes time by the square of the rank. */
export const MAX_FOLDED_RANK = 64;

export function shapeRule(opType: string): Rule | null {
  if (!Object.hasOwn(RULES, opType)) return null;
  return (node) => checked(RULES[opType]!(node));
}

/** Whatever a rule makes of odd inputs, a shape has whole, exact dims and few of them. */
function checked(known: Known | null): Known | null {
  if (!known || known.dims.length > MAX_FOLDED_RANK) return null;
  return known.dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) ? known : null;
}

const RULES: Record<string, Rule> = {
  Identity: ({ inputs }) => inputs[0] ?? null,
  Dropout: ({ inputs, output }) => (output === 0 ? (inputs[0] ?? null) : null),
  Cast: ({ inputs, int }) => {
    const from = inputs[0];
    const dataType = int('to');
    if (!from || dataType === null) return from ?? null;
    const truncates = dataType === DataType.INT64 || dataType === DataType.INT32;
    return { dims: from.dims, dataType, values: truncates ? (from.values?.map(Math.trunc) ?? null) : from.values };
  },
  CastLike: ({ inputs }) => (inputs[0] ? { ...inputs[0], dataType: inputs[1]?.dataType ?? inputs[0].dataType } : null),
  Shape: ({ inputs, int }) => {
    const from = inputs[0];
    if (!from) return null;
    const dims = from.dims.slice(int('start') ?? 0, int('end') ?? undefined);
    return vector(dims);
  },
  Size: ({ inputs }) => {
    const size = inputs[0] ? product(inputs[0].dims) : null;
    return size === null ? null : { dims: [], dataType: DataType.INT64, values: [size] };
  },
  Transpose: (node) => moved(node.inputs[0], transposeView(node)),
  Reshape: (node) => {
    const from = node.inputs[0];
    const shape = node.given(1) ? (node.inputs[1]?.values ?? null) : node.ints('shape');
    return from && shape ? reshaped(from, resolveReshape(from.dims, shape, node.int('allowzero') === 1)) : null;
  },
  Flatten: ({ inputs, int }) => {
    const from = inputs[0];
    if (!from) return null;
    const axis = normalAxis(int('axis') ?? 1, from.dims.length + 1);
    if (axis === null) return null;
    const [rows, columns] = [product(from.dims.slice(0, axis)), product(from.dims.slice(axis))];
    return rows === null || columns === null ? null : reshaped(from, [rows, columns]);
  },
  Squeeze: (node) => {
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
  Unsqueeze: (node) => {
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
  Concat: concat,
  Slice: (node) => moved(node.inputs[0], sliceView(node)),
  Split: (node) => moved(node.inputs[0], splitView(node)),
  Gather: (node) => moved(node.inputs[0], gatherView(node)),
  Expand: (node) => moved(node.inputs[0], expandView(node)),
  Tile: (node) => moved(node.inputs[0], tileView(node)),
  ConstantOfShape: ({ inputs, scalar }) => {
    const dims = inputs[0]?.values;
    if (!dims || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) return null;
    const fill = scalar('value') ?? { value: 0, dataType: DataType.FLOAT };
    const size = product(dims);
    const values = size !== null && size <= MAX_VALUES ? new Array<number>(size).fill(fill.value) : null;
    return size === null ? null : { dims: [...dims], dataType: fill.dataType, values };
  },
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Div: arithmetic((a, b, integer) => (integer ? Math.trunc(a / b) : a / b)),
  Mod: arithmetic((a, b) => a - b * Math.floor(a / b)),
  Pow: arithmetic((a, b) => a ** b),
  Max: variadic((a, b) => Math.max(a, b)),
  Min: variadic((a, b) => Math.min(a, b)),
  Sum: variadic((a, b) => a + b),
  Equal: comparison((a, b) => a === b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Not: elementwise((a) => (a === 0 ? 1 : 0)),
  Neg: elementwise((a) => -a),
  Abs: elementwise(Math.abs),
  Floor: elementwise(Math.floor),
  Ceil: elementwise(Math.ceil),
  Sqrt: elementwise(Math.sqrt),
  Round: elementwise(null),
  Sign: elementwise(Math.sign),
  Relu: elementwise((a) => Math.max(a, 0)),
  Exp: elementwise(null),
  Log: elementwise(null),
  Erf: elementwise(null),
  Tanh: elementwise(null),
  Sigmoid: elementwise(null),
  Softplus: elementwise(null),
  Clip: elementwise(null),
  Reciprocal: elementwise((a) => 1 / a),
  DequantizeLinear: ({ inputs }) =>
    inputs[0] ? { dims: inputs[0].dims, dataType: inputs[1]?.dataType ?? DataType.FLOAT, values: null } : null,
  QuantizeLinear: ({ inputs }) =>
    inputs[0] ? { dims: inputs[0].dims, dataType: inputs[2]?.dataType ?? DataType.UINT8, values: null } : null,
  DynamicQuantizeLinear: ({ inputs, output }) => {
    if (output > 0) return { dims: [], dataType: output === 1 ? DataType.FLOAT : DataType.UINT8, values: null };
    return inputs[0] ? { dims: inputs[0].dims, dataType: DataType.UINT8, values: null } : null;
  },
  Where: where,
  Pad: (node) => {
    const from = node.inputs[0];
    const pads = padsOf(node);
    if (!from || !pads) return null;
    const dims = from.dims.map((dim, axis) => dim + pads.before[axis]! + pads.after[axis]!);
    return dims.some((dim) => dim < 0) ? null : { dims, dataType: from.dataType, values: null };
  },
  Range: ({ inputs }) => {
    const [start, limit, delta] = inputs.map((input) => input?.values?.[0]);
    if (start === undefined || limit === undefined || !delta) return null;
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    if (count > MAX_VALUES) return null;
    const values = Array.from({ length: count }, (_, i) => start + i * delta);
    return { dims: [count], dataType: inputs[0]!.dataType, values };
  },
  MatMul: ({ inputs }) => {
    const [a, b] = inputs;
    if (!a || !b || a.dims.length < 2 || b.dims.length < 2 || a.dims.at(-1) !== b.dims.at(-2)) return null;
    const batch = broadcast(a.dims.slice(0, -2), b.dims.slice(0, -2));
    return batch && { dims: [...batch, a.dims.at(-2)!, b.dims.at(-1)!], dataType: a.dataType, values: null };
  },
  Gemm: ({ inputs, int }) => {
    const [a, b] = inputs;
    if (a?.dims.length !== 2 || b?.dims.length !== 2) return null;
    const dims = [a.dims[int('transA') ? 1 : 0]!, b.dims[int('transB') ? 0 : 1]!];
    return { dims, dataType: a.dataType, values: null };
  },
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ReduceProd: reduceProduct,
  ReduceSumSquare: reduce,
  ReduceL2: reduce,
};

function moved(from: Known | null | undefined, view: View | null): Known | null {
  if (!from || !view || view.dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) return null;
  const size = product(view.dims);
  let values: number[] | null = null;
  if (from.values && size !== null && size <= MAX_VALUES) {
    values = Array.from(sourcePlaces(view, from.dims, everyPlace(size)), (place) => from.values![place]!);
  }
  return { dims: view.dims, dataType: from.dataType, values };
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

/** Axes of Squeeze and Unsqueeze, as attribute or input; null when not given, undefined when given but not known. */
function axesOf({ inputs, given, ints }: RuleInput): number[] | null | undefined {
  if (given(1)) return inputs[1]?.values ?? undefined;
  return ints('axes');
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
      for (const part of parts) {
        const width = part.values!.length / outer;
        values.push(...part.values!.slice(row * width, (row + 1) * width));
      }
    }
  }
  return { dims, dataType: first.dataType, values };
}

function elementwise(operation: ((a: number) => number) | null): Rule {
  return ({ inputs }) =>
    inputs[0] ? { ...inputs[0], values: (operation && inputs[0].values?.map(operation)) ?? null } : null;
}

function arithmetic(operation: (a: number, b: number, integer: boolean) => number): Rule {
  return ({ inputs }) => {
    const [a, b] = inputs;
    const dims = a && b ? broadcast(a.dims, b.dims) : null;
    if (!a || !b || !dims) return null;
    const integer = a.dataType === DataType.INT64 || a.dataType === DataType.INT32;
    let values: number[] | null = null;
    const size = product(dims);
    if (a.values && b.values && size !== null && size <= MAX_VALUES) {
      const places = everyPlace(size);
      const [left, right] = [a, b].map((side) => sourcePlaces(broadcastView(side.dims, dims), side.dims, places));
      values = Array.from(places, (i) => operation(a.values![left![i]!]!, b.values![right![i]!]!, integer));
    }
    return { dims, dataType: a.dataType, values };
  };
}

function variadic(operation: (a: number, b: number) => number): Rule {
  const pair = arithmetic(operation);
  return (node) => {
    let result: Known | null = node.inputs[0] ?? null;
    for (const next of node.inputs.slice(1)) {
      result = result && next ? pair({ ...node, inputs: [result, next] }) : null;
    }
    return result;
  };
}

function comparison(holds: (a: number, b: number) => boolean): Rule {
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
    const places = everyPlace(size);
    const [chosen, left, right] = [condition, a, b].map((side) => {
      const from = sourcePlaces(broadcastView(side.dims, dims), side.dims, places);
      return Array.from(from, (place) => side.values![place]!);
    });
    values = Array.from(places, (i) => (chosen![i] !== 0 ? left![i]! : right![i]!));
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

function vector(values: number[]): Known {
  return { dims: [values.length], dataType: DataType.INT64, values };
}
