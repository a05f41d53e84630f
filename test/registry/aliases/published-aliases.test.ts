// Aliases given with a publish: which of them move to the version, which are held, and what a move by hand is refused for.
import type { Principal } from '../../../src/core/principal.js';
import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { protectAlias, unprotectAlias } from '../../../src/registry/aliases/alias-protections.js';
import { approveCheck } from '../../../src/registry/checks/approvals.js';
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { checkVersion } from '../../../src/registry/checks/checks.js';
import { deleteModel } from '../../../src/registry/publish/models.js';
import { publishSampleWhole, type Sample } from '../../support/catalog.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
let approver: Principal;

beforeAll(async () => {
  registry = await openTestRegistry();
  approver = await registry.principal(['read', 'approve']);
});
afterAll(() => registry.close());

const publish = (model: string, modelParams: number, sample: Sample = {}) =>
  publishSampleWhole(registry.needs, registry.publisher, model, {
    seed: `${model} ${modelParams}`,
    inspection: { modelParams },
    ...sample,
  });
const limit = (model: string, rule: object) =>
  createBudget(registry.needs, approver, {
    scope: { kind: 'MODEL', model },
    rule: { metric: 'MODEL_PARAMS', ...rule },
  });
const heldNames = (published: { heldAliases: { name: string }[] }) => published.heldAliases.map(({ name }) => name);

async function aliasesOf(model: string): Promise<Record<string, number>> {
  const rows = await registry.needs.database.alias.findMany({
    where: { model: { name: model } },
    include: { version: true },
  });
  return Object.fromEntries(rows.map(({ name, version }) => [name, version.number]));
}

test('a failing version is kept and no alias moves to it, protected or not, new or not', async () => {
  const model = 'kept';
  await publish(model, 100, { aliases: ['staging'] });
  await limit(model, { max: 120 });
  const published = await publish(model, 130, { aliases: ['brand-new', 'staging'] });
  expect(published).toMatchObject({ version: { number: 2 }, unchanged: false, check: { conclusion: 'FAIL' } });
  const line = published.check?.line;
  expect(published.heldAliases).toEqual([
    { name: 'brand-new', line, isProtected: false },
    { name: 'staging', line, isProtected: false },
  ]);
  expect(await aliasesOf(model)).toEqual({ staging: 1 });
});

test('unchanged bytes follow the same rule, and approving lets the aliases move with them', async () => {
  const model = 'same-bytes';
  await publish(model, 100, { aliases: ['staging'] });
  await limit(model, { max: 120 });
  const { check } = await publish(model, 130);
  const again = await publish(model, 130, { aliases: ['staging', 'brand-new'] });
  expect([again.unchanged, heldNames(again)]).toEqual([true, ['brand-new', 'staging']]);
  await approveCheck(registry.needs, approver, { checkId: check?.id ?? '', reason: 'a larger vocabulary' });
  expect(heldNames(await publish(model, 130, { aliases: ['staging', 'brand-new'] }))).toEqual([]);
  expect(await aliasesOf(model)).toEqual({ staging: 2, 'brand-new': 2 });
});

test('an alias is judged against the version that it names, not against what was published in between', async () => {
  const model = 'creeping';
  await publish(model, 100, { aliases: ['staging'] });
  await limit(model, { maxIncreasePercent: 40 });
  expect((await publish(model, 130)).check?.conclusion).toBe('PASS');
  const third = await publish(model, 160, { aliases: ['staging'] });
  expect(third.check?.conclusion).toBe('PASS');
  expect(third.heldAliases).toMatchObject([
    { name: 'staging', line: expect.stringMatching(/\+60\.0 % on version 1/) as string },
  ]);
  const { needs, publisher } = registry;
  const check = await checkVersion(needs, publisher, { model, version: { number: 3 }, alias: 'staging' });
  expect(check.conclusion).toBe('FAIL');
  await approveCheck(needs, approver, { checkId: check.id, reason: 'two languages' });
  expect(heldNames(await publish(model, 160, { aliases: ['staging'] }))).toEqual([]);
  expect(await aliasesOf(model)).toEqual({ staging: 3 });
});

test('a new alias inherits nothing: what was over an absolute limit already is over it for the alias too', async () => {
  const model = 'inherited';
  await publish(model, 130);
  await limit(model, { max: 120 });
  const second = await publish(model, 130, { force: true, aliases: ['brand-new'] });
  expect(second.check).toMatchObject({ conclusion: 'WARN', findings: [{ reason: 'INHERITED' }] });
  expect(heldNames(second)).toEqual(['brand-new']);
  const { needs, publisher } = registry;
  const check = await checkVersion(needs, publisher, { model, version: { number: 2 }, alias: 'brand-new' });
  expect(check).toMatchObject({ conclusion: 'FAIL', findings: [{ reason: 'BROKEN', base: { number: null } }] });
  await approveCheck(needs, approver, { checkId: check.id, reason: 'it has been so large for a year' });
  expect(heldNames(await publish(model, 130, { aliases: ['brand-new'] }))).toEqual([]);
});

