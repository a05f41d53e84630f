/**
 * Where stored values arrive: at inputs that take quantized weights, and at operators that no row describes; directly or through
 * operators that only move elements, branches of If and calls of functions. Each value is passed once, however many calls there are.
 */
import { bodiesOf, bodyScope, type Definition, find, type Functions, type Scope } from '../graph/graph.js';
import type { Graph, Node } from '../graph/model.js';
import { type Input, inputOf, movesInput } from '../operators/operator.js';

/** The input of a node where a value arrives; `input` is null where no row describes the operator. */
export interface Arrival {
  scope: Scope;
  node: Node;
  position: number;
  input: Input | null;
}

/** What an input of a node makes of a value that arrives there; null where that decides nothing. */
export function arrivalAt(functions: Functions, scope: Scope, node: Node, position: number): Arrival | null {
  if (functions.called(node)) return null;
  const input = inputOf(node.operator, position);
  const decides = node.operator === null || input?.isQuantized === true;
  return decides ? { scope, node, position, input } : null;
}

/** Hands each arrival to whatever `receives` it on the way back; `scopes` are all of a file. */
export class Arrivals {
  readonly #functions: Functions;
  readonly #scopes: readonly Scope[];
  readonly #receive: (definition: Definition, arrival: Arrival) => boolean;
  /** What was passed already, by what decides. */
  readonly #passed = { described: new Set<Definition>(), undescribed: new Set<Definition>() };
  #bodies: Map<Graph, Scope> | null = null;
  #calls: Map<Graph, { scope: Scope; node: Node }[]> | null = null;

  /** `receive` says whether the definition is stored: then there is nothing behind it. */
  constructor(
    functions: Functions,
    scopes: readonly Scope[],
    receive: (definition: Definition, arrival: Arrival) => boolean,
  ) {
    this.#functions = functions;
    this.#scopes = scopes;
    this.#receive = receive;
  }

  pass(start: Definition, arrival: Arrival): void {
    const passed = arrival.input === null ? this.#passed.undescribed : this.#passed.described;
    const open = [start];
    for (let at = open.pop(); at; at = open.pop()) {
      if (this.#receive(at, arrival) || passed.has(at)) continue;
      const sources = this.#movedFrom(at);
      if (sources.length === 0) continue;
      passed.add(at);
      at.scope.work.spend(1 + sources.length);
      for (const source of sources) open.push(source);
    }
  }

  /** The definitions whose elements this one has, unchanged. */
  #movedFrom(definition: Definition): Definition[] {
    if (definition.kind === 'input') return this.#arguments(definition);
    if (definition.kind !== 'output') return [];
    const { node, scope, output } = definition;
    const called = this.#functions.called(node);
    if (called) {
      const body = this.#bodyOf(called.graph);
      return body ? outputOf(body, output) : [];
    }
    if (node.operator?.opType === 'If') {
      return bodiesOf(node).flatMap(({ name, graph }) => outputOf(bodyScope(scope, node, name, graph), output));
    }
    return node.inputs.flatMap((name, position) => (movesInput(node.operator, position) ? defined(scope, name) : []));
  }

  /** What calls of a function give to one of its inputs. */
  #arguments({ scope, input }: Definition & { kind: 'input' }): Definition[] {
    if (scope.kind !== 'function') return [];
    return (this.#callsOf(scope.graph) ?? []).flatMap((call) => defined(call.scope, call.node.inputs[input] ?? ''));
  }

  #bodyOf(graph: Graph): Scope | undefined {
    this.#bodies ??= new Map(this.#scopes.map((scope) => [scope.graph, scope]));
    return this.#bodies.get(graph);
  }

  #callsOf(graph: Graph) {
    if (!this.#calls) {
      this.#calls = new Map();
      for (const scope of this.#scopes) {
        for (const node of scope.graph.nodes) {
          const called = this.#functions.called(node)?.graph;
          if (!called) continue;
          const calls = this.#calls.get(called);
          if (calls) calls.push({ scope, node });
          else this.#calls.set(called, [{ scope, node }]);
        }
      }
    }
    return this.#calls.get(graph);
  }
}

function outputOf(scope: Scope, output: number): Definition[] {
  return defined(scope, scope.graph.outputs[output] ?? '');
}

function defined(scope: Scope, name: string): Definition[] {
  const found = name === '' ? null : find(scope, name);
  return found ? [found.definition] : [];
}
