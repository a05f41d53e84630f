// Approvals: what they cover, for how long, who may give them, and aliases that move by them.
import type { Principal } from '../../../src/core/principal.js';
import { deleteAlias, setAlias } from '../../../src/registry/aliases/aliases.js';
import { loadProtections } from '../../../src/registry/aliases/alias-protection-reads.js';
import { protectAlias, unprotectAlias } from '../../../src/registry/aliases/alias-protections.js';
import { approveCheck, revokeApproval } from '../../../src/registry/checks/approvals.js';
import { loadApprovalsOfChecks } from '../../../src/registry/checks/approval-reads.js';
import { listAudit } from '../../../src/registry/audit/audit.js';
import { deleteBudget, createBudget, updateBudget } from '../../../src/registry/checks/budgets.js';
import { loadConclusions } from '../../../src/registry/checks/check-reads.js';
import { checkVersion } from '../../../src/registry/checks/checks.js';
import { checkModel } from '../../../src/registry/publish/dry-checks.js';
import { withdrawVersion } from '../../../src/registry/publish/models.js';
import { listEvents } from '../../../src/registry/trail/trail-reads.js';
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
    inspection: { modelParams },
    force: true,
    ...sample,
  });
const approve = (checkId: string | undefined, more: object = {}) =>
  approveCheck(registry.needs, approver, { checkId: checkId ?? '', reason: 'a larger vocabulary', ...more });
const conclusion = async (checkId: string | undefined) =>
  (await loadConclusions(registry.needs, [checkId ?? ''])).get(checkId ?? '');

/** A model with one version that keeps to its limit of 100 and one that is 30 over it. */
async function broken(model: string, rule: object = { max: 100 }) {
  const scope = { kind: 'MODEL', model } as const;
  const budget = await createBudget(registry.needs, approver, { scope, rule: { metric: 'MODEL_PARAMS', ...rule } });
  await publish(model, 100);
  const { check, version } = await publish(model, 130);
  return { budget, check, version };
}

async function flagsOf(model: string) {
  const question = {
    metric: 'MODEL_PARAMS',
    baseline: { kind: 'PREVIOUS' },
    where: { model: { name: { eq: model } } },
  };
  const { edges } = await listAudit(registry.needs, registry.admin, question as Parameters<typeof listAudit>[2], {});
  return edges[0]?.node.flags;
}

test('an approval turns the check without an upload, and says who, why and until when', async () => {
  const { needs, reader } = registry;
  const { check } = await broken('turned');
  expect([check?.outcome, await conclusion(check?.id)]).toEqual(['FAIL', 'FAIL']);
  expect(await flagsOf('turned')).toContain('BUDGET_BROKEN');
  const until = new Date('2999-01-01T00:00:00Z');
  const approval = await approve(check?.id, { expiresAt: until });
  expect(approval).toMatchObject({ checkId: check?.id, approvedBy: 'read approve', expiresAt: until, revokedAt: null });
  expect(await conclusion(check?.id)).toBe('APPROVED');
  expect(await flagsOf('turned')).not.toContain('BUDGET_BROKEN');
  expect((await loadApprovalsOfChecks(needs, [check?.id ?? ''])).get(check?.id ?? '')).toEqual([approval]);
  const { edges } = await listEvents(needs, reader, { where: { modelName: { eq: 'turned' } }, page: { first: 1 } });
  expect(edges[0]?.node).toMatchObject({ action: 'CHECK_APPROVED', principal: 'read approve', versionNumber: 2 });
});

test('the same change published again stays approved, a smaller one too, a larger one does not', async () => {
  const { check, version } = await broken('again', { max: 100, baseline: { kind: 'VERSION', number: 1 } });
  await approve(check?.id);
  await registry.needs.database.version.update({ where: { id: version.id }, data: { withdrawnAt: new Date() } });
  expect((await publish('again', 130)).check).toMatchObject({ outcome: 'FAIL', conclusion: 'APPROVED' });
  await registry.needs.database.version.updateMany({
    where: { modelName: 'again', number: { gt: 1 } },
    data: { withdrawnAt: new Date() },
  });
  expect((await publish('again', 120)).check).toMatchObject({ outcome: 'FAIL', conclusion: 'APPROVED' });
  expect((await publish('again', 131)).check).toMatchObject({ outcome: 'FAIL', conclusion: 'FAIL' });
});

