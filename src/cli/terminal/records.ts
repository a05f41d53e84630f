/**
 * What a command prints of records: JSON for programs; for people a table of many, and of one its answer in a line and its facts below.
 * Makes all text safe.
 */
import { columns, complain, count, print, styled } from './output.js';
import { safeJson, safeText } from './safe-text.js';
import { renderTable, type Column } from './table.js';
import { wrapped } from './wrap.js';

export interface Field<Row> extends Column {
  /** Null is left blank. */
  of: (row: Row) => string | null;
}

interface ListAnswer<Row> {
  nodes: readonly Row[];
  hasMore: boolean;
}

export async function printList<Row>(
  { nodes, hasMore }: ListAnswer<Row>,
  fields: readonly Field<Row>[],
  { json, noun }: { json: true | undefined; noun: string },
): Promise<void> {
  if (json) await print(`${safeJson(nodes, 2)}\n`);
  else if (nodes.length === 0) await print(`No ${noun}.\n`);
  else {
    const rows = nodes.map((node) => fields.map(({ of }) => safeText(of(node) ?? '')));
    await print(`${renderTable(fields, rows, columns())}\n`);
  }
  if (hasMore) complain(`there are more ${noun}; --all shows all of them`);
}

/** The answer, then what is known of it; what is null is left out. */
export function reportFacts(answer: string, facts: readonly (readonly [name: string, value: string | null])[]): string {
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '');
  const widest = Math.max(0, ...known.map(([name]) => name.length));
  const width = columns();
  const lines = known.flatMap(([name, value]) => wrapped(`  ${name.padEnd(widest)}  ${value}`, width));
  const [first = '', ...more] = wrapped(answer, width);
  return `${[styled('bold', first), ...more, ...lines].join('\n')}\n`;
}

/** What came of a change: JSON, or one line. */
export async function printDone(line: string, record: object | null, json: true | undefined): Promise<void> {
  await print(json ? `${safeJson(record, 2)}\n` : `${safeText(line)}\n`);
}

/** `2026-05-01 12:30`, in UTC as everywhere on the command line. */
export function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

/** A figure that may be a lower bound; a bound of 0 says nothing. */
export function boundOf(value: number, isBound: boolean): string {
  if (!isBound) return count(value);
  return value === 0 ? 'unknown' : `≥ ${count(value)}`;
}
