/** Which rows of an audit, in which order, and the question that they answer. */
import { ArgsType, Field, Float, InputType } from 'type-graphql';
import { AUDIT_ORDER_FIELDS, type AuditFlag, type AuditOrderField, type AuditQuestion } from '../../core/audit.js';
import type { Comparator, Direction, ModelFilter, Order } from '../../core/catalog.js';
import type { StorageType } from '../../core/layer/estimate.js';
import { metricQuestion } from '../../core/measurements.js';
import { type Metric } from '../../core/metrics.js';
import { AuditFlagEnum } from './audit-row-type.js';
import { AuditBaselineInput, baselineOf } from '../baseline.js';
import { closedSet } from '../closed-set.js';
import { SafeIntComparator } from '../comparators.js';
import { PageArgs } from '../connection.js';
import { MetricEnum } from '../metric-enum.js';
import { ModelFilterInput } from '../model/model-list.js';
import { DirectionEnum } from '../order-direction.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

const AuditOrderFieldEnum = closedSet<AuditOrderField>(
  'AuditOrderField',
  'Field that an audit is sorted by.',
  AUDIT_ORDER_FIELDS,
  {
    DELTA: 'Growth since the base, in the unit of the metric; unknown last.',
    RATIO: 'Growth as a part of the base, to the millionth; unknown last.',
    VALUE: 'The metric of the latest version; unknown last.',
    BROKEN_BUDGETS: 'Number of broken budgets.',
    MODEL_NAME: 'Name of the model.',
  },
);

@InputType({ description: 'Compares the flags of a model; all given conditions must hold.' })
class AuditFlagComparator {
  @Field(() => AuditFlagEnum, { nullable: true, description: 'Has this flag.' })
  has?: AuditFlag;

  @Field(() => [AuditFlagEnum], { nullable: true, description: 'Has all of these flags.' })
  hasEvery?: AuditFlag[];

  @Field(() => [AuditFlagEnum], { nullable: true, description: 'Has at least one of these flags.' })
  hasSome?: AuditFlag[];
}

@InputType('AuditFilter', { description: 'Filter for the rows of an audit; all given conditions must hold.' })
class AuditFilterInput {
  @Field(() => ModelFilterInput, { nullable: true, description: 'Which models.' })
  model?: ModelFilter;

  @Field(() => SafeIntComparator, { nullable: true, description: 'Growth since the base, in the unit of the metric.' })
  delta?: Comparator<number>;

  @Field(() => Float, { nullable: true, description: 'Growth above this fraction of the base: 0.1 is a tenth.' })
  ratioOver?: number;

  @Field(() => AuditFlagComparator, { nullable: true, description: 'Flags.' })
  flags?: AuditFlagComparator;
}

@InputType('AuditOrder', { description: 'Order of an audit; ties are broken by id.' })
class AuditOrderInput implements Order<AuditOrderField> {
  @Field(() => AuditOrderFieldEnum, { description: 'Field to sort by.' })
  field!: AuditOrderField;

  @Field(() => DirectionEnum, { description: 'Ascending or descending.' })
  direction!: Direction;
}

@ArgsType()
export class AuditArgs extends PageArgs {
  @Field(() => MetricEnum, { description: 'What is compared.', defaultValue: 'MODEL_PARAMS' })
  metric!: Metric;

  @Field(() => StorageTypeEnum, {
    nullable: true,
    description: 'Data type for MEMORY, FP32 if absent; refused for other metrics.',
  })
  dtype?: StorageType | null;

  @Field(() => AuditBaselineInput, {
    nullable: true,
    description: 'What the latest version is compared with; PREVIOUS if absent.',
  })
  baseline?: AuditBaselineInput | null;

  @Field(() => AuditFilterInput, { nullable: true, description: 'Which rows; all if absent.' })
  where?: AuditFilterInput | null;

  @Field(() => AuditOrderInput, { nullable: true, description: 'Ranking; the largest growth first if absent.' })
  orderBy?: AuditOrderInput | null;
}

export function auditQuestion({ metric, dtype, baseline, where, orderBy }: AuditArgs): AuditQuestion {
  return {
    ...metricQuestion(metric, dtype),
    baseline: baseline ? baselineOf(baseline) : { kind: 'PREVIOUS' },
    ...(where && { where: where }),
    ...(orderBy && { orderBy }),
  };
}
