/** Places of the trail that are kept outside, and compared later. */
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { TrailPlace } from '../../core/trail.js';
import { TRAIL_ENDS_PAGE, type TrailEnds } from '../../registry/trail/trail-anchors.js';

@ObjectType('TrailPlace', { simpleResolvers: true, description: 'The last event of a chain of the trail.' })
class TrailPlaceType implements TrailPlace {
  @Field(() => String, { nullable: true, description: 'Name of the model; null for events without a model.' })
  modelName!: string | null;

  @Field(() => Int, { description: 'Position among the events of this model name, from 1.' })
  sequence!: number;

  @Field(() => String, { description: 'Hash of the event; 64 hexadecimal digits.' })
  hash!: string;
}

@ObjectType('TrailEnds', {
  simpleResolvers: true,
  description: 'The last events of chains. Kept outside, they show later that nothing up to them was rewritten.',
})
export class TrailEndsType implements TrailEnds {
  @Field(() => [TrailPlaceType], {
    complexity: TRAIL_ENDS_PAGE / 10,
    description: `By name of the model; at most ${TRAIL_ENDS_PAGE}.`,
  })
  ends!: TrailPlaceType[];

  @Field(() => String, { nullable: true, description: 'Where to continue, to pass as after; null at the end.' })
  next!: string | null;
}

@InputType({ description: 'A place of the trail.' })
export class TrailPlaceInput {
  @Field(() => String, { nullable: true, description: 'Name of the model; null for events without a model.' })
  modelName?: string | null;

  @Field(() => Int, { description: 'Position among the events of this model name, from 1.' })
  sequence!: number;
}
