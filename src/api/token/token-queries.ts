/** Lists of tokens, for those who may revoke them. */
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Token } from '../../core/catalog.js';
import { listTokens } from '../../registry/access/token-reads.js';
import { type Connection, PageArgs, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { TokenConnection } from './token-type.js';

@Resolver()
export class TokenQueries {
  @Query(() => TokenConnection, {
    description: 'Tokens that the current token may revoke, newest first. Needs the scope admin.',
  })
  async tokens(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Token>> {
    return toConnection(await listTokens(needs, principal, pageRequest(args)));
  }
}
