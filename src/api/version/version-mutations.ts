/** Versions published and withdrawn. */
import { Arg, type ClassType, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { publishLine } from '../../core/publish-line.js';
import { restoreVersion, withdrawVersion } from '../../registry/publish/models.js';
import { publishVersion } from '../../registry/publish/publish.js';
import { HeldAliasType } from '../alias/alias-protection-type.js';
import { CheckType } from '../check/check-type.js';
import type { GraphqlContext } from '../context.js';
import { MODEL_NAME } from '../model/model-type.js';
import { input, payload, payloadType } from '../payload.js';
import type { Relation } from '../relation.js';
import { ExternalDataInput } from './external-data-ref.js';
import { versionRef, VersionRefInput } from './version-ref.js';
import { VersionType } from './version-type.js';

@InputType({ description: 'Where a version was built.' })
class SourceInput {
  @Field(() => String, { nullable: true, description: 'Repository of the code that built it.' })
  repositoryUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'Commit of that code.' })
  commit?: string | null;

  @Field(() => String, { nullable: true, description: 'Training or build run that built it.' })
  runUrl?: string | null;
}

@InputType({ description: 'A version to publish, from bytes that are already stored (PUT /blobs/{digest}).' })
class PublishVersionInput {
  @Field(() => String, { description: `${MODEL_NAME} A new name creates the model.` })
  model!: string;

  @Field(() => String, { description: 'Digest of the model file, sha256:….' })
  digest!: string;

  @Field(() => [ExternalDataInput], { nullable: true, description: 'External data files that its tensors refer to.' })
  externalData?: Relation<ExternalDataInput>[] | null;

  @Field(() => [String], { nullable: true, description: 'Aliases to move to the version.' })
  aliases?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Labels of the version.' })
  labels?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Notes of the version.' })
  notes?: string | null;

  @Field(() => SourceInput, { nullable: true, description: 'Where it was built.' })
  source?: Relation<SourceInput> | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Learned parameters that it should have; compared with inspection.modelParams.',
  })
  declaredParams?: number | null;

  @Field(() => Boolean, {
    description: 'Creates a version even when the bytes are those of the latest one.',
    defaultValue: false,
  })
  force!: boolean;

  @Field(() => Boolean, {
    description:
      'Publishes only if the check does not fail, or is approved, and every alias that is given may move; otherwise CHECK_FAILED, or CHECK_SKIPPED if no limit was judged, and nothing is published.',
    defaultValue: false,
  })
  requirePass!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The same key within 24 hours gives the same answer, not a second version.',
  })
  idempotencyKey?: string | null;
}

@InputType({ description: 'A version to withdraw. It keeps its number and loses its aliases.' })
class WithdrawVersionInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;

  @Field(() => VersionRefInput, { description: 'Which version.' })
  version!: Relation<VersionRefInput>;

  @Field(() => String, { description: 'Why, in words.' })
  reason!: string;
}

@InputType({ description: 'A withdrawn version to restore. The aliases that it had do not return.' })
class RestoreVersionInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;

  @Field(() => VersionRefInput, { description: 'Which version.' })
  version!: Relation<VersionRefInput>;
}

const flag = (description: string) => ({ type: () => Boolean as unknown as ClassType, description });

const PublishVersionPayload = payloadType('PublishVersionPayload', {
  line: {
    type: () => String,
    description: 'The result in one line: which aliases did not move, then what was published.',
  },
  version: { type: () => VersionType, description: 'The created version, or the latest one when unchanged.' },
  unchanged: flag(
    'Whether the bytes are those of the latest version: no version was created, though aliases may have moved.',
  ),
  modelCreated: flag('Whether the name was new and the model was created.'),
  check: {
    type: () => CheckType,
    description: 'Check of the version; for an unchanged version, its last check. Null without budgets.',
  },
  heldAliases: {
    type: () => [HeldAliasType],
    description: 'Aliases that were requested but did not move, because the budgets refuse the version for them.',
  },
});

const WithdrawVersionPayload = payloadType('WithdrawVersionPayload', {
  version: { type: () => VersionType, description: 'The version as it is now.' },
});

const RestoreVersionPayload = payloadType('RestoreVersionPayload', {
  version: { type: () => VersionType, description: 'The version as it is now.' },
});

@Resolver()
export class VersionMutations {
  @Mutation(() => PublishVersionPayload, {
    description: 'Publishes stored bytes as the next version of a model. Needs the scope publish.',
  })
  publishVersion(
    @Arg('input', () => PublishVersionInput, input) request: PublishVersionInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['line', 'version', 'unchanged', 'modelCreated', 'check', 'heldAliases'], async () => {
      const { externalData, aliases, labels, idempotencyKey, ...rest } = request;
      const { inspection: _inspection, ...published } = await publishVersion(context.needs, context.principal, {
        ...rest,
        ...(externalData && { externalData }),
        ...(aliases && { aliases }),
        ...(labels && { labels }),
        ...(typeof idempotencyKey === 'string' && { idempotencyKey }),
      });
      const { version, unchanged, modelCreated, heldAliases } = published;
      const { modelName: model, number } = version;
      const line = publishLine({ model, number, unchanged, modelCreated, heldAliases });
      return { line, ...published };
    });
  }

  @Mutation(() => WithdrawVersionPayload, {
    description: 'Withdraws a version and removes its aliases. Needs the scope publish.',
  })
  withdrawVersion(
    @Arg('input', () => WithdrawVersionInput, input) request: WithdrawVersionInput,
    @Ctx() context: GraphqlContext,
  ) {
    const named = { ...request, version: versionRef(request.version) };
    return payload(context, ['version'], async () => ({
      version: await withdrawVersion(context.needs, context.principal, named),
    }));
  }

  @Mutation(() => RestoreVersionPayload, {
    description: 'Takes a withdrawal back; a version that is not withdrawn is not an error. Needs the scope publish.',
  })
  restoreVersion(
    @Arg('input', () => RestoreVersionInput, input) request: RestoreVersionInput,
    @Ctx() context: GraphqlContext,
  ) {
    const named = { ...request, version: versionRef(request.version) };
    return payload(context, ['version'], async () => ({
      version: await restoreVersion(context.needs, context.principal, named),
    }));
  }
}
