/** The file that is on the page: how far it is read, then what was found or why not. A second file takes the place of the first. */
import { useEffect, useRef, useState } from 'react';
import type { WeighedFile } from '../../core/weigh/messages.js';
import { readModel } from './read-model.js';
import type { ModelFiles } from './model-files.js';

export type Weighing =
  | { state: 'nothing' }
  | { state: 'reading'; files: ModelFiles; readBytes: number }
  | { state: 'weighed'; files: ModelFiles; weighed: WeighedFile }
  | { state: 'refused'; files: ModelFiles; error: Error };

export function useWeighing(): { weighing: Weighing; weigh: (files: ModelFiles) => void; stop: () => void } {
  const [weighing, set] = useState<Weighing>({ state: 'nothing' });
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);
  const stop = (): void => {
    running.current?.abort();
    set({ state: 'nothing' });
  };
  const weigh = (files: ModelFiles): void => {
    running.current?.abort();
    const controller = new AbortController();
    const { signal } = controller;
    running.current = controller;
    const show = (next: Weighing): void => {
      if (!signal.aborted) set(next);
    };
    show({ state: 'reading', files, readBytes: 0 });
    const request = { model: files.model, besides: files.besides };
    readModel(request, (readBytes) => show({ state: 'reading', files, readBytes }), signal).then(
      (weighed) => show({ state: 'weighed', files, weighed }),
      (error: unknown) => show({ state: 'refused', files, error: error as Error }),
    );
  };
  return { weighing, weigh, stop };
}
