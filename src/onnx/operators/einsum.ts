/**
 * The equation of Einsum-12: which letters name the axes of each operand and of the result. An ellipsis stands for any number of axes,
 * which are broadcast. What does not follow the definition is null, never a guess.
 */
import { broadcast, type Known, type RuleInput } from './known.js';

/** A letter an axis; '…' for an ellipsis. */
export interface Equation {
  operands: string[][];
  result: string[];
}

const ELLIPSIS = '…';

export function readEquation(text: string | null): Equation | null {
  const [left, right, more] = (text ?? '').replaceAll(/\s/g, '').replaceAll('...', ELLIPSIS).split('->');
  if (!left || more !== undefined) return null;
  const operands = left.split(',').map((operand) => [...operand]);
  const result = right === undefined ? implied(operands) : [...right];
  const letters = [...operands.flat(), ...result];
  if (letters.some((letter) => letter !== ELLIPSIS && !/[A-Za-z]/.test(letter))) return null;
  const known = new Set(operands.flat());
  const isOdd =
    new Set(result).size < result.length || result.some((letter) => letter !== ELLIPSIS && !known.has(letter));
  return isOdd ? null : { operands, result };
}

/** Without an arrow: what is named once, in the order of the alphabet. */
function implied(operands: readonly string[][]): string[] {
  const all = operands.flat();
  const once = [...new Set(all)].filter(
    (letter) => letter !== ELLIPSIS && all.indexOf(letter) === all.lastIndexOf(letter),
  );
  return [...(all.includes(ELLIPSIS) ? [ELLIPSIS] : []), ...once.sort()];
}

export function einsumShape({ inputs, text }: RuleInput): Known | null {
  const equation = readEquation(text('equation'));
  if (!equation || equation.operands.length !== inputs.length) return null;
  const sizes = new Map<string, number>();
  let between: number[] = [];
  for (const [position, letters] of equation.operands.entries()) {
    const dims = inputs[position]?.dims;
    const dots = letters.indexOf(ELLIPSIS);
    const free = (dims?.length ?? 0) - letters.length + (dots < 0 ? 0 : 1);
    if (!dims || free < 0 || (dots < 0 && free !== 0) || dots !== letters.lastIndexOf(ELLIPSIS)) return null;
    const named = dots < 0 ? dims : dims.toSpliced(dots, free);
    if (dots >= 0) {
      const joined = broadcast(between, dims.slice(dots, dots + free));
      if (!joined) return null;
      between = joined;
    }
    for (const [axis, letter] of letters.filter((each) => each !== ELLIPSIS).entries()) {
      const [size, known] = [named[axis]!, sizes.get(letter)];
      if (known !== undefined && known !== size && known !== 1 && size !== 1) return null;
      sizes.set(letter, Math.max(known ?? 1, size));
    }
  }
  const dims = equation.result.flatMap((letter) => (letter === ELLIPSIS ? between : [sizes.get(letter)!]));
  return { dims, dataType: inputs[0]!.dataType, values: null };
}

/**
 * How a product of data with a matrix is written: whether an operand of two axes is multiplied by its second one, as a transposed matrix is.
 * Null for an equation that is no such product.
 */
export function isTurned(equation: Equation, matrix: number): boolean | null {
  const [letters, data] = [equation.operands[matrix], equation.operands[1 - matrix]];
  if (equation.operands.length !== 2 || letters?.length !== 2 || !data) return null;
  const isSummed = (letter: string | undefined) =>
    letter !== undefined && data.includes(letter) && !equation.result.includes(letter);
  const isGiven = (letter: string | undefined) =>
    letter !== undefined && !data.includes(letter) && equation.result.includes(letter);
  const [rows, columns] = letters;
  if (isSummed(rows) && isGiven(columns)) return matrix === 0;
  if (isSummed(columns) && isGiven(rows)) return matrix === 1;
  return null;
}
