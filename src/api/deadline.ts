/**
 * The time an operation may take. When it is over, every field that is still to be read fails, and the answer is TIMEOUT alone.
 * The statement that runs then is ended by the database's own, shorter limit.
 */
import { WeighbridgeError } from '../core/errors.js';

/** The slowest honest query, statistics over some 100,000 versions, takes about one second. */
export const OPERATION_MILLISECONDS = 10_000;

export interface Deadline {
  readonly passed: boolean;
  /** Throws TIMEOUT once it has passed. */
  require(): void;
  /** Starts the work unless time is up, and settles no later than that. */
  within<T>(work: () => T | Promise<T>): T | Promise<T>;
  clear(): void;
}

export function startDeadline(milliseconds: number): Deadline {
  const timeout = () =>
    new WeighbridgeError('TIMEOUT', `the operation took longer than ${milliseconds / 1000} seconds`);
  const waiting = new Set<(error: WeighbridgeError) => void>();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    for (const reject of waiting) reject(timeout());
    waiting.clear();
  }, milliseconds);
  timer.unref();
  return {
    get passed() {
      return passed;
    },
    require() {
      if (passed) throw timeout();
    },
    within(work) {
      if (passed) throw timeout();
      const result = work();
      if (!(result instanceof Promise)) return result;
      return new Promise((resolve, reject) => {
        waiting.add(reject);
        void result.then(resolve, reject).finally(() => waiting.delete(reject));
      });
    },
    clear: () => clearTimeout(timer),
  };
}
