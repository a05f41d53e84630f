/**
 * The recurrent nodes of an inspection as a comparison takes them, in one JSON with a list for each column: the embedded database hands
 * over thousands of rows so in a quarter of the time. No more columns than are compared, since their number is what it costs. Must stay free of
 * Prisma: a thread loads it.
 */
import { COMPARED_OF_NODES, type ComparableNode } from '../../core/comparison.js';
import { toWeight, type WeightValues } from './kept-values.js';
import { type RecurrentNodeRow, toCountOrNull } from './records.js';

export const NODE_LIST_FIELDS = ['position', ...COMPARED_OF_NODES] as const;

type Row = Pick<RecurrentNodeRow, 'position'> & Omit<ComparableNode, 'weights'> & { weights: WeightValues[] };
/** JSON has no bigint. */
export type NodeLists = { [Name in keyof Row]: Row[Name][] };

export function toComparableNodes(portions: readonly NodeLists[]): ComparableNode[] {
  const nodes: ComparableNode[] = [];
  for (const lists of portions) {
    for (const [at, position] of lists.position.entries()) {
      // Written out, so that all nodes are of one shape to the comparison.
      nodes[position] = {
        path: lists.path[at]!,
        name: lists.name[at]!,
        opType: lists.opType[at]!,
        direction: lists.direction[at]!,
        numDirections: toCountOrNull(lists.numDirections[at]!),
        inputSize: toCountOrNull(lists.inputSize[at]!),
        hiddenSize: toCountOrNull(lists.hiddenSize[at]!),
        biasConvention: lists.biasConvention[at]!,
        peepholes: lists.peepholes[at]!,
        stored: toCountOrNull(lists.stored[at]!),
        effective: toCountOrNull(lists.effective[at]!),
        weights: lists.weights[at]!.map(toWeight),
      };
    }
  }
  return nodes;
}
