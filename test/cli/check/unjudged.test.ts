// weighbridge check where limits are not judged, or select nothing: nothing is green that was not judged, in any format.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CheckReport } from '../../../src/core/check/check-report.js';
import type { BudgetRuleDraft } from '../../../src/core/budget.js';
import { runCli } from '../../support/cli.js';
import { fencedBlocks } from '../../support/documents.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-unjudged-'));
  const sizes = { inputSize: 25, hiddenSize: 100 };
  writeFileSync(path.join(folder, 'model.onnx'), lstmModel(sizes));
  writeFileSync(path.join(folder, 'renamed.onnx'), lstmModel({ ...sizes, name: 'encoder_lstm' }));
  writeFileSync(path.join(folder, 'renamed-larger.onnx'), lstmModel({ inputSize: 25, hiddenSize: 132, name: 'other' }));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

type FileBudget = BudgetRuleDraft & { name?: string; expires?: string };

function withBudgets(...budgets: (Omit<BudgetRuleDraft, 'expiresAt'> & { expiresAt?: string })[]): void {
  const named = budgets.map((budget, index) => ({ name: `budget ${index}`, ...budget }));
  writeFileSync(path.join(folder, 'weighbridge.json'), JSON.stringify({ budgets: named }));
}

async function budgetOf(model: string, rule: FileBudget) {
  return server.limit(model, rule);
}

/** The same check in each format: how it ends, and what it says. */
async function inEachFormat(...args: string[]) {
  // The first sends the bytes: a token may run two uploads at once.
  const table = await run('check', ...args);
  const [json, markdown, sarif] = await Promise.all([
    run('check', ...args, '--output', 'json'),
    run('check', ...args, '--output', 'markdown'),
    run('check', ...args, '--output', 'sarif'),
  ]);
  const codes = [table, json, markdown, sarif].map(({ code }) => code);
  const { runs } = JSON.parse(sarif.stdout) as { runs: SarifRun[] };
  return { codes, table, report: JSON.parse(json.stdout) as CheckReport, markdown, run: runs[0]! };
}

interface SarifRun {
  results: { message: { text: string }; level: string }[];
  invocations: {
    exitCode: number;
    executionSuccessful: boolean;
    toolExecutionNotifications: { level: string; message: { text: string } }[];
  }[];
}

describe('a check that judged nothing exits with 2 and says why in each format', () => {
  const growth = { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 };
  it.each([
    ['a growth limit whose base was forgotten', [growth], /no base was given.*give a base/],
    [
      'budgets that have all expired',
      [{ metric: 'MODEL_PARAMS', max: 1, expiresAt: '2020-01-01' }],
      /budget expired.*renew the budget/,
    ],
    [
      'a forgotten base and an expired budget',
      [growth, { metric: 'MODEL_PARAMS', max: 1, expiresAt: '2020-01-01' }],
      /no base was given, budget expired/,
    ],
    [
      'a budget that may select nothing',
      [{ metric: 'RECURRENT_PER_USE', path: 'graph/typo', max: 1, onUnverifiable: 'SKIP' as const }],
      /nothing selected.*correct the path/,
    ],
  ])('%s', async (_what, budgets, why) => {
    withBudgets(...budgets);
    const { codes, table, report, markdown, run } = await inEachFormat('model.onnx');
    expect(codes).toEqual([2, 2, 2, 2]);
    expect(table.stdout.split('\n')[0]).toMatch(/^SKIPPED: no limit was judged/);
    for (const said of [table.stdout, report.line, markdown.stdout, markdown.stderr]) expect(said).toMatch(why);
    expect(report).toMatchObject({ outcome: 'SKIPPED', conclusion: 'SKIPPED' });
    const [invocation] = run.invocations;
    expect(invocation).toMatchObject({ exitCode: 2, executionSuccessful: false });
    expect(invocation?.toolExecutionNotifications[0]).toMatchObject({ level: 'error' });
    expect(invocation?.toolExecutionNotifications[0]?.message.text).toMatch(why);
    expect(run.results.map(({ level }) => level)).toEqual(budgets.map(() => 'note'));
  });

  it('of a registry, where the model has no version yet', async () => {
    await budgetOf('new-model', growth);
    const { codes, table, markdown } = await inEachFormat('new-model', 'model.onnx');
    expect(codes).toEqual([2, 2, 2, 2]);
    for (const said of [table.stdout, markdown.stdout]) {
      expect(said).toMatch(/SKIPPED: no limit was judged \(no version to compare with\)/);
    }
  });
});

