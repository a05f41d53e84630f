/** What is compared, as the address has it: the two sides, the figure that is explained, and whether what stayed is listed too. */
import { WeighbridgeError } from '../../core/errors.js';
import { COMPARED_METRICS, type ComparedMetric } from '../../core/metrics.js';
import { parseComparisonSide, type ComparisonSideName } from '../../core/version-name.js';
import { RequestFailed } from '../ask.js';
import { useAddressValues } from '../address-values.js';

export interface Sides {
  /** `model@3` and the like, or the digest of stored bytes. */
  base: string;
  compare: string;
  /** What the file was called where a side is a digest; else empty. */
  baseFile: string;
  compareFile: string;
}

export interface NamedSides {
  base: ComparisonSideName;
  compare: ComparisonSideName;
}

/** The sides as the server takes them; for what is no name, what it would say of it. */
export function namedSides({ base, compare }: Sides): NamedSides | RequestFailed {
  try {
    return { base: parseComparisonSide(base, ['base']), compare: parseComparisonSide(compare, ['compare']) };
  } catch (error) {
    if (error instanceof WeighbridgeError) return new RequestFailed(error.code, error.message);
    throw error;
  }
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
