import { createHash } from 'node:crypto';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { runCli } from '../../support/cli.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
const COUNT = 25;
const bytesOf = (seed: number) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

beforeAll(async () => {
  server = await startTestServer();
  const { admin } = server;
  for (let seed = 0; seed < COUNT; seed++) {
    await publishUpload(server.needs, admin, { model: 'many', body: once(bytesOf(seed)) });
  }
});
afterAll(() => server.close());

const fsck = (args: string[] = [], token = server.adminToken) =>
  runCli(['fsck', ...args], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: token } });

describe('weighbridge fsck', () => {
  it('says that all is whole', async () => {
    expect(await fsck()).toMatchObject({ code: 0, stdout: `${COUNT} artifacts, all intact.\n`, stderr: '' });
  });

  it('is refused with a token that is no admin’s for all models', async () => {
    const { code, stderr } = await fsck([], await server.token(['publish']));
    expect([code, stderr]).toEqual([2, expect.stringMatching(/\(SCOPE_MISSING\)\n$/)]);
  });

  it('names what is gone, exits with 1, and says what belongs to nothing', async () => {
    await server.needs.blobs.delete(digestOf(bytesOf(3)));
    const staged = await server.needs.blobs.stage();
    await staged.write(Buffer.from('left behind'));
    await staged.commit();
    const { code, stdout, stderr } = await fsck();
    expect(stdout).toBe(
      `${COUNT} artifacts: ${COUNT - 1} intact, 1 not.\n1 blob that no artifact refers to, 11 bytes; this only takes space.\n` +
        `  ${digestOf(Buffer.from('left behind'))}  11 bytes\n`,
    );
    expect(stderr).toBe(
      `weighbridge: the bytes of ${digestOf(bytesOf(3))} are missing from the store; in many@4 (ARTIFACT_CORRUPT)\n`,
    );
    expect(code).toBe(1);
    const json = JSON.parse((await fsck(['--json'])).stdout) as unknown;
    expect(json).toMatchObject({
      whole: COUNT - 1,
      failures: [
        { digest: digestOf(bytesOf(3)), heldBy: [{ model: 'many', number: 4, location: null }], heldByCount: 1 },
      ],
      unreferencedBlobs: { count: 1, byteSize: 11, blobs: [{ byteSize: 11 }] },
    });
  });
});
