/**
 * S01: an hour of mixed work at a moderate rate on one server. Its memory must stay flat after the first quarter, or grow no more than the
 * embedded database's own memory does, whose size is known and bounded. Memory is read from outside (Linux), and what only the process knows
 * by a module that is loaded into each of its threads.
 */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { lstmModel } from '../../test/support/onnx-model.js';
import { openRaw } from '../../test/support/raw-http.js';
import { demand, NotHeld, Skipped, type ExamCase } from '../case.js';
import { seeded } from '../disk/crash-image.js';
import { startServer, type Server } from '../server.js';
import { mediumModel, smallModel } from './models.js';

/** What may be held more at the end than after the first quarter, beside the database's own memory: collectors and allocators are not exact. */
const FLAT_MIB = 48;
/** The embedded database keeps what it read in buffers of a fixed size, 128 MiB, beside its program, caches and work: more is a leak. */
const DATABASE_MIB = 384;
const SAMPLES = 240;
const MODELS = 40;
const MIB = 1024 * 1024;
const REPORTER = path.resolve(import.meta.dirname, '../memory-report.mjs');

/** Of one moment; MiB. */
interface Sample {
  minute: number;
  rss: number;
  /** JavaScript objects of all threads. */
  heap: number;
  /** Buffers of all threads, without the memory of WebAssembly. */
  buffers: number;
  /** Touched by the embedded database, of what its WebAssembly has taken; 0 where there is none. */
  database: number;
}

export const soak: ExamCase = {
  id: 'S01',
  title: 'mixed work on one server',
  async run(setting) {
    if (process.platform !== 'linux') throw new Skipped('needs Linux');
    const place = await setting.newPlace();
    const reports = path.join(setting.folder, 'memory');
    await mkdir(reports);
    const server = await startServer({
      ...place,
      env: { NODE_OPTIONS: `--import ${pathToFileURL(REPORTER).href}`, EXAM_MEMORY_FOLDER: reports },
    });
    try {
      const end = performance.now() + setting.minutes * 60_000;
      const isOver = () => performance.now() > end || server.process.exitCode !== null;
      const working = work(server, isOver);
      const samples: Sample[] = [];
      const every = (setting.minutes * 60_000) / SAMPLES;
      for (let next = performance.now() + every; !isOver(); next += every) {
        await sleep(Math.max(0, next - performance.now()));
        samples.push({
          minute: setting.minutes - (end - performance.now()) / 60_000,
          ...(await memoryOf(server, reports)),
        });
        if (samples.length % (SAMPLES / 12) === 0) setting.say(sentence(samples.slice(-1)));
      }
      const done = await working;
      demand(server.process.exitCode === null, `the server ended with ${server.process.exitCode}`);
      const stored = await storedOf(place.data);
      const { models, versions } = await countOf(server);
      const figure = `${setting.minutes} minutes, ${done.total} requests (${done.odd.size === 0 ? 'all as expected' : [...done.odd].map(([what, count]) => `${count} × ${what}`).join(', ')}), ${models} models and ${versions} versions, ${stored}; ${sentence(samples)}`;
      demand(done.odd.size === 0, figure);
      const quarters = [0, 1, 2, 3].map((quarter) =>
        samples.slice((quarter * samples.length) / 4, ((quarter + 1) * samples.length) / 4),
      );
      const [, second = [], , last = []] = quarters;
      const grown = median(last, unexplained) - median(second, unexplained);
      demand(grown < FLAT_MIB, `${grown.toFixed(0)} MiB more that nothing explains: ${figure}`);
      const database = median(last, ({ database }) => database);
      demand(database < DATABASE_MIB, `the database holds ${database.toFixed(0)} MiB: ${figure}`);
      return figure;
    } finally {
      await server.kill();
    }
  },
};

const unexplained = ({ rss, database }: Sample) => rss - database;

function median(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const sorted = samples.map(of).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** MiB an hour, by the median of the slopes between all pairs: a peak does not bend it. */
function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const slopes = samples.flatMap((a, index) =>
    samples.slice(index + 1).map((b) => ((of(b) - of(a)) / (b.minute - a.minute)) * 60),
  );
  return slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? 0;
}

