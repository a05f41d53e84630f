/**
 * The SHA-256 of a file, read in pieces and never held whole. The browser's own works on whole buffers alone, and not at all where pages
 * come over plain http from another machine.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { unreadable } from './readable.js';

/** `sha256:…`. Rejects when the signal says so, and with RequestFailed for a file that cannot be read. */
export async function digestOf(file: File, onRead: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  const sum = sha256.create();
  const reader = file.stream().getReader();
  for (let read = 0; ;) {
    signal.throwIfAborted();
    const { done, value } = await reader.read().catch(() => {
      throw unreadable(file);
    });
    if (done) return `sha256:${bytesToHex(sum.digest())}`;
    sum.update(value);
    read += value.byteLength;
    onRead(read);
  }
}
