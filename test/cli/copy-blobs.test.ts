// Stored bytes on their way from a data folder into an object store, while a registry uses them.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startRegistry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { openFsBlobStore } from '../../src/blobs/fs-blob-store.js';
import { runCli } from '../support/cli.js';
import { type FaultyObjectStore, startFaultyObjectStore } from '../support/faulty-object-store.js';
import { lstmModel } from '../support/onnx-model.js';

const credentials = { AWS_ACCESS_KEY_ID: 'key-id', AWS_SECRET_ACCESS_KEY: 'key-secret' };
Object.assign(process.env, credentials);

let store: FaultyObjectStore;
let folder: string;
beforeEach(async () => {
  store = await startFaultyObjectStore();
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-copy-'));
});
afterEach(async () => {
  await store.stop();
  await rm(folder, { recursive: true });
});

const address = () => `s3://models?endpoint=${store.endpoint}`;
const copy = (...more: string[]) => runCli(['copy-blobs', '--data', folder, '--to', address(), ...more]);
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const keyOf = (bytes: Uint8Array) => `${digestOf(bytes).slice(0, 2)}/${digestOf(bytes)}`;

async function fill(...all: Uint8Array[]): Promise<void> {
  const files = await openFsBlobStore(path.join(folder, 'blobs'));
  for (const bytes of all) {
    const staged = await files.stage();
    await staged.write(bytes);
    await staged.commit();
  }
  await files.close();
}

it('copies what is not there yet, and says so', async () => {
  const [first, second] = [Buffer.from('first'), Buffer.from('second one')];
  await fill(first, second);
  expect(await copy()).toMatchObject({
    code: 0,
    stdout: 'Copied 2 artifacts, 15 bytes; 0 were there already, 0 are damaged.\n',
  });
  expect([...store.objects.keys()].sort()).toEqual([keyOf(first), keyOf(second)].sort());
  const { code, stdout } = await copy('--json');
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { copied: 0, there: 2, damaged: 0, copiedBytes: 0, damagedDigests: [] },
  ]);
});

it('leaves damaged bytes out, and names them', async () => {
  const bytes = Buffer.from('model');
  await fill(bytes);
  await writeFile(path.join(folder, 'blobs', 'sha256', keyOf(bytes)), 'MODEL');
  const { code, stderr } = await copy();
  expect(code).toBe(1);
  expect(stderr).toContain(`sha256:${digestOf(bytes)} was not copied: its bytes are damaged in the data folder`);
  expect(store.objects.size).toBe(0);
});

it('wants to be told where to, in an address of an object store', async () => {
  const nowhere = await runCli(['copy-blobs', '--data', folder]);
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('--to, or WEIGHBRIDGE_BLOBS')]);
  const wrong = await runCli(['copy-blobs', '--data', folder, '--to', './elsewhere']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--blobs must be s3://bucket')]);
});

it('moves a registry that is in use: at no time does it lack bytes', async () => {
  const start = (blobs: string) =>
    startRegistry(loadConfig({ WEIGHBRIDGE_BLOBS: blobs }, { port: '0', data: folder }), {
      log: pino({ level: 'silent' }),
    });
  const models = [0, 1, 2].map((seed) => Buffer.from(lstmModel({ inputSize: 8, hiddenSize: 16, seed })));
  const ask = async (url: string, route: string, body?: Buffer) => {
    const token = (await readFile(path.join(folder, 'admin-token'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(url + route, body === undefined ? { headers } : { method: 'PUT', headers, body });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const holds = async (url: string, count: number) => {
    for (const [i, bytes] of models.slice(0, count).entries())
      expect((await ask(url, `/models/voice/versions/${i + 1}/artifact`)).bytes.equals(bytes)).toBe(true);
  };

  const before = await start('');
  await ask(before.url, '/models/voice/versions', models[0]);
  expect((await copy()).code).toBe(0);
  await ask(before.url, '/models/voice/versions', models[1]); // after the copy, so that only the folder has it
  await before.close();

  const between = await start(address());
  await ask(between.url, '/models/voice/versions', models[2]);
  await holds(between.url, 3);
  expect(store.objects.size).toBe(2);
  expect((await copy()).stdout).toContain('Copied 1 artifact,');
  await between.close();

  await rm(path.join(folder, 'blobs', 'sha256'), { recursive: true });
  const after = await start(address());
  await holds(after.url, 3);
  await after.close();
});
