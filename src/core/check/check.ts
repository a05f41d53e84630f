/**
 * What is asked of budgets and what they answer: questions, findings, stored checks. Types and closed sets only: `evaluate.ts`
 * judges, and imports this.
 */
import { AUDIT_BASELINES } from '../audit.js';
import type { Budget, BudgetRule, BudgetScope } from '../budget.js';
import type { Change, ChangeCause, MatchConfidence } from '../comparison.js';
import type { StorageType } from '../layer/estimate.js';
import type { NodeSelector, Reading } from '../measurements.js';
import type { MeasuredParts, Measurements, Metric } from '../metrics.js';

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
  'NOTHING_SELECTED',
  'WRITTEN_OUT',
  'NO_BASE',
  'BASE_ZERO',
  'BASE_NOT_COMPARABLE',
  'EXPIRED',
] as const;
export type FindingReason = (typeof FINDING_REASONS)[number];

/** GIVEN is a base that the asker brought, such as a local file. */
export const BASE_KINDS = [...AUDIT_BASELINES, 'GIVEN'] as const;
export type BaseKind = (typeof BASE_KINDS)[number];

/** A budget as it is judged: from the registry, or from a file, where the id is its name and the revision 0. */
export interface JudgedBudget extends BudgetRule {
  id: string;
  revision: number;
  /** Absent in a file: such a budget is about the model that is checked, as one of the scope MODEL. */
  scope?: BudgetScope;
}

/** A version, or a file that may become one, with what there is to judge. `Digest` is null of a file that was read in part. */
export interface Weighed<Digest extends string | null = string | null> {
  /** Null for what is not published. */
  number: number | null;
  digest: Digest;
  inspectionVersion: number;
  measurements: Measurements;
  /** Its recurrent nodes and written-out cells; may be left empty when no budget has a selector. */
  parts: MeasuredParts;
  /** By budget, nodes that its path followed to names that do not fit it, when this was published. */
  carried?: ReadonlyMap<string, readonly Followed[]>;
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

/** A node that a path selected under the name that it has in the base, or had there. */
export interface Followed {
  basePath: string;
  path: string;
  /** LOW is not enough to pass: what it leads to only counts against a limit. */
  confidence: MatchConfidence;
}

/** What a budget of some nodes selected. */
export interface FindingSelection extends NodeSelector {
  /** Nodes and written-out cells that the metric adds up over. */
  parts: number;
  /** The same of the base; null without one. */
  baseParts: number | null;
  /** Renamed nodes, each under the name that the path fitted first: the next check goes on from here. At most a thousand of them. */
  followed: Followed[];
  /** Paths of the base that are gone while it is not known whether a node that is new is what was there, at most ten of them. */
  missing: string[];
}

/** What one limit of one budget says. Sizes are in the unit of the metric. */
export interface Finding {
  budgetId: string;
  budgetRevision: number;
  metric: Metric;
  dtype: StorageType | null;
  /** Null when it is about the whole model. */
  selection: FindingSelection | null;
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
  /** Those of `comparisonsWanted`: without them a path that selects nodes by their old names selects nothing. */
  compared?: readonly ComparedBase[];
  now: Date;
}

/** What happened from one version to the one that is judged; null where the two could not be compared. */
export interface ComparedBase {
  base: Weighed;
  changes: readonly Change[] | null;
}

/** What a budget of some nodes selects of the version that is judged. */
export interface Selected {
  /** What the metric adds up over. */
  parts: MeasuredParts;
  /** How many, without what is only perhaps the node that was selected before. */
  sure: number;
  followed: Followed[];
  /** Whether anything is surely at the path, whatever its operator. */
  isAtPath: boolean;
  /** Paths of the base that are gone while it is not known whether a node that is new is what was there: more may be hidden. */
  missing: string[];
}

/** One limit of one budget, with the readings that it is judged by. */
export interface LimitQuestion {
  budget: JudgedBudget;
  reading: Reading;
  /** Null when it is about the whole model. */
  selected: Selected | null;
  /** What was selected of the base; null without one. */
  baseParts: number | null;
  /** Null without a base. */
  base: Reading | null;
  /** False where all of it is only perhaps what was selected: it counts against a limit, and is not enough to pass. */
  isBaseSure: boolean;
  /** Whether the base was read by the same inspection version. */
  comparable: boolean;
  /** Of the version that may have been over the limit already; null when there is none. */
  before: Reading | null;
  /** Whether the base had recurrent nodes or cells, and there are none any more. */
  isEmptied: boolean;
  /** Params of written-out cells that the metric leaves out; 0 for a metric that leaves none out, null while they are not known. */
  writtenOut: Record<'subject' | 'base' | 'before', number | null>;
}

/** What a limit was judged to be; the rest of the finding is the same for both kinds. */
export type LimitAnswer = Pick<Finding, 'outcome' | 'reason' | 'limit' | 'introduced' | 'inherited'>;

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
  madeById: string | null;
  trigger: CheckTrigger;
  inspectionVersion: number;
  /** The budgets as they were. */
  budgets: Budget[];
}
