/** The weighing of one version: what is in the file, every recurrent node with its check, and what follows from the counts. */
import { Link, useParams } from 'wouter';
import { VersionPage as VersionOperation } from '../generated/operations.js';
import { Page } from '../parts/frame/page.js';
import { CopyButton } from '../parts/forms/copy.js';
import { Empty, Failure, Loading } from '../parts/frame/state.js';
import { Tags } from '../parts/text/tags.js';
import { When } from '../parts/text/when.js';
import { compareAddress, downloadAddress, modelAddress, modelOf, versionAddress } from '../../core/addresses.js';
import { useOperation } from '../use-operation.js';
import { BytesAccount } from '../version/bytes-account.js';
import { Declared } from '../version/declared.js';
import { DecomposedCells } from '../version/decomposed-cells.js';
import { ElementMap } from '../version/element-map.js';
import { Estimates } from '../version/estimates.js';
import { FileFacts } from '../version/file-facts.js';
import { Growth } from '../version/growth.js';
import { NodeList } from '../version/node-list.js';
import { Stacks } from '../version/stacks.js';
import { Totals } from '../version/totals.js';
import { underPublicPath } from '../public-path.js';
import { VersionCheck } from '../version/version-check.js';
import { Warnings } from '../version/warnings.js';
import { refOf } from '../version/ref.js';
import type { ShownVersion } from '../version/shown-version.js';
import { useVersionBefore } from '../version/use-version-before.js';

export function VersionPage() {
  const { ref = '', ...named } = useParams<{ namespace?: string; model: string; ref: string }>();
  const model = modelOf(named);
  const { data, error, refetch } = useOperation(VersionOperation, { model, ref: refOf(ref) });
  const above = (
    <>
      <Link href="/">Registry</Link> / <Link href={modelAddress(model)}>{model}</Link>
    </>
  );
  const title = `${model} v${data?.version?.number ?? ref}`;
  if (error !== null || data === undefined || data.version === null || data.version === undefined) {
    return (
      <Page title={title} above={above}>
        {error !== null ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : data === undefined ? (
          <Loading rows={6} />
        ) : (
          <Empty title="No such version">
            There is no version “{ref}” of this model, or your token may not see it.
          </Empty>
        )}
      </Page>
    );
  }
  const { version } = data;
  return (
    <Page title={title} above={above} lead={<Lead version={version} />} actions={<Actions version={version} />}>
      <Withdrawn version={version} />
      <Totals
        inspection={version.inspection}
        totalByteSize={version.totalByteSize}
        externalData={version.externalData}
      />
      <VersionCheck version={version} />
      <Growth version={version} />
      <Warnings warnings={version.inspection.warnings} />
      <ElementMap model={model} version={version} />
      <NodeList model={model} refText={ref} total={version.inspection.recurrent.nodes} />
      <DecomposedCells inspection={version.inspection} />
      <Stacks stacks={version.inspection.recurrentStacks} />
      <div className="columns">
        <BytesAccount bytes={version.inspection.bytes} total={version.artifact.byteSize} />
        <Declared version={version} />
      </div>
      <Estimates model={model} refText={ref} />
      <FileFacts
        inspection={version.inspection}
        digest={version.artifact.digest}
        externalData={version.externalData}
        source={version.source}
        notes={version.notes ?? null}
      />
    </Page>
  );
}

function Lead({ version }: { version: ShownVersion }) {
  return (
    <>
      Published <When at={version.createdAt} /> by <bdi>{version.publishedBy}</bdi>
      <span className="tags inline">
        <Tags isAlias names={version.aliases.nodes.map(({ name }) => name)} />
        <Tags names={version.labels} />
      </span>
    </>
  );
}

function Actions({ version }: { version: ShownVersion }) {
  const { name, latestVersion } = version.model;
  return (
    <>
      {version.number > 1 ? (
        <Link href={versionAddress(name, version.number - 1)} className="button">
          ← v{version.number - 1}
        </Link>
      ) : null}
      {latestVersion && latestVersion.number > version.number ? (
        <Link href={versionAddress(name, version.number + 1)} className="button">
          v{version.number + 1} →
        </Link>
      ) : null}
      <CompareLink version={version} />
      <CopyButton text={version.artifact.digest} label="Copy digest" />
      {version.bytesFreedAt === null ? (
        <a href={underPublicPath(downloadAddress(name, version.number))} className="button" download>
          Download
        </a>
      ) : null}
    </>
  );
}

/** With the last version before it that is not withdrawn. It keeps its place while that is looked for. */
function CompareLink({ version }: { version: ShownVersion }) {
  const before = useVersionBefore(version);
  if (before === null) return null;
  const { name } = version.model;
  return before === undefined ? (
    <button type="button" disabled>
      Compare with previous
    </button>
  ) : (
    <Link href={compareAddress(`${name}@${before}`, `${name}@${version.number}`)} className="button">
      Compare with previous
    </Link>
  );
}

function Withdrawn({ version: { withdrawn, bytesFreedAt } }: { version: ShownVersion }) {
  if (!withdrawn) return null;
  return (
    <div className="notice warn">
      <p>
        <strong>Withdrawn</strong> <When at={withdrawn.at} /> by <bdi>{withdrawn.by}</bdi>:{' '}
        <bdi>{withdrawn.reason}</bdi>
      </p>
      {bytesFreedAt !== null ? (
        <p>
          <strong>Bytes freed</strong> <When at={bytesFreedAt} />: the figures stay, the file can no longer be
          downloaded.
        </p>
      ) : null}
    </div>
  );
}
