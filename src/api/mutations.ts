/** The mutations: each calls one use case of the registry, which checks the scopes, and turns its failures into userErrors. */
import { Arg, Ctx, Mutation, Resolver, type ClassType } from 'type-graphql';
import { WeighbridgeError } from '../core/errors.js';
import { deleteAlias, setAlias } from '../registry/aliases/aliases.js';
import { createModel, deleteModel, updateModel, withdrawVersion } from '../registry/publish/models.js';
import { publishVersion } from '../registry/publish/publish.js';
import { createToken, revokeToken } from '../registry/access/tokens.js';
import { HeldAliasType } from './alias/alias-protection-type.js';
import { AliasType } from './alias/alias-type.js';
import { CheckType } from './check/check-type.js';
import type { GraphqlContext } from './context.js';
import { fromGlobalId } from './global-id.js';
import { ModelType } from './model/model-type.js';
import {
  CreateModelInput,
  CreateTokenInput,
  DeleteAliasInput,
  DeleteModelInput,
  PublishVersionInput,
  RevokeTokenInput,
  SetAliasInput,
  UpdateModelInput,
  WithdrawVersionInput,
} from './mutation-inputs.js';
import { payload, payloadType } from './payload.js';
import { TokenType } from './token/token-type.js';
import { versionRef } from './version/version-ref.js';
import { VersionType } from './version/version-type.js';

const model = (description: string) => ({ type: () => ModelType, description });
const version = (description: string) => ({ type: () => VersionType, description });
const alias = (description: string) => ({ type: () => AliasType, description });
const token = (description: string) => ({ type: () => TokenType, description });
const flag = (description: string) => ({ type: () => Boolean as unknown as ClassType, description });

const CreateModelPayload = payloadType('CreateModelPayload', { model: model('The model made.') });
const UpdateModelPayload = payloadType('UpdateModelPayload', { model: model('The model as it is now.') });
const DeleteModelPayload = payloadType('DeleteModelPayload', {
  name: { type: () => String, description: 'Name of the model that is gone.' },
});
const PublishVersionPayload = payloadType('PublishVersionPayload', {
  version: version('The version made, or the latest one when unchanged.'),
  unchanged: flag('The bytes are those of the latest version: no version was made, though aliases may have moved.'),
  modelCreated: flag('The name was new and the model was made.'),
  check: {
    type: () => CheckType,
    description: 'What its budgets say; of a version that was there before its last check. Null without budgets.',
  },
  heldAliases: {
    type: () => [HeldAliasType],
    description: 'Protected aliases that were given and stayed where they were.',
  },
});
const WithdrawVersionPayload = payloadType('WithdrawVersionPayload', { version: version('The version as it is now.') });
const SetAliasPayload = payloadType('SetAliasPayload', { alias: alias('The alias as it is now.') });
const DeleteAliasPayload = payloadType('DeleteAliasPayload', {
  name: { type: () => String, description: 'Name of the alias that is gone.' },
});
const CreateTokenPayload = payloadType('CreateTokenPayload', {
  token: token('The token made.'),
  secret: { type: () => String, description: 'The secret. Shown this once and kept nowhere.' },
});
const RevokeTokenPayload = payloadType('RevokeTokenPayload', { token: token('The token as it is now.') });

const input = { description: 'What to do.' };

@Resolver()
export class MutationResolver {
  @Mutation(() => CreateModelPayload, { description: 'Makes a model without versions. Needs the scope publish.' })
  createModel(@Arg('input', () => CreateModelInput, input) request: CreateModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['model'], async () => ({
      model: await createModel(context.needs, context.principal, request),
    }));
  }

  @Mutation(() => UpdateModelPayload, {
    description:
      'Changes description and tags of a model. Needs the scope publish, and approve to take away a tag that a budget goes by.',
  })
  updateModel(@Arg('input', () => UpdateModelInput, input) request: UpdateModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['model'], async () => ({
      model: await updateModel(context.needs, context.principal, request),
    }));
  }

  @Mutation(() => DeleteModelPayload, {
    description: 'Deletes a model with its versions and aliases. Needs the scope admin.',
  })
  deleteModel(@Arg('input', () => DeleteModelInput, input) request: DeleteModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['name'], async () => ({
      name: (await deleteModel(context.needs, context.principal, request)).name,
    }));
  }

  @Mutation(() => PublishVersionPayload, {
    description: 'Publishes stored bytes as the next version of a model. Needs the scope publish.',
  })
  publishVersion(
    @Arg('input', () => PublishVersionInput, input) request: PublishVersionInput,
    @Ctx() context: GraphqlContext,
  ) {
    return payload(context, ['version', 'unchanged', 'modelCreated', 'check', 'heldAliases'], async () => {
      const { externalData, aliases, labels, idempotencyKey, ...rest } = request;
      const { inspection: _inspection, ...published } = await publishVersion(context.needs, context.principal, {
        ...rest,
        ...(externalData && { externalData }),
        ...(aliases && { aliases }),
        ...(labels && { labels }),
        ...(typeof idempotencyKey === 'string' && { idempotencyKey }),
      });
      return published;
    });
  }

  @Mutation(() => WithdrawVersionPayload, {
    description: 'Withdraws a version and takes its aliases away. Needs the scope publish.',
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

  @Mutation(() => SetAliasPayload, { description: 'Makes an alias or moves it. Needs the scope publish.' })
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

  @Mutation(() => CreateTokenPayload, { description: 'Makes a token. Needs the scope admin.' })
  createToken(@Arg('input', () => CreateTokenInput, input) request: CreateTokenInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['token', 'secret'], () => createToken(context.needs, context.principal, request));
  }

  @Mutation(() => RevokeTokenPayload, {
    description: 'Revokes a token; revoking it twice is no error. Needs the scope admin.',
  })
  revokeToken(@Arg('input', () => RevokeTokenInput, input) request: RevokeTokenInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['token'], async () => {
      const named = fromGlobalId(request.id);
      if (named?.type !== 'Token')
        throw new WeighbridgeError('TOKEN_NOT_FOUND', 'there is no token with this id', { field: ['id'] });
      return { token: await revokeToken(context.needs, context.principal, named.id) };
    });
  }
}
