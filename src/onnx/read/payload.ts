/**
 * What is remembered of a tensor's values when the values themselves are dropped: how many bytes and values, a hash, and where
 * the zeros are. Memory is bounded, whatever the tensor's size.
 */
import { isSame } from './platform.js';
import { ContentHash, HASH_BLOCK_BYTES } from './content-hash.js';
import { bytesOfElement, isHalf, isInteger, zeroBits } from './dtypes.js';
import type { PayloadFormat } from './messages.js';
import { type NumberReader, numberReader, readNumbers } from './numbers.js';
import { type Pattern, PatternReader } from './patterns.js';
import { findRuns, RunCollector, type ZeroRuns } from './zero-runs.js';

/** Values given one by one, unpacked, are kept up to this many bytes: shapes and axes written by old exporters. */
const MAX_KEPT_BYTES = 65_536;

const MAX_SINGLES_BYTES = 4_096;

export interface PayloadFacts {
  format: PayloadFormat;
  /** Bytes of the values in the file, without tags and lengths. */
  byteLength: number;
  /** How many values; null for raw bytes of a type without a whole number of bytes. */
  values: number | null;
  /**
   * Of the elements as raw_data holds them, in hexadecimal (content-hash.ts): to find what is equal, not to trust. Null where the
   * file gives the type after the values.
   */
  hash: string | null;
  /** Null where the element size is not known or below a byte. */
  zeros: ZeroRuns | null;
  /** The bytes, where values came one by one and are few. */
  kept: Uint8Array | null;
  /** The first bytes, as many as make a block of the hash, where all that follows repeats them; null where it does not. */
  repeated: Uint8Array | null;
  /** What they show; null where they are no floating-point numbers, or the file gives type and dims after them. */
  pattern: Pattern | null;
  /** Where some of the values were passed over: then all that depends on values is null. Null where all were read. */
  passed: PassedValues | null;
}

interface PassedValues {
  /** Where the values begin in the file; null where they are in several places. */
  start: number | null;
}

/** Bytes that may hold zeros are tested here: where they come from they lie at any address, here at one of whole words. */
const desk = new Uint8Array(16_384);
const DESK = {
  1: new Int8Array(desk.buffer),
  2: new Int16Array(desk.buffer),
  4: new Int32Array(desk.buffer),
  8: new Int32Array(desk.buffer),
};

/** Packed numbers, on their way to the hash, as raw_data holds them. */
const numberBytes = new Uint8Array(4_096);
const numbers = new DataView(numberBytes.buffer);
/** So that ["ab", "c"] and ["a", "bc"] differ. */
const BETWEEN_STRINGS = Uint8Array.of(0);

export class PayloadRecorder {
  readonly #hash = new ContentHash();
  readonly #format: PayloadFormat;
  readonly #size: 1 | 2 | 4 | 8 | null;
  /** The bits of an element, of its last word where it has two, that are not the sign. */
  readonly #mask: number;
  readonly #isSignedVarint: boolean;
  readonly #runs: RunCollector | null;
  #byteLength = 0;
  #values = 0;
  /** Bytes that do not fill a block of the hash yet, which is a whole number of elements of every size. */
  readonly #rest = new Uint8Array(HASH_BLOCK_BYTES);
  #restLength = 0;
  /** The first block, as long as each one is like it. */
  #repeated: Uint8Array | null | undefined;
  #varintBits = 0;
  #varintBytes = 0;
  /** The number being read, low and high 32 bits. */
  #low = 0;
  #high = 0;
  /** Bytes in which a number goes to the hash; 0 where the type is not known yet. */
  readonly #width: number;
  #hashedBytes = 0;
  #kept: Uint8Array[] | null = [];
  #keptLength = 0;
  #singles: Uint8Array | null = null;
  #singlesLength = 0;
  readonly #number: NumberReader | null;
  readonly #patterns: PatternReader | null;
  /** The field of which something was passed over. */
  #passed: { start: number; length: number } | null = null;

