/**
 * The shapes that a recurrent cell leaves in a graph when it is written out in small operators: which nodes are its gates and its
 * state. By structure only; whether weights stand behind the gates is not asked here.
 */
import { type Activation, activationOf } from './activations.js';
import { definitionOf, type Flow, madeBy } from '../values/flow.js';
import type { Definition } from '../graph/graph.js';

/** o · tanh(f · c + i · g) */
export interface LstmPattern {
  cell: 'LSTM';
  gates: Activation[];
  /** The state that the cell makes for its next step. */
  h: Definition;
  /** What it takes over from its last step. */
  c: Definition;
  nextC: Definition;
  /** Activations that are not the usual ones. */
  odd: string[];
}

/** (1 − z) · g + z · h, or with g and h exchanged */
export interface GruPattern {
  cell: 'GRU';
  z: Activation;
  g: Activation;
  h: Definition;
  nextH: Definition;
  odd: string[];
}

/** The ways to read a node as the last one of an LSTM cell; mostly none. */
export function lstmPatterns(flow: Flow, made: Definition): LstmPattern[] {
  const patterns: LstmPattern[] = [];
  for (const [gate, shaped] of bothWays(factors(made))) {
    const o = activationOf(flow, gate);
    if (o?.kind !== 'sigmoid') continue;
    const outer = activationOf(flow, shaped);
    if (!outer || outer.cut || outer.kind === 'sigmoid') continue;
    const nextC = flow.root(outer.of);
    const sum = operands(unclipped(flow, nextC), 'Add', 'Sum');
    for (const [kept, added] of bothWays(sum)) {
      for (const [forget, c] of bothWays(factors(flow.root(kept)))) {
        const f = activationOf(flow, forget);
        if (f?.kind !== 'sigmoid') continue;
        for (const [input, candidate] of bothWays(factors(flow.root(added)))) {
          const i = activationOf(flow, input);
          const g = activationOf(flow, candidate);
          if (i?.kind !== 'sigmoid' || !g || g.kind === 'sigmoid') continue;
          const gates = [i, o, f, g];
          if (!areDistinct(gates)) continue;
          const odd = [g, outer].flatMap(({ kind, opType }) => (kind === 'tanh' ? [] : [opType]));
          patterns.push({ cell: 'LSTM', gates, h: flow.root(made), c: flow.root(c), nextC, odd });
        }
      }
    }
  }
  return patterns;
}

/** The ways to read a node as the last one of a GRU cell; mostly none. */
export function gruPatterns(flow: Flow, made: Definition): GruPattern[] {
  const patterns: GruPattern[] = [];
  for (const { z, x, y } of blends(flow, made)) {
    for (const [candidate, state] of [
      [x, y],
      [y, x],
    ] as const) {
      const g = activationOf(flow, candidate);
      if (!g || g.kind === 'sigmoid' || !areDistinct([z, g])) continue;
      const odd = g.kind === 'tanh' ? [] : [g.opType];
      patterns.push({ cell: 'GRU', z, g, h: flow.root(state), nextH: flow.root(made), odd });
    }
  }
  return patterns;
}

/** Ways to read a node as (1 − z) · x + z · y for a sigmoid z. */
function blends(flow: Flow, made: Definition): { z: Activation; x: Definition; y: Definition }[] {
  const found: { z: Activation; x: Definition; y: Definition }[] = [];
  const same = (a: Definition, b: Definition) => flow.root(a) === flow.root(b);
  const add = (gate: Definition, x: Definition, y: Definition) => {
    const z = activationOf(flow, gate);
    if (z?.kind === 'sigmoid') found.push({ z, x, y });
  };
  for (const [p, q] of bothWays(operands(made, 'Add', 'Sum'))) {
    const [left, right] = [flow.root(p), flow.root(q)];
    // (1 − z) · x + z · y
    for (const [rest, x] of bothWays(factors(left))) {
      const [one, z] = operands(flow.root(rest), 'Sub') ?? [];
      if (!one || !z || !isOne(flow, one)) continue;
      for (const [gate, y] of bothWays(factors(right))) if (same(gate, z)) add(gate, x, y);
    }
    for (const [gate, second] of bothWays(factors(right))) {
      // x + z · (y − x)
      const [y, x] = operands(flow.root(second), 'Sub') ?? [];
      if (y && x && same(x, left)) add(gate, x, y);
      // (x − z · x) + z · y
      for (const taken of lessItsPart(flow, left, gate)) add(gate, taken, second);
    }
  }
  const [from, less] = operands(made, 'Sub') ?? [];
  if (from && less) {
    for (const [gate, second] of bothWays(factors(flow.root(less)))) {
      // x − z · (x − y)
      const [x, y] = operands(flow.root(second), 'Sub') ?? [];
      if (x && y && same(x, from)) add(gate, x, y);
      // (x + z · y) − z · x
      for (const [left, right] of bothWays(operands(flow.root(from), 'Add', 'Sum'))) {
        if (!same(left, second)) continue;
        for (const [again, kept] of bothWays(factors(flow.root(right)))) if (same(again, gate)) add(gate, left, kept);
      }
    }
  }
  return found;
}

/** x, where a value is x − z · x. */
function lessItsPart(flow: Flow, value: Definition, z: Definition): Definition[] {
  const [x, part] = operands(value, 'Sub') ?? [];
  if (!x || !part) return [];
  return bothWays(factors(flow.root(part))).flatMap(([gate, of]) =>
    flow.root(gate) === flow.root(z) && flow.root(of) === flow.root(x) ? [x] : [],
  );
}

/** The two factors of an element-wise product. */
export function factors(made: Definition): [Definition, Definition] | null {
  return operands(made, 'Mul');
}

/** The two inputs of a node of one of these operators. */
function operands(made: Definition, ...opTypes: string[]): [Definition, Definition] | null {
  const node = madeBy(made, ...opTypes);
  if (!node || node.inputs.length !== 2) return null;
  const [a, b] = node.inputs.map((name) => definitionOf(made.scope, name));
  return a && b ? [a, b] : null;
}

export function bothWays(pair: [Definition, Definition] | null): [Definition, Definition][] {
  return pair ? [pair, [pair[1], pair[0]]] : [];
}

/** A cell state that is kept within bounds. */
function unclipped(flow: Flow, value: Definition): Definition {
  const node = madeBy(value, 'Clip');
  const from = node && definitionOf(value.scope, node.inputs[0] ?? '');
  return from ? flow.root(from) : value;
}

/** Ones, as many as they may be. */
function isOne(flow: Flow, value: Definition): boolean {
  const values = flow.isStored(value) ? flow.folding.known(value)?.values : null;
  return values !== null && values !== undefined && values.length > 0 && values.every((each) => each === 1);
}

export function areDistinct(gates: readonly Activation[]): boolean {
  return new Set(gates.map((gate) => gate.identity)).size === gates.length;
}
