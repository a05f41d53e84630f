/** What an audit points out, in words, with what to make of it. */
import type { AuditFlag } from '../../core/audit.js';

export const FLAG_WORDS: Record<AuditFlag, { label: string; look: string; says: string }> = {
  BUDGET_BROKEN: {
    label: 'budget broken',
    look: 'bad',
    says: 'The last check found it over a budget, and no approval covers it.',
  },
  BUDGET_EXPIRED: { label: 'budget expired', look: 'warn', says: 'A budget has expired: it limits nothing any more.' },
  BUDGET_IDLE: {
    label: 'budget idle',
    look: 'warn',
    says: 'A budget is about some nodes, and selects nothing in the latest version of any model.',
  },
  BUDGET_ABSENT: { label: 'no budget', look: '', says: 'No budget holds for the model.' },
  UNCHECKED: {
    label: 'unchecked',
    look: 'warn',
    says: 'Not checked by every budget that holds now, as it is now: whether one is broken is not known.',
  },
  UNVERIFIABLE: {
    label: 'unverifiable',
    look: 'warn',
    says: 'The latest version has recurrent nodes or stored tensors whose weights cannot be verified: figures are lower bounds.',
  },
  DECLARED_DIFFERS: {
    label: 'declared differs',
    look: 'warn',
    says: 'The publisher declared a number of params that is none of the figures counted.',
  },
  NOT_COMPARABLE: { label: 'not comparable', look: '', says: 'There is a base, but the growth is not known.' },
  NO_BASE: { label: 'no base', look: '', says: 'There is no version to compare with.' },
};

export function FlagBadge({ flag }: { flag: AuditFlag }) {
  const { label, look, says } = FLAG_WORDS[flag];
  return (
    <span className={`badge ${look}`} title={says}>
      {label}
    </span>
  );
}
