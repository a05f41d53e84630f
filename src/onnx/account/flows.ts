/** Whether all that becomes of a stored tensor is an initial state, or a scale, however it is moved on the way and through which calls. */
import { type Definition, find, type Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { type Input, isQuantizationOnly, movesInput } from '../operators/operator.js';
import type { Sources } from './sources.js';

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
  /** Whether an operator that only moves elements takes it, or a call. */
  isMoved: boolean;
  /** Taken from an inner graph, or as an output, by something that is no initial state. */
  usedElsewhere: boolean;
}

/** What a flow needs to know of a file. */
interface Surroundings {
  sources: Sources;
  /** What an input of a node is to it. */
  inputAt: (node: Node, input: number) => Input | null;
  /** Whether there are scales or zero points at all. */
  hasScales: boolean;
  /** What inner graphs take from the ones around them. */
  captured: ReadonlySet<Definition>;
  /** For each stored tensor that is the first state of a cell that is written out: the nodes of the cell. */
  cellStates: ReadonlyMap<unknown, ReadonlySet<Node>>;
}

/** Where every way from a tensor ends, through operators that only move elements and through calls of functions. */
export class Flows {
  readonly #graphs = new Map<Scope, { takers: Takers; outputs: ReadonlySet<string> }>();
  readonly #file: Surroundings;

  constructor(file: Surroundings) {
    this.#file = file;
  }

  endsAtState(entry: Start): boolean {
    return this.#endsAt(entry, isState);
  }

  /** Whether it is the first state of a cell that is written out, and nothing else. */
  endsAtCellState(entry: Start, key: unknown): boolean {
    const cell = this.#file.cellStates.get(key);
    return cell !== undefined && this.#endsAt(entry, (taken, node) => isState(taken) || cell.has(node));
  }

  /** Cast, reshaped or sliced on the way. */
  endsAtScale(entry: Start): boolean {
    if (!entry.isMoved || entry.usedElsewhere || !this.#file.hasScales) return false;
    return this.#endsAt(entry, isQuantizationOnly);
  }

  /** Whether it is but added or multiplied element by element, or an initial state; rows that are looked up in it are something else. */
  endsAtElements(entry: Start): boolean {
    if (entry.usedElsewhere) return false;
    const isEnd = (taken: Input | null, node: Node) => isState(taken) || node.operator?.kind === 'ELEMENTS';
    return this.#endsAt(entry, isEnd, (node) => node.operator?.opType !== 'Gather');
  }

  #endsAt(
    { name, scope }: Start,
    isEnd: (taken: Input | null, node: Node) => boolean,
    isPassed: (node: Node) => boolean = () => true,
  ): boolean {
    const { sources, inputAt, captured } = this.#file;
    const seen = new Map([[scope, new Set([name])]]);
    const open = [{ scope, name }];
    const go = (to: Scope, next: string | undefined) => {
      if (next === undefined || next === '') return;
      const names = seen.get(to) ?? new Set();
      if (names.has(next)) return;
      seen.set(to, names.add(next));
      open.push({ scope: to, name: next });
    };
    for (let at = open.pop(); at; at = open.pop()) {
      const { takers, outputs } = this.#graphOf(at.scope);
      const calls = outputs.has(at.name) ? sources.callsOf(at.scope.graph) : [];
      if (outputs.has(at.name) && calls.length === 0) return false;
      for (const call of calls) {
        at.scope.work.spend(1 + at.scope.graph.outputs.length);
        for (const [output, name] of at.scope.graph.outputs.entries()) {
          if (name === at.name) go(call.scope, call.node.outputs[output]);
        }
      }
      const definition = at.scope === scope && at.name === name ? undefined : find(at.scope, at.name)?.definition;
      if (definition && captured.has(definition)) return false;
      at.scope.work.spend(1 + (takers.get(at.name)?.length ?? 0));
      for (const { node, input } of takers.get(at.name) ?? []) {
        const body = sources.bodyOf(node);
        if (body) {
          go(body, body.graph.inputs[input]?.name);
          continue;
        }
        if (isEnd(inputAt(node, input), node)) continue;
        if (!movesInput(node.operator, input) || !isPassed(node)) return false;
        // A node that nothing follows takes it all the same.
        if (node.outputs.every((output) => !takers.has(output) && !outputs.has(output))) return false;
        for (const output of node.outputs) go(at.scope, output);
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

function isState(taken: Input | null): boolean {
  return taken?.role === 'STATE';
}
