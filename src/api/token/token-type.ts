/** A token as lists show it: never its secret, never its hash. */
import { Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Token } from '../../core/catalog.js';
import { type Scope, SCOPES } from '../../core/principal.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { NodeType } from '../node-type.js';

export const ScopeEnum = closedSet<Scope>(
  'TokenScope',
  'What a token may do, within the models it applies to.',
  SCOPES,
  {
    read: 'Read models, versions and artifacts; every token has this scope.',
    publish: 'Publish versions, set aliases, withdraw versions, edit models.',
    approve: 'Set budgets, approve failed checks, protect aliases.',
    admin: 'Everything, including tokens and deletion.',
  },
);

@ObjectType('Token', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'A bearer token. Its secret is shown once, when it is created.',
})
export class TokenType implements Partial<Token> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'What it is for; kept as publishedBy.' })
  name!: string;

  @Field(() => String, { description: 'Its first characters, to recognise it.' })
  hint!: string;

  @Field(() => [ScopeEnum], { description: 'What it may do.' })
  scopes!: Scope[];

  @Field(() => String, {
    description:
      'Pattern of the models it applies to: * alone matches every model; elsewhere * is any run of characters and ? is one character, but neither matches a slash. Case is ignored.',
  })
  models!: string;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Name of the token that created it.' })
  createdBy!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it stops working; null for never.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked.' })
  revokedAt!: Date | null;
}

export const TokenConnection = connectionOf('Token', 'tokens', () => TokenType);

@Resolver(() => TokenType)
export class TokenResolver {
  @FieldResolver(() => ID)
  id(@Root() token: Token): string {
    return toGlobalId('Token', token.id);
  }
}
