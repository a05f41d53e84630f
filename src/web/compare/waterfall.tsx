/** From the base to what is compared, cause by cause: a table whose bars begin where the one above ends. The last row is the exact delta. */
import type { ChangeCause } from '../../core/comparison.js';
import { CAUSE_WORDS } from '../../core/drift/summary.js';
import { Change, Count } from '../parts/figures/number.js';

interface WaterfallProps {
  base: { label: string; value: number };
  compare: { label: string; value: number };
  causes: readonly { cause: ChangeCause; delta: number }[];
  unit: string;
}

interface Step {
  from: number;
  to: number;
}

export function Waterfall({ base, compare, causes, unit }: WaterfallProps) {
  const ends = causes.map((_, index) => causes.slice(0, index + 1).reduce((sum, { delta }) => sum + delta, 0));
  const total = compare.value - base.value;
  const scale = scaleOf([0, total, ...ends]);
  return (
    <table className="waterfall">
      <caption className="unseen">
        Causes of the change, in {unit}, from {base.label} to {compare.label}
      </caption>
      <thead className="unseen">
        <tr>
          <th scope="col">Cause</th>
          <td />
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">
            <bdi>{base.label}</bdi>
          </th>
          <td className="waterfall-bar" />
          <td className="right">
            <Count value={base.value} unit={unit} />
          </td>
        </tr>
        {causes.map(({ cause, delta }, index) => (
          <tr key={cause}>
            <th scope="row">{CAUSE_WORDS[cause]}</th>
            <td className="waterfall-bar">
              <Bar step={{ from: ends[index - 1] ?? 0, to: ends[index] ?? 0 }} scale={scale} />
            </td>
            <td className="right">
              <Change value={delta} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Together</th>
          <td className="waterfall-bar">
            <Bar step={{ from: 0, to: total }} scale={scale} isTotal />
          </td>
          <td className="right">
            <Change value={total} base={base.value} />
          </td>
        </tr>
        <tr>
          <th scope="row">
            <bdi>{compare.label}</bdi>
          </th>
          <td className="waterfall-bar" />
          <td className="right">
            <Count value={compare.value} unit={unit} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

const WIDTH = 1000;
const HEIGHT = 36;
/** Above and below a bar. */
const MARGIN = 9;
/** A change that is small beside the others is still seen. */
const THINNEST = 3;

/** From a sum to its place across. The largest and smallest sums stand at the edges. */
function scaleOf(sums: readonly number[]): (sum: number) => number {
  const [low, high] = [Math.min(...sums), Math.max(...sums)];
  return (sum) => (high === low ? 0 : ((sum - low) / (high - low)) * (WIDTH - THINNEST));
}

function Bar({ step, scale, isTotal = false }: { step: Step; scale: (sum: number) => number; isTotal?: boolean }) {
  const [from, to] = [scale(step.from), scale(step.to)];
  const colour = isTotal ? 'used' : step.to >= step.from ? 'up' : 'down';
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <line className="waterfall-zero" x1={scale(0)} x2={scale(0)} y1="0" y2={HEIGHT} />
      <rect
        className={`c-${colour}`}
        x={Math.min(from, to)}
        y={MARGIN}
        width={Math.max(Math.abs(to - from), THINNEST)}
        height={HEIGHT - 2 * MARGIN}
      />
      {isTotal ? null : <line className="waterfall-link" x1={to} x2={to} y1={HEIGHT - MARGIN} y2={HEIGHT} />}
      <line className="waterfall-link" x1={from} x2={from} y1="0" y2={MARGIN} />
    </svg>
  );
}
