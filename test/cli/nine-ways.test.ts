/**
 * The ways in which a growing, broken or incomplete model once passed green, and the branch that was blamed for what others did: a test
 * each, as a user goes, by exit code and first line. How each part decides is tested beside the part.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import onnxProto from 'onnx-proto';
import type { BudgetRuleDraft } from '../../src/core/budget.js';
import type { Principal } from '../../src/core/principal.js';
import { createBudget } from '../../src/registry/checks/budgets.js';
import { runCli } from '../support/cli.js';
import { externalModel } from '../support/external-model.js';
import { floatTensor, lstmModel, model as modelOf, node, value } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { cellModel, PLAIN } from '../support/written-out-cell.js';

const { UINT8 } = onnxProto.onnx.TensorProto.DataType;

let server: TestServer;
let admin: Principal;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  admin = server.admin;
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-ways-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** How a command ends, and the line that is read first: of its output, or of what it complains where it has none. */
async function run(...args: string[]): Promise<{ code: number | null; line: string }> {
  const env = { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken };
  const { code, stdout, stderr } = await runCli(args, { cwd: folder, env });
  return { code, line: (stdout || stderr).split('\n')[0] ?? '' };
}

const write = (name: string, bytes: Uint8Array | string) => writeFileSync(path.join(folder, name), bytes);
const lstm = (hiddenSize: number, name = 'lstm') => lstmModel({ inputSize: 25, hiddenSize, name });

/** The model as it was released, and its budget. */
async function released(model: string, bytes: Uint8Array, ...rules: BudgetRuleDraft[]): Promise<void> {
  const { status } = await server.fetch(`/models/${model}/versions?alias=production`, { method: 'PUT', body: bytes });
  expect(status).toBe(201);
  for (const rule of rules) await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model }, rule });
}

/** A check of the file and a push with the alias: both end with 1 and say why, and the alias stays at version 1. */
async function expectStopped(model: string, file: string, why: RegExp): Promise<void> {
  const checked = await run('check', model, file);
  expect(checked.line).toMatch(why);
  expect(checked.code).toBe(1);
  const pushed = await run('push', model, file, '--alias', 'production');
  expect(pushed.line).toMatch(/^NOT MOVED: production\. Published .* version 2, which its budgets refuse/);
  expect(pushed.code).toBe(1);
  await expectReleased(model, 1);
}

async function expectReleased(model: string, number: number): Promise<void> {
  const query = `{ version(model: "${model}", ref: { alias: "production" }) { number } }`;
  const headers = { 'content-type': 'application/json' };
  const answer = await server.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
  expect(await answer.json()).toEqual({ data: { version: { number } } });
}

const summed = modelOf({
  node: [node('Add', ['x', 'w'], ['y'])],
  initializer: [floatTensor('w', [1_000])],
  input: [value('x', [1_000])],
  output: [value('y', [1_000])],
});

test('a layer that was renamed and grew does not leave its budget', async () => {
  await released('renamed', lstm(100), { metric: 'RECURRENT_PER_USE', path: 'graph/lstm', max: 60_000 });
  write('model.onnx', lstm(132, 'encoder_lstm'));
  await expectStopped('renamed', 'model.onnx', /^FAIL: RECURRENT_PER_USE is 83,952 params, .*perhaps encoder_lstm/);
});

test('a typing error in the path of a budget is no limit that is kept', async () => {
  await released('mistyped', lstm(100), { metric: 'RECURRENT_PER_USE', path: 'graph/lstn', max: 60_000 });
  write('model.onnx', lstm(132));
  const why = /^FAIL: RECURRENT_PER_USE cannot be judged: nothing recurrent is at graph\/lstn/;
  await expectStopped('mistyped', 'model.onnx', why);
});

test('an LSTM that comes back written out in small operators is weighed with them', async () => {
  await released('written-out', lstm(100), { metric: 'ALL_RECURRENT_PER_USE', maxIncreasePercent: 10 });
  write('model.onnx', cellModel({ ...PLAIN, m: 25, n: 132, steps: 3 }));
  await expectStopped('written-out', 'model.onnx', /^FAIL: ALL_RECURRENT_PER_USE is 83,952 params/);
});

test('an LSTM that comes back written out is not held to be small where only recurrent nodes are limited', async () => {
  await released('only-nodes', lstm(100), { metric: 'RECURRENT_PER_USE', maxIncreasePercent: 10 });
  write('model.onnx', cellModel({ ...PLAIN, m: 25, n: 132, steps: 3 }));
  await expectStopped('only-nodes', 'model.onnx', /^FAIL: RECURRENT_PER_USE cannot be judged: .*ALL_RECURRENT_PER_USE/);
});

test('weights that are packed into fewer elements count as what they stand for', async () => {
  const matrix = modelOf({
    node: [node('MatMul', ['x', 'w'], ['y'])],
    initializer: [floatTensor('w', [128, 32])],
    input: [value('x', ['rows', 128])],
    output: [value('y', ['rows', 32])],
  });
  await released('packed', matrix, { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 });
  // Twice the params in as many elements: two to a byte.
  const blocks = { name: 'w', dims: [64, 4, 16], dataType: UINT8, rawData: new Uint8Array(4_096).fill(0x35) };
  const packed = modelOf({
    node: [
      node(
        'MatMulNBits',
        ['x', 'w', 's'],
        ['y'],
        { K: 128, N: 64, bits: 4, block_size: 32 },
        { domain: 'com.microsoft' },
      ),
    ],
    initializer: [blocks, floatTensor('s', [64, 4])],
    input: [value('x', ['rows', 128])],
    output: [value('y', ['rows', 64])],
  });
  write('model.onnx', packed);
  await expectStopped('packed', 'model.onnx', /^FAIL: MODEL_PARAMS is 8,192 params, .*\+100\.0 % on version 1/);
});

