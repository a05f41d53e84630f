/** What budgets, histories and audits measure, as one closed set of GraphQL. */
import { registerEnumType } from 'type-graphql';
import { METRIC_FACTS, METRICS, type Metric } from '../core/metrics.js';

export const MetricEnum = Object.fromEntries(METRICS.map((metric) => [metric, metric])) as Record<Metric, Metric>;

registerEnumType(MetricEnum, {
  name: 'Metric',
  description:
    'What is measured of a version. A figure over recurrent nodes is a lower bound while one is UNVERIFIABLE.',
  valuesConfig: Object.fromEntries(
    METRICS.map((metric) => {
      const { description, unit } = METRIC_FACTS[metric];
      return [metric, { description: `${description} Unit: ${unit}.` }];
    }),
  ),
});
