// Changes to models, versions and aliases: what they keep, what they take away, and who may make them.
import { WeighbridgeError } from '../../../src/core/errors.js';
import type { Principal } from '../../../src/core/principal.js';
import { deleteAlias, setAlias } from '../../../src/registry/aliases/aliases.js';
import {
  createModel,
  deleteModel,
  restoreVersion,
  updateModel,
  withdrawVersion,
} from '../../../src/registry/publish/models.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
let publisher: Principal;
beforeAll(async () => {
  registry = await openTestRegistry();
  publisher = registry.publisher;
});
afterAll(() => registry.close());

async function* inOneChunk(bytes: Uint8Array) {
  await Promise.resolve();
  yield bytes;
}
const publish = (model: string, seed: number, aliases: string[] = []) =>
  publishUpload(registry.needs, publisher, {
    model,
    aliases,
    body: inOneChunk(lstmModel({ inputSize: 3, hiddenSize: 2, seed })),
  });
const refusal = (code: string, field?: string[]) =>
  expect.objectContaining({ constructor: WeighbridgeError, code, ...(field && { field }) }) as unknown;
const modelRow = (name: string) =>
  registry.needs.database.model.findFirstOrThrow({ where: { name }, include: { latestVersion: true, aliases: true } });

describe('createModel', () => {
  it('makes a model without versions', async () => {
    const request = { name: 'made', description: 'by hand', tags: ['vad', 'edge', 'vad'] };
    const model = await createModel(registry.needs, publisher, request);
    expect(model).toMatchObject({
      name: 'made',
      description: 'by hand',
      tags: ['edge', 'vad'],
      createdBy: publisher.name,
      latestVersionId: null,
    });
    expect((await publish('made', 1)).modelCreated).toBe(false);
  });

  it('makes one of ten at once; the others are told', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 10 }, () => createModel(registry.needs, publisher, { name: 'once' })),
    );
    expect(made.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    const refused = made.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason as unknown);
    expect(refused).toEqual(Array(9).fill(refusal('MODEL_EXISTS', ['name'])));
  });

  it.each([
    [{ name: 'a/b/c' }, 'NAME_INVALID', ['name']],
    [{ name: '' }, 'NAME_INVALID', ['name']],
    [{ tags: ['no spaces'] }, 'INPUT_INVALID', ['tags', '0']],
    [{ tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }, 'INPUT_INVALID', ['tags']],
    [{ description: 'x'.repeat(10_001) }, 'INPUT_INVALID', ['description']],
  ])('refuses bad input %#', async (change, code, field) => {
    await expect(createModel(registry.needs, publisher, { name: 'fine', ...change })).rejects.toEqual(
      refusal(code, field),
    );
  });
});

describe('updateModel', () => {
  it('changes what is given and leaves the rest', async () => {
    const made = await createModel(registry.needs, publisher, { name: 'changed', description: 'a', tags: ['t'] });
    const update = (change: object) => updateModel(registry.needs, publisher, { model: 'changed', ...change });
    expect(await update({ tags: ['u'] })).toMatchObject({ description: 'a', tags: ['u'] });
    expect(await update({ description: 'b' })).toMatchObject({ description: 'b', tags: ['u'] });
    expect(await update({ description: null, tags: null })).toMatchObject({ description: null, tags: ['u'] });
    const last = await update({ tags: [] });
    expect(last).toMatchObject({ id: made.id, tags: [] });
    expect(last.updatedAt.getTime()).toBeGreaterThanOrEqual(made.updatedAt.getTime());
  });

  it('adds and removes tags of two people at once without losing one', async () => {
    await createModel(registry.needs, publisher, { name: 'tagged', tags: ['old', 'kept'] });
    const update = (change: object) => updateModel(registry.needs, publisher, { model: 'tagged', ...change });
    await Promise.all([
      update({ addTags: ['a'] }),
      update({ addTags: ['b', 'kept'] }),
      update({ removeTags: ['old', 'absent'] }),
    ]);
    expect((await modelRow('tagged')).tags).toEqual(['a', 'b', 'kept']);
    await expect(update({ addTags: ['two words\n'] })).rejects.toEqual(refusal('INPUT_INVALID'));
  });
});

