/**
 * How many numbers of a tensor the others repeat along its axes, as Tile and Expand make them: told from the bytes of its elements as they
 * pass, in row-major order. Most tensors repeat nothing, which the first bytes of a second time show; until then nothing is looked at.
 */
import { isSame } from './platform.js';

/** Numbers that may be repeated. */
const MAX_PERIOD = 65_536;

export class RepeatReader {
  readonly #elements: number;
  #open: RepeatWatch[] = [];
  /** The bytes from the first on, as many as the longest watch asks for. */
  #first: Uint8Array | null = null;
  #seen = 0;

  /** `axes` are the dims over 1, `size` the bytes of an element. */
  constructor(axes: readonly number[], size: number) {
    this.#elements = axes.reduce((product, dim) => product * dim, 1);
    if (this.#elements === 0) return; // whatever the file gives beside such dims
    let stride = 1;
    for (let axis = axes.length - 1; axis >= 0; axis -= 1) {
      const dim = axes[axis]!;
      for (let period = 1; period < dim && period * stride <= MAX_PERIOD; period += 1) {
        if (dim % period === 0) this.#open.push(new RepeatWatch({ axis, dim, period }, stride * size));
      }
      stride *= dim;
    }
  }

  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Whole elements. */
  push(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    const longest = this.#open.reduce((most, { length }) => Math.max(most, length), 0);
    if (this.#seen < longest) {
      this.#first ??= new Uint8Array(longest);
      this.#first.set(bytes.subarray(0, longest - this.#seen), this.#seen);
    }
    this.#seen += bytes.length;
    const first = this.#first!;
    const stillOpen = this.#open.filter((watch) => watch.see(bytes, first));
    if (stillOpen.length < this.#open.length) this.#open = stillOpen;
  }

  /** All of the elements where none repeat. Once all were pushed. */
  finish(): number {
    const axes = new Map<number, Repeat>();
    for (const { repeat } of this.#open) {
      if (repeat.period < (axes.get(repeat.axis)?.period ?? Infinity)) axes.set(repeat.axis, repeat);
    }
    let distinct = this.#elements;
    for (const { dim, period } of axes.values()) distinct = (distinct / dim) * period;
    return distinct;
  }
}

/** An axis that repeats its first `period` steps. */
interface Repeat {
  axis: number;
  dim: number;
  period: number;
}

/** Whether every line of an axis repeats its first steps. All sizes in bytes. */
class RepeatWatch {
  readonly repeat: Repeat;
  /** Of what is repeated. */
  readonly length: number;
  readonly #line: number;
  /** Within the line. */
  #place = 0;
  /** What the line begins with; of the first line that is what the tensor begins with. */
  #steps: Uint8Array | null = null;
  #isFirstLine = true;

  /** `stride`: from one step of the axis to the next. */
  constructor(repeat: Repeat, stride: number) {
    this.repeat = repeat;
    this.length = stride * repeat.period;
    this.#line = stride * repeat.dim;
  }

  /** False as soon as something is not repeated. */
  see(bytes: Uint8Array, first: Uint8Array): boolean {
    const { length } = this;
    for (let at = 0; at < bytes.length;) {
      const place = this.#place;
      const isNew = place < length;
      const end = Math.min(bytes.length, at + (isNew ? length : this.#line) - place);
      if (!isNew) {
        const steps = this.#isFirstLine ? first : this.#steps!;
        if (!repeats(bytes.subarray(at, end), steps.subarray(0, length), place % length)) return false;
      } else if (!this.#isFirstLine) {
        (this.#steps ??= new Uint8Array(length)).set(bytes.subarray(at, end), place);
      }
      this.#place += end - at;
      if (this.#place === this.#line) [this.#place, this.#isFirstLine] = [0, false];
      at = end;
    }
    return true;
  }
}

/** Whether bytes go on repeating `steps` from a place in them. */
function repeats(bytes: Uint8Array, steps: Uint8Array, place: number): boolean {
  const { length } = steps;
  for (let at = 0; at < Math.min(bytes.length, length);) {
    const from = (place + at) % length;
    const count = Math.min(bytes.length - at, length - at, length - from);
    if (!isSame(bytes.subarray(at, at + count), steps.subarray(from, from + count))) return false;
    at += count;
  }
  // What was repeated once here repeats itself.
  return bytes.length <= length || isSame(bytes.subarray(length), bytes.subarray(0, bytes.length - length));
}
