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
  'What a token may do, within the models that it holds for.',
  SCOPES,
  {
    read: 'Read models, versions and artifacts; every token may.',
    publish: 'Publish versions, set aliases, withdraw versions, edit models.',
    approve: 'Set budgets, approve what a check refused, protect aliases.',
    admin: 'Everything, tokens and deletion included.',
  },
);

@ObjectType('Token', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'A bearer token. Its secret is shown once, when it is made.',
})
export class TokenType implements Token {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'What it is for; kept as publishedBy.' })
  name!: string;

  @Field(() => String, { description: 'Its first characters, to recognise it by.' })
  hint!: string;

  @Field(() => [ScopeEnum], { description: 'What it may do.' })
  scopes!: Scope[];

  @Field(() => String, {
    description:
      'Pattern of the models that it holds for: * alone is every model; elsewhere * is any run of characters and ? is one, but no slash. Case makes no difference.',
  })
  models!: string;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Name of the token that made it.' })
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
