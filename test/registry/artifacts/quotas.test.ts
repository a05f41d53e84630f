// Quotas hold exactly, whoever publishes beside whom, and what is used is what counting anew finds, whatever happened.
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import fc from 'fast-check';
import { fillWithDrift } from '../../../bench/audit-data.mjs';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { collectGarbage } from '../../../src/registry/artifacts/gc.js';
import { listQuotas } from '../../../src/registry/artifacts/quota-reads.js';
import { removeQuota, setQuota } from '../../../src/registry/artifacts/quotas.js';
import { deleteModel, restoreVersion, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishUpload, publishVersion } from '../../../src/registry/publish/publish.js';
import { publishSample } from '../../support/catalog.js';
import { blobPath } from '../../support/damage.js';
import { externalModels } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';
import { explain, recordStatements } from '../../support/statements.js';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const small = (seed: number) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });
const SIZE = small(1).length;
const DAYS_AGO = new Date(Date.now() - 10 * 24 * 3_600_000);

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry.close());

const publish = (model: string, bytes: Uint8Array, more: object = {}) =>
  publishUpload(registry.needs, registry.publisher, { model, body: once(bytes), force: true, ...more });
const upload = (bytes: Uint8Array, more: object = {}) =>
  storeArtifact(registry.needs, registry.publisher, { digest: digestOf(bytes), body: once(bytes), ...more });
const set = (models: string, maxBytes: number) => setQuota(registry.needs, registry.admin, { models, maxBytes });
const quotas = async (principal = registry.admin) =>
  (await listQuotas(registry.needs, principal, { first: 100 })).edges.map(({ node }) => node);

it('refuses what is over a quota: before a byte is read where the length is declared, else with nothing left of the bytes', async () => {
  await publish('team/one', small(1));
  expect(await set('Team/*', 2 * SIZE - 1)).toEqual({ models: 'Team/*', maxBytes: 2 * SIZE - 1, usedBytes: SIZE });
  const unread = { [Symbol.asyncIterator]: () => { throw new Error('read'); } }; // prettier-ignore
  const files = await registry.blobFiles();
  const early = publish('team/two', small(2), { body: unread, expectedSize: SIZE });
  await expect(early).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message: `${SIZE} bytes for "team/two" are over the quota of Team/*: ${SIZE} of ${2 * SIZE - 1} bytes are used. Have versions or models deleted that are not needed (weighbridge space 'Team/*' shows what holds the space), or the quota raised`,
  });
  expect(await refusalOf(upload(small(2), { body: unread, expectedSize: SIZE, model: 'team/two' }))).toBe(
    'QUOTA_EXCEEDED',
  );
  expect(await refusalOf(publish('team/two', small(2)))).toBe('QUOTA_EXCEEDED');
  expect(await registry.blobFiles()).toEqual(files);
  expect(await registry.needs.database.artifact.count()).toBe(1);
  await upload(small(2));
  const stored = publishVersion(registry.needs, registry.publisher, { model: 'TEAM/two', digest: digestOf(small(2)) });
  expect(await refusalOf(stored)).toBe('QUOTA_EXCEEDED');
  expect(await registry.needs.database.model.count()).toBe(1);

  // What is there already takes no more room, also unasked for by its digest; other names have none of it.
  expect((await publish('team/one', small(1), { force: false, expectedSize: SIZE })).unchanged).toBe(true);
  await publish('team/two', small(1), { expectedSize: SIZE, declaredDigest: digestOf(small(1)) });
  await publish('teams', small(2));
  await publish('other/team', small(2));
  expect(await quotas()).toEqual([{ models: 'Team/*', maxBytes: 2 * SIZE - 1, usedBytes: SIZE }]);
  expect(await set('team/*', 2 * SIZE)).toMatchObject({ models: 'Team/*', usedBytes: SIZE });
  await publish('team/two', small(2), { expectedSize: SIZE });
  expect(await quotas()).toMatchObject([{ usedBytes: 2 * SIZE }]);
  await removeQuota(registry.needs, registry.admin, 'TEAM/*');
  await publish('team/two', small(3), { expectedSize: SIZE });
  expect(await refusalOf(removeQuota(registry.needs, registry.admin, 'team/*'))).toBe('QUOTA_NOT_FOUND');
  const events = await registry.needs.database.event.findMany({ where: { action: { startsWith: 'QUOTA' } } });
  expect(events.map(({ action }) => action)).toEqual(['QUOTA_SET', 'QUOTA_SET', 'QUOTA_REMOVED']);
});

it('lets no two that publish at once pass together, and counts what is published while it is set', async () => {
  await set('*', 3 * SIZE + 1);
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, seed) => refusalOf(publish(`model-${seed}`, small(seed)))),
  );
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(3);
  expect(outcomes.filter((outcome) => outcome === 'QUOTA_EXCEEDED')).toHaveLength(5);
  expect(await quotas()).toMatchObject([{ usedBytes: 3 * SIZE }]);
  await removeQuota(registry.needs, registry.admin, '*');
  await Promise.all([
    ...Array.from({ length: 8 }, (_, seed) => publish(`other-${seed}`, small(seed))),
    set('*', 1e9),
    set('other-?', 1e9),
    deleteModel(registry.needs, registry.admin, { model: (await models())[0] ?? '' }),
  ]);
  expect(await quotas()).toEqual(await counted());
});

