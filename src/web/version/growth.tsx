/** Why a version is larger or smaller than the one before it, in one sentence that leads to the comparison. */
import { Link } from 'wouter';
import { CAUSE_WORDS } from '../../core/drift/summary.js';
import { VersionGrowth, type VersionGrowthQuery } from '../generated/operations.js';
import type { ShownVersion } from './shown-version.js';
import { Change } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { compareAddress } from '../../core/addresses.js';
import { useOperation } from '../use-operation.js';
import { useVersionBefore } from './use-version-before.js';

type Compared = VersionGrowthQuery['compareVersions'];

/** More causes would be no sentence. */
const MOST_CAUSES = 3;

export function Growth({ version }: { version: ShownVersion }) {
  const before = useVersionBefore(version);
  const { name } = version.model;
  const [base, compare] = [`${name}@${before ?? ''}`, `${name}@${version.number}`];
  const side = (number: number) => ({ version: { model: name, ref: { number } } });
  const isAsked = typeof before === 'number';
  const { data, error, refetch, isPlaceholderData } = useOperation(
    VersionGrowth,
    { base: side(before ?? 0), compare: side(version.number) },
    { enabled: isAsked },
  );
  if (before === null) return null; // the first, or withdrawn: there is nothing that it grew from
  return (
    <Section title={before === undefined ? 'Since the version before' : `Since v${before}`}>
      {error !== null ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : data === undefined || isPlaceholderData || before === undefined ? (
        <Loading rows={1} />
      ) : (
        <p className="check-line growth">
          <Sentence compared={data.compareVersions} before={before} />{' '}
          <Link href={compareAddress(base, compare)}>See what changed</Link>
        </p>
      )}
    </Section>
  );
}

function Sentence({ compared: { totals, byCause }, before }: { compared: Compared; before: number }) {
  const isOfParams = totals.modelParams.delta !== 0;
  const { delta, base } = isOfParams ? totals.modelParams : totals.totalByteSize;
  const causes = isOfParams ? byCause.modelParams : byCause.totalByteSize;
  if (delta === null) return <>As many learned params as v{before}; the size with external data is not known.</>;
  if (delta === 0) return <>As large as v{before}, in learned params and in bytes.</>;
  const rest = causes.slice(MOST_CAUSES);
  return (
    <>
      {isOfParams ? null : 'As many learned params; '}
      <Change value={delta} base={base} unit={isOfParams ? 'learned params' : 'bytes'} />:{' '}
      {causes.slice(0, MOST_CAUSES).map(({ cause, delta: part }, index) => (
        <span key={cause}>
          {index === 0 ? '' : ', '}
          {CAUSE_WORDS[cause]} <Change value={part} />
        </span>
      ))}
      {rest.length === 0 ? null : (
        <>
          , {rest.length === 1 ? '1 more cause' : `${rest.length} more causes`}{' '}
          <Change value={rest.reduce((sum, { delta: part }) => sum + part, 0)} />
        </>
      )}
      .
    </>
  );
}
