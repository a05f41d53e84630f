/** What follows from counts and shapes: sizes, memory, work, examples. Each answer with its rule, its inputs and its assumption. */
import { Arg, Ctx, Field, FieldResolver, InputType, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { InspectionFigures } from '../../core/catalog.js';
import { type Optimizer, OPTIMIZER_STATES, type StorageType } from '../../core/layer/estimate.js';
import {
  estimate,
  ESTIMATE_DEFAULTS,
  type EstimateQuestion,
  type Estimates,
  type ReportedBound,
  type ReportedEstimate,
  workloadOfNodes,
} from '../../core/layer/workload.js';
import { closedSet } from '../closed-set.js';
import type { GraphqlContext } from '../context.js';
import { InspectionType } from './inspection-type.js';
import { required } from '../loaders.js';
import type { Relation } from '../relation.js';
import { StorageTypeEnum } from '../storage-type-enum.js';

const states = (optimizer: Optimizer) => `keeps ${OPTIMIZER_STATES[optimizer]} values for each parameter.`;
const OptimizerEnum = closedSet<Optimizer>(
  'Optimizer',
  'The optimizer, for estimates of memory.',
  Object.keys(OPTIMIZER_STATES) as Optimizer[],
  {
    SGD: `Stochastic gradient descent; ${states('SGD')}`,
    MOMENTUM: `Gradient descent with momentum; ${states('MOMENTUM')}`,
    ADAM: `Adam and its variants; ${states('ADAM')}`,
  },
);

@InputType({ description: 'Input of the estimates.' })
export class EstimatesInput implements EstimateQuestion {
  @Field(() => StorageTypeEnum, {
    description: 'How weights, gradients, optimizer and state are stored.',
    defaultValue: ESTIMATE_DEFAULTS.dtype,
  })
  dtype!: StorageType;

  @Field(() => OptimizerEnum, { description: 'The optimizer.', defaultValue: ESTIMATE_DEFAULTS.optimizer })
  optimizer!: Optimizer;

  @Field(() => GraphQLSafeInt, {
    description: 'Training examples, 1 or more.',
    defaultValue: ESTIMATE_DEFAULTS.examples,
  })
  examples!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Time steps of an example, 1 or more.',
    defaultValue: ESTIMATE_DEFAULTS.timeSteps,
  })
  timeSteps!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Epochs: how often each example is shown, 1 or more.',
    defaultValue: ESTIMATE_DEFAULTS.epochs,
  })
  epochs!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Examples that are trained on at once, 1 or more.',
    defaultValue: ESTIMATE_DEFAULTS.batch,
  })
  batch!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Floating-point operations per second that training reaches, 1 or more; without it there is no training time.',
    defaultValue: ESTIMATE_DEFAULTS.flopsPerSecond,
  })
  flopsPerSecond!: number | null;
}

@ObjectType('EstimateQuestion', {
  simpleResolvers: true,
  description: 'Input of the estimates, with defaults filled in.',
})
class EstimateQuestionType implements EstimateQuestion {
  @Field(() => StorageTypeEnum, { description: 'How weights, gradients, optimizer and state are stored.' })
  dtype!: StorageType;

  @Field(() => OptimizerEnum, { description: 'The optimizer.' })
  optimizer!: Optimizer;

  @Field(() => GraphQLSafeInt, { description: 'Training examples.' })
  examples!: number;

  @Field(() => GraphQLSafeInt, { description: 'Time steps of an example.' })
  timeSteps!: number;

  @Field(() => GraphQLSafeInt, { description: 'Epochs: how often each example is shown.' })
  epochs!: number;

  @Field(() => GraphQLSafeInt, { description: 'Examples that are trained on at once.' })
  batch!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Floating-point operations per second that training reaches; null when none was given.',
  })
  flopsPerSecond!: number | null;
}

@ObjectType('EstimateValue', { simpleResolvers: true, description: 'An input of a rule.' })
class EstimateValueType {
  @Field(() => String, { description: 'Name, as the rule uses it.' })
  name!: string;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Value; null when over 2^53−1.' })
  value!: number | null;
}

@ObjectType('Estimate', {
  simpleResolvers: true,
  description: 'An estimate with its rule, inputs and assumption.',
})
class EstimateType implements ReportedEstimate {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The result, in the unit of its field; null when over 2^53−1.',
  })
  value!: number | null;

  @Field(() => String, { description: 'The formula, written with the names of its inputs.' })
  rule!: string;

  @Field(() => [EstimateValueType], { complexity: 4, description: 'Inputs of the rule.' })
  inputs!: EstimateValueType[];

  @Field(() => String, { description: 'What it assumes and leaves out.' })
  assumption!: string;
}

