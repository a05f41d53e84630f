// The object store against a real one: Ceph's gateway, where this machine has it. One is started for all that needs it to be real.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { type Registry, startRegistry } from '../../src/app.js';
import { openFsBlobStore } from '../../src/blobs/fs-blob-store.js';
import { openS3BlobStore } from '../../src/blobs/s3-blob-store.js';
import type { S3Address } from '../../src/blobs/s3-address.js';
import { loadConfig } from '../../src/config.js';
import { runCli } from '../support/cli.js';
import { type ObjectStore, startObjectStore, textOf } from '../support/object-store.js';
import { lstmModel } from '../support/onnx-model.js';
import { describeBlobStore, put } from './blob-store.contract.js';

const started = await startObjectStore();
if (started !== undefined) Object.assign(process.env, started.credentials);
afterAll(() => started?.stop());

const here = started === undefined ? describe.skip : describe;
const store = started as ObjectStore;

here('a bucket of Ceph', () => {
  const newAddress = () => store.newAddress();
  describeBlobStore('it', async () => {
    const staging = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-s3-'));
    const files = () => readdir(staging, { recursive: true, withFileTypes: true });
    return {
      store: await openS3BlobStore(newAddress(), { staging }),
      countStaged: async () => (await files()).filter((entry) => entry.isFile()).length,
      close: () => rm(staging, { recursive: true, force: true }),
    };
  });

  it('gets the files of a data folder from copy-blobs, large ones in parts, and the second time none', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-copy-'));
    try {
      const files = await openFsBlobStore(path.join(folder, 'blobs'));
      const all = [Buffer.from('small'), Buffer.alloc(20_000_000, 'large ')];
      for (const bytes of all) await put(files, bytes);
      await files.close();
      const address = newAddress();
      const copy = () =>
        runCli(['copy-blobs', '--data', folder, '--to', textOf(address), '--json'], { env: store.credentials });
      const first = await copy();
      expect([first.code, JSON.parse(first.stdout)]).toEqual([
        0,
        { copied: 2, there: 0, damaged: 0, copiedBytes: 20_000_005, damagedDigests: [] },
      ]);
      const objects = await openS3BlobStore(address, { staging: path.join(folder, 'staging') });
      const digests: string[] = [];
      for await (const { digest } of objects.list()) digests.push(digest);
      await objects.close();
      const expected = all.map((bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
      expect(digests.sort()).toEqual(expected.sort());
      const again = await copy();
      expect([again.code, JSON.parse(again.stdout)]).toMatchObject([0, { copied: 0, there: 2, copiedBytes: 0 }]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

here('a registry on a bucket of Ceph', () => {
  let folder: string;
  let registry: Registry;
  let token: string;
  let address: S3Address;
  const bytes = Buffer.from(lstmModel({ inputSize: 40, hiddenSize: 64 }));
  const ask = (route: string, init: RequestInit = {}) =>
    fetch(registry.url + route, {
      redirect: 'manual',
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-ceph-registry-'));
    address = store.newAddress();
    const environment = { WEIGHBRIDGE_BLOBS: textOf(address), WEIGHBRIDGE_DOWNLOADS: 'redirect' };
    const config = loadConfig(environment, { port: '0', data: path.join(folder, 'data') });
    registry = await startRegistry(config, { log: pino({ level: 'silent' }) });
    token = (await readFile(path.join(folder, 'data', 'admin-token'), 'utf8')).trim();
    expect((await ask('/models/voice/versions', { method: 'PUT', body: bytes })).status).toBe(201);
  });
  afterAll(async () => {
    await registry.close();
    await rm(folder, { recursive: true });
  });

  it('sends who may have the bytes to the gateway, which gives them to that address alone', async () => {
    const answer = await ask('/models/voice/versions/1/artifact');
    expect(answer.status).toBe(307);
    const location = answer.headers.get('location') ?? '';
    const whole = await fetch(location);
    expect([whole.status, whole.headers.get('content-disposition')]).toEqual([
      200,
      'attachment; filename=voice-v1.onnx',
    ]);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await fetch(location, { headers: { range: 'bytes=-10' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(-10))).toBe(true);
    const [unsigned = ''] = location.split('?');
    expect((await fetch(unsigned)).status).toBe(403);
    const signature = new URL(location);
    signature.searchParams.set('response-content-disposition', 'inline');
    expect((await fetch(signature)).status).toBe(403);
  });

  it('is pulled from by the command line', async () => {
    const { code, stderr } = await runCli(['pull', 'voice', '-o', 'voice.onnx', '--url', registry.url], {
      cwd: folder,
      env: { WEIGHBRIDGE_TOKEN: token },
    });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect((await readFile(path.join(folder, 'voice.onnx'))).equals(bytes)).toBe(true);
  });

  it('refuses uploads while the gateway is killed, keeps none of them, and goes on when it is back', async () => {
    const other = Buffer.from(lstmModel({ inputSize: 40, hiddenSize: 64, seed: 2 }));
    const publish = () => ask('/models/voice/versions', { method: 'PUT', body: other });
    await store.killGateway();
    const refused = await publish();
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'STORAGE_UNAVAILABLE' }]);
    expect((await ask('/health/ready')).status).toBe(503);
    expect((await ask('/health/live')).status).toBe(200);
    await store.startGateway();
    const accepted = await publish();
    expect([accepted.status, await accepted.json()]).toMatchObject([201, { number: 2 }]);
    const hex = createHash('sha256').update(other).digest('hex');
    const Key = `${address.prefix}${hex.slice(0, 2)}/${hex}`;
    const { ContentLength } = await store.client.send(new HeadObjectCommand({ Bucket: store.bucket, Key }));
    expect(ContentLength).toBe(other.length);
  });
});
