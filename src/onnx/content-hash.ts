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
   * `count` words, a multiple of four. For one lane a step can be undone, so that values which differ in one place always differ in hash.
   * True when a word is zero in the bits of the mask: asked in passing, since to load the words is what takes the time.
   */
  update(words: Int32Array, count: number, mask: number): boolean {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    let zero = false;
    for (let i = 0; i < count; i += 4) {
      const w0 = words[i]!;
      const w1 = words[i + 1]!;
      const w2 = words[i + 2]!;
      const w3 = words[i + 3]!;
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
    new DataView(last.buffer).setFloat64(HASH_BLOCK_BYTES, byteLength);
    this.update(new Int32Array(last.buffer), last.length / 4, -1);
    return [this.#a, this.#b, this.#c, this.#d].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

function step(value: number, prime: number): number {
  return Math.imul((value << 13) | (value >>> 19), prime);
}

export function contentHash(bytes: Uint8Array): string {
  const hash = new ContentHash();
  const whole = bytes.length - (bytes.length % HASH_BLOCK_BYTES);
  const blocks = new Uint8Array(bytes.subarray(0, whole)); // a copy, which slice() is not for a Buffer
  hash.update(new Int32Array(blocks.buffer), whole / 4, -1);
  return hash.finish(bytes.subarray(whole), bytes.length);
}
