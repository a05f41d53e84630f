/** A model: a named series of versions. */
import { Arg, Args, Ctx, Field, FieldResolver, ID, Info, ObjectType, Resolver, Root } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import { HISTORY_PAGE_MAX } from '../../registry/catalog/history.js';
import type { Alias, AliasMove, Model, Version } from '../../core/catalog.js';
import type { TrailEvent } from '../../core/trail.js';
import { AliasMoveConnection } from '../alias/alias-move-type.js';
import type { HistoryPoint } from '../../core/history.js';
import { AliasConnection } from '../alias/alias-type.js';
import { connectionOf, PageArgs, pageRequest, toConnection, type Connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { EventConnection, eventList, EventListArgs } from '../trail/event-type.js';
import { toGlobalId } from '../global-id.js';
import { HistoryArgs, HistoryPointConnection, historyList } from '../statistics/history-type.js';
import { VersionListArgs, versionList } from '../list-args.js';
import { required } from '../loaders.js';
import { NodeType } from '../node-type.js';
import { PageSizeMax } from '../page-size.js';
import { ModelStatisticsType, modelStatistics, type LazyModelStatistics } from '../statistics/statistics-type.js';
import { VersionRefInput, versionRef } from '../version/version-ref.js';
import { VersionConnection, VersionType } from '../version/version-type.js';

@ObjectType('Model', { simpleResolvers: true, implements: NodeType, description: 'A named series of versions.' })
export class ModelType implements Partial<Model> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'Unique name; never changed.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the model is for, in words.' })
  description!: string | null;

  @Field(() => [String], { description: 'Tags, sorted.' })
  tags!: string[];

  @Field(() => GraphQLDateTimeISO, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it last changed: a version, an alias, an edit.' })
  updatedAt!: Date;

  @Field(() => String, { description: 'Name of the token that made it.' })
  createdBy!: string;
}

export const ModelConnection = connectionOf('Model', 'models', () => ModelType);

@Resolver(() => ModelType)
export class ModelResolver {
  @FieldResolver(() => ID)
  id(@Root() model: Model): string {
    return toGlobalId('Model', model.id);
  }

  @FieldResolver(() => VersionType, {
    nullable: true,
    description: 'The highest version that is not withdrawn; null when there is none.',
  })
  async latestVersion(@Root() model: Model, @Ctx() context: GraphqlContext): Promise<Version | null> {
    if (model.latestVersionId === null) return null;
    return (await context.loaders.version.load(model.latestVersionId)) ?? null;
  }

  @FieldResolver(() => VersionType, {
    nullable: true,
    description: 'One version; null when there is none with this name.',
  })
  async version(
    @Root() model: Model,
    @Arg('ref', () => VersionRefInput, { description: 'Number, alias or digest.' }) ref: VersionRefInput,
    @Ctx() context: GraphqlContext,
  ): Promise<Version | null> {
    return (await context.loaders.versionOfModel(versionRef(ref), model.id)) ?? null;
  }

  @FieldResolver(() => VersionConnection, { description: 'Versions of this model, withdrawn ones included.' })
  async versions(
    @Root() model: Model,
    @Args(() => VersionListArgs) args: VersionListArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<Version>> {
    const page = await context.loaders.versionsOfModel(versionList(args, info), model.id);
    return toConnection(required(page, 'the page of a model'));
  }

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
      'The version that an alias named at an instant. Null when it named none then, and when that is not known.',
  })
  async modelAt(
    @Root() model: Model,
    @Arg('alias', () => String, { description: 'Name of the alias, such as production.' }) alias: string,
    @Arg('date', () => GraphQLDateTimeISO, { description: 'The instant; refused in the future.' }) date: Date,
    @Ctx() context: GraphqlContext,
  ): Promise<Version | null> {
    return (await context.loaders.versionAt({ alias, at: date }, model.name)) ?? null;
  }

  @FieldResolver(() => AliasMoveConnection, { description: 'Where an alias stood since when, the newest first.' })
  async aliasMoves(
    @Root() model: Model,
    @Arg('alias', () => String, { description: 'Name of the alias; it may be gone.' }) alias: string,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<AliasMove>> {
    const page = await context.loaders.aliasMoves({ alias, page: pageRequest(args) }, model.name);
    return toConnection(required(page, 'the page of a model'));
  }

  @FieldResolver(() => EventConnection, {
    description:
      'Who did what to this model, and to earlier ones of its name. The newest first unless asked otherwise.',
  })
  async events(
    @Root() model: Model,
    @Args(() => EventListArgs) args: EventListArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<TrailEvent>> {
    const page = await context.loaders.eventsOfModel(eventList(args), model.name);
    return toConnection(required(page, 'the page of a model'));
  }

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
