/**
 * One metric over the versions of a model: what each version changed, and which of them are change points. Pure. Must never compare
 * a figure that is only a lower bound, or two that were read by different inspection versions.
 */

/** A change smaller than this part of the level before is no change point. */
const CHANGE_RATIO = 0.05;
/** Versions before a point whose median is the level before it. */
export const LEVEL_BEFORE = 3;
/** Versions from a point on, itself among them, of which more than half must stand at the new level. */
export const LEVEL_AFTER = 3;

export interface HistoryPoint {
  /** Opaque id of the version. */
  versionId: string;
  number: number;
  createdAt: Date;
  inspectionVersion: number;
  /** Null when it is not known. */
  value: number | null;
  /** False for a lower bound. */
  exact: boolean;
  /** value − value of the version before; null for the first, and where the two cannot be compared. */
  delta: number | null;
  /** delta ÷ value of the version before; null as delta is, and when that value is 0. */
  ratio: number | null;
  changePoint: boolean;
}

/** Exact values around one version, all of its inspection version; null where there is none. */
export interface Surroundings {
  value: number | null;
  /** Of the version just before, whatever it was read by: null unless it can be compared. */
  previous: number | null;
  /** The nearest first, at most LEVEL_BEFORE. */
  before: readonly (number | null)[];
  /** The nearest first, at most LEVEL_AFTER − 1. */
  after: readonly (number | null)[];
}

export function changeSince(base: number | null, value: number | null): { delta: number | null; ratio: number | null } {
  if (base === null || value === null) return { delta: null, ratio: null };
  const delta = value - base;
  return { delta, ratio: base === 0 ? null : delta / base };
}

/**
 * Whether a lasting change begins at this version: it differs from the version before, and from the median of the three before
 * it, by 5 % or more in one direction, and so do more than half of itself and the two after it. A value that the next versions
 * take back is none; at the newest version there is nothing to take it back yet.
 */
export function isChangePoint({ value, previous, before, after }: Surroundings): boolean {
  if (value === null || previous === null || value === previous) return false;
  const level = median(before.filter((each) => each !== null));
  if (level === null) return false;
  const upward = value > previous;
  const beyond = (base: number, each: number) =>
    (upward ? each - base : base - each) >= CHANGE_RATIO * base && each !== base;
  const onward = [value, ...after.filter((each) => each !== null)];
  const there = onward.filter((each) => beyond(level, each)).length;
  return beyond(previous, value) && beyond(level, value) && there * 2 > onward.length;
}

/** Of an even number the lower of the two in the middle, so that it is a value that was measured. Null of none. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? null;
}
