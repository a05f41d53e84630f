/** The formula of the first layer and of those on top of it, with the numbers of the form, and the matrices that they count. */
import { GATES, BIAS_COUNTS } from '../../core/layer/formula.js';
import type { LayerParams, LayerStack, ParamsBreakdown } from '../../core/layer/stack.js';
import { Formula } from '../parts/layer/formula.js';
import { GateMatrices } from '../parts/layer/gate-matrices.js';
import { Count } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';

export function LayerFormulas({ stack, breakdown }: { stack: LayerStack; breakdown: ParamsBreakdown }) {
  const [first, second] = breakdown.byLayer;
  const more = breakdown.byLayer.length - 1;
  if (first === undefined) return null;
  return (
    <Section title="The formula">
      <OneLayer heading={second === undefined ? null : 'Layer 1'} layer={first} stack={stack} />
      {second === undefined ? null : (
        <>
          <OneLayer
            heading={more === 1 ? 'Layer 2' : `Each of layers 2 to ${breakdown.byLayer.length}`}
            layer={second}
            stack={stack}
          />
          <p className="note">
            A layer on top reads what the one below puts out: m = {second.inputSize}. Together{' '}
            <Count value={first.params} /> + {more === 1 ? '' : `${more} · `}
            <Count value={second.params} /> ={' '}
            <strong>
              <Count value={breakdown.params} />
            </strong>
            .
          </p>
        </>
      )}
    </Section>
  );
}

function OneLayer({ heading, layer, stack }: { heading: string | null; layer: LayerParams; stack: LayerStack }) {
  const { opType, bias = 'DOUBLE', peepholes = false, projection } = stack;
  const { inputSize: m, hiddenSize: n, numDirections: D, params } = layer;
  return (
    <div className="layer">
      {heading === null ? null : <h3>{heading}</h3>}
      <Formula
        cell={opType}
        sizes={{ m, n, D }}
        bias={bias}
        peepholes={peepholes}
        projection={projection}
        result={params}
      />
      <GateMatrices
        gates={GATES[opType]}
        m={m}
        n={n}
        D={D}
        biases={Number(BIAS_COUNTS[bias])}
        peepholes={peepholes}
        projection={projection}
      />
    </div>
  );
}
