/** A treemap in SVG: areas are exact shares, colours say the group. Positions are attributes, so that no inline style is needed. */
import { hierarchy, treemap, treemapSquarify, type HierarchyRectangularNode } from 'd3-hierarchy';
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import type { Branch } from '../text/branch.js';
import { compact, grouped, percent } from './number.js';
import { endOf } from '../text/path-text.js';
import { TreemapLegend, TreemapPath } from './treemap-words.js';
import { useWidth } from '../hooks/use-width.js';

type Placed = HierarchyRectangularNode<Branch>;

interface TreemapProps {
  root: Branch;
  unit: string;
  height?: number;
}

/** Names down to the branch that fills the map, and the one that was left for it; empty when one went in, null before that. */
interface Place {
  asked: readonly string[];
  left: string | null;
}

/** Smaller boxes are no bigger than a line; they stay in the sums. */
const SMALLEST = 0.5;
/** Of a name in a box, on average. */
const CHARACTER_WIDTH = 7.6;

/** A box can be gone into: it fills the map then. By keyboard its name in the legend is pressed, and Escape leads out again. */
export function Treemap({ root, unit, height = 340 }: TreemapProps) {
  const [box, width] = useWidth();
  const [under, setUnder] = useState<Placed | null>(null);
  const [{ asked, left }, setPlace] = useState<Place>({ asked: [], left: null });
  const clip = useId();
  const inside = useMemo(() => follow(root, asked), [root, asked]);
  const current = inside.at(-1) ?? root;
  const path = inside.map(({ name }) => name);
  const placed = useMemo(
    () => layout(current, inside.find(({ colour }) => colour !== undefined)?.colour, width, height),
    [current, inside, width, height],
  );
  const total = placed.value ?? 0;
  const leaves = placed.leaves().filter((leaf) => leaf.x1 - leaf.x0 > SMALLEST && leaf.y1 - leaf.y0 > SMALLEST);
  const groups = placed.descendants().filter((node) => node.depth === 1);
  const shown = under ?? placed;

  const go = (next: readonly string[]): void => {
    setPlace({ asked: next, left: path[next.length] ?? '' });
    setUnder(null);
  };
  useEffect(() => {
    if (left === null) return;
    // What was pressed is gone: out of a box the focus is at its name again, into one at the way out.
    const [names, ways] = ['.legend button', '.treemap-path button'].map((selector) => [
      ...(box.current?.querySelectorAll<HTMLButtonElement>(selector) ?? []),
    ]);
    (names?.find(({ value }) => value === left) ?? ways?.at(-1))?.focus();
  }, [box, asked, left]);
  const escape = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape' && path.length > 0) go(path.slice(0, -1));
  };
  return (
    <div ref={box} className="treemap" onKeyDown={escape}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={describe(placed, unit)}
        onPointerLeave={() => setUnder(null)}
      >
        {leaves.map((leaf, index) => {
          const group = leaf.ancestors().at(-2);
          const open = group?.children === undefined ? undefined : () => go([...path, group.data.name]);
          return (
            <g
              key={index}
              className={`box c-${colourOf(leaf)}${open === undefined ? '' : ' opens'}`}
              onPointerEnter={() => setUnder(leaf)}
              onClick={open}
            >
              <title>{`${[...path, ...pathOf(leaf)].join(' → ')}: ${grouped(leaf.value ?? 0)} ${unit}`}</title>
              <rect x={leaf.x0} y={leaf.y0} width={leaf.x1 - leaf.x0} height={leaf.y1 - leaf.y0} />
              <BoxText leaf={leaf} clip={`${clip}-${index}`} />
            </g>
          );
        })}
        {groups.map((group, index) => (
          <rect
            key={index}
            className="box-group"
            x={group.x0}
            y={group.y0}
            width={Math.max(0, group.x1 - group.x0)}
            height={Math.max(0, group.y1 - group.y0)}
          />
        ))}
      </svg>
      <p className="treemap-line">
        <TreemapPath path={path} under={pathOf(shown)} go={go} />
        <span className="number">
          {grouped(shown.value ?? 0)} {unit}
          {total === 0 ? '' : ` · ${percent((shown.value ?? 0) / total)}`}
        </span>
      </p>
      <TreemapLegend
        items={groups.map((group) => ({
          name: group.data.name,
          value: group.value ?? 0,
          colour: colourOf(group),
          open: group.children === undefined ? null : () => go([...path, group.data.name]),
        }))}
      />
    </div>
  );
}

/** The branches on the way that names ask for, as far as they are there: what is shown may have changed. */
function follow(root: Branch, names: readonly string[]): Branch[] {
  const [name, ...further] = names;
  const next = root.children?.find((child) => child.name === name && child.children !== undefined);
  return next === undefined ? [] : [next, ...follow(next, further)];
}

function layout(root: Branch, colour: number | undefined, width: number, height: number): Placed {
  const tree = hierarchy(colour === undefined ? root : { ...root, colour })
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

function pathOf(node: Placed): string[] {
  return node
    .ancestors()
    .reverse()
    .slice(1)
    .map(({ data }) => data.name);
}

function describe(root: Placed, unit: string): string {
  const groups = (root.children ?? []).map(({ data, value = 0 }) => `${data.name} ${grouped(value)}`);
  return `${grouped(root.value ?? 0)} ${unit}: ${groups.join(', ')}`;
}
