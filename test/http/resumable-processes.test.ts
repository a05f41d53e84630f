// Resumable uploads that one process began and another goes on with: in a shared folder and in an object store, and after kill -9.
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { type Registry, startRegistry } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { PIECE_BYTES } from '../../src/registry/artifacts/resumable-uploads.js';
import { spawnCli } from '../support/cli.js';
import { createEmptyDatabase, testServerUrl } from '../support/database.js';
import { startObjectStore } from '../support/object-store.js';
import { eventually, openRaw } from '../support/raw-http.js';

const BYTES_TYPE = 'application/offset+octet-stream';
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-processes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function clientOf(token: string) {
  const ask = (url: string, method: string, headers: Record<string, string> = {}, body?: Uint8Array) =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0', ...headers },
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
    });
  return {
    ask,
    begin: async (url: string, byteSize: number): Promise<string> => {
      const response = await ask(`${url}/uploads`, 'POST', { 'upload-length': `${byteSize}` });
      expect(response.status).toBe(201);
      return response.headers.get('location') ?? '';
    },
    add: (url: string, offset: number, body: Uint8Array) =>
      ask(url, 'PATCH', { 'upload-offset': `${offset}`, 'content-type': BYTES_TYPE }, body),
    offset: async (url: string): Promise<number> => Number((await ask(url, 'HEAD')).headers.get('upload-offset')),
    digest: async (url: string, digest: string): Promise<string> =>
      digestOf(new Uint8Array(await (await ask(`${url}/artifacts/${digest}`, 'GET')).arrayBuffer())),
  };
}

const objects = testServerUrl === undefined ? undefined : await startObjectStore();
if (objects !== undefined) Object.assign(process.env, objects.credentials);
afterAll(() => objects?.stop());
if (testServerUrl === undefined) console.log('Tests of several processes are skipped: there is no PostgreSQL');

(testServerUrl === undefined ? describe.skip : describe)('an upload that another process goes on with', () => {
  const places = ['a shared folder', ...(objects === undefined ? [] : ['an object store'])];

  it.each(places)('is whole, in %s', async (place) => {
    const { url: databaseUrl, drop } = await createEmptyDatabase(testServerUrl ?? '');
    const isShared = place === 'a shared folder';
    const address = objects?.newAddress();
    const blobs = `s3://${address?.bucket}/${address?.prefix.replace(/\/$/, '')}?endpoint=${encodeURIComponent(address?.endpoint ?? '')}&region=us-east-1`;
    const start = (name: string): Promise<Registry> =>
      startRegistry(
        loadConfig(
          { DATABASE_URL: databaseUrl, ...(!isShared && { WEIGHBRIDGE_BLOBS: blobs }) },
          { port: '0', data: path.join(folder, isShared ? 'data' : name) },
        ),
        { log: pino({ level: 'silent' }) },
      );
    const one = await start('one');
    const two = await start('two');
    try {
      const token = (await readFile(path.join(folder, isShared ? 'data' : 'one', 'admin-token'), 'utf8')).trim();
      const { begin, add, offset, digest, ask } = clientOf(token);
      const bytes = randomBytes(2 * PIECE_BYTES + 1000);
      const at = await begin(one.url, bytes.length);
      const middle = PIECE_BYTES + 100;
      expect((await add(one.url + at, 0, bytes.subarray(0, middle))).status).toBe(204);
      expect(await offset(two.url + at)).toBe(middle);

      const held = await openRaw(one.port);
      await held.send(
        `PATCH ${at} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nTus-Resumable: 1.0.0\r\n` +
          `Content-Type: ${BYTES_TYPE}\r\nUpload-Offset: ${middle}\r\nContent-Length: 10\r\n\r\n`,
      );
      await eventually(async () => (await add(two.url + at, 1, new Uint8Array(1))).status === 423);
      await held.send(bytes.subarray(middle, middle + 10));
      await held.until(/ 204 /);
      held.destroy();

      expect((await add(two.url + at, middle + 10, bytes.subarray(middle + 10))).status).toBe(204);
      expect(await offset(one.url + at)).toBe(bytes.length);
      expect(await digest(one.url, digestOf(bytes))).toBe(digestOf(bytes));

      const ended = await begin(two.url, 100);
      await add(two.url + ended, 0, bytes.subarray(0, 50));
      expect((await ask(one.url + ended, 'DELETE')).status).toBe(204);
      const Prefix = `${address?.prefix}uploads/`;
      const left = isShared
        ? 0
        : (await objects?.client.send(new ListObjectsV2Command({ Bucket: address?.bucket, Prefix })))?.KeyCount;
      expect(left).toBe(0);
    } finally {
      await two.close();
      await one.close();
      await drop();
    }
  });
});

describe('an upload whose process was killed', () => {
  let child: ChildProcess | undefined;
  afterEach(() => void child?.kill('SIGKILL'));

  async function serve(): Promise<string> {
    const started = spawnCli(['serve', '--port', '0', '--data', 'data'], { cwd: folder });
    child = started;
    started.stderr?.resume();
    let text = '';
    started.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await eventually(() => /http:\/\/127\.0\.0\.1:\d+/.test(text) || started.exitCode !== null);
    return /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '';
  }

  it('has all that was told before, and goes on behind it', async () => {
    const bytes = randomBytes(4 * PIECE_BYTES);
    const first = await serve();
    const token = (await readFile(path.join(folder, 'data', 'admin-token'), 'utf8')).trim();
    const { begin, add, offset, digest } = clientOf(token);
    const at = await begin(first, bytes.length);
    const socket = await openRaw(Number(new URL(first).port));
    await socket.send(
      `PATCH ${at} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nTus-Resumable: 1.0.0\r\n` +
        `Content-Type: ${BYTES_TYPE}\r\nUpload-Offset: 0\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    void socket.send(bytes.subarray(0, 3 * PIECE_BYTES));
    await eventually(async () => (await offset(first + at)) >= PIECE_BYTES);
    const told = await offset(first + at);
    const gone = once(child as ChildProcess, 'exit');
    child?.kill('SIGKILL');
    await gone;
    socket.destroy();

    const second = await serve();
    const from = await offset(second + at);
    expect(from).toBeGreaterThanOrEqual(told);
    // Who died holds it for some seconds.
    await eventually(async () => (await add(second + at, 1, new Uint8Array(1))).status === 409);
    expect((await add(second + at, from, bytes.subarray(from))).status).toBe(204);
    expect(await digest(second, digestOf(bytes))).toBe(digestOf(bytes));
  });
});