describe('a pass says what was not judged', () => {
  it('in each format', async () => {
    withBudgets({ metric: 'MODEL_PARAMS', max: 60_000 }, { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
    const { codes, table, report, markdown, run } = await inEachFormat('model.onnx');
    expect(codes).toEqual([0, 0, 0, 0]);
    const line = 'PASS: 1 limit kept; 1 not judged (no base was given)';
    expect(table.stdout.split('\n')[0]).toBe(line);
    expect(report.line).toBe(line);
    expect(markdown.stdout).toContain(`### \`${line}\``);
    expect(run.results).toEqual([]);
    expect(run.invocations).toMatchObject([
      {
        exitCode: 0,
        toolExecutionNotifications: [{ level: 'note', message: { text: expect.stringMatching(/no base/) as string } }],
      },
    ]);
  });

  it('and in Markdown nothing at all only where everything was judged', async () => {
    withBudgets({ metric: 'MODEL_PARAMS', max: 60_000 });
    expect(await run('check', 'model.onnx', '--output', 'markdown')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

describe('the example of docs/ci.md', () => {
  it('works on its first run, when neither the model nor its alias is there, and on the next ones', async () => {
    const [budgets] = fencedBlocks('docs/ci.md').filter(({ info }) => info === 'json');
    const workflows = fencedBlocks('docs/ci.md').filter(({ info }) => info === 'yaml');
    const base = /base: (\S+)/.exec(workflows.map(({ text }) => text).join(''))?.[1] ?? '';
    expect(base).toMatch(/^[\w-]+@[\w-]+$/);
    writeFileSync(path.join(folder, 'weighbridge.json'), budgets?.text ?? '');
    const check = () => run('check', 'model.onnx', '--base', base, '--output', 'markdown');
    const first = await check();
    expect(first.code).toBe(0);
    expect(first.stdout).toContain(
      `### \`PASS: 1 limit kept; 1 not judged (there is no ${base} that this token can see)\``,
    );
    const [model = '', alias = ''] = base.split('@');
    expect((await run('push', model, 'model.onnx')).code).toBe(0);
    expect((await check()).stdout).toContain(`there is no ${base}`);
    expect((await run('push', model, 'model.onnx', '--alias', alias)).code).toBe(0);
    expect(await check()).toMatchObject({ code: 0, stdout: '' });
  });

  it.each([
    ['a number', 'my-model@9'],
    ['a digest', `sha256:${'0'.repeat(64)}`],
    ['a file', 'nowhere.onnx'],
  ])('takes a base that is %s and not there for a mistake', async (_what, base) => {
    withBudgets({ metric: 'MODEL_PARAMS', max: 60_000 });
    expect((await run('check', 'model.onnx', '--base', base)).code).toBe(2);
  });
});

describe('a base that is not there', () => {
  beforeAll(async () => {
    expect((await run('push', 'wakeword-100', 'model.onnx', '--alias', 'production')).code).toBe(0);
  });

  it('is a mistake where its model is another with a typing error', async () => {
    withBudgets({ metric: 'MODEL_PARAMS', max: 60_000 }, { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
    for (const base of ['wakewrod-100@production', 'Wakewort-100']) {
      const { code, stderr } = await run('check', 'model.onnx', '--base', base);
      expect([base, code]).toEqual([base, 2]);
      expect(stderr).toMatch(
        /there is no model \S+; did you mean wakeword-100\?.*leave the base out.*\(MODEL_NOT_FOUND\)/,
      );
    }
  });

  it('may be that of a new model, be its name beside others by a number or a word', async () => {
    withBudgets({ metric: 'MODEL_PARAMS', max: 60_000 }, { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
    for (const base of ['wakeword-101@production', 'wakeword-en@production', 'wakeword@production']) {
      expect([base, (await run('check', 'model.onnx', '--base', base)).code]).toEqual([base, 0]);
    }
  });

  it('of another model than the one that is checked is a mistake', async () => {
    expect((await run('check', 'wakeword-100', 'model.onnx', '--base', 'nothing-like-it@production')).code).toBe(2);
  });

  it('in a registry that has no such model says that, and not that its alias is missing', async () => {
    await server.limit('brand-new', { metric: 'MODEL_PARAMS', max: 60_000 });
    await server.limit('brand-new', { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
    const { code, stdout } = await run('check', 'brand-new', 'model.onnx', '--base', 'brand-new@production');
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 not judged \(there is no model brand-new yet\)/);
  });
});

describe('a base that is the file itself', () => {
  const note = 'the base is the file itself, so nothing can have grown';

  it('is said, by a file and by a registry, in each format but the comment, which is empty where nothing changed', async () => {
    withBudgets({ metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
    const local = await inEachFormat('model.onnx', '--base', 'model.onnx');
    await server.limit('own-base', { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
    expect((await run('push', 'own-base', 'model.onnx')).code).toBe(0);
    const remote = await inEachFormat('own-base', 'model.onnx', '--base', 'own-base@1');
    for (const { codes, table, report, markdown, run: sarif } of [local, remote]) {
      expect(markdown.stdout).toBe('');
      expect(codes).toEqual([0, 0, 0, 0]);
      for (const text of [table.stdout, report.line, JSON.stringify(sarif)]) expect(text).toContain(note);
    }
    expect((await run('check', 'renamed.onnx', '--base', 'model.onnx')).stdout).not.toContain(note);
  });
});

describe('a budget of some nodes', () => {
  const typo = { metric: 'RECURRENT_PER_USE', path: 'graph/lstn', max: 60_000 };
  const right = { metric: 'RECURRENT_PER_USE', path: 'graph/lstm', max: 60_000 };

  it('with a typing error in its path fails by a file, too', async () => {
    withBudgets(typo);
    const local = await run('check', 'model.onnx');
    expect(local.code).toBe(1);
    expect(local.stdout).toMatch(
      /^FAIL: RECURRENT_PER_USE cannot be judged: nothing recurrent is at graph\/lstn; change/,
    );
  });

  it('follows a layer that was renamed, by a file and by a registry, and Markdown says so', async () => {
    withBudgets(right);
    const follows = /follows lstm, now encoder_lstm/;
    const local = await run('check', 'renamed.onnx', '--base', 'model.onnx', '--output', 'markdown');
    expect(local.code).toBe(0);
    expect(local.stdout).toMatch(follows);
    await budgetOf('followed', right);
    expect((await run('push', 'followed', 'model.onnx')).code).toBe(0);
    const remote = await run('check', 'followed', 'renamed.onnx', '--output', 'markdown');
    expect(remote.code).toBe(0);
    expect(remote.stdout).toMatch(follows);
  });

  it('is left by no layer that was renamed and grew', async () => {
    withBudgets(right);
    const { code, stdout } = await run('check', 'renamed-larger.onnx', '--base', 'model.onnx');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL: RECURRENT_PER_USE is 83,952 params, 23,952 over the limit of 60,000.*perhaps other/);
  });

  it('of an operator that the model does not have says none', async () => {
    withBudgets({ metric: 'RECURRENT_NODE_COUNT', opType: 'GRU', max: 0 });
    const { code, stdout } = await run('check', 'model.onnx');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PASS: 1 limit kept, 1 of them with none to count \(no GRU\)$/m);
    expect(stdout).toMatch(/^PASS +budget 0 +RECURRENT_NODE_COUNT +none +0/m);
  });

  it('is told of at publish: the renamed layer, also once that is the version before', async () => {
    await budgetOf('published', right);
    const push = async (file: string) => (await run('push', 'published', file, '--force')).stdout.split('\n')[1];
    expect(await push('model.onnx')).toBe('PASS: 1 limit kept');
    expect(await push('renamed.onnx')).toBe('PASS: 1 limit kept; follows lstm, now encoder_lstm');
    expect(await push('renamed.onnx')).toBe('PASS: 1 limit kept; follows lstm, now encoder_lstm');
    expect(await push('renamed-larger.onnx')).toMatch(/^FAIL: .*follows lstm, now perhaps other/);
  });
});

test('weighbridge check --help and docs/ci.md say what exits with 2', async () => {
  expect((await run('check', '--help')).stdout).toMatch(/2 error, or no limit could be judged/);
  expect(readFileSync('docs/ci.md', 'utf8')).toMatch(/exits? with 2/i);
});
