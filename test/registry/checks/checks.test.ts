// Checks in the database: at publish, on request and dry, through one evaluation; what is kept of them, and what it costs.
import type { BudgetRuleDraft, BudgetScope } from '../../../src/core/budget.js';
import type { Principal } from '../../../src/core/principal.js';
import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { createBudget, updateBudget } from '../../../src/registry/checks/budgets.js';
import {
  listChecks,
  listChecksOf,
  loadChecks,
  loadFindings,
  loadLatestChecks,
} from '../../../src/registry/checks/check-reads.js';
import { checkVersion } from '../../../src/registry/checks/checks.js';
import { checkModel, checkUpload } from '../../../src/registry/publish/dry-checks.js';
import { listEvents } from '../../../src/registry/trail/trail-reads.js';
import { recordUpload } from '../../../src/registry/inspections/inspections.js';
import { withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { publishSampleWhole, sampleInspection, type Sample } from '../../support/catalog.js';
import { testServerUrl } from '../../support/database.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

let registry: TestRegistry;
let approver: Principal;

beforeAll(async () => {
  registry = await openTestRegistry();
  approver = await registry.principal(['read', 'approve']);
});
afterAll(() => registry.close());

/** A version with so many learned parameters. */
const weighing = (modelParams: number, more: Sample = {}): Sample => ({ inspection: { modelParams }, ...more });
const publish = (model: string, sample: Sample) =>
  publishSampleWhole(registry.needs, registry.publisher, model, { force: true, ...sample });
const budget = (model: string, rule: Partial<BudgetRuleDraft>, scope: BudgetScope = { kind: 'MODEL', model }) =>
  createBudget(registry.needs, approver, { scope, rule: { metric: 'MODEL_PARAMS', ...rule } });

async function findingsOf(checkId: string) {
  return (await loadFindings(registry.needs, [checkId])).get(checkId) ?? [];
}

test('a version that breaks a budget is published all the same, and its check says what is over', async () => {
  const model = 'crossing';
  const { id } = await budget(model, { max: 100 });
  expect((await publish(model, weighing(90))).check).toMatchObject({ outcome: 'PASS', trigger: 'PUBLISH' });
  const { version, check } = await publish(model, weighing(130));
  expect(check).toMatchObject({ outcome: 'FAIL', conclusion: 'FAIL', versionId: version.id, versionNumber: 2 });
  expect(check?.line).toBe('FAIL: MODEL_PARAMS is 130 params, 30 over the limit of 100');
  const kept = (await loadChecks(registry.needs, registry.reader, [check?.id ?? ''])).get(check?.id ?? '');
  expect(kept).toMatchObject({ outcome: 'FAIL', madeBy: 'read publish', budgets: [{ id, revision: 1, max: 100 }] });
  expect(await findingsOf(check?.id ?? '')).toMatchObject([
    {
      ...{ budgetId: id, limitKind: 'MAX', outcome: 'FAIL', reason: 'BROKEN', value: 130, exact: true, limit: 100 },
      ...{ introduced: 30, inherited: 0, baseValue: 90, delta: 40 },
      base: { number: 1, kind: 'PREVIOUS', fallback: false, why: 'the version before' },
    },
  ]);
  // Republished as it is it has nothing of its own.
  expect((await publish(model, weighing(130))).check).toMatchObject({ outcome: 'WARN' });
  expect((await publish(model, weighing(131))).check).toMatchObject({ outcome: 'FAIL' });
});

test('without a budget nothing is kept at publish; on request it is SKIPPED', async () => {
  const { check } = await publish('free', weighing(5));
  expect(check).toBeNull();
  const asked = await checkVersion(registry.needs, registry.publisher, { model: 'free', version: { number: 1 } });
  expect(asked).toMatchObject({
    outcome: 'SKIPPED',
    line: 'SKIPPED: no budget applies',
    trigger: 'REQUEST',
    budgets: [],
  });
  expect(await findingsOf(asked.id)).toEqual([]);
});

test('budgets of the registry, of a tag and of the model are all judged, each at its revision', async () => {
  const { needs, publisher } = registry;
  const model = 'layered';
  await publish(model, weighing(50));
  await needs.database.model.updateMany({ where: { name: model }, data: { tags: ['layered-tag'] } });
  const own = await budget(model, { max: 10, level: 'WARN' });
  await budget(model, { max: 10, level: 'OFF' });
  await budget(model, { metric: 'BYTE_SIZE', max: 1_000_000 }, { kind: 'TAG', tag: 'layered-tag' });
  await budget(model, { max: 1 }, { kind: 'TAG', tag: 'another-tag' });
  await updateBudget(needs, approver, {
    id: own.id,
    revision: 1,
    rule: { metric: 'MODEL_PARAMS', max: 49, level: 'WARN' },
  });
  const check = await checkVersion(needs, publisher, { model, version: { number: 1 } });
  expect(check.findings.map(({ metric, outcome, budgetRevision }) => [metric, outcome, budgetRevision])).toEqual([
    ['MODEL_PARAMS', 'WARN', 2],
    ['BYTE_SIZE', 'PASS', 1],
  ]);
  expect(check.outcome).toBe('WARN');
  const latest = await loadLatestChecks(needs, [check.versionId]);
  expect(latest.get(check.versionId)?.id).toBe(check.id);
});

test('a baseline is found by its kind and falls back as said', async () => {
  const { needs, publisher } = registry;
  const model = 'based';
  for (const modelParams of [100, 110, 120, 130]) await publish(model, weighing(modelParams));
  await setAlias(needs, publisher, { model, alias: 'production', version: { number: 2 } });
  await withdrawVersion(needs, publisher, { model, version: { number: 3 }, reason: 'test' });
  const kinds: BudgetRuleDraft['baseline'][] = [
    { kind: 'PREVIOUS' },
    { kind: 'FIRST' },
    { kind: 'ALIAS', alias: 'production' },
    { kind: 'ALIAS', alias: 'missing' },
    { kind: 'VERSION', number: 3 },
    { kind: 'VERSION', number: 4 },
    { kind: 'DATE', date: new Date('2999-01-01T00:00:00Z') },
    { kind: 'DATE', date: new Date('2000-01-01T00:00:00Z') },
  ];
  for (const baseline of kinds) await budget(model, { maxIncreasePercent: 1_000, baseline });
  const check = await checkVersion(needs, publisher, { model, version: { number: 4 } });
  const bases = new Map(check.findings.map(({ budgetId, base }) => [budgetId, base]));
  expect(check.budgets.map(({ id }) => [bases.get(id)?.number, bases.get(id)?.kind, bases.get(id)?.fallback])).toEqual([
    [2, 'PREVIOUS', false],
    [1, 'FIRST', false],
    [2, 'ALIAS', false],
    [2, 'PREVIOUS', true],
    [1, 'FIRST', true],
    [4, 'VERSION', false],
    [2, 'DATE', false],
    [1, 'FIRST', true],
  ]);
  const withdrawn = check.findings.find(({ base }) => base.why.includes('withdrawn'));
  expect(withdrawn?.base.why).toBe('version 3 is withdrawn: the first version');
  const first = await checkVersion(needs, publisher, { model, version: { number: 1 } });
  expect(first.findings.filter(({ reason }) => reason === 'NO_BASE').length).toBeGreaterThan(0);
  expect(first.findings.map(({ base }) => base.number)).not.toContain(1);
});

test('a pinned version has not grown over itself, and a fixed limit holds for it all the same', async () => {
  const { needs, publisher } = registry;
  const model = 'pinned';
  await publish(model, weighing(100));
  await publish(model, weighing(150));
  await budget(model, { max: 140, maxIncreasePercent: 0, baseline: { kind: 'VERSION', number: 2 } });
  const { findings } = await checkVersion(needs, publisher, { model, version: { number: 2 } });
  expect(findings.map(({ limitKind, outcome, delta }) => [limitKind, outcome, delta])).toEqual([
    ['MAX', 'FAIL', 0],
    ['MAX_INCREASE_PERCENT', 'PASS', 0],
  ]);
});

test('the version at an alias is held against the one before: to move an alias makes nothing pass', async () => {
  const { needs, publisher } = registry;
  const model = 'self-aliased';
  await publish(model, weighing(100));
  await publish(model, weighing(150));
  await setAlias(needs, publisher, { model, alias: 'staging', version: { number: 2 } });
  await budget(model, { maxIncreasePercent: 10, baseline: { kind: 'ALIAS', alias: 'staging' } });
  const check = await checkVersion(needs, publisher, { model, version: { number: 2 } });
  expect(check).toMatchObject({ outcome: 'FAIL', findings: [{ delta: 50, base: { number: 1, fallback: true } }] });
});

test('a cumulative budget fails the version that crossed it and lists the versions that contributed', async () => {
  const model = 'creeping';
  await budget(model, { maxIncreasePercent: 10, baseline: { kind: 'FIRST' } });
  const outcomes: (string | undefined)[] = [];
  for (const modelParams of [1_000, 1_040, 1_040, 1_090, 1_130, 1_130]) {
    outcomes.push((await publish(model, weighing(modelParams))).check?.outcome);
  }
  expect(outcomes).toEqual(['SKIPPED', 'PASS', 'PASS', 'PASS', 'FAIL', 'WARN']);
  const crossed = await listChecks(registry.needs, registry.reader, { where: { model, outcome: 'FAIL' }, page: {} });
  const [finding] = await findingsOf(crossed.edges[0]?.node.id ?? '');
  expect(finding).toMatchObject({ delta: 130, percent: 13, introduced: 30, inherited: 0, base: { number: 1 } });
  expect(finding?.versions.map(({ number, delta }) => [number, delta])).toEqual([
    [2, 40],
    [4, 50],
    [5, 40],
  ]);
});

test('of some nodes too the versions that contributed since a pinned base are listed', async () => {
  const model = 'creeping-nodes';
  const selector = { opType: 'LSTM', path: '*/LSTM_1' } as const;
  await budget(model, {
    ...{ metric: 'RECURRENT_PER_USE', ...selector, maxIncreasePercent: 10 },
    baseline: { kind: 'VERSION', number: 1 },
  });
  const nodes = (one: number, other: number) => ({ nodes: [{ stored: one }, { stored: other }] });
  await publish(model, nodes(100, 100));
  await publish(model, nodes(900, 104));
  await publish(model, nodes(50, 104));
  const { check } = await publish(model, nodes(50, 130));
  expect(check?.findings[0]?.versions).toEqual([
    { number: 2, delta: 4, share: 4 / 30 },
    { number: 4, delta: 26, share: 26 / 30 },
  ]);
});

test('some nodes alone are judged, and the node that grew is named in the line', async () => {
  const model = 'nodes';
  const rule = { metric: 'RECURRENT_PER_USE', opType: 'LSTM', path: '*/LSTM_1', maxIncreasePercent: 5 } as const;
  await budget(model, rule);
  const nodes = (one: number, other: number) => ({ nodes: [{ stored: one }, { stored: other }] });
  await publish(model, nodes(100, 100));
  expect((await publish(model, nodes(900, 105))).check?.outcome).toBe('PASS');
  const { check } = await publish(model, nodes(900, 150));
  expect(check?.line).toBe(
    'FAIL: RECURRENT_PER_USE is 150 params, 40 over the limit of 110: +42.9 % on version 2; most at LSTM_1 (OTHER): +45',
  );
  expect(check?.findings[0]?.contributors).toEqual([
    { path: 'graph/LSTM_1', opType: 'LSTM', cause: 'OTHER', delta: 45, share: 1 },
  ]);
});

test('a failure names the node and the cause in its first line, dry and at publish', async () => {
  const { needs, publisher } = registry;
  const model = 'caused';
  await budget(model, { maxIncreasePercent: 10 });
  const bytes = (hiddenSize: number) => once(lstmModel({ inputSize: 25, hiddenSize }));
  await publishUpload(needs, publisher, { model, body: bytes(100) });
  // 4·(25·120 + 120²) + 8·120 = 70,560 against 50,800.
  const dry = await checkUpload(needs, publisher, { model, body: bytes(120) });
  expect(dry.line).toBe(
    'FAIL: MODEL_PARAMS is 70,560 params, 14,680 over the limit of 55,880: +38.9 % on version 1; most at lstm (HIDDEN_SIZE): +19,760',
  );
  const { check } = await publishUpload(needs, publisher, { model, body: bytes(120) });
  expect(check?.line).toBe(dry.line);
  expect(check?.findings[0]?.contributors).toEqual([
    { path: 'graph/lstm', opType: 'LSTM', cause: 'HIDDEN_SIZE', delta: 19_760, share: 1 },
  ]);
});

test('a first version over a limit names what is largest in it, dry and at publish', async () => {
  const { needs, publisher } = registry;
  const model = 'first';
  await budget(model, { max: 50_000 });
  const body = () => once(lstmModel({ inputSize: 25, hiddenSize: 100 }));
  const line = 'FAIL: MODEL_PARAMS is 50,800 params, 800 over the limit of 50,000; largest: lstm, 50,800';
  expect((await checkUpload(needs, publisher, { model, body: body() })).line).toBe(line);
  const { check } = await publishUpload(needs, publisher, { model, body: body() });
  expect(check?.line).toBe(line);
  expect(check?.findings[0]).toMatchObject({
    delta: null,
    contributors: [{ path: 'graph/lstm', opType: 'LSTM', cause: null, delta: 50_800, share: 1 }],
  });
});

test('figures of another inspection version are not compared, and a partial sum does not pass', async () => {
  const model = 'unsure';
  await budget(model, { maxIncreasePercent: 1 });
  await publish(model, weighing(100));
  await registry.needs.database.$executeRaw`UPDATE version SET inspection_version = 1 WHERE model_name = ${model}`;
  const { check } = await publish(model, weighing(900));
  expect(check).toMatchObject({ outcome: 'SKIPPED', findings: [{ reason: 'BASE_NOT_COMPARABLE', delta: null }] });
  await budget(model, { metric: 'RECURRENT_PER_USE', max: 1_000_000 });
  const partial = await publish(model, weighing(900, { nodes: [{}, { stored: null, verdict: 'UNVERIFIABLE' }] }));
  expect(partial.check?.findings[0]).toMatchObject({ outcome: 'FAIL', reason: 'UNVERIFIABLE', exact: false });
});

test('a dry check says what a publish would, and keeps nothing', async () => {
  const { needs, publisher } = registry;
  const model = 'dry';
  await budget(model, { metric: 'RECURRENT_PER_USE', max: 50_000, opType: 'LSTM' });
  const bytes = lstmModel({ inputSize: 25, hiddenSize: 100 });
  const counts = async () => {
    const { database } = needs;
    const tables = [database.model, database.version, database.versionCheck, database.artifact, database.event];
    const rows = await Promise.all(tables.map((table) => (table.count as () => Promise<number>)()));
    return [...rows, (await registry.blobFiles()).length];
  };
  const before = await counts();
  const upload = await checkUpload(needs, publisher, { model, body: once(bytes) });
  expect(upload).toMatchObject({
    outcome: 'FAIL',
    modelName: model,
    findings: [{ value: 50_800, base: { number: null } }],
  });
  expect(await counts()).toEqual(before);
  const stored = await recordUpload(needs, sampleInspection(), { tokenId: publisher.tokenId, parts: null });
  const digest = await checkModel(needs, publisher, { model, digest: stored.digest });
  expect(digest).toMatchObject({ outcome: 'FAIL', digest: stored.digest, findings: [{ value: 50_800 }] });
  const published = await publish(model, {});
  expect(published.check).toMatchObject({ outcome: digest.outcome, line: digest.line });
});

test('bytes that are the latest version are judged as that version, since they would be no other', async () => {
  const { needs, publisher } = registry;
  const model = 'dry-again';
  await budget(model, { maxIncreasePercent: 10 });
  await budget(model, { max: 60_000 });
  const bytes = (hiddenSize: number) => once(lstmModel({ inputSize: 25, hiddenSize }));
  await publishUpload(needs, publisher, { model, body: bytes(100) });
  const { check, version } = await publishUpload(needs, publisher, { model, body: bytes(120) });
  const upload = await checkUpload(needs, publisher, { model, body: bytes(120) });
  expect(upload).toMatchObject({ outcome: 'FAIL', conclusion: 'FAIL', line: check?.line, findings: check?.findings });
  const digest = await checkModel(needs, publisher, { model, digest: version.artifactDigest });
  expect(digest).toMatchObject({ outcome: 'FAIL', line: check?.line, findings: check?.findings });
  // Bytes of a version before the latest would be a new one, which grows on the last one that kept the limit.
  const older = await checkUpload(needs, publisher, { model, body: bytes(100) });
  expect(older.findings.map(({ limitKind, base }) => [limitKind, base.number])).toEqual([
    ['MAX_INCREASE_PERCENT', 1],
    ['MAX', 2],
  ]);
});

test('bytes of the only version have grown by nothing over it, and a fixed limit that it broke stays broken', async () => {
  const { needs, publisher } = registry;
  const upload = () => ({ model: 'only', body: once(lstmModel({ inputSize: 3, hiddenSize: 5 })) });
  const asked = async () => (await checkUpload(needs, publisher, upload())).findings;
  await budget('only', { maxIncreasePercent: 5 });
  await budget('only', { max: 10 });
  expect((await asked()).map(({ limitKind, reason }) => [limitKind, reason])).toEqual([
    ['MAX', 'BROKEN'],
    ['MAX_INCREASE_PERCENT', 'NO_BASE'],
  ]);
  await publishUpload(needs, publisher, upload());
  expect((await asked()).map(({ limitKind, outcome, reason, base }) => [limitKind, outcome, reason, base.why])).toEqual(
    [
      ['MAX', 'FAIL', 'BROKEN', 'these are the bytes of the only version'],
      ['MAX_INCREASE_PERCENT', 'PASS', 'WITHIN', 'these are the bytes of the only version'],
    ],
  );
});

test('who may not publish may not check, and what is not there cannot be', async () => {
  const { needs, publisher, reader } = registry;
  await publish('there', weighing(1));
  const one = { number: 1 };
  const reject = (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code });
  await reject(checkVersion(needs, reader, { model: 'there', version: one }), 'SCOPE_MISSING');
  await reject(checkVersion(needs, publisher, { model: 'nowhere', version: one }), 'MODEL_NOT_FOUND');
  await reject(checkVersion(needs, publisher, { model: 'there', version: { number: 2 } }), 'VERSION_NOT_FOUND');
  await withdrawVersion(needs, publisher, { model: 'there', version: one, reason: 'test' });
  await reject(checkVersion(needs, publisher, { model: 'there', version: one }), 'VERSION_WITHDRAWN');
  const body = once(new Uint8Array([1, 2, 3]));
  await reject(checkUpload(needs, publisher, { model: 'there', body }), 'ARTIFACT_MALFORMED');
  const unknown = `sha256:${'0'.repeat(64)}`;
  await reject(checkModel(needs, publisher, { model: 'there', digest: unknown }), 'ARTIFACT_NOT_FOUND');
});

