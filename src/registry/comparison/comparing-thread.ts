/**
 * A thread for large comparisons, started when the first is asked for: one at a time, in the order in which they come. Bounded in memory, time and
 * number of those who wait, so that whoever asks for many keeps nobody else from what is small.
 */
import { Worker } from 'node:worker_threads';
import { WeighbridgeError } from '../../core/errors.js';
import type { CompareAnswer, CompareRequest, CompareSettings } from './comparing.js';

export const COMPARING_LIMITS = {
  /** 50,000 nodes a side take some 400 MiB. */
  heapBytes: 1024 * 2 ** 20,
  /** Ten times what the largest takes on a machine that does nothing else. */
  milliseconds: 60_000,
  /** Some 150 MB: a change takes 1.5 kB. */
  changesHeld: 100_000,
  /** The last of them waits as long as an operation may take, where each takes a second. */
  waiting: 16,
};

export interface ComparingThread {
  /**
   * `request` is made when it is its turn. Rejects with LIMIT_EXCEEDED for what takes too much memory or time, and where too many wait already.
   */
  ask(request: () => Promise<CompareRequest>): Promise<CompareAnswer>;
}

interface Running {
  worker: Worker;
  asked: { resolve: (answer: CompareAnswer) => void; reject: (error: Error) => void } | null;
  /** Whoever asked is told, and the next one gets another thread. */
  fail(error: Error): void;
}

export function createComparingThread(limits: Partial<typeof COMPARING_LIMITS> = {}): ComparingThread {
  const { heapBytes, milliseconds, changesHeld, waiting: waitingMax } = { ...COMPARING_LIMITS, ...limits };
  const heapMib = heapBytes / 2 ** 20;
  let running: Running | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  function start(): Running {
    // Under jest this file is TypeScript, and a worker cannot load that: take the built one.
    const folder = import.meta.url.endsWith('.ts') ? '../../../dist/registry/comparison/' : './';
    const resourceLimits = { maxOldGenerationSizeMb: heapMib };
    const worker = new Worker(new URL(`${folder}comparing-worker.js`, import.meta.url), {
      resourceLimits,
      workerData: { changesHeld } satisfies CompareSettings,
    });
    const started: Running = {
      worker,
      asked: null,
      fail(error) {
        if (running === started) running = undefined;
        started.asked?.reject(error);
        started.asked = null;
        void worker.terminate();
      },
    };
    worker.on('message', (answer: CompareAnswer) => started.asked?.resolve(answer));
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      started.fail(isMemory ? tooLarge(`takes more than ${heapMib} MiB`) : error);
    });
    worker.on('exit', (status) => started.fail(new Error(`the comparing thread ended with status ${status}`)));
    return started;
  }

  async function answerOf(request: CompareRequest): Promise<CompareAnswer> {
    const own = (running ??= start());
    const late = setTimeout(() => own.fail(tooLarge(`takes more than ${milliseconds / 1_000} s`)), milliseconds);
    own.worker.ref();
    try {
      return await new Promise<CompareAnswer>((resolve, reject) => {
        own.asked = { resolve, reject };
        own.worker.postMessage(request);
      });
    } finally {
      clearTimeout(late);
      own.asked = null;
      own.worker.unref(); // it keeps no process alive
    }
  }

  return {
    ask(request) {
      if (waiting >= waitingMax) {
        const message = `${waitingMax} comparisons of large models wait already: over the limit of this server; ask again in a minute`;
        return Promise.reject(new WeighbridgeError('LIMIT_EXCEEDED', message));
      }
      waiting += 1;
      const answer = last.then(async () => answerOf(await request()));
      last = answer.catch(() => undefined).finally(() => (waiting -= 1));
      return answer;
    },
  };
}

function tooLarge(what: string): WeighbridgeError {
  return new WeighbridgeError('LIMIT_EXCEEDED', `the comparison ${what}: over the limit of this server`);
}
