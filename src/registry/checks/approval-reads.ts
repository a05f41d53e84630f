/** Reads of approvals, by id and by the checks and findings that they cover. A principal sees those of the models that its glob fits. */
import type { Approval } from '../../core/check/approval.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { type ApprovalRow, toApproval } from '../rows/check-records.js';
import { visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { APPROVAL_COLUMNS, select } from '../rows/select.js';

const { sql } = Prisma;

export async function loadApprovals(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, Approval>> {
  const rows = await select<ApprovalRow>(
    needs,
    sql`SELECT ${APPROVAL_COLUMNS} FROM approval p
      WHERE p.id = ANY(${[...ids]}::uuid[]) AND ${visibleTo(principal, sql`p.model_name`)}`,
  );
  return new Map(rows.map((row) => [row.id, toApproval(row)]));
}

/** Over a finding of a key and a value: an approval of this moment covers it. */
export function isCovered(key: Prisma.Sql, value: Prisma.Sql): Prisma.Sql {
  return sql`EXISTS (SELECT FROM approval_cover k JOIN approval p ON p.id = k.approval_id
    WHERE k.key = ${key} AND k.amount >= coalesce(${value}, 0) AND p.revoked_at IS NULL
      AND (p.expires_at IS NULL OR p.expires_at > now()))`;
}

/** More for one check would be a quarrel. */
const APPROVALS_SHOWN = 20;

/** By check: those that cover a failed finding of it or did, be they made for it or for another; the newest first. */
export async function loadApprovalsOfChecks(
  needs: Reads,
  checkIds: readonly string[],
): Promise<Map<string, Approval[]>> {
  const rows = await select<ApprovalRow & { ofCheck: string }>(
    needs,
    sql`SELECT asked.id AS "ofCheck", p.* FROM unnest(${[...checkIds]}::uuid[]) AS asked(id)
      CROSS JOIN LATERAL (
        SELECT ${APPROVAL_COLUMNS} FROM approval p WHERE p.id IN (
          SELECT k.approval_id FROM check_finding f JOIN approval_cover k ON k.key = f.key AND k.amount >= coalesce(f.value, 0)
          WHERE f.check_id = asked.id AND f.outcome = 'FAIL')
        ORDER BY p.created_at DESC, p.id DESC LIMIT ${APPROVALS_SHOWN}::int) AS p`,
  );
  const approvals = new Map<string, Approval[]>(checkIds.map((id) => [id, []]));
  for (const { ofCheck, ...row } of rows) approvals.get(ofCheck)?.push(toApproval(row));
  return approvals;
}
