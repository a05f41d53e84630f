/** What is asked of a history: the metric and the page, and what the registry’s list takes. */
import { ArgsType, Field, Int } from 'type-graphql';
import type { StorageType } from '../../core/layer/estimate.js';
import { metricQuestion } from '../../core/measurements.js';
import { type Metric } from '../../core/metrics.js';
import type { HistoryList } from '../../registry/catalog/history.js';
import { PageArgs, pageRequest } from '../connection.js';
import { MetricEnum } from '../metric-enum.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

@ArgsType()
export class HistoryArgs extends PageArgs {
  @Field(() => MetricEnum, { description: 'What is measured.' })
  metric!: Metric;

  @Field(() => StorageTypeEnum, {
    nullable: true,
    description: 'Data type for MEMORY, FP32 if absent; refused for other metrics.',
  })
  dtype?: StorageType | null;

  // Said again, since this list allows more than others.
  @Field(() => Int, {
    nullable: true,
    description: 'Members from the start, 1 to 10,000; 20 if neither first nor last is given.',
  })
  declare first?: number | null;

  @Field(() => Int, { nullable: true, description: 'Members from the end, 1 to 10,000; not together with first.' })
  declare last?: number | null;
}

export function historyList({ metric, dtype, ...args }: HistoryArgs): HistoryList {
  return { ...metricQuestion(metric, dtype), page: pageRequest(args) };
}
