/** The list of quotas: what models may take of the store, for those who can see all of the models. */
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { listQuotas, type Quota } from '../../registry/artifacts/quota-reads.js';
import { type Connection, PageArgs, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { QuotaConnection } from './quota-type.js';

@Resolver()
export class QuotaQueries {
  @Query(() => QuotaConnection, {
    description: 'Quotas by pattern, those that hold only for models that the token can see.',
  })
  async quotas(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Quota>> {
    return toConnection(await listQuotas(needs, principal, pageRequest(args)));
  }
}
