/** What the author declared against what was counted. */
import type { ShownVersion } from './shown-version.js';
import type { DeclaredAgreement } from '../generated/operations.js';
import { Change, Count } from '../parts/figures/number.js';
import { useWasNarrow } from '../parts/hooks/narrow.js';
import { Section } from '../parts/frame/page.js';

const SAYS: Record<DeclaredAgreement, { look: string; word: string; text: string }> = {
  EQUAL: { look: 'good', word: 'agrees', text: 'It is the learned params of the whole file.' },
  EFFECTIVE: { look: 'good', word: 'agrees', text: 'It is the count without zero bias halves, as Keras counts.' },
  DISTINCT: { look: 'good', word: 'agrees', text: 'It is the recurrent params alone, each tensor once.' },
  STORED: { look: 'warn', word: 'agrees in part', text: 'It is every stored element, constants too.' },
  DIFFERENT: { look: 'bad', word: 'differs', text: 'It is none of the figures that were counted.' },
  UNKNOWN: { look: 'warn', word: 'unknown', text: 'It is none of the figures that are known; one is not known whole.' },
  NOT_DECLARED: { look: '', word: 'not declared', text: 'Publish with declaredParams to have it checked.' },
};

export function Declared({ version }: { version: ShownVersion }) {
  const { declaredParams, declaredAgreement, inspection } = version;
  const { look, word, text } = SAYS[declaredAgreement];
  return (
    <Section
      isFolded={useWasNarrow()}
      title="Declared vs. counted"
      actions={<span className={`badge ${look}`}>{word}</span>}
    >
      <p className="note">{text}</p>
      <table className="list compact">
        <tbody>
          <tr>
            <th scope="row">Declared</th>
            <td className="right">
              <Count value={declaredParams} unit="params" />
            </td>
          </tr>
          <tr>
            <th scope="row">Counted</th>
            <td className="right">
              <Count value={inspection.modelParams} unit="params" />
            </td>
          </tr>
          {look === 'good' || declaredParams === null || declaredParams === undefined ? null : (
            <tr>
              <th scope="row">Counted − declared</th>
              <td className="right">
                <Change value={inspection.modelParams - declaredParams} base={declaredParams} />
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </Section>
  );
}
