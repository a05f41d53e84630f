/** The trail: events as lists show them. */
import { Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { EVENT_ACTIONS, type EventAction, type EventDetails, type TrailEvent } from '../../core/trail.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { NodeType } from '../node-type.js';

export const EventActionEnum = closedSet<EventAction>('EventAction', 'What was done.', EVENT_ACTIONS, {
  MODEL_CREATED: 'A model was made, by itself or with its first version.',
  MODEL_UPDATED: 'Description or tags of a model were changed.',
  MODEL_DELETED: 'A model was deleted with its versions and aliases.',
  VERSION_PUBLISHED: 'A version was published.',
  VERSION_CHECKED: 'The budgets of a version were evaluated on request.',
  VERSION_WITHDRAWN: 'A version was withdrawn.',
  ALIAS_SET: 'An alias was made or moved.',
  ALIAS_HELD: 'A version was published with a protected alias, which stayed where it was: the check failed.',
  ALIAS_DELETED: 'An alias went: deleted, or with its version or model.',
  ALIAS_PROTECTED: 'An alias was put under protection.',
  ALIAS_UNPROTECTED: 'An alias was taken out of protection.',
  BUDGET_SET: 'A budget was made or changed.',
  BUDGET_DELETED: 'A budget was deleted.',
  CHECK_APPROVED: 'What a check refused was approved.',
  APPROVAL_REVOKED: 'An approval was taken back.',
  TOKEN_CREATED: 'A token was made.',
  TOKEN_REVOKED: 'A token was revoked.',
});

/** An event says at most six things besides. */
const DETAILS_MAX = 6;

@ObjectType('EventDetail', { simpleResolvers: true, description: 'Something that an event says besides.' })
class EventDetailType {
  @Field(() => String, { description: 'What it is about, such as reason.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Text as it is, anything else as JSON; null for nothing.' })
  value!: string | null;
}

@ObjectType('Event', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'Something that was done. Recorded with the change itself, never changed, and kept when its model goes.',
})
class EventType implements Partial<TrailEvent> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => EventActionEnum, { description: 'What was done.' })
  action!: EventAction;

  @Field(() => String, { nullable: true, description: 'Name of the model; null for what has none, such as a token.' })
  modelName!: string | null;

  @Field(() => Int, {
    description: 'Place among the events of this model name, or of what has no model: from 1, without gaps.',
  })
  sequence!: number;

  @Field(() => DateTime, { description: 'When, by the clock of the database.' })
  at!: Date;

  @Field(() => String, { description: 'Name of the token that did it.' })
  principal!: string;

  @Field(() => Int, { nullable: true, description: 'Number of the version that it is about.' })
  versionNumber!: number | null;

  @Field(() => String, { nullable: true, description: 'Alias that it is about.' })
  alias!: string | null;

  @Field(() => String, {
    description: 'SHA-256 over this event and the hash of the one before it; 64 hexadecimal digits.',
  })
  hash!: string;
}

export const EventConnection = connectionOf('Event', 'events', () => EventType);

@Resolver(() => EventType)
export class EventResolver {
  @FieldResolver(() => ID)
  id(@Root() event: TrailEvent): string {
    return toGlobalId('Event', event.id);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'Id of the token that did it; null for the registry itself.',
  })
  tokenId(@Root() event: TrailEvent): string | null {
    return event.tokenId === null ? null : toGlobalId('Token', event.tokenId);
  }

  @FieldResolver(() => [EventDetailType], {
    complexity: DETAILS_MAX,
    description: 'What else there is to say, such as the reason of a withdrawal.',
  })
  details(@Root() event: TrailEvent): EventDetailType[] {
    return Object.entries(event.details).map(([name, value]) => ({ name, value: shown(value) }));
  }
}

function shown(value: EventDetails[string]): string | null {
  return value === null || typeof value === 'string' ? value : JSON.stringify(value);
}
