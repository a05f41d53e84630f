/** Starts the thread of the embedded database, tells what it answers and when it is lost, and ends it. */
import { Worker } from 'node:worker_threads';
import { ERROR_KINDS, type ErrorCode, WeighbridgeError } from '../core/errors.js';
import type { FromThread, ThreadSettings, ToThread } from './engine-messages.js';

/** PostgreSQL may have much to recover, on a slow disk; it must not be for ever. */
const OPEN_MAX_MS = 300_000;
/** The last of its files are written; what it does not finish is recovered at the next start. */
const CLOSE_MAX_MS = 30_000;

export interface Thread {
  run(messages: Uint8Array): void;
  /** Closes the database after what is running; what takes too long is ended. */
  close(): Promise<void>;
  /** At once. Resolves when nothing of it runs any more. */
  end(): Promise<void>;
}

export interface ThreadEvents {
  onAnswer: (bytes: Uint8Array, isLast: boolean) => void;
  /** Only after it was open, and not where it was closed or ended. */
  onLost: (reason: string) => void;
}

/** Rejects with a WeighbridgeError, or what else stood in the way; nothing of the thread is left then. */
export async function openThread(
  folder: string,
  { onAnswer, onLost }: ThreadEvents,
  { mustExist = false } = {},
): Promise<Thread> {
  // Under jest this file is TypeScript, and a thread cannot load that: take the built one.
  const sources = import.meta.url.endsWith('.ts') ? '../../dist/database/' : './';
  const worker = new Worker(new URL(`${sources}engine-thread.js`, import.meta.url), {
    workerData: { folder, mustExist } satisfies ThreadSettings,
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let isWanted = false;
  const end = async () => {
    isWanted = false;
    await worker.terminate();
    await exited;
  };
  const send = (message: ToThread) => worker.postMessage(message);
  const close = async () => {
    isWanted = false;
    send({ close: true });
    const late = setTimeout(() => void worker.terminate(), CLOSE_MAX_MS);
    await exited;
    clearTimeout(late);
  };
  let late: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(new Error('the database was not open in time')), OPEN_MAX_MS);
      let reason = '';
      worker.on('message', (message: FromThread) => {
        if ('answer' in message) onAnswer(message.answer, message.isLast);
        else if ('opened' in message) {
          isWanted = true;
          resolve();
        } else if ('refused' in message) reject(toError(message.refused));
        else reason = message.lost;
      });
      worker.once('error', (error) => (reason = String(error)));
      worker.once('exit', (status) => {
        reason ||= `its thread ended with status ${status}`;
        reject(new Error(reason)); // nothing happens if it was open
        if (isWanted) onLost(reason);
      });
    });
  } catch (error) {
    await end();
    throw error;
  } finally {
    clearTimeout(late);
  }
  return { run: (messages) => send({ run: messages }), close, end };
}

function toError({ code, message }: { code: string; message: string }): Error {
  const isOurs = Object.hasOwn(ERROR_KINDS, code);
  return isOurs ? new WeighbridgeError(code as ErrorCode, message) : Object.assign(new Error(message), { code });
}
