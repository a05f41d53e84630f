/**
 * Budgets that hold and limit nothing: of some nodes, of which no model has any, and those of a model or a tag that is not there; and what
 * else whoever sets one should know, such as an alias that is not there.
 * Found in what the latest versions hold, not in what checks said of them. Reads only.
 */
import { type Budget, type BudgetWarning, type BudgetWarningCode, sayBudgetWarning } from '../../core/budget.js';
import { factsOf, METRICS } from '../../core/metrics.js';
import { Prisma } from '../../database/client.js';
import { translated } from '../faults.js';
import { isNamed, keyOf } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { select } from '../rows/select.js';

const { sql } = Prisma;
type Sql = Prisma.Sql;

/** As core's `globToLike`, over a column of patterns; a pattern has no backslash. */
const likeOf = (pattern: Sql) =>
  sql`replace(replace(replace(replace(${pattern}, '%', '\\%'), '_', '\\_'), '*', '%'), '?', '_')`;

/** Of a budget `b` whose path is a pattern of LIKE already: to make one for each node takes as long as to look for it. */
const fits = (opType: Sql, path: Sql) => sql`(b.op_type IS NULL OR ${opType} = b.op_type)
  AND (b.pattern IS NULL OR ${path} LIKE b.pattern)`;

const isOneOf = (metrics: readonly string[]) => sql`b.metric = ANY(${[...metrics]}::text[])`;

/** Of a model `m` and a budget of it or of a tag. */
const HOLDS_FOR_MODEL = sql`((b.scope = 'TAG' AND b.target = ANY(m.tags))
  OR (b.scope = 'MODEL' AND ${keyOf(sql`b.target`)} = ${keyOf(sql`m.name`)}))`;

const LATEST = sql`model m JOIN version l ON l.id = m.latest_version_id`;

/** What an inspection has that can be selected. Of cells that are not all listed any may be. */
const PARTS = sql`
  SELECT 'NODE' AS kind, n.op_type, n.path FROM recurrent_node n WHERE n.inspection_id = l.inspection_id
  UNION ALL
  SELECT 'CELL', c ->> 'cell', c ->> 'path' FROM inspection i, jsonb_array_elements(i.decomposed_cells) AS c WHERE i.id = l.inspection_id
  UNION ALL
  SELECT 'UNSEEN', NULL, NULL FROM inspection i
  WHERE i.id = l.inspection_id AND (NOT i.decomposed_whole OR i.decomposed_cell_count > jsonb_array_length(i.decomposed_cells))`;

const SELECTED = sql`CASE part.kind
  WHEN 'NODE' THEN b.of_nodes AND ${fits(sql`part.op_type`, sql`part.path`)}
  WHEN 'CELL' THEN b.of_cells AND ${fits(sql`part.op_type`, sql`part.path`)}
  ELSE b.of_cells END`;

/**
 * Ids of all budgets, as far as `which` says of a budget `b`, that hold now and select nothing in the latest version of any model. A limit
 * of 0 on an operator forbids it, and is not idle while nobody has it. What all models have is made once for those of the registry,
 * and only where there is one: models of one kind have the same paths.
 */
export function idleBudgets(which: Sql = sql`TRUE`): Sql {
  return sql`
    WITH asked AS MATERIALIZED (
      SELECT b.id, b.scope, b.target, b.op_type, ${likeOf(sql`b.path`)} AS pattern,
        ${isOneOf(METRICS.filter((metric) => factsOf(metric).node))} AS of_nodes,
        ${isOneOf(METRICS.filter((metric) => factsOf(metric).cell))} AS of_cells
      FROM budget b
      WHERE b.deleted_at IS NULL AND b.level <> 'OFF' AND (b.expires_at IS NULL OR b.expires_at > now())
        AND (b.path IS NOT NULL OR b.op_type IS NOT NULL) AND NOT (b.path IS NULL AND b.max IS NOT DISTINCT FROM 0) AND ${which}),
    everywhere AS MATERIALIZED (
      SELECT DISTINCT part.kind, part.op_type, part.path FROM ${LATEST} CROSS JOIN LATERAL (${PARTS}) AS part)
    SELECT b.id FROM asked b WHERE b.scope = 'REGISTRY' AND NOT EXISTS (SELECT FROM everywhere AS part WHERE ${SELECTED})
    UNION ALL
    SELECT b.id FROM asked b WHERE b.scope <> 'REGISTRY' AND NOT EXISTS (
      SELECT FROM ${LATEST} CROSS JOIN LATERAL (${PARTS}) AS part WHERE ${HOLDS_FOR_MODEL} AND ${SELECTED})`;
}

/** Whether each is idle. The budgets must have been read for a principal that sees them. */
export async function loadIdleBudgets(needs: Reads, ids: readonly string[]): Promise<Map<string, boolean>> {
  const rows = await select<{ id: string }>(needs, idleBudgets(sql`b.id = ANY(${[...ids]}::uuid[])`));
  const idle = new Set(rows.map(({ id }) => id));
  return new Map(ids.map((id) => [id, idle.has(id)]));
}

/** What somebody who has just set the budget should know; empty where it limits what it says. */
export async function findBudgetWarnings(needs: Reads, budget: Budget): Promise<BudgetWarning[]> {
  const { scope, baseline } = budget;
  const say = (code: BudgetWarningCode) => sayBudgetWarning(code, budget);
  if (scope.kind === 'MODEL' && !(await isThere(needs, isNamed(sql`m.name`, scope.model)))) {
    return [say('MODEL_ABSENT')];
  }
  if (scope.kind === 'TAG' && !(await isThere(needs, sql`${scope.tag}::text = ANY(m.tags)`))) {
    return [say('TAG_ABSENT')];
  }
  const isIdle = (await loadIdleBudgets(needs, [budget.id])).get(budget.id) === true;
  const isAstray = baseline.kind === 'ALIAS' && !(await isThere(needs, hasAlias(budget, baseline.alias)));
  return [...(isIdle ? [say('BUDGET_IDLE')] : []), ...(isAstray ? [say('ALIAS_ABSENT')] : [])];
}

/** Whether a model that the budget holds for has the alias. */
function hasAlias({ id }: Budget, alias: string): Sql {
  return sql`EXISTS (SELECT FROM alias a WHERE a.model_id = m.id AND a.name = ${alias}::text)
    AND EXISTS (SELECT FROM budget b WHERE b.id = ${id}::uuid AND (b.scope = 'REGISTRY' OR ${HOLDS_FOR_MODEL}))`;
}

async function isThere(needs: Reads, condition: Sql): Promise<boolean> {
  const rows = await translated(() =>
    select<{ found: number }>(needs, sql`SELECT 1 AS found FROM model m WHERE ${condition} LIMIT 1`),
  );
  return rows.length > 0;
}
