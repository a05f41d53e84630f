/**
 * A budget: what a model may weigh, in one metric, alone or against a baseline. The closed type, and the rules that every budget
 * keeps to wherever it is written. Pure; what it says of a version is in check.ts.
 */
import { AUDIT_BASELINES, type AuditBaseline } from './audit.js';
import { WeighbridgeError, type ErrorCode } from './errors.js';
import { STORAGE_TYPES, type StorageType } from './layer/estimate.js';
import { RECURRENT_OP_TYPES, type RecurrentOpType } from './inspection.js';
import { type NodeSelector } from './measurements.js';
import { isSum, METRICS, type Metric, SUMMED_METRICS } from './metrics.js';
import { requireAliasName, requireLabel, requireModelName } from './names.js';
import { sayChoices } from './spelling.js';

export const BUDGET_SCOPES = ['REGISTRY', 'MODEL', 'TAG'] as const;
export type BudgetScopeKind = (typeof BUDGET_SCOPES)[number];

/** Which models a budget holds for. */
export type BudgetScope = { kind: 'REGISTRY' } | { kind: 'MODEL'; model: string } | { kind: 'TAG'; tag: string };

/** What a broken budget makes of the check. An OFF budget is kept and ignored. */
export const BUDGET_LEVELS = ['OFF', 'WARN', 'FAIL'] as const;
export type BudgetLevel = (typeof BUDGET_LEVELS)[number];

/** What becomes of a figure that is only a lower bound, or not known: FAIL is as if the budget was broken. */
export const UNVERIFIABLE_RULES = ['FAIL', 'WARN', 'SKIP'] as const;
export type UnverifiableRule = (typeof UNVERIFIABLE_RULES)[number];

/** The version that an increase is measured from; the same ones as an audit's. */
export type Baseline = AuditBaseline;

/** What a budget asks of a version, wherever it holds. */
export interface BudgetRule {
  metric: Metric;
  /** Of MEMORY alone, else null. */
  dtype: StorageType | null;
  /** Only these recurrent nodes; null is the whole model. */
  selector: NodeSelector | null;
  /** The most that is allowed, in the unit of the metric. */
  max: number | null;
  /** The most that it may grow over the baseline, in percent of it. */
  maxIncreasePercent: number | null;
  /** Growth under this, in the unit of the metric, is ignored. */
  minDelta: number;
  level: BudgetLevel;
  baseline: Baseline;
  onUnverifiable: UnverifiableRule;
  /** Why there is this budget, and whom to ask. */
  reason: string | null;
  owner: string | null;
  /** Ignored from then on. */
  expiresAt: Date | null;
}

/** A rule and where it holds. */
export interface BudgetSettings extends BudgetRule {
  scope: BudgetScope;
}

export interface Budget extends BudgetSettings {
  id: string;
  /** From 1; each change makes the next. */
  revision: number;
  createdAt: Date;
  createdBy: string;
  createdById: string | null;
  updatedAt: Date;
  updatedBy: string;
  updatedById: string | null;
}

/** Why a budget that was set limits nothing yet, or compares with another version than it names. */
export const BUDGET_WARNING_CODES = ['MODEL_ABSENT', 'TAG_ABSENT', 'BUDGET_IDLE', 'ALIAS_ABSENT'] as const;
export type BudgetWarningCode = (typeof BUDGET_WARNING_CODES)[number];

export interface BudgetWarning {
  code: BudgetWarningCode;
  message: string;
}

/** A rule as people write it: what is left out has its default. */
export interface BudgetRuleDraft {
  metric: string;
  dtype?: StorageType | null | undefined;
  opType?: RecurrentOpType | null | undefined;
  /** Glob on graph paths. */
  path?: string | null | undefined;
  max?: number | null | undefined;
  maxIncreasePercent?: number | null | undefined;
  minDelta?: number | null | undefined;
  level?: BudgetLevel | null | undefined;
  baseline?: Baseline | null | undefined;
  onUnverifiable?: UnverifiableRule | null | undefined;
  reason?: string | null | undefined;
  owner?: string | null | undefined;
  expiresAt?: Date | null | undefined;
}

