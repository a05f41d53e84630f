/** A line over versions, small enough for a table. Says its ends in words for those who do not see it. */
import { grouped } from './number.js';

const WIDTH = 96;
const HEIGHT = 24;
const EDGE = 3;

/** The oldest first. */
export function Sparkline({ values, unit }: { values: readonly number[]; unit: string }) {
  const [first] = values;
  const last = values.at(-1);
  if (first === undefined || last === undefined) return <span className="unknown">–</span>;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (index: number) => EDGE + (index * (WIDTH - 2 * EDGE)) / Math.max(1, values.length - 1);
  const y = (value: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((value - low) * (HEIGHT - 2 * EDGE)) / (high - low);
  const line = values.map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
  const says =
    values.length === 1
      ? `one version: ${grouped(last)} ${unit}`
      : `${values.length} versions: from ${grouped(first)} to ${grouped(last)} ${unit}`;
  return (
    <svg
      className="sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={says}
    >
      <title>{says}</title>
      {values.length > 1 ? <path d={line.join('')} /> : null}
      <circle cx={values.length === 1 ? WIDTH / 2 : x(values.length - 1)} cy={y(last)} r="2.5" />
    </svg>
  );
}
