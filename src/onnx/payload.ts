/**
 * What is remembered of a tensor's values when the values themselves are dropped: how many bytes and values, a hash, and where
 * the zeros are. Memory is bounded, whatever the tensor's size.
 */
import { createHash, type Hash } from 'node:crypto';
import type { PayloadFormat } from './messages.js';

/** More runs of zeros than this are thinned out, the shortest first. A bias that was not pruned has fewer than ten. */
const MAX_RUNS = 4_096;

/** Values given one by one, unpacked, are kept up to this many bytes: shapes and axes written by old exporters. */
const MAX_KEPT_BYTES = 65_536;

/** Runs of zero elements: pairs of first index and index after the last, in order. Complete for runs of `shortest` elements or more. */
export interface ZeroRuns {
  bounds: number[];
  shortest: number;
}

export interface PayloadFacts {
  format: PayloadFormat;
  /** Bytes of the values in the file, without tags and lengths. */
  byteLength: number;
  /** How many values; null for raw bytes of a type without a whole number of bytes. */
  values: number | null;
  /** The first 128 bits of the SHA-1 of the bytes, in hexadecimal: to find duplicates, not to trust. */
  hash: string;
  /** Null where the element size is not known or below a byte. */
  zeros: ZeroRuns | null;
  /** The bytes, where values came one by one and are few. */
  kept: Uint8Array | null;
}

/** Size in bytes and whether the first bit is a sign (−0 is zero), by ONNX data type: for raw_data. */
const ELEMENTS: Record<number, { size: 1 | 2 | 4 | 8; signed: boolean }> = {
  1: { size: 4, signed: true },
  2: { size: 1, signed: false },
  3: { size: 1, signed: false },
  4: { size: 2, signed: false },
  5: { size: 2, signed: false },
  6: { size: 4, signed: false },
  7: { size: 8, signed: false },
  9: { size: 1, signed: false },
  10: { size: 2, signed: true },
  11: { size: 8, signed: true },
  12: { size: 4, signed: false },
  13: { size: 8, signed: false },
  16: { size: 2, signed: true },
  17: { size: 1, signed: true },
  19: { size: 1, signed: true },
};

export class PayloadRecorder {
  /** Native, and within a fifth of xxh128 in WebAssembly, which costs every start 60 ms. */
  readonly #hash: Hash = createHash('sha1');
  readonly #format: PayloadFormat;
  readonly #size: 1 | 2 | 4 | 8 | null;
  readonly #signed: boolean;
  readonly #runs: RunCollector | null;
  #byteLength = 0;
  #values = 0;
  #partial = new Uint8Array(8);
  #partialLength = 0;
  #varintBits = 0;
  #kept: Uint8Array[] | null = [];
  #keptLength = 0;

  /** `dataType` as far as it is known when the values begin: 0 when the file gives it later. */
  constructor(format: PayloadFormat, dataType: number) {
    this.#format = format;
    const element =
      format === 'fixed32'
        ? { size: 4 as const, signed: true }
        : format === 'fixed64'
          ? { size: 8 as const, signed: true }
          : ELEMENTS[dataType];
    this.#size = format === 'varint' || format === 'strings' ? null : (element?.size ?? null);
    // Half-precision numbers in int32_data: zero is 0 or 0x8000.
    this.#signed = format === 'varint' ? dataType === 10 || dataType === 16 : (element?.signed ?? false);
    this.#runs = format === 'varint' || this.#size !== null ? new RunCollector() : null;
  }

