/** A recurrent node, its formula and its weights. */
import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { StoredRecurrentNode } from '../../core/catalog.js';
import type {
  BiasConvention,
  FormulaValues,
  MacsPerStep,
  RecurrentOpType,
  Verdict,
  Weight,
  WeightRole,
  WeightSource,
} from '../../core/inspection.js';
import { FORMULA_WORDS, GATE_COUNTS_WORDS, PART_WORDS } from '../../core/layer/formula.js';
import { connectionOf } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { toGlobalId } from '../global-id.js';
import {
  BiasConventionEnum,
  RecurrentOpTypeEnum,
  VerdictEnum,
  WeightRoleEnum,
  WeightSourceEnum,
} from './recurrent-enums.js';
import { NodeType } from '../node-type.js';
import type { Relation } from '../relation.js';

@ObjectType('FormulaValues', {
  simpleResolvers: true,
  description: `What the formula gives for the shape of one node, in params, under three bias conventions. m input size, n hidden size, D directions, G gates (${GATE_COUNTS_WORDS}). Each value includes the peephole part.`,
})
class FormulaValuesType implements FormulaValues {
  @Field(() => GraphQLSafeInt, { description: `Without a bias: ${FORMULA_WORDS.none}, params.` })
  none!: number;

  @Field(() => GraphQLSafeInt, {
    description: `One bias vector per gate: ${FORMULA_WORDS.single}, params. What Keras counts for an LSTM.`,
  })
  single!: number;

  @Field(() => GraphQLSafeInt, {
    description: `Two bias vectors per gate: ${FORMULA_WORDS.double}, params. What ONNX stores and PyTorch counts.`,
  })
  double!: number;

  @Field(() => GraphQLSafeInt, {
    description: `The peephole part alone: ${PART_WORDS.peephole} when P is given, else 0, params.`,
  })
  peepholes!: number;
}

@ObjectType('Weight', { simpleResolvers: true, description: 'What a recurrent node receives in one role.' })
class WeightType implements Weight {
  @Field(() => WeightRoleEnum, { description: 'Input of the operator.' })
  role!: WeightRole;

  @Field(() => WeightSourceEnum, {
    description: 'Where the tensor comes from; inside a function, the source at the call site.',
  })
  source!: WeightSource;

  @Field(() => String, { nullable: true, description: 'Name that the node uses; null when the role is absent.' })
  tensor!: string | null;

  @Field(() => [GraphQLSafeInt], {
    nullable: true,
    description: 'Dims as the operator receives them; null when unknown.',
  })
  dims!: number[] | null;

  @Field(() => String, { nullable: true, description: 'ONNX data type, such as FLOAT; null when unknown.' })
  dtype!: string | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Dense elements as the operator receives them; null when unknown.',
  })
  elements!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Bytes stored in the file behind this role; 0 for a graph input; null when unknown.',
  })
  byteSize!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Hash of the stored values behind the role, 128 bits in hexadecimal: equal values have equal hashes, but an equal hash proves nothing. Null when they were not read or are not stored, and before inspection version 3.',
  })
  contentHash!: string | null;

  @Field(() => Int, { description: 'Scopes crossed outward to find the name.' })
  hops!: number;

  @Field(() => [String], {
    description:
      'Operators between the stored tensor and the role, the nearest to the node last; value_info follows an operator whose result has only the shape that the file declares.',
  })
  chain!: string[];
}

@ObjectType('MacsPerStep', {
  simpleResolvers: true,
  description:
    'Multiply–accumulates for one time step of one sequence, for all directions. Activations are not counted.',
})
export class MacsPerStepType implements MacsPerStep {
  @Field(() => GraphQLSafeInt, { description: `${PART_WORDS.input}: from the input.` })
  input!: number;

  @Field(() => GraphQLSafeInt, { description: `${PART_WORDS.recurrent}: from the previous step.` })
  recurrent!: number;

