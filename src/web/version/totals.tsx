/** The figures of a weighing, and beneath them which are lower bounds. */
import { sayBounds, sayClaimed } from '../../core/weights-text.js';
import { Bytes, Count } from '../parts/figures/number.js';
import type { ShownInspection } from './shown-version.js';

interface TotalsProps {
  inspection: Pick<
    ShownInspection,
    'modelParams' | 'modelParamsEffective' | 'storedElements' | 'unverifiableWeights' | 'claimed' | 'recurrent'
  >;
  /** Null while external data is not known whole. */
  totalByteSize: number | null;
  externalData: readonly { present: boolean }[];
}

/** What the size is of: tensors may lie in files that never came, and then it is not what the model weighs. */
function sizeNoteOf({ externalData, totalByteSize }: Omit<TotalsProps, 'inspection'>): string {
  if (externalData.length === 0) return 'of the file';
  if (totalByteSize !== null) return 'with external data';
  const isCut = externalData.every(({ present }) => present);
  return `unknown: external data is ${isCut ? 'too short' : 'missing'}`;
}

function effectiveNote(inspection: TotalsProps['inspection']): string {
  const { modelParamsEffective, unverifiableWeights, recurrent } = inspection;
  if (modelParamsEffective !== null && unverifiableWeights > 0) return 'lower bound';
  if (modelParamsEffective !== null) return 'the number that Keras prints';
  return recurrent.unverifiableNodes > 0 ? 'unknown: a node is unverifiable' : 'unknown: a bias was not read';
}

export function Totals({ inspection, totalByteSize, externalData }: TotalsProps) {
  const { recurrent } = inspection;
  const { unverifiableWeights, claimed } = inspection;
  const { unverifiableNodes } = recurrent;
  const bounds = sayBounds({ unverifiableNodes, unverifiableWeights });
  const notCounted = sayClaimed(claimed);
  const tiles: [string, React.ReactNode, string][] = [
    [
      'Learned params',
      <Count key="1" value={inspection.modelParams} />,
      unverifiableWeights > 0 ? 'lower bound' : 'trainable weights in the file',
    ],
    ['Stored elements', <Count key="2" value={inspection.storedElements} />, 'weights and everything else'],
    [
      'Recurrent params',
      <Count key="3" value={recurrent.distinct} />,
      unverifiableNodes > 0 ? 'lower bound' : 'each tensor once',
    ],
    ['Per use', <Count key="4" value={recurrent.perUse} />, 'summed over nodes'],
    ['Effective params', <Count key="5" value={inspection.modelParamsEffective} />, effectiveNote(inspection)],
    ['Recurrent, effective', <Count key="7" value={recurrent.effectiveDistinct} />, 'without zero bias halves'],
    ['Size', <Bytes key="6" value={totalByteSize} />, sizeNoteOf({ totalByteSize, externalData })],
  ];
  return (
    <>
      <dl className="tiles">
        {tiles.map(([label, value, note]) => (
          <div key={label} className={label === 'Learned params' ? 'main' : undefined}>
            <dt>{label}</dt>
            <dd>{value}</dd>
            <dd className="tile-note">{note}</dd>
          </div>
        ))}
      </dl>
      {[...bounds, ...(notCounted === null ? [] : [`Not counted: ${notCounted}.`])].map((text) => (
        <p key={text} className="notice warn">
          {text}
        </p>
      ))}
    </>
  );
}
