/** Analyses one skeleton in a thread with a memory ceiling of its own, so that a file made to hurt ends this thread and no more. */
import { parentPort, workerData } from 'node:worker_threads';
import { WeighbridgeError } from '../core/errors.js';
import { analyse } from './analysis.js';
import type { WorkerAnswer, WorkerInput } from './analyse-skeleton.js';
import { Work } from './graph/work.js';
import { accountOfThread } from './worker-time.js';

const answer = (message: WorkerAnswer) => parentPort!.postMessage(message);
try {
  answer({ account: accountOfThread() });
  const { skeleton, external } = workerData as WorkerInput;
  answer({ analysed: analyse(skeleton, new Work(), external) });
} catch (error) {
  if (!(error instanceof WeighbridgeError)) throw error;
  answer({ error: { code: error.code, message: error.message } });
}
