import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import onnxProto from 'onnx-proto';
import { CLI_COMMAND, runCli } from '../../support/cli.js';
import { lstmData, lstmWithExternalData } from '../../support/external-model.js';
import { floatTensor, int64Tensor, lstmModel, model, node, value } from '../../support/onnx-model.js';

const SILERO = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json')),
  'dist',
);
const { onnx } = onnxProto;

let folder: string;
let good: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-inspect-'));
  good = await file('good.onnx', lstmModel({ inputSize: 25, hiddenSize: 100 }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const target = path.join(folder, name);
  await writeFile(target, bytes);
  return target;
}

const inspect = (...args: string[]) => runCli(['inspect', ...args]);

interface Entry {
  file: string;
  digest?: string;
  byteSize?: number;
  error?: { code: string; message: string };
  [field: string]: unknown;
}

const entriesOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as Entry[];

/** R is computed from an input, so nothing can be said about it. */
function unverifiableModel(): Uint8Array {
  return model({
    node: [node('Relu', ['r'], ['R']), node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 }, { name: 'lstm' })],
    initializer: [floatTensor('W', [1, 8, 3])],
    input: [value('x', ['time', 1, 3]), value('r', ['a', 'b', 'c'])],
    output: [value('y', ['time', 1, 1, 2])],
  });
}

/** Its weights lie in `weights.bin`. */
function externalModel(location: string): Uint8Array {
  const external = {
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: location }],
  };
  const tensor = (name: string, dims: number[]) => onnx.TensorProto.create({ name, dims, dataType: 1, ...external });
  return model({
    node: [node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 }, { name: 'lstm' })],
    initializer: [tensor('W', [1, 8, 3]), tensor('R', [1, 8, 2])],
    input: [value('x', ['time', 1, 3])],
    output: [value('y', ['time', 1, 1, 2])],
  });
}

