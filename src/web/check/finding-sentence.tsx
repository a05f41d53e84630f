/** A finding in one short sentence, out of its figures: the message that it was stored with names metrics and paths in whole. */
import type { ReactNode } from 'react';
import type { CheckOutcome, Finding, FindingBase } from '../../core/check/check.js';
import { sayUnjudged } from '../../core/check/words.js';
import type { Metric } from '../../core/metrics.js';
import { MetricValue, nameOfMetric } from '../parts/figures/metric.js';
import { signedTenths } from '../parts/figures/number.js';

/** What a sentence is made of. */
export type SaidFinding = Pick<
  Finding,
  'metric' | 'dtype' | 'outcome' | 'limitKind' | 'reason' | 'value' | 'exact' | 'limit' | 'percent'
> &
  Pick<Finding, 'introduced' | 'inherited'> & { base: Pick<FindingBase, 'number'> };

/** The worst of the findings, which come first, and how many are like it. */
export function CheckSentence({ findings }: { findings: readonly SaidFinding[] }) {
  const worst = findings[0];
  if (worst === undefined) return 'No budget holds.';
  const alike = findings.filter(({ outcome }) => outcome === worst.outcome).length;
  if (worst.outcome === 'PASS')
    return `${alike === 1 ? '1 limit is' : `${alike} limits are`} kept${sayUnjudged(findings)}.`;
  return (
    <>
      <FindingSentence finding={worst} />
      {alike === 1 ? null : ` ${alike - 1} more ${ALIKE[worst.outcome]}.`}
    </>
  );
}

const ALIKE: Record<Exclude<CheckOutcome, 'PASS'>, string> = {
  FAIL: 'failed too',
  WARN: 'warned too',
  SKIPPED: 'skipped too',
};

export function FindingSentence({ finding }: { finding: SaidFinding }) {
  const { metric, dtype } = finding;
  const verb = SINGULAR.includes(metric) ? 'is' : 'are';
  return (
    <>
      {nameOfMetric(metric, dtype)} {predicate(finding, verb)}.
    </>
  );
}

const SINGULAR: readonly Metric[] = ['BYTE_SIZE', 'TOTAL_BYTE_SIZE', 'MEMORY'];

function predicate(finding: SaidFinding, verb: string): ReactNode {
  const { metric, reason, value, limit, exact, base } = finding;
  const figure = (figureValue: number | null) => <MetricValue metric={metric} value={figureValue} />;
  const is = (
    <>
      {verb} {value === null ? 'not known' : <MetricValue metric={metric} value={value} exact={exact} />}
    </>
  );
  switch (reason) {
    case 'WITHIN':
      return (
        <>
          {is}, within {figure(limit)}
        </>
      );
    case 'BELOW_FLOOR':
      return (
        <>
          {is}, over {figure(limit)} by less than is held against a version
        </>
      );
    case 'BROKEN':
      return (
        <>
          {is}, {figure((value ?? 0) - (limit ?? 0))} over the limit of {figure(limit)}
          {against(finding)}
          {shares(finding)}
        </>
      );
    case 'INHERITED':
      return (
        <>
          {is}, over {figure(limit)}, which was so before this version
        </>
      );
    case 'UNVERIFIABLE':
      return (
        <>
          cannot be verified: {value === null ? 'the figure is not known' : <>at least {figure(value)} is counted</>}
          {limit === null ? null : <>, {figure(limit)} is allowed</>}
        </>
      );
    case 'NO_BASE':
      return <>{is}; there is no version to hold it against</>;
    case 'BASE_ZERO':
      return <>{is}; the base is 0, of which nothing is a percentage</>;
    case 'BASE_NOT_COMPARABLE':
      return (
        <>
          {is}; {base.number === null ? 'the base' : `v${base.number}`} was read by another inspection version
        </>
      );
    case 'EXPIRED':
      return <>{is}; the budget has expired</>;
  }
}

function against({ limitKind, percent, base }: SaidFinding): ReactNode {
  if (limitKind === 'MAX' || percent === null) return null;
  return (
    <>
      ; <span className="number">{signedTenths(percent)}</span> on{' '}
      {base.number === null ? 'the base' : `v${base.number}`}
    </>
  );
}

/** Where some was there before, only the rest is held against the version. */
function shares({ metric, introduced, inherited }: SaidFinding): ReactNode {
  if (!inherited) return null;
  return (
    <>
      ; <MetricValue metric={metric} value={introduced} /> of it new, <MetricValue metric={metric} value={inherited} />{' '}
      from before
    </>
  );
}
