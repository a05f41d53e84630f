// The census over folders made here: what it says of files of every kind, that no file stops it, and how it ends.
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import type { Census } from '../../census/tally.js';
import type { Weighed } from '../../census/weighed.js';
import { CENSUS, runCensus, startCensus } from '../support/census.js';
import { fencedBlocks } from '../support/documents.js';
import { floatTensor, graph, lstmModel, model, node, value } from '../support/onnx-model.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-census-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder below the temporary one with these files. */
async function folderOf(name: string, files: Record<string, Uint8Array | string>): Promise<string> {
  const at = path.join(folder, name);
  await mkdir(at, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(at, file)), { recursive: true });
    await writeFile(path.join(at, file), content);
  }
  return at;
}

const sizes = { inputSize: 3, hiddenSize: 2 };

/** An LSTM whose R is too short, and operators that nobody knows: in the graph, in a branch, in a function. */
const oddModel = model(
  {
    node: [
      node('LSTM', ['x', 'W', 'R'], ['y']),
      node('Mystery', ['y'], ['z'], {}, { domain: 'lab' }),
      node('If', ['c'], ['o'], {
        then_branch: graph({ node: [node('Mystery', ['y'], ['z'], {}, { domain: 'lab' })] }),
      }),
      node('Local', ['z'], ['p'], {}, { domain: 'mine' }),
      node('Relu', ['p'], ['q']),
    ],
    initializer: [floatTensor('W', [1, 8, 3]), floatTensor('R', [1, 12, 3])],
    input: [value('x', ['time', 1, 3])],
  },
  {
    functions: [{ domain: 'mine', name: 'Local', input: ['i'], output: ['o'], node: [node('Unheard', ['i'], ['o'])] }],
  },
);

describe('a folder with files of every kind', () => {
  let root: string;
  beforeAll(async () => {
    root = await folderOf('kinds', {
      'a/good.onnx': lstmModel(sizes),
      'a/deep/UPPER.ONNX': lstmModel({ ...sizes, hiddenSize: 4 }),
      'odd.onnx': oddModel,
      'picture.onnx': Buffer.from('\x89PNG\r\n\x1a\n and more of it', 'latin1'),
      'cut.onnx': lstmModel(sizes).subarray(0, 100),
      'readme.txt': 'no model',
    });
    await symlink('a/good.onnx', path.join(root, 'link.onnx'));
    await symlink('nowhere', path.join(root, 'gone.onnx'));
    await symlink('.', path.join(root, 'again'));
    await symlink('a', path.join(root, 'folder.onnx'));
  });

  test('is told as JSON, the unreadable file among the rest', async () => {
    const { code, stdout, stderr } = await runCensus('--json', root);
    expect(stderr).toBe('');
    expect(code).toBe(2);
    const census = JSON.parse(stdout) as Census;
    expect(census).toMatchObject({
      folder: root,
      isWhole: true,
      files: { weighed: 7, accepted: 4, refused: 2, unreadable: 1, faults: 0 },
      refusals: [
        { code: 'ARTIFACT_NOT_ONNX', files: 1, examples: ['picture.onnx'] },
        { code: 'ARTIFACT_TRUNCATED', files: 1, examples: ['cut.onnx'] },
      ],
      unreadable: [{ file: 'gone.onnx', message: expect.stringContaining('no such file') as string }],
      faults: [],
      contradictions: { files: 0, listed: [] },
      // 56 of each small LSTM, 4·4·(3 + 4 + 2) of the larger, 24 + 36 of the odd one.
      sums: { nodes: 3 + 7, storedElements: 56 + 56 + 144 + 60, recurrent: 4, claimedElements: 0 },
      undescribed: [
        { domain: '', opType: 'Unheard', uses: 1, files: 1 },
        { domain: 'lab', opType: 'Mystery', uses: 2, files: 1 },
      ],
    });
    expect(census.verdicts.map(({ verdict, nodes, files }) => [verdict, nodes, files])).toEqual([
      ['MATCH', 3, 3],
      ['MISMATCH', 1, 1],
    ]);
    const { seconds, processorSeconds } = census.costs;
    for (const spread of [seconds!, processorSeconds!]) {
      expect(spread.median).toBeGreaterThan(0);
      expect(spread.worst).toBeGreaterThanOrEqual(spread.p99);
      expect(spread.p99).toBeGreaterThanOrEqual(spread.median);
    }
    expect(process.platform === 'linux' ? census.costs.peakBytes!.median : 2 ** 24).toBeGreaterThan(2 ** 20);
  });

  test('is told as tables', async () => {
    const { code, stdout } = await runCensus(root);
    expect(code).toBe(2);
    for (const words of [
      '7 files: 4 accepted, 2 refused, 1 unreadable, 0 faults',
      'Of every accepted file the parts sum.',
      'MATCH: 3 nodes in 3 files',
      'lab.Mystery',
      'gone.onnx: no such file',
      'processor time',
    ]) {
      expect(stdout).toContain(words);
    }
  });

  test('is told file by file with --lines, from where the user is', async () => {
    const { result } = startCensus(['--lines', 'lines.jsonl', 'kinds'], folder);
    expect((await result).stderr).toBe('');
    const text = await readFile(path.join(folder, 'lines.jsonl'), 'utf8');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Weighed);
    expect(lines.map(({ file, outcome }) => `${file} ${outcome}`).sort()).toEqual([
      'a/deep/UPPER.ONNX ACCEPTED',
      'a/good.onnx ACCEPTED',
      'cut.onnx REFUSED',
      'gone.onnx UNREADABLE',
      'link.onnx ACCEPTED',
      'odd.onnx ACCEPTED',
      'picture.onnx REFUSED',
    ]);
    const good = lines.find(({ file }) => file === 'a/good.onnx')!;
    expect(good.figures!.recurrentNodes).toEqual([
      {
        path: 'graph/lstm',
        opType: 'LSTM',
        verdict: 'MATCH',
        dims: { W: [1, 8, 3], R: [1, 8, 2], B: [1, 16], P: null },
      },
    ]);
  });
});

