/**
 * What a row of the operator table says, and the words that rows are written in. Whoever follows values, sorts stored tensors or looks
 * for cells reads the row of a node (`node.operator`); none keeps a list of operators of its own.
 */
import type { WeightRole } from '../../core/inspection.js';
import type { Known, RuleInput, ShapeRule } from './known.js';
import type { ViewRule } from './views.js';

export const ONNX = '';
export const MICROSOFT = 'com.microsoft';

export function isDefaultDomain(domain: string): boolean {
  return domain === ONNX || domain === 'ai.onnx';
}

/** What an operator is for; which facts a kind must have is checked by test/onnx/operators/table.test.ts. */
export type OperatorKind =
  /** Only moves elements about: `moves`. */
  | 'MOVE'
  /** Works out each element from elements of its inputs: `shape`. */
  | 'ELEMENTS'
  /** Bends each element: `activation`. */
  | 'ACTIVATION'
  /** Multiplies by a matrix or a kernel. */
  | 'PRODUCT'
  | 'NORMALIZATION'
  /** Has scales or zero points. */
  | 'QUANTIZATION'
  /** Has weights of a recurrent node: `inputs` with `weight`. */
  | 'RECURRENCE'
  /** Makes a value from shapes and attributes alone. */
  | 'SOURCE'
  /** From the same inputs to different outputs. */
  | 'RANDOM'
  /** Runs graphs that hang off its attributes. */
  | 'CONTROL';

/** How an operator that only moves elements does so. JOINS takes all of its inputs, the others their first. */
type Moves =
  /** All of them, in their order: shape or type change. */
  | 'KEEPS'
  /** All of them, in another order of axes. */
  | 'PERMUTES'
  /** All of them, with one axis turned around. */
  | 'REVERSES'
  /** A part of them. */
  | 'TAKES'
  /** Each as often as the shape asks for. */
  | 'REPEATS'
  | 'JOINS';

/** Where the zeros of an output come from; rules that need more than one input are computed in values/zeros.ts. */
export type ZeroRule =
  /** From the same places of the first input. */
  | 'SAME'
  /** The same where the first input is zero; where it is not, nothing is known. */
  | 'KEPT'
  /** From the inputs side by side. */
  | 'JOINED'
  /** All or none: one value fills it. */
  | 'FILLED'
  /** From the second or third input, as the first one says. */
  | 'CHOSEN'
  /** From the first input within, from the constant around it. */
  | 'PADDED'
  /** Where the first input equals the third, which is one number, one for each place of an axis, or one for each block of it. */
  | 'OFFSET'
  | 'PRODUCT'
  | 'QUOTIENT'
  | 'SUM';

/** What a gate of a cell may end in; `clip` is one by its bounds. */
export type ActivationKind = 'sigmoid' | 'tanh' | 'other';

type InputRole =
  | 'DATA'
  | 'WEIGHT'
  | 'BIAS'
  | 'SCALE'
  | 'ZERO_POINT'
  /** The first state of a recurrence. */
  | 'STATE'
  /** Means and variances of the training data. */
  | 'STATISTICS'
  /** Which elements: indices, lengths, masks, conditions. */
  | 'INDICES'
  /** How large, how far, along which axes. */
  | 'SHAPE'
  /** One number or flag that sets something. */
  | 'SETTING';

export interface Input {
  role: InputRole;
  /** Of a recurrent operator: which of its weights. */
  weight?: WeightRole;
  /** Whether integers here are learned parameters in a quantized type. */
  isQuantized?: true;
  /**
   * How many parameters the tensor stands for here, where it packs several into one element; null where its size and the node
   * contradict each other. Left out: one for each element.
   */
  logicalElements?: PackingRule;
}

/** Follows the layout that the operator defines, never more than the stored bits can hold. */
export type PackingRule = (packed: Pick<Known, 'dims' | 'dataType'>, node: PackingNode) => number | null;

/** What a rule of packing may ask of its node; null for what is not known. */
export interface PackingNode {
  int: (name: string) => number | null;
  input: (position: number) => Known | null;
}

export interface OperatorFacts {
  /** By position. */
  inputs?: readonly Input[];
  /** What follows behind them, any number of times: one input, or several in turn. */
  rest?: Input | readonly Input[];
  moves?: Moves;
  /** Whether an input or its output is a sequence of tensors. */
  sequence?: true;
  /** Which element comes from where; shape, small values and zeros follow from it. */
  view?: ViewRule;
  /** What becomes of shape, type and small values; not beside `view`. */
  shape?: ShapeRule;
  /** Not beside `view`; null where these inputs do not tell. */
  zeros?: ZeroRule | ((node: RuleInput) => ZeroRule | null);
  /** Changes how numbers are coded, and nothing else: its first output is its first input. */
  recodes?: true;
  /** What its second input is to integers that it dequantizes, and whether its first may be so too. */
  dequantizes?: { role: Input; either?: true };
  /** Which inputs are multiplied, as matrices, and what is added. */
  product?: { a: number; b: number; bias?: number };
  activation?: ActivationKind | 'clip';
}

export interface Operator extends OperatorFacts {
  kind: OperatorKind;
  domains: readonly string[];
  opType: string;
  inputs: readonly Input[];
}

/** Rows of one kind, by op type. */
export function rows(
  kind: OperatorKind,
  domains: readonly string[],
  facts: Readonly<Record<string, OperatorFacts>>,
): Operator[] {
  return Object.entries(facts).map(([opType, row]) => ({ inputs: [], ...row, kind, domains, opType }));
}

export const DATA: Input = { role: 'DATA' };
export const WEIGHT: Input = { role: 'WEIGHT' };
export const QUANTIZED_WEIGHT: Input = { role: 'WEIGHT', isQuantized: true };
/** What is computed, or stored where an exporter folded a learned constant into it. */
export const QUANTIZED_DATA: Input = { role: 'DATA', isQuantized: true };
export const BIAS: Input = { role: 'BIAS' };
/** In int32, with the scales of input and weight multiplied. */
export const QUANTIZED_BIAS: Input = { role: 'BIAS', isQuantized: true };
export const SCALE: Input = { role: 'SCALE' };
export const ZERO_POINT: Input = { role: 'ZERO_POINT' };
export const STATE: Input = { role: 'STATE' };
export const STATISTICS: Input = { role: 'STATISTICS' };
export const INDICES: Input = { role: 'INDICES' };
export const SHAPE: Input = { role: 'SHAPE' };
export const SETTING: Input = { role: 'SETTING' };

/** What the input at a position is to its operator; null where no row says. */
export function inputOf(operator: Operator | null, position: number): Input | null {
  const input = operator?.inputs[position];
  if (input || !operator?.rest) return input ?? null;
  const rest = [operator.rest].flat();
  return rest[(position - operator.inputs.length) % rest.length] ?? null;
}

/** Whether an input only says how to read a quantized one. */
export function isQuantizationOnly(input: Input | null): boolean {
  return input?.role === 'SCALE' || input?.role === 'ZERO_POINT';
}

/** Whether values of this input become values of what the operator gives, and do not only say which, how many or how to read them. */
export function carriesValues(operator: Operator | null, position: number): boolean {
  const role = inputOf(operator, position)?.role;
  return role === 'DATA' || role === 'WEIGHT' || role === 'BIAS' || role === 'STATE';
}

/** Whether what an operator gives is moved from this input. */
export function movesInput(operator: Operator | null, position: number): boolean {
  return operator?.moves === 'JOINS' || (operator?.moves !== undefined && position === 0);
}
