/** A recurrent stack and its layers. */
import { Arg, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { StoredRecurrentStack } from '../../core/catalog.js';
import type { RecurrentOpType, StackLayer, Verdict } from '../../core/inspection.js';
import { PAGE_SIZE_DEFAULT } from '../../registry/rows/pages.js';
import { STACK_LAYERS_MAX } from '../../registry/rows/select.js';
import { connectionOf } from '../connection.js';
import { RecurrentOpTypeEnum, VerdictEnum } from './recurrent-enums.js';
import { PageSizeMax } from '../page-size.js';

@ObjectType('StackLayer', {
  simpleResolvers: true,
  description: 'One layer of a recurrent stack: a node, or two that read one input in opposite directions.',
})
class StackLayerType implements StackLayer {
  @Field(() => GraphQLSafeInt, { description: 'Features of the input, m.' })
  inputSize!: number;

  @Field(() => GraphQLSafeInt, { description: 'Features of the hidden state, n.' })
  hiddenSize!: number;

  @Field(() => GraphQLSafeInt, { description: 'D, over all nodes of the layer.' })
  numDirections!: number;

  @Field(() => GraphQLSafeInt, { description: 'Σ stored of its nodes, params.' })
  params!: number;

  @Field(() => [String], { description: 'Graph paths of its nodes.' })
  nodes!: string[];
}

@ObjectType('RecurrentStack', {
  simpleResolvers: true,
  description:
    'Recurrent nodes of one cell type chained output → input. A node that is chained to no other is a stack of one layer; a node whose sizes are not known is in none.',
})
class RecurrentStackType implements Omit<StoredRecurrentStack, 'id'> {
  @Field(() => String, { description: 'Graph path of the first node.' })
  path!: string;

  @Field(() => RecurrentOpTypeEnum, { description: 'Operator of the first node.' })
  opType!: RecurrentOpType;

  @Field(() => GraphQLSafeInt, { description: 'Number of layers.' })
  layerCount!: number;

  @Field(() => [StackLayerType], { description: 'Layers, from the input upward.' })
  layers!: StackLayer[];

  @Field(() => GraphQLSafeInt, { description: 'Σ stored over all layers, params.' })
  params!: number;

  @Field(() => GraphQLSafeInt, {
    description:
      'Params by the formula of a stack, where all layers have one shape and agree with their own formula; else the sum of the layers’ own.',
  })
  expected!: number;

  @Field(() => Boolean, {
    description:
      'Whether all layers have one hidden size, one number of directions and one bias convention, as frameworks build them.',
  })
  uniform!: boolean;

  @Field(() => VerdictEnum, { description: 'Whether params and expected agree.' })
  verdict!: Verdict;
}

export const RecurrentStackConnection = connectionOf('RecurrentStack', 'recurrent stacks', () => RecurrentStackType);

@Resolver(() => RecurrentStackType)
export class RecurrentStackResolver {
  @PageSizeMax(STACK_LAYERS_MAX)
  @FieldResolver(() => [StackLayerType])
  layers(
    @Root() stack: StoredRecurrentStack,
    @Arg('first', () => Int, {
      defaultValue: PAGE_SIZE_DEFAULT,
      description: `Layers from the lowest, 1 to ${STACK_LAYERS_MAX}; recurrentNodes has what lies above.`,
    })
    first: number,
  ): StackLayer[] {
    return stack.layers.slice(0, first);
  }
}
