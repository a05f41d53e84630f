/** Lists of models: which ones, in which order, and what the registry’s list takes. */
import { ArgsType, Field, InputType } from 'type-graphql';
import {
  type Direction,
  MODEL_ORDER_FIELDS,
  type ModelFilter,
  type ModelOrderField,
  type Order,
  type Quantifier,
  type VersionFilter,
} from '../../core/catalog.js';
import type { ModelList } from '../../registry/catalog/model-reads.js';
import { closedSet } from '../closed-set.js';
import {
  DateTimeComparator,
  optional,
  SafeIntComparator,
  StringComparator,
  StringListComparator,
} from '../comparators.js';
import { PageArgs, pageRequest } from '../connection.js';
import { DirectionEnum } from '../order-direction.js';
import { VersionFilterInput, VersionQuantifier } from '../version/version-list.js';

const ModelOrderFieldEnum = closedSet<ModelOrderField>(
  'ModelOrderField',
  'What models are sorted by; ties are broken by the time of their making.',
  MODEL_ORDER_FIELDS,
  {
    NAME: 'Name.',
    CREATED_AT: 'Time of making.',
    UPDATED_AT: 'Time of the last change: a version, an alias, an edit.',
    VERSION_COUNT: 'Number of versions, withdrawn ones left out.',
  },
);

@InputType('ModelFilter', { description: 'Which models; all fields that are given must hold.' })
export class ModelFilterInput {
  @Field(
    () => StringComparator,
    optional('Name, without regard to case. In a pattern * alone is every model; elsewhere * and ? are no slash.'),
  )
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

@InputType('ModelOrder', { description: 'An order of models.' })
class ModelOrderInput implements Order<ModelOrderField> {
  @Field(() => ModelOrderFieldEnum, { description: 'What to sort by.' })
  field!: ModelOrderField;

  @Field(() => DirectionEnum, { description: 'Which end comes first.', defaultValue: 'ASC' })
  direction!: Direction;
}

@ArgsType()
export class ModelListArgs extends PageArgs {
  @Field(() => ModelFilterInput, { nullable: true, description: 'Which models; all if absent.' })
  where?: ModelFilter | null;

  @Field(() => ModelOrderInput, { nullable: true, description: 'Order; by name if absent.' })
  orderBy?: Order<ModelOrderField> | null;
}

export function modelList(args: ModelListArgs): ModelList {
  return {
    ...(args.where && { where: args.where }),
    ...(args.orderBy && { orderBy: args.orderBy }),
    page: pageRequest(args),
  };
}
