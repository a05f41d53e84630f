/** How many parameters a recurrent layer has, computed in the browser: no file, no server, no signing in. */
import { WeighbridgeError } from '../../core/errors.js';
import { recurrentParameters, type LayerStack, type ParamsBreakdown } from '../../core/layer/stack.js';
import type { FormulaValues } from '../../core/inspection.js';
import { Backwards } from '../calculator/backwards.js';
import { Consequences } from '../calculator/consequences.js';
import { stackOf, useCalculatorInputs } from '../calculator/inputs.js';
import { LayerForm } from '../calculator/layer-form.js';
import { LayerFormulas } from '../calculator/layer-formulas.js';
import { Sums } from '../calculator/sums.js';
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
              <Consequences stack={stack} breakdown={answer} />
              <Backwards values={values} change={change} stack={stack} />
            </>
          )}
        </div>
      </div>
    </Page>
  );
}

function Result({ stack, breakdown: { params } }: { stack: LayerStack; breakdown: ParamsBreakdown }) {
  const values = conventionsOf(stack);
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
function conventionsOf(stack: LayerStack): FormulaValues | null {
  const [none, single, double] = (['NONE', 'SINGLE', 'DOUBLE'] as const).map((bias) => count({ ...stack, bias }));
  if (!isCount(none) || !isCount(single) || !isCount(double)) return null;
  return { none: none.params, single: single.params, double: double.params, peepholes: none.byPart.peephole };
}

const isCount = (answer: ParamsBreakdown | WeighbridgeError | undefined): answer is ParamsBreakdown =>
  answer !== undefined && !(answer instanceof WeighbridgeError);

function count(stack: LayerStack): ParamsBreakdown | WeighbridgeError {
  try {
    return recurrentParameters(stack);
  } catch (error) {
    if (error instanceof WeighbridgeError) return error;
    throw error;
  }
}

/** `hiddenSize: a whole number …` stands under its field, so the name is left out. */
function wish({ message }: WeighbridgeError): string {
  const text = message.replace(/^\w+: /, '');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
