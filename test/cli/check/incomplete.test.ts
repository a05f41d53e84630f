// weighbridge check of a model whose external data is missing, too short, or not what its tensors claim: push refuses it, so it does not
// pass here either, whatever the budgets are on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import onnxProto from 'onnx-proto';
import type { CheckReport } from '../../../src/core/check/check-report.js';
import { runCli } from '../../support/cli.js';
import { FLOAT, model, node, value } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const { onnx } = onnxProto;

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  await server.limit('params', { metric: 'MODEL_PARAMS', max: 60_000 });
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-incomplete-'));
  const budgets = [{ name: 'size', metric: 'MODEL_PARAMS', max: 60_000 }];
  writeFileSync(path.join(folder, 'weighbridge.json'), JSON.stringify({ budgets }));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

/** A matrix of 100 by 100 whose values are `length` bytes of weights.bin, as the file says. */
function writeModel(length: number | null, data: Uint8Array | null): void {
  const externalData = [{ key: 'location', value: 'weights.bin' }];
  if (length !== null) externalData.push({ key: 'length', value: String(length) });
  const weight = onnx.TensorProto.create({
    name: 'w',
    dims: [100, 100],
    dataType: FLOAT,
    dataLocation: 1,
    externalData,
  });
  const bytes = model({
    node: [node('MatMul', ['x', 'w'], ['y'])],
    initializer: [weight],
    input: [value('x', ['rows', 100])],
    output: [value('y', ['rows', 100])],
  });
  writeFileSync(path.join(folder, 'model.onnx'), bytes);
  if (data) writeFileSync(path.join(folder, 'weights.bin'), data);
}

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 40000\n`;

describe.each([
  ['is missing', 40_000, null, /weights\.bin: no such file/],
  ['ends too early', 40_000, Buffer.alloc(400), /weights\.bin: it has 400 bytes, fewer than the tensors claim/],
  ['ends too early for dims that name no length', null, Buffer.alloc(400), /weights\.bin: it has 400 bytes/],
  ['is the pointer to it', 40_000, Buffer.from(pointer), /weights\.bin: .*git-LFS pointer/],
  ['is claimed for fewer bytes than the dims need', 400, Buffer.alloc(40_000), /400 bytes are claimed, 40000 needed/],
  [
    'is claimed for more bytes than the dims need',
    80_000,
    Buffer.alloc(80_000),
    /80000 bytes are claimed, 40000 needed/,
  ],
])('a model whose data %s', (_what, length, data, why) => {
  beforeEach(() => writeModel(length, data));

  it.each([
    ['by a file of budgets', ['model.onnx']],
    ['by a registry', ['params', 'model.onnx']],
  ])('does not pass %s', async (_by, args) => {
    const { code, stdout, stderr } = await run('check', ...args);
    expect(stdout.split('\n')[0]).toMatch(/^NOT WHOLE: external data .*--without-external-data.*; PASS: 1 limit kept/);
    expect(stdout).toMatch(why);
    expect(stderr).toMatch(why);
    expect(code).toBe(2);
  });

  it('passes where the model file alone is asked about', async () => {
    for (const args of [['model.onnx'], ['params', 'model.onnx', '--new']]) {
      const { code, stdout } = await run('check', ...args, '--without-external-data');
      expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/^PASS: 1 limit kept/)]);
    }
  });
});

it('says so in each format, and of a failure too, which stays one', async () => {
  writeModel(40_000, null);
  const why = /external data weights\.bin: no such file/;
  const markdown = await run('check', 'model.onnx', '--output', 'markdown');
  expect([markdown.code, markdown.stdout]).toEqual([2, expect.stringMatching(why)]);
  const sarif = await run('check', 'model.onnx', '--output', 'sarif');
  const { runs } = JSON.parse(sarif.stdout) as { runs: { invocations: object[] }[] };
  expect(runs[0]?.invocations[0]).toMatchObject({ exitCode: 2, executionSuccessful: false });
  expect([sarif.code, sarif.stdout]).toEqual([2, expect.stringMatching(why)]);
  writeFileSync(
    path.join(folder, 'weighbridge.json'),
    JSON.stringify({ budgets: [{ name: 'size', metric: 'MODEL_PARAMS', max: 9_999 }] }),
  );
  const failed = await run('check', 'model.onnx', '--output', 'json');
  const { line, incomplete } = JSON.parse(failed.stdout) as CheckReport;
  expect(failed.code).toBe(1);
  expect(line).toMatch(/^FAIL: MODEL_PARAMS is 10,000/);
  expect(incomplete).toEqual([expect.stringMatching(/weights\.bin: no such file/)]);
});

it('passes with all of it', async () => {
  writeModel(40_000, Buffer.alloc(40_000, 1));
  expect(await run('check', 'model.onnx')).toMatchObject({ code: 0, stderr: '' });
});