  @Field(() => GraphQLSafeInt, {
    description: `${PART_WORDS.bias} for each half of the bias that is not all zero: additions, counted as one each.`,
  })
  bias!: number;

  @Field(() => GraphQLSafeInt, {
    description: `Products of gates and states: ${PART_WORDS.products} for LSTM and GRU, none for RNN; ${PART_WORDS.peephole} more with peepholes.`,
  })
  pointwise!: number;
}

@ObjectType('RecurrentNode', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'An LSTM, GRU or RNN node at one place of one graph; a function’s node once per call site.',
})
class RecurrentNodeType implements Omit<StoredRecurrentNode, 'formula'> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, {
    description: 'Graph path: graph, attribute and node on the way, such as graph/If_25.else_branch/LSTM_12.',
  })
  path!: string;

  @Field(() => String, { description: 'Name of the node in the file; may be empty.' })
  name!: string;

  @Field(() => RecurrentOpTypeEnum, { description: 'Operator.' })
  opType!: RecurrentOpType;

  @Field(() => String, { description: 'Domain of the operator; empty is ai.onnx.' })
  domain!: string;

  @Field(() => String, {
    description: 'Attribute direction, in the lower-case text of ONNX: forward, reverse or bidirectional.',
  })
  direction!: string;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'D, from R; null when unknown.' })
  numDirections!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Features of the input, m, from W; null when unknown.' })
  inputSize!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Features of the hidden state, n, from R; null when unknown.',
  })
  hiddenSize!: number | null;

  @Field(() => GraphQLSafeInt, { description: 'Attribute layout: 0 is time first, 1 is batch first.' })
  layout!: number;

  @Field(() => BiasConventionEnum, { description: 'What the values of B say about the bias. Evidence, not proof.' })
  biasConvention!: BiasConvention;

  @Field(() => Boolean, { description: 'Whether P is given.' })
  peepholes!: boolean;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Params: dense elements of W, R, B and P as the operator receives them; null while a size is unknown.',
  })
  stored!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: `Params by the formula for this shape and the bias that ONNX stores: ${FORMULA_WORDS.double} with B, ${FORMULA_WORDS.none} without, + ${PART_WORDS.peephole} with P.`,
  })
  expected!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Params without the halves of B that are all zero. A GRU with linear_before_reset keeps a single zero half.',
  })
  effective!: number | null;

  @Field(() => VerdictEnum, { description: 'Whether stored and expected agree.' })
  verdict!: Verdict;

  @Field(() => String, { nullable: true, description: 'Why the verdict is not MATCH, in words; null for MATCH.' })
  reason!: string | null;

  @Field(() => FormulaValuesType, {
    nullable: true,
    description: 'The formula for this shape; null while a size is unknown.',
  })
  formula!: Relation<FormulaValuesType> | null;

  @Field(() => MacsPerStepType, {
    nullable: true,
    description: 'Multiply–accumulates for one time step of one sequence; null while a size is unknown.',
  })
  macsPerStep!: Relation<MacsPerStepType> | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Bytes that one sequence carries from step to step in 32 bits: h, and for an LSTM c, D·n elements each; null while a size is unknown.',
  })
  stateBytes!: number | null;
}

export const RecurrentNodeConnection = connectionOf('RecurrentNode', 'recurrent nodes', () => RecurrentNodeType);

@Resolver(() => RecurrentNodeType)
export class RecurrentNodeResolver {
  @FieldResolver(() => ID)
  id(@Root() node: StoredRecurrentNode): string {
    return toGlobalId('RecurrentNode', node.id);
  }

  // The complexity is the usual length of the list: W, R, B, sometimes P.
  @FieldResolver(() => [WeightType], {
    complexity: 4,
    description: 'One entry per role, in the order of the operator’s inputs.',
  })
  async weights(@Root() node: StoredRecurrentNode, @Ctx() context: GraphqlContext): Promise<Weight[]> {
    return (await context.loaders.weights.load(node.id)) ?? [];
  }
}
