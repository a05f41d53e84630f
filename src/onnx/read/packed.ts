/**
 * Numbers as protobuf packs them: how long they are, and whether they end where their field does. A reader that does not look goes on
 * in the middle of something else; that two readers see two things in one file is what this prevents.
 */
import { WeighbridgeError } from '../../core/errors.js';
import type { PayloadFormat } from './messages.js';

export const MAX_VARINT_BYTES = 10;

/** Throws ARTIFACT_MALFORMED unless the length is a whole number of values. */
export function checkLength(format: PayloadFormat, length: number): void {
  const size = format === 'fixed32' ? 4 : format === 'fixed64' ? 8 : 1;
  if (length % size !== 0) refuseCutValues();
}

/** The low 32 bits of a varint, unsigned. */
export function lowBits(raw: Uint8Array): number {
  let value = 0;
  for (let i = 0; i < Math.min(raw.length, 5); i += 1) value += (raw[i]! & 0x7f) * 128 ** i;
  return value % 2 ** 32;
}

/**
 * int32 values as they are written: five bytes at most, or ten for a negative one. onnx-proto takes any that is longer than five for
 * ten, and would go on reading in the middle of something else.
 */
export function checkNarrow(bytes: Uint8Array): void {
  let length = 0;
  for (const byte of bytes) {
    length += 1;
    if (byte >= 0x80) continue;
    if (length > 5 && length < MAX_VARINT_BYTES) refuseCutValues();
    length = 0;
  }
}

export function countVarints(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count += 1;
  return count;
}

export function refuseCutValues(): never {
  throw new WeighbridgeError('ARTIFACT_MALFORMED', 'not readable as ONNX: packed values that end in the middle of one');
}
