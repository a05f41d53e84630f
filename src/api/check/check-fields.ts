/** Fields of models and versions that lead to checks. */
import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Model, Version } from '../../core/catalog.js';
import type { Check } from '../../core/check/check.js';
import { CheckFilterInput, checkList, where } from './check-list.js';
import { CheckConnection, CheckType } from './check-type.js';
import { type Connection, PageArgs, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { VersionType } from '../version/version-type.js';

@Resolver(() => VersionType)
export class VersionChecksResolver {
  @FieldResolver(() => CheckConnection, { description: 'Checks of this version, the newest first.' })
  async checks(
    @Root() version: Version,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Connection<Check>> {
    const page = await loaders.checksOfVersion(checkList(args, null), version.id);
    return toConnection(required(page, 'the page of a version'));
  }

  @FieldResolver(() => CheckType, { nullable: true, description: 'The last check; null when there was none.' })
  async latestCheck(@Root() version: Version, @Ctx() { loaders }: GraphqlContext): Promise<Check | null> {
    return (await loaders.latestCheck.load(version.id)) ?? null;
  }
}

@Resolver(() => ModelType)
export class ModelChecksResolver {
  @FieldResolver(() => CheckConnection, { description: 'Checks of all versions of this model, the newest first.' })
  async checks(
    @Root() model: Model,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('where', () => CheckFilterInput, where) filter: CheckFilterInput | null,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Connection<Check>> {
    const page = await loaders.checksOfModel(checkList(args, filter), model.id);
    return toConnection(required(page, 'the page of a model'));
  }
}
