/** From what to what a change went, as far as its cause says: the one place that knows which property a cause is about. Pure. */
import type { Change, ChangeSide } from '../comparison.js';

/** The part of a change that its property is read from. */
export type Changed = Pick<Change, 'cause' | 'subject'> & {
  base: Pick<ChangeSide, Property> | null;
  compare: Pick<ChangeSide, Property> | null;
};

type Property = 'opType' | 'inputSize' | 'hiddenSize' | 'direction' | 'biasConvention' | 'dtype' | 'producer';

/** The letters of the formula, where a property has one. */
const SYMBOLS: Partial<Record<Property, string>> = { inputSize: 'm', hiddenSize: 'n' };

export interface PropertyStep {
  /** m or n, for the sizes of a recurrent node. */
  symbol: string | null;
  /** In words, "25 → 100"; what is not known is a question mark. */
  text: string;
}

/** Null where the cause is about no single property, where there is one side only, and where the property stayed. */
export function propertyStep({ cause, subject, base, compare }: Changed): PropertyStep | null {
  if (base === null || compare === null) return null;
  const property = subject === 'PRODUCER' ? 'producer' : propertyOf(cause);
  if (property === null || base[property] === compare[property]) return null;
  return { symbol: SYMBOLS[property] ?? null, text: `${say(property, base)} → ${say(property, compare)}` };
}

function propertyOf(cause: Change['cause']): Property | null {
  switch (cause) {
    case 'OP_TYPE':
      return 'opType';
    case 'INPUT_WIDTH':
      return 'inputSize';
    case 'HIDDEN_SIZE':
      return 'hiddenSize';
    case 'DIRECTION':
      return 'direction';
    case 'BIAS_CONVENTION':
      return 'biasConvention';
    case 'DTYPE':
    case 'QUANTIZATION':
      return 'dtype';
    default:
      return null;
  }
}

function say(property: Property, side: Pick<ChangeSide, Property>): string {
  const value = side[property];
  if (property === 'producer') return value === null || value === '' ? 'unnamed' : String(value);
  return value === null ? '?' : String(value);
}
