/** Weighs one reading of a cell: the matrices, biases and peepholes behind its gates, and its sizes. Null where they are no cell's. */
import { areDistinct, type GruPattern, type LstmPattern, type RnnPattern } from './cell-patterns.js';
import { type Activation, activationOf } from './activations.js';
import { definitionOf, type Flow, madeBy, type StoredValue } from '../values/flow.js';
import type { Definition } from '../graph/graph.js';
import { bothWays, factors } from './operands.js';
import type { Preactivation, Preactivations } from './preactivation.js';

/** Stored values of one cell. Separate gates with two biases and peepholes have 19. */
const MAX_TENSORS = 40;

/** A matrix of a cell, for the gates that it feeds. */
export interface CellMatrix {
  weight: StoredValue;
  /** Features taken. */
  from: number;
  data: Definition;
  /** The parts of data, where it is a Concat. */
  parts: Definition[];
  gates: Set<number>;
}

/** One use of a cell. */
export interface WeighedCell {
  cell: 'LSTM' | 'GRU' | 'RNN';
  /** Blocks of weights: one for each gate that is no other's. */
  gates: number;
  hiddenSize: number;
  matrices: CellMatrix[];
  biases: StoredValue[];
  peepholes: StoredValue[];
  /** The state that it makes. */
  made: Definition;
  /** Values that are the last state for certain: the one blended in a GRU, and its product with the reset gate. */
  states: Set<Definition>;
  /** The cell state of an LSTM, as it takes it and as it makes it. */
  c: Definition | null;
  nextC: Definition | null;
  odd: string[];
}

interface Gate {
  activation: Activation;
  sum: Preactivation;
}

export function weighLstm(flow: Flow, sums: Preactivations, pattern: LstmPattern): WeighedCell | null {
  let known = LSTMS.get(flow);
  if (!known) LSTMS.set(flow, (known = new Map<string, LstmParts | null>()));
  const values = [...pattern.gates, pattern.c, pattern.nextC].map((each) => flow.numberOf(each));
  const key = [...values, ...pattern.odd].join(' ');
  let parts = known.get(key);
  if (parts === undefined) known.set(key, (parts = weighLstmParts(flow, sums, pattern)));
  return parts && { ...parts, made: pattern.h };
}

type LstmParts = Omit<WeighedCell, 'made'>;

/** One cell state may be shown by any number of nodes. */
const LSTMS = new WeakMap<Flow, Map<string, LstmParts | null>>();

function weighLstmParts(flow: Flow, sums: Preactivations, pattern: LstmPattern): LstmParts | null {
  const gates = pattern.gates.map((activation) => ({ activation, sum: sums.of(activation.of) }));
  const weighed = weigh(flow, gates);
  if (!weighed) return null;
  const peepholes = new Map<string, StoredValue>();
  const odd = [...pattern.odd, ...weighed.odd];
  for (const [factor, other] of gates.flatMap(({ sum }) => sum.products)) {
    const stored = flow.storedValue(factor);
    const state = flow.root(other);
    if (stored?.elements === weighed.hiddenSize && (state === pattern.c || state === pattern.nextC)) {
      peepholes.set(stored.key, stored);
    } else odd.push('Mul');
  }
  return {
    ...weighed,
    cell: 'LSTM',
    gates: gates.length,
    peepholes: [...peepholes.values()],
    states: new Set(),
    c: pattern.c,
    nextC: pattern.nextC,
    odd,
  };
}

/** The reset gate stands before the matrix of the state or behind it. */
export function weighGru(flow: Flow, sums: Preactivations, pattern: GruPattern): WeighedCell | null {
  const { z, g, h } = pattern;
  const candidate = sums.of(g.of);
  const states = new Set([h]);
  const isState = (value: Definition) => value === h || (flow.isStored(value) && flow.isStored(h));
  for (const product of candidate.products) {
    for (const [gate, inner] of bothWays(product)) {
      const r = activationOf(flow, gate);
      if (r?.kind !== 'sigmoid' || !areDistinct(gatesOf(z, r, g))) continue;
      const inside = sums.of(inner);
      if (!inside.matrices.every(({ data }) => isState(data))) continue;
      const products = candidate.products.filter((each) => each !== product);
      const sum = {
        matrices: [...candidate.matrices, ...inside.matrices],
        biases: [...candidate.biases, ...inside.biases],
        products: [...products, ...inside.products],
        others: [...candidate.others, ...inside.others],
      };
      const cell = gruOf(flow, sums, pattern, { r, sum, states });
      if (cell) return cell;
    }
  }
  for (const { data } of candidate.matrices) {
    for (const part of [data, ...partsOf(flow, data)]) {
      for (const [gate, state] of bothWays(factors(part))) {
        const r = activationOf(flow, gate);
        if (r?.kind !== 'sigmoid' || !areDistinct(gatesOf(z, r, g)) || !isState(flow.root(state))) continue;
        const cell = gruOf(flow, sums, pattern, { r, sum: candidate, states: new Set([h, part]) });
        if (cell) return cell;
      }
    }
  }
  return null;
}

