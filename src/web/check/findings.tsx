/** What each limit said: how far over, what is new and what was there before, compared with what, and who contributed. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { CAUSE_WORDS } from '../../core/drift/summary.js';
import { LimitBar } from './limit-bar.js';
import { useFirstFew } from '../parts/frame/first-few.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { MetricChange, MetricValue, nameOfMetric } from '../parts/figures/metric.js';
import { share, signedTenths } from '../parts/figures/number.js';
import { compareAddress, versionAddress } from '../../core/addresses.js';
import type { ShownCheck, ShownFinding } from './shown-check.js';
import { ConclusionBadge } from './conclusion.js';
import { FindingSentence } from './finding-sentence.js';

export function Findings({ check }: { check: ShownCheck }) {
  return (
    <ul className="findings">
      {check.findings.map((finding, index) => (
        <li key={index} className="card">
          <FindingHead finding={finding} isSaid={index === 0 && finding.outcome !== 'PASS'} />
          <Facts check={check} finding={finding} />
          <LimitBar finding={finding} />
          <Contributors finding={finding} />
          <Versions model={check.modelName} finding={finding} />
        </li>
      ))}
    </ul>
  );
}

/** The sentence of the page is that of the worst finding, so that is not said again. */
function FindingHead({ finding, isSaid }: { finding: ShownFinding; isSaid: boolean }) {
  const { metric, dtype, limitKind, budget } = finding;
  const selector = [budget.opType, budget.path].filter((one) => one !== null).join(' at ');
  return (
    <div className="card-head">
      <div>
        <h2>
          {nameOfMetric(metric, dtype)}
          {selector === '' ? null : (
            <>
              {' '}
              of <bdi className="mono">{selector}</bdi>
            </>
          )}
          : {limitKind === 'MAX' ? 'size' : 'growth'}
        </h2>
        {isSaid ? null : (
          <p className="note">
            <FindingSentence finding={finding} />
          </p>
        )}
        <Origin finding={finding} />
      </div>
      <ConclusionBadge conclusion={finding.outcome} />
    </div>
  );
}

/** Where it grew most, or with nothing to compare with what is largest. */
function Origin({ finding: { metric, contributors, outcome, delta: whole } }: { finding: ShownFinding }) {
  const most = contributors.find(({ delta, path }) => delta > 0 && path !== null);
  if (most === undefined || most.path === null || outcome === 'PASS') return null;
  if (whole === null) {
    return (
      <p className="note">
        Largest: <GraphPath path={most.path} />, <MetricValue metric={metric} value={most.delta} />.
      </p>
    );
  }
  return (
    <p className="note">
      Most at <GraphPath path={most.path} />
      {most.cause === null ? null : `, ${CAUSE_WORDS[most.cause]}`}: <MetricChange metric={metric} value={most.delta} />
      .
    </p>
  );
}

