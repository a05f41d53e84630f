/** Versions by name and in lists over all models. */
import { Arg, Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { Version } from '../../core/catalog.js';
import { findVersion, listVersions } from '../../registry/catalog/version-reads.js';
import { type Connection, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { versionList, VersionListArgs } from './version-list.js';
import { versionRef, VersionRefInput } from './version-ref.js';
import { VersionConnection, VersionType } from './version-type.js';

@Resolver()
export class VersionQueries {
  @Query(() => VersionType, {
    nullable: true,
    description: 'A version of a model; null when the token can see none.',
  })
  version(
    @Arg('model', () => String, { description: 'Name of the model.' }) model: string,
    @Arg('ref', () => VersionRefInput, { description: 'Number, alias or digest.' }) ref: VersionRefInput,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Version | null> {
    return findVersion(needs, principal, model, versionRef(ref));
  }

  @Query(() => VersionConnection, { description: 'Versions of all models that the token can see.' })
  async versions(
    @Args(() => VersionListArgs) args: VersionListArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Version>> {
    return toConnection(await listVersions(needs, principal, versionList(args, info)));
  }
}
