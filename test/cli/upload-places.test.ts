// Commands that upload while others do under the same token: they wait for their turn, and say so.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnCli } from '../support/cli.js';
import { lstmModel } from '../support/onnx-model.js';
import { eventually, openRaw } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;
const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
/** So large that push sends it as a resumable upload. */
const large = lstmModel({ inputSize: 1024, hiddenSize: 1280 });

beforeAll(async () => {
  server = await startTestServer({ limits: { uploadsPerToken: 1, retryAfterSeconds: 1 } });
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-places-'));
  writeFileSync(path.join(folder, 'model.onnx'), bytes);
  writeFileSync(path.join(folder, 'large.onnx'), large);
  await server.limit('waiting', { metric: 'MODEL_PARAMS', max: 1_000 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const start = (...args: string[]) =>
  spawnCli(args, {
    cwd: folder,
    env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken, XDG_CACHE_HOME: folder },
  });

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const refusals = () => server.log().split('UPLOAD_LIMIT_REACHED').length - 1;

test.each([
  ['push', ['push', 'waiting', 'model.onnx']],
  ['push of a large file', ['push', 'large', 'large.onnx']],
  ['check', ['check', 'waiting', 'model.onnx']],
])('%s waits for a place among the uploads of its token, and says so once', async (_what, args) => {
  const other = await openRaw(server.port);
  await other.send(
    `PUT /models/other/versions?force=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.adminToken}\r\n` +
      `Expect: 100-continue\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  await other.until(/100 Continue/);
  const child = start(...args);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close');
  await until(() => stderr !== '');
  const before = refusals();
  await until(() => refusals() > before);
  await other.send(bytes);
  const [code] = (await ended) as [number];
  expect(stderr).toMatch(
    /^weighbridge: the registry says: 1 uploads run .*; waiting for a place \(UPLOAD_LIMIT_REACHED\)\n$/,
  );
  expect(code).toBe(0);
});

test('asking for bytes takes a place among the uploads, since it may read as much as one', async () => {
  const other = await openRaw(server.port);
  await other.send(
    `PUT /models/asked/versions?force=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.adminToken}\r\n` +
      `Expect: 100-continue\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  await other.until(/100 Continue/);
  const ask = () => server.fetch(`/blobs/sha256:${'0'.repeat(64)}`, { method: 'HEAD' });
  const refused = await ask();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  await other.send(bytes);
  await other.until(/ 20[01] /);
  other.destroy();
  await eventually(async () => (await ask()).status === 404);
});
