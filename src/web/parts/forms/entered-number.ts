/** A number as people enter it: grouped as the pages show numbers, or as others write it. Pure. */

/** As the pages write it: `1,234,567.5`. */
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d*)?$/;
/** As most of Europe does: `2,5`. Taken for a group it would be ten times as much. */
const WITH_DECIMAL_COMMA = /^\d+,\d+$/;

/** NaN for what is no number, and for nothing. */
export function enteredNumber(entered: string): number {
  const text = entered.replace(/[\s_]/g, '');
  if (text === '') return NaN;
  if (GROUPED.test(text)) return Number(text.replaceAll(',', ''));
  return Number(WITH_DECIMAL_COMMA.test(text) ? text.replace(',', '.') : text);
}
