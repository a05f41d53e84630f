/** What a check of a file says, as data: the findings, and the line that is read first. How it looks is the command line's to say. */
import type { CheckConclusion } from './approval.js';
import type { CheckOutcome, Finding } from './check.js';
import { sayRemedies } from './words.js';
import type { Comparison } from '../comparison.js';

export interface ReportedFinding extends Omit<Finding, 'budgetId' | 'budgetRevision' | 'reason'> {
  why: Finding['reason'];
  /** The id is the registry's, or the name in a file of budgets; names of a registry's budgets may be alike. */
  budget: { id: string; name: string; level: string; reason: string | null; owner: string | null };
}

/** What `--output json` prints, with `--changes` all of it. */
export interface CheckReport {
  /** The file. */
  subject: string;
  /** Null where the file was read in part. */
  digest: string | null;
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
  /** What of the file's external data is not there, or is not what its tensors claim: then nothing passes. */
  incomplete: readonly string[];
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
      : 'set one in the registry (weighbridge budget set), or give a file of budgets with --budgets (weighbridge check --help)';
  return `${line}; ${remedies}`;
}

interface OwnBase {
  digest: string | null;
  findings: readonly Pick<Finding, 'base' | 'delta'>[];
}

/** Where the base that was given is the file itself, with the same data: a branch that is compared with what it is. */
export function ownBaseNote({ digest, findings }: OwnBase): string | null {
  const isGiven = findings.some(({ base }) => base.kind === 'GIVEN' && digest !== null && base.digest === digest);
  const isSame = isGiven && findings.every(({ delta }) => delta === null || delta === 0);
  return isSame ? 'the base is the file itself, so nothing can have grown' : null;
}

/** The line of an evaluation begins with the outcome; this one with the conclusion. */
export function concludedLine({ outcome, conclusion, line }: Verdict): string {
  return conclusion === outcome ? line : line.replace(outcome, conclusion);
}

/** What was judged is not what would be published: a failure is one all the same, and nothing else is told. `alone` is how to judge no more. */
export function ofIncomplete(
  report: CheckReport,
  problems: readonly string[],
  alone = '--without-external-data',
): CheckReport {
  const [first] = problems;
  if (first === undefined) return report;
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
  const line = `NOT WHOLE: external data ${first}${more}; give all of it, or ${alone} to judge the model file alone; ${report.line}`;
  return { ...report, incomplete: problems, ...(report.conclusion !== 'FAIL' && { line }) };
}

/** A check that judged nothing is no pass: whether the file keeps to its budgets is not known. Nor is what this program does not know. */
export function exitCodeOf({ conclusion, incomplete }: Pick<CheckReport, 'conclusion' | 'incomplete'>): 0 | 1 | 2 {
  if (conclusion === 'FAIL') return 1;
  return PASSING.includes(conclusion) && incomplete.length === 0 ? 0 : 2;
}

const PASSING: readonly CheckConclusion[] = ['PASS', 'WARN', 'APPROVED'];
