// Writes protobuf by hand, also what no encoder would write, so that a test shows the bytes that it means.

export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

export function tag(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

/** A length-delimited field. */
export function field(number: number, ...contents: (string | ArrayLike<number>)[]): number[] {
  const body = contents.flatMap((part) => Array.from(typeof part === 'string' ? Buffer.from(part) : part));
  return [...tag(number, 2), ...varint(body.length), ...body];
}

export function bytes(...parts: ArrayLike<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
