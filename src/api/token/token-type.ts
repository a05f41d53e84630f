/** A token as lists show it: never its secret, never its hash. */
import { Field, FieldResolver, ID, ObjectType, registerEnumType, Resolver, Root } from 'type-graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import type { Token } from '../../core/catalog.js';
import { type Scope, SCOPES } from '../../core/principal.js';
import { connectionOf } from '../connection.js';
import { toGlobalId } from '../global-id.js';
import { NodeType } from '../node-type.js';

const SCOPE_MEANINGS: Record<Scope, string> = {
  read: 'Read models, versions and artifacts; every token may.',
  publish: 'Publish versions, set aliases, withdraw versions, edit models.',
  approve: 'Set budgets, approve what a check refused, protect aliases.',
  admin: 'Everything, tokens and deletion included.',
};
/** The schema writes its values in upper case, the core in lower case. */
export const ScopeEnum = Object.fromEntries(SCOPES.map((scope) => [scope.toUpperCase(), scope]));
registerEnumType(ScopeEnum, {
  name: 'TokenScope',
  description: 'What a token may do, within the models that it holds for.',
  valuesConfig: Object.fromEntries(
    SCOPES.map((scope) => [scope.toUpperCase(), { description: SCOPE_MEANINGS[scope] }]),
  ),
});

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

  @Field(() => GraphQLDateTimeISO, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Name of the token that made it.' })
  createdBy!: string;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it stops working; null for never.' })
  expiresAt!: Date | null;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When it was revoked.' })
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
