/**
 * The shapes that a recurrent cell leaves in a graph when it is written out in small operators: which nodes are its gates and its
 * state. By structure only; whether weights stand behind the gates is not asked here.
 */
import { type Activation, activationOf } from './activations.js';
import { normalizationAt } from './normalization.js';
import { bothWays, factors, isNumber, operands } from './operands.js';
import { definitionOf, type Flow, isTensor, madeBy } from '../values/flow.js';
import type { Definition } from '../graph/graph.js';

/** o · tanh(f · c + i · g); with coupled gates i is 1 − f, and has no weights of its own */
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
    const shown = flow.root(outer.of);
    const normalized = normalizationAt(flow, shown);
    const nextC = normalized ? flow.root(normalized.of) : shown;
    for (const { inner, g, c } of cellStates(flow, unclipped(flow, nextC))) {
      const gates = [o, ...inner, g];
      if (!areDistinct(gates)) continue;
      const odd = [g, outer].flatMap(({ kind, opType }) => (kind === 'tanh' ? [] : [opType]));
      if (normalized) odd.push(normalized.opType);
      patterns.push({ cell: 'LSTM', gates, h: flow.root(made), c: flow.root(c), nextC, odd });
    }
  }
  return patterns;
}

/** The ways to read a value as f · c + i · g, with g behind no sigmoid; `inner` are the gates f and i, or the one that is both. */
function cellStates(flow: Flow, made: Definition): { inner: Activation[]; g: Activation; c: Definition }[] {
  const found: { inner: Activation[]; g: Activation; c: Definition }[] = [];
  for (const [kept, added] of bothWays(operands(made, 'Add', 'Sum'))) {
    for (const [forget, c] of bothWays(factors(flow.root(kept)))) {
      const f = activationOf(flow, forget);
      if (f?.kind !== 'sigmoid') continue;
      for (const [input, candidate] of bothWays(factors(flow.root(added)))) {
        const i = activationOf(flow, input);
        const g = activationOf(flow, candidate);
        if (i?.kind === 'sigmoid' && g && g.kind !== 'sigmoid') found.push({ inner: [i, f], g, c });
      }
    }
  }
  for (const { z, x, y } of blends(flow, made)) {
    for (const [candidate, c] of bothWays([x, y])) {
      const g = activationOf(flow, candidate);
      if (g && g.kind !== 'sigmoid') found.push({ inner: [z], g, c });
    }
  }
  return found;
}

/** tanh(x·W + h·R), of a plain recurrent cell; a Relu does as well. */
export interface RnnPattern {
  cell: 'RNN';
  gate: Activation;
  nextH: Definition;
}

/** Every layer that ends in a tanh looks so: only what it is fed with makes it a cell. */
export function rnnPattern(flow: Flow, made: Definition): RnnPattern | null {
  const gate = activationOf(flow, made);
  if (!gate || gate.cut || (gate.kind !== 'tanh' && gate.opType !== 'Relu') || !mayTakeState(flow, gate.of))
    return null;
  return { cell: 'RNN', gate, nextH: flow.root(made) };
}

/** Biases that may be added before two products are. */
const MAX_BIASES = 4;

/** Whether two values are added up, or one product takes a joint of two: most layers add up nothing but a bias, and are spared the rest. */
function mayTakeState(flow: Flow, of: Definition): boolean {
  let at = flow.root(of);
  for (let biases = 0; biases <= MAX_BIASES; biases += 1) {
    if (at.kind !== 'output') return false;
    const { product } = at.node.operator ?? {};
    if (product) {
      const added = product.bias === undefined ? null : flow.input(at, product.bias);
      if (added && !isTensor(flow.root(added))) return true;
      const sides = [flow.input(at, product.a), flow.input(at, product.b)];
      return sides.some((side) => side !== null && madeBy(flow.root(side), 'Concat') !== null);
    }
    // Integer products are scaled: what is below is not looked through here.
    if (!madeBy(at, 'Add', 'Sum')) return madeBy(at, 'Mul') !== null;
    const { scope, node } = at;
    const computed = node.inputs.flatMap((name) => {
      const input = definitionOf(scope, name);
      return input && !isTensor(flow.root(input)) ? [input] : [];
    });
    if (computed.length !== 1) return computed.length > 1;
    at = flow.root(computed[0]!);
  }
  return true;
}

/** The ways to read a node as the last one of a GRU cell; mostly none. */
export function gruPatterns(flow: Flow, made: Definition): GruPattern[] {
  const patterns: GruPattern[] = [];
  for (const { z, x, y } of blends(flow, made)) {
    for (const [candidate, state] of bothWays([x, y])) {
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
      if (!one || !z || !isNumber(flow, one, 1)) continue;
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

/** A cell state that is kept within bounds. */
function unclipped(flow: Flow, value: Definition): Definition {
  const node = madeBy(value, 'Clip');
  const from = node && definitionOf(value.scope, node.inputs[0] ?? '');
  return from ? flow.root(from) : value;
}

export function areDistinct(gates: readonly Activation[]): boolean {
  return new Set(gates.map((gate) => gate.identity)).size === gates.length;
}
