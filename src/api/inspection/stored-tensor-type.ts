/** One stored tensor with the evidence for its class, the sums over all of them, and the groups that repeat each other. */
import { Field, FieldResolver, Float, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import {
  type ClaimedElements,
  CLASS_REASON_WORDS,
  CLASS_REASONS,
  type ClassReason,
  type DuplicateGroup,
  ELEMENT_CLASSES,
  type ElementClass,
  type QuantizedWeights,
  type StoredTensor,
  type TensorTotals,
  type TensorUse,
} from '../../core/stored-tensors.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import type { Relation } from '../relation.js';

export const ElementClassEnum = closedSet<ElementClass>(
  'ElementClass',
  'What a stored tensor is for. A tensor has the first class that applies: unused, quantization, integer, scalar, state, buffer, weight.',
  ELEMENT_CLASSES,
  {
    weight: 'Learned parameters.',
    state: 'All zero, and only an initial recurrent state.',
    buffer: 'Running means and variances, and tensors named as buffers.',
    quantization: 'Scales and zero points.',
    integer: 'Shapes, indices, flags, strings.',
    scalar: 'Floating, of rank 0.',
    unused: 'No node uses it and it is not an output.',
  },
);

const ClassReasonEnum = closedSet(
  'ClassReason',
  'The evidence on which a stored tensor has its class.',
  CLASS_REASONS,
  CLASS_REASON_WORDS,
);

const HASH =
  'Hash of the values, 128 bits in hexadecimal: equal values have equal hashes, but an equal hash proves nothing.';

@ObjectType('TensorUse', {
  simpleResolvers: true,
  description: 'A use of a stored tensor: an input of a node or an output of a graph.',
})
class TensorUseType implements TensorUse {
  @Field(() => String, { description: 'Graph path of the node, or of the graph for an output.' })
  path!: string;

  @Field(() => String, { nullable: true, description: 'Operator; null where it is an output of the graph.' })
  opType!: string | null;

  @Field(() => Int, { description: 'Position among the inputs of the node or the outputs of the graph, from 0.' })
  input!: number;
}

@ObjectType('StoredTensor', {
  simpleResolvers: true,
  description: 'A tensor whose values the file stores or refers to: an initializer or the value of a Constant node.',
})
class StoredTensorType implements StoredTensor {
  @Field(() => String, { description: 'Name that nodes use; may be empty.' })
  name!: string;

  @Field(() => String, { description: 'Graph path of the graph that holds it, or of its Constant node.' })
  path!: string;

  @Field(() => ElementClassEnum, { description: 'What it is for.' })
  class!: ElementClass;

  @Field(() => ClassReasonEnum, { description: 'Kind of evidence for its class.' })
  reason!: ClassReason;

  @Field(() => [GraphQLSafeInt], { description: 'Dims as stored.' })
  dims!: number[];

  @Field(() => String, { nullable: true, description: 'ONNX data type, such as FLOAT; null when unknown.' })
  dtype!: string | null;

  @Field(() => GraphQLSafeInt, { description: 'Stored elements; for a sparse tensor, the stored values.' })
  elements!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Learned parameters that these stand for: more than elements where several are packed into one, 0 in other classes than WEIGHT; null when it cannot be told.',
  })
  params!: number | null;

  @Field(() => GraphQLSafeInt, {
    description: 'Bytes of its values: in this file or, where external, claimed in the external data file.',
  })
  byteSize!: number;

  @Field(() => Boolean, { description: 'Whether the values are in an external data file.' })
  external!: boolean;

  @Field(() => String, {
    nullable: true,
    description: `${HASH} Null when they were not read, or the tensor is not dense.`,
  })
  contentHash!: string | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Bits of one element of this data type; null for texts.',
  })
  bitsPerElement!: number | null;

  @Field(() => [TensorUseType], { complexity: 2, description: 'The first eight uses.' })
  usedBy!: TensorUse[];

  @Field(() => GraphQLSafeInt, { description: 'Number of uses: inputs of nodes and outputs of graphs.' })
  usedByCount!: number;
}

