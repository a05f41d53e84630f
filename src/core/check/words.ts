/** A finding in one sentence. Names in it come from files: who shows it escapes it. Pure. */
import type { Finding, FindingBase } from './check.js';
import { METRIC_FACTS } from '../metrics.js';

export function sayFinding(finding: Finding): string {
  const { metric, dtype } = finding;
  const what = dtype === null ? metric : `${metric} in ${dtype}`;
  return `${what} ${predicate(finding)}`;
}

function predicate(finding: Finding): string {
  const { reason, limit, introduced, inherited } = finding;
  const value = valueOf(finding);
  switch (reason) {
    case 'WITHIN':
      return `is ${value}, within ${count(finding, limit)}`;
    case 'BELOW_FLOOR':
      return `is ${value}, over ${count(finding, limit)} by less than is held against a version`;
    case 'BROKEN': {
      const shares = inherited ? `, ${digits(introduced)} of it new and ${digits(inherited)} from before` : '';
      return `is ${value}, ${digits(excess(finding))} over the limit of ${digits(limit)}${against(finding)}${shares}${origin(finding)}`;
    }
    case 'INHERITED':
      return `is ${value}, over ${count(finding, limit)}, which was so before this version`;
    case 'UNVERIFIABLE':
      return `cannot be verified${finding.value === null ? '' : `: ${value} is counted`}${limit === null ? '' : `, ${count(finding, limit)} is allowed`}`;
    case 'NO_BASE':
      return `is ${value}; there is no version to compare with`;
    case 'BASE_ZERO':
      return `is ${value}; the base is 0, of which nothing is a percentage`;
    case 'BASE_NOT_COMPARABLE':
      return `is ${value}; ${sayBase(finding.base)} was read by another inspection version`;
    case 'EXPIRED':
      return `is ${value}; the budget has expired`;
  }
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

function excess({ value, limit }: Finding): number {
  return (value ?? 0) - (limit ?? 0);
}

function valueOf(finding: Finding): string {
  if (finding.value === null) return 'unknown';
  return finding.exact ? count(finding, finding.value) : `at least ${count(finding, finding.value)}`;
}

function against({ limitKind, percent, base }: Finding): string {
  if (limitKind === 'MAX' || percent === null) return '';
  return `: ${percent >= 0 ? '+' : ''}${percent.toFixed(1)} % on ${sayBase(base)}`;
}

/** The part that grew most, or with nothing to compare with the largest. */
function origin({ contributors, delta: whole }: Finding): string {
  const most = contributors.find(({ delta, path }) => delta > 0 && path !== null);
  if (most === undefined) return '';
  if (whole === null) return `; largest: ${most.path}, ${digits(most.delta)}`;
  return `; most at ${most.path}${most.cause === null ? '' : ` (${most.cause})`}: +${digits(most.delta)}`;
}

function sayBase({ number }: FindingBase): string {
  return number === null ? 'the base' : `version ${number}`;
}

function count({ metric }: Finding, value: number | null): string {
  return `${digits(value)} ${METRIC_FACTS[metric].unit}`;
}

function digits(value: number | null): string {
  return value === null ? 'unknown' : String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
