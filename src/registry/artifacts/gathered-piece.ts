/**
 * The bytes of a piece while they come, copied into a few large blocks: a chunk of one byte takes hundreds in memory, and who sends decides how large
 * chunks are. Must keep no chunk itself.
 */

import { createHash } from 'node:crypto';

const BLOCK_BYTES = 1024 * 1024;

export interface GatheredPiece {
  readonly byteSize: number;
  add(chunk: Uint8Array): void;
  /** All of it, in order, and its hash; nothing may be added afterwards. */
  end(): Piece;
}

export interface Piece {
  chunks: Uint8Array[];
  sha256: Uint8Array<ArrayBuffer>;
}

export function gatherPiece(): GatheredPiece {
  const full: Uint8Array[] = [];
  const hash = createHash('sha256');
  let block: Uint8Array | undefined;
  let filled = 0;
  return {
    get byteSize() {
      return full.length * BLOCK_BYTES + filled;
    },
    add(chunk) {
      for (let rest = chunk; rest.byteLength > 0;) {
        block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
        const part = rest.subarray(0, BLOCK_BYTES - filled);
        block.set(part, filled);
        filled += part.byteLength;
        rest = rest.subarray(part.byteLength);
        if (filled < BLOCK_BYTES) continue;
        full.push(block);
        hash.update(block);
        [block, filled] = [undefined, 0];
      }
    },
    end() {
      const rest = block === undefined ? [] : [block.subarray(0, filled)];
      rest.forEach((bytes) => hash.update(bytes));
      return { chunks: [...full, ...rest], sha256: Uint8Array.from(hash.digest()) };
    },
  };
}