export const StoredTensorConnection = connectionOf('StoredTensor', 'stored tensors', () => StoredTensorType);

@Resolver(() => StoredTensorType)
export class StoredTensorResolver {
  @FieldResolver(() => String, { description: 'Evidence for its class, as text.' })
  evidence(@Root() { reason }: StoredTensor): string {
    return CLASS_REASON_WORDS[reason];
  }
}

@ObjectType('TensorsLeftOut', {
  simpleResolvers: true,
  description: 'Stored tensors that the list of an inspection leaves out, the smallest ones.',
})
class TensorsLeftOutType {
  @Field(() => GraphQLSafeInt, { description: 'Tensors.' })
  tensors!: number;

  @Field(() => GraphQLSafeInt, { description: 'Their elements.' })
  elements!: number;

  @Field(() => GraphQLSafeInt, { description: 'Bytes of their values.' })
  byteSize!: number;
}

@ObjectType('TensorTotals', { simpleResolvers: true, description: 'Sums over all stored tensors, listed or not.' })
export class TensorTotalsType implements TensorTotals {
  @Field(() => GraphQLSafeInt, { description: 'Tensors.' })
  tensors!: number;

  @Field(() => GraphQLSafeInt, { description: 'Their elements, as storedElements.' })
  elements!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Bytes of their values: in the file, and as claimed in external data files.',
  })
  byteSize!: number;

  @Field(() => TensorsLeftOutType, { description: 'Tensors that the list leaves out: all but the 1,000 largest.' })
  leftOut!: Relation<TensorsLeftOutType>;
}

@ObjectType('ClaimedElements', {
  simpleResolvers: true,
  description: 'What tensors claim in a file whose bytes cannot hold it.',
})
export class ClaimedElementsType implements ClaimedElements {
  @Field(() => GraphQLSafeInt, { description: 'Tensors.' })
  tensors!: number;

  @Field(() => GraphQLSafeInt, { description: 'Elements by their dims; what is over 2^53−1 stays there.' })
  elements!: number;
}

@ObjectType('QuantizedWeights', {
  simpleResolvers: true,
  description: 'Learned parameters that are stored in a quantized type. Scales and zero points are not included.',
})
export class QuantizedWeightsType implements QuantizedWeights {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Learned parameters; null while it cannot be told of one tensor.',
  })
  logical!: number | null;

  @Field(() => GraphQLSafeInt, { description: 'Stored bytes of these params.' })
  storedBytes!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Bits per param: 8 · storedBytes ÷ logical; null when there are none, or not known.',
  })
  bitsPerParam!: number | null;
}

@ObjectType('TensorName', { simpleResolvers: true, description: 'A stored tensor by name and place.' })
class TensorNameType {
  @Field(() => String, { description: 'Name that nodes use; may be empty.' })
  name!: string;

  @Field(() => String, { description: 'Graph path of the graph that holds it, or of its Constant node.' })
  path!: string;
}

@ObjectType('DuplicateGroup', {
  simpleResolvers: true,
  description: 'Stored tensors of one data type, shape and content.',
})
class DuplicateGroupType implements DuplicateGroup {
  @Field(() => String, { description: HASH })
  contentHash!: string;

  @Field(() => String, { nullable: true, description: 'ONNX data type; null when unknown.' })
  dtype!: string | null;

  @Field(() => [GraphQLSafeInt], { description: 'Dims of each.' })
  dims!: number[];

  @Field(() => GraphQLSafeInt, { description: 'Elements of each.' })
  elements!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many there are.' })
  copies!: number;

  @Field(() => GraphQLSafeInt, { description: 'Bytes of all but the first: what sharing would save.' })
  savedBytes!: number;

  @Field(() => [TensorNameType], { description: 'The first eight, in the order of the file.' })
  tensors!: { name: string; path: string }[];
}

export const DuplicateGroupConnection = connectionOf(
  'DuplicateGroup',
  'groups of equal tensors',
  () => DuplicateGroupType,
);
