/** A check as SARIF 2.1.0, which code hosts show beside the change. One rule a budget, one result a finding that is broken, warned of,
 * or could not be told. */
import { exitCodeOf, ownBaseNote, type CheckReport, type ReportedFinding } from '../../core/check/check-report.js';
import { METRIC_FACTS } from '../../core/metrics.js';
import { safeText } from '../terminal/safe-text.js';
import { concluded, exitCodeFor, isFault, namedLine, type Judged } from './several.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS = { FAIL: 'error', WARN: 'warning', PASS: 'none', SKIPPED: 'note' } as const;

/** One run, however many files: hosts refuse several runs of one tool. */
export function toSarif(models: readonly Judged[], exitCode: 0 | 1 | 2 = exitCodeFor(models, 'fail')): object {
  const reports = models.flatMap((judged) => (isFault(judged) ? [] : [judged]));
  const budgets = new Map(reports.flatMap(({ findings }) => findings).map((finding) => [finding.budget.id, finding]));
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'weighbridge', rules: [...budgets.values()].map(toRule) } },
        columnKind: 'utf16CodeUnits',
        artifacts: reports.map(toArtifact),
        invocations: [
          {
            exitCode,
            executionSuccessful: exitCode !== 2,
            toolExecutionNotifications: models.flatMap((judged) => toNotifications(judged, exitCode)),
          },
        ],
        results: reports.flatMap((report) =>
          report.findings
            .filter((finding) => isWorthShowing(report, finding, exitCode))
            .map((finding) => toResult(report, finding)),
        ),
      },
    ],
  };
}

function toArtifact({ subject, digest }: CheckReport): object {
  const hashes = digest === null ? {} : { hashes: { 'sha-256': digest.replace('sha256:', '') } };
  return { location: locationOf(subject), ...hashes };
}

/**
 * Not that there is no base yet, beside limits that were judged, of this file or of others: that would be an alert on every run which nobody
 * can mend.
 */
function isWorthShowing({ conclusion }: CheckReport, { outcome, why }: ReportedFinding, exitCode: number): boolean {
  if (outcome !== 'SKIPPED') return outcome !== 'PASS';
  return (conclusion === 'SKIPPED' && exitCode === 2) || why === 'UNVERIFIABLE' || why === 'BASE_NOT_COMPARABLE';
}

/** What was not judged: all of it where nothing was, since there may be no budget to have a result. */
function toNotifications(judged: Judged, exitCode: number): object[] {
  const told = concluded(judged);
  const isUndecided = told === 'UNDECIDED' || (told === 'SKIPPED' && exitCode === 2);
  return notesOn(judged).map((text) => ({
    level: isUndecided ? 'error' : 'note',
    message: { text: messageText(text) },
  }));
}

function notesOn(judged: Judged): string[] {
  if (isFault(judged)) return [namedLine(judged)];
  if (exitCodeOf(judged) === 2) return [judged.line];
  const unjudged = judged.findings.filter(({ outcome }) => outcome === 'SKIPPED').map(({ message }) => message);
  return [...unjudged, ownBaseNote(judged) ?? []].flat();
}

/** By its id: two budgets of a registry may have one name, and are two rules all the same. */
function toRule({ budget: { id, name, reason }, metric }: ReportedFinding): object {
  return {
    id,
    name,
    shortDescription: { text: `Budget on ${metric}` },
    fullDescription: { text: messageText(reason ?? METRIC_FACTS[metric].description) },
  };
}

/** The node that contributed most, where one is known, is its place in the file. */
function toResult({ subject, conclusion }: CheckReport, finding: ReportedFinding): object {
  const most = finding.contributors.find(({ path }) => path !== null);
  return {
    ruleId: finding.budget.id,
    level: conclusion === 'APPROVED' && finding.outcome === 'FAIL' ? 'warning' : LEVELS[finding.outcome],
    message: { text: messageText(finding.message) },
    locations: [
      {
        physicalLocation: { artifactLocation: locationOf(subject) },
        ...(most && { logicalLocations: [{ fullyQualifiedName: most.path, kind: 'module' }] }),
      },
    ],
    properties: {
      value: finding.value,
      limit: finding.limit,
      delta: finding.delta,
      contributors: finding.contributors,
    },
  };
}

/**
 * A message string, which has a syntax (SARIF 2.1.0, 3.11.5 and 3.11.6): braces are doubled or they are placeholders, brackets escaped or they
 * are links. There is no escape for mentions and formulas, which hosts that show it as Markdown find: they are written as unsafe text is.
 */
function messageText(text: string): string {
  return safeText(text)
    .replace(/(?<!\w)@(?=\w)|\$/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
    .replace(/[\\[\]]/g, '\\$&')
    .replace(/[{}]/g, '$&$&');
}

/** A relative reference, as hosts match it with the files of a change. */
function locationOf(file: string): { uri: string } {
  return { uri: file.split(/[/\\]/).map(encodeURIComponent).join('/') };
}
