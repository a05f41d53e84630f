/**
 * Models made to cost memory or time, as chunks: too large to be held while they are sent. Each is one piece repeated inside
 * messages whose length is said before. measure.ts sends them in a process of its own.
 */
import { field, tag, varint } from '../../support/wire.js';

const CHUNK_BYTES = 2 ** 20;

/** `count` times `piece`, in messages of these field numbers (the outermost first), after the bytes `before` in the innermost. */
interface Attack {
  fields: number[];
  before?: number[];
  piece: ArrayLike<number>;
  count: number;
}

const GRAPH = 7;
const NODE = 1;
const ATTRIBUTE = 5;
const INITIALIZER = 5;
const EMPTY = (number: number) => [...tag(number, 2), 0];
const INT64S = (elements: number) => [...field(8, 'W'), ...field(1, varint(elements)), ...tag(2, 0), 7];
const MEBI = 2 ** 20;
/** An initializer of 75 Mi floats up to where its raw_data begin. */
const FLOATS = beginning(
  INITIALIZER,
  [...field(8, 'W'), ...field(1, varint(75 * MEBI)), ...tag(2, 0), 1],
  9,
  300 * MEBI,
);

export const ATTACKS = {
  smallModel: { fields: [GRAPH, NODE], piece: field(4, 'Relu'), count: 1 },
  emptyNodes: { fields: [GRAPH], piece: EMPTY(NODE), count: 40 * MEBI },
  /** Just few enough to be read. */
  fewEmptyNodes: { fields: [GRAPH], piece: EMPTY(NODE), count: 900_000 },
  emptyInputNames: { fields: [GRAPH, NODE], piece: EMPTY(1), count: 30_000_000 },
  emptyAttributes: { fields: [GRAPH, NODE], piece: EMPTY(ATTRIBUTE), count: 10_000_000 },
  /** Few enough bytes to be read, too many objects for a heap. */
  fewEmptyAttributes: { fields: [GRAPH, NODE], piece: EMPTY(ATTRIBUTE), count: 850_000 },
  emptyOpsets: { fields: [], piece: EMPTY(8), count: 10_000_000 },
  emptyDimensions: { fields: [GRAPH, 11, 2, 1, 2], piece: EMPTY(1), count: 10_000_000 },
  attributeInts: { fields: [GRAPH, NODE, ATTRIBUTE, 8], piece: [1], count: 50 * MEBI },
  attributeStrings: { fields: [GRAPH, NODE, ATTRIBUTE], piece: EMPTY(9), count: 30_000_000 },
  packedInt64: { fields: [GRAPH, INITIALIZER, 7], piece: [1], count: 200 * MEBI },
  int64OneByOne: { fields: [GRAPH, INITIALIZER], before: INT64S(8 * MEBI), piece: [...tag(7, 0), 1], count: 8 * MEBI },
  packedDims: { fields: [GRAPH, INITIALIZER, 1], piece: [1], count: 200 * MEBI },
  rawData: { fields: [GRAPH], before: FLOATS, piece: [0, 0, 128, 63], count: 75 * MEBI },
  longName: { fields: [GRAPH, NODE, 3], piece: [97], count: 200 * MEBI },
  smallTensors: { fields: [GRAPH], piece: field(INITIALIZER, field(9, new Uint8Array(60_000))), count: 5_000 },
} satisfies Record<string, Attack>;

export type AttackName = keyof typeof ATTACKS;

export function* chunksOf({ fields, before = [], piece, count }: Attack): Generator<Uint8Array> {
  let length = before.length + count * piece.length;
  let head = before;
  for (const number of fields.toReversed()) {
    head = [...tag(number, 2), ...varint(length), ...head];
    length = head.length + count * piece.length;
  }
  yield Uint8Array.from(head);
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / piece.length));
  const chunk = new Uint8Array(perChunk * piece.length);
  for (let i = 0; i < perChunk; i += 1) chunk.set(piece, i * piece.length);
  for (let left = count; left > 0; left -= perChunk) {
    yield left >= perChunk ? chunk : chunk.subarray(0, left * piece.length);
  }
}

/** A message up to where its last field, of that many bytes, begins. */
function beginning(message: number, before: number[], last: number, length: number): number[] {
  const body = [...before, ...tag(last, 2), ...varint(length)];
  return [...tag(message, 2), ...varint(body.length + length), ...body];
}
