/** What is compared, as the address has it: the two sides, the figure that is explained, and whether what stayed is listed too. */
import { COMPARED_METRICS, type ComparedMetric } from '../../core/metrics.js';
import { useAddressValues } from '../address-values.js';

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
  metric: ComparedMetric | null;
  unchanged: boolean;
  set: (changes: Partial<Record<keyof Sides | 'metric' | 'unchanged', string>>) => void;
}

const DEFAULTS = { base: '', compare: '', baseFile: '', compareFile: '', metric: '', unchanged: '' };

export function useComparisonQuestion(): ComparisonQuestion {
  const { values, set } = useAddressValues(DEFAULTS, { isStep: true });
  const { metric, unchanged, ...sides } = values;
  return {
    ...sides,
    metric: COMPARED_METRICS.find((one) => one === metric) ?? null,
    unchanged: unchanged === 'true',
    set,
  };
}
