/** Stored bytes by their digest, and blobs that no artifact names. */
import { Arg, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { Artifact } from '../../core/catalog.js';
import { hasScope } from '../../core/principal.js';
import { findArtifact } from '../../registry/artifacts/artifact-reads.js';
import {
  BLOBS_NAMED,
  findUnreferencedBlobs,
  type UnreferencedBlob,
  type UnreferencedBlobs,
} from '../../registry/artifacts/fsck.js';
import { ArtifactType } from './artifact-type.js';
import type { GraphqlContext } from '../context.js';

@ObjectType('UnreferencedBlob', { simpleResolvers: true, description: 'A blob that no artifact refers to.' })
class UnreferencedBlobType implements UnreferencedBlob {
  @Field(() => String, { description: 'Its digest, sha256:….' })
  digest!: string;

  @Field(() => GraphQLSafeInt, { description: 'Its size, bytes.' })
  byteSize!: number;
}

@ObjectType('UnreferencedBlobs', {
  simpleResolvers: true,
  description:
    'Blobs that no artifact refers to: left by uploads that stopped before their row was written or by deleted models, or still being uploaded. They only take space.',
})
class UnreferencedBlobsType implements UnreferencedBlobs {
  @Field(() => GraphQLSafeInt, { description: 'How many there are.' })
  count!: number;

  @Field(() => GraphQLSafeInt, { description: 'Sum of their sizes, in bytes.' })
  byteSize!: number;

  @Field(() => [UnreferencedBlobType], {
    complexity: BLOBS_NAMED,
    description: `Which they are, in no particular order; at most ${BLOBS_NAMED}.`,
  })
  blobs!: UnreferencedBlobType[];
}

@Resolver()
export class ArtifactQueries {
  @Query(() => ArtifactType, {
    nullable: true,
    description:
      'Stored bytes by their digest; null unless the token uploaded them or can see a model that contains them.',
  })
  artifact(
    @Arg('digest', () => String, { description: 'Digest of the bytes: sha256: and 64 lower-case hexadecimal digits.' })
    digest: string,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Artifact | null> {
    return findArtifact(needs, principal, digest);
  }

  @Query(() => UnreferencedBlobsType, {
    description:
      'Blobs that no artifact refers to, counted in one pass over the store. Needs the scope admin for all models.',
  })
  unreferencedBlobs(@Ctx() context: GraphqlContext): Promise<UnreferencedBlobs> {
    // A store of millions of blobs takes longer than a query may.
    if (hasScope(context.principal, 'admin')) context.deadline.clear();
    return findUnreferencedBlobs(context.needs, context.principal);
  }
}
