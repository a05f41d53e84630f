/** D01, D02, D04 and O04: several servers on one PostgreSQL, also at its first start, one of them killed, and the database restarted under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { demand, Skipped, type ExamCase, type Setting } from '../case.js';
import { seeded } from '../disk/crash-image.js';
import {
  killStart,
  lossesOf,
  numbersOf,
  publishNoted,
  startServer,
  type Acknowledged,
  type Server,
} from '../server.js';
import { smallModel } from './models.js';

const SERVERS = 4;
const EACH = 50;

async function servers(setting: Setting): Promise<{ all: Server[]; again: () => Promise<Server> }> {
  const place = await setting.newPlace();
  if (place.databaseUrl === null) throw new Skipped('the embedded database belongs to one process');
  const again = () => startServer(place);
  return { all: [await again(), ...(await Promise.all(Array.from({ length: SERVERS - 1 }, again)))], again };
}

/** Five at once, as a pipeline of several jobs does. */
async function publishMany(server: Server, seed: number, noted: Acknowledged): Promise<number[]> {
  let next = 0;
  const statuses: number[] = [];
  const one = async () => {
    while (next < EACH) statuses.push(await publishNoted(server, 'm', smallModel(seed + next++), noted));
  };
  await Promise.all(Array.from({ length: 5 }, one));
  return statuses;
}

const isGapless = (numbers: readonly number[]) => numbers.every((number, index) => number === index + 1);

export const fourServers: ExamCase = {
  id: 'D01',
  title: '4 servers × 50 versions of one model',
  async run(setting) {
    const { all } = await servers(setting);
    const noted: Acknowledged = new Map();
    const statuses = (await Promise.all(all.map((server, index) => publishMany(server, index * 1000, noted)))).flat();
    const [first] = all;
    const numbers = first === undefined ? [] : await numbersOf(first, 'm');
    await Promise.all(all.map((server) => server.stop()));
    const errors = statuses.filter((status) => status !== 201);
    demand(errors.length === 0, `${errors.length} answers with ${[...new Set(errors)].join(' ')}`);
    demand(noted.size === SERVERS * EACH, `${noted.size} distinct numbers of ${SERVERS * EACH}`);
    demand(numbers.length === SERVERS * EACH && isGapless(numbers), `${numbers.length} versions, with gaps`);
    return `${noted.size} distinct numbers, 1 to ${numbers.at(-1)}, 0 errors`;
  },
};

export const oneKilled: ExamCase = {
  id: 'D02',
  title: '4 servers × 50 versions, one killed',
  async run(setting) {
    const { all, again } = await servers(setting);
    const noted: Acknowledged = new Map();
    const [victim, ...others] = all;
    if (victim === undefined) throw new Error('no server');
    const chance = seeded(Date.now());
    const killing = (async () => {
      const after = 20 + Math.floor(chance() * 60);
      while (noted.size < after) await sleep(5);
      await victim.kill();
      return after;
    })();
    const work = Promise.all(all.map((server, index) => publishMany(server, index * 1000, noted)));
    const after = await killing;
    const statuses = await work;
    const restarted = await again();
    demand((await publishNoted(restarted, 'm', smallModel(9_000), noted)) === 201, 'no publish after the restart');
    const numbers = await numbersOf(restarted, 'm');
    const losses = await lossesOf(restarted, 'm', noted);
    await Promise.all([restarted, ...others].map((server) => server.stop()));
    const answers = statuses.slice(1).flat();
    // "Try again" is an honest answer on a machine that is too slow for twenty writers of one model; D01 allows none.
    const errors = answers.filter((status) => status !== 201 && status !== 503);
    const busy = answers.filter((status) => status === 503).length;
    demand(errors.length === 0, `${errors.length} answers of the living with ${[...new Set(errors)].join(' ')}`);
    demand(isGapless(numbers), 'there are gaps');
    demand(losses.length === 0, losses.join(', '));
    return `killed after ${after} answers: ${noted.size} acknowledged, 0 lost, numbers 1 to ${numbers.at(-1)} without a gap; ${busy} of ${answers.length} answers of the living were 503`;
  },
};

export const restartedDatabase: ExamCase = {
  id: 'D04',
  title: 'PostgreSQL restarted under load',
  async run(setting) {
    const { cluster } = setting;
    if (cluster === null) throw new Skipped('the embedded database has no server');
    const server = await startServer(await setting.newPlace());
    const noted: Acknowledged = new Map();
    const statuses = new Map<number, number>();
    let over = false;
    let seed = 0;
    const publish = async () => {
      while (!over) {
        const status = await publishNoted(server, 'm', smallModel(seed++), noted);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const work = Promise.all(Array.from({ length: 4 }, publish));
    for (let restart = 0; restart < 3; restart += 1) {
      const before = noted.size;
      while (noted.size < before + 10) await sleep(20);
      await cluster.stop('immediate');
      await sleep(500);
      await cluster.start();
    }
    const before = noted.size;
    const since = performance.now();
    while (noted.size < before + 10 && performance.now() - since < 60_000) await sleep(20);
    const recovered = noted.size >= before + 10;
    over = true;
    await work;
    const losses = await lossesOf(server, 'm', noted);
    const numbers = await numbersOf(server, 'm');
    await server.stop();
    demand(recovered, 'no publish within 60 s of the last restart');
    const odd = [...statuses.keys()].filter((status) => status !== 201 && status !== 200 && status !== 503);
    demand(odd.length === 0, `answers with ${odd.join(', ')}`);
    demand(losses.length === 0, losses.join(', '));
    demand(isGapless(numbers), 'there are gaps');
    return `3 immediate restarts: ${noted.size} acknowledged, 0 lost, ${statuses.get(503) ?? 0} answers 503, none other`;
  },
};

/** Into the first start of a server, where it connects and migrates. */
const KILLED_AFTER_MS = [200, 500, 800, 1_200, 2_000, 3_000];

export const firstStarts: ExamCase = {
  id: 'O04',
  title: 'two servers start on an empty database, another was killed there',
  async run(setting) {
    const starts = [null, ...KILLED_AFTER_MS];
    for (const after of starts) {
      const options = await setting.newPlace(`data-${after ?? 'none'}`);
      if (options.databaseUrl === null) throw new Skipped('the embedded database belongs to one process');
      if (after !== null) await killStart(options, after);
      const both = await Promise.all([startServer(options), startServer(options)]);
      const noted: Acknowledged = new Map();
      const statuses = [];
      for (const [index, server] of both.entries()) {
        statuses.push(await publishNoted(server, 'm', smallModel(index), noted));
      }
      await Promise.all(both.map((server) => server.stop()));
      demand(
        statuses.every((status) => status === 201),
        `after a kill at ${after} ms: ${statuses.join(' ')}`,
      );
    }
    return `${starts.length} times both up and publishing, ${KILLED_AFTER_MS.length} of them after a start that was killed`;
  },
};
