/** Arithmetic over a share of every total: what an inspection, a node or a change holds. Exact integers; changes nothing in place. */
import type { ChangeDeltas, ComparableInspection } from '../comparison.js';
import { ELEMENT_CLASSES, type ElementClass } from '../inspection.js';

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

/** a + sign·b. Written out, since a comparison of large models makes tens of thousands of them. */
function combine(a: Amounts, b: Amounts, sign: 1 | -1): Amounts {
  const [c, d] = [a.classes, b.classes];
  const [p, q] = [a.bytes, b.bytes];
  return {
    modelParams: a.modelParams + sign * b.modelParams,
    recurrentPerUse: a.recurrentPerUse + sign * b.recurrentPerUse,
    recurrentDistinct: a.recurrentDistinct + sign * b.recurrentDistinct,
    recurrentEffective: a.recurrentEffective + sign * b.recurrentEffective,
    storedElements: a.storedElements + sign * b.storedElements,
    byteSize: a.byteSize + sign * b.byteSize,
    classes: {
      weight: c.weight + sign * d.weight,
      state: c.state + sign * d.state,
      buffer: c.buffer + sign * d.buffer,
      quantization: c.quantization + sign * d.quantization,
      integer: c.integer + sign * d.integer,
      scalar: c.scalar + sign * d.scalar,
      unused: c.unused + sign * d.unused,
    },
    bytes: {
      weights: p.weights + sign * q.weights,
      constants: p.constants + sign * q.constants,
      graph: p.graph + sign * q.graph,
      metadata: p.metadata + sign * q.metadata,
      padding: p.padding + sign * q.padding,
    },
  };
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, 1);
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, -1);
}

export function sumOf(parts: Iterable<Amounts>): Amounts {
  let sum = NOTHING;
  for (const part of parts) sum = plus(sum, part);
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
