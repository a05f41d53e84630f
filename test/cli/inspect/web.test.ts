// Addresses on the command line, from servers of this test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stackOfLstms } from '../../../bench/large-models.mjs';
import type { Comparison } from '../../../src/core/comparison.js';
import type { Weighed } from '../../../src/library/library.js';
import { runCli } from '../../support/cli.js';
import { lstmWithExternalData } from '../../support/external-model.js';
import { byRanges, type FileHost, laidOut, startFileHost } from '../../support/file-host.js';
import { lstmModel } from '../../support/onnx-model.js';

const stack = stackOfLstms({ layers: 2, hiddenSize: 512 });
const larger = stackOfLstms({ layers: 3, hiddenSize: 512 });

let host: FileHost;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-web-'));
  host = await startFileHost({
    '/stack.onnx': byRanges(stack),
    '/larger.onnx': byRanges(larger),
    '/small.onnx': byRanges(laidOut(lstmModel({ inputSize: 25, hiddenSize: 100 }))),
    '/external.onnx': byRanges(laidOut(lstmWithExternalData())),
    '/org/name/resolve/main/stack.onnx': byRanges(stack),
    '/none.onnx': (_, response) => response.writeHead(401).end(),
  });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

/** Without a token of whoever runs the tests. */
const run = (args: string[], env: Record<string, string> = {}) =>
  runCli(args, { cwd: folder, env: { HF_TOKEN: '', HF_TOKEN_PATH: '/nonexistent', HF_ENDPOINT: '', ...env } });

it('inspect weighs an address by its parts, and says what was not read', async () => {
  const { code, stdout } = await run(['inspect', host.url('/stack.onnx')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/digest unknown: [0-9,]+ of 16,810,\d+ bytes read, in [1-7] requests\n/);
  const json = await run(['inspect', '--json', host.url('/stack.onnx')]);
  const [entry] = JSON.parse(json.stdout) as (Weighed & { file: string })[];
  expect(entry).toMatchObject({ file: host.url('/stack.onnx'), digest: null, recurrent: { nodes: 2 } });
  expect(entry!.fetched!.bytes).toBeLessThan(0.02 * stack.byteSize);
});

it('inspect --whole reads all of it', async () => {
  const { stdout } = await run(['inspect', '--whole', host.url('/stack.onnx')]);
  expect(stdout).toMatch(/sha256:[0-9a-f]{64}\n +read whole, in 1 request\n/);
});

it('inspect says which files beside the model are not there', async () => {
  const { code, stdout } = await run(['inspect', host.url('/external.onnx')]);
  expect(code).toBe(0);
  expect(stdout).toContain('external data model.onnx.data: 224 bytes claimed, there is no such file (404)');
});

it('inspect asks the hub with the token of the environment, or of the file where a login keeps it', async () => {
  host.taken();
  const tokenFile = path.join(folder, 'token');
  await writeFile(tokenFile, 'hf_kept\n');
  const env = { HF_ENDPOINT: host.url(''), HF_TOKEN_PATH: tokenFile };
  for (const HF_TOKEN of ['hf_set', '']) {
    const { code, stderr } = await run(['inspect', 'hf://org/name/stack.onnx'], { ...env, HF_TOKEN });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const expected = HF_TOKEN === '' ? 'Bearer hf_kept' : 'Bearer hf_set';
    expect(new Set(host.taken().map(({ authorization }) => authorization))).toEqual(new Set([expected]));
  }
});

it.each([
  ['/none.onnx', 'ADDRESS_FORBIDDEN'],
  ['/absent.onnx', 'ADDRESS_NOT_FOUND'],
  ['/', 'INPUT_INVALID'],
])('inspect refuses %s in one line with what to do, exit 2, and prints no secret', async (at, code) => {
  const address = `${host.url(at).replace('//', '//ann:s3cret@')}?X-Amz-Signature=abc`;
  const plain = await run(['inspect', address]);
  expect(plain.code).toBe(2);
  expect(plain.stderr.trim().split('\n')).toHaveLength(1);
  const json = await run(['inspect', '--json', address]);
  expect(json.code).toBe(2);
  for (const said of [plain.stderr, json.stdout]) {
    expect(said).toContain(code);
    expect(said).not.toMatch(/s3cret|Signature|ann:/);
  }
});

it('diff compares addresses and files', async () => {
  const { code, stdout, stderr } = await run([
    'diff',
    host.url('/stack.onnx'),
    host.url('/larger.onnx'),
    '--output',
    'json',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { base, compare, totals } = JSON.parse(stdout) as Comparison;
  expect([base.label, base.digest, compare.digest]).toEqual([host.url('/stack.onnx'), null, null]);
  expect(totals.recurrentPerUse).toMatchObject({ delta: 8 * 512 ** 2 + 8 * 512 });
  // What was not read may differ: it is not called the same file.
  const same = await run(['diff', host.url('/stack.onnx'), host.url('/stack.onnx')]);
  expect(same.stdout).toContain('Same size; the values may differ.');
});

it('check takes an address as file and as base', async () => {
  await writeFile(
    path.join(folder, 'weighbridge.json'),
    JSON.stringify({ budgets: [{ name: 'growth', metric: 'RECURRENT_PER_USE', maxIncreasePercent: 10 }] }),
  );
  const grown = await run([
    'check',
    host.url('/larger.onnx'),
    '--base',
    host.url('/stack.onnx').replace('//', '//ann:s3cret@'),
  ]);
  expect(grown.code).toBe(1);
  expect(grown.stdout).toContain('FAIL');
  expect(grown.stdout + grown.stderr).not.toContain('s3cret');
  expect((await run(['check', host.url('/stack.onnx'), '--base', host.url('/stack.onnx')])).code).toBe(0);
  const sarif = await run(['check', host.url('/larger.onnx'), '--base', host.url('/stack.onnx'), '--output', 'sarif']);
  expect(JSON.parse(sarif.stdout)).toMatchObject({ runs: [{ artifacts: [{}] }] });
  const there = await run(['check', 'speech', host.url('/stack.onnx')]);
  expect({ code: there.code, stderr: there.stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('download it') as string,
  });
});

it('push takes no address, and shows nothing of its password', async () => {
  const { code, stderr } = await run(['push', 'large', 'https://ann:s3/cr3t@example.org/m.onnx']);
  expect(code).toBe(2);
  expect(stderr).toBe(
    'weighbridge: https://example.org/m.onnx: push sends a file of this machine: download it first (INPUT_INVALID)\n',
  );
});