describe('weighbridge inspect --json', () => {
  it('gives one entry a file, the file first, then the inspection', async () => {
    const result = await inspect('--json', good, path.join(SILERO, 'silero_vad_v5.onnx'));
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    const [first, second] = entriesOf(result);
    const bytes = await readFile(good);
    expect(Object.keys(first ?? {})[0]).toBe('file');
    expect(first).toMatchObject({
      file: good,
      byteSize: bytes.length,
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      recurrent: { nodes: 1, unverifiableNodes: 0, perUse: 50_800 },
      recurrentNodes: [{ opType: 'LSTM', inputSize: 25, hiddenSize: 100, stored: 50_800, verdict: 'MATCH' }],
      warnings: [],
    });
    expect(second).toMatchObject({
      nodeCount: 689,
      storedElements: 545_597,
      recurrent: { nodes: 4, perUse: 528_384, distinct: 264_192 },
    });
  });

  it('reads standard input as -', async () => {
    const bytes = await readFile(good);
    const result = await runCli(['inspect', '--json', '-'], { input: bytes });
    expect(result.code).toBe(0);
    expect(entriesOf(result)).toMatchObject([{ file: '-', byteSize: bytes.length, recurrent: { perUse: 50_800 } }]);
  });

  it('tells what is wrong with each file that cannot be read, reads the others, and exits with 2', async () => {
    const cut = await file('cut.onnx', (await readFile(good)).subarray(0, 20_000));
    const png = await file('picture.onnx', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    const empty = await file('empty.onnx', '');
    const missing = path.join(folder, 'missing.onnx');
    const files = [cut, png, empty, missing, folder, good];
    const result = await inspect('--json', ...files);
    const entries = entriesOf(result);
    expect(entries.map((entry) => entry.file)).toEqual(files);
    expect(entries.map((entry) => entry.error?.code)).toEqual([
      'ARTIFACT_TRUNCATED',
      'ARTIFACT_NOT_ONNX',
      'ARTIFACT_NOT_ONNX',
      'FILE_UNREADABLE',
      'FILE_UNREADABLE',
      undefined,
    ]);
    expect(entries[1]?.error?.message).toMatch(/PNG/);
    expect(entries[3]?.error?.message).toMatch(/missing\.onnx: no such file$/);
    expect(entries[4]?.error?.message).toMatch(/is a folder$/);
    expect(entries[5]).toMatchObject({ recurrent: { perUse: 50_800 } });
    expect(result.code).toBe(2);
  });

  it('exits with 2 for a file that this user may not read', async () => {
    const secret = await file('secret.onnx', 'x');
    await chmod(secret, 0o000);
    const result = await inspect('--json', secret);
    // Root may read everything: then it is a file that is no model.
    const expected = process.getuid?.() === 0 ? 'ARTIFACT_NOT_ONNX' : 'FILE_UNREADABLE';
    expect(entriesOf(result)).toMatchObject([{ file: secret, error: { code: expected } }]);
    expect(result.code).toBe(2);
  });

  it('reads a file whose name looks like an option after --', async () => {
    await file('--json', lstmModel({ inputSize: 3, hiddenSize: 2 }));
    const result = await runCli(['inspect', '--json', '--', '--json'], { cwd: folder });
    expect(entriesOf(result)).toMatchObject([{ file: '--json', recurrent: { perUse: 56 } }]);
  });
});

describe('weighbridge inspect', () => {
  it('prints a table for people that fits 80 columns, and totals', async () => {
    const { code, stdout, stderr } = await inspect(path.join(SILERO, 'silero_vad_v5.onnx'));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('462,594 params, 264,192 distinct (528,384 per use) in 4 recurrent nodes: MATCH');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.filter((line) => line.startsWith('If_0·'))).toHaveLength(4);
    expect(stdout).toContain('Paths are shortened; budgets take them whole, as --json has them.');
    expect(lines.filter((line) => /LSTM +128 +128 +1 +DOUBLE +132,096 +132,096 +MATCH$/.test(line))).toHaveLength(4);
    expect(stdout).toContain('Recurrent: 4 nodes, 528,384 params per use, 264,192 distinct');
    expect(stdout).toContain('545,597 stored elements');
  });

  it('says why a verdict is not MATCH, and exits with 0 all the same', async () => {
    const { code, stdout } = await inspect(await file('unverifiable.onnx', unverifiableModel()));
    expect(code).toBe(0);
    expect(stdout).toMatch(/LSTM .*UNVERIFIABLE$/m);
    expect(stdout).toMatch(/^lstm: ./m);
    expect(stdout).toContain('lower bounds');
  });

  it('exits with 1 under --require-match unless every node is a MATCH, and with 2 where one was not read or none is there', async () => {
    const unverifiable = await file('unverifiable.onnx', unverifiableModel());
    const plain = await file(
      'plain.onnx',
      model({ node: [node('Relu', ['x'], ['y'])], input: [value('x', [1])], output: [value('y', [1])] }),
    );
    const codes = await Promise.all(
      [[good], [good, plain], [good, unverifiable], [unverifiable, path.join(folder, 'missing')], [plain]].map(
        async (files) => (await inspect('--require-match', ...files)).code,
      ),
    );
    expect(codes).toEqual([0, 0, 1, 2, 2]);
  });

  it('prints nothing from a model that a terminal would act on', async () => {
    const name = '\u001b]0;owned\u0007\u009b31m\u202e\r\nLSTM\0';
    const hostile = await file(
      'hostile\u001b[2J.onnx',
      model(
        {
          name,
          node: [node('LSTM', ['x', 'W', 'R'], ['y'], { direction: name, hidden_size: 2 }, { name })],
          initializer: [floatTensor('W', [1, 8, 3]), floatTensor('R', [1, 8, 9])],
          input: [value('x', ['time', 1, 3])],
          output: [value('y', ['time', 1, 1, 2])],
        },
        { producerName: name, producerVersion: name },
      ),
    );
    const [table, json] = await Promise.all([inspect(hostile), inspect('--json', hostile)]);
    expect(table.stdout).toContain('owned');
    expect(table.stdout + table.stderr).toMatch(/^[\x20-\x7e\n…·]+$/);
    expect(json.stdout + json.stderr).toMatch(/^[\x20-\x7e\n·]+$/);
    expect(entriesOf(json)).toMatchObject([{ producerName: name, recurrentNodes: [{ name }] }]);
  });

  it('names an unreadable file on standard error, in one line, and goes on', async () => {
    const { code, stdout, stderr } = await inspect(path.join(folder, 'missing.onnx'), good);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^weighbridge: .*missing\.onnx: no such file \(FILE_UNREADABLE\)\n$/);
    expect(stdout).toContain('50,800');
  });

  it('is not disturbed by a reader that goes away', async () => {
    const pipeline = `"\${@:3}" inspect --json "$1" "$1" "$2" | head -c 5; exit "\${PIPESTATUS[0]}"`;
    const file = path.join(SILERO, 'silero_vad_legacy.onnx');
    const run = promisify(execFile)('bash', ['-c', pipeline, 'bash', file, folder, ...CLI_COMMAND]);
    // The exit code is that of what was read, to the end: the folder is no file.
    await expect(run).rejects.toMatchObject({ code: 2, stdout: '[\n{\n ', stderr: '' });
  });
});

