/** The field of models that leads to budgets. */
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Budget } from '../../core/budget.js';
import type { Model } from '../../core/catalog.js';
import { BudgetConnection } from './budget-type.js';
import { type Connection, PageArgs, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';

@Resolver(() => ModelType)
export class ModelBudgetsResolver {
  @FieldResolver(() => BudgetConnection, {
    description:
      'Budgets that apply to this model: its own, those of its tags and those of the registry. Newest first.',
  })
  async budgets(
    @Root() model: Model,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Connection<Budget>> {
    return toConnection(required(await loaders.budgetsOfModel(pageRequest(args), model.id), 'the page of a model'));
  }
}
