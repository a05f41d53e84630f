// weighbridge diff: files and versions of a registry in any pairing, as a table and as JSON, and how it ends.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Comparison } from '../../../src/core/comparison.js';
import { runCli } from '../../support/cli.js';
import { floatTensor, lstmModel, model, node, value } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { publishSilero, sileroFile } from '../../support/silero.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  await publishSilero(server);
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-diff-'));
  writeFileSync(path.join(folder, 'old.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
  writeFileSync(path.join(folder, 'new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 132 }));
  copyFileSync(sileroFile('v5'), path.join(folder, 'v5.onnx'));
  copyFileSync(sileroFile('legacy'), path.join(folder, 'legacy.onnx'));
  writeFileSync(path.join(folder, 'notes'), 'not a model');
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const diff = (...args: string[]) =>
  runCli(['diff', ...args], {
    cwd: folder,
    env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken },
  });

async function json(...args: string[]): Promise<Comparison> {
  const { stdout, stderr } = await diff(...args, '--output', 'json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Comparison;
}

test('explains Silero v5 against legacy on one screen', async () => {
  const { code, stdout } = await diff('legacy.onnx', 'v5.onnx');
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  // 64 → 128 units in four nodes; the second layer of each gone; two pairs of nodes that share their weights now.
  expect(stdout).toMatch(/^HIDDEN_SIZE +\+329,728 +\+329,728 +\+329,728 +\+1,318,912$/m);
  expect(stdout).toMatch(/^LAYER_REMOVED +−179,462 +−133,120/m);
  expect(stdout).toMatch(/^DEDUPED +−264,192 +0 +−264,192/m);
  expect(stdout).toMatch(/4× +HIDDEN_SIZE .* n 64 → 128 \(low\) +\+329,728/);
});

test('says the same of two files, of a file and a version, and of two versions', async () => {
  const files = await json('legacy.onnx', 'v5.onnx', '--all');
  expect(files.changes.length).toBeGreaterThan(400);
  const sides = [
    ['silero-vad@1', 'v5.onnx'],
    ['silero-vad@legacy', 'silero-vad@v5'],
    [files.base.digest!, files.compare.digest!],
  ] as const;
  for (const [base, compare] of sides) {
    const found = await json(base, compare, '--all');
    expect({
      ...found,
      base: { ...found.base, label: 'legacy.onnx' },
      compare: { ...found.compare, label: 'v5.onnx' },
    }).toEqual(files);
  }
});

test('JSON has the parts of a change', async () => {
  const { changes, byCause, totals, base } = await json('old.onnx', 'new.onnx');
  expect(base).toMatchObject({ label: 'old.onnx', recurrentNodes: 1 });
  expect(totals.recurrentPerUse).toEqual({ base: 50_800, compare: 83_952, delta: 33_152, ratio: 33_152 / 50_800 });
  expect(byCause.recurrentPerUse).toEqual([{ cause: 'HIDDEN_SIZE', delta: 33_152 }]);
  expect(changes[0]).toMatchObject({
    status: 'RESIZED',
    cause: 'HIDDEN_SIZE',
    path: 'graph/lstm',
    basePath: 'graph/lstm',
    opType: 'LSTM',
    parts: { input: 3_200, recurrent: 29_696, bias: 256, peephole: 0, other: 0 },
    base: { inputSize: 25, hiddenSize: 100 },
    compare: { inputSize: 25, hiddenSize: 132 },
    confidence: 'CERTAIN',
  });
});

test('names that would act on a terminal are shown, not sent', async () => {
  const named = (name: string, n: number) => {
    const initializer = [floatTensor('W', [1, 4 * n, 3]), floatTensor('R', [1, 4 * n, n])];
    const lstm = node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: n }, { name });
    return model({ node: [lstm], initializer, input: [value('x', ['t', 1, 3])], output: [value('y', ['t', 1, 1, n])] });
  };
  writeFileSync(path.join(folder, 'hostile-old.onnx'), named('a\u001b[2J\u202e', 2));
  writeFileSync(path.join(folder, 'hostile-new.onnx'), named('a\u001b[2J\u202e', 3));
  const table = await diff('hostile-old.onnx', 'hostile-new.onnx');
  const text = await diff('hostile-old.onnx', 'hostile-new.onnx', '--output', 'json');
  expect(table.stdout).toContain('a\\u{1b}[2J\\u{202e}');
  for (const { stdout, code } of [table, text]) {
    expect(code).toBe(0);
    for (const character of ['\u001b', '\u202e']) expect(stdout).not.toContain(character);
  }
});

test('of two long names the first line shows beginning and end of each, and every line fits', async () => {
  const name = (what: string) => `${what}-${'of-a-very-long-name-'.repeat(6)}${what}`;
  const [old, young] = [`${name('old')}.onnx`, `${name('new')}.onnx`];
  copyFileSync(path.join(folder, 'old.onnx'), path.join(folder, old));
  copyFileSync(path.join(folder, 'new.onnx'), path.join(folder, young));
  const lines = (await diff(old, young)).stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^old-of-a-.*….*-old\.onnx → new-of-a-.*….*-new\.onnx$/);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const [first] = (await diff('old.onnx', young)).stdout.split('\n');
  expect(first).toMatch(/^old\.onnx → new-of-a-very-long-name-.*….*-new\.onnx$/);
  expect(first).toHaveLength(80);
});

test('names of sides whose figures are lower bounds stay within the lines too', async () => {
  const unread = node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 }, { name: 'unread' });
  const names = ['a', 'b'].map((side) => `${side}-${'long-'.repeat(20)}.onnx`);
  for (const name of names)
    writeFileSync(path.join(folder, name), model({ node: [unread], output: [value('y', [1])] }));
  const { stdout } = await diff(...names);
  expect(stdout).toMatch(/lower bounds/);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('exits with 1 for a size that changed only where that was asked for', async () => {
  expect((await diff('old.onnx', 'new.onnx')).code).toBe(0);
  expect((await diff('old.onnx', 'new.onnx', '--exit-code')).code).toBe(1);
  const same = await diff('old.onnx', 'old.onnx', '--exit-code');
  expect(same.code).toBe(0);
  expect(same.stdout).toMatch(/Both are the same file\./);
});

test.each([
  [['missing.onnx', 'new.onnx'], /missing\.onnx: no such file \(FILE_UNREADABLE\)/],
  [['notes', 'new.onnx'], /notes: not an ONNX model.*ARTIFACT_NOT_ONNX/],
  [['silero-vad@9', 'new.onnx'], /VERSION_NOT_FOUND/],
  [['silero-vad@9', 'silero-vad@1'], /VERSION_NOT_FOUND/],
  [['other', 'silero-vad'], /MODEL_NOT_FOUND/],
  [['Silero VAD', 'new.onnx'], /NAME_INVALID/],
  [['-', '-'], /only one of the two \(INPUT_INVALID\)/],
])('%j could not be compared', async (sides, message) => {
  const { code, stdout, stderr } = await diff(...sides);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
  expect(code).toBe(2);
});
