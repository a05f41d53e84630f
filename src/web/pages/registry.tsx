/** The first page: totals, and the models with search, filters, order and keyset paging. The address holds what was asked for. */
import { Link } from 'wouter';
import { ConclusionBadge } from '../check/conclusion.js';
import { Registry, RegistryTotals, type RegistryQuery } from '../generated/operations.js';
import { ModelFilters } from '../registry/model-filters.js';
import { Page } from '../parts/frame/page.js';
import { Bytes, Change, Count, grouped } from '../parts/figures/number.js';
import { Pager } from '../parts/frame/pager.js';
import { Sparkline } from '../parts/figures/sparkline.js';
import { Empty, Failure, Loading } from '../parts/frame/state.js';
import { Tags } from '../parts/text/tags.js';
import { When } from '../parts/text/when.js';
import { checkAddress, modelAddress, PAGE_PATHS, versionAddress } from '../../core/addresses.js';
import { useModelQuery } from '../registry/model-query.js';
import { useOperation } from '../use-operation.js';

type Row = RegistryQuery['models']['nodes'][number];

export function RegistryPage() {
  const { variables, hasFilter } = useModelQuery();
  const list = useOperation(Registry, variables);
  return (
    <Page title="Registry" lead="Every model, with what its latest version weighs.">
      <Totals />
      <ModelFilters />
      {list.error !== null ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.data === undefined ? (
        <Loading rows={8} />
      ) : list.data.models.nodes.length === 0 ? (
        <Nothing hasFilter={hasFilter} />
      ) : (
        <>
          <Rows rows={list.data.models.nodes} stale={list.isPlaceholderData} />
          <Pager info={list.data.models.pageInfo} />
        </>
      )}
    </Page>
  );
}

function Rows({ rows, stale }: { rows: readonly Row[]; stale: boolean }) {
  return (
    <div className="scroll" aria-busy={stale}>
      <table className="list lines">
        <caption className="unseen">Models</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className="right">
              Learned params
            </th>
            <th scope="col">Trend</th>
            <th scope="col" className="right">
              Change
            </th>
            <th scope="col" className="right">
              Size
            </th>
            <th scope="col" className="right">
              Recurrent
            </th>
            <th scope="col">Budget</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ModelRow key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ModelRow({ row }: { row: Row }) {
  const { latestVersion: latest } = row;
  const sizes = row.versions.nodes.map(({ inspection }) => inspection.modelParams).reverse();
  const [previous, last] = [sizes.at(-2), sizes.at(-1)];
  return (
    <tr>
      <th scope="row">
        <Link href={modelAddress(row.name)}>
          <bdi>{row.name}</bdi>
        </Link>{' '}
        {latest === null || latest === undefined ? (
          <span className="fine">no version</span>
        ) : (
          <Link href={versionAddress(row.name, latest.number)} className="fine">
            v{latest.number}
          </Link>
        )}
        {row.tags.length === 0 ? null : (
          <div className="tags">
            <Tags names={row.tags} />
          </div>
        )}
      </th>
      <td className="right" data-label="Params">
        <Count value={latest?.inspection.modelParams} />
        {latest && latest.inspection.unverifiableWeights > 0 ? <div className="fine">lower bound</div> : null}
      </td>
      <td data-label="Trend">
        <Sparkline values={sizes} unit="params" />
      </td>
      <td className="right" data-label="Change">
        <Change value={previous === undefined || last === undefined ? null : last - previous} base={previous} />
      </td>
      <td className="right" data-label="Size">
        <Bytes value={latest?.totalByteSize} />
      </td>
      <td className="right" data-label="Recurrent">
        <RecurrentCell latest={latest} />
      </td>
      <td data-label="Budget">
        <BudgetCell row={row} />
      </td>
      <td data-label="Changed" className="whole">
        <When at={row.updatedAt} />
      </td>
    </tr>
  );
}

function RecurrentCell({ latest }: { latest: Row['latestVersion'] }) {
  if (latest === null || latest === undefined) return <Count value={null} />;
  const { distinct, nodes, unverifiableNodes } = latest.inspection.recurrent;
  if (nodes === 0) return <span className="fine">none</span>;
  return (
    <>
      <Count value={distinct} />
      <div className="fine">
        {nodes === 1 ? '1 node' : `${grouped(nodes)} nodes`}
        {unverifiableNodes === 0 ? null : `, ${grouped(unverifiableNodes)} unverifiable`}
      </div>
    </>
  );
}

/** The conclusion of the last check of the latest version. */
function BudgetCell({ row: { budgets, latestVersion } }: { row: Row }) {
  const check = latestVersion?.latestCheck;
  if (check) {
    return (
      <Link href={checkAddress(check.id)}>
        <ConclusionBadge conclusion={check.conclusion} />
      </Link>
    );
  }
  return <span className="fine">{budgets.nodes.length === 0 ? 'none' : 'not checked'}</span>;
}

function Nothing({ hasFilter }: { hasFilter: boolean }) {
  if (hasFilter) return <Empty title="No model fits this filter">Widen it, or clear it.</Empty>;
  return (
    <Empty title="No model yet">
      <p>The first step is to publish one: drop an ONNX file on the page, or send it with curl.</p>
      <Link href={PAGE_PATHS.publish} className="button primary">
        Publish a model
      </Link>
    </Empty>
  );
}

function Totals() {
  const { data, error } = useOperation(RegistryTotals, {});
  if (error !== null) return null; // the list below says what is wrong
  const totals = data?.registryStatistics;
  const verdicts = new Map(totals?.nodesByVerdict.map(({ key, nodes }) => [key, nodes]));
  const bad = (verdicts.get('MISMATCH') ?? 0) + (verdicts.get('UNVERIFIABLE') ?? 0);
  const tiles: [string, React.ReactNode][] = [
    ['Models', <Count key="models" value={totals?.modelCount} />],
    ['Versions', <Count key="versions" value={totals?.versionCount} />],
    ['Learned params, latest', <Count key="params" value={totals?.modelParams.sum} />],
    ['Stored', <Bytes key="stored" value={totals?.bytesStored} />],
    ['Recurrent nodes', <Count key="nodes" value={totals?.recurrentNodeCount.sum} />],
    ['Unverified or mismatched', <Count key="bad" value={totals === undefined ? null : bad} />],
  ];
  return (
    <dl className="tiles" aria-busy={totals === undefined}>
      {tiles.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
