/** What a node is called in a graph path: a name of its own, whatever the file gives. */
import type { Graph, Node } from './model.js';

/** The node's name; without one, or where others share it, its op type or name and its place in the graph. */
export function nodeLabel(graph: Graph, node: Node): string {
  if (node.name === '') return `${node.opType}_${node.index}`;
  return repeatedNames(graph).has(node.name) ? `${node.name}#${node.index}` : node.name;
}

const REPEATED = new WeakMap<Graph, Set<string>>();

function repeatedNames(graph: Graph): Set<string> {
  let repeated = REPEATED.get(graph);
  if (!repeated) {
    repeated = new Set();
    const seen = new Set<string>();
    for (const { name } of graph.nodes) {
      if (name === '') continue;
      if (seen.has(name)) repeated.add(name);
      else seen.add(name);
    }
    REPEATED.set(graph, repeated);
  }
  return repeated;
}
