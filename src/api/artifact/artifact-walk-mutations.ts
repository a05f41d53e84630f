/** The mutations behind `weighbridge reinspect` and `weighbridge fsck`, which read what is stored again. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { verifyArtifacts } from '../../registry/artifacts/fsck.js';
import { reinspectArtifacts } from '../../registry/artifacts/reinspect.js';
import { ArtifactWalkInput, createWalkPayload, walkPayload } from './artifact-walk-type.js';
import type { GraphqlContext } from '../context.js';
import { input } from '../payload.js';

const ReinspectArtifactsPayload = createWalkPayload('ReinspectArtifacts');

const VerifyArtifactsPayload = createWalkPayload('VerifyArtifacts');

@Resolver()
export class ArtifactWalkMutations {
  @Mutation(() => ReinspectArtifactsPayload, {
    description:
      'Reads stored artifacts again when their inspection is older than this server’s inspectionVersion, and updates the figures of their versions; an artifact that cannot be read keeps its older inspection. Repeat with after until left is 0. Needs the scope admin for all models.',
  })
  reinspectArtifacts(
    @Arg('input', () => ArtifactWalkInput, input) request: ArtifactWalkInput,
    @Ctx() context: GraphqlContext,
  ) {
    return walkPayload(context, 'an artifact could not be read again', () =>
      reinspectArtifacts(context.needs, context.principal, request),
    );
  }

  @Mutation(() => VerifyArtifactsPayload, {
    description:
      'Reads stored artifacts, including external data, and compares their bytes with their digests. It changes nothing; it is a mutation because reading takes long. Repeat with after until left is 0. Needs the scope admin for all models.',
  })
  verifyArtifacts(
    @Arg('input', () => ArtifactWalkInput, input) request: ArtifactWalkInput,
    @Ctx() context: GraphqlContext,
  ) {
    return walkPayload(context, 'the bytes of an artifact could not be read', () =>
      verifyArtifacts(context.needs, context.principal, request),
    );
  }
}
