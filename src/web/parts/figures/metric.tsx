/** Metrics by the names that people give them, and their values in their units. */
import { type Metric, METRIC_FACTS, METRICS } from '../../../core/metrics.js';
import { Bytes, Change, Count, type Known } from './number.js';

export const labelOf = (metric: Metric): string => METRIC_FACTS[metric].label;

/** As the subject of a sentence, and with the data type where there is one. */
export function nameOfMetric(metric: Metric, dtype: string | null): string {
  if (dtype === null) return labelOf(metric);
  return metric === 'MEMORY' ? `Memory in ${dtype}` : `${labelOf(metric)}, ${dtype}`;
}

export const METRIC_OPTIONS = METRICS.map((value) => ({ value, label: labelOf(value) }));

export const unitOf = (metric: Metric): string => {
  const { unit } = METRIC_FACTS[metric];
  return unit === 'multiply–accumulates' ? 'MACs' : unit;
};

/** A lower bound has its sign before it. */
export function MetricValue({ metric, value, exact = true }: { metric: Metric; value: Known; exact?: boolean }) {
  const isBound = !exact && value !== null && value !== undefined;
  return (
    <span
      className="number"
      title={
        isBound ? 'A lower bound: some nodes or weights cannot be verified, or data lies outside the file.' : undefined
      }
    >
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
