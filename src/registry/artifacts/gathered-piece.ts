/**
 * The bytes of a piece while they come, copied into a few large blocks: a chunk of one byte takes hundreds in memory, and who sends decides how large
 * chunks are. Must keep no chunk itself.
 */

const BLOCK_BYTES = 1024 * 1024;

export interface GatheredPiece {
  readonly byteSize: number;
  add(chunk: Uint8Array): void;
  /** All of it, in order; nothing may be added afterwards. */
  chunks(): Uint8Array[];
}

export function gatherPiece(): GatheredPiece {
  const full: Uint8Array[] = [];
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
        [block, filled] = [undefined, 0];
      }
    },
    chunks: () => (block === undefined ? full : [...full, block.subarray(0, filled)]),
  };
}
