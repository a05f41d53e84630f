/** The picture of a trend, drawn by uPlot. Everything in it stands in the sentence above it and the table below it too. */
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Metric } from '../../core/metrics.js';
import { labelOf, unitOf } from '../parts/figures/metric.js';
import { bytesText, compact, grouped } from '../parts/figures/number.js';
import { useWidth } from '../parts/hooks/use-width.js';
import { onThemeChange, shownColour } from '../theme.js';
import type { NextLimit, Point } from './next-limit.js';

/** An alias, at the version where it is. */
export interface Mark {
  number: number;
  name: string;
}

interface TrendPlotProps {
  points: readonly Point[];
  aliases: readonly Mark[];
  /** In the unit of the metric. */
  limits: readonly number[];
  /** For the version to come. */
  next: readonly NextLimit[];
  metric: Metric;
}

const HEIGHT = 260;
/** More points than this would be a thick line. */
const MOST_DOTS = 80;
/** A limit further above the line than this would press it flat: it is left out of the picture. */
const HIGHEST_LIMIT = 2;
/** All metrics are counted in whole units. */
const WHOLE_STEPS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
const ALIAS_ROWS = 4;
const FACE = "'Inter', system-ui, sans-serif";

export function TrendPlot({ points, aliases, limits, next, metric }: TrendPlotProps) {
  const [box, width] = useWidth();
  const place = useRef<HTMLDivElement>(null);
  const [theme, setTheme] = useState(0);
  const [under, setUnder] = useState<number | null>(null);
  useEffect(() => onThemeChange(() => setTheme((old) => old + 1)), []);
  useEffect(() => {
    if (place.current === null) return undefined;
    const plot = new uPlot(
      optionsOf({ points, aliases, limits, next, metric }, width, colourIn(place.current), setUnder),
      [points.map(({ number }) => number), points.map(({ value }) => value)],
      place.current,
    );
    return () => plot.destroy();
  }, [points, aliases, limits, next, metric, width, theme]);
  const shown = under === null ? points.at(-1) : points[under];
  return (
    <div ref={box} className="trend">
      <div ref={place} role="img" aria-label={`${labelOf(metric)} over versions`} />
      <p className="trend-line" aria-hidden="true">
        {shown === undefined ? '' : readout(shown, aliases, metric)}
      </p>
    </div>
  );
}

const colourIn = (element: HTMLElement) => (token: string) => shownColour(token, element);

function readout({ number, value, delta, exact }: Point, aliases: readonly Mark[], metric: Metric): string {
  const unit = unitOf(metric);
  const names = aliases.filter((alias) => alias.number === number).map(({ name }) => name);
  const change = delta === null || delta === 0 ? '' : `, ${delta > 0 ? '+' : '−'}${grouped(Math.abs(delta))}`;
  const said = value === null ? 'not known' : `${exact ? '' : '≥ '}${grouped(value)} ${unit}${change}`;
  return [`v${number}: ${said}`, ...names].join(' · ');
}

