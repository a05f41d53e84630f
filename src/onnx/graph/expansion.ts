/**
 * How many nodes a model has once its functions are expanded at every call: counted from the bodies, each once, without expanding
 * anything, so that a hundred small functions that stand for 2^60 nodes are refused at once. Follows no weights.
 */
import { everyNode, type Functions, MAX_EXPANDED_NODES, tooMany } from './graph.js';
import type { FunctionBody, Graph, Model } from './model.js';

/** Throws LIMIT_EXCEEDED. What nobody calls counts too: each function is also looked at by itself. */
export function refuseExpansion(graph: Graph, { functions }: Pick<Model, 'functions'>, called: Functions): void {
  if (functions.length === 0) return;
  const expanded = new Map<Graph, number>();
  for (const { graph: body } of functions) expand(body, called, expanded);
  expand(graph, called, expanded);
  for (const nodes of expanded.values()) if (nodes > MAX_EXPANDED_NODES) tooMany('nodes', MAX_EXPANDED_NODES);
}

/** Those that are called come before those that call them. One that calls itself is not followed, as nowhere. */
function expand(start: Graph, functions: Functions, expanded: Map<Graph, number>): void {
  const open: { graph: Graph; calls: FunctionBody[]; at: number }[] = [];
  const isOpen = new Set<Graph>();
  const enter = (graph: Graph) => {
    if (expanded.has(graph) || isOpen.has(graph)) return;
    isOpen.add(graph);
    open.push({ graph, calls: callsIn(graph, functions), at: 0 });
  };
  enter(start);
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const next = top.calls[top.at];
    top.at += 1;
    if (next) {
      enter(next.graph);
      continue;
    }
    let nodes = nodesIn(top.graph);
    // Inexact over 2^53, which is over the limit all the same; more than 2^1023 is Infinity.
    for (const { graph } of top.calls) nodes += expanded.get(graph) ?? 0;
    expanded.set(top.graph, nodes);
    isOpen.delete(top.graph);
    open.pop();
  }
}

function callsIn(graph: Graph, functions: Functions): FunctionBody[] {
  const calls: FunctionBody[] = [];
  for (const node of everyNode(graph)) {
    const body = functions.called(node);
    if (body) calls.push(body);
  }
  return calls;
}

function nodesIn(graph: Graph): number {
  let nodes = 0;
  for (const _ of everyNode(graph)) nodes += 1;
  return nodes;
}
