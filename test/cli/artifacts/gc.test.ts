import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { runCli } from '../../support/cli.js';
import { blobPath } from '../../support/damage.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let digest: string;

beforeAll(async () => {
  server = await startTestServer();
  const staged = await server.needs.blobs.stage();
  await staged.write(Buffer.from('left behind'));
  ({ digest } = await staged.commit());
  const longAgo = new Date(Date.now() - 30 * 24 * 3_600_000);
  await utimes(blobPath(server.blobFolder, digest), longAgo, longAgo);
});
afterAll(() => server.close());

const run = (args: string[]) =>
  runCli(args, { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });
const gc = (args: string[], token = server.adminToken) =>
  runCli(['gc', ...args], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: token } });

test('weighbridge gc shows what it would free, frees nothing unasked, then frees it and says so', async () => {
  const line = () => `${digest}  11 bytes  no artifact\n`;
  expect(await gc(['--dry-run'])).toMatchObject({ code: 0, stdout: `${line()}Would free 1 blob, 11 bytes.\n` });
  expect(await gc([])).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') as string });
  expect(await server.needs.blobs.has(digest)).toBeDefined();
  const refused = await gc(['--yes'], await server.token(['publish']));
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('SCOPE_MISSING')]);
  expect(await gc(['--yes'])).toMatchObject({ code: 0, stdout: `${line()}Freed 1 blob, 11 bytes.\n` });
  expect(await server.needs.blobs.has(digest)).toBeUndefined();
  const { stdout } = await gc(['--yes', '--json']);
  expect(JSON.parse(stdout)).toEqual({ dryRun: false, freed: [], byteSize: 0 });
});

test('weighbridge gc --withdrawn-hours frees the bytes of withdrawn versions, and the commands that need them say so', async () => {
  const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
  const body = bytes as Uint8Array<ArrayBuffer>;
  expect((await server.fetch('/models/old/versions', { method: 'PUT', body })).status).toBe(201);
  const artifact = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await run(['versions', 'withdraw', 'old@1', '--reason', 'wrong weights']);
  const longAgo = new Date(Date.now() - 30 * 24 * 3_600_000);
  const { database } = server.needs;
  await database.artifact.updateMany({ data: { createdAt: longAgo } });
  await database.artifactUpload.updateMany({ data: { createdAt: longAgo } });
  await database.blobTouch.updateMany({ data: { touchedAt: longAgo } });
  await database.version.updateMany({ data: { withdrawnAt: longAgo } });
  await utimes(blobPath(server.blobFolder, artifact), longAgo, longAgo);
  expect((await gc(['--dry-run'])).stdout).toBe('There is nothing to free.\n');
  const { stdout } = await gc(['--yes', '--withdrawn-hours', '720']);
  expect(stdout).toContain(`${artifact}  ${bytes.length} bytes  in withdrawn versions only\nFreed 1 blob`);
  expect((await run(['versions', 'show', 'old@1'])).stdout).toMatch(/bytes freed +20\d\d-/);
  for (const args of [
    ['pull', 'old@1', '--output', '-'],
    ['versions', 'restore', 'old@1'],
  ]) {
    const refused = await run(args);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('ARTIFACT_FREED')]);
  }
});
