/** Where the bytes of the file are; the parts add up to its size. */
import type { ByteAccount } from '../../core/inspection.js';
import { Bytes, Count, share } from '../parts/figures/number.js';
import { useWasNarrow } from '../parts/hooks/narrow.js';
import { Section } from '../parts/frame/page.js';
import { ShareBar } from '../parts/figures/share-bar.js';
import { Swatch } from '../parts/figures/swatch.js';

const PARTS = [
  ['weights', 'Weights', 1],
  ['constants', 'Constants', 2],
  ['graph', 'Graph', 3],
  ['metadata', 'Metadata', 4],
  ['padding', 'Padding', 6],
] as const;

interface BytesAccountProps {
  bytes: ByteAccount;
  /** Size of the file. */
  total: number;
}

export function BytesAccount({ bytes, total }: BytesAccountProps) {
  return (
    <Section isFolded={useWasNarrow()} title="Bytes of the file" note="The parts add up to the size, exactly.">
      <ShareBar parts={PARTS.map(([key, name, colour]) => ({ name, value: bytes[key], colour }))} />
      <table className="list compact">
        <tbody>
          {PARTS.map(([key, name, colour]) => (
            <tr key={key}>
              <th scope="row">
                <Swatch colour={colour} />
                {name}
              </th>
              <td className="right">
                <Count value={bytes[key]} unit="B" />
              </td>
              <td className="right fine">{total === 0 ? '' : share(bytes[key], total)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Together</th>
            <td className="right">
              <Count value={total} unit="B" />
            </td>
            <td className="right fine">
              <Bytes value={total} />
            </td>
          </tr>
        </tbody>
      </table>
    </Section>
  );
}
