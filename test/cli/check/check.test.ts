// weighbridge check and push --check: budgets of a file and of a registry, in each format, and how they end.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import Ajv from 'ajv';
import { toGlobalId } from '../../../src/api/global-id.js';
import type { CheckReport } from '../../../src/core/check/check-report.js';
import { budgetsSchema } from '../../../src/library/budgets.js';
import { approveCheck } from '../../../src/registry/checks/approvals.js';
import { withdrawVersion } from '../../../src/registry/publish/models.js';
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { protectAlias } from '../../../src/registry/aliases/alias-protections.js';
import { runCli } from '../../support/cli.js';
import { lstmData, lstmWithExternalData } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let folder: string;

const BUDGETS = {
  base: 'old.onnx',
  budgets: [
    { name: 'growth', metric: 'MODEL_PARAMS', maxIncreasePercent: 10, reason: 'The device has 4 MB.', owner: 'speech' },
    { name: 'lstm', metric: 'RECURRENT_PER_USE', path: 'graph/*', max: 60_000, level: 'WARN' },
    { name: 'file', metric: 'BYTE_SIZE', max: 1_000_000 },
  ],
};

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-check-'));
  writeFileSync(path.join(folder, 'old.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
  writeFileSync(path.join(folder, 'new.onnx'), lstmModel({ inputSize: 25, hiddenSize: 132 }));
  writeFileSync(path.join(folder, 'weighbridge.json'), JSON.stringify(BUDGETS));
  expect((await run('push', 'speech', 'old.onnx', '--alias', 'production')).code).toBe(0);
  const rule = { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 };
  await server.limit('speech', rule);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

function budgetsFile(content: unknown): string {
  const file = path.join(folder, 'other.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('a file that breaks a budget fails, and the first line names the node and the cause', async () => {
  const { code, stdout } = await run('check', 'new.onnx');
  expect(code).toBe(1);
  const [first] = stdout.split('\n');
  expect(first).toMatch(/^FAIL: MODEL_PARAMS is 83,952 .* lstm \(HIDDEN_SIZE\): \+33,152$/);
  expect(stdout).toMatch(/^WARN +lstm +RECURRENT_PER_USE +83,952 +60,000/m);
  expect(stdout).toMatch(/^PASS +file +BYTE_SIZE/m);
  expect(stdout).toMatch(/^FAIL +growth +MODEL_PARAMS/m);
  expect(stdout).toMatch(/growth: The device has 4 MB\. \(ask speech\)/);
});

test.each([
  ['a file', ['old.onnx']],
  ['a version of a registry', ['speech@production']],
  ['the latest version', ['speech']],
])('the base may be %s', async (_what, base) => {
  const { code, stdout } = await run('check', 'new.onnx', '--base', ...base, '--output', 'json');
  expect(code).toBe(1);
  const report = JSON.parse(stdout) as CheckReport;
  expect(report).toMatchObject({
    conclusion: 'FAIL',
    base: base[0],
    comparison: { totals: { modelParams: { delta: 33_152 } } },
  });
  // What changed is most of the text: it is listed where it is asked for.
  expect(report.comparison).not.toHaveProperty('changes');
  const [growth] = report.findings;
  expect(growth).toMatchObject({
    budget: { name: 'growth', level: 'FAIL' },
    why: 'BROKEN',
    limit: 55_880,
    delta: 33_152,
    contributors: [{ path: 'graph/lstm', cause: 'HIDDEN_SIZE', delta: 33_152, share: 1 }],
  });
});

test('JSON lists what changed where that is asked for, of one file and of several', async () => {
  const grown = expect.objectContaining({ basePath: 'graph/lstm', cause: 'HIDDEN_SIZE' }) as object;
  const changes = expect.arrayContaining([grown]) as object[];
  const args = ['--base', 'old.onnx', '--changes'];
  const one = await run('check', 'new.onnx', ...args, '--output', 'json', '--report', 'one.json');
  expect(JSON.parse(one.stdout)).toMatchObject({ comparison: { changes } });
  expect(JSON.parse(readFileSync(path.join(folder, 'one.json'), 'utf8'))).toEqual(JSON.parse(one.stdout));
  const several = await run('check', 'ne?.onnx', ...args, '--output', 'json');
  expect(JSON.parse(several.stdout)).toMatchObject({ models: [{ comparison: { changes } }] });
});

test('a part that shrank while the whole grew has a minus as the other columns have it', async () => {
  const inputs = (inputSize: number) => ({ inputSize, hiddenSize: inputSize === 200 ? 100 : 140 });
  writeFileSync(path.join(folder, 'wide.onnx'), lstmModel(inputs(200)));
  writeFileSync(path.join(folder, 'tall.onnx'), lstmModel(inputs(190)));
  const budgets = budgetsFile({ budgets: [{ name: 'file', metric: 'MODEL_PARAMS', maxIncreasePercent: 1 }] });
  const { stdout } = await run('check', 'tall.onnx', '--base', 'wide.onnx', '--budgets', budgets);
  expect(stdout).toMatch(/INPUT_WIDTH +−[\d,]+ +−\d+ %$/m);
});

test('without a base the largest part is named, and told as a size', async () => {
  const budgets = budgetsFile({ budgets: [{ name: 'file', metric: 'MODEL_PARAMS', max: 1_000 }] });
  const { stdout } = await run('check', 'new.onnx', '--budgets', budgets);
  expect(stdout).toMatch(/^FAIL: MODEL_PARAMS is 83,952 .* over the limit of 1,000; largest: lstm, 83,952$/m);
  expect(stdout).toMatch(/^largest +size +share\nlstm +83,952 +100 %$/m);
  const markdown = await run('check', 'new.onnx', '--budgets', budgets, '--output', 'markdown');
  expect(markdown.stdout).toMatch(/\| largest \| size \| share \|\n.*\n\| `lstm` \| 83,952 \| 100 % \|/);
});

test('what passes exits with 0, and in Markdown says nothing when nothing changed', async () => {
  const same = await run('check', 'old.onnx', '--output', 'markdown');
  expect(same).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const grown = await run('check', 'new.onnx', '--output', 'markdown');
  expect(grown.code).toBe(1);
  expect(grown.stdout).toMatch(/^### `FAIL: MODEL_PARAMS/);
  expect(grown.stdout).toMatch(/\| `lstm` \| HIDDEN_SIZE \| \+33,152 \| 100 % \|/);
  expect(grown.stderr).toMatch(/^weighbridge: FAIL: MODEL_PARAMS is 83,952/);
});

test('budgets of a registry that hold for other nodes are told apart', async () => {
  const admin = server.admin;
  const paths = ['graph/lstm', 'graph/other*'];
  for (const path of paths) {
    const rule = { metric: 'RECURRENT_PER_USE', opType: 'LSTM' as const, path, max: 1 };
    await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model: 'selected' }, rule });
  }
  const { stdout } = await run('check', 'selected', 'new.onnx', '--output', 'json');
  const names = (JSON.parse(stdout) as CheckReport).findings.map(({ budget }) => budget.name);
  expect(names).toEqual(paths.map((path) => `RECURRENT_PER_USE LSTM ${path}`));
});

