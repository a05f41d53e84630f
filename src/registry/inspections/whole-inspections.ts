/**
 * Inspections whole, as a comparison takes them: with all nodes, their weights, written-out cells and tensors. Ids come from versions and
 * artifacts that the principal sees. Must never be asked for what a list of pages would do.
 */
import type { ComparableInspection } from '../../core/comparison.js';
import { Prisma } from '../../database/client.js';
import type { Needs, Reads } from '../needs.js';
import { NODE_LISTS, NODE_PORTION, type NodeLists, toComparableNodes } from '../rows/comparable-nodes.js';
import { type InspectionRow, toInspection } from '../rows/records.js';
import { INSPECTION_COLUMNS, select } from '../rows/select.js';
import { toDecomposedCells, toStoredTensors } from '../rows/stored-lists.js';

const { sql } = Prisma;

/** Those that are there. What was read lately is not read again. */
export function findWholeInspections(
  needs: Pick<Needs, 'select' | 'inspections'>,
  ids: readonly string[],
): Promise<Map<string, ComparableInspection>> {
  return needs.inspections.find(ids, (missing) => loadWholeInspections(needs, missing));
}

/** In two statements however many there are; within a transaction too. */
export async function loadWholeInspections(
  needs: Reads,
  ids: readonly string[],
): Promise<Map<string, ComparableInspection>> {
  const inspections = sql`inspection i WHERE i.id = ANY(${[...ids]}::uuid[])`;
  const [rows, nodes] = await Promise.all([
    select<InspectionRow & { tensors: Prisma.JsonValue; cells: Prisma.JsonValue }>(
      needs,
      sql`SELECT ${INSPECTION_COLUMNS}, i.tensors, i.decomposed_cells AS cells FROM ${inspections}`,
    ),
    select<{ id: string; lists: NodeLists }>(
      needs,
      sql`SELECT n.inspection_id AS id, ${NODE_LISTS} AS lists FROM recurrent_node n
        WHERE n.inspection_id = ANY(${[...ids]}::uuid[]) GROUP BY n.inspection_id, ${NODE_PORTION}`,
    ),
  ]);
  const portions = new Map<string, NodeLists[]>(rows.map(({ id }) => [id, []]));
  for (const { id, lists } of nodes) portions.get(id)?.push(lists);
  return new Map(
    rows.map((row) => {
      const recurrentNodes = toComparableNodes(portions.get(row.id) ?? []);
      const whole = { recurrentNodes, tensors: toStoredTensors(row), decomposedCells: toDecomposedCells(row) };
      return [row.id, { ...toInspection(row), ...whole }];
    }),
  );
}
