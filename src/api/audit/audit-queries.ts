/** The audit of size drift: rows in their ranking, and a summary over all of them. Both are computed only when they are asked for. */
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { AuditRow, AuditSummary } from '../../core/audit.js';
import { listAudit, summarizeAudit } from '../../registry/audit/audit.js';
import { AuditArgs, auditQuestion } from './audit-list.js';
import { AuditConnection } from './audit-type.js';
import { type Connection, pageRequest, toConnection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { selects } from '../selection.js';

/** Without any of these the summary is all that is asked for. */
const OF_A_PAGE = ['nodes', 'edges', 'pageInfo', 'totalCount'];

@Resolver()
export class AuditQueries {
  @Query(() => AuditConnection, {
    description:
      'Size drift over the registry: the latest version of each model compared with a baseline, largest growth first, with broken, expired or missing budgets.',
  })
  async audit(
    @Args(() => AuditArgs) args: AuditArgs,
    @Ctx() { needs, principal }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Partial<Connection<AuditRow>> & { summary: () => Promise<AuditSummary> }> {
    const question = auditQuestion(args);
    const summary = () => summarizeAudit(needs, principal, question);
    if (!OF_A_PAGE.some((field) => selects(info, field))) return { summary };
    return { ...toConnection(await listAudit(needs, principal, question, pageRequest(args))), summary };
  }
}
