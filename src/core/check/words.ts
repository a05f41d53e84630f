/**
 * A finding in one sentence, in parts, so that text and pages say the same and each writes figures its own way. Names in it come from
 * files: who shows it escapes it. Pure.
 */
import type { Finding, FindingBase } from './check.js';
import { METRIC_FACTS } from '../metrics.js';

/** What a sentence is made of. */
export type SaidFinding = Pick<
  Finding,
  'metric' | 'limitKind' | 'reason' | 'value' | 'exact' | 'limit' | 'percent' | 'introduced' | 'inherited'
> & { base: Pick<FindingBase, 'number'> };

/** Words, or a figure of the metric: a lower bound where it is not exact, with its unit where the sentence has not named that yet. */
export type Said = string | { figure: number | null; exact: boolean; hasUnit: boolean } | { percent: number };

/** All that is said of the metric, from the verb on: `is` or `are`, as its name wants. */
export function predicateOf(finding: SaidFinding, verb: 'is' | 'are'): Said[] {
  const { reason, value, exact, limit, introduced, inherited } = finding;
  const figure = (one: number | null): Said => ({ figure: one, exact: true, hasUnit: true });
  const bare = (one: number | null): Said => ({ figure: one, exact: true, hasUnit: false });
  const measured: Said = { figure: value, exact, hasUnit: true };
  const is = [`${verb} `, measured];
  switch (reason) {
    case 'WITHIN':
      return [...is, ', within ', figure(limit)];
    case 'BELOW_FLOOR':
      return [...is, ', over ', figure(limit), ', but the growth is small enough to be ignored'];
    case 'BROKEN': {
      const over = bare((value ?? 0) - (limit ?? 0));
      const shares = inherited ? [', ', bare(introduced), ' of it new and ', bare(inherited), ' from before'] : [];
      return [...is, ', ', over, ' over the limit of ', bare(limit), ...growthOn(finding), ...shares];
    }
    case 'INHERITED':
      return [...is, ', over ', figure(limit), ', as it already was before this version'];
    case 'UNVERIFIABLE':
      return [
        'cannot be verified',
        ...(value === null ? [] : [': ', measured, ' is counted']),
        ...(limit === null ? [] : [', ', figure(limit), ' is allowed']),
      ];
    case 'NO_BASE':
      return [...is, '; there is no version to compare with'];
    case 'BASE_ZERO':
      return [...is, '; the base is 0, so the growth has no percentage'];
    case 'BASE_NOT_COMPARABLE':
      return [...is, `; ${sayBase(finding.base)} was read by another inspection version`];
    case 'EXPIRED':
      return [...is, '; the budget has expired'];
  }
}

/** As it stands in a row, a line of the command line, a message: with the part of the file that grew most. */
export function sayFinding(finding: Finding): string {
  const { metric, dtype, reason } = finding;
  const what = dtype === null ? metric : `${metric} in ${dtype}`;
  const said = predicateOf(finding, 'is').map((part) => textOf(part, finding));
  return `${what} ${said.join('')}${reason === 'BROKEN' ? origin(finding) : ''}`;
}

function textOf(part: Said, { metric }: Finding): string {
  if (typeof part === 'string') return part;
  if ('percent' in part) return `${part.percent >= 0 ? '+' : ''}${part.percent.toFixed(1)} %`;
  const { figure, exact, hasUnit } = part;
  if (figure === null) return 'unknown';
  return `${exact ? '' : 'at least '}${digits(figure)}${hasUnit ? ` ${METRIC_FACTS[metric].unit}` : ''}`;
}

/** Why limits were not judged, each reason once; empty where none is among them. */
export function sayUnjudged(findings: readonly Pick<Finding, 'outcome' | 'reason'>[]): string {
  const unjudged = findings.filter(({ outcome }) => outcome === 'SKIPPED');
  if (unjudged.length === 0) return '';
  const why = new Set(unjudged.map(({ reason }) => UNJUDGED[reason] ?? reason));
  return `; ${unjudged.length} not judged (${[...why].join(', ')})`;
}

const UNJUDGED: Partial<Record<Finding['reason'], string>> = {
  UNVERIFIABLE: 'not verifiable',
  NO_BASE: 'no version to compare with',
  BASE_ZERO: 'base of 0',
  BASE_NOT_COMPARABLE: 'base read by another inspection version',
  EXPIRED: 'budget expired',
};

function growthOn({ limitKind, percent, base }: SaidFinding): Said[] {
  return limitKind === 'MAX' || percent === null ? [] : [': ', { percent }, ` on ${sayBase(base)}`];
}

/** The part that grew most, or with nothing to compare with the largest. */
function origin({ contributors, delta: whole }: Finding): string {
  const most = contributors.find(({ delta, path }) => delta > 0 && path !== null);
  if (most === undefined) return '';
  if (whole === null) return `; largest: ${most.path}, ${digits(most.delta)}`;
  return `; most at ${most.path}${most.cause === null ? '' : ` (${most.cause})`}: +${digits(most.delta)}`;
}

function sayBase({ number }: Pick<FindingBase, 'number'>): string {
  return number === null ? 'the base' : `version ${number}`;
}

function digits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
