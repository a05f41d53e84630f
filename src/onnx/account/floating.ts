/**
 * How many learned parameters a floating-point tensor stands for that its values or its place may yet show to be none: what a formula
 * made, what Tile or Expand repeated, and what cannot be told since the values were not read. Values alone never decide.
 */
import type { ClassReason } from '../../core/stored-tensors.js';
import { isUniform, isUnread, patternIn } from '../graph/tensors.js';
import type { Made } from '../read/patterns.js';
import { type Entry, isLine, lastPartOf, takerBits } from './entries.js';
import type { Flows } from './flows.js';

export interface Judgement {
  reason: ClassReason;
  /** Learned parameters; null where that cannot be told. */
  params: number | null;
}

/** What no training made, and where it can hardly be learned: what is the same everywhere and is multiplied as a matrix may be about to be. */
const MADE: Record<Made | 'FILLED', { reason: ClassReason; where: number; isMultiplied?: true }> = {
  FILLED: { reason: 'CONSTANT_FILL', where: takerBits('ELEMENTS') },
  WINDOW: { reason: 'WINDOW', where: takerBits('ELEMENTS') },
  MASK: { reason: 'MASK', where: takerBits('ELEMENTS') },
  HARMONIC: { reason: 'HARMONIC', where: takerBits('ELEMENTS', 'PRODUCT', 'UNKNOWN', 'FOREIGN'), isMultiplied: true },
  FILTER_BANK: {
    reason: 'FILTER_BANK',
    where: takerBits('ELEMENTS', 'PRODUCT', 'UNKNOWN', 'FOREIGN'),
    isMultiplied: true,
  },
  TRIANGLE: { reason: 'MASK', where: takerBits('ELEMENTS', 'PRODUCT', 'UNKNOWN', 'FOREIGN'), isMultiplied: true },
};
/** Else it is learned, and is not looked at. */
const PERHAPS_MADE = takerBits('ELEMENTS', 'MOVE', 'PRODUCT', 'UNKNOWN', 'FOREIGN', 'STATE');

/** As frameworks call what they train; an exporter names what it turned after its product. */
const LEARNED_NAME = /^(weight|bias)$|^onnx::/;

export function judgeFloating(entry: Entry, flows: Flows): Judgement {
  const { tensor, takenBy, dims } = entry;
  const learned: Judgement = { reason: 'FLOATING', params: entry.elements };
  if (!tensor || dims.length === 0 || (takenBy & ~PERHAPS_MADE) !== 0) return learned;
  if (isUnread(tensor)) return mayBeMade(entry, flows) ? { reason: 'UNREAD', params: null } : learned;
  const isFilled = !isLine(entry) && isUniform(tensor);
  const pattern = isFilled ? null : patternIn(tensor);
  const made = isFilled ? 'FILLED' : pattern?.made;
  // Some models learn to start from filters, and have them among their parameters.
  const isFilterOfModel = made === 'FILTER_BANK' && LEARNED_NAME.test(lastPartOf(entry.name));
  if (made && !isFilterOfModel && isMadeThere(made, entry, flows)) return { reason: MADE[made].reason, params: 0 };
  const isRepeated = pattern && pattern.distinct > 1 && pattern.distinct < entry.elements;
  return isRepeated && flows.endsAtElements(entry) ? { reason: 'REPEATED', params: pattern.distinct } : learned;
}

function isMadeThere(made: Made | 'FILLED', entry: Entry, flows: Flows): boolean {
  const { where, isMultiplied } = MADE[made];
  return isMultiplied ? flows.endsIn(entry, where) : flows.endsInOrJoins(entry, where);
}

/** Without its values: whether they would decide. Most weights are told by their place or name: lines, matrices, rows that are looked up. */
function mayBeMade(entry: Entry, flows: Flows): boolean {
  return !isLine(entry) && !LEARNED_NAME.test(lastPartOf(entry.name)) && flows.endsAtElements(entry);
}
