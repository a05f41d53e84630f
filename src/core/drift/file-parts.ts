/**
 * Changes of what belongs to no node and no tensor: graph, metadata, producer, padding, external data that no tensor uses, and the remainder, which is whatever of the totals
 * no other change tells. With it all changes sum to the deltas of the totals.
 */
import type { Change, ChangeCause, ChangeSide, ChangeSubject, ComparableInspection } from '../comparison.js';
import { unclaimedBytes } from '../inspection.js';
import { type Amounts, isNothing, minus, NOTHING } from './amounts.js';
import { NO_SIDE } from './no-side.js';

/**
 * `rest` is what nodes and tensors leave of the totals. Nodes, names and dims come with what they are about: where all of that has one
 * cause, theirs is the same.
 */
export function compareFileParts(
  files: { base: ComparableInspection; compare: ComparableInspection },
  rest: { base: Amounts; compare: Amounts },
  onlyCause: ChangeCause | null,
): Change[] {
  const unclaimed = { base: unclaimedIn(files.base), compare: unclaimedIn(files.compare) };
  const [before, after] = [minus(rest.base, unclaimed.base), minus(rest.compare, unclaimed.compare)];
  const exporter = isOtherExporter(files.base, files.compare) ? 'EXPORTER' : 'OTHER';
  const part = (subject: ChangeSubject, cause: ChangeCause, select: (amounts: Amounts) => Amounts) =>
    partChange(subject, cause, select(before), select(after));
  return [
    part('GRAPH', exporter === 'OTHER' ? (onlyCause ?? 'OTHER') : exporter, bytesOf('graph')),
    part('METADATA', 'METADATA', bytesOf('metadata')),
    part('PADDING', 'OTHER', bytesOf('padding')),
    partChange('EXTERNAL_DATA', 'UNCLAIMED', unclaimed.base, unclaimed.compare),
    part('REMAINDER', 'OTHER', (amounts) => minus(withoutFileBytes(amounts), constantsOf(amounts))),
    part('REMAINDER', constantsCause(before, after, exporter), constantsOf),
    producerChange(files.base, files.compare),
  ].filter((change) => change !== null);
}

function bytesOf(name: 'graph' | 'metadata' | 'padding') {
  return ({ bytes }: Amounts): Amounts => ({
    ...NOTHING,
    byteSize: bytes[name],
    totalByteSize: bytes[name],
    bytes: { ...NOTHING.bytes, [name]: bytes[name] },
  });
}

/** Nothing where the size is not known: then the total is what tensors claim. */
function unclaimedIn(file: ComparableInspection): Amounts {
  return { ...NOTHING, totalByteSize: unclaimedBytes(file) ?? 0 };
}

function withoutFileBytes(amounts: Amounts): Amounts {
  const { weights, constants } = amounts.bytes;
  const byteSize = weights + constants;
  const totalByteSize = amounts.totalByteSize - (amounts.byteSize - byteSize);
  return { ...amounts, byteSize, totalByteSize, bytes: { ...NOTHING.bytes, weights, constants } };
}

/** All classes but weights. Their bytes are one figure, so that they stay together. */
function constantsOf({ classes, storedElements, bytes }: Amounts): Amounts {
  return {
    ...NOTHING,
    storedElements: storedElements - classes.weight,
    byteSize: bytes.constants,
    totalByteSize: bytes.constants,
    classes: { ...classes, weight: 0 },
    bytes: { ...NOTHING.bytes, constants: bytes.constants },
  };
}

function constantsCause(before: Amounts, after: Amounts, exporter: ChangeCause): ChangeCause {
  const { classes } = minus(constantsOf(after), constantsOf(before));
  const isScales = classes.quantization !== 0;
  return isScales && Object.values(classes).every((delta) => delta === 0 || delta === classes.quantization)
    ? 'QUANTIZATION'
    : exporter;
}

function isOtherExporter(base: ComparableInspection, compare: ComparableInspection): boolean {
  return (
    base.producerName !== compare.producerName ||
    base.producerVersion !== compare.producerVersion ||
    JSON.stringify(base.opsets) !== JSON.stringify(compare.opsets)
  );
}

function partChange(subject: ChangeSubject, cause: ChangeCause, before: Amounts, after: Amounts): Change | null {
  const deltas = minus(after, before);
  if (isNothing(deltas)) return null;
  return {
    ...NO_PLACE,
    subject,
    status: isNothing(before) ? 'ADDED' : isNothing(after) ? 'REMOVED' : 'RESIZED',
    cause,
    delta: deltas.modelParams,
    deltas,
    base: partSide(before),
    compare: partSide(after),
  };
}

function producerChange(base: ComparableInspection, compare: ComparableInspection): Change | null {
  const [before, after] = [producerOf(base), producerOf(compare)];
  if (before === after) return null;
  return {
    ...NO_PLACE,
    subject: 'PRODUCER',
    status: 'RENAMED',
    cause: 'EXPORTER',
    delta: 0,
    deltas: NOTHING,
    base: { ...partSide(NOTHING), producer: before },
    compare: { ...partSide(NOTHING), producer: after },
  };
}

function producerOf({ producerName, producerVersion }: ComparableInspection): string {
  return [producerName, producerVersion].filter((text) => text !== '').join(' ');
}

const NO_PLACE = { path: null, basePath: null, opType: null, parts: null, confidence: 'CERTAIN' as const };

function partSide({ storedElements, totalByteSize: byteSize }: Amounts): ChangeSide {
  return { ...NO_SIDE, elements: storedElements, byteSize };
}
