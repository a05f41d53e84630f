/** A check of a file against budgets that are given, without a registry to ask: the same evaluation, over two inspections. */
import { isWorthExplaining } from '../check-contributors.js';
import { evaluateBudgets, summarize } from './evaluate.js';
import type { Finding, JudgedBudget, Weighed } from './check.js';
import { findContributors, type Behind } from './explanation.js';
import { compareInspections } from '../drift/compare.js';
import type { Inspection } from '../inspection.js';
import { measurementsOf, partsOf, workOfParts } from '../measurements.js';
import { headline, type CheckReport } from './check-report.js';

export interface NamedInspection {
  label: string;
  inspection: Inspection<string | null>;
}

/** Why there is nothing to compare with. */
export interface NoBase {
  why: string;
}

/** Without a base, limits on growth are skipped. */
export async function checkLocally(
  subject: NamedInspection,
  given: NamedInspection | NoBase,
  budgets: readonly JudgedBudget[],
  now: Date,
): Promise<CheckReport> {
  const base = 'inspection' in given ? given : null;
  const [weighed, before] = [weigh(subject.inspection), base && weigh(base.inspection)];
  const comparison =
    base &&
    compareInspections(base.inspection, subject.inspection, { baseLabel: base.label, compareLabel: subject.label });
  const why = 'why' in given ? given.why : `${given.label}, as given`;
  const chosen = { weighed: before, kind: 'GIVEN' as const, fallback: false, why };
  const { findings } = evaluateBudgets({
    subject: weighed,
    previous: before,
    budgets: budgets.map((budget) => ({ budget, base: chosen })),
    compared: before && comparison ? [{ base: before, changes: comparison.changes }] : [],
    now,
  });
  const byName = new Map(budgets.map((budget) => [budget.id, budget]));
  const behind: Behind = {
    parts: () => Promise.resolve(weighed.parts),
    whole: () => Promise.resolve(subject.inspection),
    base: before && {
      parts: () => Promise.resolve(before.parts),
      changes: () => Promise.resolve(comparison?.changes ?? null),
    },
  };
  const explained: Finding[] = [];
  for (const finding of findings) {
    const budget = byName.get(finding.budgetId);
    if (budget === undefined || !isWorthExplaining(finding)) explained.push(finding);
    else explained.push({ ...finding, contributors: await findContributors(finding, budget, behind) });
  }
  const { outcome, line, findings: said } = summarize(explained);
  return {
    subject: subject.label,
    digest: subject.inspection.digest,
    base: base?.label ?? null,
    outcome,
    conclusion: outcome,
    line: headline({ outcome, conclusion: outcome, line, digest: subject.inspection.digest, findings: said }),
    findings: said.map((finding) => {
      const budget = byName.get(finding.budgetId);
      const { level = 'FAIL', reason = null, owner = null } = budget ?? {};
      const { budgetId: name, budgetRevision: _revision, reason: why, ...told } = finding;
      return { ...told, why, budget: { id: name, name, level, reason, owner } };
    }),
    comparison,
    incomplete: [],
  };
}

function weigh(inspection: Inspection<string | null>): Weighed {
  const { digest, inspectionVersion } = inspection;
  return {
    number: null,
    digest,
    inspectionVersion,
    measurements: measurementsOf(inspection, workOfParts(inspection)),
    parts: partsOf(inspection),
  };
}