describe('growth over a version that failed', () => {
  const growing = (model: string, rule: object = {}) => broken(model, { maxIncreasePercent: 10, ...rule });
  const judged = async (model: string, modelParams: number) => {
    const { check } = await publish(model, modelParams);
    return check?.findings.map(({ outcome, reason, base }) => [outcome, reason, base.number, base.fallback])[0];
  };

  test('does not pass the second time: it is growth over the last version that kept the limit, and as old as it is', async () => {
    await growing('growth-twice');
    expect(await judged('growth-twice', 130)).toEqual(['WARN', 'INHERITED', 1, true]);
    expect(await judged('growth-twice', 130)).toEqual(['WARN', 'INHERITED', 1, true]);
    expect(await judged('growth-twice', 131)).toEqual(['FAIL', 'BROKEN', 1, true]);
    expect(await judged('growth-twice', 110)).toEqual(['PASS', 'WITHIN', 1, true]);
    expect(await judged('growth-twice', 120)).toEqual(['PASS', 'WITHIN', 6, false]);
  });

  test('says which version was passed over, and a pass does too', async () => {
    await growing('told');
    const { check } = await publish('told', 108);
    expect(check?.findings[0]?.base.why).toBe(
      'version 2 broke this limit, which nobody approved: the last version that kept it',
    );
    expect(check?.line).toBe(
      'PASS: 1 limit kept; compared with another base (version 2 broke this limit, which nobody approved: the last version that kept it)',
    );
  });

  test('is growth over that version once its failure is approved, as long as the approval holds', async () => {
    const { check } = await growing('accepted');
    const approval = await approve(check?.id);
    expect(await judged('accepted', 140)).toEqual(['PASS', 'WITHIN', 2, false]);
    await revokeApproval(registry.needs, approver, { id: approval.id });
    expect(await judged('accepted', 145)).toEqual(['PASS', 'WITHIN', 3, false]);
    const open = await growing('accepted-late');
    expect(await judged('accepted-late', 130)).toEqual(['WARN', 'INHERITED', 1, true]);
    await approve(open.check?.id);
    expect(await judged('accepted-late', 140)).toEqual(['PASS', 'WITHIN', 3, false]);
  });

  test('is not cleaned by another check of that version, such as one for an alias that is there', async () => {
    const { needs, publisher } = registry;
    await growing('cleaned');
    await setAlias(needs, publisher, { model: 'cleaned', alias: 'mine', version: { number: 2 } });
    const again = await checkVersion(needs, publisher, { model: 'cleaned', version: { number: 2 }, alias: 'mine' });
    expect(again.outcome).toBe('PASS');
    expect(await judged('cleaned', 130)).toEqual(['WARN', 'INHERITED', 1, true]);
  });

  test('is as before for an alias that is missing, for a budget that only warns, and for another limit that was broken', async () => {
    await growing('aliased', { baseline: { kind: 'ALIAS', alias: 'missing' } });
    expect(await judged('aliased', 130)).toEqual(['WARN', 'INHERITED', 1, true]);
    await growing('warned', { level: 'WARN' });
    expect(await judged('warned', 130)).toEqual(['PASS', 'WITHIN', 2, false]);
    await broken('other-limit');
    await createBudget(registry.needs, approver, {
      scope: { kind: 'MODEL', model: 'other-limit' },
      rule: { metric: 'MODEL_PARAMS', maxIncreasePercent: 10 },
    });
    const { check } = await publish('other-limit', 130);
    expect(check?.findings.map(({ reason, base }) => [reason, base.number])).toContainEqual(['WITHIN', 2]);
  });

  test('is what a dry check says of the bytes too', async () => {
    const { needs, publisher } = registry;
    await growing('dry-growth');
    const { version } = await publish('dry-growth-bytes', 130);
    const dry = await checkModel(needs, publisher, { model: 'dry-growth', digest: version.artifactDigest });
    expect(dry.findings).toMatchObject([{ reason: 'INHERITED', base: { number: 1 } }]);
  });
});

