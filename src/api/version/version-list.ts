/** Lists of versions: which ones, in which order, and what the registry’s list takes. */
import { ArgsType, Field, InputType } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  type Direction,
  type InspectionFigures,
  type Order,
  type Quantifier,
  type RecurrentNodeFilter,
  VERSION_ORDER_FIELDS,
  type VersionFilter,
  type VersionOrderField,
} from '../../core/catalog.js';
import { factsOf, fieldOf, MEASURED_METRICS, type MeasuredMetric } from '../../core/metrics.js';
import type { VersionList } from '../../registry/catalog/version-reads.js';
import { closedSet } from '../closed-set.js';
import {
  DateTimeComparator,
  DigestComparator,
  IntComparator,
  optional,
  quantifier,
  SafeIntComparator,
  StringComparator,
  StringListComparator,
} from '../comparators.js';
import { PageArgs, pageRequest } from '../connection.js';
import { RecurrentNodeQuantifier } from '../inspection/recurrent-node-filter.js';
import { sayMetric } from '../metric-enum.js';
import { DirectionEnum } from '../order-direction.js';
import { selectedOfNodes, selects } from '../selection.js';

function sayOrder(metric: MeasuredMetric): string {
  return `${sayMetric(metric)}${factsOf(metric).nullable ? ' An unknown figure is less than any other.' : ''}`;
}

const VersionOrderFieldEnum = closedSet<VersionOrderField>(
  'VersionOrderField',
  'Field that versions are sorted by; ties are broken by publication time.',
  VERSION_ORDER_FIELDS,
  {
    NUMBER: 'Version number.',
    CREATED_AT: 'Publication time.',
    MODEL_NAME: 'Name of the model.',
    ...(Object.fromEntries(MEASURED_METRICS.map((metric) => [metric, sayOrder(metric)])) as Record<
      MeasuredMetric,
      string
    >),
  },
);

@InputType('VersionFilter', { description: 'Filter for versions; all given fields must match.' })
export class VersionFilterInput {
  @Field(() => StringComparator, optional('Name of the model, as ModelFilter.name.'))
  modelName?: VersionFilter['modelName'];

  @Field(() => StringListComparator, optional('Tags of the model.'))
  modelTags?: VersionFilter['modelTags'];

  @Field(() => IntComparator, optional('Version number, from 1.'))
  number?: VersionFilter['number'];

  @Field(() => StringListComparator, optional('Labels of the version.'))
  labels?: VersionFilter['labels'];

  @Field(() => DateTimeComparator, optional('Publication time.'))
  createdAt?: VersionFilter['createdAt'];

  @Field(() => StringComparator, optional('Name of the token that published it.'))
  publishedBy?: VersionFilter['publishedBy'];

  @Field(() => Boolean, optional('Whether it is withdrawn; both kinds are listed if absent.'))
  withdrawn?: boolean;

  @Field(() => DigestComparator, optional('Digest of the model file, sha256:….'))
  digest?: VersionFilter['digest'];

  @Field(() => StringComparator, optional('Producer named in the file, such as pytorch.'))
  producerName?: VersionFilter['producerName'];

  @Field(() => SafeIntComparator, optional('Recurrent nodes whose verdict is UNVERIFIABLE.'))
  unverifiableNodeCount?: VersionFilter['unverifiableNodeCount'];

  @Field(() => SafeIntComparator, optional('Tensors of which it is not known how many learned params they hold.'))
  unverifiableWeightCount?: VersionFilter['unverifiableWeightCount'];

  @Field(() => RecurrentNodeQuantifier, optional('Conditions on the recurrent nodes.'))
  recurrentNodes?: Quantifier<RecurrentNodeFilter>;

  @Field(() => [VersionFilterInput], optional('All of these hold.'))
  and?: VersionFilter[];

  @Field(() => [VersionFilterInput], optional('At least one of these holds; an empty list matches nothing.'))
  or?: VersionFilter[];

  @Field(() => VersionFilterInput, optional('This does not hold.'))
  not?: VersionFilter;
}

for (const metric of MEASURED_METRICS) {
  Field(() => SafeIntComparator, optional(sayMetric(metric)))(VersionFilterInput.prototype, fieldOf(metric));
}

export const VersionQuantifier = quantifier(
  'VersionQuantifier',
  'versions, withdrawn ones included',
  () => VersionFilterInput,
);

@InputType('VersionOrder', { description: 'An order of versions.' })
class VersionOrderInput implements Order<VersionOrderField> {
  @Field(() => VersionOrderFieldEnum, { description: 'Field to sort by.' })
  field!: VersionOrderField;

  @Field(() => DirectionEnum, { description: 'Ascending or descending.', defaultValue: 'ASC' })
  direction!: Direction;
}

@ArgsType()
export class VersionListArgs extends PageArgs {
  @Field(() => VersionFilterInput, {
    nullable: true,
    description: 'Which versions; all if absent, withdrawn ones included.',
  })
  where?: VersionFilter | null;

  @Field(() => VersionOrderInput, {
    nullable: true,
    description: 'Order. If absent: highest number first within one model, newest first elsewhere.',
  })
  orderBy?: Order<VersionOrderField> | null;
}

/** `info` is that of the field that the list answers. */
export function versionList(args: VersionListArgs, info: GraphQLResolveInfo): VersionList {
  return {
    ...(asksForFigures(selectedOfNodes(info, 'inspection')) && { figures: true }),
    ...(args.where && { where: args.where }),
    ...(args.orderBy && { orderBy: args.orderBy }),
    page: { ...pageRequest(args), ...(selects(info, 'totalCount') && { counted: true }) },
  };
}

/** Fields of an inspection that its figures answer; any other has to be read with the inspection itself. */
const FIGURES: readonly string[] = [
  ...(['id', 'digest', 'inspectionVersion', 'byteSize'] satisfies (keyof InspectionFigures)[]),
  ...([
    'nodeCount',
    'storedElements',
    'modelParams',
    'modelParamsEffective',
    'recurrent',
  ] satisfies (keyof InspectionFigures)[]),
  // Their resolvers take no more than these.
  ...['recurrentNodes', 'recurrentStacks', 'decomposedCells', 'tensors', 'duplicates', 'estimates', '__typename'],
];

function asksForFigures(fields: readonly string[]): boolean {
  return fields.length > 0 && fields.every((field) => FIGURES.includes(field));
}
