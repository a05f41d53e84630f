/**
 * How long a worker may take. What counts is the time that a processor works for it, so that a busy machine, where it mostly waits, refuses
 * no file that an idle one reads; a limit on time by the clock stays behind it, for a thread that hangs.
 */
import { readFileSync, readlinkSync } from 'node:fs';

export interface TimeLimits {
  processorMs: number;
  clockMs: number;
}

const LOOK_MILLISECONDS = 250;

/** Called in a thread: where the system accounts for its time. Null where the system does not tell threads apart. */
export function accountOfThread(): string | null {
  try {
    // Of the thread that asks, as Node runs what is synchronous in it.
    return `/proc/${readlinkSync('/proc/thread-self')}/schedstat`;
  } catch {
    return null;
  }
}

/** Calls `stop` once, with what was too much in words, unless what it returns is called before. */
export function limitTime(account: string | null, limits: TimeLimits, stop: (tooMuch: string) => void): () => void {
  const start = performance.now();
  const worked = processorTime(account);
  const timer = setInterval(() => {
    const isWorked = worked() > limits.processorMs;
    if (!isWorked && performance.now() - start <= limits.clockMs) return;
    clearInterval(timer);
    stop(isWorked ? `${limits.processorMs / 1_000} s of processor time` : `${limits.clockMs / 1_000} s`);
  }, LOOK_MILLISECONDS);
  return () => clearInterval(timer);
}

/** Milliseconds of the thread so far. Where the thread has no account of its own, those of all threads since now, which are no fewer. */
function processorTime(account: string | null): () => number {
  const before = process.cpuUsage();
  const ofProcess = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  let known = 0;
  return () => {
    if (account === null) return ofProcess();
    try {
      known = Number(readFileSync(account, 'utf8').split(' ')[0]) / 1_000_000;
    } catch {
      // The thread has just ended; whoever waits for it hears of that.
    }
    return known;
  };
}
