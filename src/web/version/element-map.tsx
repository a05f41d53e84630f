/** The map of the file: its stored elements by class, tensor and role; toggled to bytes. */
import { useMemo, useState } from 'react';
import type { ByteAccount } from '../../core/inspection.js';
import { VersionNodes, VersionTensors } from '../generated/operations.js';
import type { ShownVersion } from './shown-version.js';
import type { Branch } from '../parts/text/branch.js';
import { Section } from '../parts/frame/page.js';
import { Treemap } from '../parts/figures/treemap.js';
import { useOperation } from '../use-operation.js';
import { elementTree } from './element-tree.js';
import { refOf } from './ref.js';

const NOTES = {
  elements: 'Stored elements by class and tensor; those of recurrent nodes by stack, node and role.',
  bytes: 'Bytes of the file by what they hold.',
};

export function ElementMap({ model, version }: { model: string; version: ShownVersion }) {
  const elements = useElementTree(model, version);
  return <ContentsMap elements={elements} bytes={version.inspection.bytes} />;
}

export function ContentsMap({ elements, bytes }: { elements: Branch; bytes: ByteAccount }) {
  const [measure, setMeasure] = useState<'elements' | 'bytes'>('elements');
  return (
    <Section
      title="Contents"
      note={NOTES[measure]}
      actions={
        <div className="toggle" role="group" aria-label="What areas show">
          {(['elements', 'bytes'] as const).map((one) => (
            <button key={one} type="button" aria-pressed={measure === one} onClick={() => setMeasure(one)}>
              {one}
            </button>
          ))}
        </div>
      }
    >
      <Treemap root={measure === 'elements' ? elements : byteTree(bytes)} unit={measure} />
    </Section>
  );
}

/** Until tensors and nodes are known, by class alone. */
function useElementTree(model: string, version: ShownVersion): Branch {
  const variables = { model, ref: refOf(String(version.number)) };
  const tensors = useOperation(VersionTensors, variables).data?.version?.inspection.tensors.nodes;
  const nodes = useOperation(VersionNodes, variables).data?.version?.inspection.recurrentNodes.nodes;
  return useMemo(() => {
    const { classes, recurrentStacks } = version.inspection;
    return elementTree({ classes, tensors: tensors ?? [], nodes: nodes ?? [], stacks: recurrentStacks.nodes });
  }, [version, tensors, nodes]);
}

function byteTree({ weights, constants, graph, metadata, padding }: ByteAccount): Branch {
  const parts: [string, number, number][] = [
    ['weights', weights, 1],
    ['constants', constants, 2],
    ['graph', graph, 3],
    ['metadata', metadata, 4],
    ['padding', padding, 6],
  ];
  return {
    name: 'file',
    children: parts.filter(([, value]) => value > 0).map(([name, value, colour]) => ({ name, value, colour })),
  };
}
