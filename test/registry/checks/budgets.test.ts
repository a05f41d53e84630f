// Budgets in the database: who may, revisions, and what two at once come to.
import type { Principal } from '../../../src/core/principal.js';
import { listBudgets, listBudgetsOfModels } from '../../../src/registry/checks/budget-reads.js';
import {
  BUDGETS_MAX,
  deleteBudget,
  createBudget,
  updateBudget,
  type NewBudget,
} from '../../../src/registry/checks/budgets.js';
import { listEvents } from '../../../src/registry/trail/trail-reads.js';
import { createModel, updateModel } from '../../../src/registry/publish/models.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';
import { testServerUrl } from '../../support/database.js';
import { explain, recordStatements } from '../../support/statements.js';

let registry: TestRegistry;
let approver: Principal;

beforeAll(async () => {
  registry = await openTestRegistry();
  approver = await registry.principal(['read', 'approve']);
});
afterAll(() => registry.close());

const rule = { metric: 'MODEL_PARAMS', max: 400_000 };
const ofModel = (model: string): NewBudget => ({ scope: { kind: 'MODEL', model }, rule });

test('a budget is what was set, and each change of it is a revision that is kept', async () => {
  const { needs } = registry;
  const scope = { kind: 'MODEL', model: 'speech' } as const;
  const made = await createBudget(needs, approver, {
    scope,
    rule: {
      ...{ metric: 'RECURRENT_PER_USE', opType: 'LSTM', path: 'graph/*', max: 7, maxIncreasePercent: 2.5, minDelta: 3 },
      ...{ level: 'WARN', baseline: { kind: 'DATE', date: new Date('2026-01-02T03:04:05Z') }, onUnverifiable: 'SKIP' },
      ...{ reason: 'flash', owner: 'edge team', expiresAt: new Date('2999-01-01T00:00:00Z') },
    },
  });
  expect(made).toMatchObject({
    ...{ revision: 1, scope, metric: 'RECURRENT_PER_USE', selector: { opType: 'LSTM', path: 'graph/*' }, max: 7 },
    ...{ maxIncreasePercent: 2.5, minDelta: 3, level: 'WARN', onUnverifiable: 'SKIP', reason: 'flash' },
    ...{ baseline: { kind: 'DATE', date: new Date('2026-01-02T03:04:05Z') }, createdBy: 'read approve' },
  });
  const [seen] = (await listBudgets(needs, registry.reader, { where: { model: 'speech' }, page: {} })).edges;
  expect(seen?.node).toEqual(made);
  const changed = await updateBudget(needs, approver, { id: made.id, revision: 1, rule });
  expect(changed).toMatchObject({ revision: 2, scope, selector: null, max: 400_000, maxIncreasePercent: null });
  await deleteBudget(needs, approver, { id: made.id, revision: 2 });
  expect((await listBudgets(needs, registry.reader, { where: { model: 'speech' }, page: {} })).edges).toEqual([]);
  const revisions = await needs.database.budgetRevision.findMany({
    where: { budgetId: made.id },
    orderBy: { revision: 'asc' },
  });
  expect(revisions.map(({ settings }) => (settings as { max: number } | null)?.max ?? null)).toEqual([
    7,
    400_000,
    null,
  ]);
  const events = await listEvents(needs, registry.admin, { where: { modelName: { eq: 'speech' } }, page: {} });
  expect(events.edges.map(({ node }) => node.action)).toEqual(['BUDGET_DELETED', 'BUDGET_SET', 'BUDGET_SET']);
});

test('who read an older revision changes nothing, also when two come at once', async () => {
  const { needs } = registry;
  const { id } = await createBudget(needs, approver, ofModel('twice'));
  const change = (max: number) => refusalOf(updateBudget(needs, approver, { id, revision: 1, rule: { ...rule, max } }));
  const outcomes = await Promise.all([change(1), change(2), change(3)]);
  expect(outcomes.sort()).toEqual(['BUDGET_CONFLICT', 'BUDGET_CONFLICT', 'done']);
  expect(await refusalOf(deleteBudget(needs, approver, { id, revision: 1 }))).toBe('BUDGET_CONFLICT');
  await deleteBudget(needs, approver, { id, revision: 2 });
  expect(await refusalOf(deleteBudget(needs, approver, { id, revision: 3 }))).toBe('BUDGET_NOT_FOUND');
});

test('budgets are for who may approve: of a model within the pattern, of all models with a token for all', async () => {
  const { needs } = registry;
  const edge = await registry.principal(['approve'], 'edge-*');
  expect(await refusalOf(createBudget(needs, registry.publisher, ofModel('edge-1')))).toBe('SCOPE_MISSING');
  expect(await refusalOf(createBudget(needs, edge, ofModel('cloud-1')))).toBe('SCOPE_MISSING');
  expect(await refusalOf(createBudget(needs, edge, { scope: { kind: 'REGISTRY' }, rule }))).toBe('SCOPE_MISSING');
  expect(await refusalOf(createBudget(needs, edge, { scope: { kind: 'TAG', tag: 'tiny' }, rule }))).toBe(
    'SCOPE_MISSING',
  );
  expect(await refusalOf(createBudget(needs, edge, ofModel('edge-1')))).toBe('done');
  const cloud = await createBudget(needs, approver, ofModel('cloud-1'));
  // What a token may not see is not there for it.
  expect(await refusalOf(updateBudget(needs, edge, { id: cloud.id, revision: 1, rule }))).toBe('BUDGET_NOT_FOUND');
  const seen = await listBudgets(needs, edge, { page: {} });
  expect(seen.edges.map(({ node }) => node.scope)).toEqual([{ kind: 'MODEL', model: 'edge-1' }]);
});