// The schema is OASIS's (SARIF TC, 2.1.0-rtm.5), as the package @microsoft/jest-sarif carries it under the MIT licence.
test('SARIF fits its schema', async () => {
  const ajv = new Ajv({ schemaId: 'id', meta: false, allErrors: true });
  const require = createRequire(import.meta.url);
  ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json') as object);
  const schema = JSON.parse(
    readFileSync(new URL('../../support/sarif-2.1.0.schema.json', import.meta.url), 'utf8'),
  ) as object;
  const validate = ajv.compile(schema);
  for (const args of [['new.onnx'], ['old.onnx'], ['speech', 'new.onnx']]) {
    const { stdout } = await run('check', ...args, '--output', 'sarif');
    expect([validate(JSON.parse(stdout)), validate.errors]).toEqual([true, null]);
  }
  expect(validate({ version: '2.1.0', runs: [{ results: [{ level: 'loud' }] }] })).toBe(false);
  const { stdout } = await run('check', 'new.onnx', '--output', 'sarif');
  expect(JSON.parse(stdout)).toMatchObject({
    runs: [
      {
        results: [
          {
            ruleId: 'growth',
            level: 'error',
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: 'new.onnx' } },
                logicalLocations: [{ fullyQualifiedName: 'graph/lstm' }],
              },
            ],
          },
          { ruleId: 'lstm', level: 'warning' },
        ],
      },
    ],
  });
});

test('the budgets of a registry are asked without publishing', async () => {
  const { code, stdout } = await run('check', 'speech', 'new.onnx');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAIL: MODEL_PARAMS is 83,952/);
  expect(stdout).toMatch(/^lstm +HIDDEN_SIZE +\+33,152/m);
  expect((await run('check', 'speech', 'old.onnx')).code).toBe(0);
  expect(await server.needs.database.version.count({ where: { modelName: 'speech' } })).toBe(1);
});

