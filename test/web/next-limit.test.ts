/** What the picture of a trend says of the next version is what its check will say. */
import fc from 'fast-check';
import { checkBudgetRule } from '../../src/core/budget.js';
import { chooseBase } from '../../src/core/check/base.js';
import { evaluateBudgets } from '../../src/core/check/evaluate.js';
import type { Weighed } from '../../src/core/check/check.js';
import { measurementsOf, NO_PARTS, workOfParts } from '../../src/core/measurements.js';
import { nextLimit, nextLimits, type HeldBudget, type Past, type Point } from '../../src/web/model/next-limit.js';
import { sampleInspection } from '../support/catalog.js';

const NOW = new Date('2026-05-01T00:00:00Z');
const DAYS = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01'];
const PINNED_DAY = '2026-02-15T00:00:00.000Z';

const pointsOf = (values: readonly number[]): Point[] =>
  values.map((value, index) => ({
    number: index + 1,
    createdAt: `${DAYS[index] ?? ''}T00:00:00.000Z`,
    value,
    exact: true,
    delta: null,
    ratio: null,
    changePoint: false,
  }));

const pastOf = (values: readonly number[]): Past => ({
  points: pointsOf(values),
  isWhole: true,
  isLastOver: false,
  aliases: new Map([['production', 2]]),
});

const BASELINES = {
  PREVIOUS: { kind: 'PREVIOUS' as const },
  FIRST: { kind: 'FIRST' as const },
  ALIAS: { kind: 'ALIAS' as const, alias: 'production' },
  VERSION: { kind: 'VERSION' as const, number: 3 },
  DATE: { kind: 'DATE' as const, date: new Date(PINNED_DAY) },
};
type Kind = keyof typeof BASELINES;
/** Number of the version that each comes to. */
const COMES_TO: Record<Kind, number> = { PREVIOUS: 4, FIRST: 1, ALIAS: 2, VERSION: 3, DATE: 2 };

const budgetOf = (kind: Kind, maxIncreasePercent: number, minDelta: number): HeldBudget => ({
  baseline: { alias: null, number: null, ...BASELINES[kind], date: kind === 'DATE' ? PINNED_DAY : null },
  maxIncreasePercent,
  minDelta,
  level: 'FAIL',
});

function weighed(number: number, value: number): Weighed {
  const inspection = sampleInspection({ nodes: [] });
  const recurrent = { ...inspection.recurrent, perUse: value, unverifiableNodes: 0 };
  const measurements = measurementsOf({ ...inspection, recurrent }, workOfParts(inspection));
  return { number, digest: `sha256:${number}`, inspectionVersion: 3, measurements, parts: NO_PARTS };
}

function outcomeOf(kind: Kind, percent: number, minDelta: number, values: readonly number[], value: number) {
  const rule = checkBudgetRule({
    metric: 'RECURRENT_PER_USE',
    maxIncreasePercent: percent,
    minDelta,
    baseline: BASELINES[kind],
  });
  const versions = values.map((one, index) => weighed(index + 1, one));
  const [previous, first] = [versions.at(-1) ?? null, versions[0] ?? null];
  const named = versions[COMES_TO[kind] - 1] ?? null;
  const base = chooseBase(rule.baseline, {
    named,
    withdrawn: false,
    previous,
    previousIs: 'before',
    first,
    kept: null,
  });
  const budgets = [{ budget: { ...rule, id: 'b', revision: 1 }, base }];
  return evaluateBudgets({ subject: weighed(9, value), previous, budgets, now: NOW }).outcome;
}

describe('what the next version may be at most', () => {
  it('is what its check lets pass, and one more is not', () => {
    const size = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(
        fc.constantFrom<Kind>('PREVIOUS', 'FIRST', 'ALIAS', 'VERSION', 'DATE'),
        fc.integer({ min: 0, max: 60 }),
        fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000 })),
        fc.tuple(size, size, size, size),
        (kind, percent, minDelta, values) => {
          const limit = nextLimit(budgetOf(kind, percent, minDelta), pastOf(values));
          expect(limit?.base).toBe(COMES_TO[kind]);
          const most = limit?.most ?? 0;
          expect(outcomeOf(kind, percent, minDelta, values, most)).not.toBe('FAIL');
          expect(outcomeOf(kind, percent, minDelta, values, most + 1)).toBe('FAIL');
        },
      ),
    );
  });

  it('says by which rule', () => {
    const values = [100, 100, 200, 200];
    expect(nextLimit(budgetOf('PREVIOUS', 10, 0), pastOf(values))).toMatchObject({ most: 220, rule: 'PERCENT' });
    expect(nextLimit(budgetOf('PREVIOUS', 10, 51), pastOf(values))).toMatchObject({ most: 250, rule: 'FLOOR' });
    expect(nextLimit(budgetOf('FIRST', 10, 0), pastOf(values))).toMatchObject({ most: 200, rule: 'OVER' });
  });

  it('is not told where the base is not known', () => {
    const past = pastOf([100, 100, 200, 200]);
    const bound = { ...past, points: past.points.map((point) => ({ ...point, exact: false })) };
    expect(nextLimit(budgetOf('PREVIOUS', 10, 0), bound)).toBeNull();
    expect(nextLimit(budgetOf('PREVIOUS', 10, 0), { ...past, isLastOver: true })).toBeNull();
    expect(nextLimit(budgetOf('FIRST', 10, 0), { ...past, isWhole: false })).toBeNull();
    expect(nextLimit(budgetOf('FIRST', 10, 0), pastOf([0, 1]))).toBeNull();
    expect(nextLimit({ ...budgetOf('PREVIOUS', 10, 0), maxIncreasePercent: null }, past)).toBeNull();
  });

  it('is the strictest of each level', () => {
    const budgets = [budgetOf('PREVIOUS', 20, 0), budgetOf('PREVIOUS', 10, 0)];
    const warning = { ...budgetOf('PREVIOUS', 5, 0), level: 'WARN' as const };
    const found = nextLimits([...budgets, warning], pastOf([100, 100, 100, 200]));
    expect(found.map(({ most, level }) => [most, level])).toEqual([
      [220, 'FAIL'],
      [210, 'WARN'],
    ]);
  });
});
