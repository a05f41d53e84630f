/** Runs the analysis where it is safe: small skeletons here, large ones in a worker with a ceiling on memory and time. */
import { Worker } from 'node:worker_threads';
import { type ErrorCode, WeighbridgeError } from '../core/errors.js';
import type { Analysed, Analysis } from './analysis.js';
import { type ExternalFacts, NO_EXTERNAL_FACTS, type Readable, readUnread } from './graph/external.js';
import type { Skeleton } from './read/skeleton.js';
import { Work } from './graph/work.js';
import { limitTime } from './worker-time.js';

/** Starting a worker costs some 50 ms; this much is decoded in less. */
const WORKER_FROM_DECODED_BYTES = 32 * 2 ** 20;
/** Steps of an analysis that this thread takes, which others wait for; a worker takes over where there are more. */
const STEPS_HERE = 1_000_000;
/**
 * Of one worker. The most steps take some 20 s of a processor, and decoding some 10; by the clock it may be ten times as long, on a machine
 * that is that busy.
 */
export const WORKER_LIMITS = { heapBytes: 256 * 2 ** 20, processorMs: 60_000, clockMs: 600_000 };
const WORKER_YOUNG_MIB = 32;
const WORKERS_AT_ONCE = 2;
/** Heap that two workers may fill together; one alone may have more. A million nodes take 270 MiB, the largest real model some 20. */
const DECODED_AT_ONCE = 256 * 2 ** 20;

export interface WorkerInput {
  skeleton: Skeleton;
  external: ExternalFacts;
}

/** First where its time is accounted for, then what it found. */
export type WorkerAnswer =
  { account: string | null } | { analysed: Analysed } | { error: { code: ErrorCode; message: string } };

/** What can be read of it is read of the values that the analysis needs, and the model analysed again with them. */
export async function analyseSkeleton(skeleton: Skeleton, readable: Readable): Promise<Analysis> {
  const isLast = readable.beside === null && readable.itself === null;
  const { analysis, unread } = await run({ skeleton, external: NO_EXTERNAL_FACTS }, isLast);
  const external = isLast ? null : await readUnread(readable, analysis.externalData, unread);
  return external === null ? analysis : (await run({ skeleton, external }, true)).analysis;
}

/** `isLast`: the skeleton is not needed afterwards. */
async function run(input: WorkerInput, isLast: boolean): Promise<Analysed> {
  const { skeleton, external } = input;
  if (skeleton.decodedBytes < WORKER_FROM_DECODED_BYTES) {
    const { analyse } = await import('./analysis.js');
    const work = new Work(STEPS_HERE);
    try {
      return analyse(skeleton, work, external);
    } catch (error) {
      if (!work.isSpent) throw error;
    }
  }
  return inTurn(skeleton.decodedBytes, () => analyseInWorker(input, isLast));
}

function analyseInWorker(input: WorkerInput, isLast: boolean): Promise<Analysed> {
  // Under jest this file is TypeScript, and a worker cannot load that: take the built one.
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/onnx/' : './';
  const worker = new Worker(new URL(`${folder}worker.js`, import.meta.url), {
    workerData: input,
    transferList: isLast ? [input.skeleton.bytes.buffer as ArrayBuffer] : [],
    resourceLimits: {
      maxOldGenerationSizeMb: WORKER_LIMITS.heapBytes / 2 ** 20,
      maxYoungGenerationSizeMb: WORKER_YOUNG_MIB,
    },
  });
  return new Promise((resolve, reject) => {
    let noLimit = (): void => undefined;
    const end = (settle: () => void) => {
      noLimit();
      settle();
    };
    worker.on('message', (answer: WorkerAnswer) => {
      if ('account' in answer) {
        noLimit = limitTime(answer.account, WORKER_LIMITS, (tooMuch) => {
          reject(tooLarge(`takes more than ${tooMuch} to analyse`));
          void worker.terminate();
        });
      } else if ('analysed' in answer) end(() => resolve(answer.analysed));
      else end(() => reject(new WeighbridgeError(answer.error.code, answer.error.message)));
    });
    worker.once('error', (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      end(() =>
        reject(isMemory ? tooLarge(`needs more than ${WORKER_LIMITS.heapBytes / 2 ** 20} MiB to analyse`) : error),
      );
    });
    worker.once('exit', (status) => {
      // Nothing happens if there was one.
      end(() => reject(new Error(`the analysis ended without a result, with status ${status}`)));
    });
  });
}

function tooLarge(what: string): WeighbridgeError {
  return new WeighbridgeError('LIMIT_EXCEEDED', `the structure of the model ${what}: over the limit of this reader`);
}

const running = { workers: 0, decodedBytes: 0 };
const waiting: { decodedBytes: number; start: () => void }[] = [];

/** In the order in which they come, as many at once as there is memory for. */
async function inTurn<T>(decodedBytes: number, work: () => Promise<T>): Promise<T> {
  await new Promise<void>((start) => {
    waiting.push({ decodedBytes, start });
    startWaiting();
  });
  try {
    return await work();
  } finally {
    running.workers -= 1;
    running.decodedBytes -= decodedBytes;
    startWaiting();
  }
}

function startWaiting(): void {
  for (let next = waiting[0]; next && mayStart(next.decodedBytes); next = waiting[0]) {
    waiting.shift();
    running.workers += 1;
    running.decodedBytes += next.decodedBytes;
    next.start();
  }
}

function mayStart(decodedBytes: number): boolean {
  if (running.workers === 0) return true;
  return running.workers < WORKERS_AT_ONCE && running.decodedBytes + decodedBytes <= DECODED_AT_ONCE;
}
