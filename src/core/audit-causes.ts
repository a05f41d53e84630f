/** What made the size drift of a model: the causes of a comparison as parts of a row's delta. Pure. */
import type { AuditCause } from './audit.js';
import type { CausesByMetric } from './comparison.js';
import type { Metric } from './metrics.js';

/** The metrics of which a comparison tells causes. */
const CAUSES_OF = {
  MODEL_PARAMS: 'modelParams',
  RECURRENT_PER_USE: 'recurrentPerUse',
  RECURRENT_DISTINCT: 'recurrentDistinct',
  RECURRENT_EFFECTIVE: 'recurrentEffective',
  STORED_ELEMENTS: 'storedElements',
  BYTE_SIZE: 'bytes',
} as const satisfies Partial<Record<Metric, keyof CausesByMetric>>;

export function hasCauses(metric: Metric): metric is keyof typeof CAUSES_OF {
  return Object.hasOwn(CAUSES_OF, metric);
}

/** The largest first; the deltas sum to `delta`. */
export function shareCauses(causes: CausesByMetric, metric: keyof typeof CAUSES_OF, delta: number): AuditCause[] {
  return causes[CAUSES_OF[metric]].map((cause) => ({ ...cause, share: delta === 0 ? null : cause.delta / delta }));
}
