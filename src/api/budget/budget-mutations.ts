/** Budgets made, changed and deleted. */
import { Arg, Ctx, Field, Float, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type {
  BudgetLevel,
  BudgetRuleDraft,
  BudgetScope,
  BudgetScopeKind,
  UnverifiableRule,
} from '../../core/budget.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { RecurrentOpType } from '../../core/inspection.js';
import type { StorageType } from '../../core/layer/estimate.js';
import type { Metric } from '../../core/metrics.js';
import { budgetNotFound, deleteBudget, createBudget, updateBudget } from '../../registry/checks/budgets.js';
import { findBudgetWarnings } from '../../registry/checks/idle-budgets.js';
import { AuditBaselineInput, baselineOf } from '../baseline.js';
import { DateTime } from '../date-time.js';
import {
  BudgetLevelEnum,
  BudgetScopeEnum,
  BudgetType,
  BudgetWarningType,
  UnverifiableRuleEnum,
} from './budget-type.js';
import type { GraphqlContext } from '../context.js';
import { fromGlobalId, toGlobalId } from '../global-id.js';
import { RecurrentOpTypeEnum } from '../inspection/recurrent-enums.js';
import { MetricEnum } from '../metric-enum.js';
import { input, payload, payloadType } from '../payload.js';
import type { Relation } from '../relation.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

@InputType({ description: 'What a budget says; max, maxIncreasePercent or both.' })
class BudgetRuleInput {
  @Field(() => MetricEnum, { description: 'What is measured.' })
  metric!: Metric;

  @Field(() => StorageTypeEnum, { nullable: true, description: 'Data type, only for MEMORY; FP32 if absent.' })
  dtype?: StorageType | null;

  @Field(() => RecurrentOpTypeEnum, {
    nullable: true,
    description: 'Only nodes of this operator, for metrics that are sums over recurrent nodes.',
  })
  opType?: RecurrentOpType | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only nodes whose graph path matches: * is any run of characters, ? is one.',
  })
  path?: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Largest allowed value, in the unit of the metric.' })
  max?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Largest allowed growth over the baseline, in percent, 0 or more.',
  })
  maxIncreasePercent?: number | null;

  @Field(() => GraphQLSafeInt, {
    description: 'Growth under this, in the unit of the metric, is ignored.',
    defaultValue: 0,
  })
  minDelta!: number;

  @Field(() => BudgetLevelEnum, {
    description: 'Outcome of the check when the budget is broken.',
    defaultValue: 'FAIL',
  })
  level!: BudgetLevel;

  @Field(() => AuditBaselineInput, {
    nullable: true,
    description: 'The version that growth is compared with; PREVIOUS if absent.',
  })
  baseline?: Relation<AuditBaselineInput> | null;

  @Field(() => UnverifiableRuleEnum, {
    description: 'Outcome when the figure is unknown or only a lower bound.',
    defaultValue: 'FAIL',
  })
  onUnverifiable!: UnverifiableRule;

  @Field(() => String, { nullable: true, description: 'Reason for this budget.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'Owner: the person or team to ask.' })
  owner?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Expiry time, in the future; the budget is ignored from then on.',
  })
  expiresAt?: Date | null;
}

@InputType({ description: 'A budget to create.' })
class CreateBudgetInput extends BudgetRuleInput {
  @Field(() => BudgetScopeEnum, { description: 'Models it applies to.' })
  scope!: BudgetScopeKind;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the model, only for scope MODEL; it need not exist yet.',
  })
  model?: string | null;

  @Field(() => String, { nullable: true, description: 'The tag; only for scope TAG.' })
  tag?: string | null;
}

@InputType({ description: 'A budget to change: these settings replace all earlier ones.' })
class UpdateBudgetInput extends BudgetRuleInput {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => Int, { description: 'The revision that was read; any other is refused with BUDGET_CONFLICT.' })
  revision!: number;
}

@InputType({ description: 'A budget to delete.' })
class DeleteBudgetInput {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => Int, { description: 'The revision that was read; any other is refused with BUDGET_CONFLICT.' })
  revision!: number;
}

const budget = { type: () => BudgetType, description: 'The budget as it is now.' };

const warnings = {
  type: (): [typeof BudgetWarningType] => [BudgetWarningType],
  description:
    'Why it limits nothing yet, or compares with another version than it names; empty otherwise. A budget may be set before its model is there.',
};

const CreateBudgetPayload = payloadType('CreateBudgetPayload', { budget, warnings });

const UpdateBudgetPayload = payloadType('UpdateBudgetPayload', { budget, warnings });

const DeleteBudgetPayload = payloadType('DeleteBudgetPayload', {
  id: { type: () => String, description: 'Id of the deleted budget.' },
});

@Resolver()
export class BudgetMutations {
  @Mutation(() => CreateBudgetPayload, {
    description: 'Creates a budget. Needs the scope approve; for the registry or a tag, on a token for all models.',
  })
  createBudget(
    @Arg('input', () => CreateBudgetInput, input) request: CreateBudgetInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['budget', 'warnings'], async () => {
      const scope = scopeOf(request);
      const budget = await createBudget(context.needs, context.principal, { scope, rule: ruleOf(request) });
      return { budget, warnings: await findBudgetWarnings(context.needs, budget) };
    });
  }

  @Mutation(() => UpdateBudgetPayload, {
    description: 'Changes a budget, as a new revision; its scope stays. Needs the same rights as createBudget.',
  })
  updateBudget(
    @Arg('input', () => UpdateBudgetInput, input) request: UpdateBudgetInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['budget', 'warnings'], async () => {
      const named = { id: budgetId(request.id), revision: request.revision };
      const budget = await updateBudget(context.needs, context.principal, { ...named, rule: ruleOf(request) });
      return { budget, warnings: await findBudgetWarnings(context.needs, budget) };
    });
  }

  @Mutation(() => DeleteBudgetPayload, {
    description: 'Deletes a budget; checks that used it stay. Needs the same rights as createBudget.',
  })
  deleteBudget(
    @Arg('input', () => DeleteBudgetInput, input) request: DeleteBudgetInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['id'], async () => {
      const named = { id: budgetId(request.id), revision: request.revision };
      return { id: toGlobalId('Budget', (await deleteBudget(context.needs, context.principal, named)).id) };
    });
  }
}

function budgetId(globalId: string): string {
  const named = fromGlobalId(globalId);
  if (named?.type !== 'Budget') throw budgetNotFound();
  return named.id;
}

function ruleOf({ baseline, ...rule }: BudgetRuleInput): BudgetRuleDraft {
  return { ...rule, ...(baseline && { baseline: baselineOf(baseline) }) };
}

/** Each scope with what it needs and nothing else. */
function scopeOf({ scope: kind, model, tag }: CreateBudgetInput): BudgetScope {
  for (const [field, value, goesWith] of [['model', model, 'MODEL'] as const, ['tag', tag, 'TAG'] as const]) {
    const present = typeof value === 'string';
    if (present === (kind === goesWith)) continue;
    const problem = present ? `is only for the scope ${goesWith}` : `must be given for the scope ${kind}`;
    throw new WeighbridgeError('BUDGET_INVALID', `${field} ${problem}`, { field: [field] });
  }
  if (kind === 'MODEL') return { kind, model: model ?? '' };
  return kind === 'TAG' ? { kind, tag: tag ?? '' } : { kind };
}
