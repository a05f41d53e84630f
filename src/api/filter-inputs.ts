/** The `where` and `orderBy` of lists. Fields of one input must all hold; the registry turns them into SQL. */
import { Field, InputType, type ClassType } from 'type-graphql';
import type {
  Direction,
  ModelFilter,
  ModelOrderField,
  Order,
  Quantifier,
  RecurrentNodeFilter,
  VersionFilter,
  VersionOrderField,
} from '../core/catalog.js';
import {
  BiasConventionComparator,
  DateTimeComparator,
  DigestComparator,
  IntComparator,
  RecurrentOpTypeComparator,
  SafeIntComparator,
  StringComparator,
  StringListComparator,
  VerdictComparator,
} from './comparators.js';
import { DirectionEnum, ModelOrderFieldEnum, VersionOrderFieldEnum } from './enums.js';

const optional = (description: string) => ({ nullable: true, description });

function quantifier(name: string, plural: string, member: () => ClassType): ClassType {
  @InputType(name, { description: `Asks of the ${plural}; all that are given must hold.` })
  class QuantifierInput {
    @Field(member, optional('At least one fits.'))
    some?: unknown;

    @Field(member, optional('All fit; true when there are none. What is unknown does not fit.'))
    every?: unknown;

    @Field(member, optional('None fits; true when there are none.'))
    none?: unknown;
  }
  return QuantifierInput;
}

@InputType('RecurrentNodeFilter', { description: 'Which recurrent nodes; all fields that are given must hold.' })
export class RecurrentNodeFilterInput {
  @Field(() => StringComparator, optional('Graph path, such as graph/If_25.else_branch/LSTM_12.'))
  path?: RecurrentNodeFilter['path'];

  @Field(() => RecurrentOpTypeComparator, optional('Operator.'))
  opType?: RecurrentNodeFilter['opType'];

  @Field(() => SafeIntComparator, optional('m, features of the input.'))
  inputSize?: RecurrentNodeFilter['inputSize'];

  @Field(() => SafeIntComparator, optional('n, features of the hidden state.'))
  hiddenSize?: RecurrentNodeFilter['hiddenSize'];

  @Field(() => IntComparator, optional('D, 1 or 2.'))
  numDirections?: RecurrentNodeFilter['numDirections'];

  @Field(() => SafeIntComparator, optional('Stored params.'))
  stored?: RecurrentNodeFilter['stored'];

  @Field(() => SafeIntComparator, optional('Effective params: stored without the zero halves of B.'))
  effective?: RecurrentNodeFilter['effective'];

  @Field(() => BiasConventionComparator, optional('Bias convention.'))
  biasConvention?: RecurrentNodeFilter['biasConvention'];

  @Field(() => VerdictComparator, optional('Verdict.'))
  verdict?: RecurrentNodeFilter['verdict'];
}

const RecurrentNodeQuantifier = quantifier(
  'RecurrentNodeQuantifier',
  'recurrent nodes',
  () => RecurrentNodeFilterInput,
);

@InputType('VersionFilter', { description: 'Which versions; all fields that are given must hold.' })
export class VersionFilterInput {
  @Field(() => StringComparator, optional('Name of the model.'))
  modelName?: VersionFilter['modelName'];

  @Field(() => StringListComparator, optional('Tags of the model.'))
  modelTags?: VersionFilter['modelTags'];

  @Field(() => IntComparator, optional('Version number, from 1.'))
  number?: VersionFilter['number'];

  @Field(() => StringListComparator, optional('Labels of the version.'))
  labels?: VersionFilter['labels'];

  @Field(() => DateTimeComparator, optional('Time of publishing.'))
  createdAt?: VersionFilter['createdAt'];

  @Field(() => StringComparator, optional('Name of the token that published it.'))
  publishedBy?: VersionFilter['publishedBy'];

  @Field(() => Boolean, optional('Whether it is withdrawn; both kinds are listed if absent.'))
  withdrawn?: boolean;

  @Field(() => DigestComparator, optional('Digest of the model file, sha256:….'))
  digest?: VersionFilter['digest'];

  @Field(() => StringComparator, optional('Producer that the file names, such as pytorch.'))
  producerName?: VersionFilter['producerName'];

