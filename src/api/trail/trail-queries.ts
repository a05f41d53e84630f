/** The trail: events in lists, and `weighbridge trail verify`, which asks whether it is as it was written. */
import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { TrailEvent } from '../../core/trail.js';
import { checkTrail, type TrailChecked } from '../../registry/trail/trail-check.js';
import { listEvents } from '../../registry/trail/trail-reads.js';
import { type Connection, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { eventList, EventListArgs } from './event-list.js';
import { EventConnection } from './event-type.js';
import { TrailCheckType } from './trail-check-type.js';

@Resolver()
export class TrailQueries {
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

  @Query(() => TrailCheckType, {
    description:
      'Works the hashes of the trail out again, for some seconds. Repeat it with after until next is null. Needs the scope admin for all models.',
  })
  trailCheck(
    @Arg('after', () => String, {
      nullable: true,
      description: 'Where to go on: next of the answer before; the start if absent.',
    })
    after: string | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<TrailChecked> {
    return checkTrail(needs, principal, { after });
  }
}
