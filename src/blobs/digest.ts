/**
 * SHA-256 of the bytes of one file: of small ones at once, of large ones in a thread, so that hashing, which takes as long as to inspect,
 * does not stand in its way. One thread serves all of them.
 */
import { createHash } from 'node:crypto';
import { type AskedThread, type Numbered, startAskedThread } from './asked-thread.js';

/** Below this the thread's own start would be felt, and the handing over gains little. */
const THREAD_FROM_BYTES = 64 * 1024 * 1024;

export interface Digest {
  /** A buffer that `update` can read without a copy. */
  allocate(bytes: number): Uint8Array;
  /** In order. Until it resolves the bytes must not be changed. */
  update(bytes: Uint8Array): Promise<void>;
  /** In hexadecimal. Call once; nothing else after it. */
  finish(): Promise<string>;
  /** Forgets the bytes; does nothing after `finish`. */
  drop(): void;
}

export type Request = { id: number } & ({ bytes: Uint8Array } | { end: 'digest' | 'drop' });
/** One for each request but a drop. */
export interface Answer extends Numbered {
  digest: string | null;
}

/** `expectedSize`: undefined where nobody knows. */
export function createDigest(expectedSize: number | undefined): Digest {
  return expectedSize !== undefined && expectedSize >= THREAD_FROM_BYTES ? createThreadDigest() : createPlainDigest();
}

function createPlainDigest(): Digest {
  const hash = createHash('sha256');
  return {
    allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
    update(bytes) {
      hash.update(bytes);
      return Promise.resolve();
    },
    finish: () => Promise.resolve(hash.digest('hex')),
    drop: () => undefined,
  };
}

/** `sha256:…` of all of them; they may be changed afterwards. Rejects with what they throw. */
export async function digestOf(chunks: AsyncIterable<unknown>, expectedSize?: number): Promise<string> {
  const digest = createDigest(expectedSize);
  try {
    for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
      const bytes = digest.allocate(chunk.byteLength);
      bytes.set(chunk);
      await digest.update(bytes);
    }
    return `sha256:${await digest.finish()}`;
  } finally {
    digest.drop();
  }
}

let thread: AskedThread<Request, Answer> | undefined;
let lastId = 0;

function createThreadDigest(): Digest {
  if (thread === undefined || thread.hasEnded)
    thread = startAskedThread('digest-worker.js', 'hashing thread', undefined);
  const own = thread;
  const id = (lastId += 1);
  let ended = false;
  return {
    allocate: (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)),
    async update(bytes) {
      await own.ask({ id, bytes });
    },
    async finish() {
      ended = true;
      const { digest } = await own.ask({ id, end: 'digest' });
      if (digest === null) throw new Error('the hashing thread gave no digest');
      return digest;
    },
    drop() {
      if (!ended) own.tell({ id, end: 'drop' });
      ended = true;
    },
  };
}
