/** What each limit said: how far over, what of it is new and what was there before, held against what, and who contributed. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { CAUSE_WORDS } from '../../core/drift/summary.js';
import { LimitBar } from './limit-bar.js';
import { MetricChange, MetricValue, METRIC_LABELS } from '../parts/metric.js';
import { share } from '../parts/number.js';
import { compareAddress, versionAddress } from '../routes.js';
import type { ShownCheck } from '../pages/check.js';
import { ConclusionBadge } from './conclusion.js';

export type ShownFinding = ShownCheck['findings'][number];

export function Findings({ check }: { check: ShownCheck }) {
  return (
    <ul className="findings">
      {check.findings.map((finding, index) => (
        <li key={index} className="card">
          <FindingHead finding={finding} />
          <Facts check={check} finding={finding} />
          <LimitBar finding={finding} />
          <Contributors finding={finding} />
          <Versions model={check.modelName} finding={finding} />
        </li>
      ))}
    </ul>
  );
}

function FindingHead({ finding }: { finding: ShownFinding }) {
  const { metric, dtype, limitKind, budget } = finding;
  const selector = [budget.opType, budget.path].filter((one) => one !== null).join(' at ');
  return (
    <div className="card-head">
      <div>
        <h2>
          {METRIC_LABELS[metric]}
          {dtype === null ? '' : `, ${dtype}`}
          {selector === '' ? null : (
            <>
              {' '}
              of <bdi className="mono">{selector}</bdi>
            </>
          )}
          : {limitKind === 'MAX' ? 'size' : 'growth'}
        </h2>
        <p className="note">
          <bdi>{finding.message}.</bdi>
        </p>
      </div>
      <ConclusionBadge conclusion={finding.outcome} />
    </div>
  );
}

function Facts({ check, finding }: { check: ShownCheck; finding: ShownFinding }) {
  const { metric, base, budget } = finding;
  // A limit on size that is kept has nothing to do with a base.
  const hasBase = finding.limitKind !== 'MAX' || finding.introduced !== null;
  const growth = (
    <>
      <MetricChange metric={metric} value={finding.delta} />
      {finding.percent === null ? null : <span className="unit"> ({finding.percent.toFixed(1)}%)</span>}
    </>
  );
  const facts: [string, ReactNode][] = [
    ['Value', <MetricValue key="value" metric={metric} value={finding.value} exact={finding.exact} />],
    ['Limit', <MetricValue key="limit" metric={metric} value={finding.limit} />],
    ...(hasBase && base.number !== null ? [['Growth', growth] as [string, ReactNode]] : []),
    ...(hasBase ? [['Held against', <Base key="base" check={check} finding={finding} />] as [string, ReactNode]] : []),
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

function Contributors({ finding: { contributors, metric } }: { finding: ShownFinding }) {
  if (contributors.length === 0) return null;
  return (
    <div className="scroll spaced">
      <table className="list">
        <thead>
          <tr>
            <th scope="col">Contributor</th>
            <th scope="col">Cause</th>
            <th scope="col" className="right">
              Growth
            </th>
            <th scope="col" className="right">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {contributors.map(({ path, opType, cause, delta, share: part }, index) => (
            <tr key={index}>
              <th scope="row">
                {path === null ? 'The rest of the model' : (opType ?? 'Tensor')}
                {path === null ? null : <bdi className="mono fine path">{path}</bdi>}
              </th>
              <td data-label="Cause">{cause === null ? '–' : CAUSE_WORDS[cause]}</td>
              <td className="right" data-label="Growth">
                <MetricChange metric={metric} value={delta} />
              </td>
              <td className="right number" data-label="Share">
                {sharePercent(part)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of a pinned base: which versions since made it grow. */
function Versions({ model, finding: { versions, metric } }: { model: string; finding: ShownFinding }) {
  if (versions.length === 0) return null;
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
              Share
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
              <td className="right number">{sharePercent(part)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Of a sum whose parts may have both signs. */
function sharePercent(part: number | null): string {
  if (part === null) return '–';
  return part < 0 ? `−${share(-part, 1)}` : share(part, 1);
}
