/**
 * What an audit of size drift says of a model: how far its latest version is from a baseline, and what is wrong with it. Types,
 * closed sets and the shares of causes; the database works out the rows, for all models at once.
 */
import type { Comparator, ListComparator, ModelFilter, Order } from './catalog.js';
import type { CauseDelta, CausesByMetric } from './comparison.js';
import type { MetricQuestion } from './measurements.js';
import { type ComparedMetric, fieldOf, type Metric } from './metrics.js';

export const AUDIT_BASELINES = ['PREVIOUS', 'FIRST', 'ALIAS', 'VERSION', 'DATE'] as const;

/** The version that the latest is compared with. Where there is none the fallback is taken, and the row says so. */
export type AuditBaseline =
  | { kind: 'PREVIOUS' }
  | { kind: 'FIRST' }
  /** Falls back to PREVIOUS. */
  | { kind: 'ALIAS'; alias: string }
  /** Falls back to FIRST. */
  | { kind: 'VERSION'; number: number }
  /** The last version published until then; falls back to FIRST. */
  | { kind: 'DATE'; date: Date };

export const AUDIT_FLAGS = [
  'BUDGET_BROKEN',
  'BUDGET_EXPIRED',
  'BUDGET_IDLE',
  'BUDGET_ABSENT',
  'UNCHECKED',
  'UNVERIFIABLE',
  'DECLARED_DIFFERS',
  'NOT_COMPARABLE',
  'NO_BASE',
] as const;
export type AuditFlag = (typeof AUDIT_FLAGS)[number];

export const AUDIT_ORDER_FIELDS = ['DELTA', 'RATIO', 'VALUE', 'BROKEN_BUDGETS', 'MODEL_NAME'] as const;
export type AuditOrderField = (typeof AUDIT_ORDER_FIELDS)[number];

export interface AuditFilter {
  model?: ModelFilter;
  /** What is unknown fits none. */
  delta?: Comparator<number>;
  /** More than this part of the base, such as 0.1. */
  ratioOver?: number;
  flags?: ListComparator;
}

export interface AuditQuestion extends MetricQuestion {
  baseline: AuditBaseline;
  where?: AuditFilter;
  orderBy?: Order<AuditOrderField>;
}

/** One model. */
export interface AuditRow {
  /** What value, delta and ratio are of. */
  metric: Metric;
  modelId: string;
  modelName: string;
  /** The latest version that is not withdrawn. */
  latest: AuditedVersion;
  /** Null when there is none; may be the latest itself. */
  base: AuditedVersion | null;
  /** Whether the base is another than was asked for. */
  baseFallback: boolean;
  /** latest − base; null unless both are exact and of one inspection version. */
  delta: number | null;
  /** delta ÷ base; null where delta is, and when the base is 0. */
  ratio: number | null;
  flags: AuditFlag[];
  /** Budgets that the last check of the latest version found it over, even since an earlier one, that still hold and that no approval covers. */
  brokenBudgets: number;
  expiredBudgets: number;
  /** Budgets of some nodes that select nothing in any model. */
  idleBudgets: number;
  /** Budgets that hold now. */
  budgets: number;
  unverifiableNodes: number;
  unverifiableWeights: number;
  declaredParams: number | null;
  modelParams: number;
}

export interface AuditedVersion {
  versionId: string;
  inspectionId: string;
  number: number;
  value: number | null;
  /** False for a lower bound. */
  exact: boolean;
  recurrentNodes: number;
}

/** Over every model that fits, whatever page is shown. */
export interface AuditSummary {
  models: number;
  grown: number;
  shrunk: number;
  unchanged: number;
  /** Neither: the delta is not known. */
  unknown: number;
  flags: { flag: AuditFlag; models: number }[];
  /** `sha256:` over the rows in the order of their names. */
  resultHash: string;
}

/** A cause with its part of a row's delta. */
export interface AuditCause extends CauseDelta {
  /** delta ÷ delta of the row; null when that is 0. */
  share: number | null;
}

/** The largest first; the deltas sum to `delta`. */
export function shareCauses(causes: CausesByMetric, metric: ComparedMetric, delta: number): AuditCause[] {
  return causes[fieldOf(metric)].map((cause) => ({ ...cause, share: delta === 0 ? null : cause.delta / delta }));
}
