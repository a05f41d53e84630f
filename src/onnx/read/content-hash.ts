/**
 * A fast 128-bit hash of tensor values, to find tensors with the same content within one file. Four lanes of 32 bits side by side, since
 * a processor works on all of them at once. Must never be trusted: a collision is easy to make on purpose.
 */

/** Bytes that make one step: one word for each lane. */
export const HASH_BLOCK_BYTES = 16;

/** Odd, with about as many ones as zeros (those of xxHash): multiplying by them loses nothing and moves every bit upwards. */
const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

export class ContentHash {
  #a = 1;
  #b = 2;
  #c = 3;
  #d = 4;

  /**
   * Whole blocks, from one place of a view up to another. For one lane a step can be undone, so that values which differ in one place
   * always differ in hash. True when a word is zero in the bits of the mask: asked in passing, since to load the words is what takes
   * the time. Read through a view, since values lie at any address, and to copy them first takes as long again from shared memory.
   */
  update(view: DataView, start: number, end: number, mask: number): boolean {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    let zero = false;
    for (let i = start; i < end; i += HASH_BLOCK_BYTES) {
      const w0 = view.getInt32(i, true);
      const w1 = view.getInt32(i + 4, true);
      const w2 = view.getInt32(i + 8, true);
      const w3 = view.getInt32(i + 12, true);
      if ((w0 & mask) === 0 || (w1 & mask) === 0 || (w2 & mask) === 0 || (w3 & mask) === 0) zero = true;
      a = step(a ^ w0, PRIMES[0]);
      b = step(b ^ w1, PRIMES[1]);
      c = step(c ^ w2, PRIMES[2]);
      d = step(d ^ w3, PRIMES[3]);
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
    return zero;
  }

  /** `rest`: the bytes behind the last whole block; `byteLength`: of everything. */
  finish(rest: Uint8Array, byteLength: number): string {
    const last = new Uint8Array(2 * HASH_BLOCK_BYTES);
    last.set(rest);
    const view = new DataView(last.buffer);
    view.setFloat64(HASH_BLOCK_BYTES, byteLength);
    this.update(view, 0, last.length, -1);
    return [this.#a, this.#b, this.#c, this.#d].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

function step(value: number, prime: number): number {
  return Math.imul((value << 13) | (value >>> 19), prime);
}

export function contentHash(bytes: Uint8Array): string {
  const hash = new ContentHash();
  const whole = bytes.length - (bytes.length % HASH_BLOCK_BYTES);
  hash.update(new DataView(bytes.buffer, bytes.byteOffset, whole), 0, whole, -1);
  return hash.finish(bytes.subarray(whole), bytes.length);
}
