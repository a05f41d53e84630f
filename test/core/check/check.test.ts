// What budgets say of figures: one row a case, and what must hold whatever the figures are.
import fc from 'fast-check';
import { checkBudgetRule, type BudgetRuleDraft } from '../../../src/core/budget.js';
import { chooseBase } from '../../../src/core/check/base.js';
import { shareParts, shareVersions, summedParts } from '../../../src/core/check-contributors.js';
import { allowed } from '../../../src/core/check/limits.js';
import { evaluateBudgets, summarize } from '../../../src/core/check/evaluate.js';
import type { BaseKind, Evaluation, Weighed } from '../../../src/core/check/check.js';
import { measurementsOf, NO_PARTS, workOfParts } from '../../../src/core/measurements.js';
import { sampleInspection, sampleNode } from '../../support/catalog.js';

const NOW = new Date('2026-05-01T00:00:00Z');

interface Figure {
  value: number;
  /** Nodes that cannot be verified: the value is a lower bound. */
  unverifiable?: number;
  /** Params of cells that are written out. */
  cells?: number;
  /** False where there is a cell whose sizes are not clear. */
  isWhole?: boolean;
  inspectionVersion?: number;
}

function weighed(
  number: number,
  { value, unverifiable = 0, cells = 0, isWhole = true, inspectionVersion = 3 }: Figure,
): Weighed {
  const inspection = sampleInspection({ nodes: [] });
  const nodes = value > 0 ? 1 : 0;
  const recurrent = { ...inspection.recurrent, nodes, perUse: value, unverifiableNodes: unverifiable };
  const decomposed = { cells: cells > 0 ? 1 : 0, params: cells, isWhole };
  const measurements = measurementsOf({ ...inspection, recurrent, decomposed }, workOfParts(inspection));
  return { number, digest: `sha256:${number}`, inspectionVersion, measurements, parts: NO_PARTS };
}

interface Case {
  budget: Omit<BudgetRuleDraft, 'metric'>;
  value: number;
  unverifiable?: number;
  cells?: number;
  isWhole?: boolean;
  base?: Figure;
  kind?: BaseKind;
  /** The version before, where the base is another. */
  previous?: Figure;
}

function evaluate({ budget, base, kind = 'PREVIOUS', previous, ...subject }: Case): Evaluation {
  const before = base ? weighed(1, base) : null;
  const rule = checkBudgetRule({ metric: 'RECURRENT_PER_USE', ...budget });
  return evaluateBudgets({
    subject: weighed(3, subject),
    previous: previous ? weighed(2, previous) : before,
    budgets: [
      { budget: { ...rule, id: 'b', revision: 1 }, base: { weighed: before, kind, fallback: false, why: 'test' } },
    ],
    now: NOW,
  });
}

/** Outcome, reason, introduced and inherited of the only finding. */
function said(one: Case) {
  const { outcome, findings } = evaluate(one);
  const [finding] = findings;
  expect(findings.map((found) => found.outcome)).toEqual([outcome]);
  return [outcome, finding?.reason, finding?.introduced ?? null, finding?.inherited ?? null];
}

