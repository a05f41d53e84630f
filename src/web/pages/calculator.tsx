/** How many parameters a recurrent layer has, computed in the browser: no file, no server, no signing in. */
import { WeighbridgeError } from '../../core/errors.js';
import {
  paramsByConvention,
  recurrentParameters,
  type LayerStack,
  type ParamsBreakdown,
} from '../../core/layer/stack.js';
import type { FormulaValues } from '../../core/inspection.js';
import { Backwards } from '../calculator/backwards.js';
import { Costs } from '../calculator/costs.js';
import { Explanations } from '../calculator/explanations.js';
import { stackOf, useCalculatorInputs } from '../calculator/inputs.js';
import { LayerForm } from '../calculator/layer-form.js';
import { LayerFormulas } from '../calculator/layer-formulas.js';
import { Sums } from '../calculator/sums.js';
import { wish } from '../calculator/wish.js';
import { Conventions } from '../parts/layer/conventions.js';
import { CopyButton } from '../parts/forms/copy.js';
import { Count } from '../parts/figures/number.js';
import { Page } from '../parts/frame/page.js';

export function CalculatorPage() {
  const { values, change } = useCalculatorInputs();
  const stack = stackOf(values);
  const answer = count(stack);
  const faults = answer instanceof WeighbridgeError ? { [answer.field?.[0] ?? '']: wish(answer) } : {};
  return (
    <Page
      title="Calculator"
      lead="The parameters of a recurrent layer, from its sizes. The address holds what you enter; it can be sent to others."
      actions={<CopyButton text={window.location.href} label="Copy link" />}
    >
      <div className="calculator">
        <LayerForm values={values} change={change} faults={faults} />
        <div className="calculator-answer">
          {answer instanceof WeighbridgeError ? (
            <p className="notice warn" role="status">
              {answer.field === undefined ? answer.message : 'No count yet: a field of the form needs another value.'}
            </p>
          ) : (
            <>
              <Result stack={stack} breakdown={answer} />
              <LayerFormulas stack={stack} breakdown={answer} />
              <Sums breakdown={answer} />
              <Costs values={values} change={change} stack={stack} breakdown={answer} />
              <Backwards values={values} change={change} stack={stack} />
              <Explanations stack={stack} breakdown={answer} />
            </>
          )}
        </div>
      </div>
    </Page>
  );
}

function Result({ stack, breakdown: { params, byPart } }: { stack: LayerStack; breakdown: ParamsBreakdown }) {
  const values = conventionsOf(stack, byPart.peephole);
  const chosen = (stack.bias ?? 'DOUBLE').toLowerCase() as 'none' | 'single' | 'double';
  return (
    <section className="card" aria-label="Result">
      <p className="calculator-result" role="status">
        <Count value={params} unit="params" />
      </p>
      {values === null ? null : (
        <Conventions values={values} chosen={chosen} noteOf={(key) => (key === chosen ? 'selected' : '')} />
      )}
    </section>
  );
}

/** Null where one of the three is over 2^53−1. */
function conventionsOf(stack: LayerStack, peepholes: number): FormulaValues | null {
  const by = new Map(paramsByConvention(stack).map(({ convention, params }) => [convention, params]));
  const [none, single, double] = (['NONE', 'SINGLE', 'DOUBLE'] as const).map(
    (convention) => by.get(convention) ?? null,
  );
  if (none == null || single == null || double == null) return null;
  return { none, single, double, peepholes };
}

function count(stack: LayerStack): ParamsBreakdown | WeighbridgeError {
  try {
    return recurrentParameters(stack);
  } catch (error) {
    if (error instanceof WeighbridgeError) return error;
    throw error;
  }
}
