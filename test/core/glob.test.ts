// Patterns over texts: a star crosses everything, and many of them take no time.
import fc from 'fast-check';
import { globMatcher } from '../../src/core/glob.js';

it.each([
  ['*', '', true],
  ['a*', 'ab', true],
  ['a*', 'ba', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a.c', 'abc', false],
  ['a+', 'aa', false],
  ['/main/*', '/main/loop/gru', true],
  ['a?b', 'a/b', true],
  ['A*', 'ab', false],
])('%j against %j: %j', (pattern, text, fits) => {
  expect(globMatcher(pattern)(text)).toBe(fits);
});

it('a matcher takes the texts that a regular expression takes', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  const regex = (glob: string) => new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  fc.assert(
    fc.property(pattern, text, (glob, given) => globMatcher(glob)(given) === regex(glob).test(given)),
    { numRuns: 2_000 },
  );
});

it('a matcher of many stars answers over a long text', () => {
  const fits = globMatcher(`${'*a'.repeat(200)}*b`);
  expect(fits('a'.repeat(1_024))).toBe(false);
  expect(fits(`${'a'.repeat(1_023)}b`)).toBe(true);
});