describe('layers that were written out in small operators, which the metric does not count', () => {
  const max = { max: 100 };
  const growth = { maxIncreasePercent: 10 };
  it.each<[string, Case, unknown[]]>([
    ['over a fixed limit', { budget: max, value: 0, cells: 101, base: { value: 90 } }, ['FAIL', 'WRITTEN_OUT']],
    ['over what may grow', { budget: growth, value: 0, cells: 100, base: { value: 90 } }, ['FAIL', 'WRITTEN_OUT']],
    ['one of two layers', { budget: growth, value: 45, cells: 55, base: { value: 90 } }, ['FAIL', 'WRITTEN_OUT']],
    ['of a first version', { budget: max, value: 0, cells: 101 }, ['FAIL', 'WRITTEN_OUT']],
    ['within the limit all together', { budget: growth, value: 0, cells: 99, base: { value: 90 } }, ['PASS', 'WITHIN']],
    [
      'that the base has as well',
      { budget: max, value: 90, cells: 500, base: { value: 90, cells: 500 } },
      ['WARN', 'WRITTEN_OUT'],
    ],
    [
      'more of them than the base has',
      { budget: max, value: 90, cells: 511, base: { value: 90, cells: 500 } },
      ['FAIL', 'WRITTEN_OUT'],
    ],
    [
      'with growth that is small enough to be ignored',
      { budget: { ...growth, minDelta: 20 }, value: 95, cells: 14, base: { value: 90 } },
      ['PASS', 'WITHIN'],
    ],
    [
      'where only a warning is asked for',
      { budget: { ...max, onUnverifiable: 'WARN' }, value: 0, cells: 101 },
      ['WARN', 'WRITTEN_OUT'],
    ],
    ['whose sizes are not clear', { budget: max, value: 5, isWhole: false }, ['FAIL', 'WRITTEN_OUT']],
    [
      'in a base that itself failed for them',
      { budget: growth, value: 5, cells: 500, base: { value: 5, cells: 500 } },
      ['PASS', 'WITHIN'],
    ],
    [
      'that grew since',
      { budget: growth, value: 5, cells: 600, base: { value: 5, cells: 500 } },
      ['FAIL', 'WRITTEN_OUT'],
    ],
    ['beside a limit that is broken anyway', { budget: max, value: 101, cells: 500 }, ['FAIL', 'BROKEN']],
  ])('%s', (_, one, expected) => {
    expect(said(one).slice(0, 2)).toEqual(expected);
  });

  it('is said with the metric that counts them', () => {
    const [finding] = evaluate({ budget: max, value: 0, cells: 101 }).findings;
    expect(finding!.message).toBe(
      'RECURRENT_PER_USE cannot be judged: cells are written out in small operators, which only ALL_RECURRENT_PER_USE counts; 0 params are in recurrent nodes, 100 params are allowed',
    );
  });
});

describe('all that was recurrent is gone, or not known any more', () => {
  it.each<[string, Case, unknown[]]>([
    ['under a fixed limit', { budget: { max: 100 }, value: 0, base: { value: 90 } }, ['FAIL', 'NOTHING_SELECTED']],
    [
      'under a limit on growth',
      { budget: { maxIncreasePercent: 10 }, value: 0, base: { value: 90 } },
      ['FAIL', 'NOTHING_SELECTED'],
    ],
    [
      'where only a warning is asked for',
      { budget: { max: 100, onUnverifiable: 'WARN' }, value: 0, base: { value: 90 } },
      ['WARN', 'NOTHING_SELECTED'],
    ],
    ['where none is allowed', { budget: { max: 0 }, value: 0, base: { value: 90 } }, ['PASS', 'WITHIN']],
    ['where there never was any', { budget: { max: 100 }, value: 0, base: { value: 0 } }, ['PASS', 'WITHIN']],
  ])('%s', (_, one, expected) => {
    expect(said(one).slice(0, 2)).toEqual(expected);
  });
});

