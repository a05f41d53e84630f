/** The whole weighing of a file that was read in the browser, by the parts of the page of a version. Asks nobody. */
import { useMemo, useState } from 'react';
import { totalBytes } from '../../core/inspection.js';
import type { WeighedFile } from '../../core/weigh/messages.js';
import { grouped } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { useWasNarrow } from '../parts/hooks/narrow.js';
import { BytesAccount } from '../version/bytes-account.js';
import { DecomposedCells } from '../version/decomposed-cells.js';
import { ContentsMap } from '../version/element-map.js';
import { elementTree } from '../version/element-tree.js';
import { ESTIMATES_NOTE, EstimateTiles } from '../version/estimates.js';
import { FileFacts } from '../version/file-facts.js';
import { NoNodes, NODES_NOTE, NodeTable } from '../version/node-list.js';
import { Stacks } from '../version/stacks.js';
import { Totals } from '../version/totals.js';
import { Warnings } from '../version/warnings.js';
import { asShown } from './as-shown.js';

export function WeighedModel({ weighed }: { weighed: WeighedFile }) {
  const shown = useMemo(() => asShown(weighed), [weighed]);
  const elements = useMemo(() => elementTree({ ...shown, stacks: weighed.recurrentStacks }), [shown, weighed]);
  const { externalData } = shown;
  return (
    <>
      <Totals inspection={weighed} totalByteSize={totalBytes(weighed)} externalData={externalData} />
      <Warnings warnings={weighed.warnings} />
      <ContentsMap elements={elements} bytes={weighed.bytes} />
      <Nodes nodes={shown.nodes} />
      <DecomposedCells inspection={{ decomposed: weighed.decomposed, decomposedCells: shown.decomposedCells }} />
      <Stacks stacks={shown.recurrentStacks} />
      <BytesAccount bytes={weighed.bytes} total={weighed.byteSize} />
      <Section isFolded={useWasNarrow()} title="Estimates" note={ESTIMATES_NOTE}>
        <EstimateTiles estimates={shown.estimates} />
      </Section>
      <FileFacts inspection={weighed} digest={weighed.digest} externalData={externalData} />
    </>
  );
}

/** A page of more rows than these is slow to draw. */
const NODES_AT_ONCE = 50;

function Nodes({ nodes }: { nodes: ReturnType<typeof asShown>['nodes'] }) {
  const [count, setCount] = useState(NODES_AT_ONCE);
  if (nodes.length === 0) return <NoNodes />;
  return (
    <Section title="Recurrent nodes" note={NODES_NOTE}>
      <NodeTable nodes={nodes.slice(0, count)} />
      {count < nodes.length ? (
        <p className="more">
          <button type="button" onClick={() => setCount(count + NODES_AT_ONCE)}>
            Show more ({grouped(count)} of {grouped(nodes.length)})
          </button>
        </p>
      ) : null}
    </Section>
  );
}
