import fc from 'fast-check';
import { changeSince, isChangePoint, LEVEL_AFTER, LEVEL_BEFORE } from '../../src/core/history.js';

/** The numbers (from 1) of the change points of a series. */
function changePoints(series: readonly (number | null)[]): number[] {
  const at = (index: number) => series[index] ?? null;
  return series.flatMap((value, index) => {
    const surroundings = {
      value,
      previous: at(index - 1),
      before: Array.from({ length: LEVEL_BEFORE }, (_, back) => at(index - 1 - back)),
      after: Array.from({ length: LEVEL_AFTER - 1 }, (_, ahead) => at(index + 1 + ahead)),
    };
    return isChangePoint(surroundings) ? [index + 1] : [];
  });
}

test.each([
  ['a step that stays', [100, 100, 100, 120, 120, 120], [4]],
  ['a step down', [100, 100, 100, 80, 80, 80], [4]],
  ['exactly five per cent', [100, 100, 105, 105], [3]],
  ['a little less', [1000, 1000, 1049, 1049], []],
  ['one that is taken back by the next', [100, 100, 100, 150, 100, 100, 100], []],
  ['one that is taken back after two', [100, 100, 100, 150, 150, 100, 100, 100], [4, 6]],
  ['the newest', [100, 100, 100, 150], [4]],
  ['the newest but one, taken back', [100, 100, 100, 150, 100], []],
  ['the second of two', [100, 200], [2]],
  ['a creep of small steps', [100, 103, 106, 109, 112, 115, 118], []],
  ['from nothing to something', [0, 0, 0, 7, 7, 7], [4]],
  ['from something to nothing', [7, 7, 7, 0, 0, 0], [4]],
  ['two steps', [100, 100, 100, 120, 120, 120, 150, 150, 150], [4, 7]],
  ['a value that is not known', [100, 100, null, 150, 150], []],
  ['one version', [100], []],
  ['none that is known', [null, null], []],
] as const)('%s', (_what, series, expected) => {
  expect(changePoints(series)).toEqual(expected);
});

test('a constant series has none, and a point that equals the one before it is none', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 }), (series) => {
      for (const number of changePoints(series)) expect(series[number - 1]).not.toBe(series[number - 2]);
      expect(changePoints(series.map(() => series[0] ?? 0))).toEqual([]);
    }),
  );
});

test('a lasting step of five per cent or more is found wherever it is, and nothing else', () => {
  const cases = fc.record({
    before: fc.integer({ min: 1, max: 20 }),
    after: fc.integer({ min: 1, max: 20 }),
    base: fc.integer({ min: 1, max: 1_000_000 }),
    factor: fc.constantFrom(0.5, 0.9, 0.94, 1.06, 1.2, 3),
  });
  fc.assert(
    fc.property(cases, ({ before, after, base, factor }) => {
      const next = factor < 1 ? Math.floor(base * factor) : Math.ceil(base * factor);
      const series = [...Array<number>(before).fill(base), ...Array<number>(after).fill(next)];
      expect(changePoints(series)).toEqual([before + 1]);
    }),
  );
});

test('the ratio to a base of 0 is null, and so are both when a value is not known', () => {
  expect(changeSince(0, 5)).toEqual({ delta: 5, ratio: null });
  expect(changeSince(50_400, 50_800)).toEqual({ delta: 400, ratio: 400 / 50_400 });
  expect(changeSince(null, 5)).toEqual({ delta: null, ratio: null });
  expect(changeSince(5, null)).toEqual({ delta: null, ratio: null });
});
