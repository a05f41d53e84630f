/** One row of the audit of size drift: a model with its two versions, what is pointed out, and on request what made it grow. */
import { Ctx, Field, FieldResolver, Float, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import {
  AUDIT_FLAGS,
  type AuditCause,
  type AuditedVersion,
  type AuditFlag,
  type AuditRow,
  shareCauses,
} from '../../core/audit.js';
import type { Model, Version } from '../../core/catalog.js';
import type { Check } from '../../core/check/check.js';
import type { ChangeCause } from '../../core/comparison.js';
import { COMPARED_METRICS, isCompared, type Metric } from '../../core/metrics.js';
import { CAUSES_NODES_MAX, pairKey } from '../../registry/audit/audit-causes.js';
import { CheckType } from '../check/check-type.js';
import { closedSet } from '../closed-set.js';
import { ChangeCauseEnum } from '../comparison/change-type.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { VersionType } from '../version/version-type.js';
import { MetricEnum } from '../metric-enum.js';
import type { Relation } from '../relation.js';

export const AuditFlagEnum = closedSet<AuditFlag>(
  'AuditFlag',
  'A condition that an audit flags on a model.',
  AUDIT_FLAGS,
  {
    BUDGET_BROKEN:
      'The last check of the latest version found it over a budget that still applies, even if an earlier version exceeded it first, and no approval covers it.',
    BUDGET_EXPIRED: 'A budget of the model has expired.',
    BUDGET_IDLE:
      'A budget that applies to the model is about some nodes, and selects nothing in the latest version of any model.',
    BUDGET_ABSENT: 'No budget applies to the model.',
    UNCHECKED:
      'The latest version was not checked against the current revision of every budget that applies: it is unknown whether one is broken.',
    UNVERIFIABLE:
      'The latest version has recurrent nodes or stored tensors whose weights cannot be verified: figures are lower bounds.',
    DECLARED_DIFFERS:
      'The declared number of params is none of the figures counted: `declaredAgreement` of the latest version is DIFFERENT.',
    NOT_COMPARABLE: 'A figure is unknown or a lower bound, or the two were read by different inspection versions.',
    NO_BASE: 'There is no version to compare with.',
  },
);

@ObjectType('AuditedVersion', { simpleResolvers: true, description: 'A version in an audit, with the metric.' })
class AuditedVersionType implements Pick<AuditedVersion, 'number' | 'value' | 'exact'> {
  @Field(() => Int, { description: 'Number of the version.' })
  number!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Value of the metric, in its unit; null when unknown.' })
  value!: number | null;

  @Field(() => Boolean, { description: 'False when the value is a lower bound or unknown.' })
  exact!: boolean;
}

@ObjectType('AuditRow', {
  simpleResolvers: true,
  description: 'One model in an audit. Models without versions, or with only withdrawn ones, are excluded.',
})
export class AuditRowType implements Omit<AuditRow, 'modelId' | 'latest' | 'base'> {
  @Field(() => MetricEnum, { description: 'The metric of value, delta and ratio.' })
  metric!: Metric;

  @Field(() => String, { description: 'Name of the model.' })
  modelName!: string;

  @Field(() => AuditedVersionType, { description: 'The latest version that is not withdrawn.' })
  latest!: Relation<AuditedVersionType>;

  @Field(() => AuditedVersionType, {
    nullable: true,
    description: 'What it is compared with; null when there is none.',
  })
  base!: Relation<AuditedVersionType> | null;

  @Field(() => Boolean, {
    description: 'Whether the base differs from the requested one, because that does not exist.',
  })
  baseFallback!: boolean;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Difference latest − base, in the unit of the metric; null unless both are exact and of one inspection version.',
  })
  delta!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the base, delta ÷ base; null where delta is, and when the base is 0.',
  })
  ratio!: number | null;

  @Field(() => [AuditFlagEnum], { description: 'Flags.' })
  flags!: AuditFlag[];

  @Field(() => GraphQLSafeInt, {
    description:
      'Budgets that the last check found exceeded, even if an earlier version exceeded them first, that still apply and that no approval covers.',
  })
  brokenBudgets!: number;

  @Field(() => GraphQLSafeInt, { description: 'Budgets of the model that have expired.' })
  expiredBudgets!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Budgets that apply to the model and select nothing in the latest version of any model.',
  })
  idleBudgets!: number;

  @Field(() => GraphQLSafeInt, { description: 'Budgets that apply to the model now.' })
  budgets!: number;

  @Field(() => GraphQLSafeInt, { description: 'Recurrent nodes of the latest version that cannot be verified.' })
  unverifiableNodes!: number;

  @Field(() => GraphQLSafeInt, {
    description:
      'Tensors of the latest version of which it is not known how many learned params they hold, those in attributes and those that the caller gives included.',
  })
  unverifiableWeights!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Learned params that the publisher declared for the latest version.',
  })
  declaredParams!: number | null;

  @Field(() => GraphQLSafeInt, { description: 'Learned params counted in the latest version.' })
  modelParams!: number;
}

