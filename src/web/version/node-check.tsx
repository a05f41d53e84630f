/** One recurrent node, checked in the open: the formula with its numbers, the conventions side by side, each tensor and its way here. */
import { cellOf, GATES } from '../../core/layer/formula.js';
import type { BiasConvention } from '../../core/inspection.js';
import { Conventions } from '../parts/layer/conventions.js';
import { Count } from '../parts/figures/number.js';
import { Formula } from '../parts/layer/formula.js';
import { GateMatrices } from '../parts/layer/gate-matrices.js';
import { shownText } from '../parts/text/shown-text.js';
import type { ShownNode } from './shown-version.js';
import { WeightChain } from './weight-chain.js';

/** What the values of B are evidence of, and for what. */
const EVIDENCE: Record<BiasConvention, string> = {
  NONE: 'The node has no B.',
  NONE_EFFECTIVE: 'B is there and all zero: it stores a bias that does nothing.',
  SINGLE_INPUT: 'The recurrent half of B is all zero, as Keras exports one bias. That is evidence, not proof.',
  SINGLE_RECURRENT: 'The input half of B is all zero: one bias, on the recurrent side.',
  DOUBLE: 'Both halves of B have values, as PyTorch and cuDNN keep two biases.',
  UNKNOWN: 'The values of B cannot be read: a graph input, external data, or a loop’s state.',
};

export function NodeCheck({ node }: { node: ShownNode }) {
  const cell = cellOf(node.opType);
  const bias = node.weights.some(({ role, source }) => role === 'B' && source !== 'ABSENT');
  const { inputSize: m, hiddenSize: n, numDirections: D } = node;
  const known = m !== null && m !== undefined && n !== null && n !== undefined && D !== null && D !== undefined;
  return (
    <div className="check">
      {node.reason ? (
        <p className={`notice ${node.verdict === 'MISMATCH' ? 'bad' : 'warn'}`}>
          <bdi>{shownText(node.reason)}</bdi>
        </p>
      ) : null}
      {known ? (
        <Formula
          cell={cell}
          sizes={{ m, n, D }}
          bias={bias ? 'DOUBLE' : 'NONE'}
          peepholes={node.peepholes}
          result={node.expected ?? null}
        />
      ) : (
        <p className="note">
          The formula cannot be filled in: {m === null ? 'm' : n === null ? 'n' : 'a size'} is not known.
        </p>
      )}
      <p className="check-line">
        stored <Count value={node.stored} /> {node.stored === node.expected ? '=' : '≠'} expected{' '}
        <Count value={node.expected} /> · effective <Count value={node.effective} />
      </p>
      {node.formula ? (
        <Conventions
          values={node.formula}
          chosen={bias ? 'double' : 'none'}
          noteOf={(key, value) =>
            [
              ...(key === (bias ? 'double' : 'none') ? ['stored in ONNX'] : []),
              ...(value === node.effective ? ['effective'] : []),
            ].join(', ')
          }
        />
      ) : null}
      <p className="note">
        <strong>{node.biasConvention}</strong>. {EVIDENCE[node.biasConvention]}
      </p>
      <h3>Where each tensor comes from</h3>
      <ul className="chains">
        {node.weights.map((weight) => (
          <WeightChain key={weight.role} weight={weight} />
        ))}
      </ul>
      {known ? (
        <>
          <h3>Gate matrices, to scale</h3>
          <GateMatrices gates={GATES[cell]} m={m} n={n} D={D} biases={bias ? 2 : 0} peepholes={node.peepholes} />
        </>
      ) : null}
      <Work node={node} />
    </div>
  );
}

function Work({ node }: { node: ShownNode }) {
  const { macsPerStep: macs } = node;
  if (!macs) return null;
  return (
    <p className="note">
      One time step: <Count value={macs.input} /> MACs from the input, <Count value={macs.recurrent} /> from the
      previous step, <Count value={macs.bias} /> bias additions, <Count value={macs.pointwise} /> pointwise. State
      carried on: <Count value={node.stateBytes} unit="B" />. A longer sequence costs time, not parameters.
    </p>
  );
}
