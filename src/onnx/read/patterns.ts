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
  sizesOf,
  TableWatch,
  TriangleWatch,
  type Watch,
  type Way,
  WindowWatch,
} from './watches.js';
import { RepeatReader } from './repeats.js';

/** What a formula may make. */
export type Made = 'WINDOW' | 'HARMONIC' | 'FILTER_BANK' | 'MASK' | 'TRIANGLE';

export interface Pattern {
  made: Made | null;
  /** Numbers that the others repeat along axes, as Tile and Expand make them; all of them where none repeat. */
  distinct: number;
}

/** A watch of a table keeps at most some for each number of a row. The widest tables known have rows of 4,096. */
const MAX_ROW = 16_384;
const MAX_WINDOW = 65_536;
/** Tables whose lines lie one behind the other, and filters, may look like zeros for long; none known is larger. */
const MAX_TABLE = 4_194_304;
/** No table begins with so many numbers that are the same. What is the same all over is seen without looking at numbers. */
const MAX_SAME = 16_384;

/** Numbers looked at at once: few at first, since the first ones tell of most tensors that they show nothing. */
const FEWEST = 16;
const MOST = 256;
const piece = new Float64Array(MOST);

export class PatternReader {
  readonly #elements: number;
  readonly #repeats: RepeatReader;
  #open: { watch: Watch; shows: Made }[];
  #pushed = 0;
  #seen = 0;
  #first = NaN;
  #isSame = true;

  /** Of a tensor without a dim that is negative; `size` is the bytes of an element. */
  constructor(dims: readonly number[], size: number) {
    const axes = dims.filter((dim) => dim !== 1);
    this.#elements = axes.reduce((product, dim) => product * dim, 1);
    this.#open = this.#elements === 0 ? [] : [...masks(axes), ...tables(axes, this.#elements)];
    this.#repeats = new RepeatReader(axes, size);
  }

  /** Whether more elements could show anything. */
  get isOpen(): boolean {
    return this.#open.length > 0 || this.#repeats.isOpen;
  }

  /** Whole elements: their bytes, and how to read the numbers from a place among them on, as many as there is room for. */
  push(bytes: Uint8Array, count: number, read: (target: Float64Array, place: number) => void): void {
    this.#pushed += count;
    this.#repeats.push(bytes);
    let most = FEWEST;
    for (let start = 0; start < count && this.#open.length > 0; start += most, most = Math.min(2 * most, MOST)) {
      const length = Math.min(most, count - start);
      read(piece.subarray(0, length), start);
      this.#look(piece, length);
    }
  }

  #look(numbers: Float64Array, count: number): void {
    if (this.#seen === 0) this.#first = numbers[0]!;
    for (let at = 0; this.#isSame && at < count; at += 1) this.#isSame = numbers[at] === this.#first;
    this.#seen += count;
    if (this.#isSame && this.#seen > MAX_SAME) this.#open = [];
    for (let at = this.#open.length - 1; at >= 0; at -= 1) {
      if (!this.#open[at]!.watch.see(numbers, count)) this.#open.splice(at, 1);
    }
  }

  finish(): Pattern {
    if (this.#pushed !== this.#elements) return { made: null, distinct: this.#elements };
    const shown = this.#open.find(({ watch }) => watch.isShown());
    return { made: shown?.shows ?? null, distinct: this.#repeats.finish() };
  }
}

/** What the elements of a small tensor show. */
export function patternOf(
  dims: readonly number[],
  size: number,
  ...elements: Parameters<PatternReader['push']>
): Pattern {
  const reader = new PatternReader(dims, size);
  reader.push(...elements);
  return reader.finish();
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
