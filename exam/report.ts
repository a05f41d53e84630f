/** What came of each question, as a table for people. */
export interface Result {
  id: string;
  what: string;
  result: 'held' | 'not held' | 'skipped';
  figure: string;
  seconds: number;
}

export function reportTable(results: readonly Result[]): string {
  const rows = results.map(({ id, what, result, figure, seconds }) => [id, what, result, figure, seconds.toFixed(1)]);
  const all = [['id', 'what', 'result', 'figure', 'seconds'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? [];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

export function summary(results: readonly Result[]): string {
  const count = (result: Result['result']) => results.filter((each) => each.result === result).length;
  return `${count('held')} held, ${count('not held')} not held, ${count('skipped')} skipped`;
}
