/** What follows from the count: size by data type, work, state, training. And why a longer sequence changes none of it. */
import type { ParamsBreakdown, LayerStack } from '../../core/layer/stack.js';
import { estimate, ESTIMATE_DEFAULTS, workloadOfStack } from '../../core/layer/workload.js';
import { BLOCKS_WORDS, NOTATIONS } from '../../core/layer/formula.js';
import { EstimateTile } from '../parts/figures/estimate-tile.js';
import { Count } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';

const STEPS = [1, 100, 10_000];

export function Consequences({ stack, breakdown }: { stack: LayerStack; breakdown: ParamsBreakdown }) {
  const estimates = estimate(workloadOfStack(stack, breakdown), ESTIMATE_DEFAULTS);
  const { sizes, macsPerStep, stateBytes, trainingMemory, trainingMemoryWithActivations, trainingExamples } = estimates;
  const { batch, timeSteps } = ESTIMATE_DEFAULTS;
  return (
    <>
      <Section title="Cost" note="Rules of thumb over an exact count. Each says its rule and what it leaves out.">
        <dl className="tiles flat">
          {sizes.map((size) => (
            <EstimateTile key={size.dtype} label={`As ${size.dtype.toLowerCase()}`} estimate={size.estimate} bytes />
          ))}
          <EstimateTile label="MACs per time step" estimate={macsPerStep} />
          <EstimateTile label="State of one sequence" estimate={stateBytes} bytes />
          <EstimateTile label="Training memory (Adam, fp32)" estimate={trainingMemory} bytes />
          <EstimateTile
            label={`The same with activations, batch ${batch}, ${timeSteps} steps`}
            estimate={trainingMemoryWithActivations}
            bytes
          />
        </dl>
        <p className="note spaced">
          Training examples, by rules of thumb: <Count value={trainingExamples.least} /> to{' '}
          <Count value={trainingExamples.most} /> {trainingExamples.unit}. {trainingExamples.warning}
        </p>
      </Section>
      <Section title="Letters and blocks" note="Units are the size of the output, not the number of time steps.">
        <p>{BLOCKS_WORDS}</p>
        <p>Two notations are in use. ONNX calls the weights of the input W and those of the previous step R:</p>
        <table className="list compact">
          <thead>
            <tr>
              <th scope="col">Notation</th>
              <th scope="col">W, input</th>
              <th scope="col">R, recurrent</th>
              <th scope="col">LSTM, no bias</th>
            </tr>
          </thead>
          <tbody>
            {NOTATIONS.map(({ sizes: letters, input, recurrent, sum }) => (
              <tr key={letters}>
                <th scope="row">{letters}</th>
                <td>{input}</td>
                <td>{recurrent}</td>
                <td>{sum}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
      <Section
        title="Why sequence length does not matter"
        note="The same W, R and B are used at every step. A longer sequence costs time and activations, not parameters."
      >
        <table className="list compact steps">
          <thead>
            <tr>
              <th scope="col">Time steps</th>
              <th scope="col" className="right">
                Params
              </th>
              <th scope="col" className="right">
                MACs
              </th>
            </tr>
          </thead>
          <tbody>
            {STEPS.map((steps) => (
              <tr key={steps}>
                <th scope="row">
                  <Count value={steps} />
                </th>
                <td className="right">
                  <Count value={breakdown.params} />
                </td>
                <td className="right">
                  <Count value={times(macsPerStep.value, steps)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
    </>
  );
}

/** Null where the product could not be exact. */
function times(value: number | null, steps: number): number | null {
  return value !== null && Number.isSafeInteger(value * steps) ? value * steps : null;
}
