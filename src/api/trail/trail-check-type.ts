/** What was found in a part of the trail that was examined. */
import { Field, Int, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { TRAIL_FAULTS, type TrailFault } from '../../core/trail.js';
import { TRAIL_FAULTS_MAX, type TrailChecked, type TrailFinding } from '../../registry/trail/trail-check.js';
import { closedSet } from '../closed-set.js';

const TrailFaultEnum = closedSet<TrailFault>(
  'TrailFault',
  'How a place in the trail differs from what was written.',
  TRAIL_FAULTS,
  {
    EDITED: 'The hash does not fit: this event, or the hash of the one before it, was changed or swapped.',
    MISSING: 'An event is missing.',
    ADDED: 'An event that the registry did not write: it is beyond the recorded end of its chain.',
    CUT_OFF: 'The last event of a chain, by its recorded end, is missing.',
    REWRITTEN: 'The last event is not the one that was recorded as the end of its chain.',
  },
);

@ObjectType('TrailFinding', {
  simpleResolvers: true,
  description: 'A place in the trail that differs from what was written.',
})
class TrailFindingType implements TrailFinding {
  @Field(() => String, { nullable: true, description: 'Name of the model; null for events without a model.' })
  modelName!: string | null;

  @Field(() => Int, { description: 'Position among the events of this model name, from 1.' })
  sequence!: number;

  @Field(() => TrailFaultEnum, { description: 'The fault.' })
  fault!: TrailFault;
}

@ObjectType('TrailCheck', { simpleResolvers: true, description: 'Result for the checked part of the trail.' })
export class TrailCheckType implements TrailChecked {
  @Field(() => GraphQLSafeInt, { description: 'Number of events checked by this call.' })
  events!: number;

  @Field(() => [TrailFindingType], {
    complexity: TRAIL_FAULTS_MAX,
    description: `Faults found; at most ${TRAIL_FAULTS_MAX}, empty when there are none.`,
  })
  findings!: TrailFindingType[];

  @Field(() => String, { nullable: true, description: 'Where to continue, to pass as after; null at the end.' })
  next!: string | null;
}
