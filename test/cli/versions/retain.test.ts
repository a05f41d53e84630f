import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { publishSample } from '../../support/catalog.js';
import { runCli } from '../../support/cli.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const { needs, admin } = server;
  for (let number = 1; number <= 4; number++) await publishSample(needs, admin, 'team/vad', { force: true });
  await setAlias(needs, admin, { model: 'team/vad', alias: 'production', version: { number: 1 } });
});
afterAll(() => server.close());

const retain = (...args: string[]) =>
  runCli(['retain', 'team/*', ...args], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });
const withdrawn = () => server.needs.database.version.count({ where: { withdrawnAt: { not: null } } });

test('weighbridge retain shows what stays and why, withdraws nothing unasked, then does it and says so', async () => {
  const lines = (...kept: string[]) =>
    expect.stringMatching(
      new RegExp(
        `^${kept.map((what) => `team/vad@${what.replace(' ', '  [0-9]{4}-[0-9]{2}-[0-9]{2}  ')}\n`).join('')}`,
      ),
    ) as string;
  const all = lines('4 kept: of the last 2', '3 kept: of the last 2', '2 withdrawn', '1 kept: at an alias');
  const dry = await retain('--keep-last', '2', '--dry-run');
  expect(dry).toMatchObject({ code: 0, stdout: all });
  expect(dry.stdout).toContain('\nWould withdraw 1 version, kept 3.\n');
  const unasked = await retain('--keep-last', '2');
  expect(unasked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') as string });
  expect(await withdrawn()).toBe(0);
  expect((await retain('--keep-last', '2', '--keep-days', '30', '--yes')).stdout).toContain(
    '\nWithdrew 0 versions, kept 4.\n',
  );
  const done = await retain('--keep-last', '2', '--yes');
  expect(done).toMatchObject({ code: 0, stdout: all });
  expect(done.stdout).toContain('\nWithdrew 1 version, kept 3.\n');
  expect(await withdrawn()).toBe(1);
  expect(JSON.parse((await retain('--keep-last', '1', '--dry-run', '--json')).stdout)).toMatchObject({
    dryRun: true,
    versions: [
      { model: 'team/vad', number: 4, kept: 'LAST' },
      { number: 3, kept: null },
      { number: 1, kept: 'ALIAS' },
    ],
  });
  expect(await retain()).toMatchObject({ code: 2, stderr: expect.stringContaining('--keep-last') as string });
});
