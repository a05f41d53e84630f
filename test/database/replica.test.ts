// Lists that are read from a replica of the database, and the change to it when the server dies.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { type Registry, startRegistry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { lstmModel } from '../support/onnx-model.js';
import { hasPrograms, type ReplicatedCluster, startReplicatedCluster } from '../support/replicated-cluster.js';

if (!hasPrograms()) console.log('skipped: reads from a replica; they need initdb, pg_basebackup and postgres');

interface Running {
  registry: Registry;
  token: string;
  log: () => string;
}

interface Answer {
  names: string[];
  /** Of the header; null where the server itself was read. */
  asOf: string | null;
}

(hasPrograms() ? describe : describe.skip)('a registry with a replica of its database', () => {
  let cluster: ReplicatedCluster;
  let folder: string;
  const running: Running[] = [];
  let seed = 0;

  async function start(read: string, lagSeconds: number): Promise<Running> {
    let log = '';
    const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => ((log += chunk.toString()), done()) });
    const config = loadConfig({
      WEIGHBRIDGE_DATA: path.join(folder, 'data'),
      WEIGHBRIDGE_PORT: '0',
      DATABASE_URL: cluster.address,
      DATABASE_URL_READ: read,
      WEIGHBRIDGE_READ_LAG_SECONDS: String(lagSeconds),
    });
    const registry = await startRegistry(config, { log: pino(sink) });
    const token = (await readFile(path.join(folder, 'data', 'admin-token'), 'utf8')).trim();
    running.push({ registry, token, log: () => log });
    return running.at(-1)!;
  }

  const send = ({ registry, token }: Running, route: string, init: RequestInit) =>
    fetch(registry.url + route, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });

  async function publish(to: Running, model: string): Promise<number> {
    const body = lstmModel({ inputSize: 4, hiddenSize: 4, seed: (seed += 1) });
    const response = await send(to, `/models/${model}/versions`, { method: 'PUT', body });
    await response.arrayBuffer();
    return response.status;
  }

  async function ask(of: Running, query: string): Promise<{ data: never; asOf: string | null }> {
    const response = await send(of, '/graphql', { method: 'POST', body: JSON.stringify({ query }) });
    const { data } = (await response.json()) as { data: never };
    return { data, asOf: response.headers.get('weighbridge-as-of') };
  }

  async function list(of: Running): Promise<Answer> {
    const { data, asOf } = await ask(of, '{ models(first: 50) { nodes { name } } }');
    const { models } = data as { models: { nodes: { name: string }[] } };
    return { names: models.nodes.map(({ name }) => name).sort(), asOf };
  }

  async function until<T>(read: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
    for (;;) {
      const found = await read();
      if (wanted(found)) return found;
      await pause(50);
    }
  }

  async function someoneElse(of: Running): Promise<Running> {
    const query = 'mutation { createToken(input: { name: "else", scopes: [READ] }) { secret } }';
    const { data } = await ask(of, query);
    return { ...of, token: (data as { createToken: { secret: string } }).createToken.secret };
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-replica-'));
    cluster = await startReplicatedCluster();
  });
  afterEach(async () => {
    for (const { registry } of running.splice(0)) await registry.close();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('reads lists there, says as of when, and shows each token what it wrote itself', async () => {
    const writer = await start(cluster.replica.url, 3600);
    await publish(writer, 'early');
    const reader = await someoneElse(writer);
    await until(
      () => list(reader),
      ({ names, asOf }) => asOf !== null && names.includes('early'),
    );

    await cluster.replica.query('SELECT pg_wal_replay_pause()');
    await publish(writer, 'late');
    const [old, own] = [await list(reader), await list(writer)];
    expect(old).toEqual({ names: ['early'], asOf: expect.any(String) as string });
    expect(Number.isNaN(Date.parse(old.asOf!))).toBe(false);
    expect(own).toEqual({ names: ['early', 'late'], asOf: null });

    // Whoever asks for one thing by name has it, and so has a list beside it.
    const { data, asOf } = await ask(reader, '{ model(name: "late") { name } models { totalCount } }');
    expect({ data, asOf }).toEqual({ data: { model: { name: 'late' }, models: { totalCount: 2 } }, asOf: null });

    await cluster.replica.query('SELECT pg_wal_replay_resume()');
    const last = await until(
      () => list(writer),
      (answer) => answer.asOf !== null,
    );
    expect(last.names).toEqual(['early', 'late']);
    expect(Date.parse(last.asOf!)).toBeGreaterThan(Date.parse(old.asOf!));
  });

  it('reads them from the server once the replica is further behind than allowed, and from the replica when it has come up', async () => {
    const writer = await start(cluster.replica.url, 1);
    const reader = await someoneElse(writer);
    await until(
      () => list(reader),
      ({ asOf }) => asOf !== null,
    );
    await cluster.replica.query('SELECT pg_wal_replay_pause()');
    await publish(writer, 'late');
    await until(
      () => list(reader),
      ({ asOf }) => asOf === null,
    );
    expect((await list(reader)).names).toEqual(['late']);
    await until(
      () => Promise.resolve(writer.log()),
      (log) => log.includes('the replica is more than 1 s behind'),
    );
    await cluster.replica.query('SELECT pg_wal_replay_resume()');
    expect(
      (
        await until(
          () => list(reader),
          ({ asOf }) => asOf !== null,
        )
      ).names,
    ).toEqual(['late']);
    // One line of trouble: it is told that all is well only once it has been for a while.
    expect(writer.log().match(/lists are read/g)).toHaveLength(1);
  });

  it('reads nothing from what is no replica of its database', async () => {
    const other = new URL(cluster.replica.url);
    other.pathname = '/postgres';
    const writer = await start(other.href, 1);
    await until(
      () => Promise.resolve(writer.log()),
      (log) => log.includes('the replica holds another database'),
    );
    await publish(writer, 'here');
    expect(await list(writer)).toEqual({ names: ['here'], asOf: null });
  });

  it('goes on with the replica as its database when that is promoted, and has lost nothing that was acknowledged', async () => {
    const writer = await start(cluster.replica.url, 1);
    const acknowledged: string[] = [];
    for (let i = 0; i < 10; i += 1)
      if ((await publish(writer, `before-${i}`)) === 201) acknowledged.push(`before-${i}`);
    await cluster.primary.kill();
    expect(await publish(writer, 'without-a-database')).toBe(503);
    await cluster.promote();
    cluster.lead();
    await until(
      () => publish(writer, 'after'),
      (status) => status === 201,
    );
    const { names, asOf } = await list(writer);
    expect({ names, asOf }).toEqual({ names: ['after', ...acknowledged], asOf: null });
    expect(acknowledged).toHaveLength(10);
    await until(
      () => Promise.resolve(writer.log()),
      (log) => /the replica (follows no other server|cannot be read)/.test(log),
    );
  });
});
