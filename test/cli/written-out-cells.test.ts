// `weighbridge inspect` on models whose recurrent cells are written out in small operators.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runCli } from '../support/cli.js';
import { cellModel, PLAIN } from '../support/written-out-cell.js';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-cells-'));
  file = path.join(folder, 'unrolled.onnx');
  await writeFile(file, cellModel({ ...PLAIN, m: 25, n: 100, steps: 4, biases: 1 }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the table says what they are, beside the recurrent nodes and not among them', async () => {
  const { code, stdout } = await runCli(['inspect', file]);
  expect(code).toBe(0);
  expect(stdout).toContain('No recurrent nodes.');
  expect(stdout).toMatch(/LSTM +25 +100 +4 +50,400 +CERTAIN/);
  expect(stdout).toContain('Written out in small operators: 1 cell, 50,400 params');
});

test('--json has them whole', async () => {
  const { stdout } = await runCli(['inspect', '--json', file]);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      recurrent: { nodes: 0, perUse: 0 },
      decomposed: { cells: 1, params: 50_400, isWhole: true },
      decomposedCells: [{ kind: 'DECOMPOSED', inputSize: 25, hiddenSize: 100, repetitions: 4, tensors: [{}, {}, {}] }],
    },
  ]);
});
