// weighbridge audit: the ranking as a table, as Markdown and as JSON, over several pages, and how it ends.
import type { Needs } from '../../../src/registry/needs.js';
import { withdrawVersion } from '../../../src/registry/publish/models.js';
import { authenticate } from '../../../src/registry/access/tokens.js';
import type { Principal } from '../../../src/core/principal.js';
import { publishSample, type Sample } from '../../support/catalog.js';
import { runCli } from '../../support/cli.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let needs: Needs;
let admin: Principal;

beforeAll(async () => {
  server = await startTestServer();
  needs = server.needs;
  const found = await authenticate(needs, server.adminToken);
  if (found === null) throw new Error('the admin token is not valid');
  admin = found;
  await publish('grown', 1_000, 1_050, 1_100, 1_400);
  await publish('shrunk', 1_000, 900);
  await publish('same', 500, 500);
  await publish('alone', 7);
  const numbers = Array.from({ length: 120 }, (_, index) => index + 1);
  for (const g of numbers) await publish(`many-${String(g).padStart(3, '0')}`, 1_000, 1_000 + g);
  await publish('declared', 10);
  await publishSample(needs, admin, 'declared', { nodes: [], inspection: { modelParams: 20 }, declaredParams: 21 });
  const blocked: Sample = {
    nodes: [{ verdict: 'UNVERIFIABLE', stored: null, expected: null, effective: null, reason: 'test' }],
  };
  await publishSample(needs, admin, 'blocked');
  await publishSample(needs, admin, 'blocked', blocked);
});
afterAll(() => server.close());

async function publish(model: string, ...sizes: number[]): Promise<void> {
  for (const modelParams of sizes) {
    await publishSample(needs, admin, model, {
      inspection: { modelParams },
      ...(model === 'grown' && { aliases: ['last'] }),
    });
  }
}

const audit = (args: string[], token = server.adminToken) =>
  runCli(['audit', ...args], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: token } });

interface Answer {
  outcome: string;
  broken: { rule: string; models: number }[];
  rows: { modelName: string; delta: number | null; base: { number: number } | null; baseFallback: boolean }[];
  summary: { models: number; resultHash: string };
}

async function json(...args: string[]): Promise<Answer> {
  return JSON.parse((await audit([...args, '--output', 'json'])).stdout) as Answer;
}

const PLAIN = ['--model', 'grown', 'shrunk', 'same', 'alone'];

