/** One model: how it grew over its versions, the versions themselves, and statistics over them. */
import '../style/drift.css';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from 'wouter';
import { ask } from '../ask.js';
import { Budgets } from '../budget/budgets.js';
import { ModelPage as ModelOperation, ModelVersions } from '../generated/operations.js';
import { Failures } from '../model/failures.js';
import type { ShownModel } from '../model/shown-model.js';
import { ModelStatistics } from '../model/statistics.js';
import { Trend } from '../model/trend.js';
import { VersionTable } from '../model/version-table.js';
import { Bytes, Count } from '../parts/figures/number.js';
import { Page, Section } from '../parts/frame/page.js';
import { Empty, Failure, Loading } from '../parts/frame/state.js';
import { SteadyButton } from '../parts/forms/steady-button.js';
import { Tags } from '../parts/text/tags.js';
import { When } from '../parts/text/when.js';
import { modelOf, publishAddress } from '../../core/addresses.js';
import { refusalOf, useSession } from '../session.js';
import { useOperation } from '../use-operation.js';

export function ModelPage() {
  const name = modelOf(useParams<{ namespace?: string; model: string }>());
  const { data, error, refetch } = useOperation(ModelOperation, { model: name });
  const refusal = refusalOf(useSession(), 'publish', name);
  const above = <Link href="/">Registry</Link>;
  if (error !== null || data === undefined || !data.model) {
    return (
      <Page title={name} above={above}>
        {error !== null ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : data === undefined ? (
          <Loading rows={6} />
        ) : (
          <Empty title="No such model">
            <p>There is no model “{name}”, or your token may not see it.</p>
            <Link href={`/?q=${encodeURIComponent(name)}`} className="button">
              Search the registry
            </Link>
          </Empty>
        )}
      </Page>
    );
  }
  const { model } = data;
  return (
    <Page
      title={model.name}
      above={above}
      lead={<Lead model={model} />}
      actions={
        refusal !== null ? undefined : (
          <Link href={publishAddress(model.name)} className="button">
            Publish a version
          </Link>
        )
      }
    >
      <Totals model={model} />
      <Trend model={model.name} />
      <Budgets model={model.name} tags={model.tags} />
      <Failures model={model.name} />
      <Versions model={model} />
      <ModelStatistics model={model} />
    </Page>
  );
}

function Lead({ model }: { model: ShownModel }) {
  return (
    <>
      {model.description ? (
        <div>
          <bdi>{model.description}</bdi>
        </div>
      ) : null}
      <span className="fine">
        Created <When at={model.createdAt} /> by <bdi>{model.createdBy}</bdi>, changed <When at={model.updatedAt} />.
      </span>
      <span className="tags">
        <Tags names={model.tags} />
      </span>
    </>
  );
}

function Totals({ model: { statistics } }: { model: ShownModel }) {
  return (
    <dl className="tiles">
      <div>
        <dt>Versions</dt>
        <dd>
          <Count value={statistics.versionCount} />
        </dd>
      </div>
      <div className="main">
        <dt>Learned params, latest</dt>
        <dd>
          <Count value={statistics.modelParams.last} />
        </dd>
      </div>
      <div>
        <dt>Recurrent params, latest</dt>
        <dd>
          <Count value={statistics.recurrentDistinct.last} />
        </dd>
      </div>
      <div>
        <dt>Stored</dt>
        <dd>
          <Bytes value={statistics.bytesStored} />
        </dd>
        {statistics.bytesSavedBySharing ? (
          <dd className="tile-note">
            <Bytes value={statistics.bytesSavedBySharing} /> saved by sharing
          </dd>
        ) : null}
      </div>
    </dl>
  );
}

function Versions({ model }: { model: ShownModel }) {
  const list = useInfiniteQuery({
    queryKey: ['ModelVersions', model.name],
    queryFn: ({ pageParam, signal }) => ask(ModelVersions, { model: model.name, first: 100, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => {
      const info = page.model?.versions.pageInfo;
      return info?.hasNextPage === true ? info.endCursor : undefined;
    },
  });
  const versions = list.data?.pages.flatMap((page) => page.model?.versions.nodes ?? []) ?? [];
  return (
    <Section title="Versions">
      {list.error !== null ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={5} />
      ) : versions.length === 0 ? (
        <Empty title="No version yet">
          <Link href={publishAddress(model.name)} className="button primary">
            Publish the first
          </Link>
        </Empty>
      ) : (
        <VersionTable model={model.name} versions={versions} />
      )}
      {list.hasNextPage ? (
        <p className="more">
          <SteadyButton onClick={() => void list.fetchNextPage()} isOff={list.isFetchingNextPage}>
            Show older versions
          </SteadyButton>
        </p>
      ) : null}
    </Section>
  );
}
