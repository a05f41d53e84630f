// Names that people have: capitals are kept and mean nothing, a namespace is part of the name, and rights know both.
import { WeighbridgeError } from '../../../src/core/errors.js';
import { findVersionsAt, listAliasMoves } from '../../../src/registry/aliases/alias-move-reads.js';
import { protectAlias } from '../../../src/registry/aliases/alias-protections.js';
import { setAlias } from '../../../src/registry/aliases/aliases.js';
import { findArtifacts } from '../../../src/registry/artifacts/artifact-reads.js';
import { listAudit } from '../../../src/registry/audit/audit.js';
import { findModel, listModels } from '../../../src/registry/catalog/model-reads.js';
import { findVersion, listVersions } from '../../../src/registry/catalog/version-reads.js';
import { approveCheck } from '../../../src/registry/checks/approvals.js';
import { listBudgets, listBudgetsOfModels } from '../../../src/registry/checks/budget-reads.js';
import { BUDGETS_MAX, createBudget, updateBudget } from '../../../src/registry/checks/budgets.js';
import { checkVersion } from '../../../src/registry/checks/checks.js';
import { createModel, deleteModel, updateModel } from '../../../src/registry/publish/models.js';
import { checkTrail } from '../../../src/registry/trail/trail-check.js';
import { listEvents, listEventsOfModels } from '../../../src/registry/trail/trail-reads.js';
import { publishSample, publishSampleWhole, type Sample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

const publish = (model: string, sample: Sample = {}) =>
  publishSampleWhole(registry.needs, registry.publisher, model, sample);
const refusal = (code: string) => expect.objectContaining({ constructor: WeighbridgeError, code }) as unknown;
const eventsOf = async (model: string) => {
  const pages = await listEventsOfModels(registry.needs, registry.admin, [model], { page: { first: 100 } });
  return (pages.get(model)?.edges ?? []).map(({ node }) => `${node.modelName} ${node.action}`).reverse();
};

describe('case', () => {
  it('is kept as it was written, and makes no difference to who looks', async () => {
    const { needs, reader } = registry;
    const made = await publish('Org/DTLN', { aliases: ['production'] });
    expect(made.version.modelName).toBe('Org/DTLN');
    for (const name of ['Org/DTLN', 'org/dtln', 'ORG/DTLN']) {
      expect((await findModel(needs, reader, name))?.name).toBe('Org/DTLN');
      for (const ref of [{ number: 1 }, { alias: 'production' }, { digest: made.version.artifactDigest }]) {
        expect((await findVersion(needs, reader, name, ref))?.id).toBe(made.version.id);
      }
    }
    for (const other of ['dtln', 'org', 'org/dtln2', 'org\\dtln', 'org/dtln\0', '\u212aorg/dtln']) {
      expect(await findModel(needs, reader, other)).toBeNull();
    }
    const again = await publish('oRG/dtln', { aliases: ['next'] });
    expect(again).toMatchObject({ modelCreated: false, version: { number: 2, modelName: 'Org/DTLN' } });
    await updateModel(needs, registry.publisher, { model: 'org/DTLN', description: 'suppresses noise' });
    await setAlias(needs, registry.publisher, { model: 'org/dtln', alias: 'next', version: { number: 1 } });
    expect(await eventsOf('Org/DTLN')).toEqual([
      'Org/DTLN MODEL_CREATED',
      'Org/DTLN VERSION_PUBLISHED',
      'Org/DTLN ALIAS_SET',
      'Org/DTLN VERSION_PUBLISHED',
      'Org/DTLN ALIAS_SET',
      'Org/DTLN MODEL_UPDATED',
      'Org/DTLN ALIAS_SET',
    ]);
  });

  it('makes one model of ten that are made at once, and the others are told how it is written', async () => {
    const { needs, publisher } = registry;
    const names = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? 'Made-Once' : 'made-once'));
    const made = await Promise.allSettled(names.map((name) => createModel(needs, publisher, { name })));
    const [one, ...none] = made.filter((outcome) => outcome.status === 'fulfilled');
    expect(none).toEqual([]);
    const { name } = one!.value;
    const refused = made.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as Error);
    expect(refused).toEqual(Array(9).fill(refusal('MODEL_EXISTS')));
    expect(refused[0]?.message).toContain(`"${name}"`);
  });

  it('makes one model of versions that are published at once, without a gap', async () => {
    const names = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? 'Published' : 'PUBLISHED'));
    const made = await Promise.all(names.map((name) => publish(name)));
    expect(made.map(({ version }) => version.number).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(made.map(({ version }) => version.modelName)).size).toBe(1);
    expect(made.filter(({ modelCreated }) => modelCreated)).toHaveLength(1);
  });

  it('is that of the model which returns, while numbers and history go on', async () => {
    const { needs, admin, reader } = registry;
    await publish('Returns', { aliases: ['production'] });
    await publish('Returns', { aliases: ['production'] });
    const between = new Date();
    await deleteModel(needs, admin, { model: 'returns' });
    const { version } = await publish('returns', { aliases: ['production'] });
    expect(version).toMatchObject({ number: 3, modelName: 'returns' });
    expect(await eventsOf('returns')).toEqual([
      'Returns MODEL_CREATED',
      'Returns VERSION_PUBLISHED',
      'Returns ALIAS_SET',
      'Returns VERSION_PUBLISHED',
      'Returns ALIAS_SET',
      'Returns MODEL_DELETED',
      'Returns ALIAS_DELETED',
      'returns MODEL_CREATED',
      'returns VERSION_PUBLISHED',
      'returns ALIAS_SET',
    ]);
    const moves = (await listAliasMoves(needs, ['returns'], { page: {} })).get('returns');
    expect(moves?.edges.map(({ node }) => node.toNumber)).toEqual([3, null, 2, 1]);
    const asked = { alias: 'production', at: new Date() };
    expect((await findVersionsAt(needs, reader, ['returns'], asked)).get('returns')?.number).toBe(3);
    // What it named then went with its model.
    expect((await findVersionsAt(needs, reader, ['returns'], { ...asked, at: between })).size).toBe(0);
  });

  it('makes no other request of one under the same idempotency key', async () => {
    const first = await publish('Keyed', { seed: 'keyed', idempotencyKey: 'once' });
    const again = await publish('KEYED', { seed: 'keyed', idempotencyKey: 'once' });
    expect(again.version.id).toBe(first.version.id);
    await expect(publish('keyed', { seed: 'other', idempotencyKey: 'once' })).rejects.toEqual(
      refusal('IDEMPOTENCY_CONFLICT'),
    );
  });

  it('makes no difference to filters, and none to the order of names', async () => {
    const { needs, reader } = registry;
    for (const name of ['Sort/b', 'sort/A', 'sort/c']) await publish(name);
    const names = async (name: object) => {
      const { edges } = await listModels(needs, reader, { where: { name }, page: { first: 100 } });
      return edges.map(({ node }) => node.name);
    };
    const sorted = ['sort/A', 'Sort/b', 'sort/c'];
    expect(await names({ startsWith: 'SORT/' })).toEqual(sorted);
    expect(await names({ contains: 'Ort/' })).toEqual(sorted);
    expect(await names({ glob: 'S?RT/*' })).toEqual(sorted);
    expect(await names({ in: ['SORT/B', 'sort/a'] })).toEqual(['sort/A', 'Sort/b']);
    expect(await names({ eq: 'SORT/C' })).toEqual(['sort/c']);
    const after = await listModels(needs, reader, { where: { name: { glob: 'sort/*' } }, page: { first: 1 } });
    const page = { first: 5, after: after.edges[0]!.cursor };
    const rest = await listModels(needs, reader, { where: { name: { glob: 'sort/*' } }, page });
    expect(rest.edges.map(({ node }) => node.name)).toEqual(['Sort/b', 'sort/c']);
    const versions = await listVersions(needs, reader, {
      where: { modelName: { glob: 'sort/*' } },
      orderBy: { field: 'MODEL_NAME', direction: 'DESC' },
      page: {},
    });
    expect(versions.edges.map(({ node }) => node.modelName)).toEqual(sorted.toReversed());
    const events = await listEvents(needs, registry.admin, {
      where: { modelName: { eq: 'SORT/A' }, action: { eq: 'MODEL_CREATED' } },
      page: {},
    });
    expect(events.edges).toHaveLength(1);
  });
});

