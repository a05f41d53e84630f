/** What fits: the largest hidden size of a stack of recurrent layers within a budget. Reads nothing. */
import { Arg, Field, InputType, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { StorageType } from '../../core/layer/estimate.js';
import {
  FIT_LIMITS,
  largestThatFits,
  type Fit,
  type FitAsked,
  type FitExcess,
  type FitFigures,
  type FitLimit,
} from '../../core/layer/fit.js';
import { StorageTypeEnum } from '../inspection/estimates-type.js';
import type { Relation } from '../relation.js';
import { StackInput } from './stack-input.js';

const FitLimitEnum = Object.fromEntries(FIT_LIMITS.map((limit) => [limit, limit])) as Record<FitLimit, FitLimit>;
registerEnumType(FitLimitEnum, {
  name: 'FitLimit',
  description: 'What a budget of largestThatFits limits.',
  valuesConfig: {
    PARAMS: { description: 'Params of the stack.' },
    BYTES: { description: 'Bytes of these params in the data type of the budget.' },
    MACS_PER_STEP: { description: 'Multiply–accumulates for one time step of one sequence.' },
  },
});

@InputType({ description: 'What a stack may weigh: at least one limit.' })
class FitBudgetInput {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'At most so many params, 0 or more.' })
  params?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'At most so many bytes of params in dtype, 0 or more.' })
  bytes?: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'At most so many multiply–accumulates for one time step of one sequence, 0 or more.',
  })
  macsPerStep?: number | null;

  @Field(() => StorageTypeEnum, { description: 'How each param is stored, for bytes.', defaultValue: 'FP32' })
  dtype!: StorageType;
}

@InputType({
  description:
    'A stack of recurrent layers without its hidden size, and what it may weigh. With a projection p, n is at least p + 1.',
})
export class LargestThatFitsInput extends StackInput {
  @Field(() => FitBudgetInput, { description: 'What the stack may weigh.' })
  budget!: FitBudgetInput;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'A hidden size to judge besides: see asked.' })
  hiddenSize?: number | null;
}

@ObjectType('FitFigures', { simpleResolvers: true, description: 'A stack with one hidden size.' })
class FitFiguresType implements FitFigures {
  @Field(() => GraphQLSafeInt, { description: 'n, features of the hidden state.' })
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

  @Field(() => GraphQLSafeInt, { description: 'What is allowed, in the unit of the limit.' })
  allowed!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'What it would be; null when over 2^53−1.' })
  value!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'value − allowed; null when over 2^53−1.' })
  over!: number | null;
}

@ObjectType('FitAsked', { simpleResolvers: true, description: 'The stack with the hidden size that was asked about.' })
class FitAskedType extends FitFiguresType implements FitAsked {
  @Field(() => Boolean, { description: 'Whether it keeps to every limit.' })
  fits!: boolean;

  @Field(() => [FitExcessType], { complexity: 3, description: 'The limits that it breaks; empty when it fits.' })
  exceeded!: FitExcessType[];
}

@ObjectType('LargestThatFits', {
  simpleResolvers: true,
  description: 'The largest hidden size within a budget, exactly, and why not one more.',
})
class LargestThatFitsType implements Fit {
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

  @Field(() => FitAskedType, { nullable: true, description: 'The size that was asked about; null when none was.' })
  asked!: Relation<FitAskedType> | null;

  @Field(() => StorageTypeEnum, { description: 'How each param is stored, for bytes.' })
  dtype!: StorageType;
}

@Resolver()
export class FitResolver {
  @Query(() => LargestThatFitsType, {
    description:
      'The largest hidden size n whose stack of recurrent layers keeps to a budget, without a file. Exact: n fits and n + 1 does not.',
  })
  largestThatFits(
    @Arg('input', () => LargestThatFitsInput, { description: 'The stack and its budget.' })
    { projection, ...input }: LargestThatFitsInput,
  ): Fit {
    return largestThatFits({ ...input, projection: projection ?? undefined });
  }
}
