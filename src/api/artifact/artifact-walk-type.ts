/** What the mutations that walk over stored artifacts have in common: which ones to look at, what was done, what failed. */
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { type ErrorCode, WeighbridgeError } from '../../core/errors.js';
import { hasScope } from '../../core/principal.js';
import { type ArtifactFailure, WALK_MAX, type Walked } from '../../registry/artifacts/artifact-walk.js';
import { type Holder, HOLDERS_MAX, type Holders, loadHolders } from '../../registry/artifacts/holders.js';
import type { GraphqlContext } from '../context.js';
import { ErrorCodeEnum, payload, UserErrorType } from '../payload.js';

@InputType('ArtifactWalkInput', { description: 'Artifacts to process, in the order of their digests.' })
export class ArtifactWalkInput {
  @Field(() => Int, {
    description: `Number of artifacts to process, 1 to ${WALK_MAX}. Fewer are processed when that takes longer than a few seconds.`,
    defaultValue: WALK_MAX,
  })
  first!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Where to continue: last from the previous answer. If absent, failed artifacts are tried again.',
  })
  after?: string | null;
}

@ObjectType('ArtifactHolder', { simpleResolvers: true, description: 'A version that contains a stored artifact.' })
export class ArtifactHolderType implements Holder {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => Int, { description: 'Number of the version, which may be withdrawn.' })
  number!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Location under which the version has it as external data; null for its model file.',
  })
  location!: string | null;
}

@ObjectType('ArtifactFailure', {
  simpleResolvers: true,
  description: 'A stored artifact with a problem.',
})
class ArtifactFailureType {
  @Field(() => String, { description: 'Digest of the artifact, sha256:….' })
  digest!: string;

  @Field(() => ErrorCodeEnum, {
    description: 'Kind of problem: ARTIFACT_CORRUPT when its bytes are damaged or missing.',
  })
  code!: ErrorCode;

  @Field(() => String, { description: 'Description of the problem.' })
  message!: string;

  @Field(() => [ArtifactHolderType], {
    complexity: 0,
    description: `Versions that contain it, by model and number; at most ${HOLDERS_MAX}.`,
  })
  heldBy!: ArtifactHolderType[];

  @Field(() => GraphQLSafeInt, {
    description: 'Number of versions that contain it; 0 for bytes that were only uploaded.',
  })
  heldByCount!: number;
}

/** The payload type of one mutation; each has its own, though all have the same fields. */
export function createWalkPayload(mutation: string) {
  @ObjectType(`${mutation}Payload`, {
    simpleResolvers: true,
    description: 'What the mutation did, or why it did nothing.',
  })
  class WalkPayload {
    @Field(() => GraphQLSafeInt, { nullable: true, description: 'Number of artifacts processed without a problem.' })
    done!: number | null;

    @Field(() => GraphQLSafeInt, {
      nullable: true,
      description: 'Number of artifacts left after the last processed one.',
    })
    left!: number | null;

    @Field(() => String, {
      nullable: true,
      description: 'Digest of the last processed artifact, to pass as after; null when there was none.',
    })
    last!: string | null;

    @Field(() => [ArtifactFailureType], {
      nullable: true,
      complexity: WALK_MAX,
      description: 'Artifacts with a problem; they do not stop the others.',
    })
    failures!: ArtifactFailureType[] | null;

    @Field(() => [UserErrorType], { description: 'Reasons why nothing was done; empty on success.' })
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
    const held = await loadHolders(
      context.needs,
      failures.map(({ digest }) => digest),
    );
    return {
      ...answer,
      failures: failures.map((failure) => shownFailure(context, failed, failure, held.get(failure.digest))),
    };
  });
}

function shownFailure(
  { log, requestId }: GraphqlContext,
  failed: string,
  { digest, error }: ArtifactFailure,
  held: Holders | undefined,
): ArtifactFailureType {
  const known = error instanceof WeighbridgeError ? error : null;
  // What the message leaves out, for whoever runs the server.
  if (known === null || known.cause !== undefined) log.error({ requestId, digest, err: error }, failed);
  return {
    digest,
    code: known?.code ?? 'INTERNAL',
    message: known?.message ?? `a fault of the server; its log tells more under ${requestId}`,
    heldBy: held?.first ?? [],
    heldByCount: held?.count ?? 0,
  };
}
