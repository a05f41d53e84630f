/** What holds the space of the store: the queries behind `weighbridge space`. */
import { Arg, Args, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { hasScope } from '../../core/principal.js';
import { HOLDERS_MAX } from '../../registry/artifacts/holders.js';
import {
  type ClassSpace,
  type DuplicateSpace,
  listSpaceByDuplicate,
  listSpaceByModel,
  type ModelSpace,
  readSpaceByClass,
  readSpaceTotals,
  SPACE_CLASSES,
  SPACE_MODELS_MAX,
  type SpaceClass,
  type SpaceTotals,
} from '../../registry/artifacts/space.js';
import { closedSet } from '../closed-set.js';
import { type Connection, connectionOf, PageArgs, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { ArtifactHolderType } from './artifact-walk-type.js';

const NEEDS_ALL = 'Needs the scope admin for all models, since artifacts are shared among models.';

const SpaceClassEnum = closedSet<SpaceClass>('SpaceClass', 'What stored bytes are there for.', SPACE_CLASSES, {
  LIVE: 'A version that is not withdrawn contains them.',
  WITHDRAWN: 'Only withdrawn versions contain them.',
  NOT_HELD: 'They were uploaded and no version contains them; collectGarbage frees them after its grace time.',
  NO_ARTIFACT: 'No artifact refers to them; collectGarbage frees them after its grace time.',
});

@ObjectType('ClassSpace', { simpleResolvers: true, description: 'Stored bytes of one class.' })
class ClassSpaceType implements ClassSpace {
  @Field(() => SpaceClassEnum, { description: 'What they are there for.' })
  class!: SpaceClass;

  @Field(() => GraphQLSafeInt, { description: 'Number of blobs.' })
  blobs!: number;

  @Field(() => GraphQLSafeInt, { description: 'Sum of their sizes in the store, bytes.' })
  byteSize!: number;
}

@ObjectType('ModelSpace', { simpleResolvers: true, description: 'Stored bytes that the versions of a model contain.' })
class ModelSpaceType implements ModelSpace {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => GraphQLSafeInt, { description: 'Number of its versions, including withdrawn ones.' })
  versions!: number;

  @Field(() => GraphQLSafeInt, {
    description:
      'Bytes of their artifacts, including external data, each artifact counted once. Other models may contain the same.',
  })
  byteSize!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Of these, bytes that no other model contains: what deleting the model would free.',
  })
  aloneByteSize!: number;

  @Field(() => GraphQLSafeInt, { description: 'Of these, bytes that only its withdrawn versions contain.' })
  withdrawnByteSize!: number;
}

@ObjectType('DuplicateSpace', {
  simpleResolvers: true,
  description: 'An artifact that is stored once and used more often.',
})
class DuplicateSpaceType implements DuplicateSpace {
  @Field(() => String, { description: 'Its digest, sha256:….' })
  digest!: string;

  @Field(() => GraphQLSafeInt, { description: 'Its size, bytes.' })
  byteSize!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Number of times that versions contain it, as the model file or as external data.',
  })
  places!: number;

  @Field(() => GraphQLSafeInt, { description: 'Number of models with such versions.' })
  models!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Bytes that are not stored because it is stored once: byteSize × (places − 1).',
  })
  savedByteSize!: number;

  @Field(() => [ArtifactHolderType], {
    description: `Versions that contain it, by model and number, of all models; at most ${HOLDERS_MAX}.`,
  })
  heldBy!: ArtifactHolderType[];
}

@ObjectType('SpaceTotals', {
  simpleResolvers: true,
  description: 'Stored bytes that the versions of several models contain.',
})
class SpaceTotalsType implements SpaceTotals {
  @Field(() => GraphQLSafeInt, { description: 'Number of models with versions.' })
  models!: number;

  @Field(() => GraphQLSafeInt, { description: 'Number of their versions, including withdrawn ones.' })
  versions!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Bytes of their artifacts, each counted once: aloneByteSize + sharedByteSize.',
  })
  byteSize!: number;

  @Field(() => GraphQLSafeInt, { description: 'Bytes that only one model of the registry contains.' })
  aloneByteSize!: number;

  @Field(() => GraphQLSafeInt, {
    description:
      'Bytes that several models contain, each counted once; in spaceByModel each of these models counts them.',
  })
  sharedByteSize!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Bytes that are not stored because equal artifacts are stored once: the sum over spaceByDuplicate.',
  })
  savedByteSize!: number;
}

const ModelSpaceConnection = connectionOf('ModelSpace', 'models by their stored bytes', () => ModelSpaceType);
const DuplicateSpaceConnection = connectionOf(
  'DuplicateSpace',
  'artifacts by what storing them once saves',
  () => DuplicateSpaceType,
);

const models = {
  nullable: true,
  description: `Only models of these names or patterns, at most ${SPACE_MODELS_MAX}; all if absent.`,
};

@Resolver()
export class SpaceQueries {
  @Query(() => [ClassSpaceType], {
    description: `Stored bytes by class, counted in one pass over the store; the sum is everything in the store. ${NEEDS_ALL}`,
  })
  spaceByClass(@Ctx() context: GraphqlContext): Promise<ClassSpace[]> {
    // A store of millions of blobs takes longer than a query may.
    if (hasScope(context.principal, 'admin')) context.deadline.clear();
    return readSpaceByClass(context.needs, context.principal);
  }

  @Query(() => ModelSpaceConnection, {
    description: `Models by the stored bytes that their versions contain, most first. ${NEEDS_ALL}`,
  })
  async spaceByModel(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('models', () => [String], models) globs: string[] | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<ModelSpace>> {
    return toConnection(await listSpaceByModel(needs, principal, { models: globs, page: pageRequest(args) }));
  }

  @Query(() => DuplicateSpaceConnection, {
    description: `Artifacts that versions contain more than once, by the bytes saved, most first. ${NEEDS_ALL}`,
  })
  async spaceByDuplicate(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('models', () => [String], models) globs: string[] | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<DuplicateSpace>> {
    return toConnection(await listSpaceByDuplicate(needs, principal, { models: globs, page: pageRequest(args) }));
  }

  @Query(() => SpaceTotalsType, { description: `Sums over spaceByModel and spaceByDuplicate. ${NEEDS_ALL}` })
  spaceTotals(
    @Arg('models', () => [String], models) globs: string[] | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<SpaceTotals> {
    return readSpaceTotals(needs, principal, { models: globs });
  }
}
