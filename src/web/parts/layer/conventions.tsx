/** The counts that a layer has under the three bias conventions, side by side, with the one that applies marked. */
import type { FormulaValues } from '../../../core/inspection.js';
import { Count } from '../figures/number.js';

const COLUMNS = [
  ['none', 'No bias', 'D·G(nm+n²)'],
  ['single', 'One bias', 'D·G(nm+n²+n)'],
  ['double', 'Two biases', 'D·G(nm+n²+2n)'],
] as const;
type Convention = (typeof COLUMNS)[number][0];

interface ConventionsProps {
  values: FormulaValues;
  chosen: Convention;
  /** A few words under a count. */
  noteOf: (convention: Convention, value: number) => string;
}

export function Conventions({ values, chosen, noteOf }: ConventionsProps) {
  return (
    <dl className="conventions">
      {COLUMNS.map(([key, label, rule]) => (
        <div key={key} className={key === chosen ? 'is-stored' : undefined}>
          <dt>
            {label} <span className="fine mono">{rule}</span>
          </dt>
          <dd>
            <Count value={values[key]} />
          </dd>
          <dd className="fine">{noteOf(key, values[key])}</dd>
        </div>
      ))}
      {values.peepholes === 0 ? null : (
        <div>
          <dt>
            Peepholes in each <span className="fine mono">3nD</span>
          </dt>
          <dd>
            <Count value={values.peepholes} />
          </dd>
        </div>
      )}
    </dl>
  );
}