function gruOf(
  flow: Flow,
  sums: Preactivations,
  { z, g, nextH, odd }: GruPattern,
  { r, sum, states }: { r: Activation; sum: Preactivation; states: Set<Definition> },
): WeighedCell | null {
  const gates = gatesOf(z, r, g).map((activation) => ({
    activation,
    sum: activation === g ? sum : sums.of(activation.of),
  }));
  const weighed = weigh(flow, gates);
  if (!weighed) return null;
  const products = gates.flatMap((gate) => gate.sum.products.map(() => 'Mul'));
  return {
    ...weighed,
    cell: 'GRU',
    gates: gates.length,
    peepholes: [],
    made: nextH,
    states,
    c: null,
    nextC: null,
    odd: [...odd, ...weighed.odd, ...products],
  };
}

/** In a minimal gated unit one gate updates and resets. */
function gatesOf(z: Activation, r: Activation, g: Activation): Activation[] {
  return r.identity === z.identity ? [z, g] : [z, r, g];
}

/** One use of what may be a plain recurrent cell: whether it takes its own state is only seen beside its other uses. */
export function weighRnn(flow: Flow, sums: Preactivations, { gate, nextH }: RnnPattern): WeighedCell | null {
  const gates = [{ activation: gate, sum: sums.of(gate.of) }];
  const weighed = gates[0]!.sum.products.length === 0 ? weigh(flow, gates) : null;
  if (!weighed || weighed.odd.length > 0 || weighed.matrices.some(({ cut }) => cut)) return null;
  return {
    ...weighed,
    cell: 'RNN',
    gates: gates.length,
    peepholes: [],
    made: nextH,
    states: new Set(),
    c: null,
    nextC: null,
  };
}

/** What the gates are made of, where they are all fed by matrices and agree on the number of features. */
function weigh(flow: Flow, gates: readonly Gate[]) {
  const matrices = new Map<string, CellMatrix & { to: number; cut: boolean }>();
  const biases = new Map<string, StoredValue>();
  for (const [index, { activation, sum }] of gates.entries()) {
    if (sum.matrices.length === 0) return null;
    for (const { weight, from, to, data, cut } of sum.matrices) {
      const key = `${weight.key} ${flow.numberOf(data)}`;
      const known = matrices.get(key);
      const isCut = cut || activation.cut;
      if (known) {
        // A matrix that feeds two gates whole makes them equal.
        if (known.gates.has(index) || !isCut || !known.cut) return null;
        known.gates.add(index);
      } else {
        const parts = partsOf(flow, data);
        matrices.set(key, { weight, from, to, data, parts, gates: new Set([index]), cut: isCut });
      }
    }
    for (const bias of sum.biases) biases.set(bias.key, bias);
  }
  if (matrices.size + biases.size > MAX_TENSORS) return null;
  const sizes = new Set([...matrices.values()].map(({ to, gates }) => to / gates.size));
  const [hiddenSize] = sizes;
  if (sizes.size !== 1 || hiddenSize === undefined || hiddenSize < 1 || !Number.isInteger(hiddenSize)) return null;
  const odd = gates.flatMap(({ sum }) => sum.others);
  if ([...biases.values()].some((bias) => bias.elements % hiddenSize !== 0)) odd.push('a bias of another size');
  return { hiddenSize, matrices: [...matrices.values()], biases: [...biases.values()], odd };
}

function partsOf(flow: Flow, data: Definition): Definition[] {
  const node = madeBy(data, 'Concat');
  if (!node || node.inputs.length > MAX_TENSORS) return [];
  return node.inputs.flatMap((name) => {
    const part = definitionOf(data.scope, name);
    return part ? [flow.root(part)] : [];
  });
}
