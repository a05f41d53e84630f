import { utimes } from 'node:fs/promises';
import { runCli } from '../../support/cli.js';
import { blobPath } from '../../support/damage.js';
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
