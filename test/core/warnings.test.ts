/** Holds the warning codes of the program and their table in docs/counting.md together, in both directions. */
import { WARNING_MEANINGS } from '../../src/core/warnings.js';
import { documentedTable } from '../support/documents.js';

const rows = documentedTable('docs/counting.md', 'Warnings').map((cells) =>
  cells.map((cell) => cell.replaceAll('`', '')),
);

describe('docs/counting.md', () => {
  it('says of every warning what the program says, and lists no other', () => {
    const documented = Object.fromEntries(rows.map(([code = '', meaning = '']) => [code, meaning]));
    expect(documented).toEqual(WARNING_MEANINGS);
    expect(rows.length).toBe(Object.keys(WARNING_MEANINGS).length);
  });

  it('says of every warning what to do, in a sentence', () => {
    expect(rows.filter(([, , advice = '']) => !/^[A-Z].*\.$/.test(advice))).toEqual([]);
  });
});

describe('a warning', () => {
  it('has a code in capitals and a meaning that ends as a sentence', () => {
    const odd = Object.entries(WARNING_MEANINGS).filter(
      ([code, meaning]) => !/^[A-Z]+(_[A-Z]+)*$/.test(code) || !/^[A-Z].*\.$/.test(meaning),
    );
    expect(odd).toEqual([]);
  });
});
