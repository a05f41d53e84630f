/** What follows from the counts, each answer with its rule and what it takes for granted. */
import { VersionEstimates, type VersionEstimatesQuery } from '../generated/operations.js';
import { EstimateTile } from '../parts/figures/estimate-tile.js';
import { Count } from '../parts/figures/number.js';
import { useWasNarrow } from '../parts/hooks/narrow.js';
import { Section } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { useOperation } from '../use-operation.js';
import { refOf } from './ref.js';

type ShownEstimates = NonNullable<VersionEstimatesQuery['version']>['inspection']['estimates'];

export const ESTIMATES_NOTE = 'Rules of thumb over exact counts. Each says its rule and what it leaves out.';

export function Estimates({ model, refText }: { model: string; refText: string }) {
  const { data, error } = useOperation(VersionEstimates, { model, ref: refOf(refText) });
  const estimates = data?.version?.inspection.estimates;
  return (
    <Section isFolded={useWasNarrow()} title="Estimates" note={ESTIMATES_NOTE}>
      {error !== null ? (
        <Failure error={error} />
      ) : estimates === undefined ? (
        <Loading />
      ) : (
        <EstimateTiles estimates={estimates} />
      )}
    </Section>
  );
}

export function EstimateTiles({ estimates }: { estimates: ShownEstimates }) {
  return (
    <>
      {estimates.nodesLeftOut === 0 ? null : (
        <p className="note">
          Work and state leave out{' '}
          <Count value={estimates.nodesLeftOut} unit={estimates.nodesLeftOut === 1 ? 'node' : 'nodes'} /> of unknown
          size: lower bounds.
        </p>
      )}
      <dl className="tiles flat">
        {estimates.sizes.map(({ dtype, estimate }) => (
          <EstimateTile key={dtype} label={`Params as ${dtype.toLowerCase()}`} estimate={estimate} bytes />
        ))}
        <EstimateTile label="MACs per time step" estimate={estimates.macsPerStep} />
        <EstimateTile label="State of one sequence" estimate={estimates.stateBytes} bytes />
        <EstimateTile label="Training memory (Adam, fp32)" estimate={estimates.trainingMemory} bytes />
        <EstimateTile label="The same with activations" estimate={estimates.trainingMemoryWithActivations} bytes />
      </dl>
      <p className="note spaced">
        Training examples, by rules of thumb: <Count value={estimates.trainingExamples.least} /> to{' '}
        <Count value={estimates.trainingExamples.most} /> {estimates.trainingExamples.unit}.{' '}
        {estimates.trainingExamples.warning}
      </p>
    </>
  );
}
