/** F10 and O03: eight large uploads beside queries. Memory is the process's own peak, as Linux keeps it. */
import { once } from 'node:events';
import { readFile, statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { demand, Skipped, type ExamCase, type Setting } from '../case.js';
import { startServer, type Server } from '../server.js';
import type { Uploads } from '../uploader.js';
import { smallModel } from './models.js';

const UPLOADS = 8;
/** That of the exam has 8 GiB; as much again is read back, and deleted bytes take a moment to go. */
const STORE_MEBIBYTES = 4_000;
const QUERY = '{ models(first: 20) { nodes { name latestVersion { number } } } }';

/** Sends them in a thread of its own; their statuses. */
async function upload(uploads: Uploads): Promise<number[]> {
  const sender = new Worker(new URL('../uploader.ts', import.meta.url), { workerData: uploads });
  const [statuses] = (await once(sender, 'message')) as [number[]];
  return statuses;
}

/** Queries at a steady pace, whether or not the one before has been answered; their times in order of length. */
async function queryTimes(server: Server, perSecond: number, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  const running: Promise<void>[] = [];
  for (let next = performance.now(); !isOver(); next += 1000 / perSecond) {
    await sleep(Math.max(0, next - performance.now()));
    const since = next; // also the time that it waited for its turn here
    running.push(
      server.ask(QUERY).then(
        () => void times.push(performance.now() - since),
        () => void times.push(Infinity),
      ),
    );
  }
  await Promise.all(running);
  return times.sort((a, b) => a - b);
}

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity;

async function memory(server: Server, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8').catch(() => {
    throw new Skipped('needs Linux');
  });
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

async function measure(setting: Setting, mebibytes: number, perSecond: number, rounds: number) {
  if (setting.store === 's3' && UPLOADS * mebibytes > STORE_MEBIBYTES)
    throw new Skipped(`the object store of the exam has no room for ${UPLOADS} × ${mebibytes} MiB`);
  const { bavail, bsize } = await statfs(setting.folder);
  const needed = UPLOADS * mebibytes * 2;
  if ((bavail * bsize) / 2 ** 20 < needed + 2048) throw new Skipped(`needs ${needed + 2048} MiB of free disk`);
  const server = await startServer(await setting.newPlace());
  try {
    for (let seed = 0; seed < 20; seed += 1) await server.publish(`small-${seed}`, smallModel(seed));
    const until = performance.now() + 10_000;
    const alone = await queryTimes(server, perSecond, () => performance.now() > until);
    const idle = await memory(server, 'VmRSS');
    let isOver = false;
    const { url, token } = server;
    const sent = upload({ url, token, atOnce: UPLOADS, rounds, mebibytes }).finally(() => (isOver = true));
    const [statuses, beside] = await Promise.all([sent, queryTimes(server, perSecond, () => isOver)]);
    demand(
      statuses.every((status) => status === 201),
      `uploads were answered with ${[...new Set(statuses)].join(' ')}`,
    );
    const peak = await memory(server, 'VmHWM');
    return {
      alone: percentile(alone, 0.95),
      beside: percentile(beside, 0.95),
      queries: beside.length,
      grown: peak - idle,
    };
  } finally {
    await server.kill();
  }
}

export const besideUploads: ExamCase = {
  id: 'F10',
  title: '8 uploads of 256 MiB beside 20 queries/s',
  async run(setting) {
    // On the same processors: the ratio would tell of them, not of the server.
    if (setting.store === 's3') throw new Skipped('the object store takes the processors that are measured');
    const { alone, beside, queries } = await measure(setting, 256, 20, 2);
    const figure = `p95 ${beside.toFixed(0)} ms beside, ${alone.toFixed(0)} ms alone (${(beside / alone).toFixed(1)} ×), ${queries} queries`;
    demand(beside < 3 * alone, figure);
    return figure;
  },
};

export const largeUploads: ExamCase = {
  id: 'O03',
  title: '8 large uploads beside 100 queries/s',
  async run(setting) {
    const { beside, queries, grown } = await measure(setting, setting.mebibytes, 100, 1);
    const figure = `8 × ${setting.mebibytes} MiB: ${grown.toFixed(0)} MiB more at the peak, p95 ${beside.toFixed(0)} ms of ${queries} queries`;
    demand(grown < 512 && beside < 200, figure);
    return figure;
  },
};
