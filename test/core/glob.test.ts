// Patterns over names, and when one holds no more than another.
import fc from 'fast-check';
import { globCovers, globMatcher, globToRegExp } from '../../src/core/glob.js';

it.each([
  ['*', '', true],
  ['a*', 'ab', true],
  ['a*', 'ba', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a.c', 'abc', false],
  ['a+', 'aa', false],
])('%j against %j', (pattern, name, fits) => {
  expect(globToRegExp(pattern).test(name)).toBe(fits);
});

it.each([
  ['*', '*', true],
  ['*', 'speech-?', true],
  ['speech-*', 'speech-de-*', true],
  ['a?c', 'a?c', true],
  ['a?c', 'abc', true],
  ['speech-*', '*', false],
  ['speech-*', 'speech*', false],
  ['a?', 'a*', false],
  ['abc', 'a?c', false],
])('%j covers %j: %j', (outer, inner, covers) => {
  expect(globCovers(outer, inner)).toBe(covers);
});

it('no name that fits a covered pattern escapes the covering one', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 5 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
  fc.assert(
    fc.property(pattern, pattern, name, (outer, inner, text) => {
      fc.pre(globCovers(outer, inner) && globToRegExp(inner).test(text));
      return globToRegExp(outer).test(text);
    }),
    { numRuns: 300 },
  );
});

it('a matcher takes the names that the regular expression takes', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, name, (glob, text) => globMatcher(glob)(text) === globToRegExp(glob).test(text)),
    { numRuns: 2_000 },
  );
});

it('a matcher of many stars answers over a long name', () => {
  const fits = globMatcher(`${'*a'.repeat(200)}*b`);
  expect(fits('a'.repeat(1_024))).toBe(false);
  expect(fits(`${'a'.repeat(1_023)}b`)).toBe(true);
});
