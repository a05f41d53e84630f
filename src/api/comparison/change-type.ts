/** The changes of a comparison: what happened to one node, tensor or part of the file, for one cause, and its share of every total. */
import { Field, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import {
  type Change,
  CHANGE_CAUSES,
  CHANGE_STATUSES,
  CHANGE_SUBJECTS,
  type ChangeCause,
  type ChangeDeltas,
  type ChangeParts,
  type ChangeSide,
  type ChangeStatus,
  type ChangeSubject,
  MATCH_CONFIDENCES,
  type MatchConfidence,
} from '../../core/comparison.js';
import type { BiasConvention } from '../../core/inspection.js';
import { closedSet } from '../closed-set.js';
import { COMPARED_METRICS, fieldOf } from '../../core/metrics.js';
import { connectionOf } from '../connection.js';
import { ByteAccountType, ElementClassesType } from '../inspection/account-types.js';
import { BiasConventionEnum } from '../inspection/recurrent-enums.js';
import { sayMetric } from '../metric-enum.js';
import type { Relation } from '../relation.js';

const ChangeStatusEnum = closedSet<ChangeStatus>('ChangeStatus', 'What happened.', CHANGE_STATUSES, {
  ADDED: 'It is in compare alone.',
  REMOVED: 'It is in base alone.',
  RESIZED: 'It holds more or less.',
  RETYPED: 'It is of another type or another kind.',
  RENAMED: 'It has another name, and nothing else changed.',
  MOVED: 'It is in another graph, and nothing else changed.',
  UNCHANGED: 'No size changed; values may have.',
});

export const ChangeCauseEnum = closedSet<ChangeCause>(
  'ChangeCause',
  'Why something grew or shrank. Of one node the causes are told in this order, each with the difference that the formula gives.',
  CHANGE_CAUSES,
  {
    OP_TYPE: 'Another kind of cell: LSTM, GRU or RNN.',
    INPUT_WIDTH: 'The input size m of a recurrent node.',
    HIDDEN_SIZE: 'The hidden size n of a recurrent node.',
    DIRECTION: 'The direction of a recurrent node, or how many it has.',
    BIAS_CONVENTION: 'A bias that came, went, or has another half that is zero.',
    PEEPHOLE: 'Peepholes that came or went.',
    DTYPE: 'The data type that values are stored in.',
    QUANTIZATION: 'Values that are stored as integers with a scale, or no longer are.',
    UNSHARED: 'A tensor that was stored once for several uses, and now is stored for each.',
    DEDUPED: 'A tensor that was stored several times, and now is stored once.',
    LAYER_ADDED: 'A layer that is new.',
    LAYER_REMOVED: 'A layer that is gone.',
    METADATA: 'Doc strings and metadata properties.',
    EXPORTER: 'How the file is written: names, nodes, constants, where payloads lie.',
    INSPECTION: 'The two were read by different inspection versions, and nothing in the files explains the difference.',
    OTHER: 'None of these: the inspection tells no more.',
  },
);

const ChangeSubjectEnum = closedSet<ChangeSubject>('ChangeSubject', 'What a change is about.', CHANGE_SUBJECTS, {
  NODE: 'A recurrent node with its weights.',
  TENSOR: 'A stored tensor that stands behind no recurrent node.',
  GRAPH: 'Bytes of nodes, names and dims.',
  METADATA: 'Bytes of doc strings and metadata properties.',
  PRODUCER: 'The program that wrote the file.',
  PADDING: 'Bytes that no ONNX reader knows.',
  REMAINDER: 'What the inspections tell of no node and no tensor.',
});

const MatchConfidenceEnum = closedSet<MatchConfidence>(
  'MatchConfidence',
  'How sure it is that a change is about one thing on both sides.',
  MATCH_CONFIDENCES,
  {
    CERTAIN: 'The same path and name, or the same path and values.',
    HIGH: 'The same values, or the same path and shape.',
    MEDIUM: 'The same shape at the same place, or a part of the values.',
    LOW: 'The same place, or the same shape elsewhere.',
    NONE: 'It is on one side only.',
  },
);

@ObjectType('ChangeSide', {
  simpleResolvers: true,
  description: 'What a change is about, before or after. What is unknown or has no meaning for it is null.',
})
class ChangeSideType implements ChangeSide {
  @Field(() => String, { nullable: true, description: 'Graph path.' })
  path!: string | null;

  @Field(() => String, { nullable: true, description: 'Name.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'Operator.' })
  opType!: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Input size m of a recurrent node.' })
  inputSize!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Hidden size n of a recurrent node.' })
  hiddenSize!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Direction as written in the file: forward, reverse or bidirectional.',
  })
  direction!: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Directions of a recurrent node.' })
  numDirections!: number | null;

  @Field(() => BiasConventionEnum, { nullable: true, description: 'What the values of B say.' })
  biasConvention!: BiasConvention | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether P is given.' })
  peepholes!: boolean | null;

  @Field(() => String, { nullable: true, description: 'ONNX data type of its largest tensor.' })
  dtype!: string | null;

  @Field(() => [GraphQLSafeInt], { nullable: true, description: 'Dims of its largest tensor.' })
  dims!: number[] | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Stored params of a recurrent node, per use.' })
  params!: number | null;

  @Field(() => GraphQLSafeInt, {
    description: 'Elements that the file stores for it; a shared tensor counts with one of the nodes that take it.',
  })
  elements!: number;

  @Field(() => GraphQLSafeInt, { description: 'Bytes of these elements in the file.' })
  byteSize!: number;

  @Field(() => String, { nullable: true, description: 'Name and version, of a change of the producer.' })
  producer!: string | null;
}

@ObjectType('ChangeParts', {
  simpleResolvers: true,
  description: 'The delta of a recurrent node by what the elements are to it, params per use. The sum is delta.',
})
class ChangePartsType implements ChangeParts {
  @Field(() => GraphQLSafeInt, { description: 'W: from the input.' })
  input!: number;

  @Field(() => GraphQLSafeInt, { description: 'R: from the previous step.' })
  recurrent!: number;

  @Field(() => GraphQLSafeInt, { description: 'B.' })
  bias!: number;

  @Field(() => GraphQLSafeInt, { description: 'P.' })
  peephole!: number;

  @Field(() => GraphQLSafeInt, { description: 'Attention matrices of AttnLSTM, and what fits no formula.' })
  other!: number;
}

@ObjectType('ChangeDeltas', {
  simpleResolvers: true,
  description: 'The share of one change in the delta of every total. Over all changes they sum to the deltas exactly.',
})
class ChangeDeltasType implements Pick<ChangeDeltas, 'classes' | 'bytes'> {
  @Field(() => ElementClassesType, { description: 'Stored elements by class; the sum is storedElements.' })
  classes!: Relation<ElementClassesType>;

  @Field(() => ByteAccountType, { description: 'Bytes by what they hold; the sum is byteSize.' })
  bytes!: Relation<ByteAccountType>;
}

for (const metric of COMPARED_METRICS) {
  Field(() => GraphQLSafeInt, { description: sayMetric(metric) })(ChangeDeltasType.prototype, fieldOf(metric));
}

@ObjectType('Change', {
  simpleResolvers: true,
  description:
    'One cause at one node, tensor or part of the file. What several things happened to has several changes, each with its cause.',
})
class ChangeType implements Change {
  @Field(() => ChangeSubjectEnum, { description: 'What it is about.' })
  subject!: ChangeSubject;

  @Field(() => ChangeStatusEnum, { description: 'What happened.' })
  status!: ChangeStatus;

  @Field(() => ChangeCauseEnum, { description: 'Why.' })
  cause!: ChangeCause;

  @Field(() => String, {
    nullable: true,
    description: 'Graph path in compare; of what was removed, in base; null for parts of the file.',
  })
  path!: string | null;

  @Field(() => String, { nullable: true, description: 'Graph path in base; null for what was added.' })
  basePath!: string | null;

  @Field(() => String, { nullable: true, description: 'Operator in compare; of what was removed, in base.' })
  opType!: string | null;

  @Field(() => GraphQLSafeInt, {
    description: 'Params: per use for a recurrent node, learned parameters for all else.',
  })
  delta!: number;

  @Field(() => ChangePartsType, { nullable: true, description: 'The delta of a recurrent node by part.' })
  parts!: Relation<ChangePartsType> | null;

  @Field(() => ChangeDeltasType, { description: 'The share of every total.' })
  deltas!: ChangeDeltas;

  @Field(() => ChangeSideType, { nullable: true, description: 'Before; null for what was added.' })
  base!: Relation<ChangeSideType> | null;

  @Field(() => ChangeSideType, { nullable: true, description: 'After; null for what was removed.' })
  compare!: Relation<ChangeSideType> | null;

  @Field(() => MatchConfidenceEnum, { description: 'How sure it is that both sides are one thing.' })
  confidence!: MatchConfidence;
}

export const ChangeConnection = connectionOf('Change', 'changes', () => ChangeType);
