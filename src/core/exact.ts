/** Integers that came out of a file, in messages: beyond 2^53−1 a number is rounded, and must never be said as if it stood there. */

export function sayInteger(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  return value < 0 ? 'a number under −(2^53−1)' : 'a number over 2^53−1';
}

/** The first eight, in brackets. */
export function sayDims(dims: readonly number[]): string {
  return `[${dims.slice(0, 8).map(sayInteger).join(', ')}${dims.length > 8 ? ', …' : ''}]`;
}
