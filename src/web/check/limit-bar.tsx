/** A value that is over its limit, as one bar: what is allowed, what was over it before, and what this version adds. */
import { unitOf } from '../parts/figures/metric.js';
import { grouped } from '../parts/figures/number.js';
import { ShareBar, type Share } from '../parts/figures/share-bar.js';
import { Swatch } from '../parts/figures/swatch.js';
import type { ShownFinding } from './shown-check.js';

export function LimitBar({ finding: { metric, limit, introduced, inherited } }: { finding: ShownFinding }) {
  if (limit === null || introduced === null || inherited === null) return null;
  const all: Share[] = [
    { name: 'within the limit', value: limit, colour: 'used' },
    { name: 'over it before this version', value: inherited, colour: 'before' },
    { name: 'new in this version', value: introduced, colour: 'over' },
  ];
  const parts = all.filter(({ value }) => value > 0);
  return (
    <div className="limit-bar">
      <ShareBar parts={parts} />
      <ul className="legend">
        {parts.map(({ name, value, colour }) => (
          <li key={name}>
            <Swatch colour={colour} />
            {name} <span className="number">{grouped(value)}</span> {unitOf(metric)}
          </li>
        ))}
      </ul>
    </div>
  );
}
