/** A finding in one short sentence, out of its figures: the message that it was stored with names metrics and paths in whole. */
import { Fragment, type ReactNode } from 'react';
import type { CheckOutcome, Finding } from '../../core/check/check.js';
import {
  predicateOf,
  sayBeside,
  sayWhyUnjudged,
  type Said as Part,
  type SaidFinding as Said,
} from '../../core/check/words.js';
import type { Metric } from '../../core/metrics.js';
import { MetricValue, nameOfMetric } from '../parts/figures/metric.js';
import { signedTenths } from '../parts/figures/number.js';
import { GraphPath } from '../parts/text/graph-path.js';

/** What the pages ask for to say it. */
export type SaidFinding = Said & Pick<Finding, 'dtype'>;

/** The worst of the findings, which come first, and how many are like it. */
export function CheckSentence({ findings }: { findings: readonly SaidFinding[] }) {
  const worst = findings[0];
  if (worst === undefined) return 'No budget holds.';
  const alike = findings.filter(({ outcome }) => outcome === worst.outcome).length;
  if (worst.outcome === 'PASS')
    return <bdi>{`${alike === 1 ? '1 limit is' : `${alike} limits are`} kept${sayBeside(findings)}.`}</bdi>;
  if (worst.outcome === 'SKIPPED') return <bdi>{`No limit was judged${sayWhyUnjudged(findings)}.`}</bdi>;
  return (
    <>
      <FindingSentence finding={worst} />
      {alike === 1 ? null : ` ${alike - 1} more ${ALIKE[worst.outcome]}.`}
    </>
  );
}

const ALIKE: Record<Exclude<CheckOutcome, 'PASS' | 'SKIPPED'>, string> = {
  FAIL: 'failed too',
  WARN: 'warned too',
};

export function FindingSentence({ finding }: { finding: SaidFinding }) {
  const { metric, dtype } = finding;
  return (
    <>
      {nameOfMetric(metric, dtype)}{' '}
      {predicateOf(finding, SINGULAR.includes(metric) ? 'is' : 'are').map((part, index) => (
        <Fragment key={index}>{shownPart(part, metric)}</Fragment>
      ))}
      .
    </>
  );
}

const SINGULAR: readonly Metric[] = ['BYTE_SIZE', 'TOTAL_BYTE_SIZE', 'MEMORY'];

function shownPart(part: Part, metric: Metric): ReactNode {
  if (typeof part === 'string') return part;
  if ('path' in part) return <GraphPath path={part.path} />;
  if ('whole' in part) return <bdi className="mono">{part.whole}</bdi>;
  if ('percent' in part) return <span className="number">{signedTenths(part.percent)}</span>;
  const { figure, exact } = part;
  return figure === null ? 'not known' : <MetricValue metric={metric} value={figure} exact={exact} />;
}
