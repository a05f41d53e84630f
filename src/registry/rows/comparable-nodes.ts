/**
 * The recurrent nodes of an inspection as a comparison takes them, in one JSON with a list for each column: the embedded database hands
 * over thousands of rows so in a quarter of the time. No more columns than are compared, since their number is what it costs.
 */
import { COMPARED_OF_NODES, type ComparableNode } from '../../core/comparison.js';
import { Prisma } from '../../database/client.js';
import { toWeight, type WeightValues } from './kept-values.js';
import { type RecurrentNodeRow, toCountOrNull } from './records.js';
import { columnName } from './select.js';

const FIELDS = ['position', ...COMPARED_OF_NODES] as const;

type Row = Pick<RecurrentNodeRow, 'position'> & Omit<ComparableNode, 'weights'> & { weights: WeightValues[] };
/** JSON has no bigint. */
export type NodeLists = { [Name in keyof Row]: Row[Name][] };

/** Of rows `n`, in no order. */
export const NODE_LISTS = Prisma.raw(
  `json_build_object(${FIELDS.map((field) => `'${field}', json_agg(n.${columnName(field)})`).join(', ')})`,
);

/** A list for so many nodes: strings of some 50 kB find room in memory that is there, where long ones are given new pages. */
export const NODE_PORTION = Prisma.raw('n.position / 64');

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
