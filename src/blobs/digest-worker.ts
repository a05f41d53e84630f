/** The thread of digest.ts: one running SHA-256, or one of each part, for each large upload. Must never change the bytes, which are shared. */
import { createHash } from 'node:crypto';
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Request, ThreadSettings } from './digest.js';
import { createPartHashes } from './part-hashes.js';

const { isBackground } = workerData as ThreadSettings;
// On Linux a priority belongs to a thread (setpriority(2)); elsewhere it would be that of the whole process.
if (isBackground && process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);

const hashes = new Map<number, { update(bytes: Uint8Array): void; digest(): Buffer }>();
const answer = (digest: string | null) => parentPort!.postMessage({ digest } satisfies Answer);

parentPort!.on('message', (request: Request) => {
  const { id } = request;
  let hash = hashes.get(id);
  if (hash === undefined) hashes.set(id, (hash = request.of === 'whole' ? createHash('sha256') : createPartHashes()));
  if ('bytes' in request) {
    hash.update(request.bytes);
    answer(null);
    return;
  }
  hashes.delete(id);
  if (request.end === 'digest') answer(hash.digest().toString('hex'));
});
