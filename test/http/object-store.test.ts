// A registry whose bytes lie in an object store: publishing, and both ways of getting them back.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { type Registry, startRegistry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { runCli } from '../support/cli.js';
import { type FaultyObjectStore, refuse, startFaultyObjectStore } from '../support/faulty-object-store.js';
import { lstmModel } from '../support/onnx-model.js';

process.env['AWS_ACCESS_KEY_ID'] = 'key-id';
process.env['AWS_SECRET_ACCESS_KEY'] = 'key-secret';

let store: FaultyObjectStore;
let folder: string;
let registry: Registry;
let token: string;
const bytes = Buffer.from(lstmModel({ inputSize: 40, hiddenSize: 64 }));
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Of an embedded database; `downloads` as in the settings. */
async function start(downloads: string): Promise<void> {
  const blobs = `s3://models/team?endpoint=${encodeURIComponent(store.endpoint)}`;
  const environment = { WEIGHBRIDGE_BLOBS: blobs, WEIGHBRIDGE_DOWNLOADS: downloads };
  const config = loadConfig(environment, { port: '0', data: path.join(folder, 'data') });
  registry = await startRegistry(config, { log: pino({ level: 'silent' }) });
  token = (await readFile(path.join(folder, 'data', 'admin-token'), 'utf8')).trim();
}

const ask = (route: string, init: RequestInit = {}) =>
  fetch(registry.url + route, {
    redirect: 'manual',
    ...init,
    headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
  });
const publish = () => ask('/models/voice/versions', { method: 'PUT', body: bytes });

beforeEach(async () => {
  store = await startFaultyObjectStore();
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-object-store-'));
});
afterEach(async () => {
  await registry.close();
  await store.stop();
  await rm(folder, { recursive: true });
});

describe('a registry on an object store', () => {
  it('keeps an artifact under its digest there, and gives it back through itself', async () => {
    await start('stream');
    expect((await publish()).status).toBe(201);
    const hex = digest.slice('sha256:'.length);
    expect([...store.objects.keys()]).toEqual([`team/${hex.slice(0, 2)}/${hex}`]);
    const whole = await ask('/models/voice/versions/1/artifact');
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await ask(`/artifacts/${digest}`, { headers: { range: 'bytes=-10' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(-10))).toBe(true);
  });

  it('never gives damaged bytes through itself', async () => {
    await start('stream');
    await publish();
    const [key] = store.objects.keys();
    store.objects.set(key!, Buffer.alloc(bytes.length));
    const answer = await ask(`/artifacts/${digest}`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([500, 'ARTIFACT_CORRUPT']);
  });

  it('sends who may have the bytes to the store for them, whole or a range, if it is told to', async () => {
    await start('redirect');
    await publish();
    const answer = await ask('/models/voice/versions/1/artifact', { headers: { range: 'bytes=0-9' } });
    expect(answer.status).toBe(307);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const address = new URL(answer.headers.get('location')!);
    expect(address.origin).toBe(store.endpoint);
    expect(address.searchParams.get('response-content-disposition')).toBe('attachment; filename=voice-v1.onnx');
    expect(address.search).toContain('X-Amz-Signature=');
    const given = await fetch(address, { headers: { range: 'bytes=0-9' } });
    expect(Buffer.from(await given.arrayBuffer()).equals(bytes.subarray(0, 10))).toBe(true);
  });

  it('sends nobody there who may not have the bytes, has them already, or asks for their headers alone', async () => {
    await start('redirect');
    await publish();
    const route = `/artifacts/${digest}`;
    const answers = [
      await ask(route, { headers: { authorization: '' } }),
      await ask(route, { headers: { 'if-none-match': `"${digest}"` } }),
      await ask(route, { headers: { 'if-match': '"other"' } }),
      await ask(route, { method: 'HEAD' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 304, 412, 200]);
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual([null, null, null, null]);
    expect(answers[3]!.headers.get('content-length')).toBe(String(bytes.length));
  });

  it('is pulled from by the command line, which gives the store no token', async () => {
    await start('redirect');
    await publish();
    let authorization: string | undefined;
    store.fault = ({ what, request }) => {
      if (what === 'GET object') authorization = request.headers.authorization ?? 'none';
      return false;
    };
    const connection = ['--url', registry.url];
    const { code, stderr } = await runCli(['pull', 'voice', '-o', 'voice.onnx', ...connection], {
      cwd: folder,
      env: { WEIGHBRIDGE_TOKEN: token },
    });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect((await readFile(path.join(folder, 'voice.onnx'))).equals(bytes)).toBe(true);
    expect(authorization).toBe('none');
  });

  it('says to the command line which store refuses the bytes', async () => {
    await start('redirect');
    await publish();
    store.fault = ({ what, response }) => {
      if (what !== 'GET object') return false;
      refuse(response, 403, 'AccessDenied');
      return true;
    };
    const { code, stderr } = await runCli(['pull', 'voice', '--url', registry.url], {
      cwd: folder,
      env: { WEIGHBRIDGE_TOKEN: token },
    });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${store.endpoint}: the store of the bytes, where the registry sends for them, answered 403`,
    );
    expect(stderr).not.toMatch(/key-id|Signature/);
  });

  it('is not ready, and refuses uploads as something that passes, while the store does not answer', async () => {
    await start('stream');
    store.fault = ({ response }) => {
      refuse(response, 503, 'ServiceUnavailable');
      return true;
    };
    const refused = await publish();
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
    const ready = await fetch(`${registry.url}/health/ready`);
    expect([ready.status, ((await ready.json()) as { code: string }).code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
    expect((await fetch(`${registry.url}/health/live`)).status).toBe(200);
    store.fault = () => false;
    expect((await publish()).status).toBe(201);
  });
});
