/** Rows of budgets, checks, findings, approvals and protections of aliases to core types, and back to what is written. */
import type { Approval } from '../../core/check/approval.js';
import type { AliasProtection } from '../../core/catalog.js';
import { targetOf, type Baseline, type Budget, type BudgetRule, type BudgetScope } from '../../core/budget.js';
import type { BudgetSettings } from '../../core/budget.js';
import type {
  Check,
  CheckOutcome,
  CheckTrigger,
  Finding,
  FindingBase,
  FindingReason,
  FindingSelection,
  LimitKind,
  Contributor,
  VersionContribution,
} from '../../core/check/check.js';
import type { StorageType } from '../../core/layer/estimate.js';
import type { RecurrentOpType } from '../../core/inspection.js';
import type { Metric } from '../../core/metrics.js';
import type { Prisma } from '../../database/client.js';
import { fromJson } from './from-json.js';
import { toBigIntOrNull } from './measurements.js';
import { toCount, toCountOrNull } from './records.js';

/** Without the date of its end: a deleted one is read only as checks kept it. */
export type BudgetRow = Omit<Prisma.BudgetModel, 'deletedAt'>;
export type CheckRow = Prisma.VersionCheckModel;
export type FindingRow = Prisma.CheckFindingModel;
export type ApprovalRow = Prisma.ApprovalModel;
export type AliasProtectionRow = Prisma.AliasProtectionModel;

export function toBudget(row: BudgetRow): Budget {
  return {
    id: row.id,
    revision: row.revision,
    scope: toScope(row),
    metric: row.metric as Metric,
    dtype: row.dtype as StorageType | null,
    selector:
      row.opType === null && row.path === null ? null : { opType: row.opType as RecurrentOpType, path: row.path },
    max: toCountOrNull(row.max),
    maxIncreasePercent: row.maxIncreasePercent,
    minDelta: toCount(row.minDelta),
    level: row.level as BudgetRule['level'],
    baseline: toBaseline(row),
    onUnverifiable: row.onUnverifiable as BudgetRule['onUnverifiable'],
    reason: row.reason,
    owner: row.owner,
    expiresAt: row.expiresAt,
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    createdById: row.createdById,
    updatedAt: row.updatedAt,
    updatedBy: row.updatedBy,
    updatedById: row.updatedById,
  };
}

function toScope({ scope, target }: BudgetRow): BudgetScope {
  if (scope === 'MODEL') return { kind: 'MODEL', model: target };
  return scope === 'TAG' ? { kind: 'TAG', tag: target } : { kind: 'REGISTRY' };
}

function toBaseline({ baseline, baselineAlias, baselineVersion, baselineDate }: BudgetRow): Baseline {
  switch (baseline) {
    case 'ALIAS':
      return { kind: 'ALIAS', alias: baselineAlias ?? '' };
    case 'VERSION':
      return { kind: 'VERSION', number: baselineVersion ?? 0 };
    case 'DATE':
      return { kind: 'DATE', date: baselineDate ?? new Date(0) };
    case 'FIRST':
      return { kind: 'FIRST' };
    default:
      return { kind: 'PREVIOUS' };
  }
}

export function budgetColumns({ scope, selector, baseline, ...rule }: BudgetSettings) {
  return {
    scope: scope.kind,
    target: targetOf(scope),
    metric: rule.metric,
    dtype: rule.dtype,
    opType: selector?.opType ?? null,
    path: selector?.path ?? null,
    max: toBigIntOrNull(rule.max),
    maxIncreasePercent: rule.maxIncreasePercent,
    minDelta: BigInt(rule.minDelta),
    level: rule.level,
    baseline: baseline.kind,
    baselineAlias: baseline.kind === 'ALIAS' ? baseline.alias : null,
    baselineVersion: baseline.kind === 'VERSION' ? baseline.number : null,
    baselineDate: baseline.kind === 'DATE' ? baseline.date : null,
    onUnverifiable: rule.onUnverifiable,
    reason: rule.reason,
    owner: rule.owner,
    expiresAt: rule.expiresAt,
  };
}

/** Dates become ISO text. */
export function toJson(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;
}

/** A budget out of the settings of a check. */
function budgetOfJson(stored: Budget): Budget {
  const { baseline } = stored;
  const date = (text: Date | null) => (text === null ? null : new Date(text));
  return {
    ...stored,
    baseline: baseline.kind === 'DATE' ? { kind: 'DATE', date: new Date(baseline.date) } : baseline,
    expiresAt: date(stored.expiresAt),
    createdAt: new Date(stored.createdAt),
    createdById: (stored as Partial<Budget>).createdById ?? null, // settings of older checks have none
    updatedById: (stored as Partial<Budget>).updatedById ?? null,
    updatedAt: new Date(stored.updatedAt),
  };
}

export function toCheck({ settings, ...row }: CheckRow): Check {
  return {
    ...row,
    trigger: row.trigger as CheckTrigger,
    outcome: row.outcome as CheckOutcome,
    budgets: fromJson<Budget[]>(settings).map(budgetOfJson),
  };
}

export function toFinding(row: FindingRow): Finding {
  return {
    budgetId: row.budgetId,
    budgetRevision: row.budgetRevision,
    metric: row.metric as Metric,
    dtype: row.dtype as StorageType | null,
    selection: fromJson<FindingSelection | null>(row.selection),
    limitKind: row.limitKind as LimitKind,
    outcome: row.outcome as CheckOutcome,
    reason: row.reason as FindingReason,
    value: toCountOrNull(row.value),
    exact: row.exact,
    limit: toCountOrNull(row.limitValue),
    base: fromJson<FindingBase>(row.base),
    baseValue: toCountOrNull(row.baseValue),
    delta: toCountOrNull(row.delta),
    percent: row.percent,
    introduced: toCountOrNull(row.introduced),
    inherited: toCountOrNull(row.inherited),
    contributors: fromJson<Contributor[]>(row.contributors),
    versions: fromJson<VersionContribution[]>(row.versions),
    message: row.message,
  };
}

/** By the names of the columns, for json_to_recordset. */
export function findingRow(finding: Finding, position: number, key: string | null) {
  const { budgetId, budgetRevision, limitKind, limit, baseValue, ...same } = finding;
  return {
    ...same,
    position,
    key,
    budget_id: budgetId,
    budget_revision: budgetRevision,
    limit_kind: limitKind,
    limit_value: limit,
    base_value: baseValue,
  };
}

export function toApproval(row: ApprovalRow): Approval {
  const { modelId: _modelId, ...approval } = row;
  return approval;
}

export function toAliasProtection(row: AliasProtectionRow): AliasProtection {
  const { modelId: _modelId, ...protection } = row;
  return protection;
}