@ObjectType('SizeEstimate', { simpleResolvers: true, description: 'Size of the params for one storage type.' })
class SizeEstimateType {
  @Field(() => StorageTypeEnum, { description: 'How each parameter is stored.' })
  dtype!: StorageType;

  @Field(() => EstimateType, { description: 'Bytes of the params alone.' })
  estimate!: Relation<EstimateType>;
}

@ObjectType('ExampleRule', {
  simpleResolvers: true,
  description: 'A rule of thumb for the minimum number of training examples.',
})
class ExampleRuleType {
  @Field(() => String, { description: 'Name of the rule, UPPER_SNAKE.' })
  name!: string;

  @Field(() => String, { description: 'Where the rule comes from.' })
  source!: string;

  @Field(() => EstimateType, { description: 'Training examples it recommends.' })
  estimate!: Relation<EstimateType>;
}

@ObjectType('TrainingExamples', {
  simpleResolvers: true,
  description: 'Number of training examples recommended by rules of thumb: a range, not a theorem.',
})
class TrainingExamplesType implements ReportedBound {
  @Field(() => String, { description: 'What every figure of these counts.' })
  unit!: string;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'By the most lenient rule; null when over 2^53−1.' })
  least!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'By the strictest rule; null when over 2^53−1.' })
  most!: number | null;

  @Field(() => [ExampleRuleType], { complexity: 3, description: 'The rules, the most lenient first.' })
  rules!: ExampleRuleType[];

  @Field(() => String, { description: 'Why this is only a rule of thumb.' })
  warning!: string;
}

@ObjectType('Estimates', {
  simpleResolvers: true,
  description: 'Estimates from counts and shapes. Each one states its rule, inputs and assumption.',
})
export class EstimatesType implements Estimates {
  @Field(() => EstimateQuestionType, { description: 'Input of the estimates.' })
  question!: Relation<EstimateQuestionType>;

  @Field(() => [SizeEstimateType], { complexity: 5, description: 'Bytes of the params for each storage type.' })
  sizes!: SizeEstimateType[];

  @Field(() => EstimateType, { description: 'Bytes for weights, gradients and optimizer while training.' })
  trainingMemory!: Relation<EstimateType>;

  @Field(() => EstimateType, {
    description: 'The same with the activations of the recurrent nodes for a batch of sequences, bytes.',
  })
  trainingMemoryWithActivations!: Relation<EstimateType>;

  @Field(() => TrainingExamplesType, { description: 'Training examples recommended by rules of thumb.' })
  trainingExamples!: Relation<TrainingExamplesType>;

  @Field(() => EstimateType, {
    description: 'Multiply–accumulates of all recurrent nodes for one time step of one sequence.',
  })
  macsPerStep!: Relation<EstimateType>;

  @Field(() => EstimateType, { description: 'Bytes that one sequence carries from step to step.' })
  stateBytes!: Relation<EstimateType>;

  @Field(() => EstimateType, { description: 'Floating-point operations to train the recurrent nodes.' })
  trainingCompute!: Relation<EstimateType>;

  @Field(() => EstimateType, {
    description: 'Seconds that this takes at flopsPerSecond, rounded up; its value is null when no rate was given.',
  })
  trainingSeconds!: Relation<EstimateType>;

  @Field(() => GraphQLSafeInt, { description: 'Recurrent nodes in the sums of work and state.' })
  nodes!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Recurrent nodes left out of those sums because a size is unknown; the sums are then lower bounds.',
  })
  nodesLeftOut!: number;
}

@Resolver(() => InspectionType)
export class InspectionEstimatesResolver {
  @FieldResolver(() => EstimatesType, {
    description:
      'Estimates: size, training memory and examples for modelParams; work and state for the recurrent nodes.',
  })
  async estimates(
    @Root() inspection: InspectionFigures,
    @Arg('input', () => EstimatesInput, { nullable: true, description: 'Input of the estimates; defaults if absent.' })
    input: EstimatesInput | null | undefined,
    @Ctx() context: GraphqlContext,
  ): Promise<Estimates> {
    const groups = required(await context.loaders.recurrentSizes.load(inspection.id), 'the inspection');
    return estimate(workloadOfNodes(inspection.modelParams, groups), input ?? ESTIMATE_DEFAULTS);
  }
}
