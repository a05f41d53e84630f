/** Reads the name of a metric from an option, in either case: `RECURRENT_PER_USE`, `recurrent-per-use`. */
import { InvalidArgumentError } from 'commander';
import { METRICS, type Metric } from '../../core/metrics.js';
import { likeliest } from '../../core/spelling.js';

export function metricOf(text: string): Metric {
  const name = text.toUpperCase().replaceAll('-', '_');
  const metric = METRICS.find((one) => one === name);
  if (metric !== undefined) return metric;
  const meant = likeliest(name, METRICS);
  throw new InvalidArgumentError(
    meant === null ? `Allowed choices are ${METRICS.join(', ')}.` : `Did you mean ${meant}?`,
  );
}
