/** Every tensor of a scope, wherever it hangs: for what must leave none out. Says nothing of what a tensor is for. */
import { everyGraph, type Scope } from './graph.js';
import type { Attribute, Graph, SparseTensor, Tensor } from './model.js';

/**
 * Every tensor that a scope holds itself, stored value or not: of initializers, of all attributes of its nodes, and of a function's defaults
 * with the graphs in them. Those of bodies are in scopes of their own.
 */
export function* everyTensor({ graph, defaults }: Scope): Generator<Tensor> {
  yield* tensorsOf(graph);
  yield* tensorsIn(defaults);
  for (const { graphs } of defaults) {
    for (const body of graphs) for (const inner of everyGraph(body)) yield* tensorsOf(inner);
  }
}

function* tensorsOf({ initializers, sparseInitializers, nodes }: Graph): Generator<Tensor> {
  yield* initializers;
  for (const sparse of sparseInitializers) yield* partsOf(sparse);
  for (const { attributes } of nodes) yield* tensorsIn(attributes);
}

function* tensorsIn(attributes: readonly Attribute[]): Generator<Tensor> {
  for (const { tensor, tensors, sparseTensor, sparseTensors } of attributes) {
    if (tensor) yield tensor;
    yield* tensors;
    if (sparseTensor) yield* partsOf(sparseTensor);
    for (const sparse of sparseTensors) yield* partsOf(sparse);
  }
}

function* partsOf({ values, indices }: SparseTensor): Generator<Tensor> {
  yield values;
  if (indices) yield indices;
}
