/** Size drift over the registry: every model's latest version against a baseline, ranked, with what is wrong with any. */
import '../style/drift.css';
import { Link } from 'wouter';
import { PAGE_PATHS } from '../../core/addresses.js';
import { AuditForm } from '../audit/audit-form.js';
import { useAuditQuery, type AuditQuery } from '../audit/audit-query.js';
import { AuditTable } from '../audit/audit-table.js';
import { Summary } from '../audit/summary.js';
import { AuditRows } from '../generated/operations.js';
import { Page } from '../parts/frame/page.js';
import { Pager } from '../parts/frame/pager.js';
import { Empty, Failure, Loading } from '../parts/frame/state.js';
import { useOperation } from '../use-operation.js';

export function AuditPage() {
  const query = useAuditQuery();
  return (
    <Page title="Audit" lead="How far the latest version of each model is from a baseline, and what is wrong with any.">
      <AuditForm query={query} />
      {query.baseline === null ? (
        <Empty title="Which baseline?">Name the alias, the number or the day to compare the models with.</Empty>
      ) : (
        <>
          <Summary query={query} />
          <Ranking query={query} />
        </>
      )}
    </Page>
  );
}

function Ranking({ query: { question, page, metric, hasFilter } }: { query: AuditQuery }) {
  const { data, error, refetch, isPlaceholderData } = useOperation(AuditRows, { ...question, ...page });
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loading rows={8} />;
  const { nodes, pageInfo } = data.audit;
  if (nodes.length === 0) return <Nothing hasFilter={hasFilter} />;
  return (
    <>
      <AuditTable rows={nodes} metric={metric} isStale={isPlaceholderData} />
      <Pager info={pageInfo} />
    </>
  );
}

function Nothing({ hasFilter }: { hasFilter: boolean }) {
  if (hasFilter) return <Empty title="No model fits">Widen the filter: no model has all of it.</Empty>;
  return (
    <Empty title="Nothing to audit yet">
      <p>An audit needs models with versions. Publish one, then a second version of it.</p>
      <Link href={PAGE_PATHS.publish} className="button primary">
        Publish a model
      </Link>
    </Empty>
  );
}
