/** What reading one artifact found, as the core's Inspection says it. */
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type {
  InspectionFigures,
  RecurrentNodeFilter,
  StoredInspection,
  StoredRecurrentNode,
  StoredRecurrentStack,
} from '../../core/catalog.js';
import type {
  DecomposedCell,
  ExternalDataReference,
  InspectionWarning,
  Opset,
  RecurrentTotals,
} from '../../core/inspection.js';
import type { DuplicateGroup, ElementClass, StoredTensor } from '../../core/stored-tensors.js';
import { WARNING_CODES, WARNING_MEANINGS, type WarningCode } from '../../core/warnings.js';
import { closedSet } from '../closed-set.js';
import { type Connection, PageArgs, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { toGlobalId } from '../global-id.js';
import { ByteAccountType, ElementClassesType } from './account-types.js';
import { DecomposedCellConnection, DecomposedTotalsType } from './decomposed-cell-type.js';
import { RecurrentNodeFilterInput } from './recurrent-node-filter.js';
import { RecurrentNodeConnection } from './recurrent-node-type.js';
import { RecurrentStackConnection } from './recurrent-stack-type.js';
import {
  DuplicateGroupConnection,
  ElementClassEnum,
  ClaimedElementsType,
  QuantizedWeightsType,
  StoredTensorConnection,
  TensorTotalsType,
} from './stored-tensor-type.js';
import { required } from '../loaders.js';
import { NodeType } from '../node-type.js';
import type { Relation } from '../relation.js';

const count = (description: string) => ({ description });

@ObjectType('Opset', { simpleResolvers: true, description: 'An operator set that the model imports.' })
class OpsetType implements Opset {
  @Field(() => String, { description: 'Domain; empty is ai.onnx.' })
  domain!: string;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Version; null when it is not a valid number.' })
  version!: number | null;
}

@ObjectType('ExternalDataReference', {
  simpleResolvers: true,
  description: 'An external data file that tensors refer to for their values, and what was found of it.',
})
class ExternalDataReferenceType implements ExternalDataReference {
  @Field(() => String, { description: 'Location as written in the tensors, without ./ before it.' })
  location!: string;

  @Field(() => GraphQLSafeInt, count('Bytes that the tensors claim in it.'))
  claimedBytes!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Size of the file, bytes; null when it was not there or ends before what its tensors claim, and before inspection version 4.',
  })
  byteSize!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Bytes of the file that no tensor uses, those that align offsets included; null when byteSize is.',
  })
  unclaimedBytes!: number | null;
}

@ObjectType('RecurrentTotals', {
  simpleResolvers: true,
  description: 'Sums over the recurrent nodes, in params. Lower bounds while unverifiableNodes is over 0.',
})
class RecurrentTotalsType implements RecurrentTotals {
  @Field(
    () => GraphQLSafeInt,
    count('Recurrent nodes: both branches of an If, dead nodes too; loop bodies once; functions once per call site.'),
  )
  nodes!: number;

  @Field(() => GraphQLSafeInt, count('Nodes whose verdict is UNVERIFIABLE.'))
  unverifiableNodes!: number;

  @Field(() => GraphQLSafeInt, count('Σ stored over nodes, params.'))
  perUse!: number;

  @Field(
    () => GraphQLSafeInt,
    count('Each stored tensor behind a role once and whole, params; graph inputs not at all.'),
  )
  distinct!: number;

  @Field(() => GraphQLSafeInt, count('As perUse, without the halves of B that are all zero, params.'))
  effective!: number;

  @Field(() => GraphQLSafeInt, count('As distinct, without the halves of B that are all zero, params.'))
  effectiveDistinct!: number;
}

const WarningCodeEnum = closedSet<WarningCode>(
  'WarningCode',
  'An oddity in a file that can still be read. A code never changes its meaning.',
  WARNING_CODES,
  WARNING_MEANINGS,
);

@ObjectType('InspectionWarning', {
  simpleResolvers: true,
  description: 'An oddity in the file that did not prevent reading it.',
})
class InspectionWarningType implements InspectionWarning {
  @Field(() => WarningCodeEnum, { description: 'Kind of oddity.' })
  code!: WarningCode;

