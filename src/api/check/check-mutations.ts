/** Checks on request and dry, and approvals given and taken back. */
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { approvalNotFound, approveCheck, checkNotFound, revokeApproval } from '../../registry/checks/approvals.js';
import { checkVersion } from '../../registry/checks/checks.js';
import { checkModel } from '../../registry/publish/dry-checks.js';
import { DateTime } from '../date-time.js';
import { ApprovalType, CheckType, EvaluationType } from './check-type.js';
import type { GraphqlContext } from '../context.js';
import { fromGlobalId } from '../global-id.js';
import { input, payload, payloadType } from '../payload.js';
import type { Relation } from '../relation.js';
import { ExternalDataInput } from '../version/external-data-ref.js';
import { versionRef, VersionRefInput } from '../version/version-ref.js';

@InputType({ description: 'A version to check against the current budgets.' })
class CheckVersionInput {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => VersionRefInput, { description: 'The version; a withdrawn version is not checked.' })
  version!: Relation<VersionRefInput>;

  @Field(() => String, {
    nullable: true,
    description:
      'Compares it with the version this alias points to, as when the alias moves; with the previous version if absent.',
  })
  alias?: string | null;
}

@InputType({
  description: 'What bytes are compared with instead of the previous version: exactly one of these.',
})
class CheckBaseInput {
  @Field(() => Int, { nullable: true, description: 'Number of a version of the model.' })
  number?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Alias of a version of the model. While it does not exist, limits on growth are skipped.',
  })
  alias?: string | null;

  @Field(() => String, { nullable: true, description: 'Digest of a version of the model, sha256:….' })
  digest?: string | null;

  @Field(() => String, { nullable: true, description: 'Digest of stored bytes, of any model or of none.' })
  bytes?: string | null;
}

@InputType({ description: 'Stored bytes to check as if they were published now (PUT /blobs/{digest} stores them).' })
class CheckModelInput {
  @Field(() => String, { description: 'Name of the model they would be published to; it need not exist.' })
  model!: string;

  @Field(() => String, { description: 'Digest of the model file, sha256:….' })
  digest!: string;

  @Field(() => [ExternalDataInput], {
    nullable: true,
    description: 'External data files that its tensors refer to; the size is unknown where one is missing.',
  })
  externalData?: Relation<ExternalDataInput>[] | null;

  @Field(() => CheckBaseInput, {
    nullable: true,
    description:
      'What it is compared with, in place of the previous version and of an alias, such as the merge base of a branch; pinned baselines of budgets stay.',
  })
  base?: Relation<CheckBaseInput> | null;
}

@InputType({ description: 'A failed check to approve as a whole.' })
class ApproveCheckInput {
  @Field(() => ID, { description: 'Id of the check.' })
  id!: string;

  @Field(() => String, { description: 'Reason for accepting it, as text.' })
  reason!: string;

  @Field(() => DateTime, { nullable: true, description: 'Expiry time, in the future; it never expires if absent.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'An approval to revoke.' })
class RevokeApprovalInput {
  @Field(() => ID, { description: 'Id of the approval.' })
  id!: string;
}

const check = { type: () => CheckType, description: 'The check.' };
const approval = { type: () => ApprovalType, description: 'The approval as it is now.' };
const CheckVersionPayload = payloadType('CheckVersionPayload', { check });
const CheckModelPayload = payloadType('CheckModelPayload', {
  evaluation: { type: () => EvaluationType, description: 'Evaluation of the budgets.' },
});
const ApproveCheckPayload = payloadType('ApproveCheckPayload', { approval, check });
const RevokeApprovalPayload = payloadType('RevokeApprovalPayload', { approval });

@Resolver()
export class CheckMutations {
  @Mutation(() => CheckVersionPayload, {
    description: 'Checks a version against the current budgets and stores the check. Needs the scope publish.',
  })
  checkVersion(
    @Arg('input', () => CheckVersionInput, input) request: CheckVersionInput,
    @Ctx() context: GraphqlContext,
  ) {
    const named = { model: request.model, version: versionRef(request.version), alias: request.alias };
    return payload(context, ['check'], async () => ({
      check: await checkVersion(context.needs, context.principal, named),
    }));
  }

  @Mutation(() => CheckModelPayload, {
    description: 'Evaluates the budgets for stored bytes, without storing the result. Needs the scope publish.',
  })
  checkModel(@Arg('input', () => CheckModelInput, input) request: CheckModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['evaluation'], async () => ({
      evaluation: await checkModel(context.needs, context.principal, {
        ...request,
        externalData: request.externalData ?? [],
        base: request.base ?? undefined,
      }),
    }));
  }

  @Mutation(() => ApproveCheckPayload, {
    description:
      'Approves everything that a check failed for. The same change published again stays approved, a larger one does not. Needs the scope approve.',
  })
  approveCheck(
    @Arg('input', () => ApproveCheckInput, input) request: ApproveCheckInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['approval', 'check'], async () => {
      const named = fromGlobalId(request.id);
      if (named?.type !== 'Check') throw checkNotFound();
      const { reason, expiresAt } = request;
      const approval = await approveCheck(context.needs, context.principal, { checkId: named.id, reason, expiresAt });
      return { approval, check: (await context.loaders.check.load(named.id)) ?? null };
    });
  }

  @Mutation(() => RevokeApprovalPayload, {
    description:
      'Revokes an approval; revoking it twice is not an error. Aliases that moved because of it stay where they are. Needs the scope approve.',
  })
  revokeApproval(
    @Arg('input', () => RevokeApprovalInput, input) request: RevokeApprovalInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['approval'], async () => {
      const named = fromGlobalId(request.id);
      if (named?.type !== 'Approval') throw approvalNotFound();
      return { approval: await revokeApproval(context.needs, context.principal, { id: named.id }) };
    });
  }
}
