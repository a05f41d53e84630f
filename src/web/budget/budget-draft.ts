/** A budget as it is entered: texts, until it is sent. Pure. The server has the last word on what may be set. */
import { STORAGE_TYPES, type StorageType } from '../../core/layer/estimate.js';
import { RECURRENT_OP_TYPES } from '../../core/inspection.js';
import { METRICS } from '../../core/metrics.js';
import { BUDGET_LEVELS, UNVERIFIABLE_RULES } from '../../core/budget.js';
import type { ModelBudgetsQuery, CreateBudgetMutationVariables } from '../generated/operations.js';
import { baselineText, parseBaseline } from '../../core/baseline-text.js';
import { dayOf, endOfDay } from '../parts/text/day.js';
import { enteredNumber } from '../parts/forms/entered-number.js';

export type ShownBudget = NonNullable<ModelBudgetsQuery['model']>['budgets']['nodes'][number];

export type BudgetDraft = Record<
  | 'metric'
  | 'dtype'
  | 'max'
  | 'maxIncreasePercent'
  | 'minDelta'
  | 'level'
  | 'baseline'
  | 'onUnverifiable'
  | 'opType'
  | 'path'
  | 'owner'
  | 'reason'
  | 'until',
  string
>;

/** Of a budget that is changed, or of a new one. */
export function draftOf(budget: ShownBudget | null): BudgetDraft {
  return {
    metric: budget?.metric ?? 'MODEL_PARAMS',
    dtype: budget?.dtype ?? 'FP32',
    max: text(budget?.max),
    maxIncreasePercent: text(budget?.maxIncreasePercent),
    minDelta: text(budget?.minDelta ?? 0),
    level: budget?.level ?? 'FAIL',
    baseline: budget === null ? 'previous' : baselineText(budget.baseline),
    onUnverifiable: budget?.onUnverifiable ?? 'FAIL',
    opType: budget?.opType ?? '',
    path: budget?.path ?? '',
    owner: budget?.owner ?? '',
    reason: budget?.reason ?? '',
    until: budget?.expiresAt ? dayOf(budget.expiresAt) : '',
  };
}

export type BudgetVariables = Omit<CreateBudgetMutationVariables, 'scope' | 'model' | 'tag'>;

/** What is sent, or what is wrong by field. */
export function variablesOf(draft: BudgetDraft): { variables: BudgetVariables } | { faults: Partial<BudgetDraft> } {
  const [max, percent, minDelta] = [draft.max, draft.maxIncreasePercent, draft.minDelta].map(numberOf);
  const baseline = parseBaseline(draft.baseline);
  const whole = 'A whole number, 0 or more.';
  const faults: Partial<BudgetDraft> = {
    ...(isWhole(max) ? {} : { max: whole }),
    ...(percent === undefined ? { maxIncreasePercent: 'A number, 0 or more.' } : {}),
    ...(isWhole(minDelta) ? {} : { minDelta: whole }),
    ...(baseline === null ? { baseline: 'Name the alias, the number or the day of the baseline.' } : {}),
    ...(max === null && percent === null ? { max: 'Give a limit on size, on growth, or both.' } : {}),
  };
  if (Object.keys(faults).length > 0) return { faults };
  return {
    variables: {
      metric: METRICS.find((metric) => metric === draft.metric) ?? 'MODEL_PARAMS',
      dtype: draft.metric === 'MEMORY' ? dtypeOf(draft.dtype) : null,
      opType: RECURRENT_OP_TYPES.find((opType) => opType === draft.opType) ?? null,
      path: draft.path.trim() || null,
      max: max ?? null,
      maxIncreasePercent: percent ?? null,
      minDelta: minDelta ?? 0,
      level: BUDGET_LEVELS.find((level) => level === draft.level) ?? 'FAIL',
      baseline,
      onUnverifiable: UNVERIFIABLE_RULES.find((rule) => rule === draft.onUnverifiable) ?? 'FAIL',
      owner: draft.owner.trim() || null,
      reason: draft.reason.trim() || null,
      expiresAt: draft.until === '' ? null : endOfDay(draft.until),
    },
  };
}

const text = (value: number | null | undefined): string => (value === null || value === undefined ? '' : String(value));

/** Null where nothing is entered, undefined for what is no number. */
function numberOf(entered: string): number | null | undefined {
  if (entered.trim() === '') return null;
  const value = enteredNumber(entered);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

const isWhole = (value: number | null | undefined): boolean => value === null || Number.isSafeInteger(value);

const dtypeOf = (entered: string): StorageType =>
  (Object.keys(STORAGE_TYPES) as StorageType[]).find((dtype) => dtype === entered) ?? 'FP32';
