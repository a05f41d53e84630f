/** A move of an alias, as the history keeps it. */
import { Field, Int, ObjectType } from 'type-graphql';
import { ALIAS_MOVE_CAUSES, type AliasMove, type AliasMoveCause } from '../../core/catalog.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import { DateTime } from '../date-time.js';

const AliasMoveCauseEnum = closedSet<AliasMoveCause>('AliasMoveCause', 'What moved an alias.', ALIAS_MOVE_CAUSES, {
  SET: 'It was set by name.',
  PUBLISHED: 'A version was published with it.',
  DELETED: 'It was deleted.',
  WITHDRAWN: 'Its version was withdrawn.',
  MODEL_DELETED: 'Its model was deleted.',
  CARRIED_OVER: 'It stood there when the registry began to keep moves; what was before is not known.',
});

@ObjectType('AliasMove', { simpleResolvers: true, description: 'An alias made, moved or gone.' })
class AliasMoveType implements Partial<AliasMove> {
  @Field(() => String, { description: 'Name of the alias.' })
  alias!: string;

  @Field(() => DateTime, { description: 'When, by the clock of the database.' })
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
