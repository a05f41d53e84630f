/** Fields of models that lead to their history and their statistics. */
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Model } from '../../core/catalog.js';
import type { HistoryPoint } from '../../core/history.js';
import { HISTORY_PAGE_MAX } from '../../registry/catalog/history.js';
import { type Connection, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { PageSizeMax } from '../page-size.js';
import { HistoryArgs, historyList } from './history-list.js';
import { HistoryPointConnection } from './history-type.js';
import { type LazyModelStatistics, modelStatistics, ModelStatisticsType } from './statistics-type.js';

@Resolver(() => ModelType)
export class ModelStatisticsResolver {
  // A point is a few figures: ten thousand of them cost as much as a hundred objects.
  @PageSizeMax(HISTORY_PAGE_MAX)
  @FieldResolver(() => HistoryPointConnection, {
    complexity: 0.01,
    description:
      'One metric over the versions of this model that are not withdrawn, the lowest number first; up to 10,000 in one page.',
  })
  async history(
    @Root() model: Model,
    @Args(() => HistoryArgs) args: HistoryArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<HistoryPoint>> {
    const page = await context.loaders.historyOfModel(historyList(args), model.id);
    return toConnection(required(page, 'the history of a model'));
  }

  @FieldResolver(() => ModelStatisticsType, { description: 'Aggregates over the versions that are not withdrawn.' })
  statistics(@Root() model: Model, @Ctx() context: GraphqlContext): LazyModelStatistics {
    return modelStatistics(model, context);
  }
}