test('a new alias is not held for growth, which it has no version to compare with', async () => {
  const model = 'no-base';
  await limit(model, { maxIncreasePercent: 1 });
  expect(heldNames(await publish(model, 100, { aliases: ['first'] }))).toEqual([]);
  await publish(model, 90);
  expect(heldNames(await publish(model, 90, { force: true, aliases: ['second'] }))).toEqual([]);
});

test('moving it by hand afterwards is refused by protection alone', async () => {
  const model = 'by-hand';
  const { needs, publisher } = registry;
  await publish(model, 100, { aliases: ['staging', 'production'] });
  await limit(model, { max: 120 });
  await protectAlias(needs, approver, { model, alias: 'production' });
  await publish(model, 130, { aliases: ['staging', 'production'] });
  const move = (alias: string) => refusalOf(setAlias(needs, publisher, { model, alias, version: { number: 2 } }));
  expect([await move('staging'), await move('production')]).toEqual(['done', 'ALIAS_PROTECTED']);
});

test('a repeated request has the answer of the first, though the budgets changed meanwhile', async () => {
  const model = 'repeated';
  await publish(model, 100, { aliases: ['staging'] });
  await limit(model, { max: 120 });
  const request = { aliases: ['staging'], idempotencyKey: 'k' };
  const first = await publish(model, 130, request);
  await registry.needs.database.budget.updateMany({ where: { target: model }, data: { deletedAt: new Date() } });
  expect((await publish(model, 130, request)).heldAliases).toEqual(first.heldAliases);
});

test('with requirePass nothing is published of what fails, nor of what an alias could not move to', async () => {
  const model = 'required';
  await publish(model, 100, { aliases: ['staging'] });
  await limit(model, { maxIncreasePercent: 40 });
  expect(await refusalOf(publish(model, 150, { requirePass: true }))).toBe('CHECK_FAILED');
  await publish(model, 130);
  expect(await refusalOf(publish(model, 160, { requirePass: true, aliases: ['staging'] }))).toBe('CHECK_FAILED');
  expect(await registry.needs.database.version.count({ where: { modelName: model } })).toBe(2);
  expect((await publish(model, 160, { requirePass: true })).version.number).toBe(3);
});

test('with requirePass nothing is published that no limit was judged of, and the refusal says what to do', async () => {
  const versions = (modelName: string) => registry.needs.database.version.count({ where: { modelName } });
  const refused = (model: string, sample: Sample = {}) =>
    publish(model, 1, { requirePass: true, ...sample }).then(
      () => null,
      ({ code, message }: { code?: string; message: string }) => ({ code, message }),
    );
  expect(await refused('requierd')).toEqual({
    code: 'CHECK_SKIPPED',
    message:
      'nothing was published to "requierd": SKIPPED: no budget applies; there is no model "requierd" yet. Check the name, set a budget, or publish without requirePass (push without --check)',
  });
  expect(await registry.needs.database.model.count({ where: { name: 'requierd' } })).toBe(0);
  await publish('unlimited', 1);
  expect(await refused('unlimited', { force: true })).toMatchObject({
    code: 'CHECK_SKIPPED',
    message: expect.not.stringContaining('there is no model') as string,
  });
  expect(await refused('unlimited', { aliases: ['staging'] })).toMatchObject({ code: 'CHECK_SKIPPED' });
  expect(await versions('unlimited')).toBe(1);
  await limit('only-growth', { maxIncreasePercent: 40 });
  expect((await refused('only-growth'))?.message).toMatch(
    /no limit was judged \(no version to compare with\).*no model/,
  );
  await publish('only-growth', 1);
  // The bytes of the only version have grown by nothing.
  expect(await refused('only-growth', { aliases: ['staging'], force: false })).toBeNull();
});

test('a model that holds a protected alias is deleted once that is unprotected', async () => {
  const model = 'deleted';
  const { needs, admin } = registry;
  await publish(model, 100, { aliases: ['production'] });
  await protectAlias(needs, approver, { model, alias: 'production' });
  expect(await refusalOf(deleteModel(needs, admin, { model }))).toBe('ALIAS_PROTECTED');
  expect(await aliasesOf(model)).toEqual({ production: 1 });
  await unprotectAlias(needs, approver, { model, alias: 'production' });
  expect(await refusalOf(deleteModel(needs, admin, { model }))).toBe('done');
});

test('no new alias is called latest; one that is there from before goes on', async () => {
  const model = 'newest';
  const { needs, publisher } = registry;
  const { version } = await publish(model, 100);
  expect(await refusalOf(publish(model, 110, { aliases: ['latest'] }))).toBe('NAME_INVALID');
  expect(await refusalOf(setAlias(needs, publisher, { model, alias: 'latest', version: { number: 1 } }))).toBe(
    'NAME_INVALID',
  );
  expect(await refusalOf(protectAlias(needs, approver, { model, alias: 'latest' }))).toBe('NAME_INVALID');
  expect(await aliasesOf(model)).toEqual({});
  await needs.database.alias.create({ data: { modelId: version.modelId, versionId: version.id, name: 'latest' } });
  expect(await refusalOf(publish(model, 110, { aliases: ['latest'] }))).toBe('done');
  expect(await aliasesOf(model)).toEqual({ latest: 2 });
});
