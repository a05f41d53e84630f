/** Where an alias stood on a day. */
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Version } from '../../core/catalog.js';
import type { GraphqlContext } from '../context.js';
import { DateTime } from '../date-time.js';
import { VersionType } from '../version/version-type.js';

@Resolver()
export class AliasQueries {
  @Query(() => VersionType, {
    nullable: true,
    description:
      'The version that an alias of a model pointed to at a given time. Null when it pointed to none then, when that is unknown, and when the model is deleted.',
  })
  async versionAt(
    @Arg('model', () => String, { description: 'Name of the model.' }) model: string,
    @Arg('alias', () => String, { description: 'Name of the alias, such as production.' }) alias: string,
    @Arg('date', () => DateTime, { description: 'The time; a future time is refused.' }) date: Date,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Version | null> {
    return (await loaders.versionAt({ alias, at: date }, model)) ?? null;
  }
}
