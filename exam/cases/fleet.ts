/** N01 and N02: several processes behind a balancer, of which one part after another is struck down under load, and their first start at once. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { demand, NotHeld, Skipped, type ExamCase, type Part, type Setting } from '../case.js';
import { type Blow, describePhase, type Fleet, startFleet, strikeFleet } from '../fleet.js';
import { lossesOf, numbersOf, publishNoted, startServer, type Acknowledged, type Place } from '../server.js';
import { smallModel } from './models.js';

const PROCESSES = 4;
const ROUNDS = 3;
/** As long as a machine takes to notice. */
const GONE_MS = 2_000;

/** As many as asked for one registry: machines with disks of their own where the bytes are in a store, else one folder that all share. */
async function placesOf(setting: Setting, count: number): Promise<Place[]> {
  const place = await setting.newPlace();
  if (place.databaseUrl === null) throw new Skipped('the embedded database belongs to one process');
  return Array.from({ length: count }, (_, index) =>
    place.prefix === null ? place : { ...place, data: path.join(setting.folder, `machine-${index}`) },
  );
}

export const struckFleet: ExamCase = {
  id: 'N01',
  title: '4 processes behind haproxy',
  async run(setting): Promise<Part[]> {
    const fleet = await startFleet(await placesOf(setting, PROCESSES));
    if (typeof fleet === 'string') throw new Skipped(fleet);
    try {
      const { say } = setting;
      const phases = await strikeFleet(fleet, blowsTo(fleet, setting), { rounds: ROUNDS, say });
      return phases.map((phase) => ({ what: `${ROUNDS} × ${phase.what}`, figure: describePhase(phase) }));
    } finally {
      await fleet.stop();
    }
  },
};

/** One after another of the processes, so that each is struck. */
function blowsTo(fleet: Fleet, { cluster, objectStore }: Setting): Blow[] {
  let [killed, stopped] = [0, 0];
  const blows: Blow[] = [
    {
      what: 'a process killed (−9) and started again',
      async strike() {
        const index = killed++ % fleet.servers.length;
        await fleet.servers[index]?.kill();
        await sleep(GONE_MS);
        await fleet.startAgain(index);
      },
    },
    {
      what: 'a process stopped (SIGTERM) and started again',
      async strike() {
        const index = stopped++ % fleet.servers.length;
        const code = await fleet.servers[index]?.stop();
        if (code !== 0) throw new NotHeld(`a process that was told to stop ended with ${code}`);
        await fleet.startAgain(index);
      },
    },
    { what: 'haproxy reloaded', strike: () => fleet.balancer.reload() },
  ];
  if (cluster !== null)
    blows.push({
      what: 'PostgreSQL restarted at once',
      async strike() {
        await cluster.stop('immediate');
        await sleep(GONE_MS);
        await cluster.start();
      },
    });
  if (objectStore !== null)
    blows.push({
      what: "the store's gateway killed and started again",
      async strike() {
        await objectStore.killGateway();
        await sleep(GONE_MS);
        await objectStore.startGateway();
      },
    });
  return blows;
}

export const startsAtOnce: ExamCase = {
  id: 'N02',
  title: '4 processes start at once on nothing',
  async run(setting) {
    const places = await placesOf(setting, PROCESSES);
    const servers = await Promise.all(places.map(startServer));
    const tokens = new Set(servers.map(({ token }) => token).filter((token) => token !== ''));
    demand(tokens.size === 1, `${tokens.size} first tokens`);
    const [token = ''] = tokens;
    const noted: Acknowledged = new Map();
    for (const [index, server] of servers.entries()) {
      server.token = token;
      const status = await publishNoted(server, 'm', smallModel(index), noted);
      demand(status === 201, `process ${index} answers a publish with ${status}`);
    }
    const [first] = servers;
    demand(first !== undefined, 'no process');
    const [numbers, losses] = [await numbersOf(first, 'm'), await lossesOf(first, 'm', noted)];
    const { tokenRows, migrations, twice } = await contentOf(places[0]?.databaseUrl ?? '');
    await Promise.all(servers.map((server) => server.stop()));
    demand(numbers.join() === '1,2,3,4' && losses.length === 0, `numbers ${numbers.join(' ')}, ${losses.join(', ')}`);
    demand(tokenRows === 1, `${tokenRows} tokens in the database`);
    demand(migrations > 0 && twice === 0, `${twice} of ${migrations} migrations were applied twice`);
    return `${PROCESSES} up: 1 first token, ${migrations} migrations once each, a version by each process, numbers 1 to ${numbers.length}`;
  },
};

async function contentOf(databaseUrl: string): Promise<{ tokenRows: number; migrations: number; twice: number }> {
  const connection = new pg.Client({ connectionString: databaseUrl });
  await connection.connect();
  try {
    const { rows } = await connection.query<{ tokenRows: number; migrations: number; twice: number }>(`SELECT
      (SELECT count(*)::int FROM token) AS "tokenRows",
      (SELECT count(DISTINCT migration_name)::int FROM _prisma_migrations) AS migrations,
      (SELECT count(*)::int - count(DISTINCT migration_name)::int FROM _prisma_migrations) AS twice`);
    return rows[0] ?? { tokenRows: 0, migrations: 0, twice: 0 };
  } finally {
    await connection.end();
  }
}
