/** Arguments of lists of models and versions, and what the registry's lists take. */
import type { GraphQLResolveInfo } from 'graphql';
import { ArgsType, Field } from 'type-graphql';
import type { ModelFilter, ModelOrderField, Order, VersionFilter, VersionOrderField } from '../core/catalog.js';
import type { ModelList, VersionList } from '../registry/catalog.js';
import { PageArgs, pageRequest } from './connection.js';
import { ModelFilterInput, ModelOrderInput, VersionFilterInput, VersionOrderInput } from './filter-inputs.js';
import { selects, selectsOfNodes } from './selection.js';

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
    ...(selectsOfNodes(info, 'inspection') && { inspections: true }),
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