  /** `dataType` and `dims` as far as they are known when the values begin: 0 and null when the file gives them later. */
  constructor(format: PayloadFormat, dataType: number, dims: readonly number[] | null) {
    this.#format = format;
    this.#number = isInteger(dataType) || format === 'strings' ? null : numberReader(dataType);
    this.#patterns = this.#number && dims ? new PatternReader(dims, this.#number[0]) : null;
    const element =
      format === 'fixed32'
        ? { size: 4 as const, signed: true }
        : format === 'fixed64'
          ? { size: 8 as const, signed: true }
          : zeroBits(dataType);
    this.#size = format === 'varint' || format === 'strings' ? null : (element?.size ?? null);
    // Half-precision numbers in int32_data: zero is 0 or 0x8000.
    this.#isSignedVarint = format === 'varint' && isHalf(dataType);
    this.#mask = element?.signed ? 2 ** (8 * Math.min(4, element.size) - 1) - 1 : -1;
    this.#width = format === 'varint' && dataType !== 0 ? (bytesOfElement(dataType) ?? 8) : 0;
    this.#runs = format === 'varint' || this.#size !== null ? new RunCollector() : null;
  }

  /** Bytes of values, cut anywhere; `keep` keeps them while they are few. */
  push(bytes: Uint8Array, keep = false): void {
    this.#pushSingles();
    this.#push(bytes, keep);
  }

