/** Where the file comes from and what it says of itself. */
import { sayQuantizedWeights } from '../../core/weights-text.js';
import type { ShownInspection, ShownVersion } from './shown-version.js';
import { CopyButton } from '../parts/forms/copy.js';
import { Bytes, Count } from '../parts/figures/number.js';
import { useWasNarrow } from '../parts/hooks/narrow.js';
import { Section } from '../parts/frame/page.js';

interface FileFactsProps {
  inspection: Omit<ShownInspection, 'id' | 'decomposedCells' | 'recurrentStacks'>;
  digest: string;
  externalData: ShownVersion['externalData'];
  /** Of a version alone. */
  source?: ShownVersion['source'];
  notes?: string | null;
}

export function FileFacts({ inspection, digest, externalData, source, notes = null }: FileFactsProps) {
  const quantized = quantizedOf(inspection);
  const producer = `${inspection.producerName} ${inspection.producerVersion}`.trim();
  const opsets = inspection.opsets.map(
    ({ domain, version: number }) => `${domain === '' ? 'ai.onnx' : domain} ${number ?? '?'}`,
  );
  return (
    <Section isFolded={useWasNarrow()} title="The file">
      <dl className="facts">
        <dt>Digest</dt>
        <dd>
          <span className="mono">{digest}</span> <CopyButton text={digest} label="Copy" />
        </dd>
        <dt>Producer</dt>
        <dd>{producer === '' ? 'not said' : <bdi>{producer}</bdi>}</dd>
        <dt>Graph</dt>
        <dd>
          {inspection.graphName === '' ? 'no name' : <bdi>{inspection.graphName}</bdi>},{' '}
          <Count value={inspection.nodeCount} unit={inspection.nodeCount === 1 ? 'node' : 'nodes'} />
        </dd>
        <dt>IR, opsets</dt>
        <dd>
          IR {inspection.irVersion ?? 'unknown'}; <bdi>{opsets.join(', ')}</bdi>
        </dd>
        {quantized === null ? null : (
          <>
            <dt>Quantized weights</dt>
            <dd>{quantized}</dd>
          </>
        )}
        <dt>Duplicates</dt>
        <dd>
          <Count value={inspection.duplicateElements} unit="elements repeat another tensor" />
        </dd>
        <dt>Read by</dt>
        <dd>inspection version {inspection.inspectionVersion}</dd>
        {source === undefined ? null : <SourceFacts source={source} />}
        {notes ? (
          <>
            <dt>Notes</dt>
            <dd>
              <bdi className="notes">{notes}</bdi>
            </dd>
          </>
        ) : null}
      </dl>
      {externalData.length === 0 ? null : <ExternalData files={externalData} />}
    </Section>
  );
}

/** Before inspection version 3 it is not known. */
function quantizedOf({ quantizedWeights }: FileFactsProps['inspection']): string | null {
  if (!quantizedWeights) return null;
  const { logical, storedBytes, bitsPerParam } = quantizedWeights;
  return sayQuantizedWeights({ logical: logical ?? null, storedBytes, bitsPerParam: bitsPerParam ?? null });
}

function SourceFacts({ source }: { source: ShownVersion['source'] }) {
  const rows: [string, string | null | undefined][] = [
    ['Repository', source.repositoryUrl],
    ['Commit', source.commit],
    ['Run', source.runUrl],
  ];
  return rows.map(([label, value]) =>
    value ? (
      <div key={label} className="contents">
        <dt>{label}</dt>
        <dd>
          {/^https?:\/\//.test(value) ? (
            <a href={value} rel="noreferrer nofollow">
              {value}
            </a>
          ) : (
            <bdi>{value}</bdi>
          )}
        </dd>
      </div>
    ) : null,
  );
}

function ExternalData({ files }: { files: ShownVersion['externalData'] }) {
  return (
    <>
      <h3 className="spaced">External data</h3>
      <ul className="plain-list">
        {files.map(({ location, present, byteSize, claimedBytes }) => (
          <li key={location}>
            <bdi className="mono">{location}</bdi>{' '}
            {present ? <Bytes value={byteSize} /> : <span className="badge warn">did not come</span>}
            {claimedBytes === null || claimedBytes === undefined ? null : (
              <span className="fine">
                {' '}
                tensors claim <Bytes value={claimedBytes} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
