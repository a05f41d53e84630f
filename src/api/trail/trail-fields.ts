/** The field of models that leads to their events. */
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Model } from '../../core/catalog.js';
import type { TrailEvent } from '../../core/trail.js';
import { type Connection, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { eventList, EventListArgs } from './event-list.js';
import { EventConnection } from './event-type.js';

@Resolver(() => ModelType)
export class ModelEventsResolver {
  @FieldResolver(() => EventConnection, {
    description: 'Actions on this model and on earlier models of its name. Newest first by default.',
  })
  async events(
    @Root() model: Model,
    @Args(() => EventListArgs) args: EventListArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<TrailEvent>> {
    const page = await context.loaders.eventsOfModel(eventList(args), model.name);
    return toConnection(required(page, 'the page of a model'));
  }
}
