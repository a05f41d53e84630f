/** A budget as lists and checks show it. */
import { Ctx, Field, FieldResolver, Float, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { AuditBaseline } from '../../core/audit.js';
import {
  type Budget,
  BUDGET_LEVELS,
  BUDGET_SCOPES,
  BUDGET_WARNING_CODES,
  type BudgetLevel,
  type BudgetScopeKind,
  type BudgetWarning,
  type BudgetWarningCode,
  isInForce,
  UNVERIFIABLE_RULES,
  type UnverifiableRule,
} from '../../core/budget.js';
import type { RecurrentOpType } from '../../core/inspection.js';
import type { StorageType } from '../../core/layer/estimate.js';
import type { Metric } from '../../core/metrics.js';
import { AuditBaselineEnum } from '../baseline.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { RecurrentOpTypeEnum } from '../inspection/recurrent-enums.js';
import { MetricEnum } from '../metric-enum.js';
import { NodeType } from '../node-type.js';
import type { Relation } from '../relation.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

export const BudgetScopeEnum = closedSet<BudgetScopeKind>(
  'BudgetScope',
  'Models that a budget applies to.',
  BUDGET_SCOPES,
  { REGISTRY: 'All models.', MODEL: 'One model.', TAG: 'Every model with a tag.' },
);

export const BudgetLevelEnum = closedSet<BudgetLevel>(
  'BudgetLevel',
  'Effect of a broken budget on a check.',
  BUDGET_LEVELS,
  {
    OFF: 'No effect: the budget is kept but ignored.',
    WARN: 'The check is WARN.',
    FAIL: 'The check is FAIL.',
  },
);

export const UnverifiableRuleEnum = closedSet<UnverifiableRule>(
  'UnverifiableRule',
  'Outcome for a figure that is unknown, or only a lower bound within the limit.',
  UNVERIFIABLE_RULES,
  {
    FAIL: 'The finding is as for a broken budget.',
    WARN: 'The finding is WARN.',
    SKIP: 'The finding is SKIPPED.',
  },
);

const BudgetWarningCodeEnum = closedSet<BudgetWarningCode>(
  'BudgetWarningCode',
  'Why a budget that was set limits nothing yet, or compares with another version than it names.',
  BUDGET_WARNING_CODES,
  {
    MODEL_ABSENT: 'There is no model of this name yet.',
    TAG_ABSENT: 'No model has the tag yet.',
    BUDGET_IDLE: 'It is about some nodes, and selects nothing in the latest version of any model.',
    ALIAS_ABSENT: 'No model that it is about has the alias of its baseline yet.',
  },
);

@ObjectType('BudgetWarning', {
  simpleResolvers: true,
  description:
    'Why a budget that was set limits nothing yet, or compares with another version than it names. It is set all the same.',
})
export class BudgetWarningType implements BudgetWarning {
  @Field(() => BudgetWarningCodeEnum, { description: 'What it is about, for programs.' })
  code!: BudgetWarningCode;

  @Field(() => String, { description: 'In words.' })
  message!: string;
}

@ObjectType('BudgetBaseline', { simpleResolvers: true, description: 'The version that growth is compared with.' })
class BudgetBaselineType {
  @Field(() => AuditBaselineEnum, { description: 'Kind.' })
  kind!: AuditBaseline['kind'];

  @Field(() => String, { nullable: true, description: 'Name of the alias; only for ALIAS.' })
  alias?: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of the version; only for VERSION.' })
  number?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Time; only for DATE.' })
  date?: Date | null;
}

@ObjectType('Budget', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'A limit on one metric of models: a fixed limit, a limit on growth, or both.',
})
export class BudgetType implements Partial<Omit<Budget, 'scope' | 'baseline'>> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => Int, { description: 'Revision number, from 1; each change adds 1.' })
  revision!: number;

  @Field(() => MetricEnum, { description: 'What is measured.' })
  metric!: Metric;

  @Field(() => StorageTypeEnum, { nullable: true, description: 'Data type; only for MEMORY.' })
  dtype!: StorageType | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Largest allowed value, in the unit of the metric.' })
  max!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Largest allowed growth over the baseline, in percent: 10 is a tenth.',
  })
  maxIncreasePercent!: number | null;

  @Field(() => GraphQLSafeInt, {
    description: 'Growth under this, in the unit of the metric, is ignored.',
  })
  minDelta!: number;

  @Field(() => BudgetLevelEnum, { description: 'Outcome of the check when the budget is broken.' })
  level!: BudgetLevel;

  @Field(() => BudgetBaselineType, { description: 'The version that growth is compared with.' })
  baseline!: Relation<BudgetBaselineType>;

  @Field(() => UnverifiableRuleEnum, { description: 'Outcome when the figure is unknown or only a lower bound.' })
  onUnverifiable!: UnverifiableRule;

  @Field(() => String, { nullable: true, description: 'Reason for this budget.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'Owner: the person or team to ask.' })
  owner!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Expiry time, after which it is ignored; null when it never expires.',
  })
  expiresAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Name of the token that created it.' })
  createdBy!: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  updatedAt!: Date;

  @Field(() => String, { description: 'Name of the token that changed it last.' })
  updatedBy!: string;
}

export const BudgetConnection = connectionOf('Budget', 'budgets', () => BudgetType);

@Resolver(() => BudgetType)
export class BudgetResolver {
  @FieldResolver(() => ID)
  id(@Root() budget: Budget): string {
    return toGlobalId('Budget', budget.id);
  }

  @FieldResolver(() => BudgetScopeEnum, { description: 'Models it applies to.' })
  scope(@Root() { scope }: Budget): BudgetScopeKind {
    return scope.kind;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Name of the model; only for scope MODEL.' })
  model(@Root() { scope }: Budget): string | null {
    return scope.kind === 'MODEL' ? scope.model : null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The tag; only for scope TAG.' })
  tag(@Root() { scope }: Budget): string | null {
    return scope.kind === 'TAG' ? scope.tag : null;
  }

  @FieldResolver(() => RecurrentOpTypeEnum, {
    nullable: true,
    description: 'Only nodes of this operator; null means any.',
  })
  opType(@Root() { selector }: Budget): RecurrentOpType | null {
    return selector?.opType ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Only nodes whose graph path matches this pattern of * and ?; null means any.',
  })
  path(@Root() { selector }: Budget): string | null {
    return selector?.path ?? null;
  }

  @FieldResolver(() => Boolean, {
    complexity: 2,
    description:
      'Whether it selects nothing in the latest version of any model that it applies to. False for a budget of whole models, for one that forbids an operator (max 0), and for one that does not apply now.',
  })
  async isIdle(@Root() { id }: Budget, @Ctx() { loaders }: GraphqlContext): Promise<boolean> {
    return (await loaders.isBudgetIdle.load(id)) ?? false;
  }

  @FieldResolver(() => Boolean, { description: 'Whether it applies now: neither OFF nor expired.' })
  inForce(@Root() budget: Budget): boolean {
    return isInForce(budget, new Date());
  }
}
