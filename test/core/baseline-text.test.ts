import { baselineText, parseBaseline } from '../../src/core/baseline-text.js';

test.each([
  ['previous', { kind: 'PREVIOUS' }],
  ['first', { kind: 'FIRST' }],
  ['alias:production', { kind: 'ALIAS', alias: 'production' }],
  ['alias:a:b', { kind: 'ALIAS', alias: 'a:b' }],
  ['version:3', { kind: 'VERSION', number: 3 }],
  ['version:2147483647', { kind: 'VERSION', number: 2_147_483_647 }],
  ['date:2026-05-01', { kind: 'DATE', date: '2026-05-01T00:00:00.000Z' }],
  ['date:2026-05-01T12:30:00+02:00', { kind: 'DATE', date: '2026-05-01T10:30:00.000Z' }],
])('%s is a baseline', (text, baseline) => {
  expect(parseBaseline(text)).toEqual(baseline);
});

test.each([
  ['', 'names nothing'],
  ['last', 'is no kind'],
  ['previous:1', 'has a value where none belongs'],
  ['alias', 'lacks its name'],
  ['alias:', 'lacks its name'],
  ['version:', 'lacks its number'],
  ['version:0', 'is before the first version'],
  ['version:2147483648', 'is more than a version can be'],
  ['version:1.5', 'is no whole number'],
  ['version:1e3', 'is not written in digits'],
  ['date:', 'lacks its day'],
  ['date:2026', 'is a year alone'],
  ['date:2026-13-01', 'is no day'],
])('%p is none: it %s', (text) => {
  expect(parseBaseline(text)).toBeNull();
});

test.each(['previous', 'first', 'alias:production', 'version:3', 'date:2026-05-01'])(
  '%s is written again as it was read',
  (text) => {
    expect(baselineText({ alias: null, number: null, date: null, ...parseBaseline(text)! })).toBe(text);
  },
);
