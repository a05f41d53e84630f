/** Fields of models and artifacts that lead to versions. */
import { Arg, Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { Artifact, Model, Version } from '../../core/catalog.js';
import { ArtifactType } from '../artifact/artifact-type.js';
import { type Connection, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { versionList, VersionListArgs } from './version-list.js';
import { versionRef, VersionRefInput } from './version-ref.js';
import { VersionConnection, VersionType } from './version-type.js';

@Resolver(() => ModelType)
export class ModelVersionsResolver {
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
    description: 'One version; null when the reference matches none.',
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
}

@Resolver(() => ArtifactType)
export class ArtifactVersionsResolver {
  @FieldResolver(() => VersionConnection, {
    description: 'Versions whose model file has these bytes, limited to those the token can see.',
  })
  async versions(
    @Root() artifact: Artifact,
    @Args(() => VersionListArgs) args: VersionListArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<Version>> {
    const page = await context.loaders.versionsOfArtifact(versionList(args, info), artifact.digest);
    return toConnection(required(page, 'the page of an artifact'));
  }
}
