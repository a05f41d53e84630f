/** The root queries. Everything is looked up with the rights of the principal; what it may not see is not there. */
import { Arg, Args, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { Artifact, Model, Token, Version, VersionFilter } from '../core/catalog.js';
import { WeighbridgeError } from '../core/errors.js';
import { findArtifact } from '../registry/artifacts/artifact-reads.js';
import { findModel, listModels } from '../registry/catalog/model-reads.js';
import { findVersion, listVersions } from '../registry/catalog/version-reads.js';
import { listTokens } from '../registry/access/token-reads.js';
import { ArtifactType } from './artifact/artifact-type.js';
import { PageArgs, pageRequest, toConnection, type Connection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { VersionFilterInput } from './filter-inputs.js';
import { ModelListArgs, modelList, VersionListArgs, versionList } from './list-args.js';
import { ModelConnection, ModelType } from './model/model-type.js';
import { findNodes } from './node-lookup.js';
import { NodeType, type NodeValue } from './node-type.js';
import { serverFacts, type ServerFacts } from './server-facts.js';
import {
  RegistryStatisticsType,
  registryStatistics,
  type LazyRegistryStatistics,
} from './statistics/statistics-type.js';
import { TokenConnection } from './token/token-type.js';
import { VersionRefInput, versionRef } from './version/version-ref.js';
import { VersionConnection, VersionType } from './version/version-type.js';

/** As many as a page. */
const NODES_MAX = 100;

@ObjectType('Server', { simpleResolvers: true, description: 'The program that answers.' })
class ServerType implements ServerFacts {
  @Field(() => String, { description: 'Version of Weighbridge.' })
  version!: string;

  @Field(() => Int, { description: 'Inspection version that new artifacts are read at.' })
  inspectionVersion!: number;
}

@Resolver()
export class QueryResolver {
  @Query(() => ModelType, {
    nullable: true,
    description: 'A model by its name; null when there is none that the token sees.',
  })
  model(
    @Arg('name', () => String, { description: 'Name of the model.' }) name: string,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Model | null> {
    return findModel(needs, principal, name);
  }

  @Query(() => ModelConnection, { description: 'Models that the token sees.' })
  async models(
    @Args(() => ModelListArgs) args: ModelListArgs,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Model>> {
    return toConnection(await listModels(needs, principal, modelList(args)));
  }

  @Query(() => VersionType, {
    nullable: true,
    description: 'A version of a model; null when there is none that the token sees.',
  })
  version(
    @Arg('model', () => String, { description: 'Name of the model.' }) model: string,
    @Arg('ref', () => VersionRefInput, { description: 'Number, alias or digest.' }) ref: VersionRefInput,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Version | null> {
    return findVersion(needs, principal, model, versionRef(ref));
  }

  @Query(() => VersionConnection, { description: 'Versions of all models that the token sees.' })
  async versions(
    @Args(() => VersionListArgs) args: VersionListArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Version>> {
    return toConnection(await listVersions(needs, principal, versionList(args, info)));
  }

  @Query(() => ArtifactType, {
    nullable: true,
    description: 'Stored bytes by their digest; null unless the token uploaded them or sees a model that holds them.',
  })
  artifact(
    @Arg('digest', () => String, { description: 'sha256: and 64 lower-case hexadecimal digits.' }) digest: string,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Artifact | null> {
    return findArtifact(needs, principal, digest);
  }

  @Query(() => NodeType, {
    nullable: true,
    description: 'Anything by its id; null when there is none that the token sees.',
  })
  async node(
    @Arg('id', () => ID, { description: 'Opaque id.' }) id: string,
    @Ctx() context: GraphqlContext,
  ): Promise<NodeValue | null> {
    return (await findNodes(context, [id]))[0] ?? null;
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description: 'Several by their ids, at most 100, in the order of the ids.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Opaque ids.' }) ids: string[],
    @Ctx() context: GraphqlContext,
  ): Promise<(NodeValue | null)[]> {
    if (ids.length > NODES_MAX) {
      throw new WeighbridgeError('INPUT_INVALID', `at most ${NODES_MAX} ids at once`, { field: ['ids'] });
    }
    return findNodes(context, ids);
  }

  @Query(() => RegistryStatisticsType, { description: 'Aggregates over the versions that the token sees.' })
  registryStatistics(
    @Arg('where', () => VersionFilterInput, { nullable: true, description: 'Which versions; all if absent.' })
    where: VersionFilter | null,
    @Ctx() context: GraphqlContext,
  ): LazyRegistryStatistics {
    return registryStatistics(where ?? undefined, context);
  }

  @Query(() => TokenConnection, {
    description: 'Tokens that the asking one may revoke, the newest first. Needs the scope admin.',
  })
  async tokens(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Token>> {
    return toConnection(await listTokens(needs, principal, pageRequest(args)));
  }

  @Query(() => ServerType, { description: 'The program that answers.' })
  server(): ServerFacts {
    return serverFacts;
  }
}
