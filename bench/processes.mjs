// What more processes of one registry bring: publishes and queries a second behind haproxy with one, two and four of them, on PostgreSQL, with bytes in
// a folder that all share and in an object store; and the processor time of the processes for each publish. Client, database, balancer and
// store run on the same machine and are not counted there.
import http from 'node:http';
import path from 'node:path';
import { rm } from 'node:fs/promises';
import { figure, ratios } from './figures.mjs';
import { smallModel } from './models.mjs';
import { askGraphql, freePort, processorTime, send, startServer, temporaryFolder } from './server.mjs';
import { operationTexts } from '../scripts/operation-files.mjs';
import { startBalancer } from '../test/start-balancer.mjs';
import { startCluster } from '../test/start-cluster.mjs';
import { startObjectStore } from '../test/start-object-store.mjs';

export const summary =
  'publishes and queries with 1, 2 and 4 processes behind haproxy, where PostgreSQL, haproxy and Ceph are installed (--rounds)';

const COUNTS = [1, 2, 4];
const CLIENTS = 8;
const SIZES = [
  { size: '100 kB', bytes: 100_000, each: 10 },
  { size: '1 MB', bytes: 1_000_000, each: 5 },
];
const QUERIES = 50;

const { Catalog } = operationTexts(new URL('operations/', import.meta.url));

export async function measure({ rounds = 3 }) {
  const figures = [];
  for (const [name, open] of [
    ['shared folder', () => ({ environment: {}, stop: () => Promise.resolve() })],
    ['object store', openObjectStore],
  ]) {
    const store = await open();
    const cluster = store.reason === undefined ? await startCluster() : { reason: store.reason };
    if (cluster.reason === undefined) figures.push(...(await measureOn({ name, store, url: cluster.url, rounds })));
    else console.log(`  ${name} is left out: ${cluster.reason}`);
    await cluster.stop?.();
    await store.stop?.();
  }
  return figures;
}

async function openObjectStore() {
  const { reason, bucket, endpoint, credentials, stop } = await startObjectStore();
  if (reason !== undefined) return { reason };
  const address = `s3://${bucket}?endpoint=${encodeURIComponent(endpoint)}`;
  return { environment: { WEIGHBRIDGE_BLOBS: address, ...credentials }, isApart: true, stop };
}

async function measureOn({ name, store, url, rounds }) {
  const folder = await temporaryFolder();
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const stops = [() => rm(folder, { recursive: true, force: true }), () => agent.destroy()];
  try {
    const environment = {
      DATABASE_URL: url,
      WEIGHBRIDGE_UPLOADS: String(4 * CLIENTS),
      WEIGHBRIDGE_UPLOADS_PER_TOKEN: String(4 * CLIENTS),
      ...store.environment,
    };
    const servers = [];
    for (let index = 0; index < Math.max(...COUNTS); index += 1) {
      // With bytes elsewhere each has a folder of its own, as machines do; the first token is in that of the first.
      const data = path.join(folder, store.isApart ? `data-${index}` : 'data');
      const server = await startServer({ data, environment, port: await freePort(), token: servers[0]?.token });
      servers.push(server);
      stops.push(server.stop);
    }
    const behind = new Map();
    for (const count of COUNTS) {
      const balancer = await startBalancer(servers.slice(0, count).map((server) => Number(new URL(server.url).port)));
      if (balancer.reason !== undefined) {
        console.log(`  ${name} is left out: ${balancer.reason}`);
        return [];
      }
      stops.push(balancer.stop);
      behind.set(count, { url: balancer.url, token: servers[0].token });
    }
    return await compare({ name, servers, behind, agent, rounds });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function compare({ name, servers, behind, agent, rounds }) {
  let seed = 0;
  /** Per second, and ms of processor time for each, of all processes. */
  const timed = async (count, work) => {
    const used = () => Promise.all(servers.map(({ pid }) => processorTime(pid)));
    const sum = (times) => times.reduce((total, ms) => total + ms, 0);
    const before = sum(await used());
    const start = performance.now();
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)));
    const seconds = (performance.now() - start) / 1000;
    return { rate: count / seconds, processor: (sum(await used()) - before) / count };
  };
  const publish = async (server, { bytes, each }) => {
    const models = Array.from({ length: CLIENTS * each }, () => smallModel(bytes, (seed += 7)));
    return timed(models.length, async (client) => {
      for (let i = 0; i < each; i += 1) {
        const body = models[client * each + i];
        await send(server, { method: 'PUT', route: `/models/m${client}/versions`, body, agent });
      }
    });
  };
  const query = (server) =>
    timed(CLIENTS * QUERIES, async () => {
      for (let i = 0; i < QUERIES; i += 1) await askGraphql(server, agent, Catalog);
    });
  const works = [
    ...SIZES.map((each) => [`publishes of ${each.size}`, (server) => publish(server, each)]),
    ['queries', query],
  ];
  const found = new Map(works.map(([what]) => [what, new Map(COUNTS.map((count) => [count, []]))]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [what, work] of works) {
      for (let turn = 0; turn < COUNTS.length; turn += 1) {
        const count = COUNTS[(turn + round) % COUNTS.length];
        const result = await work(behind.get(count));
        if (round > 0) found.get(what).get(count).push(result); // the first, to get warm
      }
    }
  }
  return works.flatMap(([what]) => {
    const of = (count, key) =>
      found
        .get(what)
        .get(count)
        .map((result) => result[key]);
    const more = COUNTS.slice(1);
    return [
      figure(`${name}, ${what}: 1 process`, of(1, 'rate'), 'per second'),
      ...more.map((count) => figure(`${name}, ${what}: ${count} to 1`, ratios(of(count, 'rate'), of(1, 'rate')))),
      figure(`${name}, ${what}: processor time, 1 process`, of(1, 'processor'), 'ms each'),
      ...more.map((count) =>
        figure(`${name}, ${what}: processor time, ${count} to 1`, ratios(of(count, 'processor'), of(1, 'processor'))),
      ),
    ];
  });
}
