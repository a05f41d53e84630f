/** Whether all that becomes of a stored tensor within its graph is an initial state, or a scale, however it is moved on the way. */
import type { Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { type Input, inputOf, isQuantizationOnly, movesInput } from '../operators/operator.js';

/** The nodes of one graph that take a name. */
type Takers = Map<string, { node: Node; input: number }[]>;

function takersOf(scope: Scope): Takers {
  const takers: Takers = new Map();
  for (const node of scope.graph.nodes) {
    for (const [input, name] of node.inputs.entries()) {
      const list = takers.get(name);
      if (list) list.push({ node, input });
      else takers.set(name, [{ node, input }]);
    }
  }
  return takers;
}

/** A stored tensor, and what is known of its direct uses. */
interface Start {
  name: string;
  scope: Scope;
  /** Whether an operator that only moves elements takes it. */
  isMoved: boolean;
  /** Taken from an inner graph, or as an output, by something that is no initial state. */
  usedElsewhere: boolean;
}

/** Where every way from a tensor within its graph ends, through operators that only move elements. */
export class Flows {
  readonly #graphs = new Map<Scope, { takers: Takers; outputs: ReadonlySet<string> }>();
  readonly #quantized: ReadonlySet<Scope>;

  /** `quantized`: graphs with scales or zero points. */
  constructor(quantized: ReadonlySet<Scope>) {
    this.#quantized = quantized;
  }

  endsAtState(entry: Start): boolean {
    return this.#endsAt(entry, (taken) => taken?.role === 'STATE');
  }

  /** Cast, reshaped or sliced on the way. */
  endsAtScale(entry: Start): boolean {
    if (!entry.isMoved || entry.usedElsewhere || !this.#quantized.has(entry.scope)) return false;
    return this.#endsAt(entry, isQuantizationOnly);
  }

  #endsAt({ name, scope }: Start, isEnd: (taken: Input | null) => boolean): boolean {
    const { takers, outputs } = this.#graphOf(scope);
    const seen = new Set([name]);
    const open = [name];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (outputs.has(at)) return false;
      scope.work.spend(1 + (takers.get(at)?.length ?? 0));
      for (const { node, input } of takers.get(at) ?? []) {
        if (!movesInput(node.operator, input)) {
          if (!isEnd(inputOf(node.operator, input))) return false;
          continue;
        }
        for (const output of node.outputs) {
          if (output === '' || seen.has(output)) continue;
          seen.add(output);
          open.push(output);
        }
      }
    }
    return true;
  }

  #graphOf(scope: Scope) {
    let graph = this.#graphs.get(scope);
    if (!graph) {
      scope.work.spend(scope.graph.outputs.length);
      graph = { takers: takersOf(scope), outputs: new Set(scope.graph.outputs) };
      this.#graphs.set(scope, graph);
    }
    return graph;
  }
}
