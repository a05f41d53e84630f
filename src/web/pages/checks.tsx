/** Checks of the registry, the newest first: at first what somebody has to act on, which is what of the latest versions nobody approved. */
import '../style/drift.css';
import { Link } from 'wouter';
import { useAddressValues } from '../address-values.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { CheckSentence } from '../check/finding-sentence.js';
import { Checks, type CheckFilter, type ChecksQuery } from '../generated/operations.js';
import { pageRequest } from '../page-request.js';
import { Choice, TypedField } from '../parts/forms/filter-fields.js';
import { Page } from '../parts/frame/page.js';
import { Pager } from '../parts/frame/pager.js';
import { Empty, Failure, Loading } from '../parts/frame/state.js';
import { When } from '../parts/text/when.js';
import { checkAddress, failuresAddress, versionAddress } from '../../core/addresses.js';
import { useOperation } from '../use-operation.js';

const PAGE_SIZE = 20;

/** What is asked for, by the word that stands in the address; at first none does. */
const TO_ACT_ON = '';
const QUESTIONS: Record<string, { label: string; where: CheckFilter }> = {
  [TO_ACT_ON]: { label: 'to act on: latest versions, not approved', where: { conclusion: 'FAIL', latest: true } },
  FAIL: { label: 'failed, approved or not', where: { outcome: 'FAIL' } },
  APPROVED: { label: 'approved', where: { conclusion: 'APPROVED' } },
  WARN: { label: 'warned', where: { outcome: 'WARN' } },
  PASS: { label: 'passed', where: { outcome: 'PASS' } },
  SKIPPED: { label: 'skipped', where: { outcome: 'SKIPPED' } },
  any: { label: 'all', where: {} },
};
const OPTIONS = Object.entries(QUESTIONS).map(([value, { label }]) => ({ value, label }));

export function ChecksPage() {
  const { values, search, set } = useAddressValues({ model: '', outcome: TO_ACT_ON });
  const { model, outcome: asked } = values;
  const outcome = Object.hasOwn(QUESTIONS, asked) ? asked : TO_ACT_ON;
  const where = { ...(model === '' ? {} : { model }), ...QUESTIONS[outcome]?.where };
  const list = useOperation(Checks, { where, ...pageRequest(search, PAGE_SIZE) });
  return (
    <Page
      title="Checks"
      lead="Budget checks of versions. An unapproved failure keeps the aliases of its publish, and protected ones, from moving."
    >
      <search className="filter-row">
        <Choice label="Show" value={outcome} options={OPTIONS} onChange={(next) => set({ outcome: next })} />
        <TypedField label="Model" type="search" value={model} onChange={(next) => set({ model: next })} grow />
      </search>
      {list.error !== null ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.data === undefined ? (
        <Loading rows={6} />
      ) : list.data.checks.nodes.length === 0 ? (
        <Nothing outcome={outcome} model={model} />
      ) : (
        <>
          <CheckTable checks={list.data.checks.nodes} isStale={list.isPlaceholderData} />
          <Pager info={list.data.checks.pageInfo} />
        </>
      )}
    </Page>
  );
}

function CheckTable({ checks, isStale }: { checks: ChecksQuery['checks']['nodes']; isStale: boolean }) {
  return (
    <div className="scroll" aria-busy={isStale}>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Result</th>
            <th scope="col">Why</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {checks.map((check) => (
            <tr key={check.id}>
              <th scope="row">
                <Link href={checkAddress(check.id)}>
                  <bdi>{check.modelName}</bdi> v{check.versionNumber}
                </Link>{' '}
                <Link href={versionAddress(check.modelName, check.versionNumber)} className="fine">
                  version
                </Link>
              </th>
              <td data-label="Result">
                <ConclusionBadge conclusion={check.conclusion} />
              </td>
              <td data-label="Why" className="check-why whole">
                <span>
                  <CheckSentence findings={check.findings} />
                </span>
              </td>
              <td data-label="Made" className="whole">
                <span>
                  <When at={check.createdAt} /> <span className="fine">by</span>{' '}
                  <bdi className="fine">{check.madeBy}</bdi>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Nothing({ outcome, model }: { outcome: string; model: string }) {
  const ofWhat = model === '' ? '' : ` of “${model}”`;
  if (outcome === TO_ACT_ON) {
    return (
      <Empty title="Nothing to act on">
        <p>No latest version{ofWhat} has a failure that nobody approved.</p>
        <Link href={failuresAddress(model)} className="button">
          See all that failed
        </Link>
      </Empty>
    );
  }
  return (
    <Empty title={outcome === 'FAIL' ? 'No check failed' : 'No such check'}>
      <p>
        A version is checked when it is published, by the budgets that hold for its model. Set a budget on the page of a
        model.
      </p>
      <Link href="/" className="button">
        Choose a model
      </Link>
    </Empty>
  );
}
