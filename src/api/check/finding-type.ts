/** What one limit of one budget says of a version: value, limit, base, and who made the difference. */
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { Budget } from '../../core/budget.js';
import { CONTRIBUTORS_SHOWN } from '../../core/check-contributors.js';
import {
  CHECK_OUTCOMES,
  type CheckOutcome,
  type Contributor,
  type Finding,
  FINDING_REASONS,
  BASE_KINDS,
  type BaseKind,
  type FindingBase,
  type FindingReason,
  type FindingSelection,
  type Followed,
  LIMIT_KINDS,
  type LimitKind,
  type VersionContribution,
} from '../../core/check/check.js';
import type { ChangeCause, MatchConfidence } from '../../core/comparison.js';
import type { RecurrentOpType } from '../../core/inspection.js';
import type { StorageType } from '../../core/layer/estimate.js';
import type { Metric } from '../../core/metrics.js';
import { BudgetType } from '../budget/budget-type.js';
import { closedSet } from '../closed-set.js';
import { ChangeCauseEnum, MatchConfidenceEnum } from '../comparison/change-type.js';
import { RecurrentOpTypeEnum } from '../inspection/recurrent-enums.js';
import { MetricEnum } from '../metric-enum.js';
import type { Relation } from '../relation.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

export const CheckOutcomeEnum = closedSet<CheckOutcome>(
  'CheckOutcome',
  'Outcome of budgets: the worst of FAIL, WARN and PASS; SKIPPED when nothing could be evaluated.',
  CHECK_OUTCOMES,
  {
    PASS: 'The limit is kept.',
    WARN: 'The limit is broken, but not by this version, or by a budget of level WARN.',
    FAIL: 'The limit is broken by this version, or cannot be verified.',
    SKIPPED: 'The limit could not be evaluated.',
  },
);

const LimitKindEnum = closedSet<LimitKind>('LimitKind', 'Which limit of a budget.', LIMIT_KINDS, {
  MAX: 'The fixed limit.',
  MAX_INCREASE_PERCENT: 'The limit on growth over the baseline.',
});

const FindingReasonEnum = closedSet<FindingReason>(
  'FindingReason',
  'Reason for the outcome of a finding.',
  FINDING_REASONS,
  {
    WITHIN: 'The limit is kept.',
    BELOW_FLOOR: 'It grew by more than the limit, but by less than the budget’s minDelta.',
    BROKEN: 'The limit is broken, at least partly by this version.',
    INHERITED: 'The limit was already broken, and this version added nothing that counts.',
    UNVERIFIABLE: 'The figure is unknown, or a lower bound that decides nothing.',
    NOTHING_SELECTED:
      'The budget is about some nodes, and there are none: at its path, or of its operator, which the base had. SKIPPED for a budget of a tag or of the registry, else as onUnverifiable says.',
    WRITTEN_OUT:
      'The limit is kept by what the metric counts, but not together with cells that are written out in small operators and that the base has not: only ALL_RECURRENT_PER_USE counts these. As onUnverifiable says.',
    NO_BASE: 'There is no version to compare with.',
    BASE_ZERO: 'The base is 0, so the growth has no percentage.',
    BASE_NOT_COMPARABLE: 'The base was read by another inspection version; weighbridge reinspect reads it again.',
    EXPIRED: 'The budget has expired.',
  },
);

const BaseKindEnum = closedSet<BaseKind>('BaseKind', 'How the base of a finding was chosen.', BASE_KINDS, {
  PREVIOUS: 'The previous version, or the version at an alias that is to move.',
  FIRST: 'The first version.',
  ALIAS: 'The version at an alias.',
  VERSION: 'The version with a given number.',
  DATE: 'The last version published up to a date.',
  GIVEN: 'What the asker gave as base.',
});

@ObjectType('FindingBase', { simpleResolvers: true, description: 'The version that a finding compares with.' })
class FindingBaseType implements FindingBase {
  @Field(() => Int, { nullable: true, description: 'Number of the version; null when there was none.' })
  number!: number | null;

  @Field(() => String, { nullable: true, description: 'Digest of its model file; null when there was none.' })
  digest!: string | null;

  @Field(() => BaseKindEnum, { description: 'Kind of baseline.' })
  kind!: BaseKind;

  @Field(() => Boolean, {
    description: 'Whether it differs from the one the budget asks for, because that does not exist.',
  })
  fallback!: boolean;

  @Field(() => String, { description: 'Which version it is and why, as text.' })
  why!: string;
}

@ObjectType('Contributor', {
  simpleResolvers: true,
  description: 'A part of the model with its share of a delta, or of a value.',
})
class ContributorType implements Contributor {
  @Field(() => String, { nullable: true, description: 'Graph path of the node; null for the rest of the model.' })
  path!: string | null;

  @Field(() => String, { nullable: true, description: 'Its operator.' })
  opType!: string | null;

  @Field(() => ChangeCauseEnum, { nullable: true, description: 'Cause of the change, where it was computed.' })
  cause!: ChangeCause | null;

  @Field(() => GraphQLSafeInt, {
    description: 'Its difference, in the unit of the metric; its whole size when the finding has no delta.',
  })
  delta!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the finding’s delta, or of its value when it has no delta; null when that is 0.',
  })
  share!: number | null;
}