test('a change in another context is not approved: another limit, another base, another model', async () => {
  const { needs, publisher } = registry;
  const { check, budget } = await broken('context', { max: 100, baseline: { kind: 'VERSION', number: 1 } });
  await approve(check?.id);
  const again = () => checkVersion(needs, publisher, { model: 'context', version: { number: 2 } });
  expect((await again()).conclusion).toBe('APPROVED');
  await updateBudget(needs, approver, { id: budget.id, revision: 1, rule: { metric: 'MODEL_PARAMS', max: 99 } });
  expect((await again()).conclusion).toBe('FAIL');
  const grown = await broken('context-grown', { maxIncreasePercent: 10 });
  await approve(grown.check?.id);
  expect(await conclusion(grown.check?.id)).toBe('APPROVED');
  await publish('context-grown', 50);
  // 130 was approved over 100, not over 50.
  expect((await publish('context-grown', 130)).check?.conclusion).toBe('FAIL');
  expect((await broken('context-other')).check?.conclusion).toBe('FAIL');
});

test('a figure that is not known is approved for the same bytes alone: other bytes may hide more', async () => {
  const { needs, publisher } = registry;
  const model = 'hidden';
  const scope = { kind: 'MODEL', model } as const;
  await createBudget(needs, approver, { scope, rule: { metric: 'TOTAL_BYTE_SIZE', max: 1_000_000 } });
  const naming = (claimedBytes: number) => ({
    seed: `hidden ${claimedBytes}`,
    inspection: { externalData: [{ location: 'weights.bin', claimedBytes, byteSize: null, unclaimedBytes: null }] },
    force: true,
  });
  const { check } = await publishSampleWhole(needs, publisher, model, naming(32));
  expect(check?.findings[0]).toMatchObject({ outcome: 'FAIL', reason: 'UNVERIFIABLE', value: null });
  await approve(check?.id);
  expect((await publishSampleWhole(needs, publisher, model, naming(32))).check?.conclusion).toBe('APPROVED');
  expect((await publishSampleWhole(needs, publisher, model, naming(96_000_000_000))).check?.conclusion).toBe('FAIL');
});

test('an approval ends when it expires and when it is revoked; revoking it twice is no error', async () => {
  const { needs } = registry;
  const { check } = await broken('ended');
  const first = await approve(check?.id, { expiresAt: new Date(Date.now() + 3_600_000) });
  await needs.database.approval.update({ where: { id: first.id }, data: { expiresAt: new Date() } });
  expect(await conclusion(check?.id)).toBe('FAIL');
  const second = await approve(check?.id);
  expect(await conclusion(check?.id)).toBe('APPROVED');
  const revoked = await revokeApproval(needs, approver, { id: second.id });
  expect(revoked).toMatchObject({ revokedBy: 'read approve' });
  expect(await revokeApproval(needs, approver, { id: second.id })).toEqual(revoked);
  expect(await conclusion(check?.id)).toBe('FAIL');
});

test('of two approvals at once one is taken', async () => {
  const { check } = await broken('at-once');
  const outcomes = await Promise.all([
    refusalOf(approve(check?.id)),
    refusalOf(approve(check?.id)),
    refusalOf(approve(check?.id)),
  ]);
  expect(outcomes.sort()).toEqual(['APPROVAL_EXISTS', 'APPROVAL_EXISTS', 'done']);
});

test('what cannot be approved is refused with its code', async () => {
  const { needs, publisher, reader } = registry;
  const { check } = await broken('refused');
  const passed = await checkVersion(needs, publisher, { model: 'refused', version: { number: 1 } });
  const narrow = await registry.principal(['approve'], 'other-*');
  const as = (principal: Principal) =>
    refusalOf(approveCheck(needs, principal, { checkId: check?.id ?? '', reason: 'x' }));
  expect(await as(publisher)).toBe('SCOPE_MISSING');
  expect(await as(reader)).toBe('SCOPE_MISSING');
  expect(await as(narrow)).toBe('CHECK_NOT_FOUND');
  expect(await refusalOf(approve('0198a4a0-0000-7000-8000-000000000000'))).toBe('CHECK_NOT_FOUND');
  expect(await refusalOf(approve(passed.id))).toBe('CHECK_NOT_FAILED');
  expect(await refusalOf(approve(check?.id, { reason: '  ' }))).toBe('INPUT_INVALID');
  expect(await refusalOf(approve(check?.id, { expiresAt: new Date('2020-01-01T00:00:00Z') }))).toBe('INPUT_INVALID');
  const unknown = { id: '0198a4a0-0000-7000-8000-000000000000' };
  expect(await refusalOf(revokeApproval(needs, approver, unknown))).toBe('APPROVAL_NOT_FOUND');
});

