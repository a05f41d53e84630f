/** All operators that the reader knows something of, and the row of a node: looked up once, when the node is decoded. */
import { ACTIVATIONS } from './activations.js';
import { ELEMENTS } from './elements.js';
import { MOVING } from './moving.js';
import { isDefaultDomain, ONNX, type Operator } from './operator.js';
import { NORMALIZATIONS, PRODUCTS } from './products.js';
import { QUANTIZATION } from './quantization.js';
import { RECURRENCE } from './recurrence.js';
import { SOURCES } from './sources.js';

export const OPERATORS: readonly Operator[] = [
  ...MOVING,
  ...ELEMENTS,
  ...ACTIVATIONS,
  ...PRODUCTS,
  ...NORMALIZATIONS,
  ...QUANTIZATION,
  ...RECURRENCE,
  ...SOURCES,
];

const BY_DOMAIN = new Map<string, Map<string, Operator>>();
for (const operator of OPERATORS) {
  for (const domain of operator.domains) {
    const inDomain = BY_DOMAIN.get(domain) ?? new Map<string, Operator>();
    BY_DOMAIN.set(domain, inDomain.set(operator.opType, operator));
  }
}

/** Null for an operator that no row describes: nothing is taken for granted of it. */
export function operatorOf(domain: string, opType: string): Operator | null {
  return BY_DOMAIN.get(isDefaultDomain(domain) ? ONNX : domain)?.get(opType) ?? null;
}
