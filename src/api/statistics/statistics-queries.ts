/** Aggregates over the registry. */
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { VersionFilter } from '../../core/catalog.js';
import type { GraphqlContext } from '../context.js';
import { type LazyRegistryStatistics, registryStatistics, RegistryStatisticsType } from './statistics-type.js';
import { VersionFilterInput } from '../version/version-list.js';

@Resolver()
export class StatisticsQueries {
  @Query(() => RegistryStatisticsType, { description: 'Aggregates over the versions that the token can see.' })
  registryStatistics(
    @Arg('where', () => VersionFilterInput, { nullable: true, description: 'Which versions; all if absent.' })
    where: VersionFilter | null,
    @Ctx() context: GraphqlContext,
  ): LazyRegistryStatistics {
    return registryStatistics(where ?? undefined, context);
  }
}