describe('a fixed limit', () => {
  const budget = { max: 100 };
  it.each<[string, Case, unknown[]]>([
    ['is kept at the limit itself', { budget, value: 100 }, ['PASS', 'WITHIN', null, null]],
    ['is broken by one more', { budget, value: 101 }, ['FAIL', 'BROKEN', 1, 0]],
    ['needs no base to be broken', { budget, value: 150, base: { value: 90 } }, ['FAIL', 'BROKEN', 50, 0]],
    [
      'that was broken as much before warns',
      { budget, value: 150, base: { value: 150 } },
      ['WARN', 'INHERITED', 0, 50],
    ],
    [
      'that was broken by more before warns',
      { budget, value: 130, base: { value: 150 } },
      ['WARN', 'INHERITED', 0, 30],
    ],
    [
      'that is broken by more than before fails for what is new',
      { budget, value: 150, base: { value: 120 } },
      ['FAIL', 'BROKEN', 30, 20],
    ],
    [
      'does not mind growth under the floor where it was broken before',
      { budget: { max: 100, minDelta: 31 }, value: 150, base: { value: 120 } },
      ['WARN', 'INHERITED', 30, 20],
    ],
    [
      'minds growth under the floor where it crosses the limit',
      { budget: { max: 100, minDelta: 31 }, value: 101, base: { value: 100 } },
      ['FAIL', 'BROKEN', 1, 0],
    ],
    ['of level WARN warns', { budget: { max: 100, level: 'WARN' }, value: 101 }, ['WARN', 'BROKEN', 1, 0]],
    ['is not passed by a partial sum', { budget, value: 99, unverifiable: 1 }, ['FAIL', 'UNVERIFIABLE', null, null]],
    ['is broken by a partial sum over it', { budget, value: 101, unverifiable: 1 }, ['FAIL', 'BROKEN', 1, 0]],
    [
      'does not take a partial sum for inherited',
      { budget, value: 101, unverifiable: 1, base: { value: 101 } },
      ['FAIL', 'UNVERIFIABLE', 0, 1],
    ],
    [
      'lets a partial sum warn where that was said',
      { budget: { max: 100, onUnverifiable: 'WARN' }, value: 99, unverifiable: 1 },
      ['WARN', 'UNVERIFIABLE', null, null],
    ],
    [
      'is skipped for a partial sum where that was said',
      { budget: { max: 100, onUnverifiable: 'SKIP' }, value: 99, unverifiable: 1 },
      ['SKIPPED', 'UNVERIFIABLE', null, null],
    ],
    [
      'of level WARN does not fail for a partial sum',
      { budget: { max: 100, level: 'WARN' }, value: 99, unverifiable: 1 },
      ['WARN', 'UNVERIFIABLE', null, null],
    ],
    [
      'is not looked at once it has expired',
      { budget: { max: 100, expiresAt: NOW }, value: 101 },
      ['SKIPPED', 'EXPIRED', null, null],
    ],
  ])('%s', (_name, one, expected) => {
    expect(said(one)).toEqual(expected);
  });

  it('that is off says nothing', () => {
    expect(evaluate({ budget: { max: 100, level: 'OFF' }, value: 101 })).toMatchObject({
      outcome: 'SKIPPED',
      findings: [],
    });
  });
});

