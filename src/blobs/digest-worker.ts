/** The thread of digest.ts: a running SHA-256 for each large file. Must never change the bytes, which are shared. */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { Numbered } from './asked-thread.js';
import type { Answer, Request } from './digest.js';

const hashes = new Map<number, Hash>();

parentPort!.on('message', (request: Request & Numbered) => {
  const { id, ask } = request;
  const answer = (digest: string | null) => parentPort!.postMessage({ ask, digest } satisfies Answer);
  let hash = hashes.get(id);
  if (hash === undefined) hashes.set(id, (hash = createHash('sha256')));
  if ('bytes' in request) {
    hash.update(request.bytes);
    answer(null);
    return;
  }
  hashes.delete(id);
  if (request.end === 'digest') answer(hash.digest('hex'));
});
