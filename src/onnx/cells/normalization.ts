/**
 * A normalization of the features of a value: one operator, or written out as mean, variance, square root and division, with its gain and
 * shift. Both are learned, and neither belongs to the formula of a cell.
 */
import type { Definition } from '../graph/graph.js';
import { definitionOf, type Flow, madeBy } from '../values/flow.js';
import { bothWays, operands } from './operands.js';

export interface Normalization {
  /** What is normalized. */
  of: Definition;
  /** The operator, or the one that it would be. */
  opType: string;
}

/** Operators between a mean of squares and the number that the value is divided by. */
const MAX_STEPS = 6;

/** The normalization that made a value; null for none. */
export function normalizationAt(flow: Flow, made: Definition): Normalization | null {
  if (made.kind !== 'output' || made.output !== 0) return null;
  if (made.node.operator?.kind === 'NORMALIZATION') {
    const of = flow.input(made, 0);
    return of && { of, opType: made.node.opType };
  }
  const of =
    divided(flow, withoutStored(flow, withoutStored(flow, made, 'Add'), 'Mul')) ?? scaledAndShifted(flow, made);
  return of && { of, opType: 'LayerNormalization' };
}

/** The other operand, where one is stored: the value before its shift, or before its gain. */
function withoutStored(flow: Flow, made: Definition, opType: 'Add' | 'Mul'): Definition {
  const [a, b] = operands(made, opType) ?? [];
  if (!a || !b || flow.isStored(a) === flow.isStored(b)) return made;
  return flow.root(flow.isStored(a) ? b : a);
}

/** x, where a value is (x − mean of x) / deviation, or x / deviation, in any spelling. */
function divided(flow: Flow, made: Definition): Definition | null {
  const [over, under] = operands(made, 'Div') ?? [];
  if (over && under) return isDeviation(flow, under, 'DOWN') ? centred(flow, over) : null;
  for (const [value, factor] of bothWays(operands(made, 'Mul'))) {
    if (isDeviation(flow, factor, 'UP')) return centred(flow, value);
  }
  return null;
}

/** x, where a value is x · k + (shift − mean of x · k), with k = gain / deviation. */
function scaledAndShifted(flow: Flow, made: Definition): Definition | null {
  for (const [scaled, shift] of bothWays(operands(made, 'Add'))) {
    const [, less] = operands(flow.root(shift), 'Sub') ?? [];
    if (!less) continue;
    for (const [mean, k] of bothWays(operands(flow.root(less), 'Mul'))) {
      for (const [value, again] of bothWays(operands(flow.root(scaled), 'Mul'))) {
        const factor = flow.root(k);
        if (flow.root(again) !== factor || !isDeviation(flow, withoutStored(flow, factor, 'Mul'), 'UP')) continue;
        const of = meanOf(flow, mean);
        if (of && of === flow.root(value)) return of;
      }
    }
  }
  return null;
}

function centred(flow: Flow, value: Definition): Definition {
  const root = flow.root(value);
  const [x, mean] = operands(root, 'Sub') ?? [];
  return x && mean && meanOf(flow, mean) === flow.root(x) ? flow.root(x) : root;
}

function meanOf(flow: Flow, value: Definition): Definition | null {
  const root = flow.root(value);
  const node = madeBy(root, 'ReduceMean');
  const of = node && definitionOf(root.scope, node.inputs[0] ?? '');
  return of ? flow.root(of) : null;
}

/** Whether a value is the root of a mean of squares (to divide by: DOWN), or one over it (to multiply with: UP). */
function isDeviation(flow: Flow, value: Definition, direction: 'UP' | 'DOWN'): boolean {
  let at = flow.root(value);
  let [turned, rooted] = [direction === 'UP', false];
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const node = madeBy(at, 'Sqrt', 'Reciprocal', 'Pow', 'Add', 'Max', 'Abs', 'Div', 'ReduceMean', 'ReduceL2');
    if (!node) return false;
    if (node.opType === 'ReduceMean') return rooted && !turned;
    if (node.opType === 'ReduceL2') return !turned;
    const [first, second] = node.inputs.map((name) => definitionOf(at.scope, name));
    let next = first;
    if (node.opType === 'Sqrt') rooted = true;
    else if (node.opType === 'Reciprocal') turned = !turned;
    else if (node.opType === 'Pow') {
      const power = second && flow.folding.known(second)?.values?.[0];
      if (power !== 0.5 && power !== -0.5) return false;
      rooted = true;
      if (power < 0) turned = !turned;
    } else if (node.opType === 'Div') {
      if (!first || !flow.isStored(first)) return false;
      turned = !turned;
      next = second;
    } else if (first && flow.isStored(first)) next = second;
    if (!next) return false;
    at = flow.root(next);
  }
  return false;
}
