/** U07, U08, F01 and O02: a disk that is full, fails or takes no writes, under a server that goes on running. */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { demand, Skipped, type ExamCase, type Setting } from '../case.js';
import { createDisk, type Disk } from '../disk/disk.js';
import {
  lossesOf,
  publishNoted,
  demandAlive,
  startServer,
  watchLife,
  type Acknowledged,
  type Server,
} from '../server.js';
import { mediumModel } from './models.js';

interface Bench {
  server: Server;
  disk: Disk;
  data: string;
}

async function onDisk<T>(setting: Setting, work: (bench: Bench) => Promise<T>): Promise<T> {
  const place = await setting.newPlace();
  const { data } = place;
  const disk = createDisk(setting.diskLibrary(), setting.folder, data);
  const server = await startServer({ ...place, env: disk.env });
  try {
    return await work({ server, disk, data });
  } finally {
    disk.order({ mode: 'nothing' });
    await server.kill();
  }
}

async function stagedFiles(data: string): Promise<number> {
  const entries = await readdir(path.join(data, 'blobs', 'staging'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

export const fullDisk: ExamCase = {
  id: 'U07',
  title: 'disk full at byte k of a blob',
  run: (setting) =>
    onDisk(setting, async ({ server, disk, data }) => {
      const bytes = mediumModel(1);
      const places = [0, 1, 511, 4096, 65_536, Math.floor(bytes.length / 2), bytes.length - 1];
      const noted: Acknowledged = new Map();
      const life = watchLife(server);
      for (const [seed, room] of places.entries()) {
        const model = mediumModel(seed);
        disk.order({ mode: 'full', room, below: '/blobs/' });
        const status = await server.publish('m', model);
        demand(disk.counts().happened > 0, `at byte ${room}: the disk was never full`);
        demand(status === 507, `at byte ${room} of ${bytes.length}: answered with ${status}`);
        demand((await stagedFiles(data)) === 0, `at byte ${room}: a staged file is left`);
        disk.order({ mode: 'nothing' });
        demand((await publishNoted(server, 'm', model, noted)) === 201, `after byte ${room}: no publish with space`);
      }
      const losses = await lossesOf(server, 'm', noted);
      demand(losses.length === 0, losses.join(', '));
      demandAlive(await life());
      return `full at ${places.length} places of ${bytes.length} bytes: 507 each, nothing staged left, works again`;
    }),
};

export const failingDisk: ExamCase = {
  id: 'U08',
  title: 'each operation on a blob fails once',
  run: (setting) =>
    onDisk(setting, async ({ server, disk, data }) => {
      const noted: Acknowledged = new Map();
      const life = watchLife(server);
      let [failures, seed] = [0, 0];
      for (const on of ['sync', 'rename', 'open', 'write', 'mkdir'] as const) {
        for (let at = 1; ; at += 1) {
          const model = mediumModel(++seed);
          disk.order({ mode: 'fail', at, on: [on], below: '/blobs/' });
          const status = await publishNoted(server, 'm', model, noted);
          const { happened } = disk.counts();
          disk.order({ mode: 'nothing' });
          if (happened === 0) {
            demand(status === 201 || status === 200, `without a fault: ${status}`);
            break;
          }
          failures += 1;
          demand(status >= 500, `${on} ${at} failed and the answer was ${status}`);
          demand((await stagedFiles(data)) === 0, `${on} ${at} failed: a staged file is left`);
          const again = await publishNoted(server, 'm', model, noted);
          demand(again === 201, `${on} ${at} failed: the retry was answered with ${again}`);
        }
      }
      const losses = await lossesOf(server, 'm', noted);
      demand(losses.length === 0, losses.join(', '));
      demandAlive(await life());
      return `${failures} operations failed in turn: no success answered, nothing staged left, each retry published`;
    }),
};

/** A client waits as long before it takes a server for dead. */
const RECOVERY_MS = 60_000;

export const failingLog: ExamCase = {
  id: 'F01',
  title: 'the database log fails once',
  async run(setting) {
    if (setting.database !== 'embedded') throw new Skipped('the log of a PostgreSQL server is its own');
    const figures: string[] = [];
    for (const on of ['write', 'sync'] as const) {
      const folder = path.join(setting.folder, on);
      await mkdir(folder);
      const newPlace = () => setting.newPlace(path.join(on, 'data'));
      await onDisk({ ...setting, folder, newPlace }, async ({ server, disk }) => {
        const noted: Acknowledged = new Map();
        demand((await publishNoted(server, 'm', mediumModel(1), noted)) === 201, 'no publish before the fault');
        disk.order({ mode: 'fail', on: [on], below: '/pg_wal/' });
        const failing = Promise.race([publishNoted(server, 'm', mediumModel(2), noted), sleep(RECOVERY_MS, -1)]);
        const status = await failing;
        demand(disk.counts().happened > 0, `no ${on} of the log was seen`);
        disk.order({ mode: 'nothing' });
        demand(status !== 201 || noted.size === 2, 'acknowledged without a number');
        const since = performance.now();
        let mended = false;
        while (!mended && performance.now() - since < RECOVERY_MS && server.process.exitCode === null) {
          mended = await Promise.race([
            publishNoted(server, 'm', mediumModel(3), noted).then((s) => s === 201 || s === 200),
            sleep(10_000, false),
          ]);
          if (!mended) await sleep(200);
        }
        const seconds = ((performance.now() - since) / 1000).toFixed(1);
        if (mended) {
          const losses = await lossesOf(server, 'm', noted);
          demand(losses.length === 0, `after a failed ${on}: ${losses.join(', ')}`);
          figures.push(`${on}: publishes again after ${seconds} s`);
          return;
        }
        const { exitCode } = server.process;
        demand(exitCode !== null, `after a failed ${on} it is alive and answers no publish for ${seconds} s`);
        demand(exitCode !== 0 && server.log().trim() !== '', `it ended with ${exitCode}, without a line`);
        figures.push(`${on}: ended with code ${exitCode}`);
      });
    }
    return figures.join('; ');
  },
};

export const unready: ExamCase = {
  id: 'O02',
  title: 'database or object store gone, disk low or without writes',
  run: (setting) =>
    onDisk(setting, async ({ server, disk }) => {
      const noted: Acknowledged = new Map();
      demand((await publishNoted(server, 'm', mediumModel(1), noted)) === 201, 'no publish at first');
      const seen: string[] = [];
      const during = async (what: string, code: string, isReadable: boolean) => {
        const ready = await eventuallyReady(server, 503);
        demand(ready.status === 503 && ready.code === code, `${what}: ready says ${ready.status} ${ready.code}`);
        demand((await server.fetch('/health/live')).status === 200, `${what}: not alive`);
        if (isReadable) demand((await lossesOf(server, 'm', noted)).length === 0, `${what}: no reads`);
        seen.push(code);
      };
      const recovers = async (what: string) => {
        disk.order({ mode: 'nothing' });
        demand((await eventuallyReady(server, 200)).status === 200, `${what}: not ready afterwards`);
      };
      disk.order({ mode: 'nothing', low: true, below: '/blobs' });
      await during('the disk of the blobs below its mark', 'STORAGE_FULL', true);
      demand((await server.publish('m', mediumModel(2))) === 507, 'a publish below the mark');
      await recovers('the disk of the blobs below its mark');
      if (setting.database === 'embedded') {
        disk.order({ mode: 'nothing', low: true, below: '/database' });
        await during('the disk of the database below its mark', 'STORAGE_FULL', true);
        await recovers('the disk of the database below its mark');
        disk.order({ mode: 'failFrom', error: 'EROFS', on: ['open'], below: '/database' });
        await during('a database that takes no writes', 'STORAGE_FAILED', false);
        await recovers('a database that takes no writes');
      } else {
        await setting.cluster?.stop('fast');
        await during('the database gone', 'DATABASE_UNAVAILABLE', false);
        await setting.cluster?.start();
        await recovers('the database gone');
      }
      if (setting.objectStore !== null) {
        await setting.objectStore.killGateway();
        await during('the object store gone', 'STORAGE_UNAVAILABLE', false);
        demand((await server.publish('m', mediumModel(2))) === 503, 'a publish without the object store');
        demand((await server.fetch('/schema.graphql')).status === 200, 'without the object store nothing is read');
        await setting.objectStore.startGateway();
        await recovers('the object store gone');
      }
      demand((await server.publish('m', mediumModel(3))) === 201, 'no publish afterwards');
      return `not ready with ${seen.join(', ')}; alive, and ready again`;
    }),
};

async function eventuallyReady(server: Server, wanted: number): Promise<{ status: number; code: string }> {
  for (let tries = 0; ; tries += 1) {
    const response = await server.fetch('/health/ready');
    const { code = 'none' } = (await response.json()) as { code?: string };
    if (response.status === wanted || tries === 60) return { status: response.status, code };
    await sleep(500);
  }
}