describe('weighbridge inspect, of stacks and estimates', () => {
  const weights = (name: string, m: number, n: number) => [
    floatTensor(`${name}.W`, [1, 4 * n, m]),
    floatTensor(`${name}.R`, [1, 4 * n, n]),
    floatTensor(`${name}.B`, [1, 8 * n]),
  ];
  /** Layers of these sizes on top of each other. */
  function stackedModel(sizes: number[]): Uint8Array {
    const layers = sizes.slice(1).map((n, k) => ({ name: `l${k}`, m: sizes[k] ?? 0, n }));
    return model({
      node: layers.flatMap(({ name, n }, k) => [
        node(
          'LSTM',
          [k === 0 ? 'x' : `x${k}`, `${name}.W`, `${name}.R`, `${name}.B`],
          [name],
          { hidden_size: n },
          { name },
        ),
        node('Squeeze', [name, 'axes'], [`x${k + 1}`]),
      ]),
      initializer: [int64Tensor('axes', [1]), ...layers.flatMap(({ name, m, n }) => weights(name, m, n))],
      input: [value('x', ['time', 1, sizes[0] ?? 0])],
      output: [value(`x${layers.length}`, ['time', 1, sizes.at(-1) ?? 0])],
    });
  }

  it('says of chained layers what the formula of a stack says, a line each, and nothing of a single node', async () => {
    const uniform = await file('uniform.onnx', stackedModel([10, 14, 14]));
    const uneven = await file('uneven.onnx', stackedModel([10, 14, 6]));
    const tall = await file('tall.onnx', stackedModel(Array(15).fill(4) as number[]));
    const { stdout } = await inspect(uniform, uneven, tall, good);
    const lines = stdout.replace(/\n {4}/g, ' ').split('\n');
    expect(lines.filter((line) => line.startsWith('LSTM '))).toEqual([
      'LSTM 10→14 | 14→14 = 3,136 params, as the formula of a stack says',
      'LSTM 10→14 | 14→6 = 1,984 params, as the formulas of its layers say',
      `LSTM ${Array(12).fill('4→4').join(' | ')} | … 2 more layers = 2,240 params, as the formula of a stack says`,
    ]);
    const [entry] = entriesOf(await inspect('--json', uniform));
    expect(entry).toMatchObject({ recurrentStacks: [{ params: 3_136, expected: 3_136, uniform: true }] });
  });

  it('estimates only when it is asked to', async () => {
    const [plain, asked] = await Promise.all([inspect('--json', good), inspect('--json', '--optimizer', 'sgd', good)]);
    expect(entriesOf(plain)[0]).not.toHaveProperty('estimates');
    expect(entriesOf(asked)).toMatchObject([
      {
        recurrentNodes: [{ stored: 50_800 }],
        estimates: {
          question: { dtype: 'FP32', optimizer: 'SGD' },
          trainingMemory: { value: 406_400 },
          macsPerStep: { value: 51_100 },
          nodes: 1,
          nodesLeftOut: 0,
        },
      },
    ]);
  });

  it('says what the sums of estimates leave out', async () => {
    const shapeless = model({
      node: [node('LSTM', ['x', 'w', 'r'], ['y'])],
      input: [value('x', ['time', 1, 3]), value('w', ['a', 'b', 'c']), value('r', ['a', 'b', 'd'])],
      output: [value('y', ['time', 1, 1, 2])],
    });
    const { stdout } = await inspect('--estimates', await file('shapeless.onnx', shapeless), good);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain('Estimates for 50,800 params (fp32, adam, 1,000 examples × 100 steps × 1 epoch)\n');
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /1 of 1 recurrent nodes are left out, since a size is not known: a lower bound/,
    );
  });
});

