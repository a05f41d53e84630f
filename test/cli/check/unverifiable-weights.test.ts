// Weights of which it is not known how many there are, on the command line and before a real server: they are said, and judged by
// onUnverifiable, so that nobody reads a lower bound as a model that kept its budget.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BudgetRuleDraft } from '../../../src/core/budget.js';
import type { Principal } from '../../../src/core/principal.js';
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { runCli } from '../../support/cli.js';
import { claimingModel, fourBitModel, strangeModel } from '../../support/quantized-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let admin: Principal;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  admin = server.admin;
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-weights-'));
  writeFileSync(path.join(folder, 'strange.onnx'), strangeModel(1_025));
  writeFileSync(path.join(folder, 'few.onnx'), strangeModel(1_024));
  writeFileSync(path.join(folder, 'packed.onnx'), fourBitModel());
  writeFileSync(path.join(folder, 'contradicting.onnx'), fourBitModel({ K: 1_000 }));
  writeFileSync(path.join(folder, 'claiming.onnx'), claimingModel());
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

function withBudget(budget: object): void {
  writeFileSync(path.join(folder, 'weighbridge.json'), JSON.stringify({ budgets: [{ name: 'size', ...budget }] }));
}

const limit = (rule: Partial<BudgetRuleDraft> = {}): BudgetRuleDraft => ({
  metric: 'MODEL_PARAMS',
  max: 10_000,
  ...rule,
});

describe('inspect', () => {
  test.each([
    ['strange.onnx', /at least 32 params/, /it is not known how many are in 1 tensor/, /WEIGHTS_UNKNOWN/],
    ['contradicting.onnx', /at least 0 params/, /an unknown number of params in 2,048 bytes/, /PAYLOAD_MISMATCH/],
    ['claiming.onnx', /at least 0 params/, /1 tensor claims 1,000 elements, more than its bytes can hold/, /PAYLOAD/],
  ])('says of %s that the params are a lower bound, and why', async (file, ...said) => {
    const { code, stdout } = await run('inspect', file);
    expect(code).toBe(0);
    const text = stdout.replace(/\s+/g, ' ');
    for (const what of said) expect(text).toMatch(what);
    expect(text).toContain('Learned params are a lower bound');
  });

  test('says how many params packed weights are, and of no bound where all is known', async () => {
    const { stdout } = await run('inspect', 'packed.onnx');
    expect(stdout).toContain('Whole file: 4,096 params in 2,176 stored elements');
    expect(stdout).toContain('quantized: 4,096 params in 2,048 bytes, 4 bits each');
    expect(stdout).not.toMatch(/lower bound|at least/);
    expect((await run('inspect', 'few.onnx')).stdout).not.toMatch(/lower bound|at least|WEIGHTS_UNKNOWN/);
  });
});

test('diff says on which side the params are a lower bound', async () => {
  const { stdout } = await run('diff', 'few.onnx', 'strange.onnx');
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    'strange.onnx: Learned params are a lower bound: it is not known how many are in 1 tensor that is packed, held by an attribute, given by the caller, or without its values.',
  );
  expect(stdout).not.toContain('few.onnx: Learned');
});

describe('a check by a file of budgets', () => {
  test.each<[string, object, number, RegExp]>([
    ['fails unless the budget says otherwise', {}, 1, /^FAIL: MODEL_PARAMS cannot be verified: at least 32 params/],
    ['warns', { onUnverifiable: 'WARN' }, 0, /^WARN: MODEL_PARAMS cannot be verified/],
    ['judges nothing', { onUnverifiable: 'SKIP' }, 2, /^SKIPPED: no limit was judged \(not verifiable\)/],
    [
      'fails by what is known alone',
      { max: 31, onUnverifiable: 'SKIP' },
      1,
      /^FAIL: MODEL_PARAMS is at least 32 params/,
    ],
  ])('%s', async (_what, rule, code, line) => {
    withBudget(limit(rule));
    const checked = await run('check', 'strange.onnx');
    expect(checked.stdout.split('\n')[0]).toMatch(line);
    expect(checked.code).toBe(code);
  });

  test('passes one integer fewer, and what the metric does not count', async () => {
    withBudget(limit());
    expect((await run('check', 'few.onnx')).code).toBe(0);
    withBudget({ metric: 'STORED_ELEMENTS', max: 2_000 });
    expect((await run('check', 'strange.onnx')).code).toBe(0);
  });
});

describe('a registry', () => {
  test('fails a check and holds the alias of a push, which publishes with the warning', async () => {
    await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model: 'strange' }, rule: limit() });
    const checked = await run('check', 'strange', 'strange.onnx');
    expect(checked.stdout).toMatch(/^FAIL: MODEL_PARAMS cannot be verified: at least 32 params are counted/);
    expect(checked.code).toBe(1);
    const pushed = await run('push', 'strange', 'strange.onnx', '--alias', 'production');
    expect(pushed.stdout).toMatch(/^NOT MOVED: production/);
    expect(pushed.code).toBe(1);
    const refused = await run('push', 'strange', 'claiming.onnx', '--check');
    expect(refused.code).toBe(1);
    const { data } = await ask<{ version: { number: number; inspection: object } | null }>(
      `{ version(model: "strange", ref: { number: 1 }) { number inspection { modelParams unverifiableWeights warnings { code } } } }`,
    );
    expect(data.version).toEqual({
      number: 1,
      inspection: { modelParams: 32, unverifiableWeights: 1, warnings: [{ code: 'WEIGHTS_UNKNOWN' }] },
    });
  });

  test.each([
    ['WARN', 0],
    ['SKIP', 0],
  ] as const)('with onUnverifiable %s moves the alias', async (onUnverifiable, code) => {
    const model = `lenient-${onUnverifiable.toLowerCase()}`;
    await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model }, rule: limit({ onUnverifiable }) });
    const pushed = await run('push', model, 'strange.onnx', '--alias', 'production');
    expect(pushed.code).toBe(code);
    const { data } = await ask<{ version: { number: number } | null }>(
      `{ version(model: "${model}", ref: { alias: "production" }) { number } }`,
    );
    expect(data.version).toEqual({ number: 1 });
  });
});

async function ask<Data>(query: string): Promise<{ data: Data }> {
  const headers = { 'content-type': 'application/json' };
  const answer = await server.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await answer.json()) as { data: Data };
}
