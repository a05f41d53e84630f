// weighbridge check of several files at once: one line, one table, one exit code, against what a branch began at.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import Ajv from 'ajv';
import { CLI_COMMAND, runCli } from '../../support/cli.js';
import { fencedBlocks } from '../../support/documents.js';
import { lstmModel } from '../../support/onnx-model.js';
import { git } from '../../support/git.js';

const SIZES = { small: 100, large: 132 };
const model = (size: keyof typeof SIZES) => lstmModel({ inputSize: 25, hiddenSize: SIZES[size] });
const GROWTH = { name: 'growth', metric: 'MODEL_PARAMS', maxIncreasePercent: 10 };
const MAX = { name: 'size', metric: 'MODEL_PARAMS', max: 1_000_000 };

let folder: string;
let repository: string;
/** Where the branch began. */
let began: string;

/** Three commits: what the branch began at, what it adds, and what others added to main since. */
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-several-'));
  repository = path.join(folder, 'repository');
  mkdirSync(path.join(repository, 'models/old'), { recursive: true });
  const at = (name: string, content: Uint8Array | string) => writeFileSync(path.join(repository, name), content);
  const commit = (message: string) => {
    git(repository, 'add', '.');
    git(repository, 'commit', '--quiet', '-m', message);
    return git(repository, 'rev-parse', 'HEAD');
  };
  git(repository, 'init', '--quiet', '--initial-branch=main');
  for (const name of ['models/a.onnx', 'models/b.onnx', 'models/old/c.onnx']) at(name, model('small'));
  at('weighbridge.json', JSON.stringify({ budgets: [GROWTH, MAX] }));
  at('growth.json', JSON.stringify({ budgets: [GROWTH] }));
  at('warn.json', JSON.stringify({ budgets: [{ ...GROWTH, level: 'WARN' }] }));
  began = commit('began');
  git(repository, 'checkout', '--quiet', '-b', 'topic');
  at('models/b.onnx', model('large'));
  at('models/new.onnx', model('small'));
  commit('topic');
  git(repository, 'checkout', '--quiet', 'main');
  at('models/a.onnx', lstmModel({ inputSize: 25, hiddenSize: 10 }));
  commit('main goes on');
  git(repository, 'checkout', '--quiet', 'topic');
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = (args: string[], cwd = repository) => runCli(['check', ...args], { cwd });
interface Summary {
  conclusion: string;
  models: { subject: string; conclusion?: string; base?: string | null; error?: { code: string } }[];
}
const subjects = (stdout: string) => (JSON.parse(stdout) as Summary).models.map(({ subject }) => subject);

test('a pattern is expanded, each file is compared with itself where the branch began, and what fails is named first', async () => {
  const { code, stdout } = await check(['models/**/*.onnx', '--base', 'git:main...']);
  const [line = '', , ...rows] = stdout.split('\n');
  expect(line).toMatch(/^FAIL: 1 of 4 models; models\/b\.onnx: MODEL_PARAMS is .*; most at lstm \(HIDDEN_SIZE\)/);
  expect(rows.slice(1, 5).map((row) => row.split(/ +/).slice(0, 2))).toEqual([
    ['PASS', 'models/a.onnx'],
    ['FAIL', 'models/b.onnx'],
    ['PASS', 'models/new.onnx'],
    ['PASS', 'models/old/c.onnx'],
  ]);
  expect(code).toBe(1);
});

test('paths, patterns and exclusions are one list, without repetitions; two files and a base are no model', async () => {
  for (const [args, expected] of [
    [
      ['models/b.onnx', 'models/a.onnx'],
      ['models/b.onnx', 'models/a.onnx'],
    ],
    [
      ['models/a.onnx', 'models/*.onnx'],
      ['models/a.onnx', 'models/b.onnx', 'models/new.onnx'],
    ],
    [
      ['models/**/*.onnx', '!models/old/**'],
      ['models/a.onnx', 'models/b.onnx', 'models/new.onnx'],
    ],
    [['models/a.*'], ['models/a.onnx']],
  ] as const) {
    const { stdout } = await check([...args, '--base', 'git:main...', '--output', 'json']);
    expect(subjects(stdout)).toEqual(expected);
  }
});

