// The audit reads what checks found: in the simple cases it says of a model what its check and its budgets say.
import type { AuditFlag, AuditQuestion } from '../../src/core/audit.js';
import type { BudgetRuleDraft } from '../../src/core/budget.js';
import { approveCheck } from '../../src/registry/checks/approvals.js';
import { listAudit } from '../../src/registry/audit/audit.js';
import { deleteBudget, createBudget, updateBudget } from '../../src/registry/checks/budgets.js';
import { loadConclusions, loadLatestChecks } from '../../src/registry/checks/check-reads.js';
import { checkVersion } from '../../src/registry/checks/checks.js';
import { createModel, updateModel } from '../../src/registry/publish/models.js';
import { publishSample } from '../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

const BUDGET_FLAGS: readonly AuditFlag[] = ['BUDGET_BROKEN', 'BUDGET_EXPIRED', 'BUDGET_ABSENT', 'UNCHECKED'];

const publish = (model: string, modelParams: number) =>
  publishSample(registry.needs, registry.publisher, model, { inspection: { modelParams }, force: true });
const budget = (model: string, rule: Partial<BudgetRuleDraft>) =>
  createBudget(registry.needs, registry.admin, {
    scope: { kind: 'MODEL', model },
    rule: { metric: 'MODEL_PARAMS', ...rule },
  });
const check = (model: string, number: number) =>
  checkVersion(registry.needs, registry.publisher, { model, version: { number } });

/** What the audit points out about budgets, and how many are broken; beside it what the last check concludes. */
async function said(model: string) {
  const { needs, admin } = registry;
  const question: AuditQuestion = {
    metric: 'MODEL_PARAMS',
    baseline: { kind: 'PREVIOUS' },
    where: { model: { name: { eq: model } } },
  };
  const row = (await listAudit(needs, admin, question, {})).edges[0]?.node;
  const versionId = row?.latest.versionId ?? '';
  const last = (await loadLatestChecks(needs, [versionId])).get(versionId);
  const conclusion = last && (await loadConclusions(needs, [last.id])).get(last.id);
  return [row?.flags.filter((flag) => BUDGET_FLAGS.includes(flag)), row?.brokenBudgets, conclusion];
}

test('a kept, a broken, an approved and a mended budget', async () => {
  const { needs, admin } = registry;
  const model = 'broken';
  const { id } = await budget(model, { max: 100 });
  await budget(model, { maxIncreasePercent: 10 });
  await publish(model, 100);
  expect(await said(model)).toEqual([[], 0, 'PASS']);
  await publish(model, 130);
  expect(await said(model)).toEqual([['BUDGET_BROKEN'], 2, 'FAIL']);
  const failed = await check(model, 2);
  await approveCheck(needs, admin, { checkId: failed.id, reason: 'test' });
  expect(await said(model)).toEqual([[], 0, 'APPROVED']);
  await updateBudget(needs, admin, { id, revision: 1, rule: { metric: 'MODEL_PARAMS', max: 50 } });
  expect((await said(model))[0]).toEqual(['UNCHECKED']);
  await check(model, 2);
  expect(await said(model)).toEqual([['BUDGET_BROKEN'], 1, 'FAIL']);
  await updateBudget(needs, admin, { id, revision: 2, rule: { metric: 'MODEL_PARAMS', max: 130 } });
  await check(model, 2);
  expect(await said(model)).toEqual([[], 0, 'APPROVED']);
});

test('what was over a budget before is over it still, and what only warns is not broken', async () => {
  await publish('inherited', 130);
  await budget('inherited', { max: 100 });
  await publish('inherited', 130);
  expect(await said('inherited')).toEqual([['BUDGET_BROKEN'], 1, 'WARN']);
  await budget('warned', { max: 100, level: 'WARN' });
  await publish('warned', 130);
  expect(await said('warned')).toEqual([[], 0, 'WARN']);
});

test('no budget, one that is off, one that has expired, one that is deleted', async () => {
  const { needs, admin } = registry;
  const model = 'absent';
  await publish(model, 1);
  expect(await said(model)).toEqual([['BUDGET_ABSENT'], 0, undefined]);
  const off = await budget(model, { max: 0, level: 'OFF' });
  await check(model, 1);
  expect(await said(model)).toEqual([['BUDGET_ABSENT'], 0, 'SKIPPED']);
  await deleteBudget(needs, admin, { id: off.id, revision: 1 });
  const short = await budget(model, { max: 0 });
  await check(model, 1);
  expect(await said(model)).toEqual([['BUDGET_BROKEN'], 1, 'FAIL']);
  await needs.database.budget.update({ where: { id: short.id }, data: { expiresAt: new Date() } });
  expect((await said(model))[0]).toEqual(['BUDGET_EXPIRED', 'BUDGET_ABSENT']);
  expect((await check(model, 1)).findings.map(({ reason }) => reason)).toEqual(['EXPIRED']);
  expect(await said(model)).toEqual([['BUDGET_EXPIRED', 'BUDGET_ABSENT'], 0, 'SKIPPED']);
  await deleteBudget(needs, admin, { id: short.id, revision: 1 });
  expect((await said(model))[0]).toEqual(['BUDGET_ABSENT']);
});

test('a budget of a tag holds for the models that have it, and for those alone', async () => {
  const { needs, admin, publisher } = registry;
  await createModel(needs, publisher, { name: 'tagged', tags: ['tiny'] });
  const rule = { metric: 'MODEL_PARAMS', max: 100 };
  await createBudget(needs, admin, { scope: { kind: 'TAG', tag: 'tiny' }, rule });
  await publish('tagged', 130);
  await publish('untagged', 130);
  expect(await said('tagged')).toEqual([['BUDGET_BROKEN'], 1, 'FAIL']);
  expect(await said('untagged')).toEqual([['BUDGET_ABSENT'], 0, undefined]);
  // The budget is older than the check, and holds only since the model has the tag.
  await check('untagged', 1);
  await updateModel(needs, publisher, { model: 'untagged', tags: ['tiny'] });
  expect(await said('untagged')).toEqual([['UNCHECKED'], 0, 'SKIPPED']);
  await check('untagged', 1);
  expect(await said('untagged')).toEqual([['BUDGET_BROKEN'], 1, 'FAIL']);
});
