/** Checks of the registry, the newest first: at first those that failed, which is what somebody has to look at. */
import '../style/drift.css';
import { Link, useSearchParams } from 'wouter';
import { CHECK_OUTCOMES } from '../../core/check.js';
import { ConclusionBadge } from '../check/conclusion.js';
import { CheckSentence } from '../check/finding-sentence.js';
import { Checks, type ChecksQuery } from '../generated/operations.js';
import { pageRequest } from '../page-request.js';
import { Choice, TypedField } from '../parts/filter-fields.js';
import { Page } from '../parts/page.js';
import { Pager } from '../parts/pager.js';
import { Empty, Failure, Loading } from '../parts/state.js';
import { When } from '../parts/when.js';
import { checkAddress, versionAddress } from '../routes.js';
import { useOperation } from '../use-operation.js';

const PAGE_SIZE = 20;
const ANY = 'any';
const OUTCOME_OPTIONS = [
  { value: 'FAIL', label: 'failed' },
  { value: 'WARN', label: 'warned' },
  { value: 'PASS', label: 'passed' },
  { value: 'SKIPPED', label: 'skipped' },
  { value: ANY, label: 'any' },
];

export function ChecksPage() {
  const [search, setSearch] = useSearchParams();
  const model = search.get('model') ?? '';
  const asked = search.get('outcome') ?? 'FAIL';
  const outcome = CHECK_OUTCOMES.find((one) => one === asked) ?? null;
  const where = { ...(model === '' ? {} : { model }), ...(outcome === null ? {} : { outcome }) };
  const list = useOperation(Checks, { where, ...pageRequest(search, PAGE_SIZE) });
  const set = (name: string, value: string): void =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        if (value === '' || (name === 'outcome' && value === 'FAIL')) next.delete(name);
        else next.set(name, value);
        for (const cursor of ['after', 'before']) next.delete(cursor);
        return next;
      },
      { replace: true },
    );
  return (
    <Page
      title="Checks"
      lead="What budgets said of versions. A failure that nobody approved holds protected aliases back."
    >
      <search className="filter-row">
        <Choice
          label="Outcome"
          value={outcome ?? ANY}
          options={OUTCOME_OPTIONS}
          onChange={(value) => set('outcome', value)}
        />
        <TypedField
          label="Model, by its whole name"
          type="search"
          value={model}
          onChange={(value) => set('model', value)}
          grow
        />
      </search>
      {list.error !== null ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.data === undefined ? (
        <Loading rows={6} />
      ) : list.data.checks.nodes.length === 0 ? (
        <Nothing isFailures={outcome === 'FAIL'} hasModel={model !== ''} />
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
            <th scope="col">Comes to</th>
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
                  weighing
                </Link>
              </th>
              <td data-label="Comes to">
                <ConclusionBadge conclusion={check.conclusion} />
              </td>
              <td data-label="Why" className="check-why whole">
                <CheckSentence findings={check.findings} />
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

function Nothing({ isFailures, hasModel }: { isFailures: boolean; hasModel: boolean }) {
  return (
    <Empty title={isFailures ? 'No check failed' : 'No such check'}>
      <p>
        {hasModel ? 'Of this model. ' : ''}A version is checked when it is published, by the budgets that hold for its
        model. Set a budget on the page of a model.
      </p>
      <Link href="/" className="button">
        Choose a model
      </Link>
    </Empty>
  );
}