/** One sample as it is; many by the medians of the second and the last quarter and the slope from the second on. */
function sentence(samples: readonly Sample[]): string {
  const quarter = Math.floor(samples.length / 4);
  const parts: [string, (sample: Sample) => number][] = [
    ['resident', ({ rss }) => rss],
    ['objects', ({ heap }) => heap],
    ['buffers', ({ buffers }) => buffers],
    ['the embedded database', ({ database }) => database],
    ['the rest', ({ rss, heap, buffers, database }) => rss - heap - buffers - database],
  ];
  return parts
    .map(([name, of]) => {
      const warm = samples.slice(quarter);
      const [before, after] = [median(samples.slice(quarter, 2 * quarter), of), median(samples.slice(-quarter), of)];
      return samples.length < 4
        ? `${name} ${median(samples, of).toFixed(0)} MiB`
        : `${name} ${before.toFixed(0)} → ${after.toFixed(0)} MiB (${slope(warm, of).toFixed(1)} an hour)`;
    })
    .join(', ');
}

interface Report {
  heapUsed: number;
  arrayBuffers: number;
  wasm: number[];
}

async function memoryOf(server: Server, reports: string): Promise<Omit<Sample, 'minute'>> {
  const maps = await readFile(`/proc/${server.process.pid}/smaps`, 'latin1');
  const names = (await readdir(reports)).filter((name) => !name.endsWith('.new'));
  const told = await Promise.all(
    names.map((name) =>
      readFile(path.join(reports, name), 'utf8').then(
        (text) => JSON.parse(text) as Report,
        () => null, // that thread has just ended
      ),
    ),
  );
  const threads = told.filter((report) => report !== null);
  const sizes = threads.flatMap(({ wasm }) => wasm).filter((size) => size > 16 * MIB);
  let [rss, database] = [0, 0];
  for (const [, size, resident] of maps.matchAll(/^Size: +(\d+) kB\n(?:.*\n)*?Rss: +(\d+) kB$/gm)) {
    rss += Number(resident) / 1024;
    if (sizes.includes(Number(size) * 1024)) database += Number(resident) / 1024;
  }
  const sum = (of: (report: Report) => number) => threads.reduce((total, report) => total + of(report), 0) / MIB;
  return {
    rss,
    database,
    heap: sum(({ heapUsed }) => heapUsed),
    buffers: sum(({ arrayBuffers }) => arrayBuffers),
  };
}

async function storedOf(data: string): Promise<string> {
  const bytes = async (folder: string) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const sizes = await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          stat(path.join(entry.parentPath, entry.name)).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
    );
    return (sizes.reduce((total, size) => total + size, 0) / MIB).toFixed(0);
  };
  return `${await bytes(path.join(data, 'blobs'))} MiB of blobs, ${await bytes(path.join(data, 'database'))} MiB of database`;
}

async function countOf(server: Server): Promise<{ models: number; versions: number }> {
  const { registryStatistics } = await server.ask<{
    registryStatistics: { modelCount: number; versionCount: number };
  }>('{ registryStatistics { modelCount versionCount } }');
  return { models: registryStatistics.modelCount, versions: registryStatistics.versionCount };
}

interface Done {
  total: number;
  /** What was answered otherwise than it should be. */
  odd: Map<string, number>;
}

