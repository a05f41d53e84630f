/**
 * Budgets made, changed and deleted. Needs `approve`: who may let a version over a budget may as well move the budget. Each change makes
 * a revision that is kept, so that what a check was judged by can be looked up.
 */
import { v7 } from 'uuid';
import {
  targetOf,
  type Budget,
  type BudgetRule,
  type BudgetRuleDraft,
  type BudgetScope,
  type BudgetSettings,
} from '../../core/budget.js';
import { checkBudgetRule, checkBudgetScope } from '../../core/budget.js';
import { WeighbridgeError } from '../../core/errors.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { loadBudgets } from './budget-reads.js';
import { budgetColumns, toBudget, toJson } from '../rows/check-records.js';
import type { Transaction } from '../rows/counter.js';
import { takeTurn } from '../rows/counter.js';
import { invalid } from '../rows/details.js';
import { findNamed, isNamed } from '../rows/model-names.js';
import { toCount } from '../rows/records.js';
import { retried } from '../faults.js';
import type { Needs } from '../needs.js';
import { recordEvent } from '../trail/trail.js';

/** Of one model, of one tag, of the registry: every check of every version reads them all. */
export const BUDGETS_MAX = 50;

export interface NewBudget {
  scope: BudgetScope;
  rule: BudgetRuleDraft;
}

/** What is changed is named with the revision that was read, so that nobody undoes another's change unseen. */
export interface BudgetRef {
  id: string;
  revision: number;
}

/**
 * Needs `approve`; for the registry or a tag on a token for all models. Rejects with SCOPE_MISSING, METRIC_INVALID, PATTERN_INVALID,
 * BUDGET_INVALID, NAME_INVALID, INPUT_INVALID, and LIMIT_EXCEEDED from the 51st on. The model need not be there yet.
 */
export async function createBudget(needs: Needs, principal: Principal, request: NewBudget): Promise<Budget> {
  const scope = checkBudgetScope(request.scope);
  requireApprover(principal, scope);
  const rule = checkRule(request.rule);
  return inScopesTurn(needs, scope, async (transaction, spelled) => {
    if ((await countBudgets(transaction, spelled)) >= BUDGETS_MAX) {
      throw new WeighbridgeError('LIMIT_EXCEEDED', `there are ${BUDGETS_MAX} budgets of this scope already`, {
        field: ['scope'],
      });
    }
    const settings = { ...rule, scope: spelled };
    const budget = { id: v7(), revision: 1 };
    const at = await tell(transaction, principal, settings, budget);
    const created = { createdAt: at, createdBy: principal.name, createdById: principal.tokenId };
    const row = await transaction.budget.create({
      data: { ...budget, ...budgetColumns(settings), ...created, ...updated(principal, at) },
    });
    await keepRevision(transaction, budget, settings, { at, by: principal });
    return toBudget(row);
  });
}

/** Puts these settings in place of all that it had; the scope stays. Rejects as `createBudget`, and with BUDGET_NOT_FOUND, BUDGET_CONFLICT. */
export function updateBudget(
  needs: Needs,
  principal: Principal,
  request: BudgetRef & { rule: BudgetRuleDraft },
): Promise<Budget> {
  return changeBudget(needs, principal, request, async (transaction, { scope }) => {
    const settings = { ...checkRule(request.rule), scope };
    const next = { id: request.id, revision: request.revision + 1 };
    const at = await tell(transaction, principal, settings, next);
    const row = await transaction.budget.update({
      where: { id: next.id },
      data: { ...budgetColumns(settings), revision: next.revision, ...updated(principal, at) },
    });
    await keepRevision(transaction, next, settings, { at, by: principal });
    return toBudget(row);
  });
}

/** Resolves to what it was. Rejects with SCOPE_MISSING, BUDGET_NOT_FOUND, BUDGET_CONFLICT. */
export function deleteBudget(needs: Needs, principal: Principal, request: BudgetRef): Promise<Budget> {
  return changeBudget(needs, principal, request, async (transaction, budget) => {
    const next = { id: request.id, revision: request.revision + 1 };
    const details = {
      budget: next.id,
      scope: budget.scope.kind,
      target: targetOf(budget.scope),
      metric: budget.metric,
    };
    const model = modelOf(budget.scope);
    const { at } = await recordEvent(transaction, { action: 'BUDGET_DELETED', by: principal, model, details });
    const data = { deletedAt: at, ...updated(principal, at), revision: next.revision };
    await transaction.budget.update({ where: { id: next.id }, data });
    await keepRevision(transaction, next, null, { at, by: principal });
    return budget;
  });
}