describe('aliases', () => {
  it('are made, moved and taken away, by number, alias or digest', async () => {
    const [one, two] = [await publish('aliased', 1), await publish('aliased', 2)];
    const set = (alias: string, version: object) =>
      setAlias(registry.needs, publisher, { model: 'aliased', alias, version });
    const made = await set('production', { number: 1 });
    expect(made).toMatchObject({ name: 'production', versionId: one.version.id });
    expect(await set('candidate', { digest: two.version.artifactDigest })).toMatchObject({ versionId: two.version.id });
    const moved = await set('production', { alias: 'candidate' });
    expect(moved).toMatchObject({ id: made.id, versionId: two.version.id, createdAt: made.createdAt });
    expect(await set('production', { number: 2 })).toEqual(moved);

    const gone = await deleteAlias(registry.needs, publisher, { model: 'aliased', alias: 'production' });
    expect(gone.id).toBe(made.id);
    await expect(deleteAlias(registry.needs, publisher, { model: 'aliased', alias: 'production' })).rejects.toEqual(
      refusal('ALIAS_NOT_FOUND', ['alias']),
    );
    expect((await modelRow('aliased')).aliases.map((alias) => alias.name)).toEqual(['candidate']);
  });

  it.each<[string, { alias?: string; version?: object }, string]>([
    ['an alias of digits', { alias: '12' }, 'NAME_INVALID'],
    ['no such number', { version: { number: 9 } }, 'VERSION_NOT_FOUND'],
    ['a number beyond all', { version: { number: 2 ** 40 } }, 'VERSION_NOT_FOUND'],
    ['half a number', { version: { number: 0.5 } }, 'VERSION_NOT_FOUND'],
    ['no such alias', { version: { alias: 'nobody' } }, 'VERSION_NOT_FOUND'],
    ['no such digest', { version: { digest: `sha256:${'0'.repeat(64)}` } }, 'VERSION_NOT_FOUND'],
    ['no digest', { version: { digest: '\0' } }, 'DIGEST_INVALID'],
    ['no name of an alias', { version: { alias: '\0' } }, 'NAME_INVALID'],
    ['no version', { version: {} }, 'INPUT_INVALID'],
    ['two versions', { version: { number: 1, alias: 'a' } }, 'INPUT_INVALID'],
  ])('refuse %s', async (_what, change, code) => {
    await publish('alias-bad', 1);
    const request = { model: 'alias-bad', alias: 'a', version: { number: 1 }, ...change };
    await expect(setAlias(registry.needs, publisher, request)).rejects.toEqual(refusal(code));
  });
});

describe('withdrawVersion', () => {
  const withdraw = (model: string, number: number, reason = 'wrong weights') =>
    withdrawVersion(registry.needs, publisher, { model, version: { number }, reason });

  it('keeps number and history, takes aliases away and makes the one before the latest', async () => {
    await publish('withdrawn', 1, ['stable']);
    const { version } = await publish('withdrawn', 2, ['production', 'candidate']);
    const withdrawn = await withdraw('withdrawn', 2, '  wrong weights ');
    expect(withdrawn).toMatchObject({ id: version.id, number: 2, artifactDigest: version.artifactDigest });
    expect(withdrawn.withdrawn).toMatchObject({ by: publisher.name, reason: 'wrong weights' });
    const model = await modelRow('withdrawn');
    expect(model).toMatchObject({ versionCount: 1, latestVersion: { number: 1 } });
    expect(model.aliases.map((alias) => alias.name)).toEqual(['stable']);
    expect((await publish('withdrawn', 3)).version.number).toBe(3);
  });

  it('of an earlier version leaves the latest', async () => {
    await publish('withdrawn-1', 1);
    await publish('withdrawn-1', 2);
    await withdraw('withdrawn-1', 1);
    expect((await modelRow('withdrawn-1')).latestVersion?.number).toBe(2);
    await withdraw('withdrawn-1', 2);
    expect(await modelRow('withdrawn-1')).toMatchObject({ latestVersion: null, versionCount: 0 });
  });

  it('is refused a second time, and so is an alias for the version', async () => {
    await publish('withdrawn-2', 1);
    const outcomes = await Promise.allSettled([withdraw('withdrawn-2', 1), withdraw('withdrawn-2', 1)]);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toEqual(refusal('VERSION_WITHDRAWN', ['version']));
    await expect(
      setAlias(registry.needs, publisher, { model: 'withdrawn-2', alias: 'a', version: { number: 1 } }),
    ).rejects.toEqual(refusal('VERSION_WITHDRAWN'));
    expect((await modelRow('withdrawn-2')).versionCount).toBe(0);
  });

  it.each(['', '   ', 'a\0b', 'x'.repeat(2_001)])('wants a reason (%#)', async (reason) => {
    await expect(withdraw('withdrawn', 1, reason)).rejects.toEqual(refusal('INPUT_INVALID', ['reason']));
  });
});

