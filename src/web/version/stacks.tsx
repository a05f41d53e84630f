/** Recurrent nodes chained output to input, as the layers of a stack. */
import type { ShownInspection } from './shown-version.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { useWasNarrow } from '../parts/hooks/narrow.js';
import { Count, grouped } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { VerdictBadge } from '../parts/figures/verdict.js';

export function Stacks({ stacks }: { stacks: ShownInspection['recurrentStacks'] }) {
  const wasNarrow = useWasNarrow();
  if (stacks.nodes.length === 0) return null;
  const rest = stacks.totalCount - stacks.nodes.length;
  return (
    <Section
      title={`Stacks (${grouped(stacks.totalCount)})`}
      isFolded={wasNarrow || stacks.nodes.every(({ layerCount }) => layerCount === 1)}
      note="Nodes whose output is the input of the next; two directions over one input are one layer."
    >
      <div className="stacks">
        {stacks.nodes.map((stack) => (
          <div key={stack.path} className="stack">
            <div className="stack-head">
              <strong>
                {stack.opType} × {stack.layerCount}
              </strong>
              <Count value={stack.params} unit="params" />
              <VerdictBadge verdict={stack.verdict} />
              {stack.uniform ? null : <span className="tag">layers differ</span>}
            </div>
            <GraphPath path={stack.path} />
            <ol className="layers">
              {stack.layers.map((layer, index) => (
                <li key={index}>
                  <span className="mono">
                    {layer.inputSize} → {layer.numDirections > 1 ? `${layer.numDirections}·` : ''}
                    {layer.hiddenSize}
                  </span>{' '}
                  <Count value={layer.params} />
                </li>
              ))}
            </ol>
          </div>
        ))}
      </div>
      {rest > 0 ? <p className="note">{rest} more stacks are not shown here; ask for them over GraphQL.</p> : null}
    </Section>
  );
}
