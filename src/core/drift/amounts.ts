/** Arithmetic over a share of every total: what an inspection, a node or a change holds. Exact integers; changes nothing that it is given. */
import type { ChangeDeltas, ComparableInspection } from '../comparison.js';
import {
  COMPARED_FIELDS,
  COMPARED_METRICS,
  comparedFactsOf,
  comparedFigure,
  type ComparedField,
  type ComparedMetric,
  type CountedTensor,
  fieldOf,
  type Measured,
} from '../metrics.js';
import { ELEMENT_CLASSES, type ElementClass } from '../stored-tensors.js';

/** A share of every total; of a change the difference of two. */
export type Amounts = ChangeDeltas;

const TOTALS = COMPARED_METRICS.map((metric) => ({ field: fieldOf(metric), ...comparedFactsOf(metric) }));
/** The totals that recurrent nodes add to by themselves, and those that stored tensors add to. */
const ADDED_BY_NODES = TOTALS.flatMap(({ field, node: add }) => (add ? [{ field, add }] : []));
const ADDED_BY_TENSORS = TOTALS.flatMap(({ field, tensor: add }) => (add ? [{ field, add }] : []));
const ADDED_BY_CELLS = TOTALS.flatMap(({ field, cell: add }) => (add ? [{ field, add }] : []));
const BYTE_PARTS = ['weights', 'constants', 'graph', 'metadata', 'padding'] as const;

export const NOTHING: Amounts = {
  ...byMetric(() => 0),
  classes: byClass(() => 0),
  bytes: { weights: 0, constants: 0, graph: 0, metadata: 0, padding: 0 },
};

/** Adds b to a. What is no metric is written out: a comparison of large models does this tens of thousands of times. */
function add(a: Amounts, b: Amounts): void {
  for (const field of COMPARED_FIELDS) a[field] += b[field];
  const [c, d] = [a.classes, b.classes];
  c.weight += d.weight;
  c.state += d.state;
  c.buffer += d.buffer;
  c.quantization += d.quantization;
  c.integer += d.integer;
  c.scalar += d.scalar;
  c.unused += d.unused;
  const [p, q] = [a.bytes, b.bytes];
  p.weights += q.weights;
  p.constants += q.constants;
  p.graph += q.graph;
  p.metadata += q.metadata;
  p.padding += q.padding;
}

/** Takes b from a itself, which nobody else may hold. As differences, since −1·0 is no small integer to V8, and would be kept apart. */
export function subtract(a: Amounts, b: Amounts): void {
  for (const field of COMPARED_FIELDS) a[field] -= b[field];
  const [c, d] = [a.classes, b.classes];
  c.weight -= d.weight;
  c.state -= d.state;
  c.buffer -= d.buffer;
  c.quantization -= d.quantization;
  c.integer -= d.integer;
  c.scalar -= d.scalar;
  c.unused -= d.unused;
  const [p, q] = [a.bytes, b.bytes];
  p.weights -= q.weights;
  p.constants -= q.constants;
  p.graph -= q.graph;
  p.metadata -= q.metadata;
  p.padding -= q.padding;
}

function copyOf(amounts: Amounts): Amounts {
  return { ...amounts, classes: { ...amounts.classes }, bytes: { ...amounts.bytes } };
}

export function minus(a: Amounts, b: Amounts): Amounts {
  const difference = copyOf(a);
  subtract(difference, b);
  return difference;
}

export function sumOf(parts: Iterable<Amounts>): Amounts {
  const sum = copyOf(NOTHING);
  for (const part of parts) add(sum, part);
  return sum;
}

export function isNothing(amounts: Amounts): boolean {
  return (
    COMPARED_FIELDS.every((field) => amounts[field] === 0) &&
    ELEMENT_CLASSES.every((name) => amounts.classes[name] === 0) &&
    BYTE_PARTS.every((part) => amounts.bytes[part] === 0)
  );
}

/** What the file stores of one class, behind no recurrent node. */
export function storedAmounts(tensor: Omit<CountedTensor, 'distinct'>): Amounts {
  return addTensor(copyOf(NOTHING), { ...tensor, distinct: 0 });
}

/** What a recurrent node adds by itself, and what is stored for it. */
export function nodeAmounts(node: { stored: number; effective: number }, tensors: readonly CountedTensor[]): Amounts {
  const amounts = copyOf(NOTHING);
  for (const { field, add } of ADDED_BY_NODES) amounts[field] += add(node);
  for (const tensor of tensors) addTensor(amounts, tensor);
  return amounts;
}

/** What a cell that is written out adds by itself, and what is stored for it where that is counted with it. */
export function cellAmounts(cell: { params: number }, tensors: readonly CountedTensor[]): Amounts {
  const amounts = copyOf(NOTHING);
  for (const { field, add } of ADDED_BY_CELLS) amounts[field] += add(cell);
  for (const tensor of tensors) addTensor(amounts, tensor);
  return amounts;
}

/** Rounded, and still in sum what classes and parts of the file say. */
export function scaled(amounts: Amounts, ratio: number): Amounts {
  const of = (count: number) => Math.round(count * ratio);
  const classes = byClass((name) => of(amounts.classes[name]));
  const bytes = { ...amounts.bytes };
  for (const part of BYTE_PARTS) bytes[part] = of(bytes[part]);
  const sum = (counts: object) => Object.values(counts as Record<string, number>).reduce((all, each) => all + each, 0);
  const totals = { storedElements: sum(classes), byteSize: sum(bytes) };
  return { ...byMetric((field) => of(amounts[field])), ...totals, classes, bytes };
}

function addTensor(amounts: Amounts, tensor: CountedTensor): Amounts {
  const { class: elementClass, elements, byteSize } = tensor;
  for (const { field, add } of ADDED_BY_TENSORS) amounts[field] += add(tensor);
  amounts.classes[elementClass] += elements;
  amounts.bytes[elementClass === 'weight' ? 'weights' : 'constants'] += byteSize;
  return amounts;
}

export function amountsOf(inspection: ComparableInspection): Amounts {
  const file: Measured = { ...inspection, ...NOT_COMPARED };
  const { classes, bytes } = inspection;
  return { ...byMetric((_, metric) => comparedFigure(metric, file).amount), classes, bytes };
}

/** The totals that are shown: null where one is not known. */
export function figuresOf(inspection: ComparableInspection): Record<ComparedField, number | null> {
  const file: Measured = { ...inspection, ...NOT_COMPARED };
  return byMetric((_, metric) => comparedFigure(metric, file).figure);
}

/** What no total of a comparison is made of. */
const NOT_COMPARED = { duplicateBytes: null, work: { macsPerStep: null, stateBytes: null } };

export function byMetric<T>(valueOf: (field: ComparedField, metric: ComparedMetric) => T): Record<ComparedField, T> {
  const entries = COMPARED_METRICS.map((metric) => [fieldOf(metric), valueOf(fieldOf(metric), metric)]);
  return Object.fromEntries(entries) as Record<ComparedField, T>;
}

export function byClass<T>(valueOf: (name: ElementClass) => T): Record<ElementClass, T> {
  return Object.fromEntries(ELEMENT_CLASSES.map((name) => [name, valueOf(name)])) as Record<ElementClass, T>;
}
