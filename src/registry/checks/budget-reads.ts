/** Reads of budgets. Those of the registry and of tags are for every reader, those of a model for who sees it. */
import type { Budget, BudgetScopeKind } from '../../core/budget.js';
import type { Page, PageRequest } from '../../core/catalog.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { type BudgetRow, toBudget } from '../rows/check-records.js';
import { isNamed, keyOf, visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { type ListQuery, readPage, readPages } from '../rows/pages.js';
import { BUDGET_COLUMNS, select } from '../rows/select.js';

const { sql, join } = Prisma;

export interface BudgetFilter {
  scope?: BudgetScopeKind | null;
  /** Budgets of this model alone. */
  model?: string | null;
  tag?: string | null;
}

/** The newest first. */
export function listBudgets(
  needs: Reads,
  principal: Principal,
  { where = {}, page }: { where?: BudgetFilter; page: PageRequest },
): Promise<Page<Budget>> {
  const conditions = [sql`b.deleted_at IS NULL`, seenBy(principal)];
  if (where.scope) conditions.push(sql`b.scope = ${where.scope}::text`);
  if (typeof where.model === 'string') {
    conditions.push(sql`b.scope = 'MODEL' AND ${isNamed(sql`b.target`, where.model)}`);
  }
  if (typeof where.tag === 'string') {
    conditions.push(sql`b.scope = 'TAG' AND b.target = ${where.tag.replaceAll('\0', '')}::text`);
  }
  const list = budgetList(['budgets', where], sql`budget b`, join(conditions, ' AND '));
  return readPage(needs, list, page);
}

/** All that hold for each model, of whatever scope. The models must have been read for a principal that sees them. */
export function listBudgetsOfModels(
  needs: Reads,
  modelIds: readonly string[],
  page: PageRequest,
): Promise<Map<string, Page<Budget>>> {
  const from = sql`model m CROSS JOIN LATERAL (${budgetsHolding(sql`m.name`, sql`m.tags`)}) AS b`;
  const parents = { column: sql`m.id`, type: 'uuid', ids: modelIds } as const;
  return readPages(needs, budgetList(['budgets of a model'], from, sql`TRUE`), page, parents);
}

export async function loadBudgets(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, Budget>> {
  const rows = await select<BudgetRow>(
    needs,
    sql`SELECT ${BUDGET_COLUMNS} FROM budget b
      WHERE b.id = ANY(${[...ids]}::uuid[]) AND b.deleted_at IS NULL AND ${seenBy(principal)}`,
  );
  return new Map(rows.map((row) => [row.id, toBudget(row)]));
}

/** Three parts, each of which one index answers. */
export function budgetsHolding(modelName: Prisma.Sql, tags: Prisma.Sql): Prisma.Sql {
  return sql`SELECT * FROM budget WHERE scope = 'REGISTRY' AND target = '' AND deleted_at IS NULL
    UNION ALL SELECT * FROM budget WHERE scope = 'MODEL' AND ${keyOf(sql`target`)} = ${keyOf(modelName)} AND deleted_at IS NULL
    UNION ALL SELECT * FROM budget WHERE scope = 'TAG' AND target = ANY(${tags}) AND deleted_at IS NULL`;
}

function budgetList(identity: unknown, from: Prisma.Sql, condition: Prisma.Sql): ListQuery<BudgetRow, Budget> {
  return {
    identity,
    columns: BUDGET_COLUMNS,
    from,
    condition,
    key: sql`b.created_at`,
    keyKind: 'date',
    direction: 'DESC',
    id: sql`b.id`,
    toNode: toBudget,
  };
}

function seenBy(principal: Principal): Prisma.Sql {
  return sql`(b.scope <> 'MODEL' OR ${visibleTo(principal, sql`b.target`)})`;
}
