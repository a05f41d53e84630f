/** An inspection in the shape that the parts of the page of a version take, which is that of GraphQL: as many of each list as that page asks for. Pure. */
import type { WeighedFile } from '../../core/weigh/messages.js';
import type { ElementClass } from '../generated/operations.js';

const TENSORS = 100;
const STACKS = 20;
const CELLS = 20;

export function asShown(weighed: WeighedFile) {
  const { recurrentNodes, recurrentStacks, decomposedCells, tensors, externalData, classes, estimates } = weighed;
  return {
    classes,
    nodes: recurrentNodes.map((node) => ({ ...node, id: node.path })),
    tensors: tensors
      .slice(0, TENSORS)
      .map((tensor) => ({ ...tensor, class: tensor.class.toUpperCase() as ElementClass })),
    recurrentStacks: {
      totalCount: recurrentStacks.length,
      nodes: recurrentStacks
        .slice(0, STACKS)
        .map((stack) => ({ ...stack, layerCount: stack.layers.length, layers: stack.layers.slice(0, STACKS) })),
    },
    decomposedCells: { nodes: decomposedCells.slice(0, CELLS) },
    externalData: externalData.map((file) => ({ ...file, digest: '', present: file.byteSize !== null })),
    estimates,
  };
}
