/** The thread of digest.ts: one running SHA-256 for each large upload. Must never change the bytes, which are shared. */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { Answer, Request } from './digest.js';

const hashes = new Map<number, Hash>();
const answer = (digest: string | null) => parentPort!.postMessage({ digest } satisfies Answer);

parentPort!.on('message', (request: Request) => {
  const { id } = request;
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
