/** What the letters and blocks of the formula are, and why a longer sequence changes nothing of the count. */
import type { ParamsBreakdown, LayerStack } from '../../core/layer/stack.js';
import { estimate, ESTIMATE_DEFAULTS, workloadOfStack } from '../../core/layer/workload.js';
import { BLOCKS_WORDS, NOTATIONS } from '../../core/layer/formula.js';
import { Count } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';

const STEPS = [1, 100, 10_000];

export function Explanations({ stack, breakdown }: { stack: LayerStack; breakdown: ParamsBreakdown }) {
  const { macsPerStep } = estimate(workloadOfStack(stack, breakdown), ESTIMATE_DEFAULTS);
  return (
    <>
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
                <td data-label="W, input">{input}</td>
                <td data-label="R, recurrent">{recurrent}</td>
                <td data-label="LSTM, no bias">{sum}</td>
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
