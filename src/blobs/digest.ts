/**
 * SHA-256 of the bytes of one blob: of small ones at once, of large ones in a thread of its own, so that hashing, which costs as much as all
 * the rest of an upload together, does not stand in its way. One thread serves all of them, and another the hashes of their parts. Keeps a
 * process alive while somebody waits for it, and never longer.
 */
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** Below this the thread's own start would be felt, and the handing over gains little. */
export const THREAD_FROM_BYTES = 64 * 1024 * 1024;

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

/** What is hashed: the bytes as one, or each part of them (part-hashes.ts). */
type Of = 'whole' | 'parts';

export type Request = { id: number; of: Of } & ({ bytes: Uint8Array } | { end: 'digest' | 'drop' });
/** One for each request but a drop, in their order. */
export type Answer = { digest: string | null };

export interface ThreadSettings {
  /** Whether others of this process go first: whoever waits for an upload waits for its last byte, and for a page for all of it. */
  isBackground: boolean;
}

/** `expectedSize`: undefined where the sender did not say. */
export function createDigest(expectedSize: number | undefined, settings: ThreadSettings): Digest {
  return isLarge(expectedSize) ? createThreadDigest('whole', settings) : createPlainDigest(createHash('sha256'));
}

export const isLarge = (expectedSize: number | undefined) =>
  expectedSize !== undefined && expectedSize >= THREAD_FROM_BYTES;

export function createPlainDigest(hash: { update(bytes: Uint8Array): void; digest(): Buffer }): Digest {
  return {
    allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
    update(bytes) {
      hash.update(bytes);
      return Promise.resolve();
    },
    finish: () => Promise.resolve(hash.digest().toString('hex')),
    drop: () => undefined,
  };
}

/** A process has all of them in the background or none. */
const threads: { [what in Of]?: Thread } = {};
let lastId = 0;

export function createThreadDigest(of: Of, settings: ThreadSettings): Digest {
  const own = (threads[of] ??= startThread(of, settings));
  const id = (lastId += 1);
  let ended = false;
  return {
    allocate: (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)),
    async update(bytes) {
      await own.ask({ id, of, bytes });
    },
    async finish() {
      ended = true;
      const { digest } = await own.ask({ id, of, end: 'digest' });
      if (digest === null) throw new Error('the hashing thread gave no digest');
      return digest;
    },
    drop() {
      if (!ended) own.tell({ id, of, end: 'drop' });
      ended = true;
    },
  };
}

interface Thread {
  ask(request: Request): Promise<Answer>;
  tell(request: Request): void;
}

function startThread(of: Of, settings: ThreadSettings): Thread {
  // Under jest this file is TypeScript, and a worker cannot load that: take the built one.
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/blobs/' : './';
  const worker = new Worker(new URL(`${folder}digest-worker.js`, import.meta.url), { workerData: settings });
  const waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure = error;
    if (threads[of] === started) delete threads[of]; // the next upload starts another
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  worker.on('message', (answer: Answer) => {
    waiting.shift()?.resolve(answer);
    if (waiting.length === 0) worker.unref();
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the hashing thread ended')));
  worker.unref(); // at the end: to listen to it refers to it again
  const started: Thread = {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        if (waiting.push({ resolve, reject }) === 1) worker.ref();
        worker.postMessage(request);
      }),
    tell: (request) => worker.postMessage(request),
  };
  return started;
}
