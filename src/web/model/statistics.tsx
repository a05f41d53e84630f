/** Figures over the versions that are not withdrawn, and over their recurrent nodes. */
import type { ReactNode } from 'react';
import { fieldOf } from '../../core/metrics.js';
import { labelOf, MetricValue, unitOf } from '../parts/figures/metric.js';
import { Change, Count, type Known } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import type { ShownModel } from './shown-model.js';

/** Those that say most of a model; its trend shows each of the others. */
const SHOWN = ['MODEL_PARAMS', 'RECURRENT_DISTINCT', 'STORED_ELEMENTS', 'TOTAL_BYTE_SIZE'] as const;

export function ModelStatistics({ model: { statistics } }: { model: ShownModel }) {
  return (
    <Section title="Statistics" note="Over the versions that are not withdrawn.">
      <div className="scroll">
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Figure</th>
              {['First', 'Latest', 'Since first', 'Min', 'Max', 'Mean'].map((label) => (
                <th key={label} scope="col" className="right">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {SHOWN.map((metric) => [metric, statistics[fieldOf(metric)]] as const).map(([metric, figures]) => (
              <tr key={metric}>
                <th scope="row">{labelOf(metric)}</th>
                <Cell label="First">
                  <MetricValue metric={metric} value={figures.first} />
                </Cell>
                <Cell label="Latest">
                  <MetricValue metric={metric} value={figures.last} />
                </Cell>
                <Cell label="Since first" isWhole>
                  <Change
                    value={figures.changeSinceFirst}
                    base={figures.first}
                    {...(unitOf(metric) === 'bytes' && { unit: 'B' })}
                  />
                </Cell>
                <Cell label="Min">
                  <MetricValue metric={metric} value={figures.min} />
                </Cell>
                <Cell label="Max">
                  <MetricValue metric={metric} value={figures.max} />
                </Cell>
                <Cell label="Mean">
                  <MetricValue metric={metric} value={rounded(figures.mean)} />
                </Cell>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Groups statistics={statistics} />
    </Section>
  );
}

/** On a narrow screen a whole one has a line of its own. */
function Cell({ label, isWhole = false, children }: { label: string; isWhole?: boolean; children: ReactNode }) {
  return (
    <td className={isWhole ? 'right whole' : 'right'} data-label={label}>
      {children}
    </td>
  );
}

function Groups({ statistics }: { statistics: ShownModel['statistics'] }) {
  const groups = [
    ['By operator', statistics.nodesByOpType],
    ['By bias convention', statistics.nodesByBiasConvention],
    ['By verdict', statistics.nodesByVerdict],
  ] as const;
  if (statistics.nodesByOpType.length === 0) return null;
  return (
    <div className="groups spaced">
      {groups.map(([label, rows]) => (
        <div key={label}>
          <h3>{label}</h3>
          <dl className="facts">
            {rows.map(({ key, nodes }) => (
              <div key={key} className="contents">
                <dt>{key}</dt>
                <dd>
                  <Count value={nodes} unit={nodes === 1 ? 'node' : 'nodes'} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}

/** A mean of whole numbers, to the nearest: a fraction of a parameter says nothing. */
const rounded = (value: Known): Known => (value === null || value === undefined ? value : Math.round(value));
