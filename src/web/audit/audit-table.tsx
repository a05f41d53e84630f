/** The ranking: each model with base, latest, growth and flags. The growth leads to what it is made of, the check to its findings. */
import { Link } from 'wouter';
import type { Metric } from '../../core/metrics.js';
import { ConclusionBadge } from '../check/conclusion.js';
import type { AuditRowsQuery } from '../generated/operations.js';
import { MetricChange, MetricValue, labelOf } from '../parts/figures/metric.js';
import { signedPercent, Unknown } from '../parts/figures/number.js';
import { checkAddress, compareAddress, failuresAddress, modelAddress, versionAddress } from '../../core/addresses.js';
import { FlagBadge } from './flags.js';

type Row = AuditRowsQuery['audit']['nodes'][number];

interface AuditTableProps {
  rows: readonly Row[];
  metric: Metric;
  isStale: boolean;
}

export function AuditTable({ rows, metric, isStale }: AuditTableProps) {
  return (
    <div className="scroll" aria-busy={isStale}>
      <table className="list lines">
        <caption className="unseen">Models by size drift in {labelOf(metric).toLowerCase()}</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className="right">
              Base
            </th>
            <th scope="col" className="right">
              Latest
            </th>
            <th scope="col" className="right">
              Growth
            </th>
            <th scope="col" className="right">
              %
            </th>
            <th scope="col">Check</th>
            <th scope="col">Flags</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <AuditTableRow key={row.modelName} row={row} metric={metric} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AuditTableRow({ row, metric }: { row: Row; metric: Metric }) {
  const { modelName, base, latest, delta, ratio, latestCheck } = row;
  return (
    <tr>
      <th scope="row">
        <Link href={modelAddress(modelName)}>
          <bdi>{modelName}</bdi>
        </Link>
      </th>
      <td className="right" data-label="Base">
        {base === null ? <Unknown /> : <AuditedCell model={modelName} version={base} metric={metric} />}
        {row.baseFallback ? (
          <div className="fine" title="The requested baseline does not exist.">
            instead of what was asked for
          </div>
        ) : null}
      </td>
      <td className="right" data-label="Latest">
        <AuditedCell model={modelName} version={latest} metric={metric} />
      </td>
      <td className="right" data-label="Growth">
        {base === null || base.number === latest.number ? (
          <MetricChange metric={metric} value={delta} />
        ) : (
          <Link
            href={compareAddress(`${modelName}@${base.number}`, `${modelName}@${latest.number}`)}
            title={`Compare v${base.number} with v${latest.number}`}
          >
            {delta === null ? 'Compare' : <MetricChange metric={metric} value={delta} />}
          </Link>
        )}
      </td>
      <td className="right number" data-label="%">
        {ratio === null ? <Unknown /> : ratio === 0 ? '±0%' : signedPercent(ratio)}
      </td>
      <td data-label="Check">
        {latestCheck === null ? (
          <span className="unknown">none</span>
        ) : (
          <Link href={checkAddress(latestCheck.id)}>
            <ConclusionBadge conclusion={latestCheck.conclusion} />
          </Link>
        )}
      </td>
      <td data-label="Flags">
        <span className="tags">
          {row.flags.map((flag) =>
            flag === 'BUDGET_BROKEN' ? (
              <Link key={flag} href={failuresAddress(modelName)}>
                <FlagBadge flag={flag} />
              </Link>
            ) : (
              <FlagBadge key={flag} flag={flag} />
            ),
          )}
        </span>
      </td>
    </tr>
  );
}

function AuditedCell({ model, version, metric }: { model: string; version: Row['latest']; metric: Metric }) {
  return (
    <span>
      <MetricValue metric={metric} value={version.value} exact={version.exact} />{' '}
      <Link href={versionAddress(model, version.number)} className="fine audited">
        v{version.number}
      </Link>
    </span>
  );
}
