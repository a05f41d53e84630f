/** What may be known of a value, what a rule of the operator table may ask of its node, and what rules of shapes have in common. */

/** Tensors with more elements than this have no values here, only zeros. Shapes, axes and indices are far smaller. */
export const MAX_VALUES = 65_536;
/** numpy stops at 64; what is examined takes time by the square of the rank. */
export const MAX_FOLDED_RANK = 64;

export interface Known {
  dims: number[];
  dataType: number;
  /** In row-major order; null when not known or more than MAX_VALUES. */
  values: number[] | null;
  /** Of a sequence: what is known of each tensor. Only operators that take sequences see it; dims and values are none then. */
  items?: readonly (Known | null)[];
}

/** What a rule may ask of its node. Inputs are null where they are omitted or not known. */
export interface RuleInput {
  inputs: (Known | null)[];
  /** Whether the node names this input at all. */
  given: (index: number) => boolean;
  int: (name: string) => number | null;
  text: (name: string) => string | null;
  ints: (name: string) => number[] | null;
  /** First value of a tensor attribute and its type. */
  scalar: (name: string) => { value: number; dataType: number } | null;
  outputs: number;
  output: number;
}

/** Follows the operator's definition in ONNX; null for what it does not know, never a guess. */
export type ShapeRule = (node: RuleInput) => Known | null;
/** numpy's rule; null when the shapes do not fit. */
export function broadcast(a: readonly number[] | null, b: readonly number[] | null): number[] | null {
  if (!a || !b) return null;
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    dims.push(left === 1 ? right : left);
  }
  return dims;
}

export function normalAxis(axis: number, rank: number): number | null {
  const normal = axis < 0 ? axis + rank : axis;
  return Number.isInteger(normal) && normal >= 0 && normal < rank ? normal : null;
}

/** Axes of Squeeze, Unsqueeze and reductions, as attribute or input; null when not given, undefined when given but not known. */
export function axesOf({ inputs, given, ints }: RuleInput): number[] | null | undefined {
  if (given(1)) return inputs[1]?.values ?? undefined;
  return ints('axes');
}
