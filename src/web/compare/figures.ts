/** The figures of a comparison, in the order in which they are shown. */
import type { ComparisonMetric } from '../../core/comparison.js';

export interface Figure {
  metric: ComparisonMetric;
  label: string;
  unit: string;
}

export const FIGURES: readonly Figure[] = [
  { metric: 'modelParams', label: 'Learned params', unit: 'params' },
  { metric: 'recurrentDistinct', label: 'Recurrent params', unit: 'params' },
  { metric: 'recurrentPerUse', label: 'Recurrent, per use', unit: 'params' },
  { metric: 'recurrentEffective', label: 'Recurrent, effective', unit: 'params' },
  { metric: 'storedElements', label: 'Stored elements', unit: 'elements' },
  { metric: 'byteSize', label: 'Size of the file', unit: 'bytes' },
];