describe('budgets', () => {
  const rule = { metric: 'MODEL_PARAMS', max: 100 };

  it('hold for their model in whatever case they name it, before it is there and after', async () => {
    const { needs, reader, admin } = registry;
    const early = await createBudget(needs, admin, { scope: { kind: 'MODEL', model: 'budgets/HOLD' }, rule });
    const { version, check } = await publish('Budgets/Hold', { inspection: { modelParams: 130 } });
    expect(check?.outcome).toBe('FAIL');
    const late = await createBudget(needs, admin, { scope: { kind: 'MODEL', model: 'BUDGETS/hold' }, rule });
    expect(late.scope).toEqual({ kind: 'MODEL', model: 'Budgets/Hold' });
    const changed = await updateBudget(needs, admin, { id: early.id, revision: 1, rule: { ...rule, max: 120 } });
    expect(changed.scope).toEqual({ kind: 'MODEL', model: 'Budgets/Hold' });
    const listed = await listBudgets(needs, reader, { where: { model: 'budgets/hold' }, page: {} });
    expect(listed.edges).toHaveLength(2);
    const held = await listBudgetsOfModels(needs, [version.modelId], {});
    expect(held.get(version.modelId)?.edges).toHaveLength(2);
    const again = await checkVersion(needs, admin, { model: 'BUDGETS/HOLD', version: { number: 1 } });
    expect(again.findings).toHaveLength(2);
    expect(again.modelName).toBe('Budgets/Hold');
    await approveCheck(needs, admin, { checkId: again.id, reason: 'as it is' });
    const audit = await listAudit(
      needs,
      reader,
      { metric: 'MODEL_PARAMS', baseline: { kind: 'PREVIOUS' }, where: { model: { name: { eq: 'BUDGETS/hold' } } } },
      {},
    );
    expect(audit.edges.map(({ node }) => [node.modelName, node.budgets, node.brokenBudgets])).toEqual([
      ['Budgets/Hold', 2, 0],
    ]);
  });

  it('are as many as they are, not as many again in capitals', async () => {
    const { needs, admin } = registry;
    const set = (model: string) => createBudget(needs, admin, { scope: { kind: 'MODEL', model }, rule });
    for (let at = 0; at < BUDGETS_MAX; at += 1) await set(at % 2 === 0 ? 'many' : 'MANY');
    await expect(set('Many')).rejects.toEqual(refusal('LIMIT_EXCEEDED'));
  });

  it('hold a protected alias, in whatever case its model is named', async () => {
    const { needs, admin, publisher } = registry;
    await publish('Guarded', { aliases: ['production'], inspection: { modelParams: 90 } });
    await protectAlias(needs, admin, { model: 'GUARDED', alias: 'production' });
    await publish('guarded', { inspection: { modelParams: 130 } });
    await createBudget(needs, admin, { scope: { kind: 'MODEL', model: 'guarded' }, rule });
    const move = (number: number) =>
      setAlias(needs, publisher, { model: 'gUARDED', alias: 'production', version: { number } });
    await expect(move(2)).rejects.toEqual(refusal('ALIAS_PROTECTED'));
  });
});

