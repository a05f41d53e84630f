/** The counts that a layer has under the three bias conventions, side by side, with the one that applies marked. */
import type { FormulaValues } from '../../../core/inspection.js';
import { FORMULA_WORDS, PART_WORDS } from '../../../core/layer/formula.js';
import { Count } from '../figures/number.js';

const COLUMNS = [
  ['none', 'No bias'],
  ['single', 'One bias'],
  ['double', 'Two biases'],
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
      {COLUMNS.map(([key, label]) => (
        <div key={key} className={key === chosen ? 'is-stored' : undefined}>
          <dt>
            {label} <span className="fine mono">{FORMULA_WORDS[key]}</span>
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
            Peepholes in each <span className="fine mono">{PART_WORDS.peephole}</span>
          </dt>
          <dd>
            <Count value={values.peepholes} />
          </dd>
        </div>
      )}
    </dl>
  );
}
