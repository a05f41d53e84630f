/** A comparison as people read it: the sentence, the totals, the causes, and the changes, alike ones together. All of it is safe text. */
import { isDeepStrictEqual } from 'node:util';
import stringWidth from 'string-width';
import type { CauseDelta, Change, ChangeSide, ComparedSide, ComparedTotal, Comparison } from '../../core/comparison.js';
import { propertyStep } from '../../core/drift/property.js';
import { COMPARED_METRICS, type ComparedMetric, factsOf, fieldOf, METRIC_FACTS } from '../../core/metrics.js';
import { sayBounds } from '../../core/weights-text.js';
import { BETWEEN, pathSteps, shortPath } from '../../core/graph-path.js';
import { count, counted, percentOf, signed, styled } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';
import { cutMiddle, renderTable, type Column } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';

/** With the totals and causes, what fits on a screen. */
const MAX_ROWS = 10;

export function reportComparison(comparison: Comparison, width: number, all: boolean): string {
  const { base, compare, summary, sameInspectionVersion, unchanged } = comparison;
  const nameOf = ({ label, digest }: ComparedSide) => safeText(label ?? digest ?? 'a file read in part');
  const notes = sameInspectionVersion
    ? []
    : [
        `Read by inspection versions ${base.inspectionVersion} and ${compare.inspectionVersion}; reinspect compares like with like.`,
      ];
  if (comparison.changes.some(({ confidence }) => confidence === 'LOW' || confidence === 'MEDIUM')) {
    notes.push('(low), (medium): how certain it is that both sides are the same thing.');
  }
  for (const side of [base, compare]) {
    notes.push(...sayBounds(side).map((bound) => `${nameOf(side)}: ${bound}`));
  }
  const sections = [
    [styled('bold', titleOf(nameOf(base), nameOf(compare), width)), ...wrapped(summary, width)].join('\n'),
    totalsTable(comparison, width),
    causesTable(comparison, width),
    ...changesTable(comparison.changes, width, all),
    [`${counted(unchanged, 'node or tensor', 'nodes and tensors')} unchanged.`, ...notes]
      .flatMap((note) => wrapped(note, width))
      .join('\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Both names on one line: each may have half of it, and what the other leaves. */
function titleOf(base: string, compare: string, width: number): string {
  const arrow = ' → ';
  const room = width - arrow.length;
  const half = Math.floor(room / 2);
  const from = cutMiddle(base, Math.max(half, room - stringWidth(compare)));
  return `${from}${arrow}${cutMiddle(compare, room - stringWidth(from))}`;
}

const figures = (...heads: string[]): Column[] => heads.map((head) => ({ head, align: 'right' }));

/** Totals that need no row of their own where they are those of another metric. */
const SAID_ALREADY: readonly (readonly [ComparedMetric, ComparedMetric])[] = [
  ['RECURRENT_EFFECTIVE', 'RECURRENT_PER_USE'],
  ['ALL_RECURRENT_PER_USE', 'RECURRENT_PER_USE'],
  ['TOTAL_BYTE_SIZE', 'BYTE_SIZE'],
];

function totalsTable({ totals }: Comparison, width: number): string {
  const alike = SAID_ALREADY.filter(([metric, other]) =>
    isDeepStrictEqual(totals[fieldOf(metric)], totals[fieldOf(other)]),
  );
  const left = new Set(alike.map(([metric]) => metric));
  const shown = COMPARED_METRICS.filter((metric) => !left.has(metric));
  const nameOf = ({ label, unit }: { label: string; unit: string }) =>
    unit === 'bytes' ? `${label}, bytes`.toLowerCase() : label.toLowerCase();
  const rows = shown.map((metric) => [nameOf(METRIC_FACTS[metric]), ...cellsOf(totals[fieldOf(metric)])]);
  return renderTable([{ head: '' }, ...figures('base', 'compare', 'delta', '%')], rows, width);
}

function cellsOf({ base, compare, delta, ratio }: ComparedTotal): string[] {
  const known = (value: number | null) => (value === null ? 'unknown' : count(value));
  return [known(base), known(compare), delta === null ? 'unknown' : signed(delta), percentOf(ratio)];
}

/** A cause a row; the figures of a column sum to the delta above. */
function causesTable({ byCause }: Comparison, width: number): string {
  const lists = COMPARED_METRICS.flatMap((metric): [string, CauseDelta[]][] => {
    const head = factsOf(metric).compared?.head;
    return head === undefined ? [] : [[head, byCause[fieldOf(metric)]]];
  });
  const causes = [...new Set(lists.flatMap(([, list]) => list.map(({ cause }) => cause)))];
  if (causes.length === 0) return '';
  const rows = causes.map((cause) => [
    cause,
    ...lists.map(([, list]) => signed(list.find((entry) => entry.cause === cause)?.delta ?? 0)),
  ]);
  return renderTable([{ head: 'cause' }, ...figures(...lists.map(([head]) => head))], rows, width);
}

const CHANGES: readonly Column[] = [
  { head: '' },
  { head: 'change' },
  { head: 'at', cut: 'scopes', shrinkTo: 14 },
  { head: 'what', shrinkTo: 12 },
  { head: 'params', align: 'right' },
  { head: 'bytes', align: 'right' },
];

interface Row {
  changes: Change[];
  what: string;
  delta: number;
  elements: number;
  bytes: number;
}

function changesTable(changes: readonly Change[], width: number, all: boolean): string[] {
  const rows = together(changes);
  if (rows.length === 0) return [];
  const shown = all ? rows : rows.slice(0, MAX_ROWS);
  const rest = rows.slice(shown.length).flatMap((row) => row.changes);
  const table = renderTable(CHANGES, shown.map(cells), width);
  if (rest.length === 0) return [table];
  const [params, bytes] = [sum(rest, (change) => change.delta), sum(rest, (change) => change.deltas.totalByteSize)];
  return [
    `${table}\n… and ${counted(rest.length, 'more change')}: ${signed(params)} params, ${signed(bytes)} bytes (--all shows them)`,
  ];
}

/** What happened alike to several nodes is one row, the largest first. */
function together(changes: readonly Change[]): Row[] {
  const rows = new Map<string, Row>();
  for (const change of changes) {
    const what = whatChanged(change);
    const key = JSON.stringify([change.subject, change.status, change.cause, change.confidence, what]);
    const row = rows.get(key) ?? { changes: [], what, delta: 0, elements: 0, bytes: 0 };
    row.changes.push(change);
    row.delta += change.delta;
    row.elements += change.deltas.storedElements;
    row.bytes += change.deltas.totalByteSize;
    rows.set(key, row);
  }
  const size = ({ delta, elements }: Row) => Math.max(Math.abs(delta), Math.abs(elements));
  return [...rows.values()].sort((a, b) => size(b) - size(a) || Math.abs(b.bytes) - Math.abs(a.bytes));
}

function cells({ changes, what, delta, bytes }: Row): string[] {
  const [first] = changes;
  if (!first) return [];
  const { subject, status, cause, path } = first;
  const times = changes.length === 1 ? '' : `${count(changes.length)}×`;
  const where = path === null ? subject.toLowerCase() : safeText(pathSteps(path).join(BETWEEN));
  const happened = status === 'RESIZED' || status === 'RETYPED' ? cause : status;
  return [times, happened, where, safeText(what), signed(delta), signed(bytes)];
}

/** From what to what, as far as the cause says. */
function whatChanged(change: Change): string {
  const { status, base, compare, opType, subject, basePath, confidence } = change;
  if (!base || !compare) return sizesOf(compare ?? base, opType);
  const step = propertyStep(change);
  if (subject === 'PRODUCER') return step?.text ?? '';
  if (subject !== 'NODE' && subject !== 'CELL' && subject !== 'TENSOR') return '';
  const sure = confidence === 'LOW' || confidence === 'MEDIUM' ? ` (${confidence.toLowerCase()})` : '';
  if (status === 'RENAMED' || status === 'MOVED') return `was ${basePath === null ? '?' : shortPath(basePath)}${sure}`;
  const isResized = subject === 'TENSOR' && String(base.dims) !== String(compare.dims);
  const dims = isResized ? `${dimsOf(base)} → ${dimsOf(compare)}` : sizesOf(compare, opType);
  const what = step === null ? dims : step.symbol === null ? step.text : `${step.symbol} ${step.text}`;
  return `${what}${sure}`;
}

function sizesOf(side: ChangeSide | null, opType: string | null): string {
  if (!side) return '';
  if (side.hiddenSize !== null) return `${opType ?? ''} m ${count(side.inputSize)}, n ${count(side.hiddenSize)}`.trim();
  return `${opType ?? ''} ${dimsOf(side)}`.trim();
}

function dimsOf({ dims }: ChangeSide): string {
  return dims === null ? '' : `[${dims.join(', ')}]`;
}

function sum(changes: readonly Change[], valueOf: (change: Change) => number): number {
  return changes.reduce((total, change) => total + valueOf(change), 0);
}