test('weights that move to a second file have not left the model', async () => {
  await released('moved', summed, { metric: 'BYTE_SIZE', max: 5_000 });
  write('model.onnx', externalModel('weights.bin', 8_000));
  write('weights.bin', Buffer.alloc(8_000, 1));
  const why = /^FAIL: BYTE_SIZE cannot be verified while the model has external data, which TOTAL_BYTE_SIZE counts/;
  await expectStopped('moved', 'model.onnx', why);
});

test('dead bytes in the second file, as saving twice leaves them, are bytes of the model', async () => {
  await released('saved-twice', summed, { metric: 'TOTAL_BYTE_SIZE', max: 5_000 });
  write('model.onnx', externalModel('weights.bin', 4_000, 4_000));
  write('weights.bin', Buffer.alloc(8_000, 1));
  await expectStopped(
    'saved-twice',
    'model.onnx',
    /^FAIL: TOTAL_BYTE_SIZE is 8,\d{3} bytes, 3,\d{3} over the limit of 5,000/,
  );
});

test('a failing version is published and no alias goes with it, new or not', async () => {
  await released('failing', lstm(100), { metric: 'MODEL_PARAMS', max: 60_000 });
  write('model.onnx', lstm(132));
  const pushed = await run('push', 'failing', 'model.onnx', '--alias', 'production', '--alias', 'candidate');
  expect(pushed).toEqual({
    code: 1,
    line: 'NOT MOVED: candidate, production. Published failing version 2, which its budgets refuse for these aliases',
  });
  await expectReleased('failing', 1);
  const plain = await run('push', 'failing', 'model.onnx', '--force');
  expect(plain).toEqual({ code: 0, line: 'Published failing version 3' });
});

test('with its base forgotten or its budgets expired a check has judged nothing, and ends so', async () => {
  const expired = { metric: 'MODEL_PARAMS', max: 1, expiresAt: '2020-01-01' };
  const growth = { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 };
  write('model.onnx', lstm(132));
  const checked = async (...budgets: object[]) => {
    write(
      'weighbridge.json',
      JSON.stringify({ budgets: budgets.map((one, at) => ({ name: `budget ${at}`, ...one })) }),
    );
    return run('check', 'model.onnx');
  };
  expect(await checked(growth)).toEqual({
    code: 2,
    line: expect.stringMatching(/^SKIPPED: no limit was judged \(no base was given\); give a base/) as string,
  });
  expect(await checked(expired)).toEqual({
    code: 2,
    line: expect.stringMatching(/^SKIPPED: no limit was judged \(budget expired\); renew the budget/) as string,
  });
  const rule = { metric: 'MODEL_PARAMS', max: 1 };
  const { id } = await createBudget(server.needs, admin, { scope: { kind: 'MODEL', model: 'expired' }, rule });
  await server.needs.database.budget.update({ where: { id }, data: { expiresAt: new Date(expired.expiresAt) } });
  expect(await run('check', 'expired', 'model.onnx')).toEqual({
    code: 2,
    line: expect.stringMatching(
      /^SKIPPED: no limit was judged \(budget expired\); there is no model "expired" yet; renew the budget/,
    ) as string,
  });
});

test('a push without the data of the model publishes nothing and moves nothing, whatever else is asked for', async () => {
  await released('incomplete', lstm(100));
  write('model.onnx', externalModel('absent.bin', 4_000));
  for (const more of [[], ['--check'], ['--force', '--json']]) {
    const pushed = await run('push', 'incomplete', 'model.onnx', '--alias', 'production', ...more);
    expect(pushed.line).toMatch(/model\.onnx: nothing was published, because its external data is not whole/);
    expect(pushed.code).toBe(2);
  }
  expect(await server.needs.database.version.count({ where: { modelName: 'incomplete' } })).toBe(1);
  await expectReleased('incomplete', 1);
});

test('a branch that changed nothing is not blamed for what main became, once its base is given', async () => {
  const growth = { metric: 'RECURRENT_PER_USE', maxIncreasePercent: 20 };
  await released('branch', lstm(132), growth);
  write('model.onnx', lstm(132));
  // Meanwhile main became smaller.
  write('main.onnx', lstm(100));
  expect((await run('push', 'branch', 'main.onnx')).code).toBe(0);
  const blamed = await run('check', 'branch', 'model.onnx');
  expect(blamed.line).toMatch(/^FAIL: RECURRENT_PER_USE .*\+\d\d\.\d % on version 2/);
  expect(blamed.code).toBe(1);
  expect(await run('check', 'branch', 'model.onnx', '--base', 'branch@1')).toEqual({
    code: 0,
    line: 'PASS: 1 limit kept; the base is the file itself, so nothing can have grown',
  });
});
