/** A check as the routes for bytes answer it: kept or dry, in the same words as `Finding` of GraphQL. */
import { toGlobalId } from '../api/schema.js';
import { targetOf, type Budget } from '../core/budget.js';
import type { Finding, CheckOutcome } from '../core/check/check.js';
import type { CheckConclusion } from '../core/check/approval.js';

interface Checked {
  outcome: CheckOutcome;
  conclusion: CheckConclusion;
  line: string;
  inspectionVersion: number;
  findings: readonly Finding[];
  budgets: readonly Budget[];
}

interface FindingAnswer extends Omit<Finding, 'budgetId' | 'budgetRevision'> {
  budget: Pick<Budget, 'id' | 'revision' | 'selector' | 'level' | 'reason' | 'owner'> & {
    scope: string;
    target: string;
  };
}

export interface CheckAnswer extends Omit<Checked, 'budgets' | 'findings'> {
  /** Opaque, for approveCheck. */
  id: string;
  /** The worst first. */
  findings: FindingAnswer[];
}

export function describeCheck(checked: Checked): Omit<CheckAnswer, 'id'> {
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
