/** The conclusion of a check in one word, with a sign that does not need colour. */
import type { CheckConclusion } from '../../core/check/approval.js';
import { Mark, type Look } from '../parts/figures/mark.js';

const LOOKS: Record<CheckConclusion, { sign: string; word: string; look: Look; says: string }> = {
  PASS: { sign: '✓', word: 'passed', look: 'good', says: 'Every limit that could be judged is kept.' },
  WARN: { sign: '!', word: 'warned', look: 'warn', says: 'A limit is broken that only warns, or was before.' },
  APPROVED: { sign: '✓', word: 'approved', look: 'good', says: 'It failed, and the failure was approved.' },
  FAIL: { sign: '✕', word: 'failed', look: 'bad', says: 'It failed, and the failure was not approved.' },
  SKIPPED: { sign: '–', word: 'skipped', look: '', says: 'No limit could be judged.' },
};

/** The outcome of one finding has the same words. */
export function ConclusionBadge({ conclusion }: { conclusion: CheckConclusion }) {
  return <Mark {...LOOKS[conclusion]} />;
}
