// Patterns over names, and when one holds no more than another.
import fc from 'fast-check';
import { globCovers, globToRegExp } from '../../src/core/glob.js';

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
