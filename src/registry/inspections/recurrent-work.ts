/** The sizes of the recurrent nodes of inspections, grouped: what estimates of work add up over. Must never read nodes one by one. */
import type { NodeSizes } from '../../core/workload.js';
import { Prisma } from '../../database/client.js';
import type { Needs } from '../needs.js';
import { toCount, toSizes, type RecurrentNodeRow } from '../rows/records.js';
import { select } from '../rows/select.js';

export interface SizeGroup {
  sizes: NodeSizes;
  nodes: number;
}

type Row = Pick<
  RecurrentNodeRow,
  'inspectionId' | 'opType' | 'inputSize' | 'hiddenSize' | 'numDirections' | 'biasConvention' | 'peepholes'
> & { nodes: bigint };

export async function loadRecurrentSizes(
  needs: Needs,
  inspectionIds: readonly string[],
): Promise<Map<string, SizeGroup[]>> {
  const rows = await select<Row>(
    needs,
    Prisma.sql`
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
