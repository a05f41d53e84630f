/** Models by name and in lists. */
import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Model } from '../../core/catalog.js';
import { findModel, listModels } from '../../registry/catalog/model-reads.js';
import { type Connection, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { modelList, ModelListArgs } from './model-list.js';
import { ModelConnection, ModelType } from './model-type.js';

@Resolver()
export class ModelQueries {
  @Query(() => ModelType, {
    nullable: true,
    description: 'A model by its name; null when the token can see none.',
  })
  model(
    @Arg('name', () => String, { description: 'Name of the model.' }) name: string,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Model | null> {
    return findModel(needs, principal, name);
  }

  @Query(() => ModelConnection, { description: 'Models that the token can see.' })
  async models(
    @Args(() => ModelListArgs) args: ModelListArgs,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Model>> {
    return toConnection(await listModels(needs, principal, modelList(args)));
  }
}
