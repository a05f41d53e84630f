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

const fits = (opType: Sql, path: Sql) => sql`(b.op_type IS NULL OR ${opType} = b.op_type)
  AND (b.path IS NULL OR ${path} LIKE ${likeOf(sql`b.path`)} ESCAPE '\\')`;

const isOneOf = (metrics: readonly string[]) => sql`b.metric = ANY(${[...metrics]}::text[])`;

const HOLDS_FOR_MODEL = sql`(b.scope = 'REGISTRY' OR (b.scope = 'TAG' AND b.target = ANY(m.tags))
  OR (b.scope = 'MODEL' AND ${keyOf(sql`b.target`)} = ${keyOf(sql`m.name`)}))`;

/** Cells that are not all listed may be what is selected. */
const SELECTS_CELLS = sql`EXISTS (SELECT FROM inspection i WHERE i.id = l.inspection_id AND (
  NOT i.decomposed_whole OR i.decomposed_cell_count > jsonb_array_length(i.decomposed_cells)
  OR EXISTS (SELECT FROM jsonb_array_elements(i.decomposed_cells) AS c WHERE ${fits(sql`c ->> 'cell'`, sql`c ->> 'path'`)})))`;

const SELECTS_NODES = sql`EXISTS (
  SELECT FROM recurrent_node n WHERE n.inspection_id = l.inspection_id AND ${fits(sql`n.op_type`, sql`n.path`)})`;

/**
 * Ids of all budgets that hold now and select nothing in the latest version of any model. A limit of 0 on an operator forbids it, and
 * is not idle while nobody has it.
 */
export const IDLE_BUDGETS = sql`SELECT b.id FROM budget b
  WHERE b.deleted_at IS NULL AND b.level <> 'OFF' AND (b.expires_at IS NULL OR b.expires_at > now())
    AND (b.path IS NOT NULL OR b.op_type IS NOT NULL) AND NOT (b.path IS NULL AND b.max IS NOT DISTINCT FROM 0)
    AND NOT EXISTS (
      SELECT FROM model m JOIN version l ON l.id = m.latest_version_id
      WHERE ${HOLDS_FOR_MODEL} AND (
        (${isOneOf(METRICS.filter((metric) => factsOf(metric).node))} AND ${SELECTS_NODES})
        OR (${isOneOf(METRICS.filter((metric) => factsOf(metric).cell))} AND ${SELECTS_CELLS})))`;

/** Whether each is idle. The budgets must have been read for a principal that sees them. */
export async function loadIdleBudgets(needs: Reads, ids: readonly string[]): Promise<Map<string, boolean>> {
  const rows = await select<{ id: string }>(
    needs,
    sql`SELECT idle.id FROM (${IDLE_BUDGETS}) AS idle WHERE idle.id = ANY(${[...ids]}::uuid[])`,
  );
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
    AND EXISTS (SELECT FROM budget b WHERE b.id = ${id}::uuid AND ${HOLDS_FOR_MODEL})`;
}

async function isThere(needs: Reads, condition: Sql): Promise<boolean> {
  const rows = await translated(() =>
    select<{ found: number }>(needs, sql`SELECT 1 AS found FROM model m WHERE ${condition} LIMIT 1`),
  );
  return rows.length > 0;
}
