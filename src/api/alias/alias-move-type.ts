/** A move of an alias, as the history keeps it. */
import { Field, Int, ObjectType } from 'type-graphql';
import { ALIAS_MOVE_CAUSES, type AliasMove, type AliasMoveCause } from '../../core/catalog.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import { DateTime } from '../date-time.js';

const AliasMoveCauseEnum = closedSet<AliasMoveCause>(
  'AliasMoveCause',
  'Cause of a move of an alias.',
  ALIAS_MOVE_CAUSES,
  {
    SET: 'It was set by name.',
    PUBLISHED: 'A version was published with it.',
    DELETED: 'It was deleted.',
    WITHDRAWN: 'Its version was withdrawn.',
    MODEL_DELETED: 'Its model was deleted.',
    CARRIED_OVER: 'It was already set when the registry began to record moves; earlier moves are unknown.',
  },
);

@ObjectType('AliasMove', { simpleResolvers: true, description: 'A change of an alias: created, moved or removed.' })
export class AliasMoveType implements Partial<AliasMove> {
  @Field(() => String, { description: 'Name of the alias.' })
  alias!: string;

  @Field(() => DateTime, { description: 'Time by the database clock.' })
  at!: Date;

  @Field(() => Int, {
    nullable: true,
    description: 'Number of the version it pointed to before; null when there was none.',
  })
  fromNumber!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Number of the version it points to from then on; null when it was removed.',
  })
  toNumber!: number | null;

  @Field(() => String, { description: 'Name of the token that moved it.' })
  movedBy!: string;

  @Field(() => AliasMoveCauseEnum, { description: 'Cause of the move.' })
  cause!: AliasMoveCause;
}

export const AliasMoveConnection = connectionOf('AliasMove', 'moves of an alias', () => AliasMoveType);