test('where others must approve, the token that published the version may not, whatever it is called and whoever asked for the check', async () => {
  const needs = { ...registry.needs, approvalsBy: 'OTHERS' as const };
  const both = await registry.principal(['publish', 'approve']);
  const model = 'four-eyes';
  await createBudget(needs, both, { scope: { kind: 'MODEL', model }, rule: { metric: 'MODEL_PARAMS', max: 100 } });
  const { check } = await publishSampleWhole(needs, both, model, { inspection: { modelParams: 130 } });
  const asked = await checkVersion(needs, registry.publisher, { model, version: { number: 1 } });
  const as = (principal: Principal, checkId: string | undefined) =>
    refusalOf(approveCheck(needs, principal, { checkId: checkId ?? '', reason: 'it is fine' }));
  expect(await as(both, check?.id)).toBe('APPROVAL_NOT_OWN');
  expect(await as(both, asked.id)).toBe('APPROVAL_NOT_OWN');
  expect(await as({ ...both, name: 'renamed' }, check?.id)).toBe('APPROVAL_NOT_OWN');
  // From before ids were kept the name says who it was.
  await needs.database.version.updateMany({ where: { modelName: model }, data: { publishedById: null } });
  expect(await as(both, check?.id)).toBe('APPROVAL_NOT_OWN');
  expect(await as(approver, check?.id)).toBe('done');
  expect(await conclusion(asked.id)).toBe('APPROVED');
});

