// What nothing refers to is freed after its grace time, and never what an upload, a publish or another process is about to use.
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { openArtifact, storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { loadBytesFreed } from '../../../src/registry/artifacts/artifact-reads.js';
import { verifyArtifacts } from '../../../src/registry/artifacts/fsck.js';
import { collectGarbage } from '../../../src/registry/artifacts/gc.js';
import { deleteModel, restoreVersion, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishUpload, publishVersion } from '../../../src/registry/publish/publish.js';
import { touchBeforeCommit, touchBlobs } from '../../../src/registry/rows/touches.js';
import { testServerUrl } from '../../support/database.js';
import { blobPath } from '../../support/damage.js';
import { externalModels } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const small = (seed: number) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });
const DAYS_AGO = new Date(Date.now() - 10 * 24 * 3_600_000);

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

/** On the server where there is one, and always embedded. */
describe.each(testServerUrl === undefined ? ['embedded'] : ['server', 'embedded'])('the sweep, %s', (kind) => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await openTestRegistry({ embedded: kind === 'embedded' });
  });
  afterEach(() => registry.close());

  const publish = (model: string, bytes: Uint8Array, more: object = {}) =>
    publishUpload(registry.needs, registry.publisher, { model, body: once(bytes), force: true, ...more });
  const upload = (bytes: Uint8Array) =>
    storeArtifact(registry.needs, registry.publisher, { digest: digestOf(bytes), body: once(bytes) });
  const sweep = async (dryRun = false) =>
    (await collectGarbage(registry.needs, registry.admin, { graceHours: 24, dryRun })).freed;
  const sweepWithdrawn = async (dryRun = false) => {
    const request = { graceHours: 24, withdrawnHours: 48, dryRun };
    return (await collectGarbage(registry.needs, registry.admin, request)).freed;
  };
  const withdraw = (model: string, number = 1) =>
    withdrawVersion(registry.needs, registry.publisher, { model, version: { number }, reason: 'broken' });
  const restore = (model: string, number = 1) =>
    restoreVersion(registry.needs, registry.publisher, { model, version: { number } });
  const isStored = async (bytes: Uint8Array) => (await registry.needs.blobs.has(digestOf(bytes))) !== undefined;

  /** As if all that is there had come long ago. */
  async function age(): Promise<void> {
    const { database } = registry.needs;
    await database.artifact.updateMany({ data: { createdAt: DAYS_AGO } });
    await database.artifactUpload.updateMany({ data: { createdAt: DAYS_AGO } });
    await database.blobTouch.updateMany({ data: { touchedAt: DAYS_AGO } });
    await database.version.updateMany({ where: { withdrawnAt: { not: null } }, data: { withdrawnAt: DAYS_AGO } });
    for await (const { digest } of registry.needs.blobs.list()) {
      await utimes(blobPath(registry.blobFolder, digest), DAYS_AGO, DAYS_AGO);
    }
  }

  it('frees what is old and held by no version, and leaves what is held, also by a withdrawn one, or young', async () => {
    await publish('kept', small(1));
    await publish('withdrawn', small(2));
    const by = { model: 'withdrawn', version: { number: 1 }, reason: 'broken' };
    await withdrawVersion(registry.needs, registry.publisher, by);
    await upload(Buffer.from('never published'));
    const staged = await registry.needs.blobs.stage();
    await staged.write(Buffer.from('left behind'));
    await staged.commit();
    await age();
    await upload(Buffer.from('just uploaded'));
    const expected = [
      { digest: digestOf(Buffer.from('never published')), byteSize: 15, reason: 'NOT_HELD' },
      { digest: digestOf(Buffer.from('left behind')), byteSize: 11, reason: 'NO_ARTIFACT' },
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await sweep(true)).toEqual(expected);
    expect(await isStored(Buffer.from('never published'))).toBe(true);
    expect(await sweep()).toEqual(expected);
    expect(await sweep()).toEqual([]);
    for (const bytes of [small(1), small(2), Buffer.from('just uploaded')]) expect(await isStored(bytes)).toBe(true);
    expect(await isStored(Buffer.from('never published'))).toBe(false);
    expect(await registry.needs.database.artifact.count()).toBe(3);
  });

  it('frees the bytes of a deleted model, counted from its deletion, and not those that another model has', async () => {
    await publish('one', small(1));
    await publish('one', small(2));
    await publish('two', small(2));
    await age();
    await deleteModel(registry.needs, registry.admin, { model: 'one' });
    expect(await sweep()).toEqual([]);
    await age();
    expect(await sweep()).toEqual([expect.objectContaining({ digest: digestOf(small(1)), reason: 'NO_ARTIFACT' })]);
    expect(await isStored(small(2))).toBe(true);
  });

  it('leaves what was named again, uploaded again or is named just then', async () => {
    for (const seed of [1, 2, 3]) await upload(small(seed));
    await age();
    await upload(small(1));
    await publishVersion(registry.needs, registry.publisher, { model: 'named', digest: digestOf(small(2)) });
    expect((await sweep()).map(({ digest }) => digest)).toEqual([digestOf(small(3))]);
    const gone = publishVersion(registry.needs, registry.publisher, { model: 'late', digest: digestOf(small(3)) });
    expect(await refusalOf(gone)).toBe('ARTIFACT_NOT_FOUND');
  });

  it.each(['NOT_HELD', 'NO_ARTIFACT'])(
    'beside uploads of the very bytes that it frees (%s): every version that is acknowledged has its bytes',
    async (reason) => {
      const seeds = Array.from({ length: 8 }, (_, seed) => seed);
      for (let round = 0; round < 3; round++) {
        for (const seed of seeds) await upload(small(seed));
        await age();
        if (reason === 'NO_ARTIFACT') await registry.needs.database.artifact.deleteMany();
        const work = seeds.map((seed) => publish(`race-${round}-${seed}`, small(seed)));
        const [published] = await Promise.all([Promise.allSettled(work), sweep(), sweep()]);
        expect(published.map(({ status }) => status)).toEqual(seeds.map(() => 'fulfilled'));
        for (const seed of seeds) expect(await isStored(small(seed))).toBe(true);
        for (const seed of seeds) await deleteModel(registry.needs, registry.admin, { model: `race-${round}-${seed}` });
      }
    },
  );

  it('makes an upload wait that comes between its look and its deletion, and the bytes are there afterwards', async () => {
    const bytes = small(1);
    await upload(bytes);
    await age();
    const { blobs } = registry.needs;
    let uploaded: Promise<unknown> | undefined;
    const needs = {
      ...registry.needs,
      blobs: {
        received: blobs.received,
        stage: blobs.stage.bind(blobs),
        open: blobs.open.bind(blobs),
        has: blobs.has.bind(blobs),
        list: blobs.list.bind(blobs),
        check: blobs.check.bind(blobs),
        close: blobs.close.bind(blobs),
        async delete(digest: string, options?: { unlessWrittenSince?: Date }) {
          // The rows are gone, the bytes not yet: the worst moment for an upload to find them there.
          uploaded = publish('meanwhile', bytes);
          return blobs.delete(digest, options);
        },
      },
    };
    const { freed } = await collectGarbage(needs, registry.admin, { graceHours: 24, dryRun: false });
    expect(freed).toHaveLength(1);
    await uploaded;
    expect(await isStored(bytes)).toBe(true);
    expect(await sweep()).toEqual([]);
  });

  it('frees what only long withdrawn versions hold where it is asked to: they stay, a download says so, and the same bytes bring it back', async () => {
    const { needs, publisher, admin } = registry;
    const file = Buffer.alloc(4, 1);
    await upload(file);
    const externalData = [{ location: '0.bin', digest: digestOf(file) }];
    const { version } = await publish('one', small(1));
    await publish('shared', small(3));
    await publish('standing', small(3));
    const beside = await publish('beside', externalModels(1), { externalData });
    await publish('keeps', externalModels(1), { externalData });
    await publish('keeps', externalModels(2), { externalData });
    for (const model of ['one', 'shared', 'beside', 'keeps']) await withdraw(model);
    await age();
    await publish('one', small(2));
    await withdraw('one', 2);
    const expected = [
      { digest: digestOf(small(1)), byteSize: small(1).length, reason: 'WITHDRAWN' },
      { digest: digestOf(externalModels(1)), byteSize: externalModels(1).length, reason: 'WITHDRAWN' },
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await sweep()).toEqual([]);
    expect(await sweepWithdrawn(true)).toEqual(expected);
    expect(await isStored(small(1))).toBe(true);
    expect(await sweepWithdrawn()).toEqual(expected);
    expect(await sweepWithdrawn()).toEqual([]);
    for (const bytes of [small(2), small(3), file]) expect(await isStored(bytes)).toBe(true);
    expect(await isStored(small(1))).toBe(false);

    // All that is known of it stays.
    const freed = await loadBytesFreed(needs, [version.id, beside.version.id]);
    expect([...freed.keys()].sort()).toEqual([version.id, beside.version.id].sort());
    expect(await needs.database.inspection.count({ where: { artifactDigest: digestOf(small(1)) } })).toBe(1);
    expect(await refusalOf(openArtifact(needs, publisher, digestOf(small(1))))).toBe('ARTIFACT_FREED');
    const again = { model: 'again', digest: digestOf(small(1)) };
    expect(await refusalOf(publishVersion(needs, publisher, again))).toBe('ARTIFACT_FREED');
    expect(await refusalOf(restore('one'))).toBe('ARTIFACT_FREED');
    expect(await verifyArtifacts(needs, admin, { first: 20 })).toMatchObject({ done: 4, failures: [], left: 0 });

    await upload(small(1));
    expect(await sweepWithdrawn()).toEqual([]);
    expect((await restore('one')).withdrawn).toBeNull();
    await publishVersion(needs, publisher, again);
    await age();
    expect((await sweepWithdrawn()).map(({ digest }) => digest)).toEqual([digestOf(small(2))]);
    expect(await isStored(small(1))).toBe(true);
  });

  it('frees the bytes of withdrawn versions at the next sweep where one was stopped before they were gone', async () => {
    await publish('one', small(1));
    await withdraw('one');
    await age();
    const { blobs } = registry.needs;
    const stopped = { list: blobs.list.bind(blobs), delete: () => Promise.reject(new Error('stopped')) };
    const needs = { ...registry.needs, blobs: stopped as unknown as typeof blobs };
    const request = { graceHours: 24, withdrawnHours: 48, dryRun: false };
    await expect(collectGarbage(needs, registry.admin, request)).rejects.toThrow('stopped');
    expect(await isStored(small(1))).toBe(true);
    expect(await refusalOf(restore('one'))).toBe('ARTIFACT_FREED');
    await age();
    expect(await sweep()).toEqual([expect.objectContaining({ digest: digestOf(small(1)), reason: 'WITHDRAWN' })]);
    expect(await isStored(small(1))).toBe(false);
  });

  it('beside restores and uploads of what it frees: whatever is not withdrawn, or was acknowledged, has its bytes', async () => {
    const seeds = Array.from({ length: 8 }, (_, seed) => seed);
    for (const seed of seeds) await publish(`race-${seed}`, small(seed));
    for (let round = 0; round < 3; round++) {
      for (const seed of seeds) await withdraw(`race-${seed}`);
      await age();
      const work = seeds.map((seed) => (seed % 2 === 0 ? restore(`race-${seed}`) : upload(small(seed))));
      const [done] = await Promise.all([Promise.allSettled<unknown>(work), sweepWithdrawn(), sweepWithdrawn()]);
      for (const seed of seeds) {
        const { status, ...how } = done[seed]!;
        const outcome =
          status === 'fulfilled' ? await isStored(small(seed)) : (how as { reason: { code: string } }).reason.code;
        // A restore may come too late; an upload never.
        expect([true, ...(seed % 2 === 0 ? ['ARTIFACT_FREED'] : [])]).toContain(outcome);
        await upload(small(seed));
        await restore(`race-${seed}`);
      }
    }
  });
  it('forgets what was touched and has nothing under it any more, and nothing younger', async () => {
    await publish('kept', small(1));
    await touchBeforeCommit(registry.needs, digestOf(Buffer.from('came to nothing')));
    await age();
    await touchBeforeCommit(registry.needs, digestOf(Buffer.from('comes just now')));
    const touched = async () => (await registry.needs.database.blobTouch.findMany()).map(({ digest }) => digest).sort();
    const before = await touched();
    await sweep(true);
    expect(await touched()).toEqual(before);
    await sweep();
    expect(await touched()).toEqual(before.filter((digest) => digest !== digestOf(Buffer.from('came to nothing'))));
  });

  // One connection has no two transactions at once.
  if (kind === 'server')
    it('leaves what a long transaction has touched for the next sweep, and frees the rest', async () => {
      for (const seed of [1, 2, 3]) await upload(small(seed));
      await age();
      const held = digestOf(small(2));
      let done = () => {};
      const isDone = new Promise<void>((resolve) => (done = resolve));
      let long: Promise<unknown> = Promise.resolve();
      await new Promise<void>((touched) => {
        const work = async (transaction: Parameters<typeof touchBlobs>[0]) => {
          await touchBlobs(transaction, [held]);
          touched();
          await isDone;
        };
        long = registry.needs.database.$transaction(work, { timeout: 120_000 });
      });
      const freed = await sweep();
      done();
      await long;
      expect(freed.map(({ digest }) => digest).sort()).toEqual([digestOf(small(1)), digestOf(small(3))].sort());
      expect(await isStored(small(2))).toBe(true);
    });

  it('needs the scope admin for all models, and a grace time', async () => {
    for (const principal of [registry.publisher, await registry.principal(['admin'], 'speech-*')]) {
      const asked = collectGarbage(registry.needs, principal, { graceHours: 24, dryRun: true });
      expect(await refusalOf(asked)).toBe('SCOPE_MISSING');
    }
    for (const graceHours of [0, 0.5, -1, NaN, 1e9]) {
      for (const hours of [{ graceHours }, { graceHours: 24, withdrawnHours: graceHours }]) {
        const asked = collectGarbage(registry.needs, registry.admin, { ...hours, dryRun: true });
        expect(await refusalOf(asked)).toBe('INPUT_INVALID');
      }
    }
  });
});
