/**
 * What comparisons were asked for last: their answers, which pages of changes and the two requests of a page that shows them ask for
 * again, and the inspections behind them, which are compared with others next. Nothing of it goes stale, since an inspection is never
 * changed. Knows no rights: whoever asks was let see both sides before.
 */
import { LRUCache } from 'lru-cache';
import type { Change, ComparableInspection, Comparison } from '../core/comparison.js';
import type { ComparedMetric } from '../core/metrics.js';

/** Some 30 MB: a change takes 1.5 kB. A comparison with more changes is made for each page. */
const CHANGES_MAX = 20_000;
/** Some 20 MB: a node takes 1.1 kB with its weights, a tensor 0.4 kB, more where names are long. A model with more parts is read each time. */
const PARTS_MAX = 30_000;

/** A comparison that somebody holds, who gives its figures at once, and its changes by the page. */
export interface HeldComparison extends Omit<Comparison, 'changes'> {
  changes: HeldChanges;
}

export interface HeldChanges {
  count: number;
  /** How many of them lie in this thread's memory. */
  heldHere: number;
  /** Between two places in the order of a metric; null is the order of core, the largest of any figure first. */
  slice: (metric: ComparedMetric | null, from: number, to: number) => Promise<readonly Change[]>;
}

export interface Kept {
  comparisons: ComparisonCache;
  inspections: InspectionCache;
}

interface ComparisonCache {
  /** What is kept under the key, or made and then kept; who asks meanwhile waits for the same. Rejects as `make` does. */
  find(key: string, make: () => Promise<HeldComparison>): Promise<HeldComparison>;
}

interface InspectionCache {
  /** Whether it is kept. */
  has(id: string): boolean;
  /** Those that are kept, and what is read of the others and then kept. Rejects as `read` does. */
  find(
    ids: readonly string[],
    read: (missing: readonly string[]) => Promise<Map<string, ComparableInspection>>,
  ): Promise<Map<string, ComparableInspection>>;
}

export function createKept({ changesMax = CHANGES_MAX, partsMax = PARTS_MAX } = {}): Kept {
  return { comparisons: createComparisonCache(changesMax), inspections: createInspectionCache(partsMax) };
}

function createComparisonCache(changesMax: number): ComparisonCache {
  const kept = new LRUCache<string, HeldComparison, () => Promise<HeldComparison>>({
    maxSize: changesMax,
    sizeCalculation: ({ changes }) => changes.heldHere + 1,
    fetchMethod: (_key, _stale, { context: make }) => make(),
    // One that is pushed out while it is made still has somebody who waits for it.
    ignoreFetchAbort: true,
  });
  return { find: (key, make) => kept.forceFetch(key, { context: make }) };
}

function createInspectionCache(partsMax: number): InspectionCache {
  const kept = new LRUCache<string, ComparableInspection>({
    maxSize: partsMax,
    sizeCalculation: ({ recurrentNodes, tensors, decomposedCells }) =>
      recurrentNodes.length + tensors.length + decomposedCells.length + 1,
  });
  return {
    has: (id) => kept.has(id),
    async find(ids, read) {
      const found = new Map<string, ComparableInspection>();
      for (const id of ids) {
        const known = kept.get(id);
        if (known) found.set(id, known);
      }
      const missing = ids.filter((id) => !found.has(id));
      if (missing.length === 0) return found;
      for (const [id, inspection] of await read(missing)) {
        kept.set(id, inspection);
        found.set(id, inspection);
      }
      return found;
    },
  };
}
