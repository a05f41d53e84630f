import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runCli } from '../../support/cli.js';
import { lstmData, lstmWithExternalData } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-quota-'));
  await writeFile(path.join(folder, 'plain.onnx'), lstmModel({ inputSize: 3, hiddenSize: 2 }));
  await writeFile(path.join(folder, 'beside.onnx'), lstmWithExternalData());
  await writeFile(path.join(folder, 'model.onnx.data'), lstmData);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const run = (args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

test('weighbridge quota sets, lists and removes quotas; push is refused by them, of external data before it travels', async () => {
  expect(await run(['quota', 'set', 'team-a/*', '0.1kB'])).toMatchObject({
    code: 0,
    stdout: 'Quota of team-a/*: 0 of 100 bytes used\n',
  });
  for (const size of ['', '5 apples', '-1', '1e3', '99999TiB']) {
    expect(await run(['quota', 'set', 'team-a/*', size])).toMatchObject({ code: 2 });
  }
  for (const file of ['plain.onnx', 'beside.onnx']) {
    const refused = await run(['push', 'team-a/vad', file]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(
        /over the quota of team-a\/\*: 0 of 100 bytes are used.*weighbridge space 'team-a\/\*'.*\(QUOTA_EXCEEDED\)/,
      ),
    ]);
  }
  expect(await server.blobFiles()).toEqual([]);
  expect((await run(['quota', 'list'])).stdout).toBe('models    used  quota\nteam-a/*     0    100\n');
  expect((await run(['space'])).stdout).toContain('\nQuota of team-a/*: 0 of 100 bytes used.\n');
  expect((await run(['quota', 'set', 'TEAM-A/*', '1MiB', '--json'])).stdout).toContain('"maxBytes": 1048576');
  expect(await run(['push', 'team-a/vad', 'beside.onnx'])).toMatchObject({ code: 0 });
  expect(await run(['quota', 'remove', 'team-a/*'])).toMatchObject({
    code: 0,
    stdout: 'Removed the quota of team-a/*\n',
  });
  expect((await run(['quota', 'list'])).stdout).toBe('No quotas.\n');
});
