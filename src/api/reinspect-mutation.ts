/** The mutation behind `weighbridge reinspect`: reads artifacts again whose inspection is older than the server's. */
import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { WeighbridgeError, type ErrorCode } from '../core/errors.js';
import { hasScope } from '../core/principal.js';
import { REINSPECT_MAX, reinspectArtifacts, type ReinspectFailure } from '../registry/reinspect.js';
import type { GraphqlContext } from './context.js';
import { ErrorCodeEnum } from './enums.js';
import { payload, UserErrorType } from './payload.js';

@InputType({ description: 'Artifacts to read again, in the order of their digests.' })
class ReinspectArtifactsInput {
  @Field(() => Int, {
    description: `Artifacts to read, 1 to ${REINSPECT_MAX}. Fewer are read when that takes longer than some seconds.`,
    defaultValue: REINSPECT_MAX,
  })
  first!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Where to go on: last of the answer before. Without it, artifacts that failed are tried again.',
  })
  after?: string | null;
}

@ObjectType('ReinspectFailure', {
  simpleResolvers: true,
  description: 'An artifact that could not be read again. Its versions keep their older inspection.',
})
class ReinspectFailureType {
  @Field(() => String, { description: 'Digest of the artifact, sha256:….' })
  digest!: string;

  @Field(() => ErrorCodeEnum, {
    description: 'What is wrong with it: ARTIFACT_CORRUPT when its bytes are damaged or gone.',
  })
  code!: ErrorCode;

  @Field(() => String, { description: 'What is wrong with it, in words.' })
  message!: string;
}

@ObjectType('ReinspectArtifactsPayload', {
  simpleResolvers: true,
  description: 'What the mutation did, or why it did nothing.',
})
class ReinspectArtifactsPayload {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Artifacts that have an inspection of this server’s version now, as have their versions.',
  })
  done!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Artifacts with an older inspection that follow the last one looked at.',
  })
  left!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Digest of the last artifact looked at, to be given as after; null when there was none.',
  })
  last!: string | null;

  @Field(() => [ReinspectFailureType], {
    nullable: true,
    complexity: REINSPECT_MAX,
    description: 'Artifacts that could not be read; they do not stop the others.',
  })
  failures!: ReinspectFailureType[] | null;

  @Field(() => [UserErrorType], { description: 'Why nothing was done; empty when it was.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class ReinspectResolver {
  @Mutation(() => ReinspectArtifactsPayload, {
    description:
      'Reads stored artifacts again whose inspection is older than this server’s inspectionVersion, and gives their versions the new figures. Repeat it with after until left is 0. Needs the scope admin for all models.',
  })
  reinspectArtifacts(
    @Arg('input', () => ReinspectArtifactsInput, { description: 'What to do.' }) request: ReinspectArtifactsInput,
    @Ctx() context: GraphqlContext,
  ) {
    // One artifact may be larger than can be read in the time of a query, and is read to its end.
    if (hasScope(context.principal, 'admin')) context.deadline.clear();
    return payload(context, ['done', 'left', 'last', 'failures'], async () => {
      const { failures, ...answer } = await reinspectArtifacts(context.needs, context.principal, request);
      return { ...answer, failures: failures.map((failure) => shownFailure(context, failure)) };
    });
  }
}

function shownFailure({ log, requestId }: GraphqlContext, { digest, error }: ReinspectFailure): ReinspectFailureType {
  const known = error instanceof WeighbridgeError ? error : null;
  // What the message leaves out, for whoever runs the server.
  if (known === null || known.cause !== undefined) {
    log.error({ requestId, digest, err: error }, 'an artifact could not be read again');
  }
  return {
    digest,
    code: known?.code ?? 'INTERNAL',
    message: known?.message ?? `a fault of the server; its log tells more under ${requestId}`,
  };
}
