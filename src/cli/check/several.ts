/** Checks of several files as one: what all come to, in one line. A file that could not be checked counts as undecided, never as a pass. */
import type { CheckConclusion } from '../../core/check/approval.js';
import { exitCodeOf, type CheckReport } from '../../core/check/check-report.js';
import { counted } from '../terminal/output.js';

export const FAIL_ON = ['fail', 'warn', 'never'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** A file that could not be checked. */
export interface Fault {
  subject: string;
  error: { code: string; message: string };
}

export type Judged = CheckReport | Fault;

/** What `--output json` prints of several. */
export interface SeveralReport {
  conclusion: Conclusion;
  /** All of it in one line: of the worst model the name and what its own line says. */
  line: string;
  models: readonly Judged[];
}

/** UNDECIDED: not known of at least one, and none fails. */
type Conclusion = Exclude<CheckConclusion, 'SKIPPED'> | 'UNDECIDED';

/** The worst first. */
const CONCLUSIONS: readonly Conclusion[] = ['FAIL', 'UNDECIDED', 'WARN', 'APPROVED', 'PASS'];

export function isFault(judged: Judged): judged is Fault {
  return 'error' in judged;
}

export function concluded(judged: Judged): Conclusion {
  if (isFault(judged)) return 'UNDECIDED';
  const code = exitCodeOf(judged);
  return code === 2 || judged.conclusion === 'SKIPPED' ? 'UNDECIDED' : judged.conclusion;
}

function lineOf(judged: Judged): string {
  return isFault(judged) ? `${judged.error.message} (${judged.error.code})` : judged.line;
}

/** The line with the name of the file, unless it begins with it. */
export function namedLine(judged: Judged, line = lineOf(judged)): string {
  return line.startsWith(judged.subject) ? line : `${judged.subject}: ${line}`;
}

export function worstFirst(models: readonly Judged[]): Judged[] {
  const rank = (judged: Judged) => CONCLUSIONS.indexOf(concluded(judged));
  return [...models].sort((one, other) => rank(one) - rank(other));
}

export function summarizeSeveral(models: readonly Judged[]): SeveralReport {
  const worst = CONCLUSIONS.find((conclusion) => models.some((judged) => concluded(judged) === conclusion)) ?? 'PASS';
  return { conclusion: worst, line: `${worst}: ${tell(worst, models)}`, models };
}

function tell(worst: Conclusion, models: readonly Judged[]): string {
  const are = (conclusion: Conclusion) => models.filter((judged) => concluded(judged) === conclusion);
  const unjudged = models
    .flatMap((judged) => (isFault(judged) ? [] : judged.findings))
    .filter(({ outcome }) => outcome === 'SKIPPED').length;
  const besides = unjudged === 0 ? '' : `; ${counted(unjudged, 'limit')} not judged`;
  if (worst === 'PASS') return `${counted(models.length, 'model')} within budget${besides}`;
  const [first] = are(worst);
  const undecided = worst === 'FAIL' ? are('UNDECIDED').length : 0;
  const more = undecided === 0 ? '' : `, ${undecided} undecided`;
  const named = first === undefined ? '' : namedLine(first, lineOf(first).replace(/^[A-Z]+: /, ''));
  return `${are(worst).length} of ${counted(models.length, 'model')}${more}; ${named}`;
}

/** What was asked not to fail does not; what is not known never passes. */
export function exitCodeFor(models: readonly Judged[], failOn: FailOn): 0 | 1 | 2 {
  const all = models.map(concluded);
  const isUndecided = models.some((judged) => isFault(judged) || judged.incomplete.length > 0);
  if (failOn !== 'never' && all.includes('FAIL')) return 1;
  if (isUndecided || all.includes('UNDECIDED')) return 2;
  return failOn === 'warn' && all.includes('WARN') ? 1 : 0;
}
