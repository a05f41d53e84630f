/** A token as lists show it: never its secret, never its hash. */
import { Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import type { Token } from '../../core/catalog.js';
import type { Scope } from '../../core/principal.js';
import { connectionOf } from '../connection.js';
import { ScopeEnum } from '../enums.js';
import { toGlobalId } from '../global-id.js';
import { NodeType } from '../node-type.js';

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
    description: 'Pattern of the models that it holds for: * is any run of characters, ? is one.',
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
