/** An alias: a movable name of a version. */
import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Alias, Model, Version } from '../../core/catalog.js';
import { connectionOf } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { NodeType } from '../node-type.js';
import { VersionType } from '../version/version-type.js';

@ObjectType('Alias', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'A movable name of one version, unique within its model. It keeps its id when it moves.',
})
export class AliasType implements Partial<Alias> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'Name; never only digits.' })
  name!: string;

  @Field(() => DateTime, { description: 'When it was first set.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last moved.' })
  updatedAt!: Date;
}

export const AliasConnection = connectionOf('Alias', 'aliases', () => AliasType);

@Resolver(() => AliasType)
export class AliasResolver {
  @FieldResolver(() => ID)
  id(@Root() alias: Alias): string {
    return toGlobalId('Alias', alias.id);
  }

  @FieldResolver(() => ModelType, { description: 'The model it belongs to.' })
  async model(@Root() alias: Alias, @Ctx() context: GraphqlContext): Promise<Model> {
    return required(await context.loaders.model.load(alias.modelId), 'the model of an alias');
  }

  @FieldResolver(() => VersionType, { description: 'The version it points to.' })
  async version(@Root() alias: Alias, @Ctx() context: GraphqlContext): Promise<Version> {
    return required(await context.loaders.version.load(alias.versionId), 'the version of an alias');
  }
}
