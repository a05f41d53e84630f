/**
 * What the reader needs of where it runs: hashing, and what Node does faster than JavaScript. In the files for browsers
 * platform-browser.ts takes the place of this one, with the same functions.
 */
import { isUtf8 as nodeIsUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

/** A running SHA-256. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** In hexadecimal; call once. */
  finish(): string;
}

export function createSha256(): Sha256 {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
}

export function isUtf8(bytes: Uint8Array): boolean {
  return nodeIsUtf8(bytes);
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** A character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** The same bytes as what onnx-proto reads names of fastest: its reader takes those of a Buffer in one step, and others byte by byte. */
export function decodable(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
