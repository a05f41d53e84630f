/**
 * What budgets say of a version: the one evaluation behind checks at publish, on request, dry and on the command line. Pure: figures
 * in, findings out. A version never fails only for drift that its base already had.
 */
import { type BudgetRule, isInForce } from '../budget.js';
import { readMetric, readMetricOfParts, type Reading } from '../measurements.js';
import {
  type CheckOutcome,
  type ChosenBase,
  type Evaluation,
  type Finding,
  LIMIT_KINDS,
  type JudgedBudget,
  type LimitAnswer,
  type LimitKind,
  type LimitQuestion,
  type Question,
  type Weighed,
} from './check.js';
import { judgeIncrease, judgeMax } from './limits.js';
import { sayFinding, sayUnjudged } from './words.js';

export function evaluateBudgets(question: Question): Evaluation {
  const findings = question.budgets.flatMap(({ budget, base }) => judgeBudget(question, budget, base));
  return summarize(findings);
}

/** The same findings with outcome and line; for when more is known about the findings, such as who contributed. */
export function summarize(findings: readonly Finding[]): Evaluation {
  const sorted = findings
    .map((finding) => ({ ...finding, message: sayFinding(finding) }))
    .sort((a, b) => SEVERITY.indexOf(a.outcome) - SEVERITY.indexOf(b.outcome));
  const worst = sorted[0];
  if (worst === undefined) return { outcome: 'SKIPPED', line: 'SKIPPED: no budget applies', findings: [] };
  const { outcome } = worst;
  const alike = sorted.filter((finding) => finding.outcome === outcome).length;
  if (outcome === 'PASS') {
    return { outcome, line: `PASS: ${alike} ${limits(alike)} kept${sayUnjudged(sorted)}`, findings: sorted };
  }
  const more = alike > 1 ? ` (and ${alike - 1} more)` : '';
  return { outcome, line: `${outcome}: ${worst.message}${more}`, findings: sorted };
}

/** Worst first. What could not be judged says less than what passed. */
const SEVERITY: readonly CheckOutcome[] = ['FAIL', 'WARN', 'PASS', 'SKIPPED'];

function limits(count: number): string {
  return count === 1 ? 'limit' : 'limits';
}

function judgeBudget({ subject, previous, now }: Question, budget: JudgedBudget, base: ChosenBase): Finding[] {
  if (budget.level === 'OFF') return [];
  const pinned = base.kind === 'FIRST' || base.kind === 'VERSION' || base.kind === 'DATE';
  const before = pinned ? previous : (base.weighed ?? previous);
  const question: LimitQuestion = {
    budget,
    reading: read(subject, budget),
    base: base.weighed && read(base.weighed, budget),
    comparable: base.weighed?.inspectionVersion === subject.inspectionVersion,
    before: before && read(before, budget),
  };
  const kinds = LIMIT_KINDS.filter((kind) => limitOf(budget, kind) !== null);
  return kinds.map((limitKind) => {
    const judge = limitKind === 'MAX' ? judgeMax : judgeIncrease;
    const answer = isInForce(budget, now) ? judge(question) : EXPIRED;
    return toFinding(question, base, limitKind, answer);
  });
}

const EXPIRED: LimitAnswer = { outcome: 'SKIPPED', reason: 'EXPIRED', limit: null, introduced: null, inherited: null };

export function limitOf(budget: BudgetRule, kind: LimitKind): number | null {
  return kind === 'MAX' ? budget.max : budget.maxIncreasePercent;
}

function read({ measurements, parts }: Weighed, { selector, ...question }: BudgetRule): Reading {
  return selector === null ? readMetric(measurements, question) : readMetricOfParts(parts, selector, question);
}

function toFinding(question: LimitQuestion, base: ChosenBase, limitKind: LimitKind, answer: LimitAnswer): Finding {
  const { budget, reading, comparable } = question;
  const { weighed, kind, fallback, why } = base;
  const baseValue = question.base?.value ?? null;
  const exact = reading.exact && question.base?.exact === true && comparable;
  const delta = exact && reading.value !== null && baseValue !== null ? reading.value - baseValue : null;
  return {
    budgetId: budget.id,
    budgetRevision: budget.revision,
    metric: budget.metric,
    dtype: budget.dtype,
    limitKind,
    ...answer,
    value: reading.value,
    exact: reading.exact,
    base: { number: weighed?.number ?? null, digest: weighed?.digest ?? null, kind, fallback, why },
    baseValue,
    delta,
    percent: delta === null || baseValue === null || baseValue === 0 ? null : (delta / baseValue) * 100,
    contributors: [],
    versions: [],
    message: '',
  };
}