  @Field(() => String, { description: 'Description.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'Graph path or tensor concerned, if any.' })
  path!: string | null;
}

@ObjectType('Inspection', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'Result of reading one artifact. Counts are exact; unknown values are null.',
})
export class InspectionType implements Omit<StoredInspection, 'work'> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'SHA-256 of the bytes, sha256: and 64 hexadecimal digits.' })
  digest!: string;

  @Field(() => GraphQLSafeInt, count('Bytes of the model file, without external data.'))
  byteSize!: number;

  @Field(() => Int, {
    description: 'Increases when the measurement changes. Figures are compared only within one inspection version.',
  })
  inspectionVersion!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'IR version of the file; null when absent.' })
  irVersion!: number | null;

  @Field(() => [OpsetType], { description: 'Operator sets that the model imports.' })
  opsets!: Opset[];

  @Field(() => String, { description: 'Producer named in the file; may be empty.' })
  producerName!: string;

  @Field(() => String, { description: 'Version of the producer; may be empty.' })
  producerVersion!: string;

  @Field(() => String, { description: 'Name of the main graph; may be empty.' })
  graphName!: string;

  @Field(() => GraphQLSafeInt, count('Nodes over all graphs, each function body once.'))
  nodeCount!: number;

  @Field(
    () => GraphQLSafeInt,
    count('Elements of initializers and Constant values; sparse tensors with their stored values.'),
  )
  storedElements!: number;

  @Field(() => ClaimedElementsType, {
    description:
      'Elements of tensors that are short of values, in a file that claims more than eight elements for each of its bytes. They count nowhere else.',
  })
  claimed!: Relation<ClaimedElementsType>;

  @Field(
    () => GraphQLSafeInt,
    count(
      'Learned parameters that the elements of class weight stand for; a lower bound while unverifiableWeights is over 0.',
    ),
  )
  modelParams!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'The same without the zero halves of biases: the number that Keras prints, params. Null while a bias was not read or a recurrent node is UNVERIFIABLE.',
  })
  modelParamsEffective!: number | null;

  @Field(
    () => GraphQLSafeInt,
    count(
      'Stored tensors of which it cannot be told how many learned parameters they stand for; the warnings say why.',
    ),
  )
  unverifiableWeights!: number;

  @Field(
    () => GraphQLSafeInt,
    count('Elements that repeat another tensor’s type, dims and bytes: what sharing would save.'),
  )
  duplicateElements!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Bytes of the file that repeat another tensor: what sharing would save. Null before inspection version 3.',
  })
  duplicateBytes!: number | null;

  @Field(() => QuantizedWeightsType, {
    nullable: true,
    description: 'Learned parameters of quantized types, and their size. Null before inspection version 3.',
  })
  quantizedWeights!: Relation<QuantizedWeightsType> | null;

  @Field(() => TensorTotalsType, {
    nullable: true,
    description: 'Sums over all stored tensors. Null before inspection version 3.',
  })
  tensorTotals!: Relation<TensorTotalsType> | null;

  @Field(() => ElementClassesType, { description: 'Stored elements by what they are for.' })
  classes!: Relation<ElementClassesType>;

  @Field(() => ByteAccountType, { description: 'Bytes of the file by what they hold.' })
  bytes!: Relation<ByteAccountType>;

  @Field(() => [ExternalDataReferenceType], { description: 'External data files that tensors refer to.' })
  externalData!: ExternalDataReference[];

  @Field(() => RecurrentTotalsType, { description: 'Sums over the recurrent nodes.' })
  recurrent!: Relation<RecurrentTotalsType>;

  @Field(() => DecomposedTotalsType, {
    description:
      'Sums over recurrent cells that are written out in small operators. They are not recurrent nodes: recurrent does not count them. Inspections before version 2 did not look for them.',
  })
  decomposed!: Relation<DecomposedTotalsType>;

  @Field(() => [InspectionWarningType], { description: 'Oddities in the file; a clean file has none.' })
  warnings!: InspectionWarning[];
}

@ArgsType()
class RecurrentNodesArgs extends PageArgs {
  @Field(() => RecurrentNodeFilterInput, { nullable: true, description: 'Which nodes; all if absent.' })
  where?: RecurrentNodeFilter | null;
}

@ArgsType()
class TensorsArgs extends PageArgs {
  @Field(() => ElementClassEnum, { nullable: true, description: 'Only tensors of this class.' })
  class?: ElementClass | null;
}

@Resolver(() => InspectionType)
export class InspectionResolver {
  @FieldResolver(() => ID)
  id(@Root() inspection: InspectionFigures): string {
    return toGlobalId('Inspection', inspection.id);
  }

  @FieldResolver(() => RecurrentNodeConnection, { description: 'The recurrent nodes, in the order of the graph.' })
  async recurrentNodes(
    @Root() inspection: InspectionFigures,
    @Args(() => RecurrentNodesArgs) args: RecurrentNodesArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<StoredRecurrentNode>> {
    const list = { ...(args.where && { where: args.where }), page: pageRequest(args) };
    const page = required(await context.loaders.recurrentNodes(list, inspection.id), 'the page of an inspection');
    // Without a filter the inspection knows the count.
    if (!args.where) page.totalCount = () => Promise.resolve(inspection.recurrent.nodes);
    return toConnection(page);
  }
  @FieldResolver(() => RecurrentStackConnection, {
    description:
      'The recurrent stacks, in the order of the graph. Inspections before version 2 have none; weighbridge reinspect reads their bytes again.',
  })
  async recurrentStacks(
    @Root() inspection: InspectionFigures,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<StoredRecurrentStack>> {
    const page = await context.loaders.recurrentStacks(pageRequest(args), inspection.id);
    return toConnection(required(page, 'the page of an inspection'));
  }

  @FieldResolver(() => DecomposedCellConnection, {
    description:
      'Recurrent cells that are written out in small operators, in the order of the graph, at most 1,000: decomposed counts all.',
  })
  async decomposedCells(
    @Root() inspection: InspectionFigures,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<DecomposedCell>> {
    const page = await context.loaders.decomposedCells(pageRequest(args), inspection.id);
    return toConnection(required(page, 'the page of an inspection'));
  }

  @FieldResolver(() => StoredTensorConnection, {
    description:
      'The stored tensors, the largest first, at most 1,000: tensorTotals counts all. Inspections before version 3 have none; weighbridge reinspect reads their bytes again.',
  })
  async tensors(
    @Root() inspection: InspectionFigures,
    @Args(() => TensorsArgs) args: TensorsArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<StoredTensor>> {
    const list = { ...(args.class && { class: args.class }), page: pageRequest(args) };
    return toConnection(
      required(await context.loaders.storedTensors(list, inspection.id), 'the page of an inspection'),
    );
  }

  @FieldResolver(() => DuplicateGroupConnection, {
    description:
      'Stored tensors that repeat each other, the most bytes first, at most 100 groups: duplicateBytes and duplicateElements count all. Inspections before version 3 have none.',
  })
  async duplicates(
    @Root() inspection: InspectionFigures,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<DuplicateGroup>> {
    const page = await context.loaders.duplicates(pageRequest(args), inspection.id);
    return toConnection(required(page, 'the page of an inspection'));
  }
}