describe('a limit on growth', () => {
  const budget = { maxIncreasePercent: 10 };
  const base = { value: 1_000 };
  it.each<[string, Case, unknown[]]>([
    ['is kept at the limit itself', { budget, value: 1_100, base }, ['PASS', 'WITHIN', null, null]],
    ['is broken by one more', { budget, value: 1_101, base }, ['FAIL', 'BROKEN', 1, 0]],
    ['takes what shrank', { budget, value: 1, base }, ['PASS', 'WITHIN', null, null]],
    [
      'says nothing under the floor',
      { budget: { ...budget, minDelta: 102 }, value: 1_101, base },
      ['PASS', 'BELOW_FLOOR', null, null],
    ],
    [
      'counts growth of the floor itself',
      { budget: { ...budget, minDelta: 101 }, value: 1_101, base },
      ['FAIL', 'BROKEN', 1, 0],
    ],
    ['is skipped without a base', { budget, value: 1_101 }, ['SKIPPED', 'NO_BASE', null, null]],
    ['is skipped where the base is 0', { budget, value: 5, base: { value: 0 } }, ['SKIPPED', 'BASE_ZERO', null, null]],
    ['is kept at 0 of 0', { budget, value: 0, base: { value: 0 } }, ['PASS', 'WITHIN', null, null]],
    [
      'is skipped where the base was read otherwise',
      { budget, value: 5_000, base: { value: 1_000, inspectionVersion: 2 } },
      ['SKIPPED', 'BASE_NOT_COMPARABLE', null, null],
    ],
    [
      'is not passed by a partial sum',
      { budget, value: 1_000, unverifiable: 1, base },
      ['FAIL', 'UNVERIFIABLE', null, null],
    ],
    ['is broken by a partial sum over it', { budget, value: 1_101, unverifiable: 1, base }, ['FAIL', 'BROKEN', 1, 0]],
    [
      'is kept where even the lower bound of the base allows it',
      { budget, value: 1_100, base: { value: 1_000, unverifiable: 1 } },
      ['PASS', 'WITHIN', null, null],
    ],
    [
      'cannot be told where the base is a lower bound that does not',
      { budget, value: 1_101, base: { value: 1_000, unverifiable: 1 } },
      ['FAIL', 'UNVERIFIABLE', null, null],
    ],
    [
      'over a pinned base fails the version that crossed it',
      { budget, value: 1_105, base, kind: 'FIRST', previous: { value: 1_099 } },
      ['FAIL', 'BROKEN', 5, 0],
    ],
    [
      'over a pinned base warns the version after it',
      { budget, value: 1_105, base, kind: 'VERSION', previous: { value: 1_105 } },
      ['WARN', 'INHERITED', 0, 5],
    ],
    [
      'over a pinned base fails a later version for what it adds',
      { budget, value: 1_108, base, kind: 'DATE', previous: { value: 1_105 } },
      ['FAIL', 'BROKEN', 3, 5],
    ],
    [
      'over an alias fails whatever came between',
      { budget, value: 1_105, base, kind: 'ALIAS', previous: { value: 1_105 } },
      ['FAIL', 'BROKEN', 5, 0],
    ],
  ])('%s', (_name, one, expected) => {
    expect(said(one)).toEqual(expected);
  });

  it('gives the percent of the base, and none of a base of 0', () => {
    expect(evaluate({ budget, value: 1_250, base }).findings[0]).toMatchObject({ delta: 250, percent: 25 });
    const zero = evaluate({ budget, value: 5, base: { value: 0 } }).findings[0];
    expect(zero).toMatchObject({ baseValue: 0, delta: 5, percent: null });
  });

  it.each([
    [1_000, 10, 1_100],
    [999, 10, 1_098],
    [3, 33.333334, 4],
    [3, 33.333333, 3],
    [0, 50, 0],
    [Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER],
    [9_007_199_254_740_000, 0.000001, 9_007_199_344_811_992],
  ])('%d and %d %% more allow %d, exactly', (base, percent, limit) => {
    expect(allowed(base, percent)).toBe(Math.min(limit, Number.MAX_SAFE_INTEGER));
  });
});

test('with both limits each has its finding, the worst is first and gives the outcome', () => {
  const { outcome, line, findings } = evaluate({
    budget: { max: 2_000, maxIncreasePercent: 10 },
    value: 1_500,
    base: { value: 1_000 },
  });
  expect(outcome).toBe('FAIL');
  expect(findings.map(({ limitKind, outcome }) => [limitKind, outcome])).toEqual([
    ['MAX_INCREASE_PERCENT', 'FAIL'],
    ['MAX', 'PASS'],
  ]);
  expect(line).toBe('FAIL: RECURRENT_PER_USE is 1,500 params, 400 over the limit of 1,100: +50.0 % on version 1');
});