/** Larger ones are a slip of the keyboard, and would no longer be exact. */
const MAX_INCREASE_PERCENT = 1_000_000;
/** As long as a graph path is stored. */
const MAX_PATH_PATTERN_LENGTH = 1_024;
/** Names of people and teams. */
const MAX_OWNER_LENGTH = 200;
const MAX_BUDGET_REASON_LENGTH = 2_000;

/**
 * The rule, whole and checked; `field` is where it stands, for the error. Throws METRIC_INVALID for a metric that is not there or
 * cannot be asked so, PATTERN_INVALID, NAME_INVALID for an alias, and BUDGET_INVALID for the rest, such as a rule without a limit.
 */
export function checkBudgetRule(draft: BudgetRuleDraft, field: readonly string[] = []): BudgetRule {
  const at = (...names: string[]) => [...field, ...names];
  const metric = requireMetric(draft.metric, at('metric'));
  const { max = null, maxIncreasePercent = null, minDelta } = draft;
  if (max === null && maxIncreasePercent === null) {
    throw refusal('BUDGET_INVALID', at(), 'has no limit: give max, maxIncreasePercent or both');
  }
  if (max !== null) requireCount(max, at('max'));
  if (maxIncreasePercent !== null) requirePercent(maxIncreasePercent, at('maxIncreasePercent'));
  return {
    metric,
    dtype: dtypeOf(metric, draft.dtype ?? null, at('dtype')),
    selector: selectorOf(metric, draft, field),
    max,
    maxIncreasePercent,
    minDelta: requireCount(minDelta ?? 0, at('minDelta')),
    level: requireOneOf(BUDGET_LEVELS, draft.level ?? 'FAIL', at('level')),
    baseline: checkBaseline(draft.baseline ?? { kind: 'PREVIOUS' }, at('baseline')),
    onUnverifiable: requireOneOf(UNVERIFIABLE_RULES, draft.onUnverifiable ?? 'FAIL', at('onUnverifiable')),
    reason: requireText(draft.reason ?? null, MAX_BUDGET_REASON_LENGTH, at('reason')),
    owner: requireText(draft.owner ?? null, MAX_OWNER_LENGTH, at('owner')),
    expiresAt: draft.expiresAt ? requireDate(draft.expiresAt, at('expiresAt')) : null,
  };
}

/** Throws NAME_INVALID, or INPUT_INVALID for what is no tag. */
export function checkBudgetScope(scope: BudgetScope, field: readonly string[] = ['scope']): BudgetScope {
  if (scope.kind === 'MODEL') requireModelName(scope.model, [...field, 'model']);
  if (scope.kind === 'TAG') requireLabel(scope.tag, [...field, 'tag']);
  return scope;
}

/** Whether it is judged. */
export function isInForce({ level, expiresAt }: Pick<BudgetRule, 'level' | 'expiresAt'>, now: Date): boolean {
  return level !== 'OFF' && (expiresAt === null || expiresAt > now);
}

/** As text is stored and sent: the model, the tag, or nothing for the whole registry. */
export function targetOf(scope: BudgetScope): string {
  if (scope.kind === 'MODEL') return scope.model;
  return scope.kind === 'TAG' ? scope.tag : '';
}

export function sayBudgetWarning(
  code: BudgetWarningCode,
  { scope, baseline }: Pick<Budget, 'scope' | 'baseline'>,
): BudgetWarning {
  const alias = baseline.kind === 'ALIAS' ? baseline.alias : '';
  const messages: Record<BudgetWarningCode, string> = {
    MODEL_ABSENT: `there is no model "${targetOf(scope)}" yet: the budget is kept, and limits nothing until there is one`,
    TAG_ABSENT: `no model has the tag "${targetOf(scope)}" yet: the budget is kept, and limits nothing until one has it`,
    BUDGET_IDLE:
      'the budget selects nothing in the latest version of any model: correct its path or operator if that is not meant',
    ALIAS_ABSENT: `no model that the budget is about has the alias "${alias}" yet: growth is compared with the version before until one has it`,
  };
  return { code, message: messages[code] };
}

function requireMetric(metric: string, field: readonly string[]): Metric {
  if ((METRICS as readonly string[]).includes(metric)) return metric as Metric;
  throw refusal('METRIC_INVALID', field, `is not a metric: ${sayChoices(metric, METRICS)}`);
}