  @Field(() => SafeIntComparator, optional('Recurrent params per use: Σ stored over recurrent nodes.'))
  recurrentPerUse?: VersionFilter['recurrentPerUse'];

  @Field(() => SafeIntComparator, optional('Distinct recurrent params: each stored tensor once.'))
  recurrentDistinct?: VersionFilter['recurrentDistinct'];

  @Field(() => SafeIntComparator, optional('Effective recurrent params per use: without zero bias halves.'))
  recurrentEffective?: VersionFilter['recurrentEffective'];

  @Field(() => SafeIntComparator, optional('Learned parameters of the whole model.'))
  modelParams?: VersionFilter['modelParams'];

  @Field(() => SafeIntComparator, optional('Stored elements of the whole file.'))
  storedElements?: VersionFilter['storedElements'];

  @Field(() => SafeIntComparator, optional('Bytes of the model file.'))
  byteSize?: VersionFilter['byteSize'];

  @Field(() => SafeIntComparator, optional('Nodes over all graphs.'))
  nodeCount?: VersionFilter['nodeCount'];

  @Field(() => SafeIntComparator, optional('Recurrent nodes.'))
  recurrentNodeCount?: VersionFilter['recurrentNodeCount'];

  @Field(() => SafeIntComparator, optional('Recurrent nodes whose verdict is UNVERIFIABLE.'))
  unverifiableNodeCount?: VersionFilter['unverifiableNodeCount'];

  @Field(() => RecurrentNodeQuantifier, optional('Asks of the recurrent nodes.'))
  recurrentNodes?: Quantifier<RecurrentNodeFilter>;

  @Field(() => [VersionFilterInput], optional('All of these hold.'))
  and?: VersionFilter[];

  @Field(() => [VersionFilterInput], optional('At least one of these holds; nothing fits an empty list.'))
  or?: VersionFilter[];

  @Field(() => VersionFilterInput, optional('This does not hold.'))
  not?: VersionFilter;
}

const VersionQuantifier = quantifier(
  'VersionQuantifier',
  'versions, withdrawn ones included',
  () => VersionFilterInput,
);

@InputType('ModelFilter', { description: 'Which models; all fields that are given must hold.' })
export class ModelFilterInput {
  @Field(() => StringComparator, optional('Name.'))
  name?: ModelFilter['name'];

  @Field(() => StringListComparator, optional('Tags.'))
  tags?: ModelFilter['tags'];

  @Field(() => DateTimeComparator, optional('Time of making.'))
  createdAt?: ModelFilter['createdAt'];

  @Field(() => DateTimeComparator, optional('Time of the last change.'))
  updatedAt?: ModelFilter['updatedAt'];

  @Field(() => SafeIntComparator, optional('Number of versions, withdrawn ones left out.'))
  versionCount?: ModelFilter['versionCount'];

  @Field(() => VersionFilterInput, optional('The model has a latest version, and it fits.'))
  latestVersion?: VersionFilter;

  @Field(() => VersionQuantifier, optional('Asks of the versions.'))
  versions?: Quantifier<VersionFilter>;

  @Field(() => [ModelFilterInput], optional('All of these hold.'))
  and?: ModelFilter[];

  @Field(() => [ModelFilterInput], optional('At least one of these holds; nothing fits an empty list.'))
  or?: ModelFilter[];

  @Field(() => ModelFilterInput, optional('This does not hold.'))
  not?: ModelFilter;
}

@InputType('VersionOrder', { description: 'An order of versions.' })
export class VersionOrderInput implements Order<VersionOrderField> {
  @Field(() => VersionOrderFieldEnum, { description: 'What to sort by.' })
  field!: VersionOrderField;

  @Field(() => DirectionEnum, { description: 'Which end comes first.', defaultValue: 'ASC' })
  direction!: Direction;
}

@InputType('ModelOrder', { description: 'An order of models.' })
export class ModelOrderInput implements Order<ModelOrderField> {
  @Field(() => ModelOrderFieldEnum, { description: 'What to sort by.' })
  field!: ModelOrderField;

  @Field(() => DirectionEnum, { description: 'Which end comes first.', defaultValue: 'ASC' })
  direction!: Direction;
}
