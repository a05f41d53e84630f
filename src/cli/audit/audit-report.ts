/** How an audit of size drift looks: as a table for a terminal, and in Markdown for a comment or a report. Asks nothing. */
import type { AuditFlag } from '../../core/audit.js';
import { METRIC_FACTS, type Metric } from '../../core/metrics.js';
import type { AuditQuery, AuditTotalsFragment } from '../generated/operations.js';
import { count, counted, percentOf, signed } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';
import { renderTable } from '../terminal/table.js';

export type AuditedRow = AuditQuery['audit']['nodes'][number];

/** A flag that no model may have, or any row at all. */
export type Rule = AuditFlag | 'ANY';

/** What `--output json` prints. */
export interface AuditAnswer {
  metric: Metric;
  /** Only for the metric MEMORY. */
  dtype?: string;
  baseline: object;
  /** Null where no rule was given. */
  outcome: 'PASS' | 'FAIL' | 'UNKNOWN' | null;
  /** Rules that are broken, with how many models break them. */
  broken: { rule: Rule; models: number }[];
  rows: AuditedRow[];
  summary: AuditTotalsFragment;
}

const FALLBACK_NOTE = '* The requested base does not exist; another was used.';

export function reportTable(answer: AuditAnswer, width: number): string {
  const { rows, metric } = answer;
  const heads = [
    { head: 'model', shrinkTo: 12 },
    { head: 'versions' },
    { head: METRIC_FACTS[metric].unit === 'bytes' ? 'bytes' : 'value', align: 'right' as const },
    { head: 'growth', align: 'right' as const },
    { head: '%', align: 'right' as const },
    { head: 'main cause', shrinkTo: 11 },
    { head: 'flags', shrinkTo: 13 },
  ];
  const table = rows.length === 0 ? [] : [renderTable(heads, rows.map(cells), width), ''];
  return [...table, ...closing(answer), ''].join('\n');
}

export function reportMarkdown(answer: AuditAnswer): string {
  const [headline = '', ...more] = closing(answer);
  const lines = answer.rows.map((row) => {
    const [name = '', ...others] = cells(row);
    return `| \`${name}\` | ${others.join(' | ')} |`;
  });
  const table =
    lines.length === 0
      ? []
      : [
          '| model | versions | value | growth | % | main cause | flags |',
          '| --- | --- | ---: | ---: | ---: | --- | --- |',
          ...lines,
          '',
        ];
  return [`**${headline}**`, '', ...table, ...more.map((line) => `${line}  `), ''].join('\n');
}

function cells({ modelName, latest, base, baseFallback, delta, ratio, flags, causes }: AuditedRow): string[] {
  const versions = base === null ? `${latest.number}` : `${base.number}${baseFallback ? '*' : ''} → ${latest.number}`;
  const value = latest.exact ? count(latest.value) : latest.value === null ? '?' : `≥ ${count(latest.value)}`;
  return [safeText(modelName), versions, value, signed(delta), percentOf(ratio), largestCause(causes), flags.join(' ')];
}

/** The models as one line, then the flags, the note on bases, and the hash. */
function closing({ metric, rows, summary }: AuditAnswer): string[] {
  const { models, grown, shrunk, unchanged, unknown, flags, resultHash } = summary;
  const flagged = flags.filter((each) => each.models > 0).map((each) => `${each.flag} ${count(each.models)}`);
  const left = models - rows.length;
  return [
    `${counted(models, 'model')} by ${metric}: ${count(grown)} grown, ${count(shrunk)} shrunk, ${count(unchanged)} unchanged, ${count(unknown)} unknown.`,
    ...(left > 0 ? [`${count(rows.length)} shown; --all shows every row.`] : []),
    ...(flagged.length > 0 ? [`Flags: ${flagged.join(', ')}.`] : []),
    ...(rows.some(({ baseFallback }) => baseFallback) ? [FALLBACK_NOTE] : []),
    `Result ${resultHash}`,
  ];
}

/** With its share of the growth where there are others. */
function largestCause(causes: AuditedRow['causes']): string {
  const [first] = causes ?? [];
  if (!first) return '';
  const { cause, share } = first;
  return share === null || share === 1 ? cause : `${cause} ${Math.round(share * 100)}%`;
}
