/** Both sides with their totals, one below the other. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { COMPARED_METRICS, type ComparedMetric, fieldOf } from '../../core/metrics.js';
import type { ComparisonQuery } from '../generated/operations.js';
import { labelOf, unitOf } from '../parts/figures/metric.js';
import { useWasNarrow } from '../parts/hooks/narrow.js';
import { Change, Count, bytesText } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { versionAddress } from '../../core/addresses.js';

type Compared = ComparisonQuery['compareVersions'];
type Side = Compared['base'];

/** What each side is called on the page. */
export interface SideNames {
  base: string;
  compare: string;
}

export function SideBySide({ comparison, names }: { comparison: Compared; names: SideNames }) {
  const { base, compare, totals } = comparison;
  const facts: [string, (side: Side) => ReactNode][] = [
    ['Recurrent nodes', (side) => <Count value={side.recurrentNodes} />],
    ['Nodes', (side) => <Count value={side.nodeCount} />],
    ['Written by', producerOf],
    ['Digest', (side) => <code title={side.digest}>{shortDigest(side.digest)}</code>],
  ];
  return (
    <Section title="Side by side" isFolded={useWasNarrow()}>
      <div className="scroll">
        <table className="list">
          <caption className="unseen">Totals of both sides</caption>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col" className="right" data-label="Base">
                <SideLink side={base} name={names.base} />
              </th>
              <th scope="col" className="right" data-label="Compare">
                <SideLink side={compare} name={names.compare} />
              </th>
              <th scope="col" className="right">
                Change
              </th>
            </tr>
          </thead>
          <tbody>
            {COMPARED_METRICS.map((metric) => (
              <tr key={metric}>
                <th scope="row">{labelOf(metric)}</th>
                <td className="right" data-label="Base">
                  <Figure metric={metric} value={totals[fieldOf(metric)].base} />
                </td>
                <td className="right" data-label="Compare">
                  <Figure metric={metric} value={totals[fieldOf(metric)].compare} />
                </td>
                <td className="right" data-label="Change">
                  <Change
                    value={totals[fieldOf(metric)].delta}
                    base={totals[fieldOf(metric)].base}
                    {...(unitOf(metric) === 'bytes' && { unit: 'B' })}
                  />
                </td>
              </tr>
            ))}
            {facts.map(([label, say]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td className="right" data-label="Base">
                  {say(base)}
                </td>
                <td className="right" data-label="Compare">
                  {say(compare)}
                </td>
                <td />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Figure({ metric, value }: { metric: ComparedMetric; value: number | null }) {
  return unitOf(metric) === 'bytes' ? (
    <span {...(value !== null && { title: bytesText(value) })}>
      <Count value={value} unit="B" />
    </span>
  ) : (
    <Count value={value} />
  );
}

function SideLink({ side, name }: { side: Side; name: string }) {
  const [model, number] = side.label?.split('@') ?? [];
  const shown = <bdi className="side-name">{name}</bdi>;
  return model === undefined || number === undefined ? (
    shown
  ) : (
    <Link href={versionAddress(model, number)}>{shown}</Link>
  );
}

/** `fileName` is what the bytes were called when they were dropped; empty if they were not. */
export function nameOf({ label, digest }: Pick<Side, 'label' | 'digest'>, fileName: string): string {
  if (label !== null && label !== digest) return label;
  return fileName === '' ? shortDigest(digest) : fileName;
}

/** Enough to tell two files apart. */
function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

function producerOf({ producerName, producerVersion }: Side) {
  return producerName === '' ? (
    <span className="unknown">not said</span>
  ) : (
    <bdi>{`${producerName} ${producerVersion}`}</bdi>
  );
}