describe('weighbridge audit', () => {
  it('ranks the models that fit by their growth', async () => {
    const { code, stdout, stderr } = await audit([...PLAIN, '--baseline', 'first']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.slice(0, -2)).toEqual([
      'model   versions  value  growth      %  main cause  flags',
      'grown   1 → 4     1,400    +400  +40.0  OTHER       BUDGET_ABSENT',
      'alone   1 → 1         7       0    0.0              BUDGET_ABSENT',
      'same    1 → 2       500       0    0.0              BUDGET_ABSENT',
      'shrunk  1 → 2       900    −100  −10.0  OTHER       BUDGET_ABSENT',
      '',
      '4 models by MODEL_PARAMS: 1 grown, 1 shrunk, 2 unchanged, 0 unknown.',
      'Flags: BUDGET_ABSENT 4.',
    ]);
    expect(lines.at(-2)).toMatch(/^Result sha256:[0-9a-f]{64}$/);
  });

  it('says so in Markdown too, with the summary first', async () => {
    const { stdout } = await audit(['--model', 'grown', '--output', 'markdown']);
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      '**1 model by MODEL_PARAMS: 1 grown, 0 shrunk, 0 unchanged, 0 unknown.**',
      '',
      '| model | versions | value | growth | % | main cause | flags |',
      '| --- | --- | ---: | ---: | ---: | --- | --- |',
      '| `grown` | 3 → 4 | 1,400 | +300 | +27.3 | OTHER | BUDGET_ABSENT |',
      '',
    ]);
  });

  it('compares with the baseline that is asked for, and says when there is none', async () => {
    const grown = async (baseline: string) => (await json('--model', 'grown', '--baseline', baseline)).rows[0];
    expect(await grown('previous')).toMatchObject({ base: { number: 3 }, delta: 300, baseFallback: false });
    expect(await grown('version:2')).toMatchObject({ base: { number: 2 }, delta: 350 });
    expect(await grown('alias:last')).toMatchObject({ base: { number: 4 }, delta: 0 });
    expect(await grown('date:2100-01-01')).toMatchObject({ base: { number: 4 }, delta: 0 });
    expect(await grown('date:2000-01-01')).toMatchObject({ base: { number: 1 }, baseFallback: true });
    const { stdout } = await audit(['--model', 'grown', '--baseline', 'alias:none']);
    expect(stdout).toMatch(/^grown {2}3\* → 4 .*\n/m);
    expect(stdout).toMatch(/^\* The requested base does not exist; another was used\.$/m);
  });

  it('shows the first rows, or all of them over several pages, with one hash', async () => {
    const many = ['--model', 'many-*'];
    const [some, all] = [await json(...many), await json(...many, '--all')];
    expect(some.rows.map(({ delta }) => delta)).toEqual(Array.from({ length: 20 }, (_, index) => 120 - index));
    expect(all.rows.map(({ delta }) => delta)).toEqual(Array.from({ length: 120 }, (_, index) => 120 - index));
    expect(all.summary).toEqual(some.summary);
    expect((await json(...many, '--first', '105')).rows).toEqual(all.rows.slice(0, 105));
    expect((await audit([...many, '--first', '2'])).stdout).toContain('2 shown; --all shows every row.\n');
  });

  it('takes only what grew by more than a part, and fails for any when it is told to', async () => {
    const { code, stdout, stderr } = await audit(['--model', 'many-*', '--over', '11.5', '--fail-on', 'ANY']);
    expect(stdout).toMatch(/^5 models by MODEL_PARAMS: 5 grown/m);
    expect(stderr).toBe('weighbridge: ANY: 5 models: many-120, many-119, many-118, 2 more\n');
    expect(code).toBe(1);
    expect((await audit(['--model', 'many-*', '--over', '12', '--fail-on', 'ANY'])).code).toBe(0);
  });

  it('exits with 1 only for the rules that are given', async () => {
    expect(await audit([])).toMatchObject({ code: 0, stderr: '' });
    expect(await json()).toMatchObject({ outcome: null, broken: [] });
    const { code, stderr } = await audit(['--fail-on', 'UNVERIFIABLE', 'DECLARED_DIFFERS']);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      'weighbridge: UNVERIFIABLE: 1 model: blocked',
      'weighbridge: DECLARED_DIFFERS: 1 model: declared',
      '',
    ]);
    expect(await json('--fail-on', 'DECLARED_DIFFERS')).toMatchObject({
      outcome: 'FAIL',
      broken: [{ rule: 'DECLARED_DIFFERS', models: 1 }],
    });
    expect((await audit(['--fail-on', 'NONE'])).code).toBe(0);
    expect(JSON.parse((await audit(['--json'])).stdout)).toEqual(await json());
    expect((await audit(['--fail-on', 'BUDGET_BROKEN', 'UNCHECKED'])).code).toBe(0);
    expect(
      (await json('--flag', 'UNVERIFIABLE', 'DECLARED_DIFFERS')).rows.map(({ modelName }) => modelName).sort(),
    ).toEqual(['blocked', 'declared']);
  });

  it('exits with 2 when no model has the name that it was asked for', async () => {
    const { code, stderr } = await audit(['--model', 'gronw']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('nothing was audited')]);
    expect((await audit(['--model', 'grown', '--flag', 'BUDGET_EXPIRED'])).code).toBe(0);
  });

  it('exits with 2 when growth is not known, or a budget was not checked', async () => {
    const unknown = await audit([
      '--model',
      'blocked',
      '--metric',
      'RECURRENT_PER_USE',
      '--over',
      '5',
      '--fail-on',
      'ANY',
    ]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('NOT_COMPARABLE: 1 model: growth is not known: blocked');
    await needs.database.budget.create({
      data: {
        ...{ scope: 'MODEL', target: 'same', metric: 'MODEL_PARAMS', max: 1n, level: 'FAIL', baseline: 'PREVIOUS' },
        ...{ onUnverifiable: 'FAIL', createdBy: 'test', updatedBy: 'test' },
      },
    });
    expect((await audit(['--model', 'same'])).code).toBe(0);
    const unchecked = await audit(['--model', 'same', '--fail-on', 'BUDGET_BROKEN']);
    expect(unchecked).toMatchObject({ code: 2, stderr: expect.stringContaining('UNCHECKED: 1 model') as string });
    expect((await audit(['--model', 'same', '--fail-on', 'UNCHECKED'])).code).toBe(1);
    expect((await audit(['--model', 'same', '--fail-on', 'DECLARED_DIFFERS'])).code).toBe(0);
  });

  it('says of an empty registry that it has no models, and leaves out what is withdrawn', async () => {
    await publish('gone', 3);
    await withdrawVersion(needs, admin, { model: 'gone', version: { number: 1 }, reason: 'test' });
    const { code, stdout } = await audit(['--model', 'gone', 'none']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^0 models by MODEL_PARAMS: 0 grown/);
  });

  it('leaves out the causes when it is told to', async () => {
    const { stdout } = await audit(['--model', 'grown', '--no-causes', '--output', 'json']);
    expect((JSON.parse(stdout) as { rows: object[] }).rows[0]).not.toHaveProperty('causes');
    const [row] = (await json('--model', 'grown')).rows;
    expect(row).toMatchObject({ causes: [{ cause: 'OTHER', delta: 300, share: 1 }] });
  });

  it('shows a token its own models alone', async () => {
    const token = await server.token(['read'], 'sh*');
    const { stdout } = await audit(['--output', 'json'], token);
    expect((JSON.parse(stdout) as Answer).rows.map(({ modelName }) => modelName)).toEqual(['shrunk']);
  });

  it.each([
    [['--metric', 'WEIGHT'], /Allowed choices are MODEL_PARAMS/],
    [['--metric', 'MODEL_PARMS'], /Did you mean MODEL_PARAMS\?/],
    [['--baseline', 'last'], /previous, first, alias:NAME/],
    [['--baseline', 'alias:'], /previous, first, alias:NAME/],
    [['--baseline', 'version:0'], /version:NUMBER/],
    [['--baseline', 'date:soon'], /date:2026-05-01/],
    [['--baseline', 'alias:UP'], /\(NAME_INVALID\)/],
    [['--dtype', 'int8'], /dtype is only for the metric MEMORY.*\(INPUT_INVALID\)/],
    [['--over', '-1'], /number of percent/],
    [['--fail-on', 'EVERYTHING'], /Allowed choices are BUDGET_BROKEN/],
    [['--first', '3', '--all'], /cannot be used with/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await audit(args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
