/** The trail: events as lists show them, their filter and their order. */
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Query, Resolver, Root } from 'type-graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import type { Direction } from '../../core/catalog.js';
import type {
  TrailEvent,
  EventAction,
  EventDetails,
  EventFilter,
  EventOrder,
  EventOrderField,
} from '../../core/trail.js';
import { type EventList, listEvents } from '../../registry/trail/trail-reads.js';
import { DateTimeComparator, EventActionComparator, IntComparator, StringComparator } from '../comparators.js';
import { connectionOf, PageArgs, pageRequest, toConnection, type Connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { DirectionEnum, EventActionEnum, EventOrderFieldEnum } from '../enums.js';
import { toGlobalId } from '../global-id.js';
import { NodeType } from '../node-type.js';

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

  @Field(() => GraphQLDateTimeISO, { description: 'When, by the clock of the database.' })
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

@InputType('EventFilter', { description: 'Which events; all fields that are given must hold.' })
class EventFilterInput {
  @Field(() => StringComparator, { nullable: true, description: 'Name of the model, deleted ones too.' })
  modelName?: EventFilter['modelName'];

  @Field(() => EventActionComparator, { nullable: true, description: 'What was done.' })
  action?: EventFilter['action'];

  @Field(() => StringComparator, { nullable: true, description: 'Name of the token that did it.' })
  principal?: EventFilter['principal'];

  @Field(() => DateTimeComparator, { nullable: true, description: 'When it was done.' })
  at?: EventFilter['at'];

  @Field(() => IntComparator, { nullable: true, description: 'Number of the version that it is about.' })
  versionNumber?: EventFilter['versionNumber'];

  @Field(() => StringComparator, { nullable: true, description: 'Alias that it is about.' })
  alias?: EventFilter['alias'];
}

@InputType('EventOrder', { description: 'An order of events.' })
class EventOrderInput implements EventOrder {
  @Field(() => EventOrderFieldEnum, { description: 'What to sort by.', defaultValue: 'AT' })
  field!: EventOrderField;

  @Field(() => DirectionEnum, { description: 'Which end comes first.', defaultValue: 'DESC' })
  direction!: Direction;
}

@ArgsType()
export class EventListArgs extends PageArgs {
  @Field(() => EventFilterInput, { nullable: true, description: 'Which events; all that the token sees if absent.' })
  where?: EventFilter | null;

  @Field(() => EventOrderInput, { nullable: true, description: 'Order; the newest first if absent.' })
  orderBy?: EventOrder | null;
}

export function eventList(args: EventListArgs): EventList {
  return {
    ...(args.where && { where: args.where }),
    ...(args.orderBy && { orderBy: args.orderBy }),
    page: pageRequest(args),
  };
}

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

  @Query(() => EventConnection, {
    description:
      'Who did what, to the models that the token sees and to those of such names that are gone. What has no model is shown to the scope admin for all models.',
  })
  async events(
    @Args(() => EventListArgs) args: EventListArgs,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<TrailEvent>> {
    return toConnection(await listEvents(needs, principal, eventList(args)));
  }
}

function shown(value: EventDetails[string]): string | null {
  return value === null || typeof value === 'string' ? value : JSON.stringify(value);
}
