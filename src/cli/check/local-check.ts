/** A check of a file against budgets that are given, without a registry to ask: the same evaluation, over two inspections. */
import {
  changeParts,
  isWorthExplaining,
  nodeParts,
  ownParts,
  shareParts,
  type Part,
} from '../../core/check-contributors.js';
import { evaluateBudgets, summarize } from '../../core/check/evaluate.js';
import type { JudgedBudget, Weighed } from '../../core/check/check.js';
import type { Comparison } from '../../core/comparison.js';
import { compareInspections } from '../../core/drift/compare.js';
import { claimedBytes, type Inspection } from '../../core/inspection.js';
import { measurementsOf, METRIC_FACTS, workOfNodes } from '../../core/metrics.js';
import { headline, type CheckReport } from './check-report.js';

export interface NamedInspection {
  label: string;
  inspection: Inspection;
}

/** Without a base, what is held against one is skipped. */
export function checkLocally(
  subject: NamedInspection,
  base: NamedInspection | null,
  budgets: readonly JudgedBudget[],
  now: Date,
): CheckReport {
  const [weighed, before] = [weigh(subject.inspection), base && weigh(base.inspection)];
  const comparison =
    base &&
    compareInspections(base.inspection, subject.inspection, { baseLabel: base.label, compareLabel: subject.label });
  const why = base === null ? 'no base was given' : `${base.label}, as given`;
  const chosen = { weighed: before, kind: 'GIVEN' as const, fallback: false, why };
  const { findings } = evaluateBudgets({
    subject: weighed,
    previous: before,
    budgets: budgets.map((budget) => ({ budget, base: chosen })),
    now,
  });
  const byName = new Map(budgets.map((budget) => [budget.id, budget]));
  const explained = findings.map((finding) => {
    const budget = byName.get(finding.budgetId);
    if (budget === undefined || !isWorthExplaining(finding)) return finding;
    if (finding.delta === null || before === null || comparison === null) {
      const parts = ownParts(subject.inspection, budget.selector, budget) ?? [];
      return { ...finding, contributors: shareParts(parts, finding.value ?? 0) };
    }
    return { ...finding, contributors: shareParts(partsOf(budget, { weighed, before, comparison }), finding.delta) };
  });
  const { outcome, line, findings: said } = summarize(explained);
  return {
    subject: subject.label,
    digest: subject.inspection.digest,
    base: base?.label ?? null,
    outcome,
    conclusion: outcome,
    line: headline({ outcome, conclusion: outcome, line, findings: said }),
    findings: said.map((finding) => {
      const budget = byName.get(finding.budgetId);
      const { level = 'FAIL', reason = null, owner = null } = budget ?? {};
      const { budgetId: name, budgetRevision: _revision, reason: why, ...told } = finding;
      return { ...told, why, budget: { name, level, reason, owner } };
    }),
    comparison,
  };
}

function weigh(inspection: Inspection): Weighed {
  const { digest, inspectionVersion, recurrentNodes: nodes } = inspection;
  return {
    number: null,
    digest,
    inspectionVersion,
    measurements: measurementsOf(inspection, workOfNodes(nodes), claimedBytes(inspection)),
    nodes,
  };
}

function partsOf(
  { selector, metric, dtype }: JudgedBudget,
  { weighed, before, comparison }: { weighed: Weighed; before: Weighed; comparison: Comparison },
): Part[] {
  const question = { metric, dtype };
  const { changes } = comparison;
  const told = selector === null ? changeParts(changes, question) : null;
  const nodes = { base: before.nodes, subject: weighed.nodes, changes };
  return told ?? (METRIC_FACTS[metric].perNode ? nodeParts(nodes, selector, question) : []);
}
