/**
 * The watches of patterns.ts, each for one kind of pattern: a window, a mask, lines that are sines,
 * lines that are triangles. Each sees the numbers of a tensor once, in row-major order, and keeps no more of them than a row.
 */

/** Shorter ones are alike by chance. */
export const MIN_WINDOW = 16;
export const MIN_STEPS = 8;
export const MIN_FILTERS = 4;
export const MIN_TRIANGLE = 4;
/** Of numbers of about 1: what is left of angles of some thousand radians in single precision. */
const TOLERANCE = 2e-3;

/** Looks at all numbers of a tensor in row-major order, some at a time. */
export interface Watch {
  /** False as soon as they contradict. */
  see(numbers: Float64Array, count: number): boolean;
  /** After the last: whether they show what is watched for. */
  isShown(): boolean;
}

/** Hann, Hamming and their like, whole or one period of it: from about 0 up to 1 in the middle, and down the same way. */
export class WindowWatch implements Watch {
  readonly #length: number;
  #numbers: Float64Array | null = null;
  #seen = 0;
  #last = 0;
  #highest = -Infinity;
  #isFalling = false;

  constructor(length: number) {
    this.#length = length;
  }

  see(numbers: Float64Array, count: number): boolean {
    if (this.#seen === 0 && !(Math.abs(numbers[0]!) <= 0.1)) return false;
    for (let i = 0; i < count; i += 1) {
      const number = numbers[i]!;
      if (!(Math.abs(number) <= 1.05) || (this.#isFalling && number > this.#last + TOLERANCE)) return false;
      if (number < this.#highest - TOLERANCE) {
        if (this.#highest < 0.95) return false;
        this.#isFalling = true;
      }
      this.#highest = Math.max(this.#highest, number);
      this.#last = number;
    }
    this.#numbers ??= new Float64Array(this.#length);
    this.#numbers.set(numbers.subarray(0, Math.min(count, this.#length - this.#seen)), this.#seen);
    this.#seen += count;
    return this.#seen <= this.#length;
  }

  isShown(): boolean {
    return isWindow(this.#numbers!);
  }
}

function isWindow(numbers: Float64Array): boolean {
  const { length } = numbers;
  const middle = Math.floor(length / 2);
  if (!(Math.abs(numbers[middle]! - 1) <= 0.05)) return false;
  const isMirrored = (shift: number) => {
    for (let place = shift; place < middle; place += 1) {
      if (Math.abs(numbers[place]! - numbers[length - 1 + shift - place]!) > TOLERANCE) return false;
    }
    return true;
  };
  return isMirrored(0) || isMirrored(1);
}

/** What masks add where nothing may be seen: −∞, or so much that a softmax makes it 0. */
const MASKED = -10_000;

/** Zeros, and one number that rules out what it is added to. */
export class MaskWatch implements Watch {
  #masked: number | null = null;
  #hasZero = false;

  see(numbers: Float64Array, count: number): boolean {
    for (let i = 0; i < count; i += 1) {
      const number = numbers[i]!;
      if (number === 0) this.#hasZero = true;
      else if (this.#masked === null && number <= MASKED) this.#masked = number;
      else if (number !== this.#masked) return false;
    }
    return true;
  }

  isShown(): boolean {
    return this.#hasZero && this.#masked !== null;
  }
}

/** Zeros on one side of a diagonal and one number on the other, in each matrix alike. */
export class TriangleWatch implements Watch {
  readonly #rows: number;
  readonly #columns: number;
  #row = 0;
  #column = 0;
  #number: number | null = null;
  /** The diagonals, counted from the one of the first row's first number, where zeros and where the number were seen. */
  readonly #zeros = { from: Infinity, to: -Infinity };
  readonly #others = { from: Infinity, to: -Infinity };

  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
  }

  see(numbers: Float64Array, count: number): boolean {
    const [zeros, others] = [this.#zeros, this.#others];
    for (let i = 0; i < count; i += 1) {
      const number = numbers[i]!;
      const diagonal = this.#column - this.#row;
      if (number !== 0) {
        this.#number ??= number;
        if (number !== this.#number) return false;
      }
      const side = number === 0 ? zeros : others;
      side.from = Math.min(side.from, diagonal);
      side.to = Math.max(side.to, diagonal);
      if (zeros.to >= others.from && others.to >= zeros.from) return false;
      this.#column += 1;
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#row = (this.#row + 1) % this.#rows;
      }
    }
    return true;
  }

  isShown(): boolean {
    return this.#number !== null && this.#zeros.to >= this.#zeros.from;
  }
}

/** What is asked of every line of a table; what is known of a line is in its slot. False as soon as a number contradicts. */
interface Lines {
  take(slot: number, step: number, number: number): boolean;
  endLine(slot: number): boolean;
  isShown(): boolean;
}

/** Which way the lines of a table go: DOWN its columns, so that each row has one number of every line, or ACROSS. */
export type Way = 'DOWN' | 'ACROSS';

/** Lines, steps of each, and slots: across, one line is over before the next begins. */
export function sizesOf(rows: number, columns: number, way: Way) {
  return way === 'DOWN' ? { lines: columns, steps: rows, slots: columns } : { lines: rows, steps: columns, slots: 1 };
}

export class TableWatch implements Watch {
  readonly #lines: Lines;
  readonly #isDown: boolean;
  readonly #columns: number;
  readonly #steps: number;
  #row = 0;
  #column = 0;

  constructor(lines: Lines, rows: number, columns: number, way: Way) {
    this.#lines = lines;
    this.#isDown = way === 'DOWN';
    this.#columns = columns;
    this.#steps = sizesOf(rows, columns, way).steps;
  }

  see(numbers: Float64Array, count: number): boolean {
    const [lines, isDown, columns, last] = [this.#lines, this.#isDown, this.#columns, this.#steps - 1];
    let [row, column] = [this.#row, this.#column];
    for (let i = 0; i < count; i += 1) {
      const slot = isDown ? column : 0;
      const step = isDown ? row : column;
      if (!lines.take(slot, step, numbers[i]!)) return false;
      if (step === last && !lines.endLine(slot)) return false;
      column += 1;
      if (column === columns) [row, column] = [row + 1, 0];
    }
    [this.#row, this.#column] = [row, column];
    return true;
  }

  isShown(): boolean {
    return this.#lines.isShown();
  }
}

/** Every line is a sine of evenly spaced angles: each number and the one after the next add up to one multiple of that between. */
export function harmonicLines(rows: number, columns: number, way: Way): Lines {
  const { lines, steps, slots } = sizesOf(rows, columns, way);
  const [before, between, largest] = [new Float64Array(slots), new Float64Array(slots), new Float64Array(slots)];
  /** Sums whose quotient is the multiple that fits best so far. */
  const [products, squares] = [new Float64Array(slots), new Float64Array(slots)];
  // Slow ones look like straight lines, but not all of them are slow.
  let [turning, ended, early] = [0, 0, 0];
  const multipleOf = (slot: number) => (squares[slot] === 0 ? 0 : products[slot]! / squares[slot]!);
  const isTurning = (slot: number) => squares[slot]! > 0 && Math.abs(multipleOf(slot)) < 2 - TOLERANCE;
  return {
    take(slot, step, number) {
      if (step === 0) {
        largest[slot] = products[slot] = squares[slot] = 0;
      } else if (step > 1) {
        const middle = between[slot]!;
        const sum = before[slot]! + number;
        largest[slot] = Math.max(largest[slot]!, Math.abs(middle));
        const slack = TOLERANCE * Math.max(largest[slot], Math.abs(number), 1e-6) * 2;
        if (!(Math.abs(sum) <= 2 * Math.abs(middle) + slack)) return false;
        products[slot]! += sum * middle;
        squares[slot]! += middle * middle;
        if (Math.abs(sum - multipleOf(slot) * middle) > slack) return false;
      }
      before[slot] = between[slot]!;
      between[slot] = number;
      // Many numbers are told to be none by their first rows, all zeros too.
      if (step === MIN_STEPS - 1 && way === 'DOWN') {
        if (isTurning(slot)) early += 1;
        if (slot === lines - 1 && early * 4 < lines) return false;
      }
      return true;
    },
    endLine(slot) {
      ended += 1;
      if (isTurning(slot)) turning += 1;
      return Math.abs(multipleOf(slot)) <= 2 + TOLERANCE;
    },
    isShown: () => ended === lines && lines >= 2 && steps >= MIN_STEPS && turning * 4 >= lines,
  };
}

/** Triangles over mostly zeros, each with its top behind the one before. */
export function filterLines(rows: number, columns: number, way: Way): Lines {
  const { lines, steps, slots } = sizesOf(rows, columns, way);
  const [last, tops] = [new Float64Array(slots), new Int32Array(lines)];
  /** Of a line: before its first number, up to its top, behind it, over. */
  const phases = new Uint8Array(slots);
  const [LOW, RISING, FALLING, OVER] = [0, 1, 2, 3];
  /** Lines with more than one number: a matrix that begins as the identity has none. */
  let [zeros, line, wide] = [0, 0, 0];
  const widths = new Uint32Array(slots);
  return {
    take(slot, step, number) {
      if (!(number >= 0)) return false;
      const at = way === 'DOWN' ? slot : line;
      if (step === 0) {
        phases[slot] = LOW;
        last[slot] = widths[slot] = 0;
        tops[at] = -1;
      }
      const phase = phases[slot]!;
      if (number === 0) {
        zeros += 1;
        if (phase !== LOW) phases[slot] = OVER;
      } else {
        widths[slot]! += 1;
        if (widths[slot] === 2) wide += 1;
        if (phase === OVER || (phase === FALLING && number > last[slot]!)) return false;
        if (phase === LOW || number > last[slot]!) [phases[slot], tops[at]] = [RISING, step];
        else if (number < last[slot]!) phases[slot] = FALLING;
      }
      last[slot] = number;
      return true;
    },
    endLine() {
      line += 1;
      return true;
    },
    isShown() {
      // The lowest bands may be narrower than a step.
      const used = tops.filter((top) => top >= 0);
      return (
        line === lines &&
        zeros * 2 > lines * steps &&
        used.length * 2 > lines &&
        wide * 2 > used.length &&
        used.every((top, i) => i === 0 || top >= used[i - 1]!)
      );
    },
  };
}
