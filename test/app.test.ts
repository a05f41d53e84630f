/** A start that works, and starts that fail: one clear error each, and nothing half-made behind. */
import fs from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import pg from 'pg';
import { pino } from 'pino';
import { startRegistry, type Registry } from '../src/app.js';
import { loadConfig, type Overrides } from '../src/config.js';
import { createEmptyDatabase, testServerUrl } from './support/database.js';
import { lstmModel } from './support/onnx-model.js';
import { eventually } from './support/raw-http.js';

let parent: string;
let logged = '';
const log = pino(
  { level: 'trace' },
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  }),
);

beforeEach(async () => {
  parent = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-app-'));
  logged = '';
});
afterEach(() => fs.rm(parent, { recursive: true, force: true }));

const start = (overrides: Overrides): Promise<Registry> =>
  startRegistry(loadConfig({}, { port: '0', data: path.join(parent, 'deep', 'data'), ...overrides }), { log });

const exists = (file: string) =>
  fs.access(file).then(
    () => true,
    () => false,
  );

async function takenPort(): Promise<{ port: number; free: () => Promise<void> }> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, free: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

describe('a start that cannot be finished', () => {
  it('says that the port is busy before it makes anything', async () => {
    const { port, free } = await takenPort();
    await expect(start({ port: String(port) })).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await free();
    expect(await fs.readdir(parent)).toEqual([]);
  });

  it('says that the address is not of this machine', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('lets the port and the new folder go when the database cannot be reached', async () => {
    const { port, free } = await takenPort();
    await free();
    const overrides = { port: String(port), databaseUrl: 'postgresql://u:hunter2@127.0.0.1:9/none' };
    const failing = start(overrides);
    await expect(failing).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await expect(failing).rejects.not.toThrow(/hunter2/);
    expect(await fs.readdir(parent)).toEqual([]);
    expect(await isFree(port)).toBe(true);
  });

  it('leaves a folder that was there before', async () => {
    await fs.mkdir(path.join(parent, 'deep', 'data'), { recursive: true });
    const databaseUrl = 'postgresql://127.0.0.1:9/none';
    await expect(start({ databaseUrl })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(await exists(path.join(parent, 'deep', 'data'))).toBe(true);
  });

  it('says that the data folder cannot be used when a file is in its place', async () => {
    await fs.writeFile(path.join(parent, 'deep'), '');
    await expect(start({})).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
  });
});

const withServer = testServerUrl === undefined ? describe.skip : describe;
if (testServerUrl === undefined) console.log('skipped: a registry on a PostgreSQL server (there is none here)');

withServer('a registry on a PostgreSQL server', () => {
  let databaseUrl: string;
  let drop: () => Promise<void>;
  beforeEach(async () => {
    ({ url: databaseUrl, drop } = await createEmptyDatabase(testServerUrl ?? ''));
  });
  afterEach(() => drop());

  it('makes one admin token, for its owner alone, which outlives a restart and is never logged', async () => {
    const first = await start({ databaseUrl });
    const file = path.join(parent, 'deep', 'data', 'admin-token');
    const token = await fs.readFile(file, 'utf8');
    expect(token).toMatch(/^wbr_[0-9A-Za-z]{36}\n$/);
    expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
    const headers = { authorization: `Bearer ${token.trim()}` };
    expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);
    const body = lstmModel({ inputSize: 3, hiddenSize: 2 }) as Uint8Array<ArrayBuffer>;
    const published = await fetch(`${first.url}/models/m/versions`, { method: 'PUT', body, headers });
    expect(published.status).toBe(201);
    await first.close();
    await first.close();
    await expect(fetch(first.url)).rejects.toThrow();

    const second = await start({ databaseUrl });
    expect(await fs.readFile(file, 'utf8')).toBe(token);
    const bytes = await fetch(`${second.url}/models/m/versions/1/artifact`, { headers });
    expect(Buffer.from(await bytes.arrayBuffer()).equals(body)).toBe(true);
    await second.close();
    await eventually(() => logged.includes('"answered"'));
    expect(logged).not.toContain(token.trim());
    expect((await fs.readdir(path.dirname(file))).sort()).toEqual(['admin-token', 'blobs']);
  });

  it('makes no token that could not be written down', async () => {
    const file = path.join(parent, 'deep', 'data', 'admin-token');
    await fs.mkdir(path.join(file, 'in-the-way'), { recursive: true });
    await expect(start({ databaseUrl })).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    expect((await fs.readdir(path.dirname(file))).filter((name) => name.startsWith('admin-token'))).toEqual([
      'admin-token',
    ]);
    const connection = new pg.Client({ connectionString: databaseUrl });
    await connection.connect();
    expect((await connection.query('SELECT count(*)::int AS tokens FROM token')).rows).toEqual([{ tokens: 0 }]);
    await connection.end();
    await fs.rm(file, { recursive: true });
    const registry = await start({ databaseUrl });
    expect(await fs.readFile(file, 'utf8')).toMatch(/^wbr_/);
    await registry.close();
  });

  it('may share its data folder with another process', async () => {
    const [one, two] = await Promise.all([start({ databaseUrl }), start({ databaseUrl })]);
    const token = (await fs.readFile(path.join(parent, 'deep', 'data', 'admin-token'), 'utf8')).trim();
    for (const { url } of [one, two]) {
      expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    }
    await Promise.all([one.close(), two.close()]);
  });
});

describe('a registry on the embedded database', () => {
  it('has its data folder for itself, and gives it back', async () => {
    const first = await start({});
    const { port, free } = await takenPort();
    await free();
    await expect(start({ port: String(port) })).rejects.toMatchObject({ code: 'DATA_FOLDER_BUSY' });
    expect(await isFree(port)).toBe(true);
    expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);
    await first.close();
    expect(await fs.readdir(path.join(parent, 'deep', 'data', 'blobs', 'staging'))).toEqual([]);
    const second = await start({});
    expect((await fetch(`${second.url}/health/ready`)).status).toBe(200);
    await second.close();
  });

  it('is alive and not ready when the folder of its database takes no writes (O02)', async () => {
    const registry = await start({});
    const probe = path.join(parent, 'deep', 'data', 'database', '.writable');
    await fs.mkdir(probe);
    const ready = await fetch(`${registry.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      code: 'STORAGE_FAILED',
      reasons: [{ code: 'STORAGE_FAILED', message: 'the folder of the database cannot be written' }],
    });
    expect((await fetch(`${registry.url}/health/live`)).status).toBe(200);
    expect(logged).not.toContain(probe);
    await registry.close();
  });
});
