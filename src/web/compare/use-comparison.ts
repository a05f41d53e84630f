/** What is compared, as the address has it: the two sides, the figure that is explained, and whether what stayed is listed too. */
import { useSearchParams } from 'wouter';
import { COMPARISON_METRICS, type ComparisonMetric } from '../../core/comparison.js';

export interface Sides {
  /** `model@3` and the like, or the digest of stored bytes. */
  base: string;
  compare: string;
  /** What the file was called where a side is a digest; else empty. */
  baseFile: string;
  compareFile: string;
}

export interface ComparisonQuestion extends Sides {
  /** Null where the address names none: then it is the first that changed. */
  metric: ComparisonMetric | null;
  unchanged: boolean;
  set: (changes: Partial<Record<keyof Sides | 'metric' | 'unchanged', string>>) => void;
}

export function useComparisonQuestion(): ComparisonQuestion {
  const [search, setSearch] = useSearchParams();
  return {
    base: search.get('base') ?? '',
    compare: search.get('compare') ?? '',
    baseFile: search.get('baseFile') ?? '',
    compareFile: search.get('compareFile') ?? '',
    metric: COMPARISON_METRICS.find((metric) => metric === search.get('metric')) ?? null,
    unchanged: search.get('unchanged') === 'true',
    set: (changes) =>
      setSearch((old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(changes)) {
          if (value === '') next.delete(name);
          else next.set(name, value);
        }
        for (const cursor of ['after', 'before']) next.delete(cursor);
        return next;
      }),
  };
}
