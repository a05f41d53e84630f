/** The trail: events as lists show them. */
import { Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { EVENT_ACTIONS, type EventAction, type EventDetails, type TrailEvent } from '../../core/trail.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { NodeType } from '../node-type.js';

export const EventActionEnum = closedSet<EventAction>('EventAction', 'The action.', EVENT_ACTIONS, {
  MODEL_CREATED: 'A model was created, by itself or with its first version.',
  MODEL_UPDATED: 'Description or tags of a model were changed.',
  MODEL_DELETED: 'A model was deleted with its versions and aliases.',
  VERSION_PUBLISHED: 'A version was published.',
  VERSION_CHECKED: 'The budgets of a version were evaluated on request.',
  VERSION_WITHDRAWN: 'A version was withdrawn.',
  VERSION_RESTORED: 'A withdrawn version was restored.',
  UPLOAD_REFUSED: 'An upload was refused at its end, because its token was revoked, lowered or expired meanwhile.',
  ALIAS_SET: 'An alias was created or moved.',
  ALIAS_HELD:
    'A version was published with an alias, but the alias did not move because the budgets refuse the version.',
  ALIAS_DELETED: 'An alias was removed: deleted, or with its version or model.',
  ALIAS_PROTECTED: 'An alias was protected.',
  ALIAS_UNPROTECTED: 'The protection of an alias was removed.',
  BUDGET_SET: 'A budget was created or changed.',
  BUDGET_DELETED: 'A budget was deleted.',
  CHECK_APPROVED: 'A failed check was approved.',
  APPROVAL_REVOKED: 'An approval was revoked.',
  QUOTA_SET: 'A quota was set or changed.',
  QUOTA_REMOVED: 'A quota was removed.',
  TOKEN_CREATED: 'A token was created.',
  TOKEN_REVOKED: 'A token was revoked.',
  BACKUP_READ: 'A copy of the whole database was asked for, as weighbridge backup does.',
});

/** An event says at most six things besides. */
const DETAILS_MAX = 6;

@ObjectType('EventDetail', { simpleResolvers: true, description: 'A further detail of an event.' })
class EventDetailType {
  @Field(() => String, { description: 'Name of the detail, such as reason.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Text unchanged, anything else as JSON; null when empty.' })
  value!: string | null;
}

@ObjectType('Event', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'An action, recorded with the change itself. It never changes and is kept when its model is deleted.',
})
class EventType implements Partial<TrailEvent> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => EventActionEnum, { description: 'The action.' })
  action!: EventAction;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the model; null for events without one, such as those of tokens.',
  })
  modelName!: string | null;

  @Field(() => Int, {
    description: 'Position among the events of this model name, or among events without a model: from 1, without gaps.',
  })
  sequence!: number;

  @Field(() => DateTime, { description: 'Time by the database clock.' })
  at!: Date;

  @Field(() => String, { description: 'Name of the token that performed it.' })
  principal!: string;

  @Field(() => Int, { nullable: true, description: 'Number of the version concerned.' })
  versionNumber!: number | null;

  @Field(() => String, { nullable: true, description: 'Alias concerned.' })
  alias!: string | null;

  @Field(() => String, {
    description: 'SHA-256 of this event and the hash of the previous one; 64 hexadecimal digits.',
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
    description: 'Id of the token that performed it; null for the registry itself.',
  })
  tokenId(@Root() event: TrailEvent): string | null {
    return event.tokenId === null ? null : toGlobalId('Token', event.tokenId);
  }

  @FieldResolver(() => [EventDetailType], {
    complexity: DETAILS_MAX,
    description: 'Further details, such as the reason for a withdrawal.',
  })
  details(@Root() event: TrailEvent): EventDetailType[] {
    return Object.entries(event.details).map(([name, value]) => ({ name, value: shown(value) }));
  }
}

function shown(value: EventDetails[string]): string | null {
  return value === null || typeof value === 'string' ? value : JSON.stringify(value);
}
