/** Checks in lists over all models. */
import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Check } from '../../core/check/check.js';
import { listChecks } from '../../registry/checks/check-reads.js';
import { CheckFilterInput, checkList, where } from './check-list.js';
import { CheckConnection } from './check-type.js';
import { type Connection, PageArgs, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';

@Resolver()
export class CheckQueries {
  @Query(() => CheckConnection, { description: 'Checks of the models that the token can see, newest first.' })
  async checks(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('where', () => CheckFilterInput, where) filter: CheckFilterInput | null,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Connection<Check>> {
    return toConnection(await listChecks(needs, principal, checkList(args, filter)));
  }
}
