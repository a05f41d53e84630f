/** Every tensor of a scope, wherever it hangs: for what must leave none out. Says nothing of what a tensor is for. */
import { everyGraph, type Scope } from './graph.js';
import type { Attribute, Graph, SparseTensor, Tensor } from './model.js';

/**
 * Hands over every tensor that a scope holds itself, stored value or not: of initializers, of all attributes of its nodes, and of a function's
 * defaults with the graphs in them. Those of bodies are in scopes of their own.
 */
export function eachTensor({ graph, defaults }: Scope, take: (tensor: Tensor) => void): void {
  tensorsOf(graph, take);
  tensorsIn(defaults, take);
  for (const { graphs } of defaults) {
    for (const body of graphs) for (const inner of everyGraph(body)) tensorsOf(inner, take);
  }
}

function tensorsOf({ initializers, sparseInitializers, nodes }: Graph, take: (tensor: Tensor) => void): void {
  for (const tensor of initializers) take(tensor);
  for (const sparse of sparseInitializers) partsOf(sparse, take);
  for (const { attributes } of nodes) tensorsIn(attributes, take);
}

function tensorsIn(attributes: readonly Attribute[], take: (tensor: Tensor) => void): void {
  for (const { tensor, tensors, sparseTensor, sparseTensors } of attributes) {
    if (tensor) take(tensor);
    for (const each of tensors) take(each);
    if (sparseTensor) partsOf(sparseTensor, take);
    for (const sparse of sparseTensors) partsOf(sparse, take);
  }
}

function partsOf({ values, indices }: SparseTensor, take: (tensor: Tensor) => void): void {
  take(values);
  if (indices) take(indices);
}
