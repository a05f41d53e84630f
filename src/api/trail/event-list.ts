/** Lists of events: which ones, in which order, and what the registry’s list takes. */
import { ArgsType, Field, InputType } from 'type-graphql';
import type { Direction } from '../../core/catalog.js';
import { EVENT_ORDER_FIELDS, type EventFilter, type EventOrder, type EventOrderField } from '../../core/trail.js';
import type { EventList } from '../../registry/trail/trail-reads.js';
import { closedSet } from '../closed-set.js';
import { choiceComparator, DateTimeComparator, IntComparator, StringComparator } from '../comparators.js';
import { PageArgs, pageRequest } from '../connection.js';
import { DirectionEnum } from '../order-direction.js';
import { EventActionEnum } from './event-type.js';

const EventOrderFieldEnum = closedSet<EventOrderField>(
  'EventOrderField',
  'Field that events are sorted by; events at the same instant keep their order within a model.',
  EVENT_ORDER_FIELDS,
  { AT: 'Time.' },
);

const EventActionComparator = choiceComparator('EventActionComparator', 'an action', () => EventActionEnum);

@InputType('EventFilter', { description: 'Filter for events; all given fields must match.' })
class EventFilterInput {
  @Field(() => StringComparator, { nullable: true, description: 'Name of the model, deleted ones too.' })
  modelName?: EventFilter['modelName'];

  @Field(() => EventActionComparator, { nullable: true, description: 'The action.' })
  action?: EventFilter['action'];

  @Field(() => StringComparator, { nullable: true, description: 'Name of the token that performed it.' })
  principal?: EventFilter['principal'];

  @Field(() => DateTimeComparator, { nullable: true, description: 'When it was done.' })
  at?: EventFilter['at'];

  @Field(() => IntComparator, { nullable: true, description: 'Number of the version concerned.' })
  versionNumber?: EventFilter['versionNumber'];

  @Field(() => StringComparator, { nullable: true, description: 'Alias concerned.' })
  alias?: EventFilter['alias'];
}

@InputType('EventOrder', { description: 'An order of events.' })
class EventOrderInput implements EventOrder {
  @Field(() => EventOrderFieldEnum, { description: 'Field to sort by.', defaultValue: 'AT' })
  field!: EventOrderField;

  @Field(() => DirectionEnum, { description: 'Ascending or descending.', defaultValue: 'DESC' })
  direction!: Direction;
}

@ArgsType()
export class EventListArgs extends PageArgs {
  @Field(() => EventFilterInput, { nullable: true, description: 'Which events; all that the token can see if absent.' })
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
