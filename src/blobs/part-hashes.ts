/**
 * SHA-256 of each part of a blob, so that a part can be checked without the rest. The only place that knows how long a part is: the
 * hashes of blobs that are stored depend on it, and it must never change.
 */
import { createHash, type Hash } from 'node:crypto';

export const PART_BYTES = 1024 * 1024;

/** Of one hash. */
export const HASH_BYTES = 32;

export interface PartHashes {
  /** In order. */
  update(bytes: Uint8Array): void;
  /** The hashes one after another: none for no bytes. Call once; nothing else after it. */
  digest(): Buffer;
}

export function createPartHashes(): PartHashes {
  const done: Buffer[] = [];
  let hash: Hash | undefined;
  let left = PART_BYTES;
  return {
    update(bytes) {
      for (let rest = bytes; rest.byteLength > 0;) {
        hash ??= createHash('sha256');
        const piece = rest.subarray(0, left);
        hash.update(piece);
        rest = rest.subarray(piece.byteLength);
        left -= piece.byteLength;
        if (left > 0) continue;
        done.push(hash.digest());
        hash = undefined;
        left = PART_BYTES;
      }
    },
    digest: () => Buffer.concat(hash === undefined ? done : [...done, hash.digest()]),
  };
}
