/**
 * What a formula made and no training, and what repeats along an axis: told from numbers that pass once, in order, so that a tensor of
 * any size can be looked at while it is dropped. By the numbers alone; whether what takes a tensor could have learned it is asked in
 * account/floating.ts. A watch looks no further than to the first number that contradicts; most tensors have none left after a row or two.
 */

import {
  filterLines,
  harmonicLines,
  MaskWatch,
  MIN_FILTERS,
  MIN_STEPS,
  MIN_TRIANGLE,
  MIN_WINDOW,
  RepeatWatch,
  sizesOf,
  TableWatch,
  TriangleWatch,
  type Watch,
  type Way,
  WindowWatch,
} from './watches.js';

/** What a formula may make. */
export type Made = 'WINDOW' | 'HARMONIC' | 'FILTER_BANK' | 'MASK' | 'TRIANGLE';

export interface Pattern {
  made: Made | null;
  /** Numbers that the others repeat along axes, as Tile and Expand make them; all of them where none repeat. */
  distinct: number;
}

/** A watch of a table keeps at most some for each number of a row. The widest tables known have rows of 4,096. */
const MAX_ROW = 16_384;
/** Numbers that may be repeated: a longer search would cost more than reading, since many tensors look repeated until they are not. */
const MAX_PERIOD = 65_536;
const MAX_WINDOW = 65_536;
/** Tables whose lines lie one behind the other, and filters, may look like zeros for long; none known is larger. */
const MAX_TABLE = 4_194_304;
/** No table begins with so many numbers that are the same. What is the same all over is seen without looking at numbers. */
const MAX_SAME = 16_384;

export class PatternReader {
  readonly #elements: number;
  #open: { watch: Watch; shows: Made | Repeat }[];
  #seen = 0;
  #first = NaN;
  #isSame = true;

  /** Of a tensor without a dim that is negative. */
  constructor(dims: readonly number[]) {
    const axes = dims.filter((dim) => dim !== 1);
    this.#elements = axes.reduce((product, dim) => product * dim, 1);
    this.#open = [...masks(axes), ...tables(axes, this.#elements), ...repeats(axes)];
  }

  /** Whether more numbers could show anything. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  push(numbers: Float64Array, count: number): void {
    if (this.#seen === 0) this.#first = numbers[0]!;
    for (let at = 0; this.#isSame && at < count; at += 1) this.#isSame = numbers[at] === this.#first;
    this.#seen += count;
    if (this.#isSame && this.#seen > MAX_SAME) this.#open = [];
    for (let at = this.#open.length - 1; at >= 0; at -= 1) {
      if (!this.#open[at]!.watch.see(numbers, count)) this.#open.splice(at, 1);
    }
  }

  finish(): Pattern {
    const pattern: Pattern = { made: null, distinct: this.#elements };
    if (this.#seen !== this.#elements) return pattern;
    const axes = new Map<number, Repeat>();
    for (const { watch, shows } of this.#open) {
      if (typeof shows !== 'object') {
        if (pattern.made === null && watch.isShown()) pattern.made = shows;
      } else if (shows.period < (axes.get(shows.axis)?.period ?? Infinity)) axes.set(shows.axis, shows);
    }
    for (const { dim, period } of axes.values()) pattern.distinct = (pattern.distinct / dim) * period;
    return pattern;
  }
}

/** Numbers handed over at once: few at first, since the first ones tell of most tensors that they show nothing. */
const FEWEST = 16;
const MOST = 256;
const piece = new Float64Array(MOST);

/** What numbers show of which each can be read. */
export function patternOf(dims: readonly number[], count: number, read: (place: number) => number): Pattern {
  const reader = new PatternReader(dims);
  pushNumbers(reader, count, read);
  return reader.finish();
}

/** Pushes `count` numbers, from the first on, until none could show anything. */
export function pushNumbers(reader: PatternReader, count: number, read: (place: number) => number): void {
  let most = FEWEST;
  for (let start = 0; start < count && reader.isOpen; start += most, most = Math.min(2 * most, MOST)) {
    const length = Math.min(most, count - start);
    for (let at = 0; at < length; at += 1) piece[at] = read(start + at);
    reader.push(piece, length);
  }
}

/** An axis that repeats its first `period` steps. */
interface Repeat {
  axis: number;
  dim: number;
  period: number;
}

function masks(axes: readonly number[]): { watch: Watch; shows: Made }[] {
  const [rows, columns] = axes.slice(-2);
  const found: { watch: Watch; shows: Made }[] = rows === undefined ? [] : [{ watch: new MaskWatch(), shows: 'MASK' }];
  if (columns !== undefined && Math.min(rows!, columns) >= MIN_TRIANGLE) {
    found.push({ watch: new TriangleWatch(rows!, columns), shows: 'TRIANGLE' });
  }
  return found;
}

function tables(axes: readonly number[], elements: number): { watch: Watch; shows: Made }[] {
  const [rows, columns, more] = axes;
  if (rows === undefined || more !== undefined) return [];
  if (columns === undefined) {
    return rows >= MIN_WINDOW && rows <= MAX_WINDOW ? [{ watch: new WindowWatch(rows), shows: 'WINDOW' }] : [];
  }
  const ways: Way[] = [];
  const isSmall = elements <= MAX_TABLE;
  if (rows >= MIN_STEPS && columns <= MAX_ROW) ways.push('DOWN');
  if (columns >= MIN_STEPS && rows <= MAX_ROW && isSmall) ways.push('ACROSS');
  return ways.flatMap((way) => {
    const watch = (lines: typeof harmonicLines) => new TableWatch(lines(rows, columns, way), rows, columns, way);
    const found: { watch: Watch; shows: Made }[] = [{ watch: watch(harmonicLines), shows: 'HARMONIC' }];
    if (isSmall && sizesOf(rows, columns, way).lines >= MIN_FILTERS) {
      found.push({ watch: watch(filterLines), shows: 'FILTER_BANK' });
    }
    return found;
  });
}

function repeats(axes: readonly number[]): { watch: Watch; shows: Repeat }[] {
  const found: { watch: Watch; shows: Repeat }[] = [];
  let stride = 1;
  for (let axis = axes.length - 1; axis >= 0; axis -= 1) {
    const dim = axes[axis]!;
    for (let period = 1; period < dim && period * stride <= MAX_PERIOD; period += 1) {
      if (dim % period !== 0) continue;
      found.push({ watch: new RepeatWatch(stride, dim, period), shows: { axis, dim, period } });
    }
    stride *= dim;
  }
  return found;
}