@ObjectType('VersionContribution', {
  simpleResolvers: true,
  description: 'What one version added since a pinned base.',
})
class VersionContributionType implements VersionContribution {
  @Field(() => Int, { nullable: true, description: 'Number of the version; null for what is not published.' })
  number!: number | null;

  @Field(() => GraphQLSafeInt, {
    description: 'What it is more or less than the one before, in the unit of the metric.',
  })
  delta!: number;

  @Field(() => Float, { nullable: true, description: 'Share of the delta of the finding; null when that is 0.' })
  share!: number | null;
}

@ObjectType('FollowedNode', {
  simpleResolvers: true,
  description: 'A renamed node that a path selected under its new or its old name.',
})
class FollowedNodeType implements Followed {
  @Field(() => String, { description: 'Its graph path in the base.' })
  basePath!: string;

  @Field(() => String, { description: 'Its graph path now.' })
  path!: string;

  @Field(() => MatchConfidenceEnum, {
    description:
      'How certain it is that both are one node; what is LOW counts against a limit, but is not enough to pass.',
  })
  confidence!: MatchConfidence;
}

@ObjectType('FindingSelection', {
  simpleResolvers: true,
  description: 'What a budget of some nodes selected of a version.',
})
class FindingSelectionType implements FindingSelection {
  @Field(() => RecurrentOpTypeEnum, { nullable: true, description: 'Only nodes of this operator; null means any.' })
  opType!: RecurrentOpType | null;

  @Field(() => String, { nullable: true, description: 'Pattern on graph paths; null means any.' })
  path!: string | null;

  @Field(() => GraphQLSafeInt, { description: 'Number of nodes and written-out cells that the metric adds up over.' })
  parts!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The same number in the base; null without a base.' })
  baseParts!: number | null;

  @Field(() => [FollowedNodeType], {
    description:
      'Nodes that were followed through a rename, under the name that the path fitted first, at most a thousand.',
  })
  followed!: Relation<FollowedNodeType>[];

  @Field(() => [String], {
    description:
      'Graph paths of the base that are gone while it is not known whether a node that is new is what was there, at most ten; the value then is a lower bound.',
  })
  missing!: string[];
}

/** A finding and the budget as it was. */
export type BudgetedFinding = Omit<Finding, 'base'> & { base: FindingBaseType; budget: Budget };

@ObjectType('Finding', {
  simpleResolvers: true,
  description: 'Result of one limit of one budget for a version. Sizes are in the unit of the metric.',
})
export class FindingType implements Omit<BudgetedFinding, 'budget' | 'budgetId' | 'budgetRevision'> {
  @Field(() => BudgetType, { description: 'The budget as it was at the time of the check.' })
  budget!: Relation<BudgetType>;

  @Field(() => MetricEnum, { description: 'What is measured.' })
  metric!: Metric;

  @Field(() => StorageTypeEnum, { nullable: true, description: 'Data type; only for MEMORY.' })
  dtype!: StorageType | null;

  @Field(() => FindingSelectionType, {
    nullable: true,
    description: 'What the budget selected; null when it is about the whole model.',
  })
  selection!: Relation<FindingSelectionType> | null;

  @Field(() => LimitKindEnum, { description: 'Which limit of the budget.' })
  limitKind!: LimitKind;

  @Field(() => CheckOutcomeEnum, { description: 'Outcome of this finding.' })
  outcome!: CheckOutcome;

  @Field(() => FindingReasonEnum, { description: 'Why.' })
  reason!: FindingReason;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The value; null when unknown.' })
  value!: number | null;

  @Field(() => Boolean, { description: 'False when the value is a lower bound or unknown.' })
  exact!: boolean;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Largest allowed value; null when it depends on a base that cannot be used.',
  })
  limit!: number | null;

  @Field(() => FindingBaseType, { description: 'The version that it is compared with.' })
  base!: Relation<FindingBaseType>;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Value of the base.' })
  baseValue!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Difference value − baseValue; null unless both are exact and of one inspection version.',
  })
  delta!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Delta in percent of the base; null where delta is, and when the base is 0.',
  })
  percent!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The part of the excess that this version introduced; null when nothing is over the limit.',
  })
  introduced!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The part of the excess that existed before this version; null when nothing is over the limit.',
  })
  inherited!: number | null;

  @Field(() => [ContributorType], {
    complexity: CONTRIBUTORS_SHOWN,
    description:
      'Parts of the model by their share of the delta: the ten largest, and the rest as one. By their size when a value over its limit has nothing to be compared with.',
  })
  contributors!: Relation<ContributorType>[];

  @Field(() => [VersionContributionType], {
    complexity: CONTRIBUTORS_SHOWN,
    description: 'For a pinned base: the versions since then that changed the value, oldest first, at most 50.',
  })
  versions!: Relation<VersionContributionType>[];

  @Field(() => String, { description: 'The finding in one sentence. Names in it come from files.' })
  message!: string;
}

export function withBudgets(findings: readonly Finding[], budgets: readonly Budget[]): BudgetedFinding[] {
  const byId = new Map(budgets.map((budget) => [budget.id, budget]));
  return findings.flatMap((finding) => {
    const budget = byId.get(finding.budgetId);
    return budget === undefined ? [] : [{ ...finding, budget }];
  });
}