describe('restoreVersion', () => {
  const named = (number: number) => ({ model: 'restored', version: { number } });
  const withdraw = (number: number) =>
    withdrawVersion(registry.needs, publisher, { ...named(number), reason: 'wrong weights' });
  const restore = (number: number) => restoreVersion(registry.needs, publisher, named(number));

  it('makes the version the latest again and counts it, also for several at once; its aliases stay away', async () => {
    await publish('restored', 1);
    await publish('restored', 2, ['production']);
    await withdraw(2);
    await withdraw(1);
    const restored = await Promise.all([restore(2), restore(1), restore(2)]);
    expect(restored.map(({ number, withdrawn }) => [number, withdrawn])).toEqual([
      [2, null],
      [1, null],
      [2, null],
    ]);
    const model = await modelRow('restored');
    expect(model).toMatchObject({ versionCount: 2, latestVersion: { number: 2 } });
    expect(model.aliases).toEqual([]);
    const events = await registry.needs.database.event.findMany({ where: { subject: 'restored' } });
    expect(
      events
        .filter(({ action }) => action === 'VERSION_RESTORED')
        .map(({ versionNumber }) => versionNumber)
        .sort(),
    ).toEqual([1, 2]);
  });

  it('needs a version that is there', async () => {
    await expect(restore(9)).rejects.toEqual(refusal('VERSION_NOT_FOUND', ['version']));
  });
});

describe('deleteModel', () => {
  it('takes versions, aliases and the artifacts that nothing else holds', async () => {
    const alone = await publish('deleted', 101, ['a']);
    const shared = await publish('deleted', 102);
    await publish('beside', 102);
    const model = await deleteModel(registry.needs, registry.admin, { model: 'deleted' });
    expect(model).toMatchObject({ name: 'deleted', latestVersionId: shared.version.id });
    const { database } = registry.needs;
    expect(await database.version.count({ where: { modelName: 'deleted' } })).toBe(0);
    expect(await database.alias.count({ where: { modelId: model.id } })).toBe(0);
    const digests = [alone, shared].map(({ version }) => version.artifactDigest);
    const left = await database.artifact.findMany({ where: { digest: { in: digests } } });
    expect(left.map((row) => row.digest)).toEqual([shared.version.artifactDigest]);
    expect(await database.inspection.count({ where: { artifactDigest: { in: digests } } })).toBe(1);
  });

  it('and publishes of the same bytes at once leave every version with its artifact', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        index % 3 === 2
          ? deleteModel(registry.needs, registry.admin, { model: 'race-0' })
          : publish(`race-${index % 3}`, 200, ['a']),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map((outcome) => outcome.reason as unknown)).toEqual(refused.map(() => refusal('MODEL_NOT_FOUND')));
    const versions = await registry.needs.database.version.findMany({
      where: { modelName: { startsWith: 'race-' } },
      include: { inspection: true, artifact: true },
    });
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) expect(version.inspection.artifactDigest).toBe(version.artifact.digest);
  });

  it('needs admin', async () => {
    await publish('kept', 1);
    await expect(deleteModel(registry.needs, publisher, { model: 'kept' })).rejects.toEqual(refusal('SCOPE_MISSING'));
  });
});

describe('every change', () => {
  const version = { number: 1 };
  const changes: [string, (as: Principal, model: string) => Promise<unknown>][] = [
    ['updateModel', (as, model) => updateModel(registry.needs, as, { model, tags: [] })],
    ['withdrawVersion', (as, model) => withdrawVersion(registry.needs, as, { model, version, reason: 'x' })],
    ['setAlias', (as, model) => setAlias(registry.needs, as, { model, alias: 'a', version })],
    ['deleteAlias', (as, model) => deleteAlias(registry.needs, as, { model, alias: 'a' })],
    ['deleteModel', (as, model) => deleteModel(registry.needs, as, { model })],
  ];

  it.each(changes)('%s needs its scope, and the model within the pattern', async (_name, change) => {
    await publish('guarded', 1);
    await expect(change(registry.reader, 'guarded')).rejects.toEqual(refusal('SCOPE_MISSING'));
    const elsewhere = await registry.principal(['admin'], 'speech-*');
    await expect(change(elsewhere, 'guarded')).rejects.toEqual(refusal('SCOPE_MISSING'));
    expect((await modelRow('guarded')).versionCount).toBe(1);
  });

  it.each(changes)('%s of a model that is not there leaves no trace of its name', async (_name, change) => {
    await expect(change(registry.admin, 'nowhere')).rejects.toEqual(refusal('MODEL_NOT_FOUND', ['model']));
    await expect(change(registry.admin, "'; DROP TABLE model")).rejects.toEqual(refusal('NAME_INVALID', ['model']));
    expect(await registry.needs.database.versionCounter.count({ where: { modelName: 'nowhere' } })).toBe(0);
  });
});