test('publishing and asking are in the trail with the check that they made', async () => {
  const { needs, publisher, admin } = registry;
  const model = 'told';
  await budget(model, { max: 1 });
  const { check } = await publish(model, weighing(2));
  const asked = await checkVersion(needs, publisher, { model, version: { number: 1 } });
  const { edges } = await listEvents(needs, admin, { where: { modelName: { eq: model } }, page: {} });
  expect(edges.slice(0, 2).map(({ node }) => [node.action, node.details['check'], node.details['outcome']])).toEqual([
    ['VERSION_CHECKED', asked.id, 'FAIL'],
    ['VERSION_PUBLISHED', check?.id, 'FAIL'],
  ]);
});

test('a check is a handful of statements, however many budgets there are', async () => {
  const model = 'cheap';
  for (let max = 1; max <= 20; max++)
    await budget(model, { max: max * 1_000_000, baseline: { kind: 'VERSION', number: max } });
  await publish(model, weighing(1));
  const measure = async (name: string) => (await recordStatements(() => publish(name, weighing(1)))).statements.length;
  await publish('cheaper', weighing(1));
  const plain = await measure('cheaper');
  expect((await measure(model)) - plain).toBe(2);
});

const onServer = testServerUrl === undefined ? test.skip : test;
onServer('what a check reads of budgets and versions is read off indexes', async () => {
  const model = 'indexed';
  const kinds: BudgetRuleDraft['baseline'][] = [
    { kind: 'FIRST' },
    { kind: 'ALIAS', alias: 'production' },
    { kind: 'VERSION', number: 1 },
    { kind: 'DATE', date: new Date() },
  ];
  for (const baseline of kinds) await budget(model, { maxIncreasePercent: 5, baseline });
  await publish(model, weighing(1));
  const { statements } = await recordStatements(() => publish(model, weighing(2)));
  const reads = statements.filter(({ text }) =>
    /FROM \(\s*(SELECT \* FROM budget|\(SELECT \$1::text AS slot)/.test(text),
  );
  expect(reads).toHaveLength(2);
  const plans = await Promise.all(reads.map((statement) => explain(registry.url ?? '', statement)));
  const plan = plans.join('\n');
  expect(plan).not.toMatch(/Seq Scan on (budget|version|alias)/);
  expect(plan).toContain('using budget_scope_target_created_at_id_idx');
  for (const index of ['version_pkey', 'version_model_id_number_key', 'alias_model_id_name_key']) {
    expect(plan).toContain(`using ${index}`);
  }
});

onServer('lists of checks are read off an index, and only what the token sees', async () => {
  const { needs, url, reader } = registry;
  const plan = async (work: () => Promise<unknown>) => {
    const { statements } = await recordStatements(work);
    expect(statements).toHaveLength(1);
    return explain(url ?? '', statements[0] ?? { text: '', values: [] });
  };
  const { id, latestVersionId } = await needs.database.model.findFirstOrThrow({ where: { name: 'creeping' } });
  expect(await plan(() => listChecks(needs, reader, { page: {} }))).toContain('version_check_created_at_id_idx');
  const failed = await plan(() => listChecks(needs, reader, { where: { outcome: 'FAIL' }, page: {} }));
  expect(failed).toContain('version_check_outcome_created_at_id_idx');
  const named = await plan(() => listChecks(needs, reader, { where: { model: 'creeping' }, page: {} }));
  expect(named).toContain('version_check_model_id_created_at_id_idx');
  const ofModel = await plan(() => listChecksOf(needs, 'model', [id], { page: {} }));
  expect(ofModel).toContain('version_check_model_id_created_at_id_idx');
  const ofVersion = await plan(() => listChecksOf(needs, 'version', [latestVersionId ?? ''], { page: {} }));
  expect(ofVersion).toContain('version_check_version_id_created_at_id_idx');
  const narrow = await registry.principal(['read'], 'cree*ng');
  const seen = await listChecks(needs, narrow, { page: { first: 100 } });
  expect(new Set(seen.edges.map(({ node }) => node.modelName))).toEqual(new Set(['creeping']));
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
