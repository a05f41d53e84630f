/** The question asked backwards: the largest hidden size within a budget, and by how much one more is over it. */
import { STORAGE_TYPES } from '../../core/layer/estimate.js';
import { largestThatFits, type Fit, type FitBudget, type FitLimit } from '../../core/layer/fit.js';
import type { LayerStack } from '../../core/layer/stack.js';
import { WeighbridgeError } from '../../core/errors.js';
import { Count, grouped } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { ChoiceField, NumberField } from './fields.js';
import { budgetOf, type Change, type Values } from './inputs.js';

const UNITS: Record<FitLimit, string> = { PARAMS: 'params', BYTES: 'bytes', MACS_PER_STEP: 'MACs a step' };
const TYPES = Object.keys(STORAGE_TYPES).map((type): [string, string] => [type.toLowerCase(), type.toLowerCase()]);

interface BackwardsProps {
  values: Values;
  change: Change;
  stack: LayerStack;
}

export function Backwards({ values, change, stack }: BackwardsProps) {
  const budget = budgetOf(values);
  const shared = { values, change, placeholder: 'no limit' };
  return (
    <Section
      title="Largest layer for a budget"
      note="The largest hidden size within a budget, with the other settings as above."
    >
      <form className="filter-grid" aria-label="The budget" onSubmit={(event) => event.preventDefault()}>
        <NumberField {...shared} field="maxParams" label="Params, at most" />
        <NumberField {...shared} field="maxBytes" label="Bytes, at most" />
        <ChoiceField {...shared} field="dtype" label="Bytes of a param as" options={TYPES} />
        <NumberField {...shared} field="maxMacs" label="MACs a step, at most" />
      </form>
      <div className="spaced" aria-live="polite">
        {budget === null ? (
          <p className="note">Give at least one limit.</p>
        ) : (
          <Answer answer={fit(stack, budget)} use={(n) => change('hidden', String(n))} current={stack.hiddenSize} />
        )}
      </div>
    </Section>
  );
}

function Answer({ answer, use, current }: { answer: Fit | string; use: (n: number) => void; current: number }) {
  if (typeof answer === 'string') return <p className="field-fault">{answer}</p>;
  const { largest, next, exceeded } = answer;
  const why = exceeded
    .map(({ limit, over }) => `${over === null ? 'more than 2^53−1' : grouped(over)} ${UNITS[limit]} over`)
    .join(' and ');
  if (largest === null) {
    return (
      <p>
        <strong>Nothing fits.</strong> The smallest, n = <Count value={next.hiddenSize} />, is {why}.
      </p>
    );
  }
  return (
    <>
      <p>
        <strong>
          n = <Count value={largest.hiddenSize} />
        </strong>{' '}
        fits, with <Count value={largest.params} unit="params" />, <Count value={largest.bytes} unit="B" /> and{' '}
        <Count value={largest.macsPerStep} unit="MACs a step" />. One more is {why}.
      </p>
      {largest.hiddenSize === current ? null : (
        <button type="button" onClick={() => use(largest.hiddenSize)}>
          Use n = {grouped(largest.hiddenSize)}
        </button>
      )}
    </>
  );
}

/** Why there is no answer, where there is none. */
function fit({ hiddenSize: _asked, ...layers }: LayerStack, budget: FitBudget): Fit | string {
  try {
    return largestThatFits({ ...layers, budget });
  } catch (error) {
    if (error instanceof WeighbridgeError) return error.message;
    throw error;
  }
}