const models = async () => (await registry.needs.database.model.findMany()).map(({ name }) => name);

/** The quotas with what is used counted anew. */
async function counted() {
  const found = [];
  for (const quota of await quotas()) found.push(await set(quota.models, quota.maxBytes));
  return found;
}

const MODELS = ['a/x', 'a/y', 'b/x', 'plain'];
const step = fc.record({
  what: fc.constantFrom('publish', 'publish', 'publish', 'beside', 'withdraw', 'restore', 'delete', 'sweep'),
  model: fc.constantFrom(...MODELS),
  seed: fc.integer({ min: 1, max: 4 }),
});

it('what is used is what counting anew finds, after whatever was published, withdrawn, freed, brought back and deleted', async () => {
  const { needs, admin, publisher, blobFolder } = registry;
  const file = Buffer.alloc(4, 1);
  const number = { number: 1 };
  const externalData = [{ location: '0.bin', digest: digestOf(file) }];
  const run = {
    publish: ({ model, seed }: { model: string; seed: number }) => publish(model, small(seed)),
    beside: async ({ model }: { model: string }) => {
      await upload(file);
      await publish(model, externalModels(1), { externalData });
    },
    withdraw: ({ model }: { model: string }) =>
      withdrawVersion(needs, publisher, { model, version: number, reason: 'old' }),
    restore: ({ model }: { model: string }) => restoreVersion(needs, publisher, { model, version: number }),
    delete: ({ model }: { model: string }) => deleteModel(needs, admin, { model }),
    sweep: async () => {
      const { database } = needs;
      await database.artifact.updateMany({ data: { createdAt: DAYS_AGO } });
      await database.artifactUpload.updateMany({ data: { createdAt: DAYS_AGO } });
      await database.blobTouch.updateMany({ data: { touchedAt: DAYS_AGO } });
      await database.version.updateMany({ where: { withdrawnAt: { not: null } }, data: { withdrawnAt: DAYS_AGO } });
      for await (const { digest } of needs.blobs.list()) await utimes(blobPath(blobFolder, digest), DAYS_AGO, DAYS_AGO);
      await collectGarbage(needs, admin, { graceHours: 24, withdrawnHours: 24, dryRun: false });
    },
  };
  for (const glob of ['*', 'a/*', '?/x', 'plain']) await set(glob, 1e9);
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
    for (const { what, ...given } of steps) {
      // There may be no such version, or its bytes may be gone.
      const outcome = await refusalOf(run[what](given));
      expect(['done', 'MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'VERSION_WITHDRAWN', 'ARTIFACT_FREED']).toContain(
        outcome,
      );
    }
    expect(await quotas()).toEqual(await counted());
  });
  await fc.assert(property, { numRuns: 12, endOnFailure: true });
});

it('is set and removed by an admin of all models alone, and told to who can see all that it holds for', async () => {
  const { needs, publisher } = registry;
  await set('*', 5);
  await set('team-a/*', 5);
  const ofTeam = await registry.principal(['admin'], 'team-a/*');
  for (const principal of [publisher, ofTeam]) {
    expect(await refusalOf(setQuota(needs, principal, { models: 'team-a/*', maxBytes: 9 }))).toBe('SCOPE_MISSING');
    expect(await refusalOf(removeQuota(needs, principal, 'team-a/*'))).toBe('SCOPE_MISSING');
  }
  expect((await quotas(ofTeam)).map((quota) => quota.models)).toEqual(['team-a/*']);
  expect((await quotas(publisher)).map((quota) => quota.models)).toEqual(['*', 'team-a/*']);
  for (const glob of ['', 'a/b/c', '*****', 'a b', '\0']) expect(await refusalOf(set(glob, 5))).toBe('INPUT_INVALID');
  for (const bytes of [-1, 0.5, NaN, 2 ** 53]) expect(await refusalOf(set('a', bytes))).toBe('INPUT_INVALID');
});

it('a publish reads no table whole for it, however many versions are under the quota', async () => {
  const { needs, publisher, url } = registry;
  if (url === undefined) return;
  await fillWithDrift((text) => needs.database.$executeRawUnsafe(text), { models: 1_000, versions: 20, nodes: 1 });
  await set('*', 1e15);
  const { statements } = await recordStatements(() => publishSample(needs, publisher, 'model-00001'));
  const asked = statements.filter(({ text }) => text.includes('quota') && text.includes('version'));
  expect(asked.length).toBeGreaterThan(0);
  for (const statement of asked)
    expect(await explain(url, statement)).not.toMatch(/Seq Scan on (version|artifact|model)\b/);
});