test('a new file is held to fixed limits, and says that its growth was not judged; with growth alone nothing of it is, which is said', async () => {
  const { code, stdout } = await check(['models/new.onnx', '--base', 'git:main...']);
  expect(stdout).toMatch(/^PASS: 1 limit kept; 1 not judged \(new: not in git:main\.\.\.\)/);
  expect(code).toBe(0);
  const growth = ['--base', 'git:main...', '--budgets', 'growth.json'];
  const beside = await check(['models/[an]*.onnx', ...growth, '--report', 'beside.sarif']);
  expect(beside.stdout).toMatch(
    /^PASS: 1 of 2 models within budget; nothing judged of models\/new\.onnx \(new: not in git:main\.\.\.\)\n/,
  );
  expect(beside.stdout).toMatch(/^SKIPPED +models\/new\.onnx/m);
  expect(beside.code).toBe(0);
  const sarif = JSON.parse(readFileSync(path.join(repository, 'beside.sarif'), 'utf8')) as { runs: object[] };
  const notes = [{ level: 'note' }, { level: 'note' }];
  const invocations = [{ exitCode: 0, toolExecutionNotifications: notes }];
  expect(sarif.runs).toMatchObject([{ results: [], invocations }]);
  const failing = await check(['models/*.onnx', ...growth]);
  expect(failing.stdout).toMatch(/^FAIL: 1 of 3 models; models\/b\.onnx: .*; nothing judged of models\/new\.onnx/);
  expect(failing.code).toBe(1);
  const alone = await check(['models/ne*.onnx', ...growth, '--fail-on', 'never', '--output', 'json']);
  expect(JSON.parse(alone.stdout)).toMatchObject({
    conclusion: 'UNDECIDED',
    line: expect.stringMatching(
      /^UNDECIDED: no limit was judged of 1 model \(new: not in git:main\.\.\.\); give a base/,
    ) as string,
  });
  expect(alone.code).toBe(2);
});

test('without a base a pass says why growth was not judged, and with growth alone nothing is a pass', async () => {
  const { code, stdout } = await check(['models/*.onnx']);
  expect(stdout).toMatch(/^PASS: 3 models within budget; 3 limits not judged \(no base was given\)\n/);
  expect(code).toBe(0);
  const alone = await check(['models/*.onnx', '--budgets', 'growth.json']);
  expect(alone.stdout).toMatch(/^UNDECIDED: no limit was judged of 3 models \(no base was given\); give a base/);
  expect(alone.code).toBe(2);
});

test('two files without anything to judge them by are told at once what to give, and no registry is asked', async () => {
  const nobody = { env: { WEIGHBRIDGE_URL: 'http://host.invalid' }, cwd: path.join(repository, 'models') };
  for (const files of [
    ['a.onnx', 'b.onnx'],
    ['none.onnx', 'b.onnx'],
  ] as const) {
    const { code, stderr } = await runCli(['check', ...files], nobody);
    expect(stderr).toMatch(/there are no budgets to judge \S+ and b\.onnx by: .*--budgets FILE.*MODEL FILE/);
    expect(stderr).toContain(`weighbridge diff ${files.join(' ')};`);
    expect(stderr).toContain(`weighbridge check b.onnx --base ${files[0]}, with budgets (FILE_UNREADABLE)`);
    expect(code).toBe(2);
  }
});

test('a link at the base is no file that is new', async () => {
  const linked = path.join(folder, 'linked');
  cpSync(repository, linked, { recursive: true });
  symlinkSync('a.onnx', path.join(linked, 'models/link.onnx'));
  git(linked, 'add', '.');
  git(linked, 'commit', '--quiet', '-m', 'link');
  const { code, stderr } = await check(['models/link.onnx', '--base', 'git:HEAD'], linked);
  expect(stderr).toMatch(/models\/link\.onnx is not in HEAD \(FILE_UNREADABLE\)/);
  expect(code).toBe(2);
});

