// A worker's time is what a processor works for it: one that waits may wait, one that works is stopped, and one that hangs too.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { accountOfThread, limitTime } from '../../src/onnx/worker-time.js';

/** In the thread: where its time is accounted for, then the work. */
function startThread(work: string): Worker {
  const code = `
    const { readlinkSync } = require('node:fs');
    const { parentPort } = require('node:worker_threads');
    let account = null;
    try { account = '/proc/' + readlinkSync('/proc/thread-self') + '/schedstat'; } catch {}
    parentPort.postMessage(account);
    ${work}`;
  return new Worker(code, { eval: true });
}

const WAITS = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000)';
const WORKS = 'for (;;) {}';

/** What was too much of a thread, or that it ended by itself. */
async function stopped(work: string, limits: { processorMs: number; clockMs: number }): Promise<string> {
  const thread = startThread(work);
  const [account] = (await once(thread, 'message')) as [string | null];
  const tooMuch = await new Promise<string>((resolve) => {
    const noLimit = limitTime(account, limits, resolve);
    thread.once('exit', () => {
      noLimit();
      resolve('ended');
    });
  });
  await thread.terminate();
  return tooMuch;
}

const perThread = accountOfThread() === null ? test.skip : test;

test('a thread that works is stopped for its processor time', async () => {
  expect(await stopped(WORKS, { processorMs: 300, clockMs: 3_600_000 })).toBe('0.3 s of processor time');
});

perThread('a thread that waits is not, however busy the others of the process are', async () => {
  const busy = startThread(WORKS);
  try {
    expect(await stopped(WAITS, { processorMs: 300, clockMs: 3_600_000 })).toBe('ended');
  } finally {
    await busy.terminate();
  }
});

test('a thread that hangs is stopped by the clock', async () => {
  const hangs = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)';
  expect(await stopped(hangs, { processorMs: 3_600_000, clockMs: 300 })).toBe('0.3 s');
});
