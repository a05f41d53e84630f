/** The census as people read it: tables in the order of what one looks for first. Text only, all of it safe. */
import { count, counted } from '../src/cli/terminal/output.js';
import { safeText } from '../src/cli/terminal/safe-text.js';
import { type Column, cutMiddle, renderTable } from '../src/cli/terminal/table.js';
import { wrapped } from '../src/cli/terminal/wrap.js';
import type { Census, Listed, Spread } from './tally.js';
import { UNDECIDED_WORDS } from './undecided.js';

/** Rows of one table; `--json` has them all. */
const MAX_ROWS = 30;

export function reportCensus(census: Census, width: number): string {
  const { files, contradictions, costs } = census;
  const sections = [
    ...(census.isWhole ? [] : ['Interrupted: these are the files weighed until then.']),
    [
      `${counted(files.weighed, 'file')}: ${count(files.accepted)} accepted, ${count(files.refused)} refused, ` +
        `${count(files.unreadable)} unreadable, ${counted(files.faults, 'fault')}`,
      contradictions.files === 0
        ? 'Of every accepted file the parts sum.'
        : `Of ${counted(contradictions.files, 'file')} the parts do not sum.`,
    ].join('\n'),
    table(width, [REFUSED, FILES, { head: 'for example', shrinkTo: 12 }], census.refusals, (row) => [
      row.code,
      count(row.files),
      safeText(row.examples[0] ?? ''),
    ]),
    listing('Parts that do not sum', contradictions.listed, width),
    listing('Faults', census.faults, width),
    listing('Unreadable', census.unreadable, width),
    table(
      width,
      [{ head: 'accepted files' }, { head: 'sum', align: 'right' }],
      Object.entries(census.sums),
      ([name, sum]) => [SUM_WORDS[name as keyof typeof SUM_WORDS], count(sum)],
    ),
    verdicts(census, width),
    table(width, [OPERATOR, FILES, { head: 'uses', align: 'right' }], census.undescribed, (row) => [
      safeText(`${row.domain === '' ? '' : `${row.domain}.`}${row.opType || '(no op type)'}`),
      count(row.files),
      count(row.uses),
    ]),
    table(
      width,
      [
        { head: 'learned or not?', shrinkTo: 12 },
        FILES,
        ...['tensors', 'elements', 'params'].map((head): Column => ({ head, align: 'right' })),
      ],
      census.undecided,
      ({ kind, files: inFiles, tensors, elements, params }) => [
        UNDECIDED_WORDS[kind],
        ...[inFiles, tensors, elements, params].map(count),
      ],
    ),
    table(width, [{ head: 'warning' }, FILES, { head: 'times', align: 'right' }], census.warnings, (row) => [
      row.code,
      count(row.files),
      count(row.times),
    ]),
    table(
      width,
      [
        { head: 'a file takes' },
        ...RIGHT.map((head): Column => ({ head, align: 'right' })),
        { head: 'worst file', shrinkTo: 12 },
      ],
      COSTS.flatMap(([name, words, say]) => (costs[name] ? [[words, costs[name], say] as const] : [])),
      ([words, spread, say]) => spreadRow(words, spread, say),
    ),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const FILES: Column = { head: 'files', align: 'right' };
const REFUSED: Column = { head: 'refused with' };
const OPERATOR: Column = { head: 'operator without a row', shrinkTo: 12 };
const RIGHT = ['median', '99 of 100', 'worst'];

const SUM_WORDS: Record<keyof Census['sums'], string> = {
  byteSize: 'bytes',
  nodes: 'nodes',
  storedElements: 'stored elements',
  claimedElements: 'claimed elements, not stored',
  modelParams: 'learned params',
  recurrent: 'recurrent nodes',
  writtenOutCells: 'written-out cells',
};

const COSTS: readonly (readonly [keyof Census['costs'], string, (cost: number) => string])[] = [
  ['seconds', 'time', saySeconds],
  ['processorSeconds', 'processor time', saySeconds],
  ['peakBytes', 'memory', (bytes) => `${count(Math.round(bytes / 2 ** 20))} MiB`],
];

function saySeconds(seconds: number): string {
  return seconds < 1 ? `${count(Math.round(seconds * 1_000))} ms` : `${seconds.toFixed(1)} s`;
}

function spreadRow(words: string, { median, p99, worst, worstFile }: Spread, say: (cost: number) => string): string[] {
  return [words, say(median), say(p99), say(worst), safeText(worstFile)];
}

function table<T>(width: number, columns: readonly Column[], all: readonly T[], cells: (row: T) => string[]): string {
  if (all.length === 0) return '';
  return [renderTable(columns, all.slice(0, MAX_ROWS).map(cells), width), ...more(all.length)].join('\n');
}

/** Reasons are sentences: a line each, over as many lines as it needs. */
function verdicts({ verdicts: all }: Census, width: number): string {
  if (all.length === 0) return 'No recurrent nodes.';
  const lines = all.slice(0, MAX_ROWS).flatMap(({ verdict, reason, nodes, files }) => {
    const where = `${verdict}: ${counted(nodes, 'node')} in ${counted(files, 'file')}`;
    return wrapped(reason === null ? where : `${where}: ${reason}`, width);
  });
  return ['Recurrent nodes:', ...lines, ...more(all.length)].join('\n');
}

function more(all: number): string[] {
  return all > MAX_ROWS ? [`… and ${count(all - MAX_ROWS)} more (--json has them)`] : [];
}

function listing(title: string, all: readonly Listed[], width: number): string {
  if (all.length === 0) return '';
  const lines = all.slice(0, MAX_ROWS).flatMap(({ file, message }) => {
    const [first = ''] = message.split('\n');
    return first.includes(file)
      ? wrapped(first, width)
      : wrapped(`${cutMiddle(safeText(file), width)}: ${first}`, width);
  });
  return [`${title}:`, ...lines, ...more(all.length)].join('\n');
}
