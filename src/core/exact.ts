/** Integers beyond 2^53−1, where a number is rounded: never counted with, and never said as if they were exact. */

/** Null when over 2^53−1. */
export function exact(value: bigint): number | null {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}

/** An integer that came out of a file, in a message. */
export function sayInteger(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  return value < 0 ? 'a number under −(2^53−1)' : 'a number over 2^53−1';
}

/** 1234567 → 1,234,567; the same in every locale. */
export function digits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The first eight, in brackets. */
export function sayDims(dims: readonly number[]): string {
  return `[${dims.slice(0, 8).map(sayInteger).join(', ')}${dims.length > 8 ? ', …' : ''}]`;
}