  /** Bytes of values that come one by one: gathered, since they may be a hundred million. */
  pushSingle(bytes: Uint8Array): void {
    this.#singles ??= new Uint8Array(MAX_SINGLES_BYTES);
    if (this.#singlesLength + bytes.length > MAX_SINGLES_BYTES) this.#pushSingles();
    for (let i = 0; i < bytes.length; i += 1) this.#singles[this.#singlesLength + i] = bytes[i]!;
    this.#singlesLength += bytes.length;
  }

  #pushSingles(): void {
    if (this.#singlesLength === 0) return;
    this.#push(this.#singles!.subarray(0, this.#singlesLength), true);
    this.#singlesLength = 0;
  }

  #push(bytes: Uint8Array, keep: boolean): void {
    this.#byteLength += bytes.length;
    if (!keep || this.#keptLength + bytes.length > MAX_KEPT_BYTES) this.#kept = null;
    else if (this.#kept) {
      this.#kept.push(new Uint8Array(bytes));
      this.#keptLength += bytes.length;
    }
    if (this.#format === 'varint') this.#pushVarints(bytes);
    else this.#pushPieces(bytes);
  }

  #pushPieces(bytes: Uint8Array): void {
    this.#hashedBytes += bytes.length;
    const start = this.#restLength === 0 ? 0 : this.#fillRest(bytes);
    const end = bytes.length - ((bytes.length - start) % HASH_BLOCK_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = start; at < end; at += desk.length) {
      this.#pushBlocks(bytes, view, at, Math.min(end, at + desk.length));
    }
    this.#rest.set(bytes.subarray(end), this.#restLength);
    this.#restLength += bytes.length - end;
  }

  /** One string of a string tensor begins. */
  countString(): void {
    this.#values += 1;
    this.#pushPieces(BETWEEN_STRINGS);
  }

  /** Values that are not read, of a field whose contents begin there in the file and are so long. */
  pass(count: number, start: number, length: number): void {
    this.#passed ??= { start, length };
    this.#byteLength += count;
  }

  finish(): PayloadFacts {
    this.#pushSingles();
    if (this.#passed) return this.#unread(this.#passed);
    const rest = this.#rest.slice(0, this.#restLength);
    let whole = this.#varintBytes === 0;
    if (this.#size !== null) {
      whole = rest.length % this.#size === 0;
      this.#look(rest.subarray(0, rest.length - (rest.length % this.#size)), this.#size);
    }
    this.#seePatterns(new DataView(rest.buffer), 0, rest.length);
    return {
      format: this.#format,
      byteLength: this.#byteLength,
      values: this.#format === 'raw' && this.#size === null ? null : this.#values,
      hash: this.#format === 'varint' && this.#width === 0 ? null : this.#hash.finish(rest, this.#hashedBytes),
      zeros: whole && this.#runs ? this.#runs.finish() : null,
      kept: this.#kept && this.#kept.length > 0 ? joined(this.#kept) : null,
      repeated: this.#repeated && rest.every((byte, i) => byte === this.#repeated![i]) ? this.#repeated : null,
      pattern: this.#patterns?.finish() ?? null,
      passed: null,
    };
  }

  /** Without what depends on values. */
  #unread({ start, length }: { start: number; length: number }): PayloadFacts {
    const size = this.#format === 'raw' ? null : this.#size;
    return {
      format: this.#format,
      byteLength: this.#byteLength,
      values: size && Math.floor(this.#byteLength / size),
      hash: null,
      zeros: null,
      kept: null,
      repeated: null,
      pattern: null,
      passed: { start: length === this.#byteLength ? start : null },
    };
  }

  /** Completes the block that was begun, as far as there are bytes; how many it took. */
  #fillRest(bytes: Uint8Array): number {
    const piece = bytes.subarray(0, HASH_BLOCK_BYTES - this.#restLength);
    this.#rest.set(piece, this.#restLength);
    this.#restLength += piece.length;
    if (this.#restLength === HASH_BLOCK_BYTES) {
      this.#restLength = 0;
      this.#pushBlocks(this.#rest, new DataView(this.#rest.buffer), 0, HASH_BLOCK_BYTES);
    }
    return piece.length;
  }

  /** Whole blocks, at most as many as the desk holds. */
  #pushBlocks(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    if (this.#repeated !== null && start < end) this.#repeated = repeatedIn(bytes.subarray(start, end), this.#repeated);
    if (this.#patterns?.isOpen) this.#seePatterns(view, start, end);
    const hasZeroWord = this.#hash.update(view, start, end, this.#size === 4 ? this.#mask : -1);
    if (this.#size === null) return;
    if (this.#size >= 4 && !hasZeroWord) this.#pass((end - start) / this.#size);
    else this.#look(bytes.subarray(start, end), this.#size);
  }

  /** Numbers from one place of a view up to another; both lie between numbers. */
  #seePatterns(view: DataView, start: number, end: number): void {
    if (!this.#patterns || !this.#number) return;
    const number = this.#number;
    const [size] = number;
    const count = Math.floor((end - start) / size);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, count * size);
    this.#patterns.push(bytes, count, (target, place) => readNumbers(target, number, view, start + place * size));
  }

  #pushVarints(bytes: Uint8Array): void {
    const runs = this.#runs!;
    let waiting = 0;
    for (const byte of bytes) {
      const sevenBits = byte & 0x7f;
      // Only whether it is zero matters: the bits that are set anywhere, but for the sign of a half-precision number.
      this.#varintBits |= this.#isSignedVarint && this.#varintBytes === 2 ? sevenBits & ~0x02 : sevenBits;
      const shift = 7 * this.#varintBytes;
      if (shift < 32) this.#low |= sevenBits << shift;
      if (shift >= 28) this.#high |= shift === 28 ? sevenBits >> 4 : sevenBits << (shift - 32);
      this.#varintBytes += 1;
      if (byte >= 0x80) continue;
      runs.push(this.#varintBits === 0, 1);
      this.#values += 1;
      numbers.setInt32(waiting, this.#low, true);
      numbers.setInt32(waiting + 4, this.#high, true);
      waiting += this.#width; // the next number covers what is too long
      if (waiting > numberBytes.length - 8) {
        this.#pushPieces(numberBytes.subarray(0, waiting));
        waiting = 0;
      }
      [this.#low, this.#high, this.#varintBits, this.#varintBytes] = [0, 0, 0, 0];
    }
    this.#pushPieces(numberBytes.subarray(0, waiting));
  }

  /** None of these elements is zero; every zero of 8 bytes has a word of zero. */
  #pass(count: number): void {
    this.#values += count;
    this.#runs!.push(false, count);
  }

  /** Finds the zeros among the elements in these bytes, at most as many as the desk holds. */
  #look(bytes: Uint8Array, size: 1 | 2 | 4 | 8): void {
    const runs = this.#runs!;
    const count = bytes.length / size;
    desk.set(bytes);
    this.#values += count;
    if (size === 8) {
      const words = DESK[8];
      for (let i = 0; i < count; i += 1) runs.push((words[2 * i]! | (words[2 * i + 1]! & this.#mask)) === 0, 1);
    } else findRuns(DESK[size], count, this.#mask, runs);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The block that whole blocks repeat; null where they differ. Ends at the first byte that does, which is mostly in the second block. */
function repeatedIn(blocks: Uint8Array, known: Uint8Array | undefined): Uint8Array | null {
  const first = blocks.subarray(0, HASH_BLOCK_BYTES);
  if (known && !isSame(known, first)) return null;
  const [before, behind] = [blocks.subarray(0, blocks.length - HASH_BLOCK_BYTES), blocks.subarray(HASH_BLOCK_BYTES)];
  if (!isSame(before, behind)) return null;
  return known ?? first.slice();
}
