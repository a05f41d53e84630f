import { publishUpload } from '../../../src/registry/publish/publish.js';
import { runCli } from '../../support/cli.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const small = lstmModel({ inputSize: 3, hiddenSize: 2 });
const large = lstmModel({ inputSize: 30, hiddenSize: 2 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const publish = async (model: string, bytes: Uint8Array) => {
    async function* body() {
      yield await Promise.resolve(bytes);
    }
    await publishUpload(server.needs, server.admin, { model, body: body(), force: true });
  };
  await publish('small', small);
  await publish('team/both', small);
  await publish('team/both', large);
});
afterAll(() => server.close());

const space = (args: string[], token = server.adminToken) =>
  runCli(['space', ...args], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: token } });
const cells = (text: string) => text.trimEnd().split('\n').map((line) => line.trim().split(/ {2,}/)); // prettier-ignore

test('weighbridge space shows what holds the store by class, by model and by duplicate, with the sums', async () => {
  const both = small.length + large.length;
  const digits = (value: number) => value.toLocaleString('en');
  const all = digits(both);
  expect(cells((await space([])).stdout)).toEqual([
    ['class', 'blobs', 'bytes'],
    ['in versions', '2', all],
    ['in withdrawn versions only', '0', '0'],
    ['in no version (gc frees them)', '0', '0'],
    ['no artifact (gc frees them)', '0', '0'],
    [`The store has 2 blobs, ${all} bytes.`],
  ]);
  const sum = (models: number, versions: number, alone: number) =>
    `${models} model${models === 1 ? '' : 's'}, ${versions} versions: ${all} bytes (${digits(alone)} in one model alone, ${digits(small.length)} in several, which each of them counts); storing duplicates once saves ${digits(models === 1 ? 0 : small.length)}.`;
  const team = ['team/both', '2', all, digits(large.length), '0'];
  const head = ['model', 'versions', 'bytes', 'alone', 'withdrawn'];
  expect(cells((await space(['--by', 'model'])).stdout)).toEqual([
    head,
    team,
    ['small', '1', digits(small.length), '0', '0'],
    [sum(2, 3, large.length)],
  ]);
  expect(cells((await space(['team/*'])).stdout)).toEqual([head, team, [sum(1, 2, large.length)]]);
  const { nodes, hasMore, totals } = JSON.parse((await space(['--by', 'duplicate', '--json'])).stdout) as {
    nodes: object[];
    hasMore: boolean;
    totals: object;
  };
  expect(nodes).toEqual([expect.objectContaining({ byteSize: small.length, places: 2, savedByteSize: small.length })]);
  expect([hasMore, totals]).toEqual([false, expect.objectContaining({ byteSize: both, savedByteSize: small.length })]);
  expect((await space(['--by', 'duplicate'])).stdout).toContain('small@1, team/b');
});

test('weighbridge space refuses what it cannot show, and who may not see all models', async () => {
  const refused = await space(['--by', 'class', 'small']);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('leave the models out')]);
  const denied = await space([], await server.token(['publish']));
  expect([denied.code, denied.stderr]).toEqual([2, expect.stringContaining('SCOPE_MISSING')]);
});
