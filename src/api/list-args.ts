/** Arguments of lists of models and versions, and what the registry's lists take. */
import type { GraphQLResolveInfo } from 'graphql';
import { ArgsType, Field } from 'type-graphql';
import type {
  InspectionFigures,
  ModelFilter,
  ModelOrderField,
  Order,
  VersionFilter,
  VersionOrderField,
} from '../core/catalog.js';
import type { ModelList } from '../registry/catalog/model-reads.js';
import type { VersionList } from '../registry/catalog/version-reads.js';
import { PageArgs, pageRequest } from './connection.js';
import { ModelFilterInput, ModelOrderInput, VersionFilterInput, VersionOrderInput } from './filter-inputs.js';
import { selectedOfNodes, selects } from './selection.js';

@ArgsType()
export class VersionListArgs extends PageArgs {
  @Field(() => VersionFilterInput, {
    nullable: true,
    description: 'Which versions; all if absent, withdrawn ones included.',
  })
  where?: VersionFilter | null;

  @Field(() => VersionOrderInput, {
    nullable: true,
    description: 'Order. If absent: of one model the highest number first, elsewhere the newest first.',
  })
  orderBy?: Order<VersionOrderField> | null;
}

@ArgsType()
export class ModelListArgs extends PageArgs {
  @Field(() => ModelFilterInput, { nullable: true, description: 'Which models; all if absent.' })
  where?: ModelFilter | null;

  @Field(() => ModelOrderInput, { nullable: true, description: 'Order; by name if absent.' })
  orderBy?: Order<ModelOrderField> | null;
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

export function modelList(args: ModelListArgs): ModelList {
  return {
    ...(args.where && { where: args.where }),
    ...(args.orderBy && { orderBy: args.orderBy }),
    page: pageRequest(args),
  };
}

/** Fields of an inspection that its figures answer; any other has to be read with the inspection itself. */
const FIGURES: readonly string[] = [
  ...(['id', 'digest', 'inspectionVersion', 'byteSize'] satisfies (keyof InspectionFigures)[]),
  ...(['nodeCount', 'storedElements', 'modelParams', 'recurrent'] satisfies (keyof InspectionFigures)[]),
  // Their resolvers take no more than these.
  ...['recurrentNodes', 'recurrentStacks', 'tensors', 'estimates', '__typename'],
];

function asksForFigures(fields: readonly string[]): boolean {
  return fields.length > 0 && fields.every((field) => FIGURES.includes(field));
}
