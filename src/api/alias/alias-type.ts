/** An alias: a movable name of a version. */
import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import type { Alias, Model, Version } from '../../core/catalog.js';
import { connectionOf } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { VersionType } from '../version/version-type.js';

@ObjectType('Alias', { simpleResolvers: true, description: 'A movable name of one version, unique within its model.' })
export class AliasType implements Partial<Alias> {
  @Field(() => String, { description: 'Name; never digits alone.' })
  name!: string;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was first set.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was last moved.' })
  updatedAt!: Date;
}

export const AliasConnection = connectionOf('Alias', 'aliases', () => AliasType);

@Resolver(() => AliasType)
export class AliasResolver {
  @FieldResolver(() => ModelType, { description: 'The model that it is an alias of.' })
  async model(@Root() alias: Alias, @Ctx() context: GraphqlContext): Promise<Model> {
    return required(await context.loaders.model.load(alias.modelId), 'the model of an alias');
  }

  @FieldResolver(() => VersionType, { description: 'The version that it stands at.' })
  async version(@Root() alias: Alias, @Ctx() context: GraphqlContext): Promise<Version> {
    return required(await context.loaders.version.load(alias.versionId), 'the version of an alias');
  }
}
