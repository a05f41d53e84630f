/** A move of an alias, as the history keeps it, and the question where an alias stood on a day. */
import { Arg, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import type { AliasMove, AliasMoveCause, Version } from '../../core/catalog.js';
import { connectionOf } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { AliasMoveCauseEnum } from '../enums.js';
import { VersionType } from '../version/version-type.js';

@ObjectType('AliasMove', { simpleResolvers: true, description: 'An alias made, moved or gone.' })
class AliasMoveType implements Partial<AliasMove> {
  @Field(() => String, { description: 'Name of the alias.' })
  alias!: string;

  @Field(() => GraphQLDateTimeISO, { description: 'When, by the clock of the database.' })
  at!: Date;

  @Field(() => Int, { nullable: true, description: 'Version number that it left; null when there was none.' })
  fromNumber!: number | null;

  @Field(() => Int, { nullable: true, description: 'Version number that it stands at since; null when it went away.' })
  toNumber!: number | null;

  @Field(() => String, { description: 'Name of the token that moved it.' })
  movedBy!: string;

  @Field(() => AliasMoveCauseEnum, { description: 'What moved it.' })
  cause!: AliasMoveCause;
}

export const AliasMoveConnection = connectionOf('AliasMove', 'moves of an alias', () => AliasMoveType);

@Resolver()
export class AliasHistoryResolver {
  @Query(() => VersionType, {
    nullable: true,
    description:
      'The version that an alias of a model named at an instant. Null when it named none then, when that is not known, and when the model is gone.',
  })
  async modelAt(
    @Arg('model', () => String, { description: 'Name of the model.' }) model: string,
    @Arg('alias', () => String, { description: 'Name of the alias, such as production.' }) alias: string,
    @Arg('date', () => GraphQLDateTimeISO, { description: 'The instant; refused in the future.' }) date: Date,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Version | null> {
    return (await loaders.versionAt({ alias, at: date }, model)) ?? null;
  }
}
