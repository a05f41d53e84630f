/** Has a file of this machine read by a worker of this page. Sends nothing to any server. */
import type { WeighedFile, WeighReply, WeighRequest } from '../../core/weigh/messages.js';
import { RequestFailed } from '../ask.js';

/** Rejects with RequestFailed, whose code is that of the reader, and when the signal says so. */
export async function readModel(
  request: WeighRequest,
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): Promise<WeighedFile> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('../../library/page-worker.ts', import.meta.url), { type: 'module' });
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      // What the browser ends for its memory says nothing of itself.
      worker.addEventListener('error', ({ message }) =>
        reject(new RequestFailed('INTERNAL', message || 'the reader could not be started, or ran out of memory')),
      );
      worker.addEventListener('message', ({ data }: MessageEvent<WeighReply>) => {
        if (data.kind === 'progress') onRead(data.readBytes);
        else if (data.kind === 'weighed') resolve(data.weighed);
        else reject(new RequestFailed(data.code, data.message));
      });
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
}