describe('weighbridge inspect --external-data', () => {
  const LOCATIONS = {
    'weights.bin': { present: true, byteSize: 160, problem: null },
    'absent.bin': { present: false, byteSize: null, problem: 'no such file' },
    'link.bin': { present: true, byteSize: 160, problem: null },
    'out.bin': { present: false, byteSize: null, problem: 'a link that leads out of the folder of the model' },
    '.hidden': { present: false, byteSize: null, problem: 'a hidden file or folder, which is not opened' },
    folder: { present: false, byteSize: null, problem: 'not a regular file' },
    '../good.onnx': { present: false, byteSize: null, problem: 'it leads out of the folder of the model' },
    '/etc/passwd': { present: false, byteSize: null, problem: 'it is an absolute path' },
    '..': { present: false, byteSize: null, problem: 'it leads out of the folder of the model' },
    '': { present: false, byteSize: null, problem: 'it names no file' },
  };
  let beside: string;

  beforeAll(async () => {
    beside = path.join(folder, 'beside');
    await mkdir(path.join(beside, 'folder'), { recursive: true });
    await writeFile(path.join(beside, 'weights.bin'), Buffer.alloc(160));
    await symlink('weights.bin', path.join(beside, 'link.bin'));
    await writeFile(path.join(beside, '.hidden'), 'secret');
    await symlink('../good.onnx', path.join(beside, 'out.bin'));
  });

  it.each(Object.entries(LOCATIONS))('says of %s what is there', async (location, expected) => {
    const external = await file(`external-${Object.keys(LOCATIONS).indexOf(location)}.onnx`, externalModel(location));
    const result = await inspect('--json', '--external-data', beside, external);
    expect(result.code).toBe(0);
    expect(entriesOf(result)).toMatchObject([{ externalData: [{ location, claimedBytes: 160, ...expected }] }]);
  });

  it('is not looked for without the option', async () => {
    const external = path.join(beside, 'model.onnx');
    await writeFile(external, externalModel('weights.bin'));
    const [json, table] = await Promise.all([
      inspect('--json', external),
      inspect('--external-data', beside, external),
    ]);
    expect(entriesOf(json)[0]?.externalData).toEqual([
      { location: 'weights.bin', claimedBytes: 160, byteSize: null, unclaimedBytes: null },
    ]);
    expect(table.stdout).toContain('external data weights.bin: 160 bytes claimed, 160 bytes found');
  });

  it('reads the zeros of a bias from it, and sizes with and without', async () => {
    const external = path.join(beside, 'lstm.onnx');
    await writeFile(external, lstmWithExternalData());
    await writeFile(path.join(beside, 'model.onnx.data'), lstmData);
    const results = await Promise.all([
      inspect('--json', '--external-data', beside, external),
      inspect('--external-data', beside, external),
      inspect(external),
    ]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(entriesOf(results[0])).toMatchObject([
      { recurrentNodes: [{ biasConvention: 'SINGLE_INPUT', stored: 56, effective: 48 }], warnings: [] },
    ]);
    expect(results[1].stdout).toMatch(/SINGLE_INPUT/);
    expect(results[1].stdout).toMatch(/^ {2}bytes: \d+ and 224 of external data$/m);
    expect(results[2].stdout).toMatch(/UNKNOWN/);
    expect(results[2].stdout).toMatch(/^ {2}bytes: unknown; \d+ in the model file, 224 claimed in 1 file not read$/m);
  });

  it('warns of a file that ends too early, and says which one is missing', async () => {
    const external = path.join(beside, 'short.onnx');
    await writeFile(external, lstmWithExternalData({ location: 'short.data' }));
    await writeFile(path.join(beside, 'short.data'), lstmData.subarray(0, 223));
    const gone = path.join(beside, 'gone.onnx');
    await writeFile(gone, lstmWithExternalData({ location: 'gone.data' }));
    const result = await inspect('--json', '--external-data', beside, external, gone);
    expect(result.code).toBe(0);
    const [short, absent] = entriesOf(result);
    expect(short).toMatchObject({
      recurrentNodes: [{ biasConvention: 'UNKNOWN' }],
      warnings: [{ code: 'EXTERNAL_DATA_RANGE', path: 'B' }],
    });
    expect(absent).toMatchObject({ warnings: [{ code: 'EXTERNAL_DATA' }, { path: 'R' }, { path: 'B' }] });
    const cut = await inspect('--external-data', beside, external);
    expect(cut.stdout).toMatch(/^ {2}bytes: unknown; \d+ in the model file, 224 claimed in 1 file too short$/m);
    const table = await inspect('--external-data', beside, gone);
    expect(table.stdout).toMatch(/^ {2}bytes: unknown; \d+ in the model file, 224 claimed in 1 file not read$/m);
  });
});
