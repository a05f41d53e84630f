/** The trail: events in lists, and `weighbridge trail verify`, which asks whether it is as it was written. */
import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { TrailEvent } from '../../core/trail.js';
import {
  findTrailHashes,
  listTrailEnds,
  type TrailEnds,
  TRAIL_PLACES_MAX,
} from '../../registry/trail/trail-anchors.js';
import { checkTrail, type TrailChecked } from '../../registry/trail/trail-check.js';
import { listEvents } from '../../registry/trail/trail-reads.js';
import { type Connection, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { eventList, EventListArgs } from './event-list.js';
import { EventConnection } from './event-type.js';
import { TrailCheckType } from './trail-check-type.js';
import { TrailEndsType, TrailPlaceInput } from './trail-place-type.js';

@Resolver()
export class TrailQueries {
  @Query(() => EventConnection, {
    description:
      'Actions on the models that the token can see, including deleted models of such names. Events without a model need the scope admin for all models.',
  })
  async events(
    @Args(() => EventListArgs) args: EventListArgs,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<TrailEvent>> {
    return toConnection(await listEvents(needs, principal, eventList(args)));
  }

  @Query(() => TrailCheckType, {
    description:
      'Recomputes the hashes of the trail, for a few seconds per call. Repeat with after until next is null. Needs the scope admin for all models.',
  })
  trailCheck(
    @Arg('after', () => String, {
      nullable: true,
      description: 'Where to continue: next from the previous answer; the start if absent.',
    })
    after: string | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<TrailChecked> {
    return checkTrail(needs, principal, { after });
  }

  @Query(() => TrailEndsType, {
    description:
      'The last event of every chain, to be kept outside the registry. Repeat with after until next is null. Needs the scope admin for all models.',
  })
  trailEnds(
    @Arg('after', () => String, {
      nullable: true,
      description: 'Where to continue: next from the previous answer; the start if absent.',
    })
    after: string | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<TrailEnds> {
    return listTrailEnds(needs, principal, { after });
  }

  @Query(() => [String], {
    nullable: 'items',
    description:
      'Hashes of the events at these places, in their order; null where there is no event. Needs the scope admin for all models.',
  })
  trailHashes(
    @Arg('places', () => [TrailPlaceInput], { description: `Places; at most ${TRAIL_PLACES_MAX}.` })
    places: TrailPlaceInput[],
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<(string | null)[]> {
    const asked = places.map(({ modelName = null, sequence }) => ({ modelName, sequence }));
    return findTrailHashes(needs, principal, asked);
  }
}
