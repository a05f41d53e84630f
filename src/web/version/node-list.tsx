/** The recurrent nodes; each row opens into its check. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { ask } from '../ask.js';
import { VersionNodes } from '../generated/operations.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { Count, grouped } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { SteadyButton } from '../parts/forms/steady-button.js';
import { VerdictBadge } from '../parts/figures/verdict.js';
import { NodeCheck } from './node-check.js';
import { refOf } from './ref.js';
import type { ShownNode } from './shown-version.js';

export const NODES_NOTE =
  'Open a row to see the check: the formula with its numbers, and where each tensor comes from.';

export function NodeList({ model, refText, total }: { model: string; refText: string; total: number }) {
  const list = useInfiniteQuery({
    queryKey: ['VersionNodes', 'pages', model, refText],
    queryFn: ({ pageParam, signal }) => ask(VersionNodes, { model, ref: refOf(refText), after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => {
      const info = page.version?.inspection.recurrentNodes.pageInfo;
      return info?.hasNextPage === true ? info.endCursor : undefined;
    },
    enabled: total > 0,
  });
  if (total === 0) return <NoNodes />;
  const nodes = list.data?.pages.flatMap((page) => page.version?.inspection.recurrentNodes.nodes ?? []) ?? [];
  return (
    <Section title="Recurrent nodes" note={NODES_NOTE}>
      {list.error !== null ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={Math.min(total, 4)} />
      ) : (
        <NodeTable nodes={nodes} />
      )}
      {list.hasNextPage ? (
        <p className="more">
          <SteadyButton onClick={() => void list.fetchNextPage()} isOff={list.isFetchingNextPage}>
            Show more ({grouped(nodes.length)} of {grouped(total)})
          </SteadyButton>
        </p>
      ) : null}
    </Section>
  );
}

export function NoNodes() {
  return (
    <Section title="Recurrent nodes">
      <p className="note">This file has no LSTM, GRU or RNN node, in any graph or function of it.</p>
    </Section>
  );
}

export function NodeTable({ nodes }: { nodes: readonly ShownNode[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(
    () => new Set(nodes.length === 1 ? nodes.map(({ id }) => id) : []),
  );
  const toggle = (id: string): void =>
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <div className="scroll">
      <table className="list nodes">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col" className="right">
              m → n
            </th>
            <th scope="col">Bias convention</th>
            <th scope="col" className="right">
              Stored
            </th>
            <th scope="col" className="right">
              Expected
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <Fragment key={node.id}>
              <NodeRow node={node} isOpen={open.has(node.id)} toggle={() => toggle(node.id)} />
              {open.has(node.id) ? (
                <tr className="opened">
                  <td colSpan={6}>
                    <NodeCheck node={node} />
                  </td>
                </tr>
              ) : null}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NodeRow({ node, isOpen, toggle }: { node: ShownNode; isOpen: boolean; toggle: () => void }) {
  return (
    <tr>
      <th scope="row">
        <button type="button" className="plain opener" aria-expanded={isOpen} onClick={toggle}>
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {node.opType}{' '}
          {node.numDirections === 2 ? <span className="tag">bidirectional</span> : null}
          <GraphPath path={node.path} isInControl />
        </button>
      </th>
      <td className="right number" data-label="m → n">
        {sizeOf(node.inputSize)} → {sizeOf(node.hiddenSize)}
      </td>
      <td data-label="Bias">{node.biasConvention}</td>
      <td className="right" data-label="Stored">
        <Count value={node.stored} />
      </td>
      <td className="right" data-label="Expected">
        <Count value={node.expected} />
      </td>
      <td data-label="Verdict">
        <VerdictBadge verdict={node.verdict} />
      </td>
    </tr>
  );
}

const sizeOf = (size: number | null | undefined): string => (size === null || size === undefined ? '?' : grouped(size));