test('a file that cannot be read takes no other along, and is never a pass', async () => {
  const broken = path.join(folder, 'broken');
  mkdirSync(broken);
  writeFileSync(path.join(broken, 'a.onnx'), model('small'));
  writeFileSync(path.join(broken, 'b`|.onnx'), '*no model*');
  writeFileSync(path.join(broken, 'weighbridge.json'), JSON.stringify({ budgets: [MAX] }));
  const { code, stdout, stderr } = await check(
    ['*.onnx', '--output', 'markdown', '--report', 'all.json', '--report', 'all.sarif'],
    broken,
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/not an ONNX model/);
  expect(stdout).toMatch(/^### `UNDECIDED: 1 of 2 models; b'¦\.onnx: not an ONNX model/);
  expect(stdout).toMatch(/\| UNDECIDED \| `b'¦\.onnx` \|/);
  const report = JSON.parse(readFileSync(path.join(broken, 'all.json'), 'utf8')) as Summary;
  expect(report).toMatchObject({
    conclusion: 'UNDECIDED',
    models: [
      { subject: 'a.onnx', conclusion: 'PASS' },
      { subject: 'b`|.onnx', error: { code: 'ARTIFACT_NOT_ONNX' } },
    ],
  });
  const sarif = JSON.parse(readFileSync(path.join(broken, 'all.sarif'), 'utf8')) as { runs: object[] };
  expect(sarif.runs).toMatchObject([{ invocations: [{ exitCode: 2, executionSuccessful: false }] }]);
  const ajv = new Ajv({ schemaId: 'id', meta: false });
  ajv.addMetaSchema(createRequire(import.meta.url)('ajv/lib/refs/json-schema-draft-04.json') as object);
  const validate = ajv.compile(JSON.parse(readFileSync('test/support/sarif-2.1.0.schema.json', 'utf8')) as object);
  expect([validate(sarif), validate.errors]).toEqual([true, null]);
});

test('which outcome fails is asked for: a warning may, a failure need not', async () => {
  const args = ['models/*.onnx', '--base', `git:${began}`];
  const codes = async (...more: string[]) => (await check([...args, ...more])).code;
  expect(await codes('--fail-on', 'never')).toBe(0);
  const warned = ['models/b.onnx', '--base', `git:${began}`, '--budgets', 'warn.json'];
  expect((await check(warned)).code).toBe(0);
  expect((await check([...warned, '--fail-on', 'warn'])).code).toBe(1);
});

test('Markdown says nothing where nothing changed', async () => {
  const { code, stdout } = await check(['models/{a,old/c}.onnx', '--base', `git:${began}`, '--output', 'markdown']);
  expect([code, stdout]).toEqual([0, '']);
});

test.each([
  [['nowhere/*.onnx'], /nowhere\/\*\.onnx: no file matches this pattern \(FILE_UNREADABLE\)/],
  [['models/*.onnx', '--base', 'models/a.onnx'], /one base for 3 files: give git:REF.*\(INPUT_INVALID\)/],
  [['models/*.onnx', '--base', 'git:main:models/a.onnx'], /one base for 3 files.*\(INPUT_INVALID\)/],
  [['speech', 'models/*.onnx'], /models\/\*\.onnx is 3 files: a model of a registry is one file.*\(INPUT_INVALID\)/],
  [['models/*.onnx', '--report', 'report.txt'], /\.json, \.md, \.sarif\. \(INPUT_INVALID\)/],
  [['models/a.onnx', '--report', 'no/such/report.md'], /no\/such\/report\.md: no such file \(FILE_UNREADABLE\)/],
  [['models/a.onnx', '--base', 'git:...'], /names no commit/],
  [['models/a.onnx', '--base', 'git:origin/...'], /names no commit/],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await check(args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('without a first commit every file is new against HEAD, but a path that is named is not there', async () => {
  const unborn = path.join(folder, 'unborn');
  mkdirSync(path.join(unborn, 'models'), { recursive: true });
  git(unborn, 'init', '--quiet', '--initial-branch=main');
  // HEAD of an origin is another, though it has a file of this name.
  git(unborn, 'remote', 'add', 'origin', `file://${repository}`);
  writeFileSync(path.join(unborn, 'models/a.onnx'), model('large'));
  writeFileSync(path.join(unborn, 'weighbridge.json'), JSON.stringify({ budgets: [GROWTH, MAX] }));
  git(unborn, 'add', '.');
  const first = await check(['models/a.onnx', '--base', 'git:HEAD'], unborn);
  expect(first.stdout).toMatch(/^PASS: 1 limit kept; 1 not judged \(new: not in git:HEAD\)/);
  expect([first.stderr, first.code]).toEqual(['', 0]);
  const given = await check(['models/a.onnx', '--base', 'git:HEAD:models/a.onnx'], unborn);
  expect(given.stderr).toMatch(
    /^weighbridge: git:HEAD:models\/a\.onnx: this repository has no commit yet \(FILE_UNREADABLE\)\n$/,
  );
  expect(given.code).toBe(2);
});

test('branches that began apart have nothing in common, which is said; a whole checkout has no more to fetch', async () => {
  const apart = path.join(folder, 'apart');
  cpSync(repository, apart, { recursive: true });
  git(apart, 'checkout', '--quiet', '--orphan', 'apart');
  git(apart, 'commit', '--quiet', '-m', 'apart');
  const { code, stderr } = await check(['models/a.onnx', '--base', 'git:main...'], apart);
  expect(stderr).toMatch(/: main and HEAD have no commit in common \(FILE_UNREADABLE\)\n$/);
  expect(code).toBe(2);
});

test('a command that is advised is safe to paste, whatever a branch or a file is called', async () => {
  for (const [base, command] of [
    ['git:$(touch${IFS}x)', "git fetch origin '$(touch${IFS}x)'"],
    ['git:origin/--upload-pack=x', 'git fetch origin -- --upload-pack=x'],
  ] as const) {
    const { code, stderr } = await check(['models/a.onnx', '--base', base]);
    expect(stderr).toContain(`run: ${command} (FILE_UNREADABLE)\n`);
    expect(code).toBe(2);
  }
});

describe('of a checkout with one commit', () => {
  const shallow = (name: string, branch = 'topic') => {
    const to = path.join(folder, name);
    git(folder, 'clone', '--quiet', '--depth=1', `--branch=${branch}`, `file://${repository}`, to);
    return to;
  };

  test.each([
    ['leaves out trees and files', 'true'],
    ['cannot', 'false'],
  ])(
    'what the branch began at is found, and nothing else is fetched into it, where the server %s',
    async (_what, allowed) => {
      git(repository, 'config', 'uploadpack.allowFilter', allowed);
      const checkout = shallow(`shallow-${allowed}`);
      const settings = git(checkout, 'config', '--local', '--list');
      const { code, stdout, stderr } = await check(['models/a.onnx', '--base', 'git:origin/main...'], checkout);
      expect([stderr, code]).toEqual(['', 0]);
      // Against the tip of main it would have grown.
      expect(stdout).toMatch(/^PASS: 2 limits kept/);
      expect(git(checkout, 'config', '--local', '--list')).toBe(settings);
      const commits = git(checkout, 'cat-file', '--batch-all-objects', '--batch-check')
        .split('\n')
        .filter((line) => line.includes(' commit '));
      expect(commits.map((line) => line.split(' ')[0]).sort()).toEqual(
        [git(checkout, 'rev-parse', 'HEAD'), began].sort(),
      );
    },
  );

  test('the documented command finds it', () => {
    const block = fencedBlocks('docs/ci.md').find(({ info }) => info === 'sh run by test/cli/check/several.test.ts');
    const weighbridge = `weighbridge() { ${CLI_COMMAND.map((word) => `'${word}'`).join(' ')} "$@"; }`;
    const script = `${weighbridge}\n${block?.text ?? ''}`;
    const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: shallow('documented'), encoding: 'utf8' });
    expect(stdout).toMatch(/^FAIL: 1 of 3 models; models\/b\.onnx/);
    expect(status).toBe(1);
  });

  test('a commit that was never pushed is followed to where it parted too', async () => {
    const checkout = shallow('unpushed');
    writeFileSync(path.join(checkout, 'note'), 'local');
    git(checkout, 'add', '.');
    git(checkout, 'commit', '--quiet', '-m', 'local');
    const { code, stderr } = await check(['models/a.onnx', '--base', 'git:main...'], checkout);
    expect([stderr, code]).toEqual(['', 0]);
  });

  test('a server that settings in the environment lead to is reached for the history too', async () => {
    const checkout = shallow('led');
    git(checkout, 'remote', 'set-url', 'origin', 'led://host.example/models');
    const env = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.file://${repository}.insteadOf`,
      GIT_CONFIG_VALUE_0: 'led://host.example/models',
    };
    const args = ['check', 'models/a.onnx', '--base', 'git:main...'];
    const { code, stderr } = await runCli(args, { cwd: checkout, env });
    expect([stderr, code]).toEqual(['', 0]);
  });

  test('an origin beside the checkout is found from a folder within it', async () => {
    const checkout = shallow('relative');
    git(checkout, 'remote', 'set-url', 'origin', '../repository');
    const args = ['a.onnx', '--base', 'git:main...', '--budgets', '../weighbridge.json'];
    const { code, stderr } = await check(args, path.join(checkout, 'models'));
    expect([stderr, code]).toEqual(['', 0]);
  });

  test.each([
    ['a branch is not there', 'git:nowhere...', 'file://REPOSITORY', "couldn't find remote ref nowhere"],
    [
      'origin is not there',
      'git:main...',
      '/no/such/origin',
      "'/no/such/origin' does not appear to be a git repository",
    ],
  ])(
    'where %s, what git says of it is the error, and not that nothing is in common',
    async (_what, base, url, said) => {
      const checkout = shallow(`failing-${said.length}`);
      git(checkout, 'remote', 'set-url', 'origin', url.replace('REPOSITORY', repository));
      const { code, stderr } = await check(['models/a.onnx', '--base', base], checkout);
      expect(stderr).toBe(
        `weighbridge: ${base}: git could not tell where HEAD and ${base.slice(4, -3)} parted: fatal: ${said} (FILE_UNREADABLE)\n`,
      );
      expect(code).toBe(2);
    },
  );
});

const hasLfs = spawnSync('git', ['lfs', 'version']).status === 0;
if (!hasLfs) process.stderr.write('git-lfs is not installed: its test is skipped (apt-get install git-lfs)\n');

(hasLfs ? test : test.skip)(
  'a git-LFS object of the base is fetched, also where the checkout came without objects',
  async () => {
    const [bare, source, checkout] = ['lfs.git', 'lfs-source', 'lfs-checkout'].map((name) =>
      path.join(folder, name),
    ) as [string, string, string];
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
    git(folder, 'clone', '--quiet', bare, source);
    git(source, 'lfs', 'install', '--local');
    git(source, 'lfs', 'track', '*.onnx');
    writeFileSync(path.join(source, 'weighbridge.json'), JSON.stringify({ budgets: [GROWTH] }));
    for (const size of ['small', 'large'] as const) {
      writeFileSync(path.join(source, 'm,*.onnx'), model(size));
      git(source, 'add', '.');
      git(source, 'commit', '--quiet', '-m', size);
    }
    git(source, 'push', '--quiet', 'origin', 'HEAD:main');
    const env = { ...process.env, GIT_LFS_SKIP_SMUDGE: '1' };
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${bare}`, checkout], { env });
    const pointer = await check(['m,*.onnx', '--base', 'git:HEAD^'], checkout);
    expect(pointer.stderr).toMatch(/a git-LFS pointer, not the file itself: run `git lfs pull`/);
    expect(pointer.code).toBe(2);
    writeFileSync(path.join(checkout, 'm,*.onnx'), model('large'));
    const { code, stdout } = await runCli(['check', 'm,*.onnx', '--base', 'git:HEAD^'], {
      cwd: checkout,
      env: { GIT_LFS_SKIP_SMUDGE: '1' },
    });
    expect(stdout).toMatch(/^FAIL: MODEL_PARAMS is 83,952 params, .*: \+65\.3 % on the base/);
    expect(code).toBe(1);
  },
);
