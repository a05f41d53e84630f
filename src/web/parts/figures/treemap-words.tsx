/** Below a treemap: where in it one is, with the way out; and its parts by name, each with the way in. */
import { Fragment } from 'react';
import { grouped } from './number.js';
import { Swatch } from './swatch.js';

interface TreemapPathProps {
  path: readonly string[];
  /** From there to what the pointer is over. */
  under: readonly string[];
  go: (path: readonly string[]) => void;
}

export function TreemapPath({ path, under, go }: TreemapPathProps) {
  if (path.length + under.length === 0) return <bdi>All of the file</bdi>;
  const ways = path.map((_, length) => path.slice(0, length));
  return (
    <bdi className="treemap-path">
      {ways.map((way, index) => (
        <Fragment key={index}>
          <button type="button" className="link" onClick={() => go(way)}>
            {way.at(-1) ?? 'All of the file'}
          </button>
          {' → '}
        </Fragment>
      ))}
      {[...path.slice(-1), ...under].join(' → ')}
    </bdi>
  );
}

interface Part {
  name: string;
  value: number;
  colour: number;
  /** Null where there is nothing further inside. */
  open: (() => void) | null;
}

/** More would be a list that nobody reads. */
const MOST = 12;

export function TreemapLegend({ items }: { items: readonly Part[] }) {
  return (
    <ul className="legend">
      {items.slice(0, MOST).map(({ name, value, colour, open }, index) => (
        <li key={index}>
          <Swatch colour={colour} />
          {open === null ? (
            <bdi>{name}</bdi>
          ) : (
            <button type="button" className="link" value={name} onClick={open}>
              {name}
            </button>
          )}{' '}
          <span className="number">{grouped(value)}</span>
        </li>
      ))}
      {items.length > MOST ? <li>and {items.length - MOST} smaller</li> : null}
    </ul>
  );
}
