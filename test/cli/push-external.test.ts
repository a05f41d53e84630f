// A model in two files, as PyTorch writes large ones: weighed with both here, and with both by the registry.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runCli } from '../support/cli.js';
import { lstmData, lstmWithExternalData } from '../support/external-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-push-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: string[], input = '') =>
  runCli(args, { cwd: folder, input, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

test('push reads the bias from the file beside the model, and so does the registry', async () => {
  const model = lstmWithExternalData();
  await writeFile(path.join(folder, 'model.onnx'), model);
  await writeFile(path.join(folder, 'model.onnx.data'), lstmData);
  const pushed = await run(['push', 'two-files', 'model.onnx']);
  expect(pushed).toMatchObject({ code: 0, stderr: '' });
  expect(pushed.stdout).toContain('SINGLE_INPUT');
  expect(pushed.stdout).toContain(`bytes: ${model.length} and 224 of external data`);
  expect(pushed.stdout).not.toContain('warning');

  const query = `{ version(model: "two-files", ref: { number: 1 }) { totalByteSize
    inspection { warnings { code } recurrent { effective } recurrentNodes { nodes { biasConvention } } } } }`;
  expect(JSON.parse((await run(['query', '-'], query)).stdout)).toEqual({
    data: {
      version: {
        totalByteSize: model.length + 224,
        inspection: {
          warnings: [],
          recurrent: { effective: 48 },
          recurrentNodes: { nodes: [{ biasConvention: 'SINGLE_INPUT' }] },
        },
      },
    },
  });
  expect(await run(['push', 'two-files', 'model.onnx'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('unchanged') as unknown,
  });
});