test('what could not be judged is said beside what passed, and why', () => {
  const line = (budget: Case['budget'], more: Partial<Case> = {}) => evaluate({ budget, value: 90, ...more }).line;
  expect(line({ max: 100 })).toBe('PASS: 1 limit kept');
  expect(line({ max: 100, maxIncreasePercent: 10 })).toBe(
    'PASS: 1 limit kept; 1 not judged (no version to compare with)',
  );
  const { findings: kept } = evaluate({ budget: { max: 100, maxIncreasePercent: 10 }, value: 90 });
  const { findings: expired } = evaluate({ budget: { max: 100, expiresAt: new Date('2020-01-01') }, value: 90 });
  expect(summarize([...kept, ...expired]).line).toBe(
    'PASS: 1 limit kept; 2 not judged (no version to compare with, budget expired)',
  );
});

const figure = fc.integer({ min: 0, max: 1_000 });
const rule = fc.record({
  max: fc.option(figure),
  maxIncreasePercent: fc.option(fc.integer({ min: 0, max: 50 })),
  minDelta: fc.integer({ min: 0, max: 20 }),
  onUnverifiable: fc.constantFrom('FAIL' as const, 'WARN' as const, 'SKIP' as const),
});
const limited = rule.filter(({ max, maxIncreasePercent }) => max !== null || maxIncreasePercent !== null);
const kinds = fc.constantFrom<BaseKind>('PREVIOUS', 'FIRST', 'ALIAS');

test('a version that is what was before it never fails, and what it brought and took over are what is over the limit', () => {
  fc.assert(
    fc.property(limited, figure, figure, figure, kinds, (budget, value, base, previous, kind) => {
      const unchanged = evaluate({ budget, value, base: { value: base }, kind: 'FIRST', previous: { value } });
      expect(unchanged.outcome).not.toBe('FAIL');
      const { findings } = evaluate({ budget, value, base: { value: base }, kind, previous: { value: previous } });
      const wrong = findings.filter(({ introduced, inherited, limit, reason }) => {
        if (introduced === null || inherited === null) return reason === 'BROKEN';
        const whole = introduced + inherited === value - (limit ?? Number.NaN);
        return !whole || inherited < 0 || introduced < (reason === 'BROKEN' ? 1 : 0);
      });
      expect(wrong).toEqual([]);
    }),
  );
});

test('a partial sum never passes a limit, and shrinking never makes a verdict worse', () => {
  fc.assert(
    fc.property(limited, figure, figure, figure, (budget, value, less, base) => {
      const strict = { ...budget, onUnverifiable: 'FAIL' as const };
      const partial = evaluate({ budget: strict, value, unverifiable: 1, base: { value: base } });
      const kept = partial.findings.filter(({ outcome }) => outcome !== 'FAIL');
      expect(kept.map(({ reason }) => reason).filter((reason) => reason !== 'BASE_ZERO')).toEqual([]);
      // Nothing at all may be what is not known any more.
      const failed = (at: number) =>
        Number(evaluate({ budget, value: Math.max(1, at), base: { value: base } }).outcome === 'FAIL');
      expect(failed(Math.min(value, less))).toBeLessThanOrEqual(failed(Math.max(value, less)));
    }),
  );
});

