/** Shapes that operators of several kinds have in common. */
import type { Known, RuleInput } from './known.js';

/** Of the first output, where it is not followed which element becomes which. */
export function sameShape({ inputs, output }: RuleInput): Known | null {
  return inputs[0] && output === 0 ? { ...inputs[0], values: null } : null;
}
