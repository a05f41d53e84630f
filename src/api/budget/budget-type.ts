/** A budget as lists and checks show it. */
import { Field, FieldResolver, Float, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { AuditBaseline } from '../../core/audit.js';
import {
  type Budget,
  BUDGET_LEVELS,
  BUDGET_SCOPES,
  type BudgetLevel,
  type BudgetScopeKind,
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
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { RecurrentOpTypeEnum } from '../inspection/recurrent-enums.js';
import { MetricEnum } from '../metric-enum.js';
import { NodeType } from '../node-type.js';
import type { Relation } from '../relation.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

export const BudgetScopeEnum = closedSet<BudgetScopeKind>(
  'BudgetScope',
  'Which models a budget holds for.',
  BUDGET_SCOPES,
  { REGISTRY: 'All of them.', MODEL: 'One model.', TAG: 'Every model with a tag.' },
);

export const BudgetLevelEnum = closedSet<BudgetLevel>(
  'BudgetLevel',
  'What a broken budget makes of a check.',
  BUDGET_LEVELS,
  {
    OFF: 'Nothing: the budget is kept and not looked at.',
    WARN: 'The check is WARN.',
    FAIL: 'The check is FAIL.',
  },
);

export const UnverifiableRuleEnum = closedSet<UnverifiableRule>(
  'UnverifiableRule',
  'What becomes of a figure that is not known, or only a lower bound within the limit.',
  UNVERIFIABLE_RULES,
  {
    FAIL: 'As if the budget was broken.',
    WARN: 'The finding is WARN.',
    SKIP: 'The finding is SKIPPED.',
  },
);

@ObjectType('BudgetBaseline', { simpleResolvers: true, description: 'The version that growth is compared with.' })
class BudgetBaselineType {
  @Field(() => AuditBaselineEnum, { description: 'Kind.' })
  kind!: AuditBaseline['kind'];

  @Field(() => String, { nullable: true, description: 'Name of the alias, of ALIAS alone.' })
  alias?: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of the version, of VERSION alone.' })
  number?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Time, of DATE alone.' })
  date?: Date | null;
}

@ObjectType('Budget', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'What models may weigh in one metric: a fixed limit, a limit on growth, or both.',
})
export class BudgetType implements Partial<Omit<Budget, 'scope' | 'baseline'>> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => Int, { description: 'From 1; each change makes the next.' })
  revision!: number;

  @Field(() => MetricEnum, { description: 'What is measured.' })
  metric!: Metric;

  @Field(() => StorageTypeEnum, { nullable: true, description: 'Data type, of MEMORY alone.' })
  dtype!: StorageType | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most that is allowed, in the unit of the metric.' })
  max!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'The most that it may grow over the baseline, in percent of it: 10 is a tenth.',
  })
  maxIncreasePercent!: number | null;

  @Field(() => GraphQLSafeInt, {
    description: 'Growth under this, in the unit of the metric, is ignored.',
  })
  minDelta!: number;

  @Field(() => BudgetLevelEnum, { description: 'What it makes of the check when it is broken.' })
  level!: BudgetLevel;

  @Field(() => BudgetBaselineType, { description: 'The version that growth is compared with.' })
  baseline!: Relation<BudgetBaselineType>;

  @Field(() => UnverifiableRuleEnum, { description: 'What becomes of a figure that is not known for certain.' })
  onUnverifiable!: UnverifiableRule;

  @Field(() => String, { nullable: true, description: 'Why there is this budget.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'Whom to ask.' })
  owner!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'From then on it is not looked at; null is never.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Name of the token that made it.' })
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

  @FieldResolver(() => BudgetScopeEnum, { description: 'Which models it holds for.' })
  scope(@Root() { scope }: Budget): BudgetScopeKind {
    return scope.kind;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Name of the model, of scope MODEL alone.' })
  model(@Root() { scope }: Budget): string | null {
    return scope.kind === 'MODEL' ? scope.model : null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The tag, of scope TAG alone.' })
  tag(@Root() { scope }: Budget): string | null {
    return scope.kind === 'TAG' ? scope.tag : null;
  }

  @FieldResolver(() => RecurrentOpTypeEnum, {
    nullable: true,
    description: 'Only nodes of this operator; null is any.',
  })
  opType(@Root() { selector }: Budget): RecurrentOpType | null {
    return selector?.opType ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Only nodes whose graph path fits this pattern of * and ?; null is any.',
  })
  path(@Root() { selector }: Budget): string | null {
    return selector?.path ?? null;
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is looked at now: neither OFF nor expired.' })
  inForce(@Root() budget: Budget): boolean {
    return isInForce(budget, new Date());
  }
}
