/**
 * Inspections whole, as a comparison takes them: with all nodes, their weights, written-out cells and tensors. Ids come from versions and
 * artifacts that the principal sees. Must never be asked for what a list of pages would do.
 */
import type { ComparableInspection } from '../../core/comparison.js';
import { Prisma } from '../../database/client.js';
import type { Needs, Reads } from '../needs.js';
import { NODE_LIST_FIELDS } from '../rows/comparable-nodes.js';
import { type InspectionRow, toCount, toInspection } from '../rows/records.js';
import { columnName, INSPECTION_COLUMNS, select } from '../rows/select.js';
import { type InspectionTexts, readTexts } from './inspection-texts.js';

const { sql } = Prisma;

/** Of rows `n`, in no order. */
const NODE_LISTS = Prisma.raw(
  `json_build_object(${NODE_LIST_FIELDS.map((field) => `'${field}', json_agg(n.${columnName(field)})`).join(', ')})`,
);

/** A list for so many nodes: strings of some 50 kB find room in memory that is there, where long ones are given new pages. */
const NODE_PORTION = Prisma.raw('n.position / 64');

/** Those that are there. What was read lately is not read again. */
export function findWholeInspections(
  needs: Pick<Needs, 'select' | 'inspections'>,
  ids: readonly string[],
): Promise<Map<string, ComparableInspection>> {
  return needs.inspections.find(ids, (missing) => loadWholeInspections(needs, missing));
}

/** Within a transaction too. */
export async function loadWholeInspections(
  needs: Reads,
  ids: readonly string[],
): Promise<Map<string, ComparableInspection>> {
  const texts = await loadInspectionTexts(needs, ids);
  return new Map([...texts].map(([id, each]) => [id, readTexts(each)]));
}

/** In two statements however many there are. */
export async function loadInspectionTexts(needs: Reads, ids: readonly string[]): Promise<Map<string, InspectionTexts>> {
  const inspections = sql`inspection i WHERE i.id = ANY(${[...ids]}::uuid[])`;
  const [rows, nodes] = await Promise.all([
    select<InspectionRow & { tensors: string; cells: string }>(
      needs,
      sql`SELECT ${INSPECTION_COLUMNS}, i.tensors::text AS tensors, i.decomposed_cells::text AS cells FROM ${inspections}`,
    ),
    select<{ id: string; lists: string }>(
      needs,
      sql`SELECT n.inspection_id AS id, ${NODE_LISTS}::text AS lists FROM recurrent_node n
        WHERE n.inspection_id = ANY(${[...ids]}::uuid[]) GROUP BY n.inspection_id, ${NODE_PORTION}`,
    ),
  ]);
  const portions = new Map<string, string[]>(rows.map(({ id }) => [id, []]));
  for (const { id, lists } of nodes) portions.get(id)?.push(lists);
  return new Map(
    rows.map(({ tensors, cells, ...row }) => {
      const texts = {
        inspection: toInspection(row),
        nodes: portions.get(row.id) ?? [],
        tensors,
        cells,
      };
      return [row.id, texts];
    }),
  );
}

/** Characters of text that the rows of these inspections hold, about: to know before it is read whether it is much. */
export async function sizesOfInspections(needs: Reads, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await select<{ id: string; nodes: bigint; lists: number }>(
    needs,
    sql`SELECT i.id, i.recurrent_node_count AS nodes,
      coalesce(pg_column_size(i.tensors), 0) + coalesce(pg_column_size(i.decomposed_cells), 0) AS lists
      FROM inspection i WHERE i.id = ANY(${[...ids]}::uuid[])`,
  );
  return new Map(rows.map(({ id, nodes, lists }) => [id, toCount(nodes) * NODE_CHARACTERS + lists * PACKED]));
}

/** Of a node with its weights, where names are short. */
const NODE_CHARACTERS = 750;
/** Long columns are kept compressed, to a fifth and less. */
const PACKED = 5;
