/** Lists of budgets: those of the registry, of models and of tags. */
import { Arg, Args, Ctx, Field, InputType, Query, Resolver } from 'type-graphql';
import type { Budget, BudgetScopeKind } from '../../core/budget.js';
import { type BudgetFilter, listBudgets } from '../../registry/checks/budget-reads.js';
import { BudgetConnection, BudgetScopeEnum } from './budget-type.js';
import { type Connection, PageArgs, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';

@InputType('BudgetFilter', { description: 'Filter for budgets; all given conditions must hold.' })
class BudgetFilterInput implements BudgetFilter {
  @Field(() => BudgetScopeEnum, { nullable: true, description: 'Scope.' })
  scope?: BudgetScopeKind | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only budgets of this model; Model.budgets lists all that apply.',
  })
  model?: string | null;

  @Field(() => String, { nullable: true, description: 'Only budgets of this tag.' })
  tag?: string | null;
}

@Resolver()
export class BudgetQueries {
  @Query(() => BudgetConnection, {
    description: 'Budgets, newest first; a model’s budgets only when the token can see the model.',
  })
  async budgets(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('where', () => BudgetFilterInput, { nullable: true, description: 'Which budgets; all if absent.' })
    where: BudgetFilterInput | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Budget>> {
    const page = pageRequest(args);
    return toConnection(await listBudgets(needs, principal, { ...(where && { where }), page }));
  }
}
