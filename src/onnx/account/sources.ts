/**
 * Where the elements of a value come from, one step back: through operators that only move them, branches of If, and functions, from
 * a call into the body and from the body to its calls. Decides nothing about what is found there.
 */
import { bodiesOf, bodyScope, type Definition, find, type Functions, type Scope } from '../graph/graph.js';
import type { Graph, Node } from '../graph/model.js';
import { type Input, movesInput } from '../operators/operator.js';

/** The input of a node where a value arrives; `input` is null where it is not known what the node makes of it. */
export interface Arrival {
  scope: Scope;
  node: Node;
  position: number;
  input: Input | null;
}

export interface Call {
  scope: Scope;
  node: Node;
}

export class Sources {
  readonly #functions: Functions;
  readonly #scopes: readonly Scope[];
  #bodies: Map<Graph, Scope> | null = null;
  #calls: Map<Graph, Call[]> | null = null;

  /** `scopes` are all of a file. */
  constructor(functions: Functions, scopes: readonly Scope[]) {
    this.#functions = functions;
    this.#scopes = scopes;
  }

  /** The definitions whose elements this one has, unchanged. */
  movedFrom(definition: Definition): Definition[] {
    if (definition.kind === 'input') return this.#arguments(definition);
    if (definition.kind !== 'output') return [];
    const { node, scope, output } = definition;
    if (this.isCall(node)) {
      const body = this.bodyOf(node);
      return body ? outputOf(body, output) : [];
    }
    if (node.operator?.opType === 'If') {
      return bodiesOf(node).flatMap(({ name, graph }) => outputOf(bodyScope(scope, node, name, graph), output));
    }
    return node.inputs.flatMap((name, position) => (movesInput(node.operator, position) ? defined(scope, name) : []));
  }

  isCall(node: Node): boolean {
    return this.#functions.called(node) !== undefined;
  }

  /** The body of the function that a node calls. */
  bodyOf(node: Node): Scope | null {
    const graph = this.#functions.called(node)?.graph;
    if (!graph) return null;
    this.#bodies ??= new Map(this.#scopes.map((scope) => [scope.graph, scope]));
    return this.#bodies.get(graph) ?? null;
  }

  /** Where a function is called. */
  callsOf(graph: Graph): readonly Call[] {
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
    return this.#calls.get(graph) ?? [];
  }

  /** What calls of a function give to one of its inputs. */
  #arguments({ scope, input }: Definition & { kind: 'input' }): Definition[] {
    if (scope.kind !== 'function') return [];
    return this.callsOf(scope.graph).flatMap((call) => defined(call.scope, call.node.inputs[input] ?? ''));
  }
}

function outputOf(scope: Scope, output: number): Definition[] {
  return defined(scope, scope.graph.outputs[output] ?? '');
}

/** What a name stands for, if anything. */
export function defined(scope: Scope, name: string): Definition[] {
  const found = name === '' ? null : find(scope, name);
  return found ? [found.definition] : [];
}
