/**
 * Where stored values arrive: at inputs that take quantized weights, at operators that no row describes, and, where small operators
 * dequantize them, at products; directly or through operators that only move elements, branches of If and calls of functions. Each
 * value is passed once, however many calls there are.
 */
import type { Definition, Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { inputOf } from '../operators/operator.js';
import type { Dequantizations } from './dequantized.js';
import type { Arrival, Sources } from './sources.js';

/** What an input of a node makes of a value that arrives there; null where that decides nothing. */
export function arrivalAt(sources: Sources, scope: Scope, node: Node, position: number): Arrival | null {
  if (sources.isCall(node)) return null;
  const input = inputOf(node.operator, position);
  const decides = node.operator === null || input?.isQuantized === true;
  return decides ? { scope, node, position, input } : null;
}

/** Hands each arrival to whatever `receives` it on the way back. */
export class Arrivals {
  readonly #sources: Sources;
  readonly #dequantizations: Dequantizations | null;
  readonly #receive: (definition: Definition, arrival: Arrival) => boolean;
  /** What was passed already, by what decides. */
  readonly #passed = {
    quantized: new Set<Definition>(),
    product: new Set<Definition>(),
    unknown: new Set<Definition>(),
  };

  /** `dequantizations`: where any are to be looked for. `receive` says whether the definition is stored: then there is nothing behind it. */
  constructor(
    sources: Sources,
    dequantizations: Dequantizations | null,
    receive: (definition: Definition, arrival: Arrival) => boolean,
  ) {
    this.#sources = sources;
    this.#dequantizations = dequantizations;
    this.#receive = receive;
  }

  pass(start: Definition, arrival: Arrival): void {
    const open = [{ at: start, arrival }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { at } = next;
      const passed = this.#passed[kindOf(next.arrival)];
      if (this.#receive(at, next.arrival) || passed.has(at)) continue;
      const coded = this.#dequantizations?.behind(at);
      const sources = coded?.integers ?? this.#sources.movedFrom(at);
      if (sources.length === 0) continue;
      passed.add(at);
      at.scope.work.spend(1 + sources.length);
      const arriving = coded?.isExact === false ? { ...next.arrival, input: null } : next.arrival;
      for (const source of sources) open.push({ at: source, arrival: arriving });
    }
  }
}

function kindOf({ input }: Arrival): 'quantized' | 'product' | 'unknown' {
  if (input === null) return 'unknown';
  return input.isQuantized ? 'quantized' : 'product';
}
