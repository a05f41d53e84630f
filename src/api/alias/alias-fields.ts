/** Fields of models and versions that lead to aliases, their moves and their protections. */
import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Alias, AliasMove, AliasProtection, Model, Version } from '../../core/catalog.js';
import { DateTime } from '../date-time.js';
import { AliasMoveConnection } from './alias-move-type.js';
import { AliasProtectionType } from './alias-protection-type.js';
import { AliasConnection } from './alias-type.js';
import { type Connection, PageArgs, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { VersionType } from '../version/version-type.js';

@Resolver(() => ModelType)
export class ModelAliasesResolver {
  @FieldResolver(() => AliasConnection, { description: 'Aliases of this model, by name.' })
  async aliases(
    @Root() model: Model,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<Alias>> {
    const page = await context.loaders.aliasesOfModel(pageRequest(args), model.id);
    return toConnection(required(page, 'the page of a model'));
  }

  @FieldResolver(() => VersionType, {
    nullable: true,
    description:
      'The version that an alias pointed to at a given time. Null when it pointed to none then, and when that is unknown.',
  })
  async versionAt(
    @Root() model: Model,
    @Arg('alias', () => String, { description: 'Name of the alias, such as production.' }) alias: string,
    @Arg('date', () => DateTime, { description: 'The time; a future time is refused.' }) date: Date,
    @Ctx() context: GraphqlContext,
  ): Promise<Version | null> {
    return (await context.loaders.versionAt({ alias, at: date }, model.name)) ?? null;
  }

  @FieldResolver(() => AliasMoveConnection, { description: 'Moves of an alias, newest first.' })
  async aliasMoves(
    @Root() model: Model,
    @Arg('alias', () => String, { description: 'Name of the alias; it may be deleted.' }) alias: string,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<AliasMove>> {
    const page = await context.loaders.aliasMoves({ alias, page: pageRequest(args) }, model.name);
    return toConnection(required(page, 'the page of a model'));
  }

  @FieldResolver(() => [AliasProtectionType], { complexity: 2, description: 'Protected aliases, by name.' })
  async protectedAliases(@Root() model: Model, @Ctx() { loaders }: GraphqlContext): Promise<AliasProtection[]> {
    return (await loaders.protections.load(model.id)) ?? [];
  }
}

@Resolver(() => VersionType)
export class VersionAliasesResolver {
  @FieldResolver(() => AliasConnection, { description: 'Aliases that point to this version, by name.' })
  async aliases(
    @Root() version: Version,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<Alias>> {
    const page = await context.loaders.aliasesOfVersion(pageRequest(args), version.id);
    return toConnection(required(page, 'the page of a version'));
  }
}
