/**
 * What is said beside a count of learned parameters, in one wording for command line and pages: which of them are quantized, why a
 * count is a lower bound, and what a file only claims. Null where there is nothing to say. Pure.
 */
import { digits } from './exact.js';
import type { ClaimedElements, QuantizedWeights } from './stored-tensors.js';

/** How large quantized weights are. */
export function sayQuantizedWeights({ logical, storedBytes, bitsPerParam }: QuantizedWeights): string | null {
  if (storedBytes === 0 && logical === 0) return null;
  const what = logical === null ? 'an unknown number of params' : counted(logical, 'param');
  const bits = bitsPerParam === null ? '' : `, ${bitsPerParam.toFixed(2).replace(/\.?0+$/, '')} bits each`;
  return `${what} in ${counted(storedBytes, 'byte')}${bits}`;
}

/** Why figures of a file are lower bounds, a sentence each. */
export function sayBounds(file: { unverifiableNodes: number; unverifiableWeights: number }): string[] {
  const { unverifiableNodes: nodes, unverifiableWeights: weights } = file;
  return [
    ...(nodes === 0 ? [] : [`Recurrent figures are lower bounds: ${counted(nodes, 'node')} cannot be verified.`]),
    ...(weights === 0
      ? []
      : [
          `Learned params are a lower bound: it is not known how many are in ${counted(weights, 'tensor')} that ${weights === 1 ? 'is' : 'are'} packed, held by an attribute, given by the caller, or without its values.`,
        ]),
  ];
}

/** What is in no figure of the file. */
export function sayClaimed({ tensors, elements }: ClaimedElements): string | null {
  if (tensors === 0) return null;
  const [verb, its] = tensors === 1 ? ['claims', 'its'] : ['claim', 'their'];
  return `${counted(tensors, 'tensor')} ${verb} ${counted(elements, 'element')}, more than ${its} bytes can hold`;
}

function counted(value: number, noun: string): string {
  return `${digits(value)} ${noun}${value === 1 ? '' : 's'}`;
}
