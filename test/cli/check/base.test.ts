// weighbridge check --base: a branch is compared with what it began at, be that a version, a file or a commit of its repository.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCli } from '../../support/cli.js';
import { git } from '../../support/git.js';
import { lstmData, lstmWithExternalData } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let folder: string;
const large = lstmModel({ inputSize: 10, hiddenSize: 20 });
const small = lstmModel({ inputSize: 10, hiddenSize: 14 });

const run = (args: string[], cwd = folder) =>
  runCli(args, { cwd, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-base-'));
  writeFileSync(path.join(folder, 'branch.onnx'), large);
  writeFileSync(path.join(folder, 'main.onnx'), small);
  writeFileSync(path.join(folder, 'merge-base.onnx'), large);
  await server.limit('speech', { metric: 'RECURRENT_PER_USE', maxIncreasePercent: 20 });
  // The branch began at version 1; main has become smaller since.
  expect((await run(['push', 'speech', 'merge-base.onnx', '--alias', 'released'])).code).toBe(0);
  expect((await run(['push', 'speech', 'main.onnx'])).code).toBe(0);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('a base is a version, an alias, a digest or a file, and nothing of it is kept', async () => {
  const digest = `sha256:${createHash('sha256').update(large).digest('hex')}`;
  const before = (await server.blobFiles()).length;
  for (const base of ['speech@1', 'Speech@released', digest, `speech@${digest}`, 'merge-base.onnx']) {
    const { code, stdout, stderr } = await run(['check', 'speech', 'branch.onnx', '--base', base, '--output', 'json']);
    expect([base, stderr, code]).toEqual([base, '', 0]);
    expect(JSON.parse(stdout)).toMatchObject({
      base,
      conclusion: 'PASS',
      findings: [{ delta: 0, base: { kind: 'GIVEN', fallback: false } }],
    });
  }
  expect((await server.blobFiles()).length).toBe(before);
});

test('what a branch adds is found against its base, with the node that grew', async () => {
  const { code, stdout } = await run(['check', 'speech', 'branch.onnx', '--base', 'main.onnx']);
  expect(stdout).toMatch(/^FAIL: RECURRENT_PER_USE .*; most at lstm \(HIDDEN_SIZE\)/);
  expect(code).toBe(1);
});

test('an alias that is not there is a mistake where the model has others, and not set yet where it has none', async () => {
  const budgets = path.join(folder, 'weighbridge.json');
  writeFileSync(budgets, JSON.stringify({ budgets: [{ name: 'size', metric: 'MODEL_PARAMS', max: 1_000_000 }] }));
  for (const subject of [['speech', 'branch.onnx'], ['branch.onnx'], ['speech', 'branch.onnx', '--budgets', budgets]]) {
    const { code, stderr } = await run(['check', ...subject, '--base', 'speech@relased']);
    expect(stderr).toMatch(/speech has no alias relased; it has released.*\(VERSION_NOT_FOUND\)\n$/);
    expect([subject, code]).toEqual([subject, 2]);
  }
  expect((await run(['push', 'unnamed', 'branch.onnx'])).code).toBe(0);
  for (const base of ['unnamed@relased', 'nowhere@released', 'nowhere']) {
    const first = await run(['check', 'branch.onnx', '--base', base]);
    expect(first.stdout).toMatch(/^PASS: 1 limit kept/);
    expect([base, first.code]).toEqual([base, 0]);
  }
});

test('any other base that is not there is a mistake', async () => {
  expect((await run(['check', 'speech', 'branch.onnx', '--base', 'speech@9'])).stderr).toMatch(/VERSION_NOT_FOUND/);
  expect((await run(['check', 'speech', 'branch.onnx', '--base', 'absent.onnx'])).stderr).toMatch(/FILE_UNREADABLE/);
});

describe('--base git:REF', () => {
  let repository: string;
  const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:';
  beforeAll(() => {
    repository = path.join(folder, 'repository');
    mkdirSync(path.join(repository, 'models'), { recursive: true });
    const at = (name: string, content: Uint8Array | string) => writeFileSync(path.join(repository, name), content);
    git(repository, 'init', '--quiet', '--initial-branch=main');
    at('models/model.onnx', large);
    at('models/external.onnx', lstmWithExternalData());
    at('models/model.onnx.data', lstmData);
    const oid = createHash('sha256').update(large).digest('hex');
    at('models/stored.onnx', `${LFS}${oid}\nsize ${large.byteLength}\n`);
    at('models/away.onnx', `${LFS}${'0'.repeat(64)}\nsize 12\n`);
    const objects = path.join(repository, '.git/lfs/objects', oid.slice(0, 2), oid.slice(2, 4));
    mkdirSync(objects, { recursive: true });
    writeFileSync(path.join(objects, oid), large);
    git(repository, 'add', '.');
    git(repository, 'commit', '--quiet', '-m', 'first');
    at('models/model.onnx', small);
    git(repository, 'commit', '--quiet', '-am', 'second');
    for (const name of ['model.onnx', 'stored.onnx', 'away.onnx']) at(`models/${name}`, large);
    const budgets = [{ name: 'growth', metric: 'RECURRENT_PER_USE', maxIncreasePercent: 0 }];
    at('models/weighbridge.json', JSON.stringify({ budgets }));
  });
  const check = (file: string, base: string, cwd = path.join(repository, 'models')) =>
    run(['check', file, '--base', base, '--output', 'json'], cwd);

  test('reads the file as it was there, from any folder, for the budgets of a file and of a registry', async () => {
    const same = await check('model.onnx', 'git:HEAD^');
    expect([same.stderr, same.code]).toEqual(['', 0]);
    expect(JSON.parse(same.stdout)).toMatchObject({ base: 'git:HEAD^', findings: [{ delta: 0 }] });
    expect((await check('model.onnx', 'git:main')).code).toBe(1);
    expect((await check('model.onnx', 'git:HEAD~1:models/model.onnx')).code).toBe(0);
    const there = await run(['check', 'speech', 'models/model.onnx', '--base', 'git:HEAD^'], repository);
    expect([there.stderr, there.code]).toEqual(['', 0]);
  });

  test('reads data files and git-LFS objects too, and says how to get an object that is not here', async () => {
    const external = await check('external.onnx', 'git:HEAD');
    expect([external.stderr, external.code]).toEqual(['', 0]);
    expect(JSON.parse((await check('stored.onnx', 'git:HEAD')).stdout)).toMatchObject({ findings: [{ delta: 0 }] });
    const away = await check('away.onnx', 'git:HEAD');
    expect(away.stderr).toMatch(/git lfs fetch origin [0-9a-f]{40} --include=models\/away\.onnx \(FILE_UNREADABLE\)/);
    expect(away.code).toBe(2);
  });

  test('is a side of diff too, whose figures are named by it: the same file, another path, a file of each commit', async () => {
    const models = path.join(repository, 'models');
    const diff = (...args: string[]) => run(['diff', ...args, '--output', 'json'], models);
    const shrunk = await diff('git:HEAD^', 'git:HEAD:models/model.onnx');
    expect(shrunk).toMatchObject({ code: 2, stderr: expect.stringMatching(/git:HEAD\^: .*git:REF:PATH/) as string });
    const sides = [
      ['git:HEAD', 'model.onnx', 1104],
      ['model.onnx', 'git:HEAD', -1104],
      ['git:HEAD:models/model.onnx', 'git:HEAD^:models/model.onnx', 1104],
      ['git:HEAD:models/model.onnx', 'speech@1', 1104],
    ] as const;
    for (const [base, compare, delta] of sides) {
      const { code, stdout, stderr } = await diff(base, compare);
      expect([base, stderr, code]).toEqual([base, '', 0]);
      const figures = { base: { label: base }, compare: { label: compare }, totals: { recurrentPerUse: { delta } } };
      expect(JSON.parse(stdout)).toMatchObject(figures);
    }
    expect((await run(['diff', 'git:HEAD', 'speech@1'], models)).stderr).toMatch(/git:REF:PATH.*\(INPUT_INVALID\)/);
  });

  test('fetches the one commit that a shallow checkout lacks', async () => {
    const shallow = path.join(folder, 'shallow');
    git(folder, 'clone', '--quiet', '--depth=1', `file://${repository}`, shallow);
    writeFileSync(path.join(shallow, 'models/model.onnx'), large);
    writeFileSync(
      path.join(shallow, 'models/weighbridge.json'),
      JSON.stringify({ budgets: [{ name: 'growth', metric: 'RECURRENT_PER_USE', maxIncreasePercent: 0 }] }),
    );
    const { code, stderr } = await check('model.onnx', 'git:HEAD^', path.join(shallow, 'models'));
    expect([stderr, code]).toEqual(['', 0]);
    const further = await check('model.onnx', 'git:HEAD~5', path.join(shallow, 'models'));
    expect(further.stderr).toMatch(
      /HEAD~5 is not in this repository: .*run: git fetch --unshallow \(FILE_UNREADABLE\)/,
    );
  });

  test('finds a branch that a whole clone has of its origin alone, and fetches a new one without making it shallow', async () => {
    const clone = path.join(folder, 'whole');
    git(repository, 'branch', 'feature', 'HEAD^');
    git(folder, 'clone', '--quiet', `file://${repository}`, clone);
    git(repository, 'branch', 'later', 'HEAD^');
    const models = path.join(clone, 'models');
    writeFileSync(
      path.join(models, 'weighbridge.json'),
      JSON.stringify({ budgets: [{ name: 'size', metric: 'RECURRENT_PER_USE', max: 1_000_000 }] }),
    );
    for (const ref of ['feature', 'later', 'feature...']) {
      const { code, stderr } = await check('model.onnx', `git:${ref}`, models);
      expect([ref, stderr, code]).toEqual([ref, '', 0]);
    }
    expect(git(clone, 'rev-parse', '--is-shallow-repository')).toBe('false');
    const misspelt = await check('model.onnx', 'git:featur', models);
    expect(misspelt.stderr).toMatch(
      /featur is neither in this repository nor at its origin; did you mean feature\? \(FILE_UNREADABLE\)/,
    );
  });

  test('does not take data that ends too early for the whole: its size is not known, and the check says so', async () => {
    const models = path.join(repository, 'models');
    writeFileSync(path.join(models, 'cut.onnx'), lstmWithExternalData({ location: 'cut.data' }));
    writeFileSync(path.join(models, 'cut.data'), lstmData.subarray(0, lstmData.length - 4));
    git(repository, 'add', '.');
    git(repository, 'commit', '--quiet', '-m', 'cut');
    writeFileSync(path.join(models, 'cut.data'), lstmData);
    const budgets = path.join(models, 'total.json');
    const growth = { name: 'total', metric: 'TOTAL_BYTE_SIZE', maxIncreasePercent: 10 };
    writeFileSync(budgets, JSON.stringify({ budgets: [growth] }));
    const { code, stdout, stderr } = await run(
      ['check', 'cut.onnx', '--base', 'git:HEAD', '--budgets', budgets, '--output', 'json'],
      models,
    );
    expect(stderr).toMatch(/cut\.data: it has \d+ bytes, fewer than the tensors claim/);
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ outcome: 'FAIL', why: 'UNVERIFIABLE', baseValue: null }] });
    expect(code).toBe(1);
  });

  test.each([
    ['git:', /names no commit: .*\(INPUT_INVALID\)/],
    ['git:--help', /names no commit: .*\(INPUT_INVALID\)/],
    ['git:nowhere', /nowhere is not in this repository.* run: git fetch origin nowhere \(FILE_UNREADABLE\)/],
    ['git:HEAD~5', /HEAD~5 is not in this repository: no commit has that many before it \(FILE_UNREADABLE\)/],
    ['git:HEAD:models/none.onnx', /models\/none\.onnx is not in HEAD \(FILE_UNREADABLE\)/],
  ])('%s is refused', async (base, message) => {
    const { code, stderr } = await check('model.onnx', base);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
