// Patterns over names of models: no star crosses the slash but the one that is every model, and case makes no difference.
import fc from 'fast-check';
import { nameGlobCovers, nameGlobMatcher } from '../../src/core/name-glob.js';
import { nameKey } from '../../src/core/names.js';

it.each([
  ['*', 'speech', true],
  ['*', 'org/speech', true],
  ['**', 'speech', true],
  ['**', 'org/speech', false],
  ['speech*', 'speech-de', true],
  ['speech*', 'speech/de', false],
  ['speech?de', 'speech-de', true],
  ['speech?de', 'speech/de', false],
  ['org/*', 'org/speech', true],
  ['org/*', 'org', false],
  ['org/*', 'other/speech', false],
  ['*/*', 'org/speech', true],
  ['*/*', 'speech', false],
  ['*/speech', 'org/speech', true],
  ['*/*/*', 'org/speech', false],
  ['SPEECH-*', 'speech-de', true],
  ['speech-*', 'Speech-DE', true],
  ['dtln', 'DTLN', true],
  ['a.c', 'abc', false],
])('%j against %j: %j', (pattern, name, fits) => {
  expect(nameGlobMatcher(pattern)(name)).toBe(fits);
});

it.each([
  ['*', '*', true],
  ['*', 'speech-?', true],
  ['*', 'org/*', true],
  ['speech-*', 'speech-de-*', true],
  ['a?c', 'a?c', true],
  ['a?c', 'abc', true],
  ['Speech-*', 'speech-DE-*', true],
  ['org/*', 'org/speech-*', true],
  ['*/*', 'org/*', true],
  ['**', '**', true],
  ['speech-*', '*', false],
  ['speech-*', 'speech*', false],
  ['**', '*', false],
  ['**', 'org/*', false],
  ['org*', 'org/*', false],
  ['*/*', '*', false],
  ['?', '*', false],
  ['a?', 'a*', false],
  ['a?c', 'a/c', false],
  ['abc', 'a?c', false],
])('%j covers %j: %j', (outer, inner, covers) => {
  expect(nameGlobCovers(outer, inner)).toBe(covers);
});

const pattern = fc.string({ unit: fc.constantFrom('a', 'B', '*', '?', '/'), maxLength: 6 });
const part = fc.string({ unit: fc.constantFrom('a', 'A', 'b'), minLength: 1, maxLength: 3 });
const name = fc.oneof(
  part,
  fc.tuple(part, part).map((parts) => parts.join('/')),
);

it('no name that fits a covered pattern escapes the covering one', () => {
  fc.assert(
    fc.property(pattern, pattern, name, (outer, inner, text) => {
      fc.pre(nameGlobCovers(outer, inner) && nameGlobMatcher(inner)(text));
      return nameGlobMatcher(outer)(text);
    }),
    { numRuns: 300, maxSkipsPerRun: 1_000 },
  );
});

it('case makes no difference, neither of a name nor of a pattern', () => {
  fc.assert(
    fc.property(pattern, name, (glob, text) => {
      const fits = nameGlobMatcher(glob)(text);
      return fits === nameGlobMatcher(nameKey(glob))(text) && fits === nameGlobMatcher(glob)(nameKey(text));
    }),
  );
});

it('a pattern that fits names with a slash fits none without, but for the one of every model', () => {
  fc.assert(
    fc.property(pattern, part, part, (glob, plain, after) => {
      fc.pre(glob !== '*');
      const fits = nameGlobMatcher(glob);
      return !(fits(plain) && fits(`${plain}/${after}`));
    }),
    { numRuns: 1_000 },
  );
});