/** Each kind of work at its own pace, a second or more between two of them, one of a kind at a time. */
async function work(server: Server, isOver: () => boolean): Promise<Done> {
  const done: Done = { total: 0, odd: new Map() };
  const chance = seeded(1);
  let seed = 0;
  const latest = new Map<string, number>();
  const some = () => [...latest.keys()][Math.floor(chance() * latest.size)] ?? 'm0';
  const note = (what: string, given: string | number, ...wanted: (string | number)[]) => {
    done.total += 1;
    const key = `${what} ${given}`;
    if (!wanted.includes(given)) done.odd.set(key, (done.odd.get(key) ?? 0) + 1);
  };
  const publish = async (make: (seed: number) => Uint8Array) => {
    const model = `m${Math.floor(chance() * MODELS)}`;
    const response = await server.fetch(`/models/${model}/versions`, {
      method: 'PUT',
      body: make((seed += 1)) as Uint8Array<ArrayBuffer>,
    });
    const answer = (await response.json()) as { number?: number };
    note('publish', response.status, 201);
    if (answer.number !== undefined) latest.set(model, answer.number);
  };
  const ask = async (what: string, query: string, variables: Record<string, unknown> = {}) => {
    const response = await server.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { errors, data } = (await response.json()) as { errors?: { message: string }[]; data?: object };
    const refused = /"userErrors":\[\{/.test(JSON.stringify(data ?? {}));
    note(what, errors?.[0]?.message ?? (refused ? 'refused' : 'answered'), 'answered');
  };
  const pair = () => {
    const model = some();
    const compare = latest.get(model) ?? 1;
    return { model, base: Math.max(1, compare - 1), compare };
  };
  const aliased = () => {
    const { model, base, compare } = pair();
    return { model, number: chance() < 0.5 ? base : compare };
  };
  const kinds: [string, number, () => Promise<void>][] = [
    ['publish small', 500, () => publish(smallModel)],
    ['publish of middle size', 3_000, () => publish(mediumModel)],
    [
      'publish of a larger one',
      10_000,
      () => publish((given) => lstmModel({ inputSize: 256, hiddenSize: 256, seed: given })),
    ],
    ['list', 300, () => ask('list', LIST)],
    ['versions', 700, () => ask('versions', VERSIONS, { model: some() })],
    ['comparison', 900, () => ask('comparison', COMPARE, pair())],
    ['audit', 5_000, () => ask('audit', AUDIT)],
    ['trail', 2_000, () => ask('trail', TRAIL)],
    ['alias', 2_000, () => ask('alias', ALIAS, aliased())],
    ['withdrawal', 6_000, () => ask('withdrawal', WITHDRAW, { model: some() })],
    [
      'download',
      1_000,
      async () => {
        const model = some();
        const response = await server.fetch(`/models/${model}/versions/${latest.get(model) ?? 1}/artifact`);
        await response.arrayBuffer();
        note('download', response.status, 200);
      },
    ],
    [
      'aborted upload',
      3_000,
      async () => {
        const socket = await openRaw(server.port);
        await socket.send(
          `PUT /models/m0/versions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${server.token}\r\nContent-Length: 1000000\r\n\r\n`,
        );
        await socket.send(mediumModel((seed += 1)).subarray(0, 100_000));
        await sleep(50);
        socket.destroy();
        note('aborted upload', 'gone', 'gone');
      },
    ],
    [
      'wrong token', // fewer a minute than are counted against an address
      5_000,
      async () => {
        const response = await fetch(`${server.url}/models/m0/versions/1/artifact`, {
          headers: { authorization: `Bearer ${server.token.slice(0, -1)}!` },
        });
        await response.arrayBuffer();
        note('wrong token', response.status, 401);
      },
    ],
  ];
  for (let first = 0; first < 3; first += 1) await publish(smallModel);
  await Promise.all(
    kinds.map(async ([name, every, one], index) => {
      for (let next = performance.now() + index * 37; !isOver(); next = Math.max(next + every, performance.now())) {
        await sleep(Math.max(0, next - performance.now()));
        await one().catch((error: unknown) => note(name, String(error)));
      }
    }),
  );
  if (server.process.exitCode !== null) throw new NotHeld(`the server ended: ${server.log().slice(-300)}`);
  return done;
}

const LIST = '{ models(first: 50) { nodes { name latestVersion { number inspection { modelParams } } } } }';
const VERSIONS = `query ExamVersionsOf($model: String!) {
  model(name: $model) { versions(first: 20) { nodes { number artifact { digest } inspection { modelParams recurrentNodes(first: 5) { nodes { path } } } } } }
}`;
const COMPARE = `query ExamCompare($model: String!, $base: Int!, $compare: Int!) {
  compareVersions(input: {
    base: { version: { model: $model, ref: { number: $base } } }, compare: { version: { model: $model, ref: { number: $compare } } }
  }) { changes(first: 10) { totalCount } }
}`;
const AUDIT = '{ audit(first: 50) { nodes { modelName delta flags } } }';
const TRAIL = '{ events(first: 50) { nodes { action at modelName } } }';
const ALIAS = `mutation ExamAlias($model: String!, $number: Int!) {
  setAlias(input: { model: $model, alias: "live", version: { number: $number } }) { userErrors { code } }
}`;
const WITHDRAW = `mutation ExamWithdraw($model: String!) {
  withdrawVersion(input: { model: $model, version: { number: 1 }, reason: "worn out" }) { userErrors { code } }
  restoreVersion(input: { model: $model, version: { number: 1 } }) { userErrors { code } }
}`;