async function changeBudget<T>(
  needs: Needs,
  principal: Principal,
  { id, revision }: BudgetRef,
  change: (transaction: Transaction, budget: Budget) => Promise<T>,
): Promise<T> {
  const found = (await loadBudgets(needs, principal, [id])).get(id);
  if (found === undefined) throw budgetNotFound();
  const { scope } = found;
  requireApprover(principal, scope);
  return inScopesTurn(needs, scope, async (transaction, spelled) => {
    // Writers of one scope queue, so that what is read here stays.
    const row = await transaction.budget.findFirst({ where: { id, deletedAt: null } });
    if (row === null) throw budgetNotFound();
    if (row.revision === revision) return change(transaction, { ...toBudget(row), scope: spelled });
    const message = `the budget is at revision ${row.revision}, changed by ${JSON.stringify(row.updatedBy)}; read it again`;
    throw new WeighbridgeError('BUDGET_CONFLICT', message, { field: ['revision'] });
  });
}

export function budgetNotFound(): WeighbridgeError {
  return new WeighbridgeError('BUDGET_NOT_FOUND', 'there is no budget with this id', { field: ['id'] });
}

/**
 * Budgets of a model are changed in its turn, the others at the lock of the trail that they share. A model that is there is spelled in
 * the scope as it is written, so that it has one spelling in its trail.
 */
function inScopesTurn<T>(
  needs: Needs,
  scope: BudgetScope,
  work: (transaction: Transaction, scope: BudgetScope) => Promise<T>,
): Promise<T> {
  return retried(() =>
    needs.database.$transaction(async (transaction) => {
      if (scope.kind !== 'MODEL') {
        await transaction.$queryRaw`SELECT length FROM event_chain WHERE subject = '' FOR UPDATE`;
        return work(transaction, scope);
      }
      await takeTurn(transaction, scope.model);
      const { name: model } = (await findNamed(transaction, scope.model)) ?? { name: scope.model };
      return work(transaction, { kind: 'MODEL', model });
    }),
  );
}

async function countBudgets(transaction: Transaction, scope: BudgetScope): Promise<number> {
  const target = Prisma.sql`target`;
  const fits = scope.kind === 'MODEL' ? isNamed(target, scope.model) : Prisma.sql`${target} = ${targetOf(scope)}::text`;
  const [row] = await transaction.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM budget WHERE scope = ${scope.kind} AND ${fits} AND deleted_at IS NULL`;
  return toCount(row?.count ?? 0n);
}

function requireApprover(principal: Principal, scope: BudgetScope): void {
  requireScope(principal, 'approve', modelOf(scope) ?? undefined);
  if (scope.kind === 'MODEL' || principal.models === '*') return;
  const message = 'a budget of the registry or of a tag needs a token for all models';
  throw new WeighbridgeError('SCOPE_MISSING', message);
}

function modelOf(scope: BudgetScope): string | null {
  return scope.kind === 'MODEL' ? scope.model : null;
}

function checkRule(draft: BudgetRuleDraft): BudgetRule {
  const rule = checkBudgetRule(draft);
  if (rule.expiresAt !== null && rule.expiresAt <= new Date()) {
    throw invalid(['expiresAt'], 'is in the past: leave it out, or give a future date');
  }
  return rule;
}

async function tell(
  transaction: Transaction,
  by: Principal,
  settings: BudgetSettings,
  budget: BudgetRef,
): Promise<Date> {
  const { scope, metric, max, maxIncreasePercent } = settings;
  const limits = [
    ...(max === null ? [] : [`at most ${max}`]),
    ...(maxIncreasePercent === null ? [] : [`+${maxIncreasePercent} % on ${settings.baseline.kind}`]),
  ];
  const { id, revision } = budget;
  const details = { budget: id, revision, scope: scope.kind, target: targetOf(scope), metric, limits };
  return (await recordEvent(transaction, { action: 'BUDGET_SET', by, model: modelOf(scope), details })).at;
}

async function keepRevision(
  transaction: Transaction,
  { id: budgetId, revision }: BudgetRef,
  settings: BudgetSettings | null,
  { at, by }: { at: Date; by: Principal },
): Promise<void> {
  const kept = settings === null ? {} : { settings: toJson(settings) };
  const data = { budgetId, revision, ...kept, at, by: by.name, byId: by.tokenId };
  await transaction.budgetRevision.create({ data });
}

function updated({ name, tokenId }: Principal, at: Date) {
  return { updatedAt: at, updatedBy: name, updatedById: tokenId };
}