function Facts({ check, finding }: { check: ShownCheck; finding: ShownFinding }) {
  const { metric, base, budget } = finding;
  // A limit on size that is kept has nothing to do with a base.
  const hasBase = finding.limitKind !== 'MAX' || finding.introduced !== null;
  const growth = (
    <>
      <MetricChange metric={metric} value={finding.delta} />
      {finding.percent === null ? null : <span className="unit"> ({signedTenths(finding.percent)})</span>}
    </>
  );
  const facts: [string, ReactNode][] = [
    ['Value', <MetricValue key="value" metric={metric} value={finding.value} exact={finding.exact} />],
    ['Limit', <MetricValue key="limit" metric={metric} value={finding.limit} />],
    ...(hasBase && base.number !== null ? [['Growth', growth] as [string, ReactNode]] : []),
    ...(hasBase ? [['Compared with', <Base key="base" check={check} finding={finding} />] as [string, ReactNode]] : []),
    ['Budget', budgetOf(check, budget)],
  ];
  return (
    <dl className="facts">
      {facts.map(([label, fact]) => (
        <div key={label} className="contents">
          <dt>{label}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

function Base({ check, finding: { base } }: { check: ShownCheck; finding: ShownFinding }) {
  const { modelName: model, versionNumber } = check;
  if (base.number === null) return <bdi>{base.why}</bdi>;
  return (
    <>
      <Link href={versionAddress(model, base.number)}>v{base.number}</Link>
      {', '}
      <bdi>{base.why}</bdi>{' '}
      {base.number === versionNumber ? null : (
        <Link href={compareAddress(`${model}@${base.number}`, `${model}@${versionNumber}`)}>Compare</Link>
      )}
    </>
  );
}

function budgetOf({ modelName }: ShownCheck, { scope, tag, revision, owner, reason }: ShownFinding['budget']) {
  const where = { MODEL: `of ${modelName}`, TAG: `of the tag ${tag ?? ''}`, REGISTRY: 'of the registry' }[scope];
  return (
    <bdi>
      {[`${where}, revision ${revision}`, owner === null ? null : `ask ${owner}`, reason]
        .filter((text) => text !== null)
        .join('; ')}
    </bdi>
  );
}

function Contributors({ finding: { contributors, metric, delta } }: { finding: ShownFinding }) {
  const { shown, more } = useFirstFew(contributors);
  if (contributors.length === 0) return null;
  const whole = wholeOf(delta);
  const size = delta === null ? 'Size' : 'Growth';
  const isMixed = contributors.some(({ share: part }) => part !== null && part < 0);
  return (
    <>
      {isMixed ? (
        <p className="note spaced">
          Parts that shrank are set off against those that grew, whose shares therefore add up to more than 100%.
        </p>
      ) : null}
      <div className="scroll spaced">
        <table className="list dense">
          <thead>
            <tr>
              <th scope="col">Contributor</th>
              {delta === null ? null : <th scope="col">Cause</th>}
              <th scope="col" className="right">
                {size}
              </th>
              <th scope="col" className="right">
                {whole}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ path, opType, cause, delta: grown, share: part }, index) => (
              <tr key={index}>
                <th scope="row">
                  {path === null ? 'The rest of the model' : (opType ?? 'Tensor')}{' '}
                  {path === null ? null : <GraphPath path={path} />}
                </th>
                {delta === null ? null : (
                  <td data-label="Cause" className="whole">
                    {cause === null ? '–' : CAUSE_WORDS[cause]}
                  </td>
                )}
                <td className="right" data-label={size}>
                  {delta === null ? (
                    <MetricValue metric={metric} value={grown} />
                  ) : (
                    <MetricChange metric={metric} value={grown} />
                  )}
                </td>
                <td className="right number" data-label="Share">
                  {shareOfGrowth(part)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </>
  );
}

/** Of a pinned base: which versions since made it grow. */
function Versions({ model, finding: { versions, metric, delta: total } }: { model: string; finding: ShownFinding }) {
  if (versions.length === 0) return null;
  const whole = wholeOf(total);
  return (
    <details className="spaced">
      <summary>By version since the base ({versions.length})</summary>
      <table className="list compact">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col" className="right">
              Growth
            </th>
            <th scope="col" className="right">
              {whole}
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ number, delta, share: part }, index) => (
            <tr key={index}>
              <th scope="row">
                {number === null ? 'this file' : <Link href={versionAddress(model, number)}>v{number}</Link>}
              </th>
              <td className="right">
                <MetricChange metric={metric} value={delta} />
              </td>
              <td className="right number">{shareOfGrowth(part)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** What a share is a share of. */
function wholeOf(delta: number | null): string {
  if (delta === null) return 'Of the value';
  return delta < 0 ? 'Of the decrease' : 'Of the growth';
}

/** What went the other way has no share of it. */
function shareOfGrowth(part: number | null): string {
  return part === null || part < 0 ? '–' : share(part, 1);
}