test('data files beside a model are used, as by push: the convention of its bias is known', async () => {
  const { inspectWithFolder } = await import('../../src/cli/files/external-folder.js');
  const root = path.resolve('fixtures');
  const { inspection } = await inspectWithFolder(path.join(root, 'external-data.onnx'), root);
  const { stdout } = await runCensus('--lines', '-', root);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Weighed);
  expect(lines.find(({ file }) => file === 'external-data.onnx')!.figures).toMatchObject({
    storedElements: inspection.storedElements,
    warnings: inspection.warnings.map(({ code }) => ({ code, times: 1 })),
  });
});

describe('says what is wrong with what it is given', () => {
  test.each<[string, string[], RegExp]>([
    ['a folder that is not there', ['missing'], /missing: no such folder/],
    ['a folder without models', ['empty'], /empty: no \.onnx file in it or below/],
    ['a file', ['empty/readme.txt'], /is no folder; a single file takes weighbridge inspect/],
    ['no folder', [], /give one folder/],
    ['two folders', ['empty', 'empty'], /give one folder/],
    ['no number of processes', ['--processes', 'many', 'empty'], /--processes takes a whole number/],
    ['an unknown option', ['--fast', 'empty'], /--fast/],
    ['lines into a folder that is not there', ['--lines', 'no/where', 'one'], /where: no such file/],
  ])('%s', async (_, args, words) => {
    await folderOf('empty', { 'readme.txt': '' });
    await folderOf('one', { 'good.onnx': lstmModel(sizes) });
    const { code, stdout, stderr } = await startCensus(args, folder).result;
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('    at '); // no stack
    expect([code, stdout]).toEqual([2, '']);
  });

  test('and --help says everything', async () => {
    const { code, stdout } = await runCensus('--help');
    expect(code).toBe(0);
    for (const words of ['--json', '--lines', '--processes', 'Exit codes', '130']) expect(stdout).toContain(words);
  });
});

describe('is not stopped', () => {
  const FILES = 2_000;
  let root: string;
  beforeAll(async () => {
    root = await folderOf('many', { 'good.bin': lstmModel(sizes) });
    for (let i = 0; i < FILES; i += 1) await symlink('good.bin', path.join(root, `${i}.onnx`));
  });

  /** Resolves when the census is at work. */
  async function atWork(lines: string): Promise<void> {
    for (;;) {
      if ((await stat(lines).catch(() => null))?.size) return;
      await pause(5);
    }
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('at %s it prints what it has, says that it is not whole, and exits with %i', async (signal, status) => {
    const lines = path.join(folder, `${signal}.jsonl`);
    const { child, result } = startCensus(['--json', '--processes', '1', '--lines', lines, root]);
    await atWork(lines);
    child.kill(signal);
    const { code, stdout } = await result;
    const census = JSON.parse(stdout) as Census;
    expect(code).toBe(status);
    expect(census.isWhole).toBe(false);
    expect(census.files.weighed).toBeGreaterThan(0);
    expect(census.files.weighed).toBeLessThan(FILES);
    expect(census.files).toMatchObject({ accepted: census.files.weighed, faults: 0 });
    const written = readFileSync(lines, 'utf8').trimEnd().split('\n');
    expect(written).toHaveLength(census.files.weighed);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('by a process that dies: the file is a fault, and all others are weighed', async () => {
    const lines = path.join(folder, 'killed.jsonl');
    const { child, result } = startCensus(['--json', '--processes', '2', '--lines', lines, root]);
    await atWork(lines);
    const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
    process.kill(Number(pid), 'SIGKILL');
    const { code, stdout } = await result;
    const census = JSON.parse(stdout) as Census;
    expect(code).toBe(1);
    expect(census).toMatchObject({
      isWhole: true,
      files: { weighed: FILES, accepted: FILES - 1, faults: 1 },
      faults: [{ message: expect.stringContaining('SIGKILL') as string }],
    });
  });
});

test('the commands in the documents run', async () => {
  const root = await mkdtemp(path.join(folder, 'documents-'));
  await mkdir(path.join(root, 'models'));
  await copyFile('fixtures/gru.onnx', path.join(root, 'models', 'gru.onnx'));
  const blocks = ['docs/performance.md', 'CONTRIBUTING.md'].flatMap((file) =>
    fencedBlocks(file).filter(({ info }) => info === 'sh run by test/census/census.test.ts'),
  );
  const commands = blocks.flatMap(({ text }) => text.trim().split('\n'));
  expect(commands.length).toBeGreaterThan(2);
  const program = [process.execPath, ...CENSUS].map((word) => JSON.stringify(word)).join(' ');
  for (const command of commands) {
    const line = command.replace(/^npm run (--silent )?census --/, `cd ${JSON.stringify(process.cwd())} && ${program}`);
    expect(line).not.toBe(command);
    const written = line.replace(/> (\S+)/, (_, file: string) => `> ${path.join(root, file)}`);
    await promisify(execFile)('sh', ['-c', written], { env: { ...process.env, INIT_CWD: root } });
  }
});
