/** A growing byte buffer in which protobuf is written front to back; lengths of messages are filled in when they close. */
import { WeighbridgeError } from '../../core/errors.js';

export class Arena {
  /** A length is written as a varint of this many bytes, padded: it is not known when the message begins. */
  static readonly LENGTH_BYTES = 5;

  #bytes = new Uint8Array(16_384);
  #length = 0;
  #charged = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** From `start` to the end; valid until the next write. */
  view(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  byteAt(index: number): number {
    return this.#bytes[index]!;
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Up to 2^53−1. */
  varint(value: number): void {
    this.#room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length] = (rest % 128) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** Room for the length of what follows; returns where it is. */
  reserveLength(): number {
    this.#room(Arena.LENGTH_BYTES);
    const at = this.#length;
    this.#length += Arena.LENGTH_BYTES;
    return at;
  }

  /** Fills in the length reserved at `at`: all up to `end`. */
  setLength(at: number, end: number = this.#length): void {
    let rest = end - at - Arena.LENGTH_BYTES;
    for (let i = 0; i < Arena.LENGTH_BYTES; i += 1) {
      this.#bytes[at + i] = (rest % 128) | (i < Arena.LENGTH_BYTES - 1 ? 0x80 : 0);
      rest = Math.floor(rest / 128);
    }
  }

  truncate(length: number): void {
    this.#length = length;
  }

  /** Inserts bytes, moving what lies behind. */
  insert(at: number, bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.copyWithin(at + bytes.length, at, this.#length);
    this.#bytes.set(bytes, at);
    this.#length += bytes.length;
  }

  /** Counts memory held elsewhere on behalf of the same file against the limit. */
  charge(bytes: number): void {
    this.#charged += bytes;
    this.#room(0);
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed + this.#charged > this.#limit) {
      throw new WeighbridgeError(
        'LIMIT_EXCEEDED',
        `the model holds more than ${this.#limit / 2 ** 20} MiB of names, nodes and small values: over the limit of this reader`,
      );
    }
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(this.#limit + 64, Math.max(needed, 2 * this.#bytes.length)));
    grown.set(this.bytes());
    this.#bytes = grown;
  }
}
