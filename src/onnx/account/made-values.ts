/**
 * Values that a formula made and no training: windows, sines and cosines, filter banks. By their numbers alone; whether what
 * takes them could have learned them is asked in classes.ts. Looks no further than to the first number that contradicts.
 */

/** What a formula may make. */
export type Made = 'WINDOW' | 'HARMONIC' | 'FILTER_BANK';

/** The number at a place, in row-major order. */
export type Reader = (place: number) => number;

/** Shorter ones are alike by chance. */
const MIN_WINDOW = 16;
const MIN_STEPS = 8;
const MIN_FILTERS = 4;
/** Of numbers of about 1: what is left of angles of some thousand radians in single precision. */
const TOLERANCE = 2e-3;

export function madeValues(read: Reader, dims: readonly number[]): Made | null {
  const [rows, columns, more] = dims.filter((dim) => dim > 1);
  if (rows === undefined) return null;
  if (columns === undefined) return isWindow(read, rows) ? 'WINDOW' : null;
  if (more !== undefined) return null;
  const [down, across] = [
    (line: number, step: number) => read(step * columns + line),
    (line: number, step: number) => read(line * columns + step),
  ];
  if (areHarmonic(down, columns, rows) || areHarmonic(across, rows, columns)) return 'HARMONIC';
  if (areFilters(down, columns, rows) || areFilters(across, rows, columns)) return 'FILTER_BANK';
  return null;
}

/** Hann, Hamming and their like, whole or one period of it: from about 0 up to 1 in the middle, and down the same way. */
function isWindow(read: Reader, length: number): boolean {
  if (length < MIN_WINDOW || Math.abs(read(0)) > 0.1) return false;
  const middle = Math.floor(length / 2);
  if (Math.abs(read(middle) - 1) > 0.05) return false;
  const isMirrored = (shift: number) => {
    for (let place = shift; place < middle; place += 1) {
      if (Math.abs(read(place) - read(length - 1 + shift - place)) > TOLERANCE) return false;
    }
    return true;
  };
  if (!isMirrored(0) && !isMirrored(1)) return false;
  for (let place = 1; place <= middle; place += 1) if (read(place) < read(place - 1) - TOLERANCE) return false;
  return true;
}

type Lines = (line: number, step: number) => number;

/** Whether every line is a sine of evenly spaced angles: each number and the one after the next add up to one multiple of that between. */
function areHarmonic(read: Lines, lines: number, steps: number): boolean {
  if (steps < MIN_STEPS || lines < 2) return false;
  let turning = 0;
  for (let line = 0; line < lines; line += 1) {
    let [product, square, largest] = [0, 0, 0];
    for (let step = 1; step + 1 < steps; step += 1) {
      const between = read(line, step);
      product += (read(line, step - 1) + read(line, step + 1)) * between;
      square += between * between;
      largest = Math.max(largest, Math.abs(between));
      // Most tables are told apart by their first numbers.
      if (step === MIN_STEPS - 2 && !follows(read, line, square === 0 ? 0 : product / square, step + 2, largest))
        return false;
    }
    const multiple = square === 0 ? 0 : product / square;
    if (!follows(read, line, multiple, steps, largest)) return false;
    if (Math.abs(multiple) < 2 - TOLERANCE && square > 0) turning += 1;
  }
  // Slow ones look like straight lines, but not all of them are slow.
  return turning * 4 >= lines;
}

function follows(read: Lines, line: number, multiple: number, steps: number, largest: number): boolean {
  if (Math.abs(multiple) > 2 + TOLERANCE) return false;
  for (let step = 1; step + 1 < steps; step += 1) {
    const expected = multiple * read(line, step);
    if (Math.abs(read(line, step - 1) + read(line, step + 1) - expected) > TOLERANCE * Math.max(largest, 1e-6) * 2)
      return false;
  }
  return true;
}

/** Triangles over mostly zeros, each with its top behind the one before. */
function areFilters(read: Lines, lines: number, steps: number): boolean {
  if (lines < MIN_FILTERS || steps < MIN_STEPS) return false;
  let [zeros, last, used] = [0, -1, 0];
  for (let line = 0; line < lines; line += 1) {
    let [top, highest, isFalling, isOver] = [-1, 0, false, false];
    for (let step = 0; step < steps; step += 1) {
      const number = read(line, step);
      if (number < 0 || (isOver && number > 0)) return false;
      if (number === 0) {
        zeros += 1;
        if (highest > 0) isOver = true;
        continue;
      }
      if (number > highest) {
        if (isFalling) return false;
        [top, highest] = [step, number];
      } else if (number < highest) isFalling = true;
    }
    if (top < 0) continue; // the lowest bands may be narrower than a step
    if (top < last) return false;
    [last, used] = [top, used + 1];
  }
  return zeros * 2 > lines * steps && used * 2 > lines;
}