test('budgets of a registry that limit the same are a rule each in SARIF, with their own reasons', async () => {
  const admin = server.admin;
  const ids = new Map<string, string>();
  for (const [reason, max] of Object.entries({ 'of the old device': 60_000, 'of the new device': 70_000 })) {
    const rule = { metric: 'MODEL_PARAMS', max, reason };
    const { id } = await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model: 'devices' }, rule });
    ids.set(reason, toGlobalId('Budget', id));
  }
  const { code, stdout } = await run('check', 'devices', 'new.onnx', '--output', 'sarif');
  expect(code).toBe(1);
  const [{ tool, results }] = (JSON.parse(stdout) as { runs: [SarifRun] }).runs;
  expect(new Map(tool.driver.rules.map(({ id, fullDescription }) => [fullDescription.text, id]))).toEqual(ids);
  expect(tool.driver.rules.map(({ name }) => name)).toEqual(Array(2).fill('MODEL_PARAMS'));
  const byRule = new Map(results.map(({ ruleId, properties }) => [ruleId, properties.limit]));
  expect([byRule.get(ids.get('of the old device')!), byRule.get(ids.get('of the new device')!)]).toEqual([
    60_000, 70_000,
  ]);
});

interface SarifRun {
  tool: { driver: { rules: { id: string; name: string; fullDescription: { text: string } }[] } };
  results: { ruleId: string; properties: { limit: number } }[];
}

test('a failure that somebody approved is told as approved', async () => {
  const admin = server.admin;
  await createBudget(server.needs, admin, {
    scope: { kind: 'MODEL', model: 'approved' },
    rule: { metric: 'MODEL_PARAMS', max: 60_000 },
  });
  expect((await run('push', 'approved', 'new.onnx')).code).toBe(0);
  const { id } = await server.needs.database.versionCheck.findFirstOrThrow({
    where: { version: { modelName: 'approved' } },
  });
  await approveCheck(server.needs, admin, { checkId: id, reason: 'the device has room' });
  // The bytes of the latest version are no change any more.
  await withdrawVersion(server.needs, admin, { model: 'approved', version: { number: 1 }, reason: 'to be sent again' });
  const table = await run('check', 'approved', 'new.onnx');
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toMatch(/^APPROVED: MODEL_PARAMS is 83,952 /);
  expect(table.stdout).toMatch(/^APPROVED +MODEL_PARAMS/m);
  expect(table.stdout).not.toMatch(/FAIL/);
  const markdown = await run('check', 'approved', 'new.onnx', '--output', 'markdown');
  expect(markdown.stdout).toMatch(/^### `APPROVED: MODEL/);
  expect(markdown.stdout).not.toMatch(/FAIL/);
});

test('push --check publishes only what does not fail', async () => {
  const refused = await run('push', 'speech', 'new.onnx', '--check');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/speech was not published: FAIL: MODEL_PARAMS/);
  expect(await server.needs.database.version.count({ where: { modelName: 'speech' } })).toBe(1);
  await server.limit('kept', { metric: 'MODEL_PARAMS', max: 10_000_000 });
  const taken = await run('push', 'kept', 'new.onnx', '--check');
  expect(taken.code).toBe(0);
  expect(taken.stdout).toMatch(/Published kept version 1/);
});

