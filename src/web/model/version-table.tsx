/** The versions of a model, the highest number first, each with its change since the one before. */
import { Link } from 'wouter';
import type { ModelVersionsQuery } from '../generated/operations.js';
import { Bytes, Change, Count } from '../parts/figures/number.js';
import { Tags } from '../parts/text/tags.js';
import { When } from '../parts/text/when.js';
import { compareAddress, versionAddress } from '../../core/addresses.js';

export type ListedVersion = NonNullable<ModelVersionsQuery['model']>['versions']['nodes'][number];

export function VersionTable({ model, versions }: { model: string; versions: readonly ListedVersion[] }) {
  return (
    <div className="scroll">
      <table className="list lines">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col" className="right">
              Learned params
            </th>
            <th scope="col" className="right">
              Change
            </th>
            <th scope="col" className="right">
              Recurrent
            </th>
            <th scope="col" className="right">
              Size
            </th>
            <th scope="col">Published</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version, index) => (
            <VersionRow
              key={version.id}
              model={model}
              version={version}
              previous={versions.slice(index + 1).find(isKept)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const isKept = ({ withdrawn }: ListedVersion): boolean => !withdrawn;

interface VersionRowProps {
  model: string;
  version: ListedVersion;
  previous: ListedVersion | undefined;
}

function VersionRow({ model, version, previous }: VersionRowProps) {
  const { inspection } = version;
  const before = previous?.inspection.modelParams;
  // Of two lower bounds the difference says nothing.
  const isKnown = [inspection, previous?.inspection].every((one) => (one?.unverifiableWeights ?? 0) === 0);
  const change = before === undefined || !isKnown ? null : inspection.modelParams - before;
  return (
    <tr className={version.withdrawn ? 'withdrawn' : undefined}>
      <th scope="row">
        <Link href={versionAddress(model, version.number)}>v{version.number}</Link>
        <span className="tags inline">
          <Tags isAlias names={version.aliases.nodes.map(({ name }) => name)} />
          <Tags names={version.labels} />
          {version.withdrawn ? (
            <span className="badge warn" title={version.withdrawn.reason}>
              withdrawn
            </span>
          ) : null}
        </span>
      </th>
      <td className="right" data-label="Params">
        <Count value={inspection.modelParams} />
        {inspection.unverifiableWeights > 0 ? <div className="fine">lower bound</div> : null}
      </td>
      <td className="right" data-label="Change">
        {previous === undefined || version.withdrawn ? (
          <Change value={change} base={before} />
        ) : (
          <Link
            href={compareAddress(`${model}@${previous.number}`, `${model}@${version.number}`)}
            title={`Compare with v${previous.number}`}
          >
            <Change value={change} base={before} />
          </Link>
        )}
      </td>
      <td className="right" data-label="Recurrent">
        {inspection.recurrent.nodes === 0 ? (
          <span className="fine">none</span>
        ) : (
          <Count value={inspection.recurrent.distinct} />
        )}
        {inspection.recurrent.unverifiableNodes > 0 ? (
          <div className="fine">{inspection.recurrent.unverifiableNodes} unverifiable</div>
        ) : null}
      </td>
      <td className="right" data-label="Size">
        <Bytes value={version.totalByteSize} />
      </td>
      <td data-label="Published" className="whole">
        <span>
          <When at={version.createdAt} /> <span className="fine">by</span>{' '}
          <bdi className="fine">{version.publishedBy}</bdi>
        </span>
      </td>
    </tr>
  );
}
