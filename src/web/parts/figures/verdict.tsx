/** A verdict in one word, with a sign that does not need colour. */
import type { Verdict } from '../../../core/inspection.js';

const LOOKS: Record<Verdict, { sign: string; word: string; look: string; says: string }> = {
  MATCH: { sign: '✓', word: 'match', look: 'good', says: 'The stored elements are what the formula gives.' },
  MISMATCH: { sign: '✕', word: 'mismatch', look: 'bad', says: 'The tensors contradict each other or the formula.' },
  UNVERIFIABLE: { sign: '?', word: 'unverifiable', look: 'warn', says: 'A size cannot be known from the file.' },
};

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { sign, word, look, says } = LOOKS[verdict];
  return (
    <span className={`badge ${look}`} title={says}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  );
}
