/** The checks of a model that failed, the newest first, and who approved them; an approval can be taken back here. */
import { Link } from 'wouter';
import { ApprovalList } from '../check/approvals.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { CheckSentence } from '../check/finding-sentence.js';
import { ModelFailures, type ModelFailuresQuery } from '../generated/operations.js';
import { grouped } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { When } from '../parts/text/when.js';
import { checkAddress, failuresAddress } from '../../core/addresses.js';
import { refusalOf, useSession } from '../session.js';
import { useOperation } from '../use-operation.js';

type FailedCheck = NonNullable<ModelFailuresQuery['model']>['checks']['nodes'][number];

export function Failures({ model }: { model: string }) {
  const { data, error, refetch } = useOperation(ModelFailures, { model });
  const mayRevoke = refusalOf(useSession(), 'approve', model) === null;
  const failed = data?.model?.checks;
  return (
    <Section
      title="Failed checks and approvals"
      note="An unapproved failure keeps the aliases of its publish, and protected ones, from moving."
    >
      {error !== null ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : failed === undefined ? (
        <Loading rows={2} />
      ) : failed.nodes.length === 0 ? (
        <p className="note">No version of this model failed a check, so there is nothing to approve.</p>
      ) : (
        <ul className="failures">
          {failed.nodes.map((check) => (
            <FailedRow key={check.id} model={model} check={check} mayRevoke={mayRevoke} />
          ))}
        </ul>
      )}
      {failed !== undefined && failed.totalCount > failed.nodes.length ? (
        <p className="more">
          <Link href={failuresAddress(model)}>All {grouped(failed.totalCount)} failed checks of this model</Link>
        </p>
      ) : null}
    </Section>
  );
}

function FailedRow({ model, check, mayRevoke }: { model: string; check: FailedCheck; mayRevoke: boolean }) {
  return (
    <li>
      <p>
        <ConclusionBadge conclusion={check.conclusion} />{' '}
        <Link href={checkAddress(check.id)}>
          Check of <bdi>{model}</bdi> v{check.versionNumber}
        </Link>{' '}
        <span className="fine">
          <When at={check.createdAt} />
        </span>
      </p>
      <p className="note">
        <CheckSentence findings={check.findings} />
      </p>
      <ApprovalList approvals={check.approvals} mayRevoke={mayRevoke} />
    </li>
  );
}
