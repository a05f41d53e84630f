/** Sigmoid and tanh in smaller operators, as people and some exporters write them. By their formulas alone. */
import type { Definition } from '../graph/graph.js';
import { definitionOf, type Flow, madeBy } from '../values/flow.js';
import { bothWays, factors, isNumber, operands } from './operands.js';

/** What a written-out sigmoid is applied to: 1 / (1 + exp(−x)); null for anything else. */
export function sigmoidOf(flow: Flow, made: Definition): Definition | null {
  const [one, quotient] = operands(made, 'Div') ?? [];
  const below = quotient && one && isNumber(flow, one, 1) ? quotient : taken(made, 'Reciprocal');
  if (!below) return null;
  for (const [number, power] of bothWays(operands(flow.root(below), 'Add', 'Sum'))) {
    const exponent = isNumber(flow, number, 1) ? taken(flow.root(power), 'Exp') : null;
    const of = exponent && negated(flow, flow.root(exponent));
    if (of) return of;
  }
  return null;
}

/** What a written-out tanh is applied to: (exp(x) − exp(−x)) / (exp(x) + exp(−x)); null for anything else. */
export function tanhOf(flow: Flow, made: Definition): Definition | null {
  const [above, below] = operands(made, 'Div') ?? [];
  const [up, down] = (above && operands(flow.root(above), 'Sub')) ?? [];
  if (!up || !down || !below) return null;
  const isSum = bothWays(operands(flow.root(below), 'Add', 'Sum')).some(
    ([a, b]) => flow.root(a) === flow.root(up) && flow.root(b) === flow.root(down),
  );
  const [x, opposite] = [up, down].map((power) => taken(flow.root(power), 'Exp'));
  const of = isSum && opposite ? negated(flow, flow.root(opposite)) : null;
  return x && of && flow.root(of) === flow.root(x) ? x : null;
}

/** What is in the middle of 2 · f(2 · x) − 1, which is a tanh where f is a sigmoid: f(2 · x) itself. */
export function doubledOf(flow: Flow, made: Definition): Definition | null {
  const [twice, one] = operands(made, 'Sub') ?? [];
  return twice && one && isNumber(flow, one, 1) ? halfOf(flow, flow.root(twice)) : null;
}

/** x, where a value is 2 · x. */
export function halfOf(flow: Flow, made: Definition): Definition | null {
  for (const [number, of] of bothWays(factors(made))) if (isNumber(flow, number, 2)) return of;
  return null;
}

function negated(flow: Flow, made: Definition): Definition | null {
  const of = taken(made, 'Neg');
  if (of) return of;
  for (const [number, factor] of bothWays(factors(made))) if (isNumber(flow, number, -1)) return factor;
  return null;
}

/** The one input of an operator. */
function taken(made: Definition, opType: string): Definition | null {
  const node = madeBy(made, opType);
  return node && definitionOf(made.scope, node.inputs[0] ?? '');
}