function optionsOf(
  { points, aliases, limits, next, metric }: TrendPlotProps,
  width: number,
  colour: (token: string) => string,
  setUnder: (index: number | null) => void,
): uPlot.Options {
  const shown = shownLimits(points, limits);
  const first = points[0]?.number ?? 0;
  const latest = points.at(-1)?.number ?? 0;
  const shownNext = next.filter(({ most }) => isNear(points, most));
  const short = unitOf(metric) === 'bytes' ? bytesText : compact;
  const axis = {
    stroke: colour('ink-3'),
    font: `12px ${FACE}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false },
    scales: {
      x: { time: false, range: (_, low, high) => [low - 0.5, high + roomAfter(high - low, shownNext.length > 0)] },
      y: { range: rangeWith([...shown, ...shownNext.map(({ most }) => most)]) },
    },
    axes: [
      {
        ...axis,
        size: 34,
        grid: { show: false },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500],
        values: (_, numbers) => numbers.map((number) => (number < first || number > latest ? '' : `v${number}`)),
      },
      { ...axis, size: 68, incrs: WHOLE_STEPS, values: (_, values) => values.map(short) },
    ],
    series: [
      {},
      {
        stroke: colour('ink'),
        width: 1.5,
        points: { show: points.length <= MOST_DOTS, size: 5, fill: colour('ink') },
      },
    ],
    hooks: {
      draw: [
        (plot) => {
          for (const limit of shown) drawLimit(plot, limit, `allowed ${short(limit)}`, colour('fail'));
          for (const { most, level } of shownNext)
            drawNext(plot, { number: latest, most, figure: short(most) }, colour(COLOURS[level]));
          for (const mark of stacked(aliases)) drawAlias(plot, mark, colour('ink-3'));
          for (const { number, value, changePoint } of points)
            if (changePoint && value !== null) drawChange(plot, number, value, colour('up'));
        },
      ],
      setCursor: [(plot) => setUnder(plot.cursor.idx ?? null)],
    },
  };
}

function shownLimits(points: readonly Point[], limits: readonly number[]): number[] {
  return limits.filter((limit) => isNear(points, limit));
}

function isNear(points: readonly Point[], limit: number): boolean {
  return limit <= Math.max(...points.map(({ value }) => value ?? 0)) * HIGHEST_LIMIT;
}

const COLOURS = { FAIL: 'fail', WARN: 'warn' } as const;

/** Versions that would fit between the last one and the edge, where the next one is told of. */
function roomAfter(versions: number, hasNext: boolean): number {
  return hasNext ? Math.max(1, versions * 0.15) : 0.5;
}

/** From a little below the lowest to a little above the highest, limits included. */
function rangeWith(limits: readonly number[]): uPlot.Range.Function {
  return (_, low, high) => {
    const [least, most] = [Math.min(low, ...limits), Math.max(high, ...limits)];
    const room = most === least ? Math.max(1, most * 0.1) : (most - least) * 0.12;
    return [Math.max(0, least - room), most + room];
  };
}

/** Names of neighbours would run into each other: each stands a row below the one before it. */
function stacked(aliases: readonly Mark[]): (Mark & { row: number })[] {
  return [...aliases]
    .sort((a, b) => a.number - b.number)
    .map((alias, index) => ({ ...alias, row: index % ALIAS_ROWS }));
}

function drawLimit(plot: uPlot, limit: number, text: string, colour: string): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(limit, 'y', true);
  line(ctx, colour, [bbox.left, y], [bbox.left + bbox.width, y]);
  say(ctx, text, bbox.left + 6 * ratio(), y - 5 * ratio(), colour, 'left');
}

/** From the last version to the edge: of those before it this limit says nothing. */
function drawNext(plot: uPlot, next: { number: number; most: number; figure: string }, colour: string): void {
  const { ctx, bbox } = plot;
  const [x, y] = [plot.valToPos(next.number, 'x', true), plot.valToPos(next.most, 'y', true)];
  const right = bbox.left + bbox.width;
  line(ctx, colour, [x, y], [right, y]);
  const isWide = right - x > 130 * ratio();
  const text = isWide ? `next at most ${next.figure}` : `≤ ${next.figure}`;
  say(ctx, text, right - 4 * ratio(), y - 5 * ratio(), colour, 'right');
}

function drawAlias(plot: uPlot, { number, name, row }: Mark & { row: number }, colour: string): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(number, 'x', true);
  line(ctx, colour, [x, bbox.top], [x, bbox.top + bbox.height]);
  const isRight = x > bbox.left + bbox.width * 0.7;
  const [gap, down] = [5 * ratio(), (12 + 14 * row) * ratio()];
  say(ctx, name, isRight ? x - gap : x + gap, bbox.top + down, colour, isRight ? 'right' : 'left');
}

function drawChange(plot: uPlot, number: number, value: number, colour: string): void {
  const { ctx } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.arc(plot.valToPos(number, 'x', true), plot.valToPos(value, 'y', true), 6 * ratio(), 0, 2 * Math.PI);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2.5 * ratio();
  ctx.stroke();
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, colour: string, from: [number, number], to: [number, number]): void {
  ctx.save();
  ctx.beginPath();
  ctx.setLineDash([5 * ratio(), 4 * ratio()]);
  ctx.strokeStyle = colour;
  ctx.lineWidth = ratio();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
  ctx.restore();
}

function say(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  align: CanvasTextAlign,
): void {
  ctx.save();
  ctx.font = `${12 * ratio()}px ${FACE}`;
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.fillText(text, x, y);
  ctx.restore();
}

/** Hooks draw in pixels of the canvas, of which a CSS pixel may have several. */
const ratio = (): number => window.devicePixelRatio;
