/** Arithmetic over a share of every total: what an inspection, a node or a change holds. Exact integers; changes nothing that it is given. */
import type { ChangeDeltas, ComparableInspection } from '../comparison.js';
import { ELEMENT_CLASSES, type ElementClass } from '../stored-tensors.js';

/** A share of every total; of a change the difference of two. */
export type Amounts = ChangeDeltas;

const COUNTS = [
  'modelParams',
  'recurrentPerUse',
  'recurrentDistinct',
  'recurrentEffective',
  'storedElements',
  'byteSize',
] as const;
const BYTE_PARTS = ['weights', 'constants', 'graph', 'metadata', 'padding'] as const;

export const NOTHING: Amounts = {
  modelParams: 0,
  recurrentPerUse: 0,
  recurrentDistinct: 0,
  recurrentEffective: 0,
  storedElements: 0,
  byteSize: 0,
  classes: byClass(() => 0),
  bytes: { weights: 0, constants: 0, graph: 0, metadata: 0, padding: 0 },
};

/** Adds sign·b to a. Written out, since a comparison of large models does it tens of thousands of times. */
function addTo(a: Amounts, b: Amounts, sign: 1 | -1): void {
  a.modelParams += sign * b.modelParams;
  a.recurrentPerUse += sign * b.recurrentPerUse;
  a.recurrentDistinct += sign * b.recurrentDistinct;
  a.recurrentEffective += sign * b.recurrentEffective;
  a.storedElements += sign * b.storedElements;
  a.byteSize += sign * b.byteSize;
  const [c, d] = [a.classes, b.classes];
  c.weight += sign * d.weight;
  c.state += sign * d.state;
  c.buffer += sign * d.buffer;
  c.quantization += sign * d.quantization;
  c.integer += sign * d.integer;
  c.scalar += sign * d.scalar;
  c.unused += sign * d.unused;
  const [p, q] = [a.bytes, b.bytes];
  p.weights += sign * q.weights;
  p.constants += sign * q.constants;
  p.graph += sign * q.graph;
  p.metadata += sign * q.metadata;
  p.padding += sign * q.padding;
}

function copyOf(amounts: Amounts): Amounts {
  return { ...amounts, classes: { ...amounts.classes }, bytes: { ...amounts.bytes } };
}

export function minus(a: Amounts, b: Amounts): Amounts {
  const difference = copyOf(a);
  addTo(difference, b, -1);
  return difference;
}

export function sumOf(parts: Iterable<Amounts>): Amounts {
  const sum = copyOf(NOTHING);
  for (const part of parts) addTo(sum, part, 1);
  return sum;
}

export function isNothing(amounts: Amounts): boolean {
  return (
    COUNTS.every((count) => amounts[count] === 0) &&
    ELEMENT_CLASSES.every((name) => amounts.classes[name] === 0) &&
    BYTE_PARTS.every((part) => amounts.bytes[part] === 0)
  );
}

/** Elements and bytes that the file stores, of one class. */
export function storedAmounts(elementClass: ElementClass, elements: number, byteSize: number): Amounts {
  const isWeight = elementClass === 'weight';
  return {
    ...NOTHING,
    modelParams: isWeight ? elements : 0,
    storedElements: elements,
    byteSize,
    classes: { ...NOTHING.classes, [elementClass]: elements },
    bytes: { ...NOTHING.bytes, weights: isWeight ? byteSize : 0, constants: isWeight ? 0 : byteSize },
  };
}

export function amountsOf(inspection: ComparableInspection): Amounts {
  const { modelParams, storedElements, byteSize, recurrent, classes, bytes } = inspection;
  return {
    modelParams,
    recurrentPerUse: recurrent.perUse,
    recurrentDistinct: recurrent.distinct,
    recurrentEffective: recurrent.effective,
    storedElements,
    byteSize,
    classes,
    bytes,
  };
}

export function byClass<T>(valueOf: (name: ElementClass) => T): Record<ElementClass, T> {
  return Object.fromEntries(ELEMENT_CLASSES.map((name) => [name, valueOf(name)])) as Record<ElementClass, T>;
}
