/**
 * What made the size drift of the rows that an audit shows. The ranking is computed by the database alone; causes want both
 * inspections whole, so they are read for the rows of a page, a few at a time, and only when they are asked for.
 */
import type { CausesByMetric } from '../../core/comparison.js';
import { compareInspections } from '../../core/drift/compare.js';
import { findWholeInspections } from '../inspections/whole-inspections.js';
import type { Needs } from '../needs.js';

/** Pairs that are held in memory at once: twenty inspections with their nodes and tensors. */
export const CAUSES_BATCH = 10;
/** With more recurrent nodes on a side a comparison is asked for by itself. */
export const CAUSES_NODES_MAX = 1_000;

/** Of two inspections, which the caller must have found for a principal that sees them. */
export interface InspectionPair {
  base: string;
  compare: string;
}

/** By the texts that `pairKey` makes. */
export async function loadCauses(needs: Needs, keys: readonly string[]): Promise<Map<string, CausesByMetric>> {
  const pairs = keys.map((key) => ({ key, ...pairOf(key) }));
  const whole = await findWholeInspections(needs, [...new Set(pairs.flatMap(({ base, compare }) => [base, compare]))]);
  const found = new Map<string, CausesByMetric>();
  for (const { key, base, compare } of pairs) {
    const [before, after] = [whole.get(base), whole.get(compare)];
    if (before && after) found.set(key, compareInspections(before, after).byCause);
  }
  return found;
}

export function pairKey({ base, compare }: InspectionPair): string {
  return `${base} ${compare}`;
}

function pairOf(key: string): InspectionPair {
  const [base = '', compare = ''] = key.split(' ');
  return { base, compare };
}
