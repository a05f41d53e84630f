/** The mutations behind `weighbridge reinspect` and `weighbridge fsck`, which read what is stored again. */
import { Arg, Ctx, Field, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { hasScope } from '../../core/principal.js';
import { countUnreferencedBlobs, type UnreferencedBlobs, verifyArtifacts } from '../../registry/artifacts/fsck.js';
import { reinspectArtifacts } from '../../registry/artifacts/reinspect.js';
import { ArtifactWalkInput, createWalkPayload, walkPayload } from './artifact-walk-type.js';
import type { GraphqlContext } from '../context.js';

const ReinspectArtifactsPayload = createWalkPayload('ReinspectArtifacts');
const VerifyArtifactsPayload = createWalkPayload('VerifyArtifacts');

@ObjectType('UnreferencedBlobs', {
  simpleResolvers: true,
  description:
    'Blobs that no artifact names: of uploads that ended before their row was written, of deleted models, or of uploads that are under way. They do no harm but take space.',
})
class UnreferencedBlobsType implements UnreferencedBlobs {
  @Field(() => GraphQLSafeInt, { description: 'How many there are.' })
  count!: number;

  @Field(() => GraphQLSafeInt, { description: 'Sum of their sizes, in bytes.' })
  byteSize!: number;
}

@Resolver()
export class ArtifactWalkResolver {
  @Mutation(() => ReinspectArtifactsPayload, {
    description:
      'Reads stored artifacts again whose inspection is older than this server’s inspectionVersion, and gives their versions the new figures; one that cannot be read keeps its older inspection. Repeat it with after until left is 0. Needs the scope admin for all models.',
  })
  reinspectArtifacts(
    @Arg('input', () => ArtifactWalkInput, { description: 'What to do.' }) request: ArtifactWalkInput,
    @Ctx() context: GraphqlContext,
  ) {
    return walkPayload(context, 'an artifact could not be read again', () =>
      reinspectArtifacts(context.needs, context.principal, request),
    );
  }

  @Mutation(() => VerifyArtifactsPayload, {
    description:
      'Reads stored artifacts, external data included, and holds their bytes against their digests. Changes nothing; it is a mutation because it takes as long as reading takes. Repeat it with after until left is 0. Needs the scope admin for all models.',
  })
  verifyArtifacts(
    @Arg('input', () => ArtifactWalkInput, { description: 'What to do.' }) request: ArtifactWalkInput,
    @Ctx() context: GraphqlContext,
  ) {
    return walkPayload(context, 'the bytes of an artifact could not be read', () =>
      verifyArtifacts(context.needs, context.principal, request),
    );
  }

  @Query(() => UnreferencedBlobsType, {
    description:
      'Blobs that no artifact names, counted in one pass over the store. Needs the scope admin for all models.',
  })
  unreferencedBlobs(@Ctx() context: GraphqlContext): Promise<UnreferencedBlobs> {
    // A store of millions of blobs takes longer than a query may.
    if (hasScope(context.principal, 'admin')) context.deadline.clear();
    return countUnreferencedBlobs(context.needs, context.principal);
  }
}
