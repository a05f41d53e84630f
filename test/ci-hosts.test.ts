// What other hosts than GitHub take from this repository: GitLab's template, run by a shell as its runner does, and the hook of pre-commit, from a
// release tag.
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { lstmModel } from './support/onnx-model.js';
import { git } from './support/git.js';
import { makeRelease, RELEASE_TAG } from './support/release.js';

let folder: string;
let repository: string;
let began: string;
const at = (name: string, content: Uint8Array | string) => writeFileSync(path.join(repository, name), content);
const model = (hiddenSize: number) => lstmModel({ inputSize: 25, hiddenSize });

/** What a branch began at, and what it changes: a model grows, under a name that a shell would obey. */
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-hosts-'));
  repository = path.join(folder, 'repository');
  mkdirSync(path.join(repository, 'models'), { recursive: true });
  git(repository, 'init', '--quiet', '--initial-branch=main');
  at('weighbridge.json', JSON.stringify({ budgets: [{ name: 'g', metric: 'MODEL_PARAMS', maxIncreasePercent: 10 }] }));
  for (const name of ['models/a.onnx', 'models/$(touch gone).onnx']) at(name, model(100));
  git(repository, 'add', '.');
  git(repository, 'commit', '--quiet', '-m', 'began');
  began = git(repository, 'rev-parse', 'HEAD');
  at('models/$(touch gone).onnx', model(132));
  git(repository, 'commit', '--quiet', '-am', 'topic');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("GitLab's template", () => {
  interface Header {
    spec: { inputs: Record<string, { description: string; default: string; options?: string[] }> };
  }
  interface Job {
    image: string;
    variables: Record<string, string>;
    script: string[];
    artifacts: { paths: string[] };
  }

  /** As GitLab puts inputs into a template, before it reads the YAML. */
  function jobOf(inputs: Record<string, string>): Job {
    const text = readFileSync('templates/gitlab.yml', 'utf8');
    const [{ spec }] = parseAllDocuments(text).map((document) => document.toJS() as object) as [Header, object];
    const values = {
      ...Object.fromEntries(Object.entries(spec.inputs).map(([name, { default: value }]) => [name, value])),
      ...inputs,
    };
    const filled = text.replace(/\$\[\[ inputs\.([a-z-]+) \]\]/g, (_all, name: string) => {
      expect(Object.keys(spec.inputs)).toContain(name);
      return values[name] ?? '';
    });
    const documents = parseAllDocuments(filled);
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    return (documents[1]?.toJS() as { weighbridge: Job }).weighbridge;
  }

  /** With one commit checked out, of which GitLab tells what the branch began at. */
  function runJob(
    inputs: Record<string, string>,
    told: Record<string, string>,
  ): SpawnSyncReturns<string> & { checkout: string } {
    const program = path.resolve('dist/packages/weighbridge/dist/node/main.js');
    const { script, variables } = jobOf({ command: `${process.execPath} ${program}`, ...inputs });
    const checkout = mkdtempSync(path.join(folder, 'checkout-'));
    git(checkout, 'clone', '--quiet', '--depth=1', `file://${repository}`, '.');
    const env = { PATH: process.env['PATH'] ?? '', GITLAB_CI: 'true', ...told, ...variables };
    const result = spawnSync('bash', ['-eo', 'pipefail', '-c', script.join('\n')], {
      cwd: checkout,
      env,
      encoding: 'utf8',
    });
    return { ...result, checkout };
  }

  test('checks the models of a merge request against what the branch began at, and keeps the report', () => {
    const told = { CI_MERGE_REQUEST_DIFF_BASE_SHA: began };
    const { status, stdout, checkout } = runJob({}, told);
    expect(stdout).toMatch(/^FAIL: 1 of 2 models; models\/\$\(touch gone\)\.onnx: MODEL_PARAMS/);
    expect(status).toBe(1);
    for (const file of jobOf({}).artifacts.paths)
      expect(readFileSync(path.join(checkout, file), 'utf8')).toMatch(/FAIL: 1 of 2 models/);
    expect(existsSync(path.join(checkout, 'gone'))).toBe(false);
    expect(runJob({ model: 'models/a.onnx' }, told).status).toBe(0);
    expect(runJob({ 'fail-on': 'never' }, told).status).toBe(0);
  });

  test('is undecided where nobody tells what the branch began at', () => {
    const { status, stdout, stderr } = runJob({}, { CI_DEFAULT_BRANCH: 'main' });
    expect(stdout).toMatch(/^UNDECIDED: 2 of 2 models/);
    expect(stderr).toMatch(/git: names no commit/);
    expect(status).toBe(2);
  });
});

const hasPreCommit = spawnSync('pre-commit', ['--version']).status === 0;
if (!hasPreCommit)
  process.stderr.write('pre-commit is not installed: its test is skipped (apt-get install pre-commit)\n');

(hasPreCommit ? test : test.skip)(
  'pre-commit installs the hook from a release tag, without a registry, and it stops a commit that grows a model',
  () => {
    const release = path.join(folder, 'release');
    makeRelease(release);
    const home = path.join(folder, 'pre-commit');
    // Nothing may be downloaded: what the package needs is in it.
    const env = {
      ...process.env,
      PRE_COMMIT_HOME: home,
      NPM_CONFIG_OFFLINE: 'true',
      NPM_CONFIG_CACHE: path.join(folder, 'npm'),
    };
    git(repository, 'reset', '--quiet', '--hard', began);
    const config = { repos: [{ repo: `file://${release}`, rev: RELEASE_TAG, hooks: [{ id: 'weighbridge' }] }] };
    at('.pre-commit-config.yaml', JSON.stringify(config));
    git(repository, 'add', '.');
    const run = (cwd = repository) => spawnSync('pre-commit', ['run'], { cwd, env, encoding: 'utf8' });
    expect(run().stdout).toMatch(/weighbridge check\.+\(no files to check\)Skipped/);
    at('models/a.onnx', model(132));
    at('models/$(touch gone).onnx', model(90));
    git(repository, 'add', '.');
    const stopped = run();
    expect(stopped.stdout).toMatch(/weighbridge check\.+Failed[^]*FAIL: 1 of 2 models; models\/a\.onnx: MODEL_PARAMS/);
    expect(stopped.status).toBe(1);
    at('models/a.onnx', model(90));
    git(repository, 'add', '.');
    const passed = run();
    expect(passed.stdout).toMatch(/weighbridge check\.+Passed/);
    expect(passed.status).toBe(0);
    // The first commit of a repository has none before it to compare with.
    const unborn = path.join(folder, 'unborn');
    git(folder, 'init', '--quiet', unborn);
    writeFileSync(path.join(unborn, '.pre-commit-config.yaml'), JSON.stringify(config));
    writeFileSync(path.join(unborn, 'a.onnx'), model(100));
    for (const [max, outcome] of [
      [60_000, /weighbridge check\.+Passed/],
      [40_000, /FAIL: MODEL_PARAMS/],
    ] as const) {
      const budgets = [{ name: 'size', metric: 'MODEL_PARAMS', max }];
      writeFileSync(path.join(unborn, 'weighbridge.json'), JSON.stringify({ budgets }));
      git(unborn, 'add', '.');
      expect(run(unborn).stdout).toMatch(outcome);
    }
  },
);
