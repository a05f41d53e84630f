/** Aliases set, deleted, protected and taken out of protection. */
import { Arg, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { protectAlias, unprotectAlias } from '../../registry/aliases/alias-protections.js';
import { deleteAlias, setAlias } from '../../registry/aliases/aliases.js';
import { AliasProtectionType } from './alias-protection-type.js';
import { AliasType } from './alias-type.js';
import type { GraphqlContext } from '../context.js';
import { MODEL_NAME } from '../model/model-type.js';
import { input, payload, payloadType } from '../payload.js';
import type { Relation } from '../relation.js';
import { versionRef, VersionRefInput } from '../version/version-ref.js';

@InputType({ description: 'An alias to create or move.' })
class SetAliasInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;

  @Field(() => String, { description: 'Name of the alias; never only digits.' })
  alias!: string;

  @Field(() => VersionRefInput, { description: 'The version it should point to.' })
  version!: Relation<VersionRefInput>;
}

@InputType({ description: 'An alias to delete; its version stays.' })
class DeleteAliasInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;

  @Field(() => String, { description: 'Name of the alias.' })
  alias!: string;
}

@InputType({
  description: 'An alias to protect: it can move only to versions whose check does not fail or is approved.',
})
class ProtectAliasInput {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => String, { description: 'Name of the alias; it need not exist yet.' })
  alias!: string;
}

@InputType({ description: 'An alias to stop protecting.' })
class UnprotectAliasInput {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => String, { description: 'Name of the alias.' })
  alias!: string;
}

const SetAliasPayload = payloadType('SetAliasPayload', {
  alias: { type: () => AliasType, description: 'The alias as it is now.' },
});

const DeleteAliasPayload = payloadType('DeleteAliasPayload', {
  name: { type: () => String, description: 'Name of the deleted alias.' },
});

const ProtectAliasPayload = payloadType('ProtectAliasPayload', {
  protection: { type: () => AliasProtectionType, description: 'The protection.' },
});

const UnprotectAliasPayload = payloadType('UnprotectAliasPayload', {
  name: { type: () => String, description: 'Name of the alias that is no longer protected.' },
});

@Resolver()
export class AliasMutations {
  @Mutation(() => SetAliasPayload, {
    description:
      'Creates an alias or moves it: an alias is set by its name, whether it exists or not. Needs the scope publish.',
  })
  setAlias(@Arg('input', () => SetAliasInput, input) request: SetAliasInput, @Ctx() context: GraphqlContext) {
    const named = { ...request, version: versionRef(request.version) };
    return payload(context, ['alias'], async () => ({
      alias: await setAlias(context.needs, context.principal, named),
    }));
  }

  @Mutation(() => DeleteAliasPayload, { description: 'Deletes an alias; its version stays. Needs the scope publish.' })
  deleteAlias(@Arg('input', () => DeleteAliasInput, input) request: DeleteAliasInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['name'], async () => ({
      name: (await deleteAlias(context.needs, context.principal, request)).name,
    }));
  }

  @Mutation(() => ProtectAliasPayload, {
    description:
      'Protects an alias: it can move only to versions whose check does not fail or is approved. Needs the scope approve.',
  })
  protectAlias(
    @Arg('input', () => ProtectAliasInput, input) request: ProtectAliasInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['protection'], async () => ({
      protection: await protectAlias(context.needs, context.principal, request),
    }));
  }

  @Mutation(() => UnprotectAliasPayload, {
    description: 'Removes the protection of an alias; an unprotected alias is not an error. Needs the scope approve.',
  })
  unprotectAlias(
    @Arg('input', () => UnprotectAliasInput, input) request: UnprotectAliasInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['name'], async () => ({
      name: await unprotectAlias(context.needs, context.principal, request),
    }));
  }
}
