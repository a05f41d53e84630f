/** One upload at a time: where it stands, how to begin it, how to stop it. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { FileCheck } from './check-result.js';
import {
  checkFiles,
  publishFiles,
  type Progress,
  type Published,
  type PublishRequest,
  type Watch,
} from './publish-files.js';
import { createRate } from './rate.js';

export type Stage =
  | { name: 'choosing' }
  /** `rate` in bytes a second, null while it is too early to say. */
  | { name: 'sending'; progress: Progress; rate: number | null }
  | { name: 'published'; published: Published }
  | { name: 'checked'; check: FileCheck }
  | { name: 'failed'; error: Error }
  /** `whole`: every byte had been sent, so that the version may be there. */
  | { name: 'cancelled'; whole: boolean };

export interface Publishing {
  stage: Stage;
  publish: (request: PublishRequest) => void;
  /** A dry run. */
  check: (request: PublishRequest) => void;
  cancel: () => void;
  again: () => void;
}

export function usePublishing(): Publishing {
  const [stage, setStage] = useState<Stage>({ name: 'choosing' });
  const running = useRef<AbortController | null>(null);
  const queries = useQueryClient();
  useLeavingGuard(stage.name === 'sending');
  useEffect(() => () => running.current?.abort(), []);

  const run = async (work: (watch: Watch) => Promise<Stage>): Promise<void> => {
    const controller = new AbortController();
    running.current = controller;
    const rate = createRate();
    let whole = false;
    const onProgress = (progress: Progress): void => {
      whole = progress.step === 'weighing';
      setStage({ name: 'sending', progress, rate: rate.at(progress.sentBytes, performance.now()) });
    };
    try {
      setStage(await work({ onProgress, signal: controller.signal }));
    } catch (error) {
      if (controller.signal.aborted) setStage({ name: 'cancelled', whole });
      else setStage({ name: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
    }
  };
  return {
    stage,
    publish: (request) =>
      void run(async (watch) => {
        const published = await publishFiles(request, watch);
        void queries.invalidateQueries();
        return { name: 'published', published };
      }),
    check: (request) => void run(async (watch) => ({ name: 'checked', check: await checkFiles(request, watch) })),
    cancel: () => running.current?.abort(),
    again: () => setStage({ name: 'choosing' }),
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
