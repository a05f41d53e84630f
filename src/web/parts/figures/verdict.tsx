/** A verdict in one word, with a sign that does not need colour. */
import type { Verdict } from '../../../core/inspection.js';
import { Mark, type Look } from './mark.js';

const LOOKS: Record<Verdict, { sign: string; word: string; look: Look; says: string }> = {
  MATCH: { sign: '✓', word: 'match', look: 'good', says: 'The stored elements are what the formula gives.' },
  MISMATCH: { sign: '✕', word: 'mismatch', look: 'bad', says: 'The tensors contradict each other or the formula.' },
  UNVERIFIABLE: { sign: '?', word: 'unverifiable', look: 'doubt', says: 'A size cannot be known from the file.' },
};

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return <Mark {...LOOKS[verdict]} />;
}
