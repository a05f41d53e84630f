/** A check as the routes for bytes answer it: kept or dry, in the same words as `Finding` of GraphQL. */
import { toGlobalId } from '../api/schema.js';
import { targetOf, type Budget } from '../core/budget.js';
import type { Finding } from '../core/check/check.js';
import type { CheckedAnswer } from '../core/route-answers.js';

type Checked = Omit<CheckedAnswer, 'findings'> & { findings: readonly Finding[]; budgets: readonly Budget[] };

export function describeCheck(checked: Checked): CheckedAnswer {
  const { outcome, conclusion, line, inspectionVersion, findings, budgets } = checked;
  const byId = new Map(budgets.map((budget) => [budget.id, budget]));
  return {
    outcome,
    conclusion,
    line,
    inspectionVersion,
    findings: findings.map(({ budgetId, budgetRevision: revision, ...finding }) => {
      const budget = byId.get(budgetId) as Budget;
      const { selector, level, reason, owner, scope } = budget;
      const id = toGlobalId('Budget', budgetId);
      const where = { scope: scope.kind, target: targetOf(scope), selector };
      return { budget: { id, revision, ...where, level, reason, owner }, ...finding };
    }),
  };
}
