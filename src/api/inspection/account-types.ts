/** Where the elements and the bytes of a file go: each account sums exactly to its total. */
import { Field, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { ByteAccount } from '../../core/inspection.js';
import type { ElementClasses } from '../../core/stored-tensors.js';

const count = (description: string) => ({ description });

@ObjectType('ElementClasses', {
  simpleResolvers: true,
  description:
    'Stored elements by what they are for; the sum is storedElements. A tensor has the first class that applies: unused, quantization, integer, scalar, state, buffer, weight.',
})
export class ElementClassesType implements ElementClasses {
  @Field(() => GraphQLSafeInt, count('Learned parameters, elements.'))
  weight!: number;

  @Field(() => GraphQLSafeInt, count('All-zero tensors used only as an initial recurrent state, elements.'))
  state!: number;

  @Field(() => GraphQLSafeInt, count('Running means and variances, and tensors named as buffers, elements.'))
  buffer!: number;

  @Field(() => GraphQLSafeInt, count('Scales and zero points, elements.'))
  quantization!: number;

  @Field(() => GraphQLSafeInt, count('Shapes, indices, flags, strings, elements.'))
  integer!: number;

  @Field(() => GraphQLSafeInt, count('Floating tensors of rank 0, elements.'))
  scalar!: number;

  @Field(() => GraphQLSafeInt, count('Tensors that no node uses and that are not outputs, elements.'))
  unused!: number;
}

@ObjectType('ByteAccount', {
  simpleResolvers: true,
  description: 'Bytes of the file by what they hold; the sum is byteSize.',
})
export class ByteAccountType implements ByteAccount {
  @Field(() => GraphQLSafeInt, count('Payloads of class weight, bytes.'))
  weights!: number;

  @Field(() => GraphQLSafeInt, count('Payloads of all other classes, bytes.'))
  constants!: number;

  @Field(() => GraphQLSafeInt, count('Nodes, names, dims, bytes.'))
  graph!: number;

  @Field(() => GraphQLSafeInt, count('Doc strings, metadata properties, producer, bytes.'))
  metadata!: number;

  @Field(() => GraphQLSafeInt, count('Fields that no ONNX reader knows, bytes.'))
  padding!: number;
}
