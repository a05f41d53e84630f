/** What budgets, histories and audits measure, as one closed set of GraphQL. */
import { registerEnumType } from 'type-graphql';
import { factsOf, METRICS, type Metric } from '../core/metrics.js';

/** The description of whatever field or value is this metric. */
export function sayMetric(metric: Metric): string {
  const { description, unit } = factsOf(metric);
  return `${description} Unit: ${unit}.`;
}

export const MetricEnum = Object.fromEntries(METRICS.map((metric) => [metric, metric])) as Record<Metric, Metric>;

registerEnumType(MetricEnum, {
  name: 'Metric',
  description:
    'A quantity measured for a version. A figure over recurrent nodes is a lower bound while one is UNVERIFIABLE, one over learned params while unverifiableWeights is over 0.',
  valuesConfig: Object.fromEntries(METRICS.map((metric) => [metric, { description: sayMetric(metric) }])),
});
