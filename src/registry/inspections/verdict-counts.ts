/** Recurrent nodes of one inspection by verdict, for the answer to an upload. Every verdict is there, be it with 0. */
import type { Verdict } from '../../core/inspection.js';
import { Prisma } from '../../database/client.js';
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';
import { toCount } from '../rows/records.js';

export type VerdictCounts = Record<Verdict, number>;

export async function countVerdicts(needs: Needs, inspectionId: string): Promise<VerdictCounts> {
  const rows = await translated(() =>
    needs.database.$queryRaw<{ verdict: Verdict; nodes: bigint }[]>(Prisma.sql`
      SELECT verdict, count(*) AS nodes FROM recurrent_node WHERE inspection_id = ${inspectionId}::uuid GROUP BY verdict`),
  );
  const counts: VerdictCounts = { MATCH: 0, MISMATCH: 0, UNVERIFIABLE: 0 };
  for (const { verdict, nodes } of rows) counts[verdict] = toCount(nodes);
  return counts;
}
