/** The mutation behind `weighbridge gc`, which frees bytes that nothing refers to. */
import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { hasScope } from '../../core/principal.js';
import {
  collectGarbage,
  FREED_REASONS,
  type FreedBlob,
  type FreedReason,
  GRACE_HOURS_MAX,
  GRACE_HOURS_MIN,
  SWEEP_MAX,
  type Swept,
} from '../../registry/artifacts/gc.js';
import { closedSet } from '../closed-set.js';
import type { GraphqlContext } from '../context.js';
import { input, payload, UserErrorType } from '../payload.js';

const FreedReasonEnum = closedSet<FreedReason>('FreedReason', 'Why stored bytes are not needed.', FREED_REASONS, {
  NOT_HELD: 'No version contains the artifact: it was uploaded and not published.',
  NO_ARTIFACT: 'No artifact refers to the bytes: their model was deleted, or their upload stopped before its end.',
  WITHDRAWN: 'Only versions contain the artifact that were withdrawn longer ago than withdrawnHours.',
});

@InputType('CollectGarbageInput', { description: 'Which stored bytes may be freed.' })
class CollectGarbageInput {
  @Field(() => Int, {
    description: `Bytes that were uploaded, used, or let go of by a deleted model within so many hours stay, ${GRACE_HOURS_MIN} to ${GRACE_HOURS_MAX}.`,
    defaultValue: 168,
  })
  graceHours!: number;

  @Field(() => Int, {
    nullable: true,
    description: `Also free what only versions contain that were withdrawn longer than so many hours ago, ${GRACE_HOURS_MIN} to ${GRACE_HOURS_MAX}. These versions keep their place and figures. If absent, they keep their bytes.`,
  })
  withdrawnHours?: number | null;

  @Field(() => Boolean, { description: 'Whether to say only what would be freed.' })
  dryRun!: boolean;

  @Field(() => String, { nullable: true, description: 'Where to continue: last from the previous answer.' })
  after?: string | null;
}

@ObjectType('FreedBlob', { simpleResolvers: true, description: 'Stored bytes that are not needed.' })
class FreedBlobType implements FreedBlob {
  @Field(() => String, { description: 'Their digest, sha256:….' })
  digest!: string;

  @Field(() => GraphQLSafeInt, { description: 'Their size, bytes; 0 when they were gone already.' })
  byteSize!: number;

  @Field(() => FreedReasonEnum, { description: 'Why they are not needed.' })
  reason!: FreedReason;
}

@ObjectType('CollectGarbagePayload', {
  simpleResolvers: true,
  description: 'What the mutation did, or why it did nothing.',
})
class CollectGarbagePayload {
  @Field(() => [FreedBlobType], {
    nullable: true,
    complexity: SWEEP_MAX,
    description: 'What was freed, or would be in a dry run, in the order of digests.',
  })
  freed!: FreedBlobType[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Digest of the last blob that was looked at, to pass as after; null at the end of the store.',
  })
  last!: string | null;

  @Field(() => [UserErrorType], { description: 'Reasons why nothing was done; empty on success.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class GarbageMutations {
  @Mutation(() => CollectGarbagePayload, {
    description: `Frees stored bytes that nothing refers to, up to ${SWEEP_MAX} at a time. A version keeps its bytes until its model is deleted, or until it was withdrawn for withdrawnHours. Uploads and other servers may go on meanwhile. Repeat with after until last is null. Needs the scope admin for all models.`,
  })
  collectGarbage(
    @Arg('input', () => CollectGarbageInput, input) request: CollectGarbageInput,
    @Ctx() context: GraphqlContext,
  ): Promise<CollectGarbagePayload> {
    // A disk that is slow to delete is waited for.
    if (hasScope(context.principal, 'admin')) context.deadline.clear();
    return payload<Swept>(context, ['freed', 'last'], async () => {
      const swept = await collectGarbage(context.needs, context.principal, request);
      const { requestId, log } = context;
      if (!request.dryRun && swept.freed.length > 0) {
        const byteSize = swept.freed.reduce((sum, blob) => sum + blob.byteSize, 0);
        log.info({ requestId, blobs: swept.freed.length, byteSize }, 'freed stored bytes that nothing refers to');
      }
      return swept;
    });
  }
}
