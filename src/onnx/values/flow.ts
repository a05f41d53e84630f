/**
 * Follows values backward: through operators that leave them as they are or take a piece, and to the tensors that are stored.
 * Memoised, without recursion, safe from cycles, and bounded.
 */
import { product } from '../read/dtypes.js';
import type { Folding } from './folding.js';
import { type Definition, find, type Scope } from '../graph/graph.js';
import { comesOutUnchanged, isRepeated, scannedAxis, seedOf } from './loops.js';
import type { Node } from '../graph/model.js';
import { isDefaultDomain } from '../operators/operator.js';

/** Definitions examined behind one value; beyond, the way is lost, which is always safe. */
const MAX_STEPS = 10_000;
/** Definitions behind one stored weight. Exporters reach some ten. */
const MAX_WEIGHT_STEPS = 200;

/** A weight as the graph receives it from tensors stored in the file. */
export interface StoredValue {
  /** Equal for values that are made the same way from the same stored tensors. */
  key: string;
  /** Of the stored tensor; where there are several, the name that the graph uses. */
  name: string;
  dims: number[];
  elements: number;
}

export class Flow {
  readonly folding: Folding;
  readonly #roots = new Map<Definition, Definition>();
  readonly #stored = new Map<Definition, boolean>();
  readonly #values = new Map<Definition, StoredValue | null>();
  readonly #numbers = new Map<object, number>();
  /** Definitions examined so far. */
  steps = 0;

  constructor(folding: Folding) {
    this.folding = folding;
  }

  /** What a node takes, where something has the name. */
  input(definition: Definition & { kind: 'output' }, index: number): Definition | null {
    return definitionOf(definition.scope, definition.node.inputs[index] ?? '');
  }

  /** One step back through an operator that passes the value on, or a piece of it. */
  step(definition: Definition): { from: Definition; cut: boolean } | null {
    this.steps += 1;
    if (definition.kind === 'input') return this.#passedIn(definition);
    if (definition.kind !== 'output') return null;
    const { operator } = definition.node;
    if (this.folding.functions.called(definition.node)) {
      const [inner, ...more] = this.folding.innerOutputs(definition) ?? [];
      return inner && more.length === 0 ? { from: inner, cut: false } : null;
    }
    if (!operator) return null;
    const { moves } = operator;
    // Outputs past the first are something else; a value turned around in time is another value.
    const plain = definition.output === 0 && (moves === 'KEEPS' || moves === 'PERMUTES' || operator.recodes);
    if (!plain && moves !== 'TAKES') return null;
    const from = this.input(definition, 0);
    return from && { from, cut: !plain };
  }

  /** The value itself, before operators that leave it as it is. */
  root(definition: Definition): Definition {
    if (!this.step(definition)) return definition;
    const known = this.#roots.get(definition);
    if (known) return known;
    const passed = new Set<Definition>();
    let at = definition;
    for (;;) {
      passed.add(at);
      const step = this.step(at);
      if (!step || step.cut || passed.has(step.from) || passed.size > MAX_STEPS) break;
      at = step.from;
      const further = this.#roots.get(at);
      if (further) {
        at = further;
        break;
      }
    }
    for (const each of passed) this.#roots.set(each, at);
    return at;
  }

  /** The value that this is a piece of, or is. */
  whole(definition: Definition): Definition {
    let at = this.root(definition);
    for (let steps = 0; steps < MAX_STEPS; steps += 1) {
      const step = this.step(at);
      if (!step?.cut) return at;
      const next = this.root(step.from);
      if (next === at) return at;
      at = next;
    }
    return at;
  }

