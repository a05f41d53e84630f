/** The two inputs of a node that makes a value, in either order. */
import type { Definition } from '../graph/graph.js';
import { definitionOf, type Flow, madeBy } from '../values/flow.js';

/** The two inputs of a node of one of these operators. */
export function operands(made: Definition, ...opTypes: string[]): [Definition, Definition] | null {
  const node = madeBy(made, ...opTypes);
  if (!node || node.inputs.length !== 2) return null;
  const [a, b] = node.inputs.map((name) => definitionOf(made.scope, name));
  return a && b ? [a, b] : null;
}

/** The two factors of an element-wise product. */
export function factors(made: Definition): [Definition, Definition] | null {
  return operands(made, 'Mul');
}

export function bothWays(pair: [Definition, Definition] | null): [Definition, Definition][] {
  return pair ? [pair, [pair[1], pair[0]]] : [];
}

/** Whether a value is one stored number, as many times as it may be. */
export function isNumber(flow: Flow, value: Definition, number: number): boolean {
  const values = flow.isStored(value) ? flow.folding.known(value)?.values : null;
  return values !== null && values !== undefined && values.length > 0 && values.every((each) => each === number);
}
