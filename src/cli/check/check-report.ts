/** What a check says, as people read it: in a terminal, and in Markdown for a comment, where nothing is said when nothing changed. */
import type { CheckOutcome, Contributor, Finding } from '../../core/check/check.js';
import type { CheckConclusion } from '../../core/check/approval.js';
import { sayRemedies } from '../../core/check/words.js';
import type { Comparison } from '../../core/comparison.js';
import { count, percentOf, signed, styled } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';
import { renderTable, type Column } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';

export interface ReportedFinding extends Omit<Finding, 'budgetId' | 'budgetRevision' | 'reason'> {
  why: Finding['reason'];
  /** The id is the registry's, or the name in a file of budgets; names of a registry's budgets may be alike. */
  budget: { id: string; name: string; level: string; reason: string | null; owner: string | null };
}

/** What `--output json` prints. */
export interface CheckReport {
  /** The file. */
  subject: string;
  digest: string;
  /** What it was compared with; null of a registry, which chooses for each budget. */
  base: string | null;
  outcome: CheckOutcome;
  /** The outcome, and whether a failure is approved. */
  conclusion: CheckConclusion;
  /** All of it in one line, made by `headline`: of a failure the node and the cause. */
  line: string;
  /** The worst first. */
  findings: ReportedFinding[];
  /** Where both files could be read. */
  comparison: Comparison | null;
}

export type Verdict = Pick<CheckReport, 'outcome' | 'conclusion' | 'line'>;

/** The line that is read first. It says what to do where nothing was judged. */
export function headline(
  check: Verdict & OwnBase & { findings: readonly Pick<Finding, 'outcome' | 'reason'>[] },
): string {
  const line = [concludedLine(check), ownBaseNote(check) ?? []].flat().join('; ');
  if (check.conclusion !== 'SKIPPED') return line;
  const remedies =
    check.findings.length > 0
      ? sayRemedies(check.findings)
      : 'set one in the registry (docs/budgets.md), or give a file of budgets with --budgets (docs/ci.md)';
  return `${line}; ${remedies}`;
}

interface OwnBase {
  digest: string;
  findings: readonly Pick<Finding, 'base' | 'delta'>[];
}

/** Where the base that was given is the file itself, with the same data: a branch that is compared with what it is. */
export function ownBaseNote({ digest, findings }: OwnBase): string | null {
  const isGiven = findings.some(({ base }) => base.kind === 'GIVEN' && base.digest === digest);
  const isSame = isGiven && findings.every(({ delta }) => delta === null || delta === 0);
  return isSame ? 'the base is the file itself, so nothing can have grown' : null;
}

/** The line of an evaluation begins with the outcome; this one with the conclusion. */
export function concludedLine({ outcome, conclusion, line }: Verdict): string {
  return conclusion === outcome ? line : line.replace(outcome, conclusion);
}

/** A check that judged nothing is no pass: whether the file keeps to its budgets is not known. */
export function exitCodeOf({ conclusion }: Pick<CheckReport, 'conclusion'>): 0 | 1 | 2 {
  if (conclusion === 'FAIL') return 1;
  return conclusion === 'SKIPPED' ? 2 : 0;
}

const COLUMNS: readonly Column[] = [
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
export function reportMarkdown(report: CheckReport): string {
  const { subject, base, line, conclusion, findings, comparison } = report;
  const isSame = comparison === null || comparison.changes.length === 0;
  if (conclusion === 'PASS' && isSame && !findings.some(isNews)) return '';
  const worst = findings.find(({ contributors }) => contributors.length > 0);
  const against = base === null ? '' : ` against ${code(base)}`;
  const lines = [
    `### ${code(line)}`,
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
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What somebody should read beside a pass. That a budget of many models is not about this one is no news. */
function isNews({ outcome, why, delta, selection }: ReportedFinding): boolean {
  if (outcome === 'SKIPPED') return why !== 'NOTHING_SELECTED';
  return (delta !== null && delta !== 0) || (selection !== null && selection.followed.length > 0);
}

function tableOf(heads: string[], rows: string[][]): string[] {
  if (rows.length === 0) return [];
  const row = (values: string[]) => `| ${values.join(' | ')} |`;
  return [row(heads), row(heads.map(() => '---')), ...rows.map(row), ''];
}

function cells(finding: ReportedFinding, conclusion: CheckConclusion): string[] {
  const { outcome, budget, metric, limitKind, value, exact, limit, delta, percent, selection } = finding;
  const isNone = value === 0 && selection?.parts === 0;
  const shown = value === null ? '?' : isNone ? 'none' : `${exact ? '' : '≥ '}${count(value)}`;
  const name = limitKind === 'MAX' ? budget.name : `${budget.name} (growth)`;
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
  const where = path ?? 'the rest';
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
function code(text: string): string {
  return `\`${safeText(text).replaceAll('`', "'").replaceAll('|', '¦')}\``;
}

function styledOutcome(outcome: string): string {
  if (outcome === 'PASS') return styled('green', outcome);
  return outcome === 'FAIL' ? styled('red', outcome) : styled('yellow', outcome);
}