  /** Bytes of values, cut anywhere. `keep` for values that come one by one. */
  push(bytes: Uint8Array, keep: boolean): void {
    this.#hash.update(bytes);
    this.#byteLength += bytes.length;
    if (!keep || this.#keptLength + bytes.length > MAX_KEPT_BYTES) this.#kept = null;
    else if (this.#kept) {
      this.#kept.push(new Uint8Array(bytes));
      this.#keptLength += bytes.length;
    }
    if (this.#format === 'varint') this.#pushVarints(bytes);
    else if (this.#size !== null) this.#pushFixed(bytes, this.#size);
  }

  /** One string of a string tensor begins. */
  countString(): void {
    this.#values += 1;
  }

  finish(): PayloadFacts {
    const whole = this.#partialLength === 0 && this.#varintBits === 0;
    return {
      format: this.#format,
      byteLength: this.#byteLength,
      values: this.#format === 'raw' && this.#size === null ? null : this.#values,
      hash: this.#hash.digest('hex').slice(0, 32),
      zeros: whole && this.#runs ? this.#runs.finish() : null,
      kept: this.#kept && this.#kept.length > 0 ? Buffer.concat(this.#kept) : null,
    };
  }

  #pushVarints(bytes: Uint8Array): void {
    const runs = this.#runs!;
    for (const byte of bytes) {
      // Only whether it is zero matters: the bits that are set anywhere, but for the sign of a half-precision number.
      const sevenBits = byte & 0x7f;
      const atSign = this.#signed && this.#partialLength === 2 ? sevenBits & ~0x02 : sevenBits;
      this.#varintBits |= atSign;
      this.#partialLength += 1;
      if (byte >= 0x80) continue;
      runs.push(this.#varintBits === 0);
      this.#values += 1;
      this.#varintBits = 0;
      this.#partialLength = 0;
    }
  }

  #pushFixed(bytes: Uint8Array, size: 1 | 2 | 4 | 8): void {
    let rest = bytes;
    if (this.#partialLength > 0) {
      const wanted = Math.min(size - this.#partialLength, rest.length);
      this.#partial.set(rest.subarray(0, wanted), this.#partialLength);
      this.#partialLength += wanted;
      rest = rest.subarray(wanted);
      if (this.#partialLength < size) return;
      this.#partialLength = 0;
      this.#pushAligned(this.#partial.slice(0, size), size);
    }
    const whole = rest.length - (rest.length % size);
    if (whole > 0) this.#pushAligned(rest.subarray(0, whole), size);
    this.#partial.set(rest.subarray(whole));
    this.#partialLength = rest.length - whole;
  }

  /** A whole number of elements. */
  #pushAligned(bytes: Uint8Array, size: 1 | 2 | 4 | 8): void {
    const runs = this.#runs!;
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes); // a copy: Buffer.slice is none
    const count = bytes.length / size;
    this.#values += count;
    if (size === 4) {
      const words = new Uint32Array(aligned.buffer, aligned.byteOffset, count);
      const mask = this.#signed ? 0x7fffffff : 0xffffffff;
      for (let i = 0; i < count; i += 1) runs.push((words[i]! & mask) === 0);
    } else if (size === 8) {
      const words = new Uint32Array(aligned.buffer, aligned.byteOffset, 2 * count);
      const mask = this.#signed ? 0x7fffffff : 0xffffffff;
      for (let i = 0; i < count; i += 1) runs.push(words[2 * i] === 0 && (words[2 * i + 1]! & mask) === 0);
    } else if (size === 2) {
      const words = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
      const mask = this.#signed ? 0x7fff : 0xffff;
      for (let i = 0; i < count; i += 1) runs.push((words[i]! & mask) === 0);
    } else {
      const mask = this.#signed ? 0x7f : 0xff;
      for (let i = 0; i < count; i += 1) runs.push((aligned[i]! & mask) === 0);
    }
  }
}

/** Collects runs of zeros; when there are too many, forgets the shortest and says so. */
export class RunCollector {
  #bounds: number[] = [];
  #shortest = 1;
  #index = 0;
  #start = -1;

  push(zero: boolean): void {
    if (zero) {
      if (this.#start < 0) this.#start = this.#index;
    } else if (this.#start >= 0) this.#close();
    this.#index += 1;
  }

  finish(): ZeroRuns {
    if (this.#start >= 0) this.#close();
    return { bounds: this.#bounds, shortest: this.#shortest };
  }

  #close(): void {
    if (this.#index - this.#start >= this.#shortest) this.#bounds.push(this.#start, this.#index);
    this.#start = -1;
    while (this.#bounds.length > 2 * MAX_RUNS) {
      this.#shortest *= 2;
      const longer: number[] = [];
      for (let i = 0; i < this.#bounds.length; i += 2) {
        const [first, after] = [this.#bounds[i]!, this.#bounds[i + 1]!];
        if (after - first >= this.#shortest) longer.push(first, after);
      }
      this.#bounds = longer;
    }
  }
}
