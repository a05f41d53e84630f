// Budgets that limit nothing: what is said when they are set, in the audit and of each; and that checks skip them for other models.
import type { AuditRow } from '../../../src/core/audit.js';
import type { Budget, BudgetRuleDraft, BudgetScope } from '../../../src/core/budget.js';
import { Prisma } from '../../../src/database/client.js';
import { listAudit } from '../../../src/registry/audit/audit.js';
import { createBudget, deleteBudget } from '../../../src/registry/checks/budgets.js';
import { checkVersion } from '../../../src/registry/checks/checks.js';
import { findBudgetWarnings, idleBudgets, loadIdleBudgets } from '../../../src/registry/checks/idle-budgets.js';
import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { updateModel } from '../../../src/registry/publish/models.js';
import { publishSample, publishSampleWhole, sampleInspection, sampleNode } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
  await publish('speech', sampleNode({ path: 'graph/100%_x/lstm' }));
  await publish('vision', sampleNode({ path: 'graph/body/gru', opType: 'GRU' }));
  await updateModel(registry.needs, registry.publisher, { model: 'speech', tags: ['small'] });
});
afterAll(() => registry.close());

let made: Budget[] = [];
afterEach(async () => {
  for (const { id } of made) await deleteBudget(registry.needs, registry.admin, { id, revision: 1 });
  made = [];
});

const publish = (model: string, node: ReturnType<typeof sampleNode>) =>
  publishSample(registry.needs, registry.publisher, model, { nodes: [node], force: true });

const REGISTRY: BudgetScope = { kind: 'REGISTRY' };

async function set(rule: Partial<BudgetRuleDraft>, scope = REGISTRY) {
  const whole = { metric: 'RECURRENT_PER_USE', max: 60_000, ...rule };
  const budget = await createBudget(registry.needs, registry.admin, { scope, rule: whole });
  made.push(budget);
  const idle = await loadIdleBudgets(registry.needs, [budget.id]);
  return {
    budget,
    isIdle: idle.get(budget.id),
    codes: (await findBudgetWarnings(registry.needs, budget)).map(({ code }) => code),
  };
}

async function audited(model: string): Promise<AuditRow> {
  const question = {
    metric: 'MODEL_PARAMS',
    baseline: { kind: 'PREVIOUS' },
    where: { model: { name: { eq: model } } },
  } as const;
  const page = await listAudit(registry.needs, registry.admin, question, {});
  return page.edges[0]!.node;
}

describe('a budget of some nodes', () => {
  it.each<[string, Partial<BudgetRuleDraft>, boolean]>([
    ['with a typing error in its path is idle', { path: 'graph/bodi/*' }, true],
    ['whose path one model has is not', { path: 'graph/body/*' }, false],
    ['whose path has what means something to a database is not', { path: 'graph/100%_?/*' }, false],
    ['takes such characters as they are', { path: 'graph/%body/gr_' }, true],
    ['of an operator that nobody has is idle', { opType: 'RNN' }, true],
    ['that forbids an operator is not', { opType: 'RNN', max: 0 }, false],
    ['of an operator at the path of another is idle', { opType: 'LSTM', path: 'graph/body/*' }, true],
    [
      'that measures cells alone does not select nodes',
      { metric: 'WRITTEN_OUT_CELL_COUNT', path: 'graph/body/*' },
      true,
    ],
    ['of whole models is never', {}, false],
    ['that is off is not', { path: 'graph/bodi/*', level: 'OFF' }, false],
  ])('%s', async (_name, rule, isIdle) => {
    const { isIdle: found, codes } = await set(rule);
    expect([found, codes]).toEqual([isIdle, isIdle ? ['BUDGET_IDLE'] : []]);
    const { flags, idleBudgets } = await audited('speech');
    expect([flags.includes('BUDGET_IDLE'), idleBudgets]).toEqual([isIdle, isIdle ? 1 : 0]);
  });

  it('of a tag or of a model is idle by what those models have alone', async () => {
    const path = 'graph/body/*';
    expect(await set({ path }, { kind: 'TAG', tag: 'small' })).toMatchObject({ isIdle: true, codes: ['BUDGET_IDLE'] });
    expect(await set({ path }, { kind: 'MODEL', model: 'speech' })).toMatchObject({ isIdle: true });
    expect(await set({ path }, { kind: 'MODEL', model: 'VISION' })).toMatchObject({ isIdle: false, codes: [] });
    expect((await audited('speech')).idleBudgets).toBe(2);
    expect((await audited('vision')).flags).not.toContain('BUDGET_IDLE');
  });

  it('is judged where it selects something and skipped elsewhere; with nothing else a check judged nothing', async () => {
    await set({ path: 'graph/body/*' });
    const check = async (model: string) =>
      checkVersion(registry.needs, registry.publisher, { model, version: { number: 1 } });
    expect(await check('vision')).toMatchObject({ outcome: 'PASS' });
    expect(await check('speech')).toMatchObject({
      outcome: 'SKIPPED',
      line: 'SKIPPED: no limit was judged (nothing selected)',
      findings: [{ reason: 'NOTHING_SELECTED', selection: { path: 'graph/body/*', parts: 0 } }],
    });
  });

  it('is idle no longer once a version has what it selects', async () => {
    const { budget } = await set({ path: 'graph/late/*' });
    await publish('late', sampleNode({ path: 'graph/late/lstm' }));
    expect((await loadIdleBudgets(registry.needs, [budget.id])).get(budget.id)).toBe(false);
  });
});

