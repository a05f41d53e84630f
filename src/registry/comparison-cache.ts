/**
 * The comparisons that were asked for last: pages of changes, and the two requests of a page that shows them, ask for the same one.
 * Nothing of it goes stale, since an inspection is never changed. Knows no rights: whoever asks was let see both sides before.
 */
import { LRUCache } from 'lru-cache';
import type { Comparison } from '../core/comparison.js';

/** Some 30 MB: a change takes 1.5 kB. A comparison with more changes is made for each page. */
const CHANGES_MAX = 20_000;

export interface ComparisonCache {
  /** What is kept under the key, or made and then kept; who asks meanwhile waits for the same. Rejects as `make` does. */
  find(key: string, make: () => Promise<Comparison>): Promise<Comparison>;
}

export function createComparisonCache(changesMax = CHANGES_MAX): ComparisonCache {
  const kept = new LRUCache<string, Comparison, () => Promise<Comparison>>({
    maxSize: changesMax,
    sizeCalculation: ({ changes }) => changes.length + 1,
    fetchMethod: (_key, _stale, { context: make }) => make(),
    // One that is pushed out while it is made still has somebody who waits for it.
    ignoreFetchAbort: true,
  });
  return { find: (key, make) => kept.forceFetch(key, { context: make }) };
}
