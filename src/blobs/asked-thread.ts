/**
 * A thread that answers what it is asked. Keeps a process alive while somebody waits for an answer, and never longer; when it ends, everybody who
 * waits hears of it, and whoever asks afterwards.
 */
import { Worker } from 'node:worker_threads';

/** What the thread gets, and gives back with each answer. 0 where nobody waits. */
export interface Numbered {
  ask: number;
}

export interface AskedThread<Request, Answer> {
  /** `moved` is given away. */
  ask(request: Request, moved?: ArrayBuffer[]): Promise<Answer>;
  /** There will be no answer. */
  tell(request: Request): void;
  readonly hasEnded: boolean;
}

/** `program` is a file beside this one, of the same folder where it is built; `called` says what it is in an error. */
export function startAskedThread<Request extends object, Answer extends Numbered>(
  program: string,
  called: string,
  workerData: unknown,
): AskedThread<Request, Answer> {
  // Under jest this file is TypeScript, and a worker cannot load that: take the built one.
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/blobs/' : './';
  const worker = new Worker(new URL(`${folder}${program}`, import.meta.url), { workerData });
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let lastAsk = 0;
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', (answer: Answer) => {
    waiting.get(answer.ask)?.resolve(answer);
    waiting.delete(answer.ask);
    if (waiting.size === 0) worker.unref();
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error(`the ${called} ended`)));
  worker.unref(); // at the end: to listen to it refers to it again
  return {
    ask: (request, moved = []) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        lastAsk += 1;
        waiting.set(lastAsk, { resolve, reject });
        if (waiting.size === 1) worker.ref();
        worker.postMessage({ ...request, ask: lastAsk } satisfies Numbered, moved);
      }),
    tell: (request) => worker.postMessage({ ...request, ask: 0 } satisfies Numbered),
    get hasEnded() {
      return failure !== undefined;
    },
  };
}
