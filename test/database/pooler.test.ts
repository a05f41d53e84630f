// A registry behind PgBouncer, which gives each transaction another connection, and before a database in another time zone (F08).
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { type Registry, startRegistry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { openDatabase } from '../../src/database/open.js';
import { createEmptyDatabase, testServerUrl } from '../support/database.js';
import { lstmModel } from '../support/onnx-model.js';
import { hasPooler, type Pooler, startPooler } from '../support/pgbouncer.js';

const isHere = hasPooler && testServerUrl !== undefined;
if (!isHere) console.log('skipped: a registry behind a pooler; it needs PostgreSQL and apt-get install pgbouncer');

let url: string;
let drop: () => Promise<void>;
let role: string;
let pooler: Pooler;

/** On the server itself, as its owner. */
async function run(statement: string): Promise<void> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}

const throughPooler = (): string => Object.assign(new URL(pooler.through(url)), { username: role }).href;

const refusal = async (): Promise<string> => {
  const error: unknown = await openDatabase({ url: throughPooler() }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  return (error as Error).message;
};

(isHere ? describe : describe.skip).each([
  ['refuses what a connection asks for at its start', ''],
  ['passes over what a connection asks for at its start', 'ignore_startup_parameters = options, statement_timeout'],
])('a pooler that %s', (_how, settings) => {
  beforeEach(async () => {
    ({ url, drop } = await createEmptyDatabase(testServerUrl!));
    role = `role_${randomBytes(6).toString('hex')}`;
    const name = new URL(url).pathname.slice(1);
    await run(`CREATE ROLE ${role} SUPERUSER LOGIN; ALTER DATABASE ${name} SET TimeZone = 'America/St_Johns'`);
    pooler = await startPooler(url, role, settings);
  });
  afterEach(async () => {
    await pooler.stop();
    await run(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await drop();
  });

  it('is met with the commands that give the role what is missing, which are enough', async () => {
    const message = await refusal();
    expect(message).not.toContain('\n');
    const [commands] = /ALTER ROLE .*;$/.exec(message) ?? [];
    await run(commands!);
    await pooler.stop();
    pooler = await startPooler(url, role, settings);
    const database = await openDatabase({ url: throughPooler() });
    await database.ping();
    await database.close();
  });

  it('carries a registry: two processes start at once, publish side by side, and the trail is whole', async () => {
    await run(`ALTER ROLE ${role} SET TimeZone = 'UTC'; ALTER ROLE ${role} SET statement_timeout = '8s'`);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-pooler-'));
    const start = (): Promise<Registry> =>
      startRegistry(loadConfig({ DATABASE_URL: throughPooler() }, { port: '0', data: folder }), {
        log: pino({ level: 'silent' }),
      });
    const registries = await Promise.all([start(), start()]);
    try {
      const token = (await readFile(path.join(folder, 'admin-token'), 'utf8')).trim();
      const headers = { authorization: `Bearer ${token}` };
      const publish = async (i: number) => {
        const body = Buffer.from(lstmModel({ inputSize: 4, hiddenSize: 8, seed: i }));
        const answer = await fetch(`${registries[i % 2]!.url}/models/voice/versions`, { method: 'PUT', headers, body });
        return [answer.status, ((await answer.json()) as { number: number }).number];
      };
      // Two uploads a token and process.
      const numbers: number[] = [];
      for (let i = 0; i < 12; i += 4)
        for (const [status, number] of await Promise.all([0, 1, 2, 3].map((j) => publish(i + j)))) {
          expect(status).toBe(201);
          numbers.push(number!);
        }
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      const query = '{ trailCheck { next findings { fault } } }';
      const answer = await fetch(`${registries[0].url}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      expect(await answer.json()).toMatchObject({ data: { trailCheck: { next: null, findings: [] } } });
    } finally {
      for (const registry of registries) await registry.close();
      await rm(folder, { recursive: true });
    }
  });
});
