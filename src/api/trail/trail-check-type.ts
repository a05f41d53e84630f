/** What was found in a part of the trail that was looked at. */
import { Field, Int, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { TRAIL_FAULTS, type TrailFault } from '../../core/trail.js';
import { TRAIL_FAULTS_MAX, type TrailChecked, type TrailFinding } from '../../registry/trail/trail-check.js';
import { closedSet } from '../closed-set.js';

const TrailFaultEnum = closedSet<TrailFault>(
  'TrailFault',
  'In what way a place of the trail is not as it was written.',
  TRAIL_FAULTS,
  {
    EDITED: 'The hash does not fit: this event, or the hash of the one before it, was changed or swapped.',
    MISSING: 'An event is not there.',
    ADDED: 'An event that the registry did not write: it lies beyond the noted end of its chain.',
    CUT_OFF: 'The last event of a chain, by its noted end, is not there.',
    REWRITTEN: 'The last event is not the one that was noted as the end of its chain.',
  },
);

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
export class TrailCheckType implements TrailChecked {
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
