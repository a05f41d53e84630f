/** What a check of several files says, as people read it: one table with the worst finding of each, and below it those that did not pass. */
import type { ReportedFinding } from '../../core/check/check-report.js';
import { counted } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';
import { renderTable, type Column } from '../terminal/table.js';
import { cells, code, COLUMNS, isWorthTelling, reportMarkdown, reportTable, tableOf } from './check-report.js';
import { concluded, isFault, namedLine, worstFirst, type Judged, type SeveralReport } from './several.js';

/** Without the budget's name: there is no room for it beside the model's. */
const [OUTCOME, , ...FIGURES] = COLUMNS as readonly [Column, Column, ...Column[]];
const MODEL: Column = { head: 'model', shrinkTo: 16 };
/** What a host shows of a comment, and a reader of a table. The rest is counted. */
const MAX_ROWS = 100;

export function severalTable({ line, models }: SeveralReport, width: number): string {
  const rows = models.map((judged) => rowOf(judged).map(safeText));
  const apart = models.flatMap((judged) => (isFault(judged) || isGreen(judged) ? [] : [judged]));
  return [
    `${safeText(line)}\n`,
    `${renderTable([OUTCOME, MODEL, ...FIGURES], rows, width)}\n`,
    ...apart.map((report) => `${safeText(report.subject)}\n${reportTable(report, width)}`),
  ].join('\n');
}

/** Empty when everything was judged and passed, and nothing grew, shrank or was renamed. */
export function severalMarkdown({ line, models }: SeveralReport): string {
  const told = worstFirst(models.filter((judged) => isFault(judged) || isWorthTelling(judged)));
  if (told.length === 0) return '';
  const shown = told.slice(0, MAX_ROWS);
  const rest = [
    told.length > shown.length ? `${told.length - shown.length} more are not shown.` : [],
    told.length < models.length
      ? `${counted(models.length - told.length, 'model')} within budget and without a change.`
      : [],
  ].flat();
  const lines = [
    `### ${code(line)}`,
    '',
    ...tableOf(
      [OUTCOME, MODEL, ...FIGURES].map(({ head }) => head),
      shown.map((judged) => {
        const [outcome = '', model = '', ...figures] = rowOf(judged);
        return [outcome, code(model), ...figures];
      }),
    ),
    ...(rest.length === 0 ? [] : [rest.join(' '), '']),
    ...shown.flatMap(sectionOf),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const NONE = '–';

function rowOf(judged: Judged): string[] {
  const [worst] = isFault(judged) ? [] : judged.findings;
  const [, , ...figures] =
    worst === undefined || isFault(judged) ? COLUMNS.map(() => NONE) : cells(worst, judged.conclusion);
  return [concluded(judged), judged.subject, ...figures];
}

/** What failed or warned is shown whole; of what passed, a sentence for what was not judged. */
function sectionOf(judged: Judged): string[] {
  if (isFault(judged)) return [`#### ${code(namedLine(judged))}`, ''];
  if (!isGreen(judged)) return [reportMarkdown(judged, '####')];
  return judged.findings.some(isUnjudged) ? [`${code(judged.subject)}: ${code(judged.line)}`, ''] : [];
}

function isGreen(judged: Judged): boolean {
  return concluded(judged) === 'PASS';
}

function isUnjudged({ outcome }: ReportedFinding): boolean {
  return outcome === 'SKIPPED';
}
