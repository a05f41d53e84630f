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
  ADDED: 'It is only in compare.',
  REMOVED: 'It is only in base.',
  RESIZED: 'Its size changed.',
  RETYPED: 'Its type or kind changed.',
  RENAMED: 'It has another name, and nothing else changed.',
  MOVED: 'It is in another graph, and nothing else changed.',
  UNCHANGED: 'No size changed; values may have.',
});

export const ChangeCauseEnum = closedSet<ChangeCause>(
  'ChangeCause',
  'Why something grew or shrank. Causes at one node are listed in this order, each with the difference given by the formula.',
  CHANGE_CAUSES,
  {
    REWRITTEN:
      'A recurrent node that is now a cell written out in small operators, or the other way round, at the sizes that it had.',
    OP_TYPE: 'Another kind of cell: LSTM, GRU or RNN.',
    INPUT_WIDTH: 'The input size m of a recurrent node.',
    HIDDEN_SIZE: 'The hidden size n of a recurrent node.',
    DIRECTION: 'The direction of a recurrent node, or its number of directions.',
    BIAS_CONVENTION: 'A bias was added or removed, or a different half of it is zero.',
    PEEPHOLE: 'Peepholes were added or removed.',
    DTYPE: 'The data type that values are stored in.',
    QUANTIZATION: 'Values changed to or from integers with a scale.',
    UNSHARED: 'A tensor that was stored once for several uses is now stored for each.',
    DEDUPED: 'A tensor that was stored several times is now stored once.',
    LAYER_ADDED: 'A new layer.',
    LAYER_REMOVED: 'A removed layer.',
    METADATA: 'Doc strings and metadata properties.',
    EXPORTER: 'Export format: names, nodes, constants, placement of payloads.',
    INSPECTION: 'The two were read by different inspection versions, and nothing in the files explains the difference.',
    UNCLAIMED: 'Bytes of external data files that no tensor uses.',
    OTHER: 'None of these: the inspection has no further details.',
  },
);

const ChangeSubjectEnum = closedSet<ChangeSubject>('ChangeSubject', 'What a change is about.', CHANGE_SUBJECTS, {
  NODE: 'A recurrent node with its weights.',
  CELL: 'A recurrent cell written out in small operators; its tensors are changes of their own.',
  TENSOR: 'A stored tensor that no recurrent node uses.',
  GRAPH: 'Bytes of nodes, names and dims.',
  METADATA: 'Bytes of doc strings and metadata properties.',
  PRODUCER: 'The program that wrote the file.',
  PADDING: 'Bytes that no ONNX reader knows.',
  EXTERNAL_DATA: 'Bytes of external data files that no tensor uses.',
  REMAINDER: 'Differences that the inspections assign to no node or tensor.',
});

export const MatchConfidenceEnum = closedSet<MatchConfidence>(
  'MatchConfidence',
  'How certain it is that both sides of a change are the same thing.',
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
  description: 'One side of a change, before or after. Fields that are unknown or do not apply are null.',
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
    description: 'Elements that are stored for it; a shared tensor counts for one of the nodes that use it.',
  })
  elements!: number;

  @Field(() => GraphQLSafeInt, { description: 'Bytes of these elements, in the file or in external data.' })
  byteSize!: number;

  @Field(() => String, { nullable: true, description: 'Name and version of the producer, when the producer changed.' })
  producer!: string | null;
}

@ObjectType('ChangeParts', {
  simpleResolvers: true,
  description: 'The delta of a recurrent node by the role of its elements, in params per use. The sum is delta.',
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

  @Field(() => GraphQLSafeInt, { description: 'Attention matrices of AttnLSTM, and elements outside every formula.' })
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
    'One cause at one node, tensor or part of the file. A node or tensor with several causes has one change per cause.',
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

  @Field(() => ChangeDeltasType, { description: 'Its share in the delta of each total.' })
  deltas!: ChangeDeltas;

  @Field(() => ChangeSideType, { nullable: true, description: 'Before; null for what was added.' })
  base!: Relation<ChangeSideType> | null;

  @Field(() => ChangeSideType, { nullable: true, description: 'After; null for what was removed.' })
  compare!: Relation<ChangeSideType> | null;

  @Field(() => MatchConfidenceEnum, { description: 'How certain it is that both sides are the same thing.' })
  confidence!: MatchConfidence;
}

export const ChangeConnection = connectionOf('Change', 'changes', () => ChangeType);
