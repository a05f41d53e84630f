/** One check: its conclusion, each limit with its reasons, and who approved it. */
import '../style/drift.css';
import { Link, useParams } from 'wouter';
import { Approvals } from '../check/approvals.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { CheckSentence } from '../check/finding-sentence.js';
import { Findings } from '../check/findings.js';
import type { ShownCheck } from '../check/shown-check.js';
import { CheckPage as CheckOperation } from '../generated/operations.js';
import { Page } from '../parts/frame/page.js';
import { Empty, Failure, Loading } from '../parts/frame/state.js';
import { When } from '../parts/text/when.js';
import { PAGE_PATHS, versionAddress } from '../../core/addresses.js';
import { useOperation } from '../use-operation.js';

export function CheckPage() {
  const { id = '' } = useParams<{ id: string }>();
  const { data, error, refetch } = useOperation(CheckOperation, { id });
  const above = <Link href={PAGE_PATHS.checks}>Checks</Link>;
  const node = data?.node;
  if (error !== null || !node || !('outcome' in node)) {
    return (
      <Page title="Check" above={above}>
        {error !== null ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : data === undefined ? (
          <Loading rows={5} />
        ) : (
          <Empty title="No such check">
            <p>There is no check with this id, or your token may not see it.</p>
            <Link href={PAGE_PATHS.checks} className="button">
              See the checks
            </Link>
          </Empty>
        )}
      </Page>
    );
  }
  return (
    <Page
      title={`Check of ${node.modelName} v${node.versionNumber}`}
      above={above}
      lead={<Lead check={node} />}
      actions={
        <Link href={versionAddress(node.modelName, node.versionNumber)} className="button">
          Open the version
        </Link>
      }
    >
      <p className="sentence">
        <ConclusionBadge conclusion={node.conclusion} /> <CheckSentence findings={node.findings} />
      </p>
      <Approvals check={node} />
      <Findings check={node} />
    </Page>
  );
}

function Lead({ check: { createdAt, madeBy, trigger } }: { check: ShownCheck }) {
  return (
    <>
      Created <When at={createdAt} /> {trigger === 'PUBLISH' ? 'when it was published by' : 'on request of'}{' '}
      <bdi>{madeBy}</bdi>. A check never changes; approvals are beside it.
    </>
  );
}
