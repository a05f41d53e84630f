/** What a check says, as people read it: in a terminal, and in Markdown for a comment, where nothing is said when nothing changed. */
import type { CheckConclusion } from '../../core/check/approval.js';
import type { CheckReport, ReportedFinding } from '../../core/check/check-report.js';
import type { Contributor } from '../../core/check/check.js';
import { shortPath } from '../../core/graph-path.js';
import { MAX_COMPLAINTS } from '../files/external-folder.js';
import { count, percentOf, signed, styled } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';
import { renderTable, type Column } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';

export const COLUMNS: readonly Column[] = [
  { head: 'outcome', style: styledOutcome },
  { head: 'budget', shrinkTo: 10 },
  { head: 'metric', shrinkTo: 12 },
  { head: 'value', align: 'right' },
  { head: 'limit', align: 'right' },
  { head: 'delta', align: 'right' },
  { head: '%', align: 'right' },
];
const GROWN: readonly Column[] = [
  { head: 'grew at', shrinkTo: 16 },
  { head: 'cause' },
  { head: 'delta', align: 'right' },
  { head: 'share', align: 'right' },
];
/** Without a delta to share. */
const LARGEST: readonly Column[] = [
  { head: 'largest', shrinkTo: 16 },
  { head: 'size', align: 'right' },
  { head: 'share', align: 'right' },
];

export function reportTable(report: CheckReport, width: number): string {
  const { line, conclusion, findings, comparison } = report;
  const rows = findings.map((finding) => cells(finding, conclusion).map(safeText));
  const worst = findings.find(({ contributors }) => contributors.length > 0);
  const sections = [
    // Never broken or cut: logs and their searches show one line, and the node and the cause stand at its end.
    safeText(line),
    comparison === null ? '' : wrapped(comparison.summary, width).join('\n'),
    rows.length === 0 ? '' : renderTable(COLUMNS, rows, width),
    worst
      ? renderTable(
          partColumns(worst),
          worst.contributors.map((part) => partCells(worst, part).map(safeText)),
          width,
        )
      : '',
    findings
      .filter(isTold)
      .flatMap((finding) => wrapped(reasonOf(finding), width))
      .join('\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Empty when everything was judged and passed, and nothing grew, shrank or was renamed. */
export function reportMarkdown(report: CheckReport, heading = '###'): string {
  const { subject, base, line, conclusion, findings, comparison, incomplete } = report;
  if (!isWorthTelling(report)) return '';
  const worst = findings.find(({ contributors }) => contributors.length > 0);
  const against = base === null ? '' : ` against ${code(base)}`;
  const lines = [
    `${heading} ${code(line)}`,
    '',
    `${code(subject)}${against}`,
    ...(comparison === null ? [] : ['', code(comparison.summary)]),
    '',
    ...tableOf(
      ['outcome', 'budget', 'metric', 'value', 'limit', 'delta', '%'],
      findings.map((finding) => {
        const [outcome = '', name = '', ...figures] = cells(finding, conclusion);
        return [outcome, code(name), ...figures];
      }),
    ),
    ...(worst
      ? tableOf(
          partColumns(worst).map(({ head }) => head),
          worst.contributors.map((part) => {
            const [at = '', ...others] = partCells(worst, part);
            return [code(at), ...others];
          }),
        )
      : []),
    ...findings.filter(isTold).map((finding) => `- ${code(reasonOf(finding))}`),
    ...incomplete.slice(0, MAX_COMPLAINTS).map((problem) => `- ${code(`external data ${problem}`)}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

export function isWorthTelling({ conclusion, findings, comparison, incomplete }: CheckReport): boolean {
  const isSame = comparison === null || comparison.changes.length === 0;
  return conclusion !== 'PASS' || incomplete.length > 0 || !isSame || findings.some(isNews);
}

/** What somebody should read beside a pass. That a budget of many models is not about this one is no news. */
function isNews({ outcome, why, delta, selection }: ReportedFinding): boolean {
  if (outcome === 'SKIPPED') return why !== 'NOTHING_SELECTED';
  return (delta !== null && delta !== 0) || (selection !== null && selection.followed.length > 0);
}

export function tableOf(heads: string[], rows: string[][]): string[] {
  if (rows.length === 0) return [];
  const row = (values: string[]) => `| ${values.join(' | ')} |`;
  return [row(heads), row(heads.map(() => '---')), ...rows.map(row), ''];
}

export function cells(finding: ReportedFinding, conclusion: CheckConclusion): string[] {
  const { outcome, budget, metric, limitKind, value, exact, limit, delta, percent, selection } = finding;
  const isNone = value === 0 && selection?.parts === 0;
  const shown = value === null ? '?' : isNone ? 'none' : `${exact ? '' : '≥ '}${count(value)}`;
  const isNamed = limitKind === 'MAX' || /growth/i.test(budget.name);
  const name = isNamed ? budget.name : `${budget.name} (growth)`;
  return [
    outcome === 'FAIL' ? conclusion : outcome, // a check is approved when every failure in it is
    name,
    metric,
    shown,
    limit === null ? '–' : count(limit),
    delta === null ? '–' : signed(delta),
    percentOf(percent === null ? null : percent / 100),
  ];
}

function partColumns({ delta }: ReportedFinding): readonly Column[] {
  return delta === null ? LARGEST : GROWN;
}

function partCells({ delta: whole }: ReportedFinding, { path, cause, delta, share }: Contributor): string[] {
  const where = path === null ? 'the rest' : shortPath(path);
  const percent = share === null ? '' : `${Math.round(share * 100)} %`.replace('-', '−');
  return whole === null ? [where, count(delta), percent] : [where, cause ?? '', signed(delta), percent];
}

function isTold({ outcome, budget }: ReportedFinding): boolean {
  return outcome !== 'PASS' && (budget.reason !== null || budget.owner !== null);
}

function reasonOf({ budget: { name, reason, owner } }: ReportedFinding): string {
  const whom = owner === null ? '' : `ask ${owner}`;
  if (reason === null) return `${name}: ${whom}`;
  return `${name}: ${reason}${whom && ` (${whom})`}`;
}

/**
 * Whatever holds a name, a reason or an owner, in Markdown: code is the only text in which a host finds no link, mention, reference or
 * formula. It finds a mention or an address even in text that is escaped.
 */
export function code(text: string): string {
  return `\`${safeText(text).replaceAll('`', "'").replaceAll('|', '¦')}\``;
}

function styledOutcome(outcome: string): string {
  if (outcome === 'PASS') return styled('green', outcome);
  return outcome === 'FAIL' ? styled('red', outcome) : styled('yellow', outcome);
}
