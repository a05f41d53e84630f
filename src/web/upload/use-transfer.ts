/** One sending of files at a time: how far it is, how it ends, and the way to stop it. */
import { useEffect, useRef, useState } from 'react';
import { createRate } from './rate.js';
import type { Progress, Watch } from './sender.js';

export interface Transfer {
  progress: Progress;
  /** Bytes a second; null while it is too early to say. */
  rate: number | null;
}

export type Outcome<T> =
  | { name: 'done'; value: T }
  | { name: 'failed'; error: Error }
  /** `whole`: every byte had been sent, so that the server may have done the work. */
  | { name: 'cancelled'; whole: boolean };

export interface Transfers {
  /** Null while nothing is sent. */
  transfer: Transfer | null;
  run: <T>(work: (watch: Watch) => Promise<T>, end: (outcome: Outcome<T>) => void) => void;
  cancel: () => void;
}

export function useTransfer(): Transfers {
  const [transfer, setTransfer] = useState<Transfer | null>(null);
  const running = useRef<AbortController | null>(null);
  useLeavingGuard(transfer !== null);
  useEffect(() => () => running.current?.abort(), []);

  const run = async <T>(work: (watch: Watch) => Promise<T>, end: (outcome: Outcome<T>) => void): Promise<void> => {
    const controller = new AbortController();
    running.current?.abort();
    running.current = controller;
    let rate = createRate();
    let step: Progress['step'] | null = null;
    const onProgress = (progress: Progress): void => {
      if (controller.signal.aborted) return;
      // Reading and sending have each their own pace.
      if ((progress.step === 'hashing') !== (step === 'hashing')) rate = createRate();
      step = progress.step;
      setTransfer({ progress, rate: rate.at(progress.doneBytes, performance.now()) });
    };
    const outcome = await work({ onProgress, signal: controller.signal }).then(
      (value): Outcome<T> => ({ name: 'done', value }),
      (error: unknown): Outcome<T> =>
        controller.signal.aborted
          ? { name: 'cancelled', whole: step === 'weighing' }
          : { name: 'failed', error: error instanceof Error ? error : new Error(String(error)) },
    );
    if (running.current !== controller) return; // another one took its place
    setTransfer(null);
    end(outcome);
  };
  return {
    transfer,
    run: (work, end) => void run(work, end),
    cancel: () => running.current?.abort(),
  };
}

/** The browser asks before a tab is closed that is still sending. */
function useLeavingGuard(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const ask = (event: Event): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [active]);
}
