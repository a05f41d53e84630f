/** Metrics by the names that people give them, and their values in their units. */
import { METRIC_FACTS, METRICS, type Metric } from '../../../core/metrics.js';
import { Bytes, Change, Count, type Known } from './number.js';

export const METRIC_LABELS: Record<Metric, string> = {
  MODEL_PARAMS: 'Learned params',
  RECURRENT_PER_USE: 'Recurrent params, per use',
  RECURRENT_DISTINCT: 'Recurrent params',
  RECURRENT_EFFECTIVE: 'Recurrent params, effective, per use',
  RECURRENT_EFFECTIVE_DISTINCT: 'Recurrent params, effective',
  STORED_ELEMENTS: 'Stored elements',
  BYTE_SIZE: 'Size of the file',
  TOTAL_BYTE_SIZE: 'Size with external data',
  WEIGHT_BYTES: 'Bytes of weights',
  METADATA_BYTES: 'Bytes of metadata',
  DUPLICATE_BYTES: 'Bytes stored twice',
  MACS_PER_STEP: 'MACs per time step',
  STATE_BYTES: 'Bytes of state',
  RECURRENT_NODES: 'Recurrent nodes',
  MEMORY: 'Memory in a data type',
};

/** As the subject of a sentence, and with the data type where there is one. */
export function nameOfMetric(metric: Metric, dtype: string | null): string {
  if (dtype === null) return METRIC_LABELS[metric];
  return metric === 'MEMORY' ? `Memory in ${dtype}` : `${METRIC_LABELS[metric]}, ${dtype}`;
}

export const METRIC_OPTIONS = METRICS.map((value) => ({ value, label: METRIC_LABELS[value] }));

export const unitOf = (metric: Metric): string => {
  const { unit } = METRIC_FACTS[metric];
  return unit === 'multiply–accumulates' ? 'MACs' : unit;
};

/** A lower bound has its sign before it. */
export function MetricValue({ metric, value, exact = true }: { metric: Metric; value: Known; exact?: boolean }) {
  const isBound = !exact && value !== null && value !== undefined;
  return (
    <span className="number" title={isBound ? 'A lower bound: some nodes cannot be verified.' : undefined}>
      {isBound ? '≥ ' : null}
      {unitOf(metric) === 'bytes' ? <Bytes value={value} /> : <Count value={value} />}
    </span>
  );
}

/** Exact in every unit: a change in bytes may be small beside what it changes. */
export function MetricChange({ metric, value }: { metric: Metric; value: Known }) {
  const unit = unitOf(metric);
  return unit === 'bytes' ? <Change value={value} unit="B" /> : <Change value={value} />;
}