describe('a protected alias', () => {
  const move = (model: string, number: number) =>
    refusalOf(setAlias(registry.needs, registry.publisher, { model, alias: 'production', version: { number } }));

  test('does not move to a version whose check fails, until that is approved', async () => {
    const { needs } = registry;
    const { check } = await broken('guarded');
    expect(await move('guarded', 1)).toBe('done');
    await protectAlias(needs, approver, { model: 'guarded', alias: 'production' });
    expect(await move('guarded', 2)).toBe('ALIAS_PROTECTED');
    await approve(check?.id);
    expect(await move('guarded', 2)).toBe('done');
    const { edges } = await listEvents(needs, registry.reader, {
      where: { modelName: { eq: 'guarded' }, alias: { eq: 'production' } },
      page: {},
    });
    expect(edges.map(({ node }) => node.action)).toEqual(['ALIAS_SET', 'ALIAS_PROTECTED', 'ALIAS_SET']);
  });

  test('is judged by the budgets of the moment, not by an older check', async () => {
    const { needs } = registry;
    const model = 'moment';
    await publish(model, 130);
    await protectAlias(needs, approver, { model, alias: 'production' });
    expect(await move(model, 1)).toBe('done');
    await publish(model, 140);
    const scope = { kind: 'MODEL', model } as const;
    const rule = { metric: 'MODEL_PARAMS', max: 130 };
    const { id } = await createBudget(needs, approver, { scope, rule });
    expect(await move(model, 2)).toBe('ALIAS_PROTECTED');
    await updateBudget(needs, approver, { id, revision: 1, rule: { ...rule, max: 140 } });
    expect(await move(model, 2)).toBe('done');
  });

  test('inherits nothing from what was published in between, nor by being deleted first', async () => {
    const { needs, publisher } = registry;
    const model = 'twice';
    const { check } = await broken(model);
    expect(await move(model, 1)).toBe('done');
    await protectAlias(needs, approver, { model, alias: 'production' });
    const again = await publish(model, 130);
    expect(again.check).toMatchObject({ outcome: 'WARN', findings: [{ reason: 'INHERITED' }] });
    expect(await flagsOf(model)).toContain('BUDGET_BROKEN');
    expect(await move(model, 3)).toBe('ALIAS_PROTECTED');
    await deleteAlias(needs, publisher, { model, alias: 'production' });
    expect(await move(model, 3)).toBe('ALIAS_PROTECTED');
    await approve(check?.id);
    expect(await move(model, 3)).toBe('done');
    expect(await flagsOf(model)).not.toContain('BUDGET_BROKEN');
  });

  test('is held against where it stood when that version is withdrawn', async () => {
    const { needs, publisher } = registry;
    const model = 'withdrawn-base';
    await broken(model, { maxIncreasePercent: 20, baseline: { kind: 'FIRST' } });
    expect(await move(model, 1)).toBe('done');
    await protectAlias(needs, approver, { model, alias: 'production' });
    await withdrawVersion(needs, publisher, { model, version: { number: 1 }, reason: 'it was the first' });
    expect(await move(model, 2)).toBe('ALIAS_PROTECTED');
  });

  test('goes back to where it stood', async () => {
    const { needs, admin } = registry;
    const model = 'back';
    await createBudget(needs, admin, {
      scope: { kind: 'MODEL', model },
      rule: { metric: 'MODEL_PARAMS', maxIncreasePercent: 20 },
    });
    await publish(model, 200);
    expect(await move(model, 1)).toBe('done');
    await protectAlias(needs, approver, { model, alias: 'production' });
    await publish(model, 100);
    expect(await move(model, 2)).toBe('done');
    expect(await move(model, 1)).toBe('done');
  });

  test('that never stood anywhere is not placed past a failure that nobody approved', async () => {
    const { needs } = registry;
    const model = 'first-place';
    const { check } = await broken(model, { maxIncreasePercent: 20 });
    await protectAlias(needs, approver, { model, alias: 'production' });
    expect((await publish(model, 130)).check?.outcome).toBe('WARN');
    expect(await move(model, 3)).toBe('ALIAS_PROTECTED');
    await approve(check?.id);
    expect(await move(model, 3)).toBe('done');
  });

  test('stays while a growth limit cannot be judged, since the base was read by another inspection version', async () => {
    const { needs } = registry;
    const model = 'reread';
    await broken(model, { maxIncreasePercent: 50 });
    expect(await move(model, 1)).toBe('done');
    await protectAlias(needs, approver, { model, alias: 'production' });
    await needs.database.version.updateMany({ where: { modelName: model, number: 1 }, data: { inspectionVersion: 1 } });
    expect(await move(model, 2)).toBe('ALIAS_PROTECTED');
  });

  test('takes no small steps that are a large one together, until that is approved', async () => {
    const { needs, publisher } = registry;
    const model = 'creeping';
    await broken(model, { maxIncreasePercent: 40 });
    expect(await move(model, 1)).toBe('done');
    await protectAlias(needs, approver, { model, alias: 'production' });
    expect((await publish(model, 160)).check?.outcome).toBe('PASS');
    expect(await move(model, 3)).toBe('ALIAS_PROTECTED');
    const check = await checkVersion(needs, publisher, { model, version: { number: 3 }, alias: 'production' });
    const base = { number: 1, kind: 'PREVIOUS', why: 'the version where the alias stands' };
    expect(check).toMatchObject({ outcome: 'FAIL', findings: [{ base, delta: 60 }] });
    await approve(check.id);
    expect(await move(model, 3)).toBe('done');
  });

  test('stays where it was when a failing version is published with it, and the answer says so, also when repeated', async () => {
    const { needs, publisher } = registry;
    const model = 'held';
    const scope = { kind: 'MODEL', model } as const;
    await createBudget(needs, approver, { scope, rule: { metric: 'MODEL_PARAMS', max: 100 } });
    await publish(model, 100, { aliases: ['production', 'beta'] });
    await protectAlias(needs, approver, { model, alias: 'production' });
    const sample = {
      inspection: { modelParams: 130 },
      seed: 'held',
      aliases: ['production', 'beta'],
      idempotencyKey: 'k',
    };
    const published = await publishSampleWhole(needs, publisher, model, sample);
    expect(published).toMatchObject({
      heldAliases: ['beta', 'production'].map((name) => ({ name, line: published.check?.line })),
      check: { outcome: 'FAIL' },
      version: { number: 2 },
    });
    const { check, heldAliases, version } = await publishSampleWhole(needs, publisher, model, sample);
    expect({ check, heldAliases, version }).toEqual({
      check: published.check,
      heldAliases: published.heldAliases,
      version: published.version,
    });
    const aliases = await needs.database.alias.findMany({
      where: { model: { name: model } },
      include: { version: true },
    });
    expect(Object.fromEntries(aliases.map(({ name, version }) => [name, version.number]))).toEqual({
      production: 1,
      beta: 1,
    });
    const { edges } = await listEvents(needs, registry.reader, {
      where: { modelName: { eq: model }, action: { eq: 'ALIAS_HELD' } },
      page: {},
    });
    expect(edges.map(({ node }) => [node.alias, node.versionNumber]).sort()).toEqual([
      ['beta', 2],
      ['production', 2],
    ]);
    // The same bytes again make no version; once approved the alias moves with them.
    const again = { ...sample, idempotencyKey: 'other' };
    expect(await publishSampleWhole(needs, publisher, model, again)).toMatchObject({
      ...{
        unchanged: true,
        heldAliases: [{ name: 'beta' }, { name: 'production' }],
        check: { id: published.check?.id, conclusion: 'FAIL' },
      },
    });
    await approve(published.check?.id);
    expect(await publishSampleWhole(needs, publisher, model, { ...sample, idempotencyKey: 'third' })).toMatchObject({
      ...{ unchanged: true, heldAliases: [], check: { id: published.check?.id, conclusion: 'APPROVED' } },
    });
  });

  test('stays with the reason beside an older PASS, and the repeated request has the same answer', async () => {
    const { needs, publisher } = registry;
    const model = 'older';
    const setMax = (max: number) =>
      createBudget(needs, approver, { scope: { kind: 'MODEL', model }, rule: { metric: 'MODEL_PARAMS', max } });
    await setMax(100);
    await publish(model, 40, { aliases: ['production'] });
    await protectAlias(needs, approver, { model, alias: 'production' });
    const sample = { inspection: { modelParams: 90 }, seed: 'older' };
    expect((await publishSampleWhole(needs, publisher, model, sample)).check?.conclusion).toBe('PASS');
    const { id } = await setMax(50);
    const moving = { ...sample, aliases: ['production'], idempotencyKey: 'k' };
    const line = expect.stringMatching(/^FAIL: MODEL_PARAMS is 90 params, 40 over the limit of 50/) as string;
    for (const _time of ['first', 'repeated']) {
      expect(await publishSampleWhole(needs, publisher, model, moving)).toMatchObject({
        unchanged: true,
        check: { conclusion: 'PASS' },
        heldAliases: [{ name: 'production', line }],
      });
    }
    await deleteBudget(needs, approver, { id, revision: 1 });
    expect((await publishSampleWhole(needs, publisher, model, moving)).heldAliases).toEqual([
      { name: 'production', line, isProtected: true },
    ]);
  });

  test('is protected and freed by who may approve; doing so twice is no error', async () => {
    const { needs, publisher } = registry;
    await publish('names', 1);
    const named = { model: 'names', alias: 'live' };
    expect(await refusalOf(protectAlias(needs, publisher, named))).toBe('SCOPE_MISSING');
    expect(await refusalOf(protectAlias(needs, approver, { model: 'nowhere', alias: 'live' }))).toBe('MODEL_NOT_FOUND');
    expect(await refusalOf(protectAlias(needs, approver, { model: 'names', alias: '12' }))).toBe('NAME_INVALID');
    const protection = await protectAlias(needs, approver, named);
    expect(await protectAlias(needs, approver, named)).toEqual(protection);
    const { id } = await needs.database.model.findFirstOrThrow({ where: { name: 'names' } });
    expect((await loadProtections(needs, [id])).get(id)).toEqual([protection]);
    expect(await refusalOf(unprotectAlias(needs, publisher, named))).toBe('SCOPE_MISSING');
    expect(await unprotectAlias(needs, approver, named)).toBe('live');
    expect(await unprotectAlias(needs, approver, named)).toBe('live');
    expect((await loadProtections(needs, [id])).get(id)).toEqual([]);
  });
});
