// What nothing refers to is freed after its grace time, and never what an upload, a publish or another process is about to use.
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { collectGarbage } from '../../../src/registry/artifacts/gc.js';
import { deleteModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishUpload, publishVersion } from '../../../src/registry/publish/publish.js';
import { testServerUrl } from '../../support/database.js';
import { blobPath } from '../../support/damage.js';
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

  const publish = (model: string, bytes: Uint8Array) =>
    publishUpload(registry.needs, registry.publisher, { model, body: once(bytes), force: true });
  const upload = (bytes: Uint8Array) =>
    storeArtifact(registry.needs, registry.publisher, { digest: digestOf(bytes), body: once(bytes) });
  const sweep = async (dryRun = false) =>
    (await collectGarbage(registry.needs, registry.admin, { graceHours: 24, dryRun })).freed;
  const isStored = async (bytes: Uint8Array) => (await registry.needs.blobs.has(digestOf(bytes))) !== undefined;

  /** As if all that is there had come long ago. */
  async function age(): Promise<void> {
    const { database } = registry.needs;
    await database.artifact.updateMany({ data: { createdAt: DAYS_AGO } });
    await database.artifactUpload.updateMany({ data: { createdAt: DAYS_AGO } });
    await database.blobTouch.updateMany({ data: { touchedAt: DAYS_AGO } });
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
        stage: blobs.stage.bind(blobs),
        open: blobs.open.bind(blobs),
        has: blobs.has.bind(blobs),
        list: blobs.list.bind(blobs),
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

  it('needs the scope admin for all models, and a grace time', async () => {
    for (const principal of [registry.publisher, await registry.principal(['admin'], 'speech-*')]) {
      const asked = collectGarbage(registry.needs, principal, { graceHours: 24, dryRun: true });
      expect(await refusalOf(asked)).toBe('SCOPE_MISSING');
    }
    for (const graceHours of [0, 0.5, -1, NaN, 1e9]) {
      const asked = collectGarbage(registry.needs, registry.admin, { graceHours, dryRun: true });
      expect(await refusalOf(asked)).toBe('INPUT_INVALID');
    }
  });
});
