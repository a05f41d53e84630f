/** What the formula says of a stack of recurrent layers: its parameters, whole and in parts. */
import { Arg, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { MacsPerStep } from '../../core/inspection.js';
import { type Bias, GATES, PART_WORDS, type PartParams } from '../../core/layer/formula.js';
import {
  type ConventionParams,
  type LayerParams,
  type LayerStack,
  type ParamsBreakdown,
  paramsByConvention,
} from '../../core/layer/stack.js';
import { estimate, ESTIMATE_DEFAULTS, type Estimates, workloadOfStack } from '../../core/layer/workload.js';
import { EstimatesInput, EstimatesType } from '../inspection/estimates-type.js';
import { MacsPerStepType } from '../inspection/recurrent-node-type.js';
import type { Relation } from '../relation.js';
import { BiasEnum } from './stack-input.js';

@ObjectType('PartParams', { simpleResolvers: true, description: 'Params by what they multiply.' })
class PartParamsType implements PartParams {
  @Field(() => GraphQLSafeInt, { description: `W, from the input: ${PART_WORDS.input}, params.` })
  input!: number;

  @Field(() => GraphQLSafeInt, {
    description: `R, from the previous step: ${PART_WORDS.recurrent}, or with a projection ${PART_WORDS.projectedRecurrent}, params.`,
  })
  recurrent!: number;

  @Field(() => GraphQLSafeInt, { description: `B: ${PART_WORDS.bias} for each bias vector, params.` })
  bias!: number;

  @Field(() => GraphQLSafeInt, { description: `P: ${PART_WORDS.peephole} with peepholes, params.` })
  peephole!: number;

  @Field(() => GraphQLSafeInt, { description: `Projection: ${PART_WORDS.projection}, params.` })
  projection!: number;
}

@ObjectType('GateParams', { simpleResolvers: true, description: 'Params of one gate over all layers.' })
class GateParamsType {
  @Field(() => String, {
    description: `Gate, as ONNX names it: ${Object.values(GATES)
      .map((gates) => gates.join(' '))
      .join(', ')}.`,
  })
  gate!: string;

  @Field(() => GraphQLSafeInt, { description: 'Params.' })
  params!: number;
}

@ObjectType('LayerParams', { simpleResolvers: true, description: 'Params of one layer of a stack.' })
class LayerParamsType implements LayerParams {
  @Field(() => Int, { description: 'Layer, from 1.' })
  layer!: number;

  @Field(() => GraphQLSafeInt, { description: 'Its input size m.' })
  inputSize!: number;

  @Field(() => GraphQLSafeInt, { description: 'Its hidden size n.' })
  hiddenSize!: number;

  @Field(() => Int, { description: 'D of this layer.' })
  numDirections!: number;

  @Field(() => GraphQLSafeInt, { description: 'Params of this layer.' })
  params!: number;

  @Field(() => PartParamsType, { description: 'The same by part.' })
  byPart!: Relation<PartParamsType>;
}

@ObjectType('ConventionParams', { simpleResolvers: true, description: 'Params of a stack under one bias convention.' })
class ConventionParamsType implements ConventionParams {
  @Field(() => BiasEnum, { description: 'The convention.' })
  convention!: Bias;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Params; null when over 2^53−1.' })
  params!: number | null;

  @Field(() => String, { description: 'Who counts so.' })
  countedBy!: string;
}

@ObjectType('RecurrentParameters', {
  simpleResolvers: true,
  description: 'Params of a stack of recurrent layers, whole and in parts.',
})
export class RecurrentParametersType implements ParamsBreakdown {
  @Field(() => GraphQLSafeInt, { description: 'All params.' })
  params!: number;

  @Field(() => PartParamsType, { description: 'By what they multiply; the sum is params.' })
  byPart!: Relation<PartParamsType>;

  @Field(() => [GateParamsType], { complexity: 4, description: 'By gate; the sum and the projection are params.' })
  byGate!: GateParamsType[];

  @Field(() => [LayerParamsType], { complexity: 10, description: 'By layer; the sum is params.' })
  byLayer!: LayerParamsType[];
}

/** With the question that it answers, for the estimates beneath it. */
export interface Answer extends ParamsBreakdown {
  stack: LayerStack;
}

@Resolver(() => RecurrentParametersType)
export class RecurrentParametersResolver {
  @FieldResolver(() => [ConventionParamsType], {
    complexity: 3,
    description:
      'Params of the same stack under each bias convention, whichever bias the input has, and who counts so.',
  })
  conventions(@Root() { stack }: Answer): ConventionParams[] {
    return paramsByConvention(stack);
  }

  @FieldResolver(() => MacsPerStepType, {
    nullable: true,
    description:
      'Multiply–accumulates of all layers for one time step of one sequence; a projection’s D·n·p counts as recurrent. Null when over 2^53−1.',
  })
  macsPerStep(@Root() { stack, ...breakdown }: Answer): MacsPerStep | null {
    return workloadOfStack(stack, breakdown).macsPerStep;
  }

  @FieldResolver(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Bytes that one sequence carries from step to step in 32 bits: h of each layer, and c of an LSTM. Null when over 2^53−1.',
  })
  stateBytes(@Root() { stack, ...breakdown }: Answer): number | null {
    return estimate(workloadOfStack(stack, breakdown), ESTIMATE_DEFAULTS).stateBytes.value;
  }

  @FieldResolver(() => EstimatesType, { description: 'Estimates for the whole stack.' })
  estimates(
    @Root() { stack, ...breakdown }: Answer,
    @Arg('input', () => EstimatesInput, { nullable: true, description: 'Input of the estimates; defaults if absent.' })
    input: EstimatesInput | null | undefined,
  ): Estimates {
    return estimate(workloadOfStack(stack, breakdown), input ?? ESTIMATE_DEFAULTS);
  }
}