test('what cannot be a budget is refused with its code and leaves nothing', async () => {
  const { needs } = registry;
  const past = new Date('2020-01-01T00:00:00Z');
  const set = (draft: object) =>
    refusalOf(createBudget(needs, approver, { scope: { kind: 'MODEL', model: 'odd' }, rule: { ...rule, ...draft } }));
  expect(await set({ metric: 'WEIGHT' })).toBe('METRIC_INVALID');
  expect(await set({ max: null })).toBe('BUDGET_INVALID');
  expect(await set({ metric: 'STATE_BYTES', path: 'a[b' })).toBe('PATTERN_INVALID');
  expect(await set({ expiresAt: past })).toBe('INPUT_INVALID');
  expect(await refusalOf(createBudget(needs, approver, ofModel('Not A Name')))).toBe('NAME_INVALID');
  expect((await listBudgets(needs, approver, { where: { model: 'odd' }, page: {} })).edges).toEqual([]);
});

test('of one scope there are as many as a check can bear', async () => {
  const { needs } = registry;
  for (let count = 0; count < BUDGETS_MAX; count++) await createBudget(needs, approver, ofModel('full'));
  expect(await refusalOf(createBudget(needs, approver, ofModel('full')))).toBe('LIMIT_EXCEEDED');
  expect(await refusalOf(createBudget(needs, approver, ofModel('fuller')))).toBe('done');
});

test('all that hold for a model are listed with it, whatever their scope', async () => {
  const { needs, publisher } = registry;
  const model = await createModel(needs, publisher, { name: 'tagged', tags: ['tiny', 'voice'] });
  const other = await createModel(needs, publisher, { name: 'bare' });
  const tiny = await createBudget(needs, approver, { scope: { kind: 'TAG', tag: 'tiny' }, rule });
  await createBudget(needs, approver, { scope: { kind: 'TAG', tag: 'large' }, rule });
  const own = await createBudget(needs, approver, ofModel('tagged'));
  const everywhere = await createBudget(needs, approver, { scope: { kind: 'REGISTRY' }, rule });
  const pages = await listBudgetsOfModels(needs, [model.id, other.id], {});
  const ids = (id: string) => pages.get(id)?.edges.map(({ node }) => node.id);
  expect(ids(model.id)).toEqual([everywhere.id, own.id, tiny.id]);
  expect(ids(other.id)).toEqual([everywhere.id]);
});

const onServer = testServerUrl === undefined ? test.skip : test;
onServer('lists of budgets are read off an index', async () => {
  const { needs, url, reader } = registry;
  const plan = async (work: () => Promise<unknown>) => {
    const { statements } = await recordStatements(work);
    expect(statements).toHaveLength(1);
    return explain(url ?? '', statements[0] ?? { text: '', values: [] });
  };
  expect(await plan(() => listBudgets(needs, reader, { page: {} }))).toContain('budget_created_at_id_idx');
  const ofOne = await plan(() => listBudgets(needs, reader, { where: { model: 'full' }, page: {} }));
  expect(ofOne).toContain('budget_model_lower_created_at_id_idx');
  const model = await needs.database.model.findFirstOrThrow({ where: { name: 'tagged' } });
  const holding = await plan(() => listBudgetsOfModels(needs, [model.id], {}));
  for (const index of ['budget_scope_target_created_at_id_idx', 'budget_model_lower_created_at_id_idx']) {
    expect(holding).toContain(index);
  }
  for (const text of [ofOne, holding]) expect(text).not.toContain('Seq Scan on budget');
});

test('who may only publish does not take a model out of the budget of a tag', async () => {
  const { needs, publisher, admin } = registry;
  await createModel(needs, publisher, { name: 'escaping', tags: ['edge', 'speech'] });
  const { id } = await createBudget(needs, admin, { scope: { kind: 'TAG', tag: 'edge' }, rule });
  const tag = (as: Principal, tags: string[]) => refusalOf(updateModel(needs, as, { model: 'escaping', tags }));
  expect(await tag(publisher, ['edge', 'vad'])).toBe('done');
  expect(await tag(publisher, ['vad'])).toBe('SCOPE_MISSING');
  expect(await tag(admin, ['vad'])).toBe('done');
  expect(await tag(publisher, ['edge'])).toBe('done');
  await deleteBudget(needs, admin, { id, revision: 1 });
  expect(await tag(publisher, [])).toBe('done');
});
