/** Names as a skeleton keeps them: readable UTF-8 of at most 1 KiB, different names always different. */
import { createSha256, isUtf8 } from './platform.js';

/** The longest real name seen has 400 bytes; a stack trace as a name has 900. */
export const MAX_NAME_BYTES = 1_024;
const KEPT_BEGINNING = 900;

/** A name over 1 KiB on its way through: keeps its beginning, hash and length. */
export class LongText {
  readonly #hash = createSha256();
  readonly #length: number;
  readonly #beginning = new Uint8Array(KEPT_BEGINNING);
  #filled = 0;

  constructor(length: number) {
    this.#length = length;
  }

  push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    const taken = bytes.subarray(0, KEPT_BEGINNING - this.#filled);
    this.#beginning.set(taken, this.#filled);
    this.#filled += taken.length;
  }

  finish(): Uint8Array {
    return marked(this.#beginning.subarray(0, this.#filled), this.#hash.finish(), this.#length);
  }
}

/** How a marked name ends. */
const MARK = /…#[0-9a-f]{32}:\d+$/;
const SHARP = '#'.charCodeAt(0);

/**
 * Null when the bytes are UTF-8 and can stand as they are; else text that differs whenever the bytes differ. A name that ends as a marked
 * one does gets a mark of its own, or it would be the name of the tensor whose mark it copies.
 */
export function readableName(bytes: Uint8Array): Uint8Array | null {
  if (isUtf8(bytes) && !looksMarked(bytes)) return null;
  const hash = createSha256();
  hash.update(bytes);
  return marked(bytes.subarray(0, KEPT_BEGINNING), hash.finish(), bytes.length);
}

/** Asked of every name of a file: most have no sharp, and need not be decoded. */
function looksMarked(bytes: Uint8Array): boolean {
  return bytes.includes(SHARP) && MARK.test(new TextDecoder().decode(bytes));
}

function marked(beginning: Uint8Array, hash: string, length: number): Uint8Array {
  const text = new TextDecoder().decode(beginning).slice(0, 300);
  return new TextEncoder().encode(`${text}…#${hash.slice(0, 32)}:${length}`);
}
