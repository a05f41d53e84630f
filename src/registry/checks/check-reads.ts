/** Reads of checks, their findings and conclusions. What is approved is computed when it is asked for, never stored. */
import { conclude, type CheckConclusion } from '../../core/check/approval.js';
import type { Page, PageRequest } from '../../core/catalog.js';
import type { Check, CheckOutcome, CheckTrigger, Finding } from '../../core/check/check.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { type CheckRow, type FindingRow, toCheck, toFinding } from '../rows/check-records.js';
import { isCovered } from './approval-reads.js';
import { isNamed, visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { type ListQuery, type Parents, readPage, readPages } from '../rows/pages.js';
import { toCount } from '../rows/records.js';
import { CHECK_COLUMNS, FINDING_COLUMNS, select } from '../rows/select.js';

const { sql, join } = Prisma;

export interface CheckFilter {
  model?: string | null;
  outcome?: CheckOutcome | null;
  trigger?: CheckTrigger | null;
  /** Outcome and the approvals of this moment. */
  conclusion?: CheckConclusion | null;
  /** Only the last check of the latest version of each model; false asks for all others. */
  latest?: boolean | null;
}

export interface CheckList {
  where?: CheckFilter;
  page: PageRequest;
}

/** Of the whole registry, the newest first. */
export function listChecks(needs: Reads, principal: Principal, { where, page }: CheckList): Promise<Page<Check>> {
  return readPage(needs, checkList(where, visibleTo(principal, sql`c.model_name`)), page);
}

/** The same page for each model or version. They must have been read for a principal that sees them. */
export function listChecksOf(
  needs: Reads,
  parent: 'model' | 'version',
  ids: readonly string[],
  { where, page }: CheckList,
): Promise<Map<string, Page<Check>>> {
  const column = parent === 'model' ? sql`c.model_id` : sql`c.version_id`;
  const parents: Parents = { column, type: 'uuid', ids };
  return readPages(needs, checkList(where, sql`TRUE`), page, parents);
}

export async function loadChecks(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, Check>> {
  const rows = await select<CheckRow>(
    needs,
    sql`SELECT ${CHECK_COLUMNS} FROM version_check c
      WHERE c.id = ANY(${[...ids]}::uuid[]) AND ${visibleTo(principal, sql`c.model_name`)}`,
  );
  return new Map(rows.map((row) => [row.id, toCheck(row)]));
}

/** The last check of each version. */
export async function loadLatestChecks(needs: Reads, versionIds: readonly string[]): Promise<Map<string, Check>> {
  const rows = await select<CheckRow>(
    needs,
    sql`SELECT ${CHECK_COLUMNS} FROM unnest(${[...versionIds]}::uuid[]) AS asked(id)
      CROSS JOIN LATERAL (SELECT * FROM version_check k WHERE k.version_id = asked.id ORDER BY k.created_at DESC LIMIT 1) AS c`,
  );
  return new Map(rows.map((row) => [row.versionId, toCheck(row)]));
}

/** By check, in their order. */
export async function loadFindings(needs: Reads, checkIds: readonly string[]): Promise<Map<string, Finding[]>> {
  const rows = await select<FindingRow>(
    needs,
    sql`SELECT ${FINDING_COLUMNS} FROM check_finding f WHERE f.check_id = ANY(${[...checkIds]}::uuid[])
      ORDER BY f.check_id, f.position`,
  );
  const findings = new Map<string, Finding[]>(checkIds.map((id) => [id, []]));
  for (const row of rows) findings.get(row.checkId)?.push(toFinding(row));
  return findings;
}

/** By check: its outcome and the approvals of this moment. */
export async function loadConclusions(
  needs: Reads,
  checkIds: readonly string[],
): Promise<Map<string, CheckConclusion>> {
  const rows = await select<{ id: string; outcome: CheckOutcome; open: bigint }>(
    needs,
    sql`SELECT c.id, c.outcome, (SELECT count(*) FROM (${OPEN_FINDINGS}) AS o) AS open
      FROM version_check c WHERE c.id = ANY(${[...checkIds]}::uuid[])`,
  );
  return new Map(rows.map(({ id, outcome, open }) => [id, conclude(outcome, toCount(open))]));
}

/** Findings of check `c` that failed and that no approval covers. */
const OPEN_FINDINGS = sql`SELECT f.position FROM check_finding f
  WHERE f.check_id = c.id AND f.outcome = 'FAIL' AND NOT ${isCovered(sql`f.key`, sql`f.value`)}`;

/** Whether check `c` is one of those; computed once, from the models, of which there are fewer than of checks. */
const IS_LATEST = sql`c.id IN (SELECT last.id FROM model m CROSS JOIN LATERAL (
  SELECT k.id FROM version_check k WHERE k.version_id = m.latest_version_id ORDER BY k.created_at DESC, k.id DESC LIMIT 1) AS last)`;

function hasConclusion(conclusion: CheckConclusion): Prisma.Sql {
  if (conclusion === 'APPROVED') return sql`(c.outcome = 'FAIL' AND NOT EXISTS (${OPEN_FINDINGS}))`;
  if (conclusion === 'FAIL') return sql`(c.outcome = 'FAIL' AND EXISTS (${OPEN_FINDINGS}))`;
  return sql`c.outcome = ${conclusion}::text`;
}

function checkList(where: CheckFilter = {}, visible: Prisma.Sql): ListQuery<CheckRow, Check> {
  const conditions = [visible];
  if (typeof where.model === 'string') {
    conditions.push(sql`c.model_id = (SELECT m.id FROM model m WHERE ${isNamed(sql`m.name`, where.model)})`);
  }
  if (where.outcome) conditions.push(sql`c.outcome = ${where.outcome}::text`);
  if (where.trigger) conditions.push(sql`c.trigger = ${where.trigger}::text`);
  if (where.conclusion) conditions.push(hasConclusion(where.conclusion));
  if (typeof where.latest === 'boolean') conditions.push(where.latest ? IS_LATEST : sql`NOT ${IS_LATEST}`);
  return {
    identity: ['checks', where],
    columns: CHECK_COLUMNS,
    from: sql`version_check c`,
    condition: join(conditions, ' AND '),
    key: sql`c.created_at`,
    keyKind: 'date',
    direction: 'DESC',
    id: sql`c.id`,
    toNode: toCheck,
  };
}
