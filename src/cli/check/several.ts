/** Checks of several files as one: what all come to, in one line. A file that could not be checked counts as undecided, never as a pass;
 * one of which no limit was judged counts as nothing, and is named. */
import type { CheckConclusion } from '../../core/check/approval.js';
import { exitCodeOf, type CheckReport } from '../../core/check/check-report.js';
import { isMissing, sayRemedies, sayWhyUnjudged } from '../../core/check/words.js';
import { count, counted } from '../terminal/output.js';

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

/** UNDECIDED: not known of at least one, or no limit was judged of any; and none fails. */
type Conclusion = Exclude<CheckConclusion, 'SKIPPED'> | 'UNDECIDED';

/** Of one of them. SKIPPED: a new file of which growth alone is limited; of any other, a limit that is not judged is not known. */
type OneConclusion = Conclusion | 'SKIPPED';

/** The worst first. */
const CONCLUSIONS: readonly Conclusion[] = ['FAIL', 'UNDECIDED', 'WARN', 'APPROVED', 'PASS'];
/** In which order they are told: what was not judged before what passed. */
const TOLD: readonly OneConclusion[] = ['FAIL', 'UNDECIDED', 'WARN', 'APPROVED', 'SKIPPED', 'PASS'];

export function isFault(judged: Judged): judged is Fault {
  return 'error' in judged;
}

export function concluded(judged: Judged): OneConclusion {
  if (isFault(judged)) return 'UNDECIDED';
  const { conclusion, incomplete } = judged;
  if (conclusion === 'SKIPPED' && incomplete.length === 0 && isNew(judged)) return 'SKIPPED';
  return exitCodeOf(judged) === 2 || conclusion === 'SKIPPED' ? 'UNDECIDED' : conclusion;
}

/** Whether all of its limits want a base that was asked for and is not there. */
function isNew({ findings }: CheckReport): boolean {
  return findings.length > 0 && findings.every(({ why, base }) => isMissing({ reason: why, base }));
}

function lineOf(judged: Judged): string {
  return isFault(judged) ? `${judged.error.message} (${judged.error.code})` : judged.line;
}

/** The line with the name of the file, unless it begins with it. */
export function namedLine(judged: Judged, line = lineOf(judged)): string {
  return line.startsWith(judged.subject) ? line : `${judged.subject}: ${line}`;
}

export function worstFirst(models: readonly Judged[]): Judged[] {
  const rank = (judged: Judged) => TOLD.indexOf(concluded(judged));
  return [...models].sort((one, other) => rank(one) - rank(other));
}

export function summarizeSeveral(models: readonly Judged[]): SeveralReport {
  const worst = conclusionOf(models);
  return { conclusion: worst, line: `${worst}: ${tell(worst, models)}${sayUnjudged(models)}`, models };
}

/** Where no limit was judged of any, the whole is not known, as of one file. */
function conclusionOf(models: readonly Judged[]): Conclusion {
  const all = models.map(concluded);
  return CONCLUSIONS.find((conclusion) => all.includes(conclusion)) ?? 'UNDECIDED';
}

function tell(worst: Conclusion, models: readonly Judged[]): string {
  const are = (conclusion: OneConclusion) => models.filter((judged) => concluded(judged) === conclusion);
  const unjudged = are('SKIPPED').length;
  if (unjudged === models.length) return `no limit was judged of ${counted(models.length, 'model')}`;
  if (worst === 'PASS') {
    const of = unjudged === 0 ? '' : `${count(models.length - unjudged)} of `;
    return `${of}${counted(models.length, 'model')} within budget`;
  }
  const [first] = are(worst);
  const undecided = worst === 'FAIL' ? are('UNDECIDED').length : 0;
  const more = undecided === 0 ? '' : `, ${undecided} undecided`;
  const named = first === undefined ? '' : namedLine(first, lineOf(first).replace(/^[A-Z]+: /, ''));
  return `${are(worst).length} of ${counted(models.length, 'model')}${more}; ${named}`;
}

/** How many files are named. */
const MAX_NAMED = 3;

/** Of which files nothing was judged, of the others how much, and why; where nothing was judged at all, what to do. */
function sayUnjudged(models: readonly Judged[]): string {
  const reports = models.flatMap((judged) => (isFault(judged) ? [] : [judged]));
  const without = reports.filter((report) => concluded(report) === 'SKIPPED');
  const skipped = skippedOf(without);
  const why = skipped.length === 0 ? ' (all budgets are off)' : sayWhyUnjudged(skipped);
  if (without.length === models.length) return [why, sayRemedies(skipped)].filter((text) => text !== '').join('; ');
  const others = skippedOf(reports.filter((report) => !without.includes(report)));
  const names = without.slice(0, MAX_NAMED).map(({ subject }) => subject);
  const more = without.length > names.length ? ` and ${without.length - names.length} more` : '';
  return [
    without.length === 0 ? '' : `; nothing judged of ${names.join(', ')}${more}${why}`,
    others.length === 0 ? '' : `; ${counted(others.length, 'limit')} not judged${sayWhyUnjudged(others)}`,
  ].join('');
}

function skippedOf(reports: readonly CheckReport[]) {
  return reports
    .flatMap(({ findings }) => findings.map((finding) => ({ ...finding, reason: finding.why })))
    .filter(({ outcome }) => outcome === 'SKIPPED');
}

/** What was asked not to fail does not; what is not known never passes, and a check that judged nothing at all is not known. */
export function exitCodeFor(models: readonly Judged[], failOn: FailOn): 0 | 1 | 2 {
  const all = models.map(concluded);
  if (failOn !== 'never' && all.includes('FAIL')) return 1;
  const isUndecided = models.some((judged) => isFault(judged) || judged.incomplete.length > 0);
  if (isUndecided || conclusionOf(models) === 'UNDECIDED' || all.includes('UNDECIDED')) return 2;
  return failOn === 'warn' && all.includes('WARN') ? 1 : 0;
}