test('push --check publishes nothing of which no limit was judged, such as under a mistyped name, and says what to do', async () => {
  const mistyped = await run('push', 'spoken', 'old.onnx', '--check');
  expect(mistyped.code).toBe(2);
  expect(mistyped.stdout).toMatch(/^SKIPPED: no budget applies; there is no model "spoken" yet; /);
  expect(mistyped.stderr).toMatch(
    /spoken was not published: SKIPPED: .*; push without --check publishes it all the same/,
  );
  await server.limit('first-growth', { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
  const first = await run('push', 'first-growth', 'old.onnx', '--check', '--json');
  expect(first).toMatchObject({ code: 2, stdout: '' });
  expect(first.stderr).toMatch(
    /no limit was judged \(no version to compare with\); there is no model "first-growth" yet/,
  );
  expect(await server.needs.database.model.count({ where: { name: { in: ['speach', 'first-growth'] } } })).toBe(0);
});

test.each([
  ['in one file', 'guarded', 'new.onnx'],
  ['with a file beside it', 'guarded-two', 'model.onnx'],
])('push says what the budgets say of a model %s, and which alias stayed', async (_what, model, file) => {
  writeFileSync(path.join(folder, 'model.onnx'), lstmWithExternalData());
  writeFileSync(path.join(folder, 'model.onnx.data'), lstmData);
  const admin = server.admin;
  writeFileSync(path.join(folder, 'tiny.onnx'), lstmModel({ inputSize: 1, hiddenSize: 1 }));
  expect((await run('push', model, 'tiny.onnx', '--alias', 'production')).code).toBe(0);
  const rule = { metric: 'RECURRENT_PER_USE', max: 20 };
  await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model }, rule });
  await protectAlias(server.needs, admin, { model, alias: 'production' });
  const moving = ['--alias', 'production', '--alias', 'newest'];
  const { code, stdout } = await run('push', model, file, ...moving);
  expect(code).toBe(1);
  const [news, verdict, newest, held, weight] = stdout.split('\n');
  expect(news).toMatch(new RegExp(`^NOT MOVED: newest, production\\. Published ${model} version 2`));
  expect(verdict).toMatch(/^FAIL: RECURRENT_PER_USE is .* over the limit of 20/);
  expect(newest).toMatch(/^newest was not moved: .*weighbridge approve \S+@2 .*weighbridge alias set/);
  expect(held).toMatch(/^production is protected and was not moved: .*weighbridge approve \S+@2 /);
  expect(weight).toMatch(/^[\d,]+ params, [\d,]+ in 1 recurrent node: MATCH$/);
  const again = JSON.parse((await run('push', model, file, ...moving, '--json')).stdout) as object;
  expect(again).toMatchObject({
    unchanged: true,
    check: { line: verdict },
    heldAliases: [
      { name: 'newest', line: verdict, isProtected: false },
      { name: 'production', line: verdict, isProtected: true },
    ],
  });
});

test('push says of an alias that did not move why, before the check of the version by itself, which may pass', async () => {
  const model = 'small-steps';
  await server.limit(model, { metric: 'MODEL_PARAMS', maxIncreasePercent: 60 });
  for (const hiddenSize of [10, 12, 15]) {
    writeFileSync(path.join(folder, `step-${hiddenSize}.onnx`), lstmModel({ inputSize: 10, hiddenSize }));
  }
  expect((await run('push', model, 'step-10.onnx', '--alias', 'staging')).code).toBe(0);
  expect((await run('push', model, 'step-12.onnx')).code).toBe(0);
  const { code, stdout } = await run('push', model, 'step-15.onnx', '--alias', 'staging');
  expect(code).toBe(1);
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    expect.stringMatching(/^NOT MOVED: staging\./),
    expect.stringMatching(/^staging was not moved: FAIL: MODEL_PARAMS is .*the check of version 3 for it approved/),
    'version 3 by itself: PASS: 1 limit kept',
    expect.stringMatching(/^1,620 params, /),
  ]);
});

describe('a failing version', () => {
  beforeAll(async () => {
    const admin = server.admin;
    writeFileSync(path.join(folder, 'small.onnx'), lstmModel({ inputSize: 1, hiddenSize: 1 }));
    for (const model of ['fail-plain', 'fail-check', 'fail-race']) {
      expect((await run('push', model, 'small.onnx', '--alias', 'staging')).code).toBe(0);
      const rule = { metric: 'RECURRENT_PER_USE', max: 20 };
      await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model }, rule });
    }
  });

  test('that no alias goes with is published and says FAIL; --fail-on fail makes it exit with 1', async () => {
    const plain = await run('push', 'fail-plain', 'new.onnx');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).toMatch(/^Published fail-plain version 2\nFAIL: RECURRENT_PER_USE/);
    const unchanged = await run('push', 'fail-plain', 'new.onnx', '--fail-on', 'fail');
    expect(unchanged.code).toBe(1);
    expect((await run('push', 'fail-plain', 'small.onnx', '--fail-on', 'warn')).code).toBe(0);
  });

  test('is never published by push --check, whatever the check before it said', async () => {
    const refused = await run('push', 'fail-check', 'new.onnx', '--check');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('was not published') as string });
    const door = `${server.url}/models/fail-check/versions?requirePass=true`;
    const body = readFileSync(path.join(folder, 'new.onnx'));
    const headers = { authorization: `Bearer ${server.adminToken}` };
    const late = await fetch(door, { method: 'PUT', headers, body });
    expect([late.status, await late.json()]).toMatchObject([409, { code: 'CHECK_FAILED' }]);
    expect(await server.needs.database.version.count({ where: { modelName: 'fail-check' } })).toBe(1);
  });

  test('is not published by push --check either when only its alias refuses it', async () => {
    const admin = server.admin;
    const growth = { metric: 'RECURRENT_PER_USE', maxIncreasePercent: 60 };
    const model = 'fail-alias';
    const steps = [10, 14, 18];
    for (const size of steps) {
      writeFileSync(path.join(folder, `${size}.onnx`), lstmModel({ inputSize: 10, hiddenSize: size }));
    }
    expect((await run('push', model, '10.onnx', '--alias', 'staging')).code).toBe(0);
    await createBudget(server.needs, admin, {
      scope: { kind: 'MODEL', model },
      rule: { ...growth, maxIncreasePercent: 100 },
    });
    expect((await run('push', model, '14.onnx')).code).toBe(0);
    const { code, stderr } = await run('push', model, '18.onnx', '--alias', 'staging', '--check');
    expect(stderr).toMatch(/alias "staging" could not move to it: FAIL: RECURRENT_PER_USE/);
    expect(code).toBe(1);
    expect(await server.needs.database.version.count({ where: { modelName: model } })).toBe(2);
  });
});

