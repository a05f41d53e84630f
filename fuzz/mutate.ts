/**
 * Makes one file into another: bytes turned, cut out and put in, and, since most of those end in broken protobuf, fields of the
 * message tree changed, dropped, repeated and moved, with every length right again. Driven by a seed: the same seed, the same file.
 */
import { type Message, MODEL } from '../src/onnx/read/messages.js';

export type Random = (below: number) => number;

/** mulberry32: enough for choosing, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  7n,
  8n,
  16n,
  127n,
  128n,
  255n,
  65_536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n - 1n,
];
const MORE_NUMBERS = [2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 2n, 2n ** 64n - 8n];

export function mutate(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  let input = seeds[random(seeds.length)]!;
  const other = seeds[random(seeds.length)]!;
  for (let times = 1 + random(4); times > 0; times -= 1) {
    input = random(4) === 0 ? mutateBytes(input, other, random) : mutateTree(input, other, random);
  }
  return input.length > 262_144 ? input.subarray(0, 262_144) : input;
}

function mutateBytes(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random(input.length + 1);
  const length = 1 + random(Math.min(64, input.length || 1));
  switch (random(6)) {
    case 0: {
      const turned = input.slice();
      if (turned.length > 0) turned[at % turned.length]! ^= 1 << random(8);
      return turned;
    }
    case 1: {
      const set = input.slice();
      if (set.length > 0) set[at % set.length] = [0, 1, 0x7f, 0x80, 0xff, random(256)][random(6)]!;
      return set;
    }
    case 2:
      return joined(input.subarray(0, at), input.subarray(at + length));
    case 3:
      return joined(input.subarray(0, at), input.subarray(at, at + length), input.subarray(at));
    case 4: {
      const from = random(other.length + 1);
      return joined(input.subarray(0, at), other.subarray(from, from + length), input.subarray(at));
    }
    default:
      return input.subarray(0, at);
  }
}

/** A field: its contents are a number, bytes, or fields again. */
interface Field {
  number: number;
  wireType: number;
  value: bigint;
  bytes: Uint8Array;
  fields: Field[] | null;
}

function mutateTree(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const root = parse(input, MODEL);
  if (!root || root.length === 0) return mutateBytes(input, other, random);
  const lists = listsOf(root);
  const list = lists[random(lists.length)]!;
  const at = random(list.length);
  const chosen = list[at]!;
  switch (random(7)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(random(list.length + 1), 0, chosen);
      break;
    case 2: {
      const theirs = parse(other, MODEL);
      const from = theirs && theirs.length > 0 ? listsOf(theirs) : [];
      const taken = from[random(from.length)];
      if (taken) list.splice(at, random(2), taken[random(taken.length)]!);
      break;
    }
    case 3:
      chosen.number = 1 + random(26);
      break;
    case 4: {
      const later = random(list.length);
      [list[at], list[later]] = [list[later]!, chosen];
      break;
    }
    default:
      changeValue(chosen, root, random);
  }
  return encode(root);
}

function changeValue(field: Field, root: Field[], random: Random): void {
  if (field.wireType === 0) {
    const all = [...NUMBERS, ...MORE_NUMBERS];
    field.value = random(3) === 0 ? field.value + BigInt(random(9) - 4) : all[random(all.length)]!;
    field.value = BigInt.asUintN(64, field.value);
    return;
  }
  if (field.fields) {
    field.fields = random(2) === 0 ? [] : field.fields.slice(0, random(field.fields.length + 1));
    return;
  }
  // Names are most of the bytes, and what they are is other names.
  const texts = listsOf(root).flatMap((list) => list.filter(({ wireType, fields }) => wireType === 2 && !fields));
  switch (random(4)) {
    case 0:
      field.bytes = texts[random(texts.length)]?.bytes ?? field.bytes;
      break;
    case 1:
      field.bytes = new Uint8Array(field.bytes.length);
      break;
    case 2:
      field.bytes = mutateBytes(field.bytes, field.bytes, random);
      break;
    default:
      field.bytes = Uint8Array.from(NUMBERS.slice(0, 1 + random(4)).flatMap(() => varint(NUMBERS[random(8)]!)));
  }
}

/** Every list of fields that holds something, the outermost first. */
function listsOf(root: Field[]): Field[][] {
  const lists = [root];
  for (const list of lists)
    for (const { fields } of list) if (fields && fields.length > 0 && !lists.includes(fields)) lists.push(fields);
  return lists;
}

function parse(input: Uint8Array, message: Message): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  const number = (): bigint | null => {
    let [value, shift] = [0n, 0n];
    for (let i = 0; i < 10 && at < input.length; i += 1) {
      const byte = input[at]!;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return null;
  };
  while (at < input.length) {
    const tag = number();
    if (tag === null || tag < 8n || tag >= 2n ** 32n) return null;
    const [field, wireType] = [Number(tag >> 3n), Number(tag & 7n)];
    const value = wireType === 0 || wireType === 2 ? number() : 0n;
    const length = [0, 8, Number(value), NaN, NaN, 4][wireType] ?? NaN;
    if (value === null || Number.isNaN(length) || at + length > input.length) return null;
    const bytes = input.subarray(at, at + length);
    at += length;
    const rule = message.fields.get(field);
    const inner = wireType === 2 && rule?.kind === 'message' ? parse(bytes, rule.message) : null;
    fields.push({ number: field, wireType, value, bytes, fields: inner });
  }
  return fields;
}

function encode(fields: readonly Field[]): Uint8Array {
  return joined(
    ...fields.flatMap(({ number, wireType, value, bytes, fields: inner }) => {
      const head = varint(BigInt(number) * 8n + BigInt(wireType));
      if (wireType === 0) return [Uint8Array.from([...head, ...varint(value)])];
      const body = inner ? encode(inner) : bytes;
      if (wireType !== 2) return [Uint8Array.from(head), body];
      return [Uint8Array.from([...head, ...varint(BigInt(body.length))]), body];
    }),
  );
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
