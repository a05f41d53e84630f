/** The way of one tensor from where it is stored to the role, drawn as a row of boxes. Names come from the file and are text. */
import type { WeightSource } from '../../core/inspection.js';
import { Breakable } from '../parts/text/graph-path.js';
import { Bytes, Count } from '../parts/figures/number.js';
import type { ShownNode } from './shown-version.js';

const SOURCES: Record<WeightSource, string> = {
  INITIALIZER: 'initializer',
  SPARSE_INITIALIZER: 'sparse initializer',
  CONSTANT: 'Constant node',
  GRAPH_INPUT: 'graph input',
  SUBGRAPH_INPUT: 'subgraph input',
  COMPUTED: 'computed',
  UNDEFINED: 'no scope knows it',
  ABSENT: 'not used',
};

export function WeightChain({ weight }: { weight: ShownNode['weights'][number] }) {
  const { role, source, tensor, dims, dtype, elements, byteSize, hops, chain } = weight;
  if (source === 'ABSENT') {
    return (
      <li className="chain absent">
        <span className="chain-role">{role}</span>
        <span className="fine">not used by this node</span>
      </li>
    );
  }
  return (
    <li className="chain">
      <span className="chain-role">{role}</span>
      <span className="chain-steps">
        <span className="step source">
          <span className="fine">{SOURCES[source]}</span>
          <bdi className="mono">
            <Breakable text={tensor ?? ''} />
          </bdi>
        </span>
        {hops === 0 ? null : (
          <span className="step hop">{hops === 1 ? 'out of 1 scope' : `out of ${hops} scopes`}</span>
        )}
        {chain.map((operator, index) => (
          <span key={index} className="step">
            <bdi>{operator}</bdi>
          </span>
        ))}
        <span className="step target">
          <span className="mono">
            {role} [{dims?.join(', ') ?? 'dims not known'}]
          </span>
          <span className="fine">{dtype ?? 'type not known'}</span>
        </span>
      </span>
      <span className="chain-size">
        <Count value={elements} unit="elements" />
        <span className="fine">
          <Bytes value={byteSize} /> stored
        </span>
      </span>
    </li>
  );
}
