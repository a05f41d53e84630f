/** Where the elements of a stored tensor get to, however they are moved on the way and through which calls. */
import { type Definition, find, type Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';
import { type Input, isQuantizationOnly, movesInput } from '../operators/operator.js';
import { takerBits, takerOf } from './entries.js';
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
  /** Inner graphs that take it. */
  innerScopes: ReadonlySet<Scope> | null;
}

/** An input that takes the elements for itself; null where they are lost: as an output, in an inner graph, or with nothing behind them. */
type End = { taken: Input | null; node: Node } | null;

type Passes = (node: Node) => boolean;
const EVERY: Passes = () => true;
/** Rows that are looked up are learned, whatever becomes of them. */
const NO_LOOKUP: Passes = (node) => node.operator?.opType !== 'Gather';
/** What is joined with other values is no longer what is followed. */
const NO_JOIN: Passes = (node) => NO_LOOKUP(node) && node.operator?.moves !== 'JOINS';
const IN_ORDER: Passes = (node) => node.operator?.moves === 'KEEPS';

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
    return this.#endAll(entry, EVERY, isState);
  }

  /** Whether it is the first state of a cell that is written out, and nothing else. */
  endsAtCellState(entry: Start, key: unknown): boolean {
    const cell = this.#file.cellStates.get(key);
    return cell !== undefined && this.#endAll(entry, EVERY, (taken, node) => isState(taken) || cell.has(node));
  }

  /** Cast, reshaped or sliced on the way. */
  endsAtScale(entry: Start): boolean {
    if (!entry.isMoved || entry.usedElsewhere || !this.#file.hasScales) return false;
    return this.#endAll(entry, EVERY, isQuantizationOnly);
  }

  /** Whether it is but added or multiplied element by element, or an initial state. */
  endsAtElements(entry: Start): boolean {
    return this.#endAll(entry, NO_LOOKUP, isIn(takerBits('ELEMENTS', 'STATE')), true);
  }

  /** Whether what takes it is of these kinds, or a layer that has it as its input. */
  endsIn(entry: Start, where: number): boolean {
    return this.#endAll(entry, EVERY, (taken, node) => isIn(where)(taken, node) || isInput(taken, node), true);
  }

  /** The same of what other values may be put beside: rows that are looked up are something else. */
  endsInOrJoins(entry: Start, where: number): boolean {
    const isEnd = (taken: Input | null, node: Node) => isIn(where)(taken, node) || node.operator?.moves === 'JOINS';
    return this.#endAll(entry, NO_JOIN, isEnd, true);
  }

  /** Whether any of what takes it, as it is, is like this. */
  reaches(entry: Start, isEnd: (taken: Input | null, node: Node) => boolean): boolean {
    for (const end of this.#ends(entry, IN_ORDER, true)) if (end && isEnd(end.taken, end.node)) return true;
    return false;
  }

  #endAll(
    entry: Start,
    passes: Passes,
    isEnd: (taken: Input | null, node: Node) => boolean,
    fromInnerScopes = false,
  ): boolean {
    for (const end of this.#ends(entry, passes, fromInnerScopes)) {
      if (!end || !isEnd(end.taken, end.node)) return false;
    }
    return true;
  }

  *#ends({ name, scope, innerScopes }: Start, passes: Passes, fromInnerScopes: boolean): Generator<End, void> {
    const { sources, inputAt, captured } = this.#file;
    const seen = new Map<Scope, Set<string>>();
    const open: { scope: Scope; name: string; isStart: boolean }[] = [];
    const go = (to: Scope, next: string | undefined, isStart = false) => {
      if (next === undefined || next === '') return;
      const names = seen.get(to) ?? new Set();
      if (names.has(next)) return;
      seen.set(to, names.add(next));
      open.push({ scope: to, name: next, isStart });
    };
    go(scope, name, true);
    if (fromInnerScopes) for (const inner of innerScopes ?? []) go(inner, name, true);
    for (let at = open.pop(); at; at = open.pop()) {
      const { takers, outputs } = this.#graphOf(at.scope);
      const calls = outputs.has(at.name) ? sources.callsOf(at.scope.graph) : [];
      if (outputs.has(at.name) && calls.length === 0) yield null;
      for (const call of calls) {
        at.scope.work.spend(1 + at.scope.graph.outputs.length);
        for (const [output, outer] of at.scope.graph.outputs.entries()) {
          if (outer === at.name) go(call.scope, call.node.outputs[output]);
        }
      }
      const definition = at.isStart ? undefined : find(at.scope, at.name)?.definition;
      if (definition && captured.has(definition)) yield null;
      at.scope.work.spend(1 + (takers.get(at.name)?.length ?? 0));
      for (const { node, input } of takers.get(at.name) ?? []) {
        const body = sources.bodyOf(node);
        if (body) {
          go(body, body.graph.inputs[input]?.name);
          continue;
        }
        if (!movesInput(node.operator, input) || !passes(node)) {
          yield { taken: inputAt(node, input), node };
          continue;
        }
        // A node that nothing follows takes it all the same.
        if (node.outputs.every((output) => !takers.has(output) && !outputs.has(output))) yield null;
        for (const output of node.outputs) go(at.scope, output);
      }
    }
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

function isIn(where: number): (taken: Input | null, node: Node) => boolean {
  return (taken, node) => (takerBits(takerOf(node, taken)) & where) !== 0;
}

/** What a recurrent layer runs over, and no weight of it. */
function isInput(taken: Input | null, { operator }: Node): boolean {
  return operator?.kind === 'RECURRENCE' && taken?.role === 'DATA';
}
