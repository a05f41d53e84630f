/** The map of the file's elements: class, then stack, node and role; toggled to bytes. */
import { useState } from 'react';
import { ELEMENT_CLASSES, type ElementClass } from '../../core/inspection.js';
import { VersionNodes, type VersionNodesQuery } from '../generated/operations.js';
import type { ShownVersion } from '../pages/version.js';
import { Section } from '../parts/page.js';
import { Treemap, type Branch } from '../parts/treemap.js';
import { useOperation } from '../use-operation.js';
import { refOf } from './ref.js';

const COLOURS: Record<ElementClass, number> = {
  weight: 1,
  state: 3,
  buffer: 4,
  quantization: 5,
  integer: 2,
  scalar: 7,
  unused: 6,
};

type Node = NonNullable<VersionNodesQuery['version']>['inspection']['recurrentNodes']['nodes'][number];

export function ElementMap({ model, version }: { model: string; version: ShownVersion }) {
  const [measure, setMeasure] = useState<'elements' | 'bytes'>('elements');
  const { data } = useOperation(VersionNodes, { model, ref: refOf(String(version.number)) });
  const nodes = data?.version?.inspection.recurrentNodes.nodes ?? [];
  const root = measure === 'elements' ? elementTree(version, nodes) : byteTree(version);
  return (
    <Section
      title="What is in it"
      note={
        measure === 'elements'
          ? 'Stored elements by class; weights of recurrent nodes by stack, node and role.'
          : 'Bytes of the file by what they hold.'
      }
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
      <Treemap root={root} unit={measure} />
    </Section>
  );
}

/** Weights that several nodes use stand at the first, so that the areas add up to what is stored. */
function elementTree(version: ShownVersion, nodes: readonly Node[]): Branch {
  const { classes, recurrentStacks } = version.inspection;
  const stackOf = new Map(
    recurrentStacks.nodes.flatMap(({ path, layers }) =>
      layers.flatMap((layer) => layer.nodes.map((node) => [node, path] as const)),
    ),
  );
  const seen = new Set<string>();
  const byStack = new Map<string, Branch[]>();
  let placed = 0;
  for (const node of nodes) {
    const roles: Branch[] = [];
    for (const { role, tensor, elements, source } of node.weights) {
      if (source === 'ABSENT' || source === 'GRAPH_INPUT' || !elements || !tensor) continue;
      const key = `${node.path.replace(/\/[^/]*$/, '')}/${tensor}`;
      if (seen.has(key)) continue;
      seen.add(key);
      roles.push({ name: role, value: elements });
      placed += elements;
    }
    if (roles.length === 0) continue;
    const stack = stackOf.get(node.path) ?? node.path;
    byStack.set(stack, [...(byStack.get(stack) ?? []), { name: nameOf(node.path), children: roles }]);
  }
  // Views of one stored tensor can be larger than it; then only the class is shown.
  const fits = placed > 0 && placed <= classes.weight;
  return {
    name: 'file',
    children: ELEMENT_CLASSES.filter((name) => classes[name] > 0).map((name): Branch => {
      const colour = COLOURS[name];
      if (name !== 'weight' || !fits) return { name, colour, value: classes[name] };
      const stacks = [...byStack].map(([path, children]) => ({ name: nameOf(path), children }));
      const rest = classes.weight - placed;
      return { name, colour, children: rest > 0 ? [...stacks, { name: 'other weights', value: rest }] : stacks };
    }),
  };
}

function byteTree(version: ShownVersion): Branch {
  const { weights, constants, graph, metadata, padding } = version.inspection.bytes;
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

const nameOf = (path: string): string => path.replace(/^.*\//, '');
