/** The formula without a file: parameters of a stack, and the largest that fits a budget. They read nothing. */
import { Arg, Field, InputType, Query, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { StorageType } from '../../core/layer/estimate.js';
import { type Fit, largestThatFits } from '../../core/layer/fit.js';
import { recurrentParameters } from '../../core/layer/stack.js';
import { LargestThatFitsType } from './fit-type.js';
import { type Answer, RecurrentParametersType } from './formula-type.js';
import { StackInput } from './stack-input.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

@InputType({
  description:
    'A stack of recurrent layers. m is the input size, n the hidden size, p the projection, D the directions.',
})
class RecurrentParametersInput extends StackInput {
  @Field(() => GraphQLSafeInt, { description: 'Features of the hidden state, n, 1 or more.' })
  hiddenSize!: number;
}

@InputType({ description: 'Size limits for a stack: at least one.' })
class FitBudgetInput {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Maximum params, 0 or more.' })
  params?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Maximum bytes of params in dtype, 0 or more.' })
  bytes?: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Maximum multiply–accumulates for one time step of one sequence, 0 or more.',
  })
  macsPerStep?: number | null;

  @Field(() => StorageTypeEnum, { description: 'How each param is stored, for bytes.', defaultValue: 'FP32' })
  dtype!: StorageType;
}

@InputType({
  description:
    'A stack of recurrent layers without its hidden size, and its size limits. With a projection p, n is at least p + 1.',
})
class LargestThatFitsInput extends StackInput {
  @Field(() => FitBudgetInput, { description: 'Size limits of the stack.' })
  budget!: FitBudgetInput;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'An additional hidden size to evaluate: see asked.' })
  hiddenSize?: number | null;
}

@Resolver()
export class FormulaQueries {
  @Query(() => RecurrentParametersType, {
    description:
      'The formula for a stack of recurrent layers, without a file. The number of time steps is not an argument: every step uses the same weights, so a longer sequence costs time, not parameters.',
  })
  recurrentParameters(
    @Arg('input', () => RecurrentParametersInput, { description: 'The stack.' }) input: RecurrentParametersInput,
  ): Answer {
    const stack = { ...input, projection: input.projection ?? undefined };
    return { ...recurrentParameters(stack), stack };
  }

  @Query(() => LargestThatFitsType, {
    description:
      'The largest hidden size n whose stack of recurrent layers stays within a budget, without a file. Exact: n fits and n + 1 does not.',
  })
  largestThatFits(
    @Arg('input', () => LargestThatFitsInput, { description: 'The stack and its budget.' })
    { projection, ...input }: LargestThatFitsInput,
  ): Fit {
    return largestThatFits({ ...input, projection: projection ?? undefined });
  }
}