@ObjectType('AuditCause', { simpleResolvers: true, description: 'Contribution of one cause to the growth of a model.' })
class AuditCauseType implements AuditCause {
  @Field(() => ChangeCauseEnum, { description: 'The cause.' })
  cause!: ChangeCause;

  @Field(() => GraphQLSafeInt, { description: 'Its part of the delta, in the unit of the metric; never 0.' })
  delta!: number;

  @Field(() => Float, { nullable: true, description: 'Its part as a share of the delta; null when that is 0.' })
  share!: number | null;
}

/** A comparison reads two inspections whole: a hundred rows with their causes are half of what one operation may cost. */
const CAUSES_COST = 20;

@Resolver(() => AuditedVersionType)
export class AuditedVersionResolver {
  @FieldResolver(() => VersionType, { description: 'The version itself.' })
  async version(@Root() { versionId }: AuditedVersion, @Ctx() { loaders }: GraphqlContext): Promise<Version> {
    return required(await loaders.version.load(versionId), 'a version of an audit');
  }
}

@Resolver(() => AuditRowType)
export class AuditRowResolver {
  @FieldResolver(() => ModelType, { description: 'The model itself.' })
  async model(@Root() { modelId }: AuditRow, @Ctx() { loaders }: GraphqlContext): Promise<Model> {
    return required(await loaders.model.load(modelId), 'a model of an audit');
  }

  @FieldResolver(() => [AuditCauseType], {
    nullable: true,
    complexity: CAUSES_COST,
    description: `Causes of the growth, the largest first; their deltas sum to it. Null where the growth is unknown, where a comparison has no causes for the metric (it has them for ${COMPARED_METRICS.join(', ')}), and where a side has more than ${CAUSES_NODES_MAX.toLocaleString('en')} recurrent nodes: use compareVersions for those.`,
  })
  async causes(
    @Root() { metric, base, latest, delta }: AuditRow,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<AuditCauseType[] | null> {
    if (base === null || delta === null || !isCompared(metric)) return null;
    if (Math.max(base.recurrentNodes, latest.recurrentNodes) > CAUSES_NODES_MAX) return null;
    if (base.inspectionId === latest.inspectionId) return [];
    const causes = await loaders.causes.load(pairKey({ base: base.inspectionId, compare: latest.inspectionId }));
    return causes === undefined ? null : shareCauses(causes, metric, delta);
  }

  @FieldResolver(() => CheckType, {
    nullable: true,
    description: 'The last check of the latest version; null when there was none.',
  })
  async latestCheck(@Root() { latest }: AuditRow, @Ctx() { loaders }: GraphqlContext): Promise<Check | null> {
    return (await loaders.latestCheck.load(latest.versionId)) ?? null;
  }
}
