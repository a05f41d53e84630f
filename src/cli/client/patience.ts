/** How long an upload waits for its turn: a registry lets a token send a few at once, and refuses the next without reading it. */
import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import { WeighbridgeError } from '../../core/errors.js';
import { complain } from '../terminal/output.js';

/** Others may send large files; who waits longer than an hour is told that it did not come to its turn. */
const MAX_WAIT_SECONDS = 3_600;
/** Where the registry does not say. */
const DEFAULT_SECONDS = 5;

/** A refusal that passes by itself: after so many seconds it may be asked again. */
export class TryAgain extends WeighbridgeError {
  constructor(
    error: WeighbridgeError,
    readonly seconds: number,
  ) {
    super(error.code, error.message);
  }
}

/** Of `Retry-After`, which may be a date too: that no registry sends. */
export function secondsOf(header: string | undefined): number {
  const seconds = Number(header);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : DEFAULT_SECONDS;
}

/** Does the work again after each `TryAgain`, and says once that it waits. Throws the last one after an hour. */
export async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  let waited = 0;
  return pRetry(work, {
    retries: MAX_WAIT_SECONDS,
    minTimeout: 0,
    maxTimeout: 0,
    shouldRetry: ({ error }) => error instanceof TryAgain && waited + error.seconds <= MAX_WAIT_SECONDS,
    onFailedAttempt: async ({ error }) => {
      if (!(error instanceof TryAgain) || waited + error.seconds > MAX_WAIT_SECONDS) return;
      if (waited === 0) complain(`${error.message}; waiting for a place (${error.code})`);
      waited += error.seconds;
      await delay(error.seconds * 1_000);
    },
  });
}
