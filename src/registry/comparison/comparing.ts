/**
 * Comparisons that somebody holds: small ones here, large ones in a thread, since a comparison of ten thousand nodes takes a second, and reading
 * them from text as long. Whoever holds one gives its figures at once, and its changes by the page.
 */
import type { Change, ComparableInspection, Comparison } from '../../core/comparison.js';
import { compareInspections, orderBy } from '../../core/drift/compare.js';
import type { ComparedMetric } from '../../core/metrics.js';
import type { InspectionTexts } from '../inspections/inspection-texts.js';
import type { HeldChanges, HeldComparison } from '../kept.js';

export interface CompareOptions {
  unchanged?: boolean;
}

/** What the thread is started with: of how many changes it holds the comparisons. */
export interface CompareSettings {
  changesHeld: number;
}

/** What a thread is asked for: a comparison by its key, with the texts where it may have none of this key yet. */
export interface CompareRequest {
  key: string;
  sides: { base: InspectionTexts; compare: InspectionTexts; options: CompareOptions } | null;
  /** Of its changes. */
  slice: { metric: ComparedMetric | null; from: number; to: number } | null;
}

/** Null where it has none of this key, and was given no texts. */
export type CompareAnswer = { head: Omit<Comparison, 'changes'>; count: number; slice: readonly Change[] } | null;

export function compareHere(
  base: ComparableInspection,
  compare: ComparableInspection,
  options: CompareOptions,
): HeldComparison {
  const { changes, ...head } = compareInspections(base, compare, options);
  const slice: HeldChanges['slice'] = (metric, from, to) => Promise.resolve(sliceOf(changes, { metric, from, to }));
  return { ...head, changes: { count: changes.length, heldHere: changes.length, slice } };
}

export function sliceOf(changes: readonly Change[], { metric, from, to }: NonNullable<CompareRequest['slice']>) {
  return (metric === null ? changes : orderBy(changes, metric)).slice(from, to);
}
