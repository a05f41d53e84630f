/** What the mutations that walk over stored artifacts have in common: which ones to look at, what was done, what failed. */
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { type ErrorCode, WeighbridgeError } from '../../core/errors.js';
import { hasScope } from '../../core/principal.js';
import { type ArtifactFailure, WALK_MAX, type Walked } from '../../registry/artifacts/artifact-walk.js';
import type { GraphqlContext } from '../context.js';
import { ErrorCodeEnum, payload, UserErrorType } from '../payload.js';

@InputType('ArtifactWalkInput', { description: 'Artifacts to look at, in the order of their digests.' })
export class ArtifactWalkInput {
  @Field(() => Int, {
    description: `Artifacts to look at, 1 to ${WALK_MAX}. Fewer are looked at when that takes longer than some seconds.`,
    defaultValue: WALK_MAX,
  })
  first!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Where to go on: last of the answer before. Without it, artifacts that failed are tried again.',
  })
  after?: string | null;
}

@ObjectType('ArtifactFailure', {
  simpleResolvers: true,
  description: 'A stored artifact that something is wrong with.',
})
class ArtifactFailureType {
  @Field(() => String, { description: 'Digest of the artifact, sha256:….' })
  digest!: string;

  @Field(() => ErrorCodeEnum, {
    description: 'What is wrong with it: ARTIFACT_CORRUPT when its bytes are damaged or gone.',
  })
  code!: ErrorCode;

  @Field(() => String, { description: 'What is wrong with it, in words.' })
  message!: string;
}

/** The payload type of one mutation; each has its own, though all have the same fields. */
export function createWalkPayload(mutation: string) {
  @ObjectType(`${mutation}Payload`, {
    simpleResolvers: true,
    description: 'What the mutation did, or why it did nothing.',
  })
  class WalkPayload {
    @Field(() => GraphQLSafeInt, { nullable: true, description: 'Artifacts that went well.' })
    done!: number | null;

    @Field(() => GraphQLSafeInt, {
      nullable: true,
      description: 'Artifacts to look at that follow the last one looked at.',
    })
    left!: number | null;

    @Field(() => String, {
      nullable: true,
      description: 'Digest of the last artifact looked at, to be given as after; null when there was none.',
    })
    last!: string | null;

    @Field(() => [ArtifactFailureType], {
      nullable: true,
      complexity: WALK_MAX,
      description: 'Artifacts that something is wrong with; they do not stop the others.',
    })
    failures!: ArtifactFailureType[] | null;

    @Field(() => [UserErrorType], { description: 'Why nothing was done; empty when it was.' })
    userErrors!: UserErrorType[];
  }
  return WalkPayload;
}

/** `failed` is the line of the log for what the answer leaves out. */
export function walkPayload(context: GraphqlContext, failed: string, walk: () => Promise<Walked>) {
  // One artifact may be larger than can be read in the time of a query, and is read to its end.
  if (hasScope(context.principal, 'admin')) context.deadline.clear();
  return payload(context, ['done', 'left', 'last', 'failures'], async () => {
    const { failures, ...answer } = await walk();
    return { ...answer, failures: failures.map((failure) => shownFailure(context, failed, failure)) };
  });
}

function shownFailure(
  { log, requestId }: GraphqlContext,
  failed: string,
  { digest, error }: ArtifactFailure,
): ArtifactFailureType {
  const known = error instanceof WeighbridgeError ? error : null;
  // What the message leaves out, for whoever runs the server.
  if (known === null || known.cause !== undefined) log.error({ requestId, digest, err: error }, failed);
  return {
    digest,
    code: known?.code ?? 'INTERNAL',
    message: known?.message ?? `a fault of the server; its log tells more under ${requestId}`,
  };
}
