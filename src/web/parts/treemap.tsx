/** A treemap in SVG: areas are exact shares, colours say the group. Positions are attributes, so that no inline style is needed. */
import { hierarchy, treemap, treemapSquarify, type HierarchyRectangularNode } from 'd3-hierarchy';
import { useId, useMemo, useState } from 'react';
import type { Branch } from './branch.js';
import { compact, grouped, percent } from './number.js';
import { endOf } from './path-text.js';
import { Swatch } from './swatch.js';
import { useWidth } from './use-width.js';

type Placed = HierarchyRectangularNode<Branch>;

interface TreemapProps {
  root: Branch;
  unit: string;
  height?: number;
  onChoose?: (branch: Branch) => void;
}

/** Smaller boxes are no bigger than a line; they stay in the sums. */
const SMALLEST = 0.5;
/** Of a name in a box, on average. */
const CHARACTER_WIDTH = 7.6;

export function Treemap({ root, unit, height = 340, onChoose }: TreemapProps) {
  const [box, width] = useWidth();
  const [under, setUnder] = useState<Placed | null>(null);
  const clip = useId();
  const placed = useMemo(() => layout(root, width, height), [root, width, height]);
  const total = placed.value ?? 0;
  const leaves = placed.leaves().filter((leaf) => leaf.x1 - leaf.x0 > SMALLEST && leaf.y1 - leaf.y0 > SMALLEST);
  const groups = placed.descendants().filter((node) => node.depth === 1);
  const shown = under ?? placed;
  return (
    <div ref={box} className="treemap">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={describe(placed, unit)}
        onPointerLeave={() => setUnder(null)}
      >
        {leaves.map((leaf, index) => (
          <g
            key={index}
            className={`box c-${colourOf(leaf)}`}
            onPointerEnter={() => setUnder(leaf)}
            onClick={() => onChoose?.(leaf.data)}
          >
            <title>{`${pathOf(leaf)}: ${grouped(leaf.value ?? 0)} ${unit}`}</title>
            <rect x={leaf.x0} y={leaf.y0} width={leaf.x1 - leaf.x0} height={leaf.y1 - leaf.y0} />
            <BoxText leaf={leaf} clip={`${clip}-${index}`} />
          </g>
        ))}
        {groups.map((group) => (
          <rect
            key={group.data.name}
            className="box-group"
            x={group.x0}
            y={group.y0}
            width={Math.max(0, group.x1 - group.x0)}
            height={Math.max(0, group.y1 - group.y0)}
          />
        ))}
      </svg>
      <p className="treemap-line">
        <bdi>{shown.depth === 0 ? 'All of the file' : pathOf(shown)}</bdi>
        <span className="number">
          {grouped(shown.value ?? 0)} {unit}
          {total === 0 ? '' : ` · ${percent((shown.value ?? 0) / total)}`}
        </span>
      </p>
      <ul className="legend">
        {groups.map((group) => (
          <li key={group.data.name}>
            <Swatch colour={colourOf(group)} />
            {group.data.name} <span className="number">{grouped(group.value ?? 0)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function layout(root: Branch, width: number, height: number): Placed {
  const tree = hierarchy(root)
    .sum(({ value = 0 }) => value)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  return treemap<Branch>()
    .tile(treemapSquarify)
    .size([Math.max(1, width), height])
    .paddingInner(1)
    .paddingTop(0)
    .round(false)(tree);
}

function BoxText({ leaf, clip }: { leaf: Placed; clip: string }) {
  const [width, height] = [leaf.x1 - leaf.x0, leaf.y1 - leaf.y0];
  if (width < 46 || height < 20) return null;
  return (
    <>
      <clipPath id={clip}>
        <rect x={leaf.x0} y={leaf.y0} width={width - 4} height={height} />
      </clipPath>
      <g clipPath={`url(#${clip})`}>
        <text x={leaf.x0 + 6} y={leaf.y0 + 16} className="box-name">
          {endOf(leaf.data.label ?? leaf.data.name, Math.floor((width - 10) / CHARACTER_WIDTH))}
        </text>
        {height < 38 ? null : (
          <text x={leaf.x0 + 6} y={leaf.y0 + 32} className="box-value">
            {compact(leaf.value ?? 0)}
          </text>
        )}
      </g>
    </>
  );
}

function colourOf(node: Placed): number {
  return node.ancestors().find(({ data }) => data.colour !== undefined)?.data.colour ?? 6;
}

function pathOf(node: Placed): string {
  return node
    .ancestors()
    .reverse()
    .slice(1)
    .map(({ data }) => data.name)
    .join(' → ');
}

function describe(root: Placed, unit: string): string {
  const groups = (root.children ?? []).map(({ data, value = 0 }) => `${data.name} ${grouped(value)}`);
  return `${grouped(root.value ?? 0)} ${unit}: ${groups.join(', ')}`;
}
