// What a budget may say, and what is refused with which code.
import { checkBudgetRule, isInForce, type BudgetRuleDraft } from '../../src/core/budget.js';
import { WeighbridgeError } from '../../src/core/errors.js';
import { SUMMED_METRICS } from '../../src/core/metrics.js';

function thrownBy(draft: BudgetRuleDraft): WeighbridgeError {
  try {
    checkBudgetRule(draft, ['budgets', '0']);
  } catch (error) {
    if (error instanceof WeighbridgeError) return error;
    throw error;
  }
  throw new Error('the budget was taken');
}

function refused(draft: BudgetRuleDraft): [string, string] {
  const { code, field } = thrownBy(draft);
  return [code, (field ?? []).join('.')];
}

test('what is left out of a budget has the default that fails when in doubt', () => {
  expect(checkBudgetRule({ metric: 'MODEL_PARAMS', max: 400_000 })).toEqual({
    metric: 'MODEL_PARAMS',
    dtype: null,
    selector: null,
    max: 400_000,
    maxIncreasePercent: null,
    minDelta: 0,
    level: 'FAIL',
    baseline: { kind: 'PREVIOUS' },
    onUnverifiable: 'FAIL',
    reason: null,
    owner: null,
    expiresAt: null,
  });
  expect(checkBudgetRule({ metric: 'MEMORY', max: 1 }).dtype).toBe('FP32');
  expect(checkBudgetRule({ metric: 'STATE_BYTES', max: 1, opType: 'GRU' }).selector).toEqual({
    opType: 'GRU',
    path: null,
  });
});

const good: BudgetRuleDraft = { metric: 'RECURRENT_PER_USE', max: 1 };

it.each<[BudgetRuleDraft, string, string]>([
  [{ ...good, metric: 'PARAMS' }, 'METRIC_INVALID', 'budgets.0.metric'],
  [{ ...good, metric: 'toString' }, 'METRIC_INVALID', 'budgets.0.metric'],
  [{ ...good, metric: 'BYTE_SIZE', opType: 'LSTM' }, 'METRIC_INVALID', 'budgets.0.metric'],
  [{ metric: 'MODEL_PARAMS' }, 'BUDGET_INVALID', 'budgets.0'],
  [{ ...good, max: -1 }, 'BUDGET_INVALID', 'budgets.0.max'],
  [{ ...good, max: 1.5 }, 'BUDGET_INVALID', 'budgets.0.max'],
  [{ ...good, max: 2 ** 53 }, 'BUDGET_INVALID', 'budgets.0.max'],
  [{ ...good, maxIncreasePercent: Number.NaN }, 'BUDGET_INVALID', 'budgets.0.maxIncreasePercent'],
  [{ ...good, maxIncreasePercent: -0.1 }, 'BUDGET_INVALID', 'budgets.0.maxIncreasePercent'],
  [{ ...good, maxIncreasePercent: Infinity }, 'BUDGET_INVALID', 'budgets.0.maxIncreasePercent'],
  [{ ...good, minDelta: -1 }, 'BUDGET_INVALID', 'budgets.0.minDelta'],
  [{ ...good, dtype: 'INT8' }, 'BUDGET_INVALID', 'budgets.0.dtype'],
  [{ ...good, path: '' }, 'PATTERN_INVALID', 'budgets.0.path'],
  [{ ...good, path: 'graph/[ab]' }, 'PATTERN_INVALID', 'budgets.0.path'],
  [{ ...good, path: 'graph/{a,b}' }, 'PATTERN_INVALID', 'budgets.0.path'],
  [{ ...good, path: 'graph\\a' }, 'PATTERN_INVALID', 'budgets.0.path'],
  [{ ...good, path: 'a\0' }, 'PATTERN_INVALID', 'budgets.0.path'],
  [{ ...good, path: 'a'.repeat(1_025) }, 'PATTERN_INVALID', 'budgets.0.path'],
  [{ ...good, baseline: { kind: 'ALIAS', alias: '7' } }, 'NAME_INVALID', 'budgets.0.baseline.alias'],
  [{ ...good, baseline: { kind: 'VERSION', number: 0 } }, 'BUDGET_INVALID', 'budgets.0.baseline.number'],
  [{ ...good, baseline: { kind: 'DATE', date: new Date(Number.NaN) } }, 'BUDGET_INVALID', 'budgets.0.baseline.date'],
  [{ ...good, owner: 'a'.repeat(201) }, 'BUDGET_INVALID', 'budgets.0.owner'],
])('%j is refused as %s at %s', (draft, code, field) => {
  expect(refused(draft)).toEqual([code, field]);
});

test('a metric that no single node has is refused for some nodes, with those that can be asked of them', () => {
  const { message } = thrownBy({ ...good, metric: 'BYTE_SIZE', opType: 'LSTM' });
  expect(message).toBe(
    `budgets.0.metric BYTE_SIZE cannot be limited to some nodes (opType, path); these can: ${SUMMED_METRICS.join(', ')}`,
  );
});

test('a pattern of stars and question marks, and an increase of nothing at all, are taken', () => {
  const rule = checkBudgetRule({ ...good, max: 0, maxIncreasePercent: 0, path: 'graph/*.else_branch/LSTM_?' });
  expect(rule).toMatchObject({ max: 0, maxIncreasePercent: 0, selector: { path: 'graph/*.else_branch/LSTM_?' } });
});

test('a budget holds until the moment it expires, unless it is off', () => {
  const now = new Date('2026-05-01T00:00:00Z');
  const until = (expiresAt: Date | null) => isInForce({ level: 'WARN', expiresAt }, now);
  expect([until(null), until(new Date(now.getTime() + 1)), until(now)]).toEqual([true, true, false]);
  expect(isInForce({ level: 'OFF', expiresAt: null }, now)).toBe(false);
});
