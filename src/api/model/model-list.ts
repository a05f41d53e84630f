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
  'Field that models are sorted by; ties are broken by creation time.',
  MODEL_ORDER_FIELDS,
  {
    NAME: 'Name.',
    CREATED_AT: 'Creation time.',
    UPDATED_AT: 'Time of the last change: a version, an alias, an edit.',
    VERSION_COUNT: 'Number of versions, excluding withdrawn ones.',
  },
);

@InputType('ModelFilter', { description: 'Filter for models; all given fields must match.' })
export class ModelFilterInput {
  @Field(
    () => StringComparator,
    optional('Name, ignoring case. In a pattern, * alone matches every model; elsewhere * and ? do not match a slash.'),
  )
  name?: ModelFilter['name'];

  @Field(() => StringListComparator, optional('Tags.'))
  tags?: ModelFilter['tags'];

  @Field(() => DateTimeComparator, optional('Creation time.'))
  createdAt?: ModelFilter['createdAt'];

  @Field(() => DateTimeComparator, optional('Time of the last change.'))
  updatedAt?: ModelFilter['updatedAt'];

  @Field(() => SafeIntComparator, optional('Number of versions, excluding withdrawn ones.'))
  versionCount?: ModelFilter['versionCount'];

  @Field(() => VersionFilterInput, optional('The model has a latest version, and it matches.'))
  latestVersion?: VersionFilter;

  @Field(() => VersionQuantifier, optional('Conditions on the versions.'))
  versions?: Quantifier<VersionFilter>;

  @Field(() => [ModelFilterInput], optional('All of these hold.'))
  and?: ModelFilter[];

  @Field(() => [ModelFilterInput], optional('At least one of these holds; an empty list matches nothing.'))
  or?: ModelFilter[];

  @Field(() => ModelFilterInput, optional('This does not hold.'))
  not?: ModelFilter;
}

@InputType('ModelOrder', { description: 'An order of models.' })
class ModelOrderInput implements Order<ModelOrderField> {
  @Field(() => ModelOrderFieldEnum, { description: 'Field to sort by.' })
  field!: ModelOrderField;

  @Field(() => DirectionEnum, { description: 'Ascending or descending.', defaultValue: 'ASC' })
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