describe('the base', () => {
  const [named, previous, first] = [2, 4, 1].map((number) => weighed(number, { value: 1 }));
  const all = { named: named ?? null, previous: previous ?? null, first: first ?? null, withdrawn: false };
  it.each([
    [{ kind: 'PREVIOUS' } as const, all, 4, 'PREVIOUS', false],
    [{ kind: 'FIRST' } as const, all, 1, 'FIRST', false],
    [{ kind: 'ALIAS', alias: 'prod' } as const, all, 2, 'ALIAS', false],
    [{ kind: 'ALIAS', alias: 'prod' } as const, { ...all, named: null }, 4, 'PREVIOUS', true],
    [{ kind: 'VERSION', number: 2 } as const, all, 2, 'VERSION', false],
    [{ kind: 'VERSION', number: 2 } as const, { ...all, named: null }, 1, 'FIRST', true],
    [{ kind: 'DATE', date: NOW } as const, all, 2, 'DATE', false],
    [{ kind: 'DATE', date: NOW } as const, { ...all, named: null }, 1, 'FIRST', true],
    [{ kind: 'FIRST' } as const, { ...all, named: null, previous: null, first: null }, undefined, 'FIRST', false],
  ])('%j of what there is', (baseline, candidates, number, kind, fallback) => {
    const base = chooseBase(baseline, { ...candidates, previousIs: 'the version before', kept: null });
    expect([base.weighed?.number, base.kind, base.fallback]).toEqual([number, kind, fallback]);
    expect(base.why).not.toBe('');
  });

  it('of growth is the last version that kept the limit, where the one before broke it', () => {
    const candidates = { ...all, named: null, kept: all.first, previousIs: 'the version before' };
    const why = `version 4 broke this limit, which nobody approved: the last version that kept it`;
    expect(chooseBase({ kind: 'PREVIOUS' }, candidates)).toEqual({
      kind: 'PREVIOUS',
      weighed: all.first,
      fallback: true,
      why,
    });
    const missing = chooseBase({ kind: 'ALIAS', alias: 'gone' }, candidates);
    expect(missing).toMatchObject({
      kind: 'PREVIOUS',
      weighed: all.first,
      why: `no other version is at alias gone: ${why}`,
    });
    expect(chooseBase({ kind: 'VERSION', number: 9 }, candidates)).toMatchObject({ kind: 'FIRST' });
  });

  it('that is pinned and withdrawn is told from one that never was', () => {
    const baseline = { kind: 'VERSION', number: 3 } as const;
    const missing = { ...all, named: null, previousIs: 'the version before', kept: null };
    expect(chooseBase(baseline, missing).why).toBe('there is no version 3: the first version');
    const { why, weighed } = chooseBase(baseline, { ...missing, withdrawn: true });
    expect([why, weighed?.number]).toEqual(['version 3 is withdrawn: the first version', 1]);
  });
});

describe('contributors', () => {
  it('are the nodes that changed, the largest first, and the rest in one', () => {
    const before = [sampleNode({ path: 'graph/a', stored: 10 }), sampleNode({ path: 'graph/b', stored: 5 })];
    const after = [sampleNode({ path: 'graph/a', stored: 40 }), sampleNode({ path: 'graph/c', stored: 12 })];
    const [base, subject] = [before, after].map((nodes) => ({ ...NO_PARTS, nodes }));
    const parts = summedParts({ base: base!, subject: subject!, changes: [] }, null, { metric: 'RECURRENT_PER_USE' });
    expect(shareParts(parts, 40).map(({ path, delta, share }) => [path, delta, share])).toEqual([
      ['graph/a', 30, 0.75],
      ['graph/c', 12, 0.3],
      ['graph/b', -5, -0.125],
      [null, 3, 0.075],
    ]);
  });

  it('sum to the delta, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 30 }), (deltas) => {
        const parts = deltas.map((delta, index) => ({ path: `graph/${index}`, opType: 'LSTM', cause: null, delta }));
        const delta = deltas.reduce((sum, part) => sum + part, 0);
        const shares = shareParts(parts, delta);
        expect(shares.length).toBeLessThanOrEqual(11);
        expect(shares.reduce((sum, part) => sum + part.delta, 0)).toBe(delta);
      }),
    );
  });

  it('since a pinned base are the versions that changed anything', () => {
    const steps = [10, 10, 14, 12, 20].map((value, index) => ({ number: index + 1, value }));
    expect(shareVersions(steps)).toEqual([
      { number: 3, delta: 4, share: 0.4 },
      { number: 4, delta: -2, share: -0.2 },
      { number: 5, delta: 8, share: 0.8 },
    ]);
    const many = Array.from({ length: 80 }, (_, index) => ({ number: index + 1, value: index * index }));
    const shown = shareVersions(many).map(({ number }) => number);
    expect([shown.length, shown[0], shown.at(-1)]).toEqual([50, 31, 80]);
  });
});
