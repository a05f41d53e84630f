/** The query behind `weighbridge trail verify`: whether the trail is as it was written. */
import { Arg, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { TrailFault } from '../../core/trail.js';
import {
  checkTrail,
  TRAIL_FAULTS_MAX,
  type TrailChecked,
  type TrailFinding,
} from '../../registry/trail/trail-check.js';
import type { GraphqlContext } from '../context.js';
import { TrailFaultEnum } from '../enums.js';

@ObjectType('TrailFinding', {
  simpleResolvers: true,
  description: 'A place of the trail that is not as it was written.',
})
class TrailFindingType implements TrailFinding {
  @Field(() => String, { nullable: true, description: 'Name of the model; null for the events of what has none.' })
  modelName!: string | null;

  @Field(() => Int, { description: 'Place among the events of this model name, from 1.' })
  sequence!: number;

  @Field(() => TrailFaultEnum, { description: 'What is wrong there.' })
  fault!: TrailFault;
}

@ObjectType('TrailCheck', { simpleResolvers: true, description: 'What was found in the part of the trail looked at.' })
class TrailCheckType implements TrailChecked {
  @Field(() => GraphQLSafeInt, { description: 'Events looked at by this call.' })
  events!: number;

  @Field(() => [TrailFindingType], {
    complexity: TRAIL_FAULTS_MAX,
    description: `What is wrong; at most ${TRAIL_FAULTS_MAX}, empty when nothing is.`,
  })
  findings!: TrailFindingType[];

  @Field(() => String, { nullable: true, description: 'Where to go on, to be given as after; null at the end.' })
  next!: string | null;
}

@Resolver()
export class TrailCheckResolver {
  @Query(() => TrailCheckType, {
    description:
      'Works the hashes of the trail out again, for some seconds. Repeat it with after until next is null. Needs the scope admin for all models.',
  })
  trailCheck(
    @Arg('after', () => String, { nullable: true, description: 'next of the answer before; the start if absent.' })
    after: string | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<TrailChecked> {
    return checkTrail(needs, principal, { after });
  }
}
