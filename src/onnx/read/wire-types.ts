/** The wire types of protobuf, by protobuf's own names: how the contents of a field are written. */

export const WireType = {
  VARINT: 0,
  I64: 1,
  LEN: 2,
  SGROUP: 3,
  EGROUP: 4,
  I32: 5,
} as const;

/** Of fields whose length is known before their contents. */
export type BodyWireType = typeof WireType.I64 | typeof WireType.LEN | typeof WireType.I32;