/** How params are stored where nobody says it: only of memory is it asked. */
export function defaultDtype(metric: Metric, dtype: StorageType | null): StorageType | null {
  return dtype ?? (metric === 'MEMORY' ? 'FP32' : null);
}

function dtypeOf(metric: Metric, dtype: StorageType | null, field: readonly string[]): StorageType | null {
  const asked = defaultDtype(metric, dtype);
  if (asked === null) return null;
  if (metric === 'MEMORY') return requireOneOf(Object.keys(STORAGE_TYPES) as StorageType[], asked, field);
  throw refusal('BUDGET_INVALID', field, 'is only for the metric MEMORY');
}

function selectorOf(metric: Metric, draft: BudgetRuleDraft, field: readonly string[]): NodeSelector | null {
  const { opType = null, path = null } = draft;
  if (opType === null && path === null) return null;
  if (!isSum(metric)) {
    throw refusal(
      'METRIC_INVALID',
      [...field, 'metric'],
      `${metric} cannot be limited to some nodes (opType, path); these can: ${SUMMED_METRICS.join(', ')}`,
    );
  }
  if (opType !== null) requireOneOf(RECURRENT_OP_TYPES, opType, [...field, 'opType']);
  return { opType, path: path === null ? null : requirePathPattern(path, [...field, 'path']) };
}

/** Brackets, braces and backslashes mean something elsewhere and would silently fit nothing here. Throws PATTERN_INVALID. */
function requirePathPattern(pattern: string, field: readonly string[]): string {
  const refuse = (problem: string) => refusal('PATTERN_INVALID', field, problem);
  if (pattern === '') throw refuse('is empty: leave it out to match every path');
  if (pattern.length > MAX_PATH_PATTERN_LENGTH) throw refuse(`is over ${MAX_PATH_PATTERN_LENGTH} characters`);
  if (/[\p{Cc}\p{Surrogate}]/u.test(pattern)) throw refuse('holds a control character or half a character');
  const odd = /[[\]{}\\]/.exec(pattern)?.[0];
  if (odd === undefined) return pattern;
  throw refuse(`has ${odd}, which has no meaning here: * is any run of characters, ? is one`);
}

function checkBaseline(baseline: Baseline, field: readonly string[]): Baseline {
  requireOneOf(AUDIT_BASELINES, baseline.kind, [...field, 'kind']);
  if (baseline.kind === 'ALIAS') requireAliasName(baseline.alias, [...field, 'alias']);
  if (baseline.kind === 'DATE') requireDate(baseline.date, [...field, 'date']);
  if (baseline.kind !== 'VERSION') return baseline;
  const { number } = baseline;
  if (Number.isInteger(number) && number >= 1 && number < 2 ** 31) return baseline;
  throw refusal('BUDGET_INVALID', [...field, 'number'], 'is not a version number: they start at 1');
}

function requireOneOf<Value extends string>(values: readonly Value[], value: Value, field: readonly string[]): Value {
  if (values.includes(value)) return value;
  throw refusal('BUDGET_INVALID', field, `must be one of ${values.join(', ')}`);
}

function requireCount(value: number, field: readonly string[]): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw refusal('BUDGET_INVALID', field, 'must be a whole number from 0 to 2^53-1');
}

function requirePercent(value: number, field: readonly string[]): void {
  if (value >= 0 && value <= MAX_INCREASE_PERCENT) return;
  throw refusal('BUDGET_INVALID', field, `must be a number from 0 to ${MAX_INCREASE_PERCENT}`);
}

function requireText(text: string | null, maxLength: number, field: readonly string[]): string | null {
  if (text === null || (text.length <= maxLength && !/[\0\p{Surrogate}]/u.test(text))) return text;
  throw refusal('BUDGET_INVALID', field, `must be text of at most ${maxLength} characters`);
}

/** Years that a database and ISO text agree on. */
function requireDate(date: Date, field: readonly string[]): Date {
  const year = date.getUTCFullYear();
  if (year >= 1 && year <= 9999) return date;
  throw refusal('BUDGET_INVALID', field, 'must be a date in the years 1 to 9999');
}

function refusal(code: ErrorCode, field: readonly string[], problem: string): WeighbridgeError {
  return new WeighbridgeError(code, `${field.join('.') || 'the budget'} ${problem}`, { field });
}
