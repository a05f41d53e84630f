import { createHash } from 'node:crypto';
import { INSPECTION_VERSION } from '../../../src/onnx/inspect.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { runCli } from '../../support/cli.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const COUNT = 45;
const bytesOf = (seed: number) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

/** As the server's admin. */
function reinspect(args: string[] = [], token = server.adminToken) {
  return runCli(['reinspect', ...args], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: token } });
}

async function versionsAt(inspectionVersion: number): Promise<number> {
  return server.database.client.version.count({ where: { inspection: { inspectionVersion } } });
}

async function makeOld(): Promise<void> {
  const { client } = server.database;
  await client.inspection.deleteMany({ where: { versions: { none: {} } } });
  await client.inspection.updateMany({ data: { inspectionVersion: INSPECTION_VERSION - 1 } });
}

beforeAll(async () => {
  const { admin } = server;
  for (let seed = 0; seed < COUNT; seed++) {
    await publishUpload(server.needs, admin, { model: 'many', body: once(bytesOf(seed)) });
  }
});

describe('weighbridge reinspect', () => {
  it('goes on until nothing is left, and then says so', async () => {
    await makeOld();
    const first = await reinspect();
    expect(first).toMatchObject({ code: 0, stdout: `Read ${COUNT} artifacts again.\n`, stderr: '' });
    expect(await versionsAt(INSPECTION_VERSION)).toBe(COUNT);
    expect(await reinspect()).toMatchObject({ code: 0, stdout: 'Nothing was read again.\n', stderr: '' });
  });

  it('names what could not be read, reads the others, and exits with 2', async () => {
    await makeOld();
    const gone = [0, 1, 2].map((seed) => digestOf(bytesOf(seed)));
    for (const digest of gone) await server.needs.blobs.delete(digest);
    const { code, stdout } = await reinspect(['--json']);
    expect(code).toBe(2);
    const answer = JSON.parse(stdout) as { done: number; failures: { digest: string; code: string }[] };
    expect(answer.done).toBe(COUNT - 3);
    expect(answer.failures.map(({ digest }) => digest)).toEqual(gone.toSorted());
    expect(await versionsAt(INSPECTION_VERSION)).toBe(COUNT - 3);
    const again = await reinspect();
    expect(again.code).toBe(2);
    expect(again.stderr.split('\n').filter((line) => line.endsWith('(ARTIFACT_CORRUPT)'))).toHaveLength(3);
  });

  it('is refused with a token that is no admin’s for all models', async () => {
    for (const token of [await server.token(['publish']), await server.token(['admin'], 'ma*')]) {
      const { code, stderr } = await reinspect([], token);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/\(SCOPE_MISSING\)\n$/)]);
    }
  });
});
