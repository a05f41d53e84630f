/** Tokens made and revoked. */
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { WeighbridgeError } from '../../core/errors.js';
import type { Scope } from '../../core/principal.js';
import { createToken, revokeToken } from '../../registry/access/tokens.js';
import type { GraphqlContext } from '../context.js';
import { fromGlobalId } from '../global-id.js';
import { input, payload, payloadType } from '../payload.js';
import { ScopeEnum, TokenType } from './token-type.js';

@InputType({ description: 'A token to create; it cannot have more rights than the token that creates it.' })
class CreateTokenInput {
  @Field(() => String, { description: 'What it is for; kept as publishedBy of what it publishes.' })
  name!: string;

  @Field(() => [ScopeEnum], { description: 'What it may do.' })
  scopes!: Scope[];

  @Field(() => String, {
    nullable: true,
    description: 'Pattern of the models it applies to, as Token.models; that of the creating token if absent.',
  })
  models?: string | null;

  @Field(() => Int, { nullable: true, description: 'Days until it stops working; 90 if absent.' })
  expiresInDays?: number | null;
}

@InputType({ description: 'A token to revoke: it stops working at once.' })
class RevokeTokenInput {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;
}

const CreateTokenPayload = payloadType('CreateTokenPayload', {
  token: { type: () => TokenType, description: 'The created token.' },
  secret: { type: () => String, description: 'The secret. It is shown only once and never stored.' },
});

const RevokeTokenPayload = payloadType('RevokeTokenPayload', {
  token: { type: () => TokenType, description: 'The token as it is now.' },
});

@Resolver()
export class TokenMutations {
  @Mutation(() => CreateTokenPayload, { description: 'Creates a token. Needs the scope admin.' })
  createToken(@Arg('input', () => CreateTokenInput, input) request: CreateTokenInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['token', 'secret'], () => createToken(context.needs, context.principal, request));
  }

  @Mutation(() => RevokeTokenPayload, {
    description: 'Revokes a token; revoking it twice is not an error. Needs the scope admin.',
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
