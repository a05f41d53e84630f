/** What the layer costs: size by data type, work, state, and training for a batch, a length and a rate that are entered. */
import { WeighbridgeError } from '../../core/errors.js';
import type { ParamsBreakdown, LayerStack } from '../../core/layer/stack.js';
import { estimate, workloadOfStack, type Estimates, type EstimateQuestion } from '../../core/layer/workload.js';
import { EstimateTile } from '../parts/figures/estimate-tile.js';
import { Count } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { NumberField } from './fields.js';
import { questionOf, type Change, type Values } from './inputs.js';
import { wish } from './wish.js';

interface CostsProps {
  values: Values;
  change: Change;
  stack: LayerStack;
  breakdown: ParamsBreakdown;
}

export function Costs({ values, change, stack, breakdown }: CostsProps) {
  const answer = costsOf(stack, breakdown, questionOf(values));
  const faults = answer instanceof WeighbridgeError ? { [answer.field?.[0] ?? '']: wish(answer) } : {};
  const shared = { values, change };
  return (
    <Section title="Cost" note="Rules of thumb over an exact count. Each says its rule and what it leaves out.">
      <form className="filter-grid" aria-label="The training" onSubmit={(event) => event.preventDefault()}>
        <NumberField {...shared} field="batch" label="Batch" fault={faults['batch']} />
        <NumberField {...shared} field="timeSteps" label="Time steps" fault={faults['timeSteps']} />
        <NumberField {...shared} field="examples" label="Training examples" fault={faults['examples']} />
        <NumberField {...shared} field="epochs" label="Epochs" fault={faults['epochs']} />
        <NumberField
          {...shared}
          field="flops"
          label="FLOP/s reached"
          placeholder="such as 1e12"
          fault={faults['flopsPerSecond']}
        />
      </form>
      <div className="spaced" aria-live="polite">
        {answer instanceof WeighbridgeError ? (
          <p className="note">No estimate yet: a field above needs another value.</p>
        ) : (
          <Answer estimates={answer} />
        )}
      </div>
    </Section>
  );
}

function Answer({ estimates }: { estimates: Estimates }) {
  const { sizes, macsPerStep, stateBytes, trainingMemory, trainingMemoryWithActivations, trainingExamples } = estimates;
  const { trainingSeconds, question } = estimates;
  return (
    <>
      <dl className="tiles flat">
        {sizes.map((size) => (
          <EstimateTile key={size.dtype} label={`As ${size.dtype.toLowerCase()}`} estimate={size.estimate} bytes />
        ))}
        <EstimateTile label="MACs per time step" estimate={macsPerStep} />
        <EstimateTile label="State of one sequence" estimate={stateBytes} bytes />
        <EstimateTile label="Training memory (Adam, fp32)" estimate={trainingMemory} bytes />
        <EstimateTile label="Training memory with activations" estimate={trainingMemoryWithActivations} bytes />
        {question.flopsPerSecond === null ? null : (
          <EstimateTile label="Training time, seconds" estimate={trainingSeconds} />
        )}
      </dl>
      <p className="note spaced">
        Examples to train on, by rules of thumb: <Count value={trainingExamples.least} /> to{' '}
        <Count value={trainingExamples.most} /> {trainingExamples.unit}. {trainingExamples.warning}
      </p>
      <details className="spaced">
        <summary>The rules and their sources</summary>
        <ul>
          {trainingExamples.rules.map(({ name, source, estimate: { value } }) => (
            <li key={name}>
              <code>{name}</code> <Count value={value} />: {source}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function costsOf(
  stack: LayerStack,
  breakdown: ParamsBreakdown,
  question: EstimateQuestion,
): Estimates | WeighbridgeError {
  try {
    return estimate(workloadOfStack(stack, breakdown), question);
  } catch (error) {
    if (error instanceof WeighbridgeError) return error;
    throw error;
  }
}