test('the nodes of a model are read once for all budgets of the registry, not for each of them', async () => {
  for (let index = 0; index < 10; index += 1) await set({ path: `graph/nothing-${index}/*` });
  const rows = await registry.needs.database.$queryRaw<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(
    Prisma.sql`EXPLAIN (ANALYZE, FORMAT JSON) ${idleBudgets()}`,
  );
  const scans = scansOf(rows[0]!['QUERY PLAN'][0]!.Plan).filter((plan) => plan['Relation Name'] === 'recurrent_node');
  const reads = scans.reduce((sum, plan) => sum + plan['Actual Loops'], 0);
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThanOrEqual(await registry.needs.database.model.count());
});

interface Plan {
  'Relation Name'?: string;
  'Actual Loops': number;
  Plans?: Plan[];
}

function scansOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(scansOf)];
}

test('a budget of a model or of a tag that is not there warns when it is set', async () => {
  const absent = await set({}, { kind: 'MODEL', model: 'speach' });
  expect(absent.codes).toEqual(['MODEL_ABSENT']);
  expect((await set({}, { kind: 'TAG', tag: 'smal' })).codes).toEqual(['TAG_ABSENT']);
  expect((await set({}, { kind: 'MODEL', model: 'Speech' })).codes).toEqual([]);
  expect((await set({}, { kind: 'TAG', tag: 'small' })).codes).toEqual([]);
});

test('a budget against an alias that no model of its scope has warns when it is set, and a pass says what it was compared with', async () => {
  const { needs, publisher } = registry;
  await setAlias(needs, publisher, { model: 'vision', alias: 'production', version: { number: 1 } });
  const against = async (alias: string, scope: BudgetScope, rule: Partial<BudgetRuleDraft> = {}) =>
    (await set({ maxIncreasePercent: 10, baseline: { kind: 'ALIAS', alias }, ...rule }, scope)).codes;
  const speech: BudgetScope = { kind: 'MODEL', model: 'Speech' };
  expect(await against('prodution', REGISTRY)).toEqual(['ALIAS_ABSENT']);
  expect(await against('production', REGISTRY)).toEqual([]);
  expect(await against('production', { kind: 'TAG', tag: 'small' })).toEqual(['ALIAS_ABSENT']);
  expect(await against('production', { kind: 'MODEL', model: 'VISION' })).toEqual([]);
  expect(await against('production', { kind: 'MODEL', model: 'speach' })).toEqual(['MODEL_ABSENT']);
  expect(await against('production', speech, { path: 'graph/bodi/*' })).toEqual(['BUDGET_IDLE', 'ALIAS_ABSENT']);
  for (const { id } of made) await deleteBudget(needs, registry.admin, { id, revision: 1 });
  made = [];

  expect(await against('production', speech)).toEqual(['ALIAS_ABSENT']);
  await publish('speech', sampleNode({ path: 'graph/100%_x/lstm' }));
  expect(await checkVersion(needs, publisher, { model: 'speech', version: { number: 2 } })).toMatchObject({
    line: 'PASS: 2 limits kept; compared with another base (no other version is at alias production: the version before)',
  });
});

test('a publish that renames a layer is judged by its path, and keeps what was followed', async () => {
  const { needs, publisher, admin } = registry;
  const scope: BudgetScope = { kind: 'MODEL', model: 'renaming' };
  const rule = { metric: 'RECURRENT_PER_USE', path: 'graph/lstm', maxIncreasePercent: 10 };
  await createBudget(needs, admin, { scope, rule });
  const version = async (path: string) => {
    const inspection = sampleInspection({ nodes: [sampleNode({ path, name: path.split('/').at(-1) ?? '' })] });
    return (
      await publishSampleWhole(needs, publisher, 'renaming', {
        inspection,
        nodes: inspection.recurrentNodes,
        force: true,
      })
    ).check;
  };
  await version('graph/lstm');
  const check = await version('graph/encoder_lstm');
  expect(check).toMatchObject({
    outcome: 'PASS',
    line: 'PASS: 1 limit kept; follows lstm, now encoder_lstm',
    findings: [
      { value: 50_800, delta: 0, selection: { followed: [{ basePath: 'graph/lstm', path: 'graph/encoder_lstm' }] } },
    ],
  });
});
