/** The largest hidden size of a stack within a budget, and why not one more. */
import { Field, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { StorageType } from '../../core/layer/estimate.js';
import {
  type Fit,
  FIT_LIMITS,
  type FitAsked,
  type FitExcess,
  type FitFigures,
  type FitLimit,
} from '../../core/layer/fit.js';
import { closedSet } from '../closed-set.js';
import type { Relation } from '../relation.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

const FitLimitEnum = closedSet<FitLimit>('FitLimit', 'Quantity that a budget of largestThatFits limits.', FIT_LIMITS, {
  PARAMS: 'Params of the stack.',
  BYTES: 'Bytes of these params in the data type of the budget.',
  MACS_PER_STEP: 'Multiply–accumulates for one time step of one sequence.',
});

@ObjectType('FitFigures', { simpleResolvers: true, description: 'A stack with one hidden size.' })
class FitFiguresType implements FitFigures {
  @Field(() => GraphQLSafeInt, { description: 'Features of the hidden state, n.' })
  hiddenSize!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Params of the stack; null when over 2^53−1.' })
  params!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Bytes of these params in dtype, rounded up; null when over 2^53−1.',
  })
  bytes!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Multiply–accumulates for one time step of one sequence; null when over 2^53−1.',
  })
  macsPerStep!: number | null;
}

@ObjectType('FitExcess', { simpleResolvers: true, description: 'A limit that a hidden size breaks.' })
class FitExcessType implements FitExcess {
  @Field(() => FitLimitEnum, { description: 'The limit.' })
  limit!: FitLimit;

  @Field(() => GraphQLSafeInt, { description: 'Allowed value, in the unit of the limit.' })
  allowed!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Value that it would have; null when over 2^53−1.' })
  value!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Difference value − allowed; null when over 2^53−1.' })
  over!: number | null;
}

@ObjectType('FitAsked', { simpleResolvers: true, description: 'The stack with the requested hidden size.' })
class FitAskedType extends FitFiguresType implements FitAsked {
  @Field(() => Boolean, { description: 'Whether it is within every limit.' })
  fits!: boolean;

  @Field(() => [FitExcessType], { complexity: 3, description: 'The limits that it breaks; empty when it fits.' })
  exceeded!: FitExcessType[];
}

@ObjectType('LargestThatFits', {
  simpleResolvers: true,
  description: 'The exact largest hidden size within a budget, and the limits that the next one breaks.',
})
export class LargestThatFitsType implements Fit {
  @Field(() => FitFiguresType, {
    nullable: true,
    description: 'The largest that fits; null when not even the smallest does.',
  })
  largest!: Relation<FitFiguresType> | null;

  @Field(() => FitFiguresType, {
    description: 'One more than the largest, or the smallest when nothing fits: it breaks at least one limit.',
  })
  next!: Relation<FitFiguresType>;

  @Field(() => [FitExcessType], { complexity: 3, description: 'The limits that next breaks, and by how much.' })
  exceeded!: FitExcessType[];

  @Field(() => FitAskedType, { nullable: true, description: 'The requested hidden size; null when none was given.' })
  asked!: Relation<FitAskedType> | null;

  @Field(() => StorageTypeEnum, { description: 'How each param is stored, for bytes.' })
  dtype!: StorageType;
}