  /** An input of a body is passed on when it is one slice a step, or the same at every step. */
  #passedIn(definition: Definition & { kind: 'input' }): { from: Definition; cut: boolean } | null {
    const [from] = seedOf(definition);
    if (!from) return null;
    if (scannedAxis(definition) !== null) return { from, cut: true };
    return comesOutUnchanged(definition.scope, definition) ? { from, cut: false } : null;
  }

  /** Whether a value is made from nothing but stored tensors. */
  isStored(wanted: Definition): boolean {
    const path: { definition: Definition; sources: Definition[] | null; at: number }[] = [];
    const open = new Set<Definition>();
    const enter = (definition: Definition): boolean => {
      this.steps += 1;
      const known = this.#stored.get(definition);
      if (known !== undefined) return known;
      // A cycle is made from nothing that is stored.
      const sources = open.has(definition) ? null : this.#makers(definition);
      if (sources === null) return false;
      open.add(definition);
      path.push({ definition, sources, at: 0 });
      return true;
    };
    let stored = enter(wanted);
    while (stored && path.length > 0) {
      const place = path[path.length - 1]!;
      const next = place.sources![place.at];
      if (next) {
        place.at += 1;
        stored = enter(next);
        continue;
      }
      this.#stored.set(place.definition, true);
      path.pop();
    }
    // All that is still open is made from what is not stored.
    for (const { definition } of path) this.#stored.set(definition, false);
    if (!stored) this.#stored.set(wanted, false);
    return stored;
  }

  /** Empty for what is stored itself, null for what the file cannot know. */
  #makers(definition: Definition): Definition[] | null {
    if (definition.kind === 'initializer' || definition.kind === 'sparse') return [];
    if (definition.kind === 'input') {
      const step = this.#passedIn(definition);
      return step ? [step.from] : null;
    }
    const { operator } = definition.node;
    if (operator?.opType === 'Constant') return [];
    if (operator?.kind === 'RANDOM' || isRepeated(definition.node)) return null;
    const sources = this.folding.sources(definition);
    return sources.length > 0 ? sources : null;
  }

  /** The weight that a value is; null when it is not stored, or of a shape that cannot be told. */
  storedValue(definition: Definition): StoredValue | null {
    let value = this.#values.get(definition);
    if (value === undefined) {
      value = this.isStored(definition) ? this.#storedValue(definition) : null;
      this.#values.set(definition, value);
    }
    return value;
  }

  #storedValue(definition: Definition): StoredValue | null {
    const dims = this.folding.known(definition)?.dims;
    const elements = dims ? product(dims) : null;
    if (!dims || elements === null) return null;
    const pieces: string[] = [];
    let at = definition;
    let step = this.step(at);
    for (let steps = 0; step && steps < MAX_WEIGHT_STEPS; steps += 1) {
      if (step.cut) pieces.push(this.#pieceKey(at));
      at = step.from;
      step = this.step(at);
    }
    const made = isTensor(at) ? [] : this.#making(at);
    if (!made) return null;
    const key = [...(isTensor(at) ? [this.#number(at)] : made), ...pieces].join(' ');
    return { key, name: isTensor(at) ? at.name : definition.name, dims, elements };
  }

  /** Which piece: equal for two operators that take the same one. */
  #pieceKey(definition: Definition): string {
    if (definition.kind !== 'output') return `input${this.#number(definition)}`;
    const { node, scope, output } = definition;
    const inputs = node.inputs.slice(1).map((name) => {
      const values = this.folding.knownOf(scope, name)?.values;
      const from = definitionOf(scope, name);
      return values && values.length <= 64 ? values.join() : from && `?${this.#number(from)}`;
    });
    const attributes = node.attributes.map((a) => `${a.name}=${a.int ?? a.ints.slice(0, 64).join()}`);
    return JSON.stringify([node.opType, output, inputs, attributes]);
  }

  /** The stored tensors and the operators that a value is made from, in a fixed order. */
  #making(start: Definition): string[] | null {
    const made: string[] = [];
    const seen = new Set([start]);
    const open = [start];
    for (let next = open.pop(); next; next = open.pop()) {
      this.steps += 1;
      if (isTensor(next)) made.push(String(this.#number(next)));
      else if (next.kind === 'output') made.push(next.node.opType);
      for (const source of this.#makers(next) ?? []) {
        if (!seen.has(source)) open.push(source);
        seen.add(source);
      }
      if (seen.size > MAX_WEIGHT_STEPS) return null;
    }
    return made;
  }

  /** A number for each stored tensor and value, the same whenever it is asked. */
  #number(definition: Definition): number {
    if (definition.kind === 'initializer' || definition.kind === 'sparse') return this.numberOf(definition.tensor);
    // A function that is called twice has its Constants once.
    return this.numberOf(isTensor(definition) && definition.kind === 'output' ? definition.node : definition);
  }

  numberOf(what: object): number {
    let number = this.#numbers.get(what);
    if (number === undefined) this.#numbers.set(what, (number = this.#numbers.size));
    return number;
  }
}

export function definitionOf(scope: Scope, name: string): Definition | null {
  return name === '' ? null : (find(scope, name)?.definition ?? null);
}

/** The node of an operator of the default domain that makes a value; null for anything else. */
export function madeBy(definition: Definition, ...opTypes: string[]): Node | null {
  if (definition.kind !== 'output' || definition.output !== 0) return null;
  const { node } = definition;
  return opTypes.includes(node.opType) && isDefaultDomain(node.domain) ? node : null;
}

/** Whether a value is stored as it is: an initializer, or what a Constant has. */
export function isTensor(definition: Definition): boolean {
  if (definition.kind === 'output') return definition.node.operator?.opType === 'Constant';
  return definition.kind !== 'input';
}
