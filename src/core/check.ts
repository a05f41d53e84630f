/**
 * What budgets say of a version: the one evaluation behind checks at publish, on request, dry and on the command line. Pure: figures
 * in, findings out. A version never fails only for drift that its base already had.
 */
import type { AUDIT_BASELINES } from './audit.js';
import type { Budget, BudgetRule } from './budget.js';
import { isInForce } from './budget.js';
import type { ChangeCause } from './comparison.js';
import { judgeIncrease, judgeMax } from './check-limits.js';
import { sayFinding, sayUnjudged } from './check-words.js';
import type { StorageType } from './estimate.js';
import {
  readMetric,
  readMetricOfNodes,
  type MeasuredNode,
  type Measurements,
  type Metric,
  type Reading,
} from './metrics.js';

/** The worst of the findings; SKIPPED when none could be judged. */
export const CHECK_OUTCOMES = ['PASS', 'WARN', 'FAIL', 'SKIPPED'] as const;
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

export const LIMIT_KINDS = ['MAX', 'MAX_INCREASE_PERCENT'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

export const FINDING_REASONS = [
  'WITHIN',
  'BELOW_FLOOR',
  'BROKEN',
  'INHERITED',
  'UNVERIFIABLE',
  'NO_BASE',
  'BASE_ZERO',
  'BASE_NOT_COMPARABLE',
  'EXPIRED',
] as const;
export type FindingReason = (typeof FINDING_REASONS)[number];

/** GIVEN is a base that the asker brought, such as a local file. */
export type BaseKind = (typeof AUDIT_BASELINES)[number] | 'GIVEN';

/** A budget as it is judged: from the registry, or from a file, where the id is its name and the revision 0. */
export interface JudgedBudget extends BudgetRule {
  id: string;
  revision: number;
}

/** A version, or a file that may become one, with what there is to judge. */
export interface Weighed {
  /** Null for what is not published. */
  number: number | null;
  digest: string;
  inspectionVersion: number;
  measurements: Measurements;
  /** Its recurrent nodes; may be left empty when no budget has a selector. */
  nodes: readonly MeasuredNode[];
}

/** What a budget's baseline came to. */
export interface ChosenBase {
  weighed: Weighed | null;
  kind: BaseKind;
  /** Whether it is another than the budget asks for, since that is not there. */
  fallback: boolean;
  why: string;
}

/** Which base was used and why; number and digest are null when there was none. */
export interface FindingBase {
  number: number | null;
  digest: string | null;
  kind: BaseKind;
  fallback: boolean;
  why: string;
}

/** A part of the delta, or without one of the value: at a node, or where the path is null in the rest of the model. */
export interface Contributor {
  path: string | null;
  opType: string | null;
  cause: ChangeCause | null;
  delta: number;
  /** delta ÷ delta of the finding, or its value where it has none; null when that is 0. */
  share: number | null;
}

/** What one version since a pinned base added. */
export interface VersionContribution {
  /** Null for what is not published. */
  number: number | null;
  delta: number;
  share: number | null;
}

/** What one limit of one budget says. Sizes are in the unit of the metric. */
export interface Finding {
  budgetId: string;
  budgetRevision: number;
  metric: Metric;
  dtype: StorageType | null;
  limitKind: LimitKind;
  outcome: CheckOutcome;
  reason: FindingReason;
  /** Null when it is not known. */
  value: number | null;
  /** False for a lower bound. */
  exact: boolean;
  /** The most that the value may be; null when that depends on a base that cannot be used. */
  limit: number | null;
  base: FindingBase;
  baseValue: number | null;
  /** value − baseValue; null unless both are exact and of one inspection version. */
  delta: number | null;
  /** delta in percent of the base; null where delta is, and when the base is 0. */
  percent: number | null;
  /** What is over the limit, by who brought it; null when nothing is. The sum is value − limit. */
  introduced: number | null;
  inherited: number | null;
  contributors: Contributor[];
  /** Since a pinned base, the oldest first. */
  versions: VersionContribution[];
  message: string;
}

export interface Evaluation {
  outcome: CheckOutcome;
  /** The outcome in one line: of a failure the worst finding. */
  line: string;
  /** The worst first, else in the order of the budgets. */
  findings: Finding[];
}

export interface Question {
  subject: Weighed;
  /** The version before the subject; null when there is none. */
  previous: Weighed | null;
  /** Budgets with what their baselines came to. */
  budgets: readonly { budget: JudgedBudget; base: ChosenBase }[];
  now: Date;
}

/** One limit of one budget, with the readings that it is judged by. */
export interface LimitQuestion {
  budget: JudgedBudget;
  reading: Reading;
  /** Null without a base. */
  base: Reading | null;
  /** Whether the base was read by the same inspection version. */
  comparable: boolean;
  /** Of the version that may have been over the limit already; null when there is none. */
  before: Reading | null;
}

/** What a limit was judged to be; the rest of the finding is the same for both kinds. */
export type LimitAnswer = Pick<Finding, 'outcome' | 'reason' | 'limit' | 'introduced' | 'inherited'>;

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
  if (worst === undefined) return { outcome: 'SKIPPED', line: 'SKIPPED: no budget holds', findings: [] };
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

export function read({ measurements, nodes }: Weighed, { selector, ...question }: BudgetRule): Reading {
  return selector === null ? readMetric(measurements, question) : readMetricOfNodes(nodes, selector, question);
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

export const CHECK_TRIGGERS = ['PUBLISH', 'REQUEST'] as const;
export type CheckTrigger = (typeof CHECK_TRIGGERS)[number];

/** A stored evaluation, without its findings, which are a list of their own. Never changed: a later one is another check. */
export interface Check extends Omit<Evaluation, 'findings'> {
  id: string;
  versionId: string;
  modelId: string;
  modelName: string;
  versionNumber: number;
  createdAt: Date;
  /** Name of the token. */
  madeBy: string;
  trigger: CheckTrigger;
  inspectionVersion: number;
  /** The budgets as they were. */
  budgets: Budget[];
}
