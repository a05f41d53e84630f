/**
 * What is asked again: what may pass in a moment, of requests that change nothing; and how long an upload waits for its turn, since a registry
 * lets a token send a few at once, and refuses the next without reading it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import { WeighbridgeError } from '../../core/errors.js';
import { complain } from '../terminal/output.js';

/** Others may send large files; who waits longer than an hour is told that it did not come to its turn. */
export const MAX_WAIT_SECONDS = 3_600;
/** Where the registry does not say. */
const DEFAULT_SECONDS = 5;

/** Of requests that change nothing: after a quarter of a second, then twice as long each time. */
const RETRIES = 3;
const FIRST_RETRY_MS = 250;
/** A server may ask for longer than anybody waits for a small answer. */
const MAX_RETRY_SECONDS = 10;

/** A failure that may be over in a moment; who asked for nothing to be changed may ask again. */
export class MayPass extends WeighbridgeError {
  constructor(
    error: WeighbridgeError,
    /** As the server asks for. */
    readonly seconds: number = 0,
  ) {
    super(error.code, error.message, { cause: error.cause });
  }
}

/** Does work that changes nothing, again after a `MayPass`. Throws the last one. */
export async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  return pRetry(work, {
    retries: RETRIES,
    minTimeout: FIRST_RETRY_MS,
    shouldRetry: ({ error }) => error instanceof MayPass,
    onFailedAttempt: async ({ error, retriesLeft }) => {
      if (error instanceof MayPass && retriesLeft > 0) await delay(Math.min(error.seconds, MAX_RETRY_SECONDS) * 1_000);
    },
  });
}

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

export const sayWaiting = ({ message, code }: TryAgain) => complain(`${message}; waiting for a place (${code})`);

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
      if (waited === 0) sayWaiting(error);
      waited += error.seconds;
      await delay(error.seconds * 1_000);
    },
  });
}
