/** One estimate in a row of tiles, with its rule, which opens into what it takes for granted. */
import { Bytes, Count, type Known } from './number.js';

interface EstimateTileProps {
  label: string;
  estimate: { value?: Known; rule: string; assumption: string };
  bytes?: boolean;
}

export function EstimateTile({ label, estimate, bytes = false }: EstimateTileProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{bytes ? <Bytes value={estimate.value} /> : <Count value={estimate.value} />}</dd>
      <dd className="tile-note">
        <details>
          <summary>{estimate.rule}</summary>
          {estimate.assumption}
        </details>
      </dd>
    </div>
  );
}
