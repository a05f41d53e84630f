/** Numbers as people enter them: with the groups of the pages, or with the comma that most of Europe writes before decimals. */
import { enteredNumber } from '../../src/web/parts/forms/entered-number.js';

describe('an entered number', () => {
  it.each([
    ['50000', 50_000],
    ['50,000', 50_000],
    ['1,234,567.5', 1_234_567.5],
    ['50 000', 50_000],
    ['50_000', 50_000],
    ['2.5', 2.5],
    ['2,5', 2.5],
    ['0,25', 0.25],
    ['12,3456', 12.3456],
  ])('%s is %d', (entered, value) => {
    expect(enteredNumber(entered)).toBe(value);
  });

  it.each(['', ' ', 'abc', '1,2,3', '1.234,5', '1,23.4', '5%'])('%j is none', (entered) => {
    expect(enteredNumber(entered)).toBeNaN();
  });
});
