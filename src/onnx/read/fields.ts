/**
 * The fields of one message of a skeleton, in order and not decoded: so that a graph is decoded node by node, and what is decoded can be
 * let go before the next. For bytes that SkeletonWriter wrote, which are whole.
 */
import { WireType } from './wire-types.js';

/** Where it stands in the message: its tag, its contents, what follows it. */
interface Field {
  number: number;
  start: number;
  body: number;
  end: number;
}

export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    for (let [value, scale] = [0, 1]; ; scale *= 128) {
      const byte = message[at]!;
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === WireType.VARINT) varint();
    const length = wireType === WireType.LEN ? varint() : FIXED_BYTES[wireType];
    const body = at;
    at += length ?? 0;
    yield { number: Math.floor(tag / 8), start, body, end: at };
  }
}

const FIXED_BYTES: Partial<Record<number, number>> = { [WireType.I64]: 8, [WireType.I32]: 4 };
