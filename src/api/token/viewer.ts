/** Who asks: what the current token may do. */
import { Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { Token } from '../../core/catalog.js';
import type { Principal, Scope } from '../../core/principal.js';
import { readOwnToken } from '../../registry/access/token-reads.js';
import type { GraphqlContext } from '../context.js';
import { ScopeEnum, TokenType } from './token-type.js';

@ObjectType('Viewer', { description: 'Who asks, and what they may do.' })
class ViewerType implements Partial<Principal> {
  @Field(() => String, { description: 'Name of the token; anonymous without one.' })
  name!: string;

  @Field(() => [ScopeEnum], { description: 'What the token may do.' })
  scopes!: Scope[];

  @Field(() => String, { description: 'Pattern of the models that it applies to.' })
  models!: string;
}

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { description: 'Who asks.' })
  viewer(@Ctx() { principal }: GraphqlContext): Principal {
    return principal;
  }

  @FieldResolver(() => TokenType, { nullable: true, description: 'The token; null for reading without one.' })
  token(@Root() principal: Principal, @Ctx() { needs }: GraphqlContext): Promise<Token | null> {
    return readOwnToken(needs, principal);
  }
}
