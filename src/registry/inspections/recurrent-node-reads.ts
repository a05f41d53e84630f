/**
 * Reads of recurrent nodes, their stacks and weights, one by one and counted. Ids come from inspections that the principal sees; who takes
 * the id of a node from outside checks its inspection.
 */
import type {
  Page,
  PageRequest,
  RecurrentNodeFilter,
  StoredRecurrentNode,
  StoredRecurrentStack,
} from '../../core/catalog.js';
import type { Verdict, Weight } from '../../core/inspection.js';
import type { NodeSizes } from '../../core/layer/workload.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { recurrentNodeCondition } from '../rows/filters.js';
import { readPages } from '../rows/pages.js';
import {
  toCount,
  toRecurrentStack,
  toSizes,
  toStoredRecurrentNode,
  toWeights,
  type NodeWeightsRow,
  type RecurrentNodeRow,
  type RecurrentStackRow,
} from '../rows/records.js';
import { RECURRENT_NODE_COLUMNS, RECURRENT_STACK_COLUMNS, select } from '../rows/select.js';

const { sql } = Prisma;

/** With the id of the inspection that each node belongs to, which the caller must check. */
export async function loadRecurrentNodes(
  needs: Reads,
  ids: readonly string[],
): Promise<Map<string, { node: StoredRecurrentNode; inspectionId: string }>> {
  const rows = await select<RecurrentNodeRow>(
    needs,
    sql`SELECT ${RECURRENT_NODE_COLUMNS} FROM recurrent_node n WHERE n.id = ANY(${[...ids]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, { node: toStoredRecurrentNode(row), inspectionId: row.inspectionId }]));
}

/** In the order of the graph, the same page of each inspection. */
export function listRecurrentNodes(
  needs: Reads,
  inspectionIds: readonly string[],
  request: { where?: RecurrentNodeFilter; page: PageRequest },
): Promise<Map<string, Page<StoredRecurrentNode>>> {
  return readPages<RecurrentNodeRow, StoredRecurrentNode>(
    needs,
    {
      identity: ['recurrentNodes', request.where],
      columns: RECURRENT_NODE_COLUMNS,
      from: sql`recurrent_node n`,
      condition: recurrentNodeCondition(request.where),
      key: sql`n.position`,
      keyKind: 'integer',
      direction: 'ASC',
      toNode: toStoredRecurrentNode,
    },
    request.page,
    { column: sql`n.inspection_id`, type: 'uuid', ids: inspectionIds },
  );
}

/** In the order of the graph, the same page of each inspection; inspections before version 2 have none. */
export function listRecurrentStacks(
  needs: Reads,
  inspectionIds: readonly string[],
  page: PageRequest,
): Promise<Map<string, Page<StoredRecurrentStack>>> {
  return readPages<RecurrentStackRow, StoredRecurrentStack>(
    needs,
    {
      identity: ['recurrentStacks'],
      columns: RECURRENT_STACK_COLUMNS,
      from: sql`recurrent_stack s`,
      condition: sql`TRUE`,
      key: sql`s.position`,
      keyKind: 'integer',
      direction: 'ASC',
      toNode: toRecurrentStack,
    },
    page,
    { column: sql`s.inspection_id`, type: 'uuid', ids: inspectionIds },
  );
}

export async function loadWeights(needs: Reads, nodeIds: readonly string[]): Promise<Map<string, Weight[]>> {
  const rows = await select<NodeWeightsRow & { id: string }>(
    needs,
    sql`SELECT n.id, n.weights FROM recurrent_node n WHERE n.id = ANY(${[...nodeIds]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, toWeights(row)]));
}

/** So many nodes of the same sizes. */
export interface SizeGroup {
  sizes: NodeSizes;
  nodes: number;
}

type SizeRow = Pick<
  RecurrentNodeRow,
  'inspectionId' | 'opType' | 'inputSize' | 'hiddenSize' | 'numDirections' | 'biasConvention' | 'peepholes'
> & { nodes: bigint };

/** The sizes of the nodes of each inspection, grouped by the database: what estimates of work add up over. */
export async function loadRecurrentSizes(
  needs: Reads,
  inspectionIds: readonly string[],
): Promise<Map<string, SizeGroup[]>> {
  const rows = await select<SizeRow>(
    needs,
    sql`
    SELECT n.inspection_id AS "inspectionId", n.op_type AS "opType", n.input_size AS "inputSize",
      n.hidden_size AS "hiddenSize", n.num_directions AS "numDirections", n.bias_convention AS "biasConvention",
      n.peepholes, count(*) AS nodes
    FROM recurrent_node n WHERE n.inspection_id = ANY(${[...inspectionIds]}::uuid[])
    GROUP BY 1, 2, 3, 4, 5, 6, 7`,
  );
  const groups = new Map<string, SizeGroup[]>(inspectionIds.map((id) => [id, []]));
  for (const row of rows) groups.get(row.inspectionId)?.push({ sizes: toSizes(row), nodes: toCount(row.nodes) });
  return groups;
}

export type VerdictCounts = Record<Verdict, number>;

/** Nodes of one inspection by verdict. Every verdict is listed, even with 0. */
export async function countVerdicts(needs: Reads, inspectionId: string): Promise<VerdictCounts> {
  const rows = await select<{ verdict: Verdict; nodes: bigint }>(
    needs,
    sql`SELECT verdict, count(*) AS nodes FROM recurrent_node WHERE inspection_id = ${inspectionId}::uuid GROUP BY verdict`,
  );
  const counts: VerdictCounts = { MATCH: 0, MISMATCH: 0, UNVERIFIABLE: 0 };
  for (const { verdict, nodes } of rows) counts[verdict] = toCount(nodes);
  return counts;
}