test('what cannot be told exits with 2', async () => {
  const { code, stdout } = await run('check', 'nobody', 'new.onnx');
  expect(code).toBe(2);
  expect(stdout).toMatch(
    /^SKIPPED: no budget applies; there is no model "nobody" yet; set one .*weighbridge budget set.*--budgets/,
  );
});

test.each([
  ['{ "budgets": [', /is not JSON/, 'BUDGET_INVALID'],
  [{ budgets: [] }, /budgets: /, 'BUDGET_INVALID'],
  [{ budgets: [{ name: 'a', metric: 'SIZE', max: 1 }] }, /budgets\.0\.metric: .*MODEL_PARAMS/, 'BUDGET_INVALID'],
  [{ budgets: [{ name: 'a', metric: 'BYTE_SIZE', maximum: 1 }] }, /budgets\.0: .*maximum/, 'BUDGET_INVALID'],
  [{ budgets: [{ name: 'a', metric: 'BYTE_SIZE' }] }, /budgets\.0 has no limit/, 'BUDGET_INVALID'],
  [{ budgets: [{ name: 'a', metric: 'BYTE_SIZE', max: 1, path: 'graph/*' }] }, /RECURRENT_PER_USE/, 'METRIC_INVALID'],
  [
    { budgets: [{ name: 'a', metric: 'RECURRENT_NODE_COUNT', max: 1, path: '[a' }] },
    /budgets\.0\.path/,
    'PATTERN_INVALID',
  ],
  [
    { budgets: ['a', 'a'].map((name) => ({ name, metric: 'BYTE_SIZE', max: 1 })) },
    /two budgets are named a/,
    'BUDGET_INVALID',
  ],
])('the budgets %j are refused', async (content, message, code) => {
  const result = await run('check', 'new.onnx', '--budgets', budgetsFile(content));
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(message);
  expect(result.stderr).toContain(`(${code})`);
});

test.each([
  [['check', 'new.onnx', '--budgets', 'missing.json'], /missing\.json: no such file \(FILE_UNREADABLE\)/],
  [['check', 'missing.onnx'], /missing\.onnx: no such file \(FILE_UNREADABLE\)/],
  [['check', 'speech', 'missing.onnx'], /missing\.onnx: no such file \(FILE_UNREADABLE\)/],
  [['check', 'new.onnx', '--base', 'speech@9'], /VERSION_NOT_FOUND/],
  [['check', 'speech', '-'], /give a file, not standard input \(INPUT_INVALID\)/],
  [['check', 'weighbridge.json', '--base', 'new.onnx'], /weighbridge\.json: not an ONNX model/],
])('%j could not be told', async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('weighbridge.schema.json is the schema of the code; `npm run emit` writes it', () => {
  const published: unknown = JSON.parse(readFileSync('weighbridge.schema.json', 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(budgetsSchema())));
  const validate = new Ajv({ unknownFormats: 'ignore' }).compile(published as object);
  expect(validate(BUDGETS)).toBe(true);
  expect(validate({ budgets: [{ name: 'a', metric: 'SIZE' }] })).toBe(false);
});