describe('rights', () => {
  it('go by the name without regard to case, and a star stays within its part', async () => {
    const { needs } = registry;
    const team = await registry.principal(['read', 'publish'], 'Team-*');
    const namespace = await registry.principal(['read', 'publish'], 'team/*');
    const plain = await registry.principal(['read'], '**');
    const { artifactDigest } = await publishSample(needs, team, 'team-A', { seed: 'seen by the team' });
    const { artifactDigest: hidden } = await publishSample(needs, namespace, 'Team/A', { seed: 'hidden' });
    await expect(publishSample(needs, team, 'team-a/b')).rejects.toEqual(refusal('SCOPE_MISSING'));
    await expect(publishSample(needs, namespace, 'teams')).rejects.toEqual(refusal('SCOPE_MISSING'));
    const seenBy = async (principal: typeof team) => {
      const where = { name: { startsWith: 'team' } };
      const { edges } = await listModels(needs, principal, { where, page: {} });
      return edges.map(({ node }) => node.name);
    };
    expect(await seenBy(team)).toEqual(['team-A']);
    expect(await seenBy(namespace)).toEqual(['Team/A']);
    expect(await seenBy(plain)).toEqual(['team-A']);
    expect(await seenBy(registry.reader)).toEqual(['team-A', 'Team/A']);
    const both = [artifactDigest, hidden];
    const digests = async (principal: typeof team) =>
      (await findArtifacts(needs, principal, both)).map(({ digest }) => digest);
    expect(await digests(plain)).toEqual([artifactDigest]);
    expect(await digests(await registry.principal(['read'], 'TEAM/a'))).toEqual([hidden]);
    expect(await findModel(needs, plain, 'team/a')).toBeNull();
  });
});

it('the trail of all of this is as it was written', async () => {
  expect(await checkTrail(registry.needs, registry.admin, {})).toMatchObject({ findings: [], next: null });
});
