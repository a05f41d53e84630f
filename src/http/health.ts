/**
 * Whether the process lives, and whether it can do its work: the database answers and its disk and that of the blobs take writes. Open to all, so
 * it says what is wrong in one word and one sentence, never where or with what.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlobStore } from '../blobs/blob-store.js';
import { WeighbridgeError } from '../core/errors.js';
import { present, sendJson } from './answer.js';
import { exchangeOf } from './exchange.js';
import type { HttpLimits } from './limits.js';

export function sendLive(response: ServerResponse): void {
  sendJson(response, 200, { status: 'live' });
}

interface Readiness {
  blobs: BlobStore;
  ping: () => Promise<void>;
  /** Resolves when the disk of the embedded database takes writes; a server has its own. */
  databaseDisk?: (() => Promise<void>) | undefined;
}

interface Reason {
  code: string;
  message: string;
}

export function createReadiness(
  { blobs, ping, databaseDisk = () => Promise.resolve() }: Readiness,
  limits: Pick<HttpLimits, 'readinessMs' | 'readinessCacheMs'>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const look = async (): Promise<Reason[]> => {
    const found = await Promise.all([
      problem(ping, 'DATABASE_UNAVAILABLE', limits.readinessMs),
      problem(databaseDisk, 'STORAGE_FAILED', limits.readinessMs),
      problem(() => blobs.check(), 'STORAGE_FAILED', limits.readinessMs),
    ]);
    return found.filter((reason) => reason !== null);
  };
  let last: { at: number; reasons: Promise<Reason[]> } | undefined;
  return async (request, response) => {
    if (last === undefined || performance.now() - last.at > limits.readinessCacheMs) {
      last = { at: performance.now(), reasons: look() };
    }
    const reasons = await last.reasons;
    const [first] = reasons;
    if (first === undefined) {
      sendJson(response, 200, { status: 'ready' });
      return;
    }
    const { requestId } = exchangeOf(request);
    sendJson(response, 503, { ...first, requestId, status: 'unready', reasons });
  };
}

async function problem(check: () => Promise<void>, late: 'DATABASE_UNAVAILABLE' | 'STORAGE_FAILED', ms: number) {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WeighbridgeError(late, 'no answer in time')), ms);
  });
  try {
    await Promise.race([check(), timeout]);
    return null;
  } catch (error) {
    const { code, message } = present(error);
    return { code, message };
  } finally {
    clearTimeout(timer);
  }
}
