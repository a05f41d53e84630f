// Publishing through both doors, on a PostgreSQL server and on the embedded database: what a version is, what it is not, and what is
// left after everything that can go wrong on the way.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { BlobStore } from '../../../src/blobs/blob-store.js';
import { WeighbridgeError } from '../../../src/core/errors.js';
import type { Principal } from '../../../src/core/principal.js';
import { loadExternalData } from '../../../src/registry/artifacts/artifact-reads.js';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { seenInspections } from '../../../src/registry/inspections/inspection-reads.js';
import { deleteModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import {
  type PublishDetails,
  type Published,
  publishUpload,
  publishVersion,
  type UploadRequest,
} from '../../../src/registry/publish/publish.js';
import { externalModel, lstmData, lstmWithExternalData } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

const SILERO = new URL('../../../node_modules/@ricky0123/vad-web/dist/', import.meta.url);

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const small = (seed = 0) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });

async function* inChunks(bytes: Uint8Array, size = 100) {
  for (let start = 0; start < bytes.length; start += size) {
    await Promise.resolve();
    yield bytes.subarray(start, start + size);
  }
}

const refusal = (code: string, field?: string[]) =>
  expect.objectContaining({ constructor: WeighbridgeError, code, ...(field && { field }) }) as unknown;

describe.each([
  ['the server of the tests', false],
  ['the embedded database', true],
])('on %s', (_name, embedded) => {
  let registry: TestRegistry;
  let principal: Principal;
  beforeAll(async () => {
    registry = await openTestRegistry({ embedded });
    principal = registry.publisher;
  });
  afterAll(() => registry.close());

  const upload = (model: string, bytes: Uint8Array, more: Partial<UploadRequest> = {}, as = principal) =>
    publishUpload(registry.needs, as, { model, body: inChunks(bytes), ...more });
  const numbers = async (model: string) => {
    const rows = await registry.needs.database.version.findMany({
      where: { modelName: model },
      orderBy: { number: 'asc' },
    });
    return rows.map((row) => row.number);
  };
  const findModel = (name: string) => registry.needs.database.model.findFirst({ where: { name } });
  const aliases = async (model: string) => {
    const rows = await registry.needs.database.alias.findMany({
      where: { model: { name: model } },
      include: { version: true },
      orderBy: { name: 'asc' },
    });
    return Object.fromEntries(rows.map((row) => [row.name, row.version.number]));
  };

  describe('an upload', () => {
    it('makes the model, its first version and what was said about it', async () => {
      const bytes = small();
      const published = await upload('first', bytes, {
        declaredDigest: digestOf(bytes),
        expectedSize: bytes.length,
        aliases: ['production', 'candidate', 'production'],
        labels: ['nightly', 'stage=qa'],
        notes: 'first of its name',
        source: { repositoryUrl: 'https://example.org/speech', commit: 'abc123', runUrl: null },
        declaredParams: 56,
      });
      expect(published).toMatchObject({ unchanged: false, modelCreated: true });
      expect(published.version).toMatchObject({
        modelName: 'first',
        number: 1,
        artifactDigest: digestOf(bytes),
        inspectionId: published.inspection.id,
        labels: ['nightly', 'stage=qa'],
        notes: 'first of its name',
        source: { repositoryUrl: 'https://example.org/speech', commit: 'abc123', runUrl: null },
        declaredParams: 56,
        publishedBy: principal.name,
        withdrawn: null,
      });
      // m 3, n 2, two biases: 4(nm + n² + 2n)
      expect(published.inspection).toMatchObject({
        digest: digestOf(bytes),
        byteSize: bytes.length,
        producerName: 'weighbridge-test',
        recurrent: { nodes: 1, unverifiableNodes: 0, perUse: 56, distinct: 56 },
      });
      expect(await aliases('first')).toEqual({ candidate: 1, production: 1 });
      expect(await findModel('first')).toMatchObject({ latestVersionId: published.version.id, versionCount: 1 });
      expect(await registry.needs.blobs.has(digestOf(bytes))).toMatchObject({ byteSize: bytes.length });
    });

    it('finds the LSTM nodes of Silero VAD v5 while its bytes pass', async () => {
      const body = createReadStream(new URL('silero_vad_v5.onnx', SILERO));
      const { version, inspection } = await publishUpload(registry.needs, principal, { model: 'silero-vad', body });
      expect(inspection).toMatchObject({ nodeCount: 689, storedElements: 545_597 });
      expect(inspection.recurrent).toMatchObject({
        nodes: 4,
        unverifiableNodes: 0,
        perUse: 528_384,
        distinct: 264_192,
      });
      const row = await registry.needs.database.version.findUniqueOrThrow({ where: { id: version.id } });
      expect(row).toMatchObject({ byteSize: 2_327_524n, recurrentPerUse: 528_384n, recurrentNodeCount: 4n });
      const nodes = await registry.needs.database.recurrentNode.findMany({
        where: { inspectionId: inspection.id },
        orderBy: { position: 'asc' },
      });
      expect(nodes.map((node) => [node.inputSize, node.hiddenSize, node.verdict])).toEqual(
        Array.from({ length: 4 }, () => [128n, 128n, 'MATCH']),
      );
    });

    it('of the same bytes to two models shares artifact and inspection', async () => {
      const [one, two] = [await upload('shared-1', small(7)), await upload('shared-2', small(7))];
      expect(two.inspection).toEqual(one.inspection);
      expect(two.version.id).not.toBe(one.version.id);
    });

    it('numbers versions from 1 without a gap, whatever fails between', async () => {
      await upload('gapless', small(1));
      await expect(upload('gapless', new Uint8Array([1, 2, 3]))).rejects.toBeInstanceOf(WeighbridgeError);
      await upload('gapless', small(1));
      await upload('gapless', small(2));
      await expect(
        upload('gapless', small(3), { externalData: [{ location: 'x', digest: digestOf(small(1)) }] }),
      ).rejects.toEqual(refusal('EXTERNAL_DATA_INVALID'));
      await upload('gapless', small(4));
      expect(await numbers('gapless')).toEqual([1, 2, 3]);
    });

    it('goes on with the numbers of a deleted model', async () => {
      await upload('returning', small(1));
      await upload('returning', small(2));
      await deleteModel(registry.needs, registry.admin, { model: 'returning' });
      expect((await upload('returning', small(1))).version.number).toBe(3);
    });
  });

  describe('the bytes of the latest version', () => {
    it('are no new version, but an alias given with them moves', async () => {
      await upload('same', small(1), { aliases: ['old'] });
      const second = await upload('same', small(2), { labels: ['kept'] });
      const again = await upload('same', small(2), { aliases: ['old', 'new'], labels: ['ignored'] });
      expect(again).toMatchObject({ unchanged: true, modelCreated: false, version: second.version });
      expect(again.inspection).toEqual(second.inspection);
      expect(await numbers('same')).toEqual([1, 2]);
      expect(await aliases('same')).toEqual({ old: 2, new: 2 });
    });

    it('are a new version when forced', async () => {
      const first = await upload('forced', small());
      const second = await upload('forced', small(), { force: true });
      expect(second).toMatchObject({ unchanged: false, version: { number: 2 } });
      expect(second.inspection.id).toBe(first.inspection.id);
    });

    it('are a new version when they are those of an earlier one, or of a withdrawn one', async () => {
      await upload('back', small(1));
      await upload('back', small(2));
      expect((await upload('back', small(1))).version.number).toBe(3);
      await withdrawVersion(registry.needs, principal, { model: 'back', version: { number: 3 }, reason: 'broken' });
      expect(await upload('back', small(2))).toMatchObject({ unchanged: true, version: { number: 2 } });
      expect(await upload('back', small(1))).toMatchObject({ unchanged: false, version: { number: 4 } });
    });

    it('sent ten times at once are one version', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => upload('ten', small(1))));
      expect(answers.map((answer) => answer.version.number)).toEqual(Array(10).fill(1));
      expect(answers.filter((answer) => !answer.unchanged)).toHaveLength(1);
      expect(answers.filter((answer) => answer.modelCreated)).toHaveLength(1);
      expect(await numbers('ten')).toEqual([1]);
      expect(await findModel('ten')).toMatchObject({ versionCount: 1 });
    });
  });

  it('50 publishes at once of distinct bytes get the numbers 1 to 50', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, seed) => upload('fifty', small(seed))));
    const got = answers.map((answer) => answer.version.number).sort((a, b) => a - b);
    expect(got).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    const rows = await registry.needs.database.version.findMany({
      where: { modelName: 'fifty' },
      orderBy: { number: 'asc' },
    });
    expect(rows.map((row) => row.number)).toEqual(got);
    const times = rows.map((row) => row.createdAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(await findModel('fifty')).toMatchObject({ versionCount: 50, latestVersionId: rows.at(-1)?.id });
  });

  describe('external data', () => {
    const weights = (fill: number) => new Uint8Array(96).fill(fill);
    const store = async (bytes: Uint8Array) => {
      const digest = digestOf(bytes);
      await storeArtifact(registry.needs, principal, { digest, body: inChunks(bytes) });
      return digest;
    };

    it('is part of the version: other external data makes another version of the same model bytes', async () => {
      const model = externalModel('w.data', 96);
      const [one, two] = [await store(weights(1)), await store(weights(2))];
      const publish = (digest: string) => upload('external', model, { externalData: [{ location: 'w.data', digest }] });
      expect(await publish(one)).toMatchObject({ unchanged: false, version: { number: 1 } });
      expect(await publish(one)).toMatchObject({ unchanged: true, version: { number: 1 } });
      expect(await publish(two)).toMatchObject({ unchanged: false, version: { number: 2 } });
      expect(await upload('external', model)).toMatchObject({ unchanged: false, version: { number: 3 } });
      const rows = await registry.needs.database.versionExternalData.findMany({
        where: { version: { modelName: 'external' } },
        orderBy: { version: { number: 'asc' } },
      });
      expect(rows.map((row) => [row.location, row.artifactDigest])).toEqual([
        ['w.data', one],
        ['w.data', two],
      ]);
    });

    it.each([
      ['../w.data'],
      ['/etc/passwd'],
      ['a/../b'],
      ['a\\..\\b'],
      ['..'],
      ['.'],
      [''],
      ['w\0.data'],
      ['C:w'],
      ['x'.repeat(256)],
    ])('is refused where the name is no file in the folder of the model or below it (%#)', async (location) => {
      const externalData = [{ location, digest: digestOf(small()) }];
      await expect(upload('external-bad', small(), { externalData })).rejects.toEqual(
        refusal('EXTERNAL_DATA_INVALID', ['externalData', '0', 'location']),
      );
    });

    it('is refused when named twice, not stored, stored by another only, or not named by the model', async () => {
      const digest = await store(weights(3));
      const publish = (externalData: { location: string; digest: string }[], as = principal) =>
        upload('external-bad', externalModel('w.data', 96), { externalData }, as);
      const entry = { location: 'w.data', digest };
      await expect(publish([entry, entry])).rejects.toEqual(refusal('EXTERNAL_DATA_INVALID'));
      await expect(publish([{ ...entry, digest: digestOf(weights(99)) }])).rejects.toEqual(
        refusal('EXTERNAL_DATA_INVALID'),
      );
      const stranger = await registry.principal(['publish'], 'external-bad');
      await expect(publish([entry], stranger)).rejects.toEqual(refusal('EXTERNAL_DATA_INVALID'));
      await expect(publish([{ ...entry, location: 'v.data' }])).rejects.toEqual(refusal('EXTERNAL_DATA_INVALID'));
      await expect(publish([{ ...entry, digest: 'sha256:x' }])).rejects.toEqual(refusal('DIGEST_INVALID'));
      expect(await findModel('external-bad')).toBeNull();
    });
  });

  describe('what external data holds', () => {
    const location = 'model.onnx.data';
    const model = lstmWithExternalData();
    const digest = digestOf(model);
    const store = async (bytes: Uint8Array) => {
      await storeArtifact(registry.needs, principal, { digest: digestOf(bytes), body: inChunks(bytes) });
      return [{ location, digest: digestOf(bytes) }];
    };
    const convention = async ({ inspection }: Published) => {
      const nodes = await registry.needs.database.recurrentNode.findMany({ where: { inspectionId: inspection.id } });
      return nodes.map((node) => node.biasConvention);
    };
    /** The ranges that are read of each blob while the version is made. */
    const reading = async (externalData: { location: string; digest: string }[]) => {
      const reads: [string, unknown][] = [];
      const store = registry.needs.blobs;
      const blobs: BlobStore = {
        received: store.received,
        stage: (options) => store.stage(options),
        open: (blob, range) => {
          reads.push([blob, range]);
          return store.open(blob, range);
        },
        has: (blob) => store.has(blob),
        delete: (blob, options) => store.delete(blob, options),
        list: (after) => store.list(after),
        check: () => store.check(),
        close: () => store.close(),
      };
      const needs = { ...registry.needs, blobs };
      const published = await publishVersion(needs, principal, { model: 'beside', digest, externalData, force: true });
      return { published, reads };
    };

    it('is read for the biases, by range and once for the same files, at both doors', async () => {
      const externalData = await store(lstmData);
      const uploaded = await upload('beside', model, { externalData });
      expect(uploaded.inspection).toMatchObject({ recurrent: { perUse: 56, effective: 48 }, warnings: [] });
      expect(await convention(uploaded)).toEqual(['SINGLE_INPUT']);
      expect(await reading(externalData)).toMatchObject({ published: { inspection: uploaded.inspection }, reads: [] });

      const ones = await store(new Uint8Array(new Float32Array(56).fill(1).buffer));
      const { published, reads } = await reading(ones);
      expect(await convention(published)).toEqual(['DOUBLE']);
      expect(reads).toEqual([
        [digest, undefined],
        [ones[0]?.digest, { start: 0, end: 223 }], // the whole part that they lie in, since a part is what can be checked
      ]);
    });

    it('changes nothing for the same model without it', async () => {
      await upload('beside', model, { externalData: await store(lstmData) });
      const { published, reads } = await reading([]);
      expect(reads).toEqual([]);
      expect(await convention(published)).toEqual(['UNKNOWN']);
      expect(published.inspection.warnings.map(({ code }) => code)).toEqual(Array(3).fill('EXTERNAL_DATA'));
    });

    it('is warned of, and no more, when it is too short', async () => {
      const { published } = await reading(await store(lstmData.subarray(0, 200)));
      expect(await convention(published)).toEqual(['UNKNOWN']);
      expect(published.inspection.warnings).toMatchObject([{ code: 'EXTERNAL_DATA_RANGE', path: 'B' }]);
      const { id } = published.version;
      const files = (await loadExternalData(registry.needs, [id])).get(id);
      expect(files).toMatchObject([{ present: true, byteSize: null, claimedBytes: lstmData.length }]);
    });

    it('is shown by what was found only to who may read a version that has it', async () => {
      const { inspection } = await upload('beside', model, { externalData: await store(lstmData) });
      const other = await registry.principal(['read', 'publish'], 'other-*');
      await storeArtifact(registry.needs, other, { digest, body: inChunks(model) });
      const plain = await registry.needs.database.inspection.findFirstOrThrow({
        where: { artifactDigest: digest, externalKey: '' },
      });
      const ids = [inspection.id, plain.id];
      expect([...(await seenInspections(registry.needs, other, ids)).keys()]).toEqual([plain.id]);
      expect(new Set((await seenInspections(registry.needs, registry.reader, ids)).keys())).toEqual(new Set(ids));
    });

    it('is no version when its bytes are missing from the store', async () => {
      const externalData = await store(new Uint8Array(224).fill(9));
      await registry.needs.blobs.delete(externalData[0]?.digest ?? '');
      await expect(upload('beside-gone', model, { externalData })).rejects.toEqual(refusal('ARTIFACT_CORRUPT'));
      expect(await findModel('beside-gone')).toBeNull();
    });
  });

  describe('an idempotency key', () => {
    const key = 'run-17/attempt-1';

    it('gives the same answer again, though the world has moved on', async () => {
      const first = await upload('idem', small(1), { idempotencyKey: key, aliases: ['a'] });
      await upload('idem', small(2), { aliases: ['a'] });
      const again = await upload('idem', small(1), { idempotencyKey: key, aliases: ['a'] });
      expect(again).toEqual(first);
      expect(await numbers('idem')).toEqual([1, 2]);
      expect(await aliases('idem')).toEqual({ a: 2 });
    });

    it.each<[string, Uint8Array, PublishDetails]>([
      ['bytes', small(2), {}],
      ['aliases', small(1), { aliases: ['b'] }],
      ['labels', small(1), { labels: ['b'] }],
      ['notes', small(1), { notes: 'b' }],
      ['a source', small(1), { source: { commit: 'b' } }],
      ['declared params', small(1), { declaredParams: 1 }],
      ['force', small(1), { force: true }],
    ])('is refused for other %s', async (_what, bytes, details) => {
      const model = 'idem-conflict';
      await upload(model, small(1), { idempotencyKey: key });
      await expect(upload(model, bytes, { ...details, idempotencyKey: key })).rejects.toEqual(
        refusal('IDEMPOTENCY_CONFLICT', ['idempotencyKey']),
      );
      expect(await numbers(model)).toEqual([1]);
    });

    it('used five times at once makes one version, and five equal answers', async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => upload('idem-five', small(1), { idempotencyKey: key, force: true })),
      );
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(answers[0]).toMatchObject({ unchanged: false, modelCreated: true, version: { number: 1 } });
      expect(await numbers('idem-five')).toEqual([1]);
    });

    it('holds for one token and one model only', async () => {
      const other = await registry.principal(['publish']);
      const request = { idempotencyKey: key, force: true };
      expect((await upload('idem-a', small(1), request)).version.number).toBe(1);
      expect((await upload('idem-a', small(1), request, other)).version.number).toBe(2);
      expect((await upload('idem-b', small(2), request)).version.number).toBe(1);
    });

    it('is free again after 24 hours, or once its model is deleted', async () => {
      const age = (hours: number) =>
        registry.needs.database.idempotencyKey.updateMany({
          where: { modelName: 'idem-old' },
          data: { createdAt: new Date(Date.now() - hours * 3_600_000) },
        });
      await upload('idem-old', small(1), { idempotencyKey: key });
      await age(23.9);
      await expect(upload('idem-old', small(2), { idempotencyKey: key })).rejects.toEqual(
        refusal('IDEMPOTENCY_CONFLICT'),
      );
      await age(24.1);
      expect((await upload('idem-old', small(2), { idempotencyKey: key })).version.number).toBe(2);
      await deleteModel(registry.needs, registry.admin, { model: 'idem-old' });
      expect((await upload('idem-old', small(3), { idempotencyKey: key })).version.number).toBe(3);
    });

    it('is swept in passing once it has expired', async () => {
      await upload('idem-swept', small(1), { idempotencyKey: 'old' });
      await registry.needs.database.idempotencyKey.updateMany({
        where: { modelName: 'idem-swept' },
        data: { createdAt: new Date(Date.now() - 25 * 3_600_000) },
      });
      await upload('idem-swept-2', small(1), { idempotencyKey: 'new' });
      expect(await registry.needs.database.idempotencyKey.count({ where: { modelName: 'idem-swept' } })).toBe(0);
    });

    it.each(['', 'two words', 'ä', 'x'.repeat(256)])(
      'is one word of at most 255 signs (%#)',
      async (idempotencyKey) => {
        await expect(upload('idem-bad', small(), { idempotencyKey })).rejects.toEqual(
          refusal('INPUT_INVALID', ['idempotencyKey']),
        );
      },
    );
  });

  describe('nothing is left', () => {
    let files: string[];
    let artifacts: number;
    beforeEach(async () => {
      files = await registry.blobFiles();
      artifacts = await registry.needs.database.artifact.count();
    });
    afterEach(async () => {
      expect(await registry.blobFiles()).toEqual(files);
      expect(await registry.needs.database.artifact.count()).toBe(artifacts);
      expect(await findModel('refused')).toBeNull();
      expect(await registry.needs.database.versionCounter.findUnique({ where: { modelName: 'refused' } })).toBeNull();
    });
    const fresh = () => small(Math.random());

    it.each<[string, Uint8Array]>([
      ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])],
      ['no bytes', new Uint8Array(0)],
      ['a model cut off', small().subarray(0, 300)],
    ])('of %s', async (_what, bytes) => {
      const error: unknown = await upload('refused', bytes).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(WeighbridgeError);
      expect((error as WeighbridgeError).code).toMatch(/^ARTIFACT_/);
    });

    it('of bytes refused at their beginning, and no more of them is read', async () => {
      let read = 0;
      async function* endless() {
        for (;;) {
          await Promise.resolve();
          read += 1;
          yield Buffer.alloc(1024, '<html>');
        }
      }
      await expect(upload('refused', small(), { body: endless() })).rejects.toBeInstanceOf(WeighbridgeError);
      expect(read).toBeLessThan(100);
    });

    it('of bytes that do not have the digest that was declared', async () => {
      const declaredDigest = digestOf(small(5));
      await expect(upload('refused', fresh(), { declaredDigest })).rejects.toEqual(refusal('DIGEST_MISMATCH'));
    });

    it('of bytes that are fewer or more than were declared', async () => {
      const bytes = fresh();
      for (const expectedSize of [bytes.length - 1, bytes.length + 1]) {
        await expect(upload('refused', bytes, { expectedSize })).rejects.toEqual(refusal('LENGTH_MISMATCH'));
      }
    });

    it('of a client that breaks off', async () => {
      async function* broken() {
        yield* inChunks(small().subarray(0, 200));
        throw new Error('ECONNRESET');
      }
      await expect(upload('refused', small(), { body: broken() })).rejects.toEqual(refusal('UPLOAD_ABORTED'));
    });

    it('of a client that says nothing more, once the signal comes', async () => {
      const controller = new AbortController();
      async function* silent() {
        yield small().subarray(0, 200);
        controller.abort();
        await new Promise(() => undefined);
      }
      const request = { body: silent(), signal: controller.signal };
      await expect(upload('refused', small(), request)).rejects.toEqual(refusal('UPLOAD_ABORTED'));
      await expect(upload('refused', small(), { signal: controller.signal })).rejects.toEqual(
        refusal('UPLOAD_ABORTED'),
      );
    });

    it('of an upload that was stopped for a reason, which is the answer', async () => {
      const signal = AbortSignal.abort(new WeighbridgeError('UPLOAD_STALLED', 'too slow'));
      await expect(upload('refused', small(), { signal })).rejects.toEqual(refusal('UPLOAD_STALLED'));
    });

    it('of an upload for which the disk has no room', async () => {
      const full = new WeighbridgeError('STORAGE_FULL', 'the disk is full');
      const { blobs } = registry.needs;
      const needs = {
        ...registry.needs,
        blobs: {
          stage: async () => {
            const stage = await blobs.stage();
            return Object.assign(stage, { write: () => Promise.reject(full) });
          },
        } as unknown as typeof blobs,
      };
      const request = { model: 'refused', body: inChunks(fresh()) };
      await expect(publishUpload(needs, principal, request)).rejects.toBe(full);
    });
  });

  describe('before a byte is read', () => {
    const unread: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        throw new Error('the body was read');
      },
    };

    it.each<[string, Partial<UploadRequest>, string, string[] | undefined]>([
      [
        'a model name with a word of the addresses after the slash',
        { model: 'org/versions' },
        'NAME_INVALID',
        ['model'],
      ],
      ['a path as model name', { model: '../x' }, 'NAME_INVALID', ['model']],
      ['a digest without digits', { declaredDigest: 'SHA256:x' }, 'DIGEST_INVALID', undefined],
      ['a digest in upper case', { declaredDigest: digestOf(small()).toUpperCase() }, 'DIGEST_INVALID', undefined],
      ['an alias of digits', { aliases: ['17'] }, 'NAME_INVALID', ['aliases', '0']],
      ['21 aliases', { aliases: Array.from({ length: 21 }, (_, i) => `a${i}`) }, 'INPUT_INVALID', ['aliases']],
      ['an escape code as label', { labels: ['fine', '\u001b[31m'] }, 'INPUT_INVALID', ['labels', '1']],
      ['51 labels', { labels: Array.from({ length: 51 }, (_, i) => `a${i}`) }, 'INPUT_INVALID', ['labels']],
      ['notes of 10,001 characters', { notes: 'x'.repeat(10_001) }, 'INPUT_INVALID', ['notes']],
      ['NUL in notes', { notes: 'a\0b' }, 'INPUT_INVALID', ['notes']],
      ['half a surrogate pair in notes', { notes: '\ud800' }, 'INPUT_INVALID', ['notes']],
      [
        'a script as address',
        { source: { repositoryUrl: 'javascript:alert(1)' } },
        'INPUT_INVALID',
        ['source', 'repositoryUrl'],
      ],
      [
        'a token in an address',
        { source: { repositoryUrl: 'https://token@example.org' } },
        'INPUT_INVALID',
        ['source', 'repositoryUrl'],
      ],
      ['no address', { source: { runUrl: 'no address' } }, 'INPUT_INVALID', ['source', 'runUrl']],
      [
        'an address of more than 2,000 characters',
        { source: { runUrl: `https://a/${'x'.repeat(2_000)}` } },
        'INPUT_INVALID',
        ['source', 'runUrl'],
      ],
      ['a commit of 256 characters', { source: { commit: 'x'.repeat(256) } }, 'INPUT_INVALID', ['source', 'commit']],
      ['negative params', { declaredParams: -1 }, 'INPUT_INVALID', ['declaredParams']],
      ['half a param', { declaredParams: 0.5 }, 'INPUT_INVALID', ['declaredParams']],
      ['params over 2^53-1', { declaredParams: 2 ** 53 }, 'INPUT_INVALID', ['declaredParams']],
    ])('%s is refused', async (_what, change, code, field) => {
      const request = { model: 'unread', body: unread, ...change };
      await expect(publishUpload(registry.needs, principal, request)).rejects.toEqual(refusal(code, field));
    });

    it('so is a token without the scope, or for other models', async () => {
      const request = { model: 'unread', body: unread };
      const limited = await registry.principal(['publish'], 'speech-*');
      for (const asker of [registry.reader, limited]) {
        await expect(publishUpload(registry.needs, asker, request)).rejects.toEqual(refusal('SCOPE_MISSING'));
      }
      const anyone: Principal = { tokenId: null, name: 'anonymous', scopes: ['read'], models: '*' };
      await expect(publishUpload(registry.needs, anyone, request)).rejects.toEqual(refusal('SCOPE_MISSING'));
    });

    it('what is longest of everything passes', async () => {
      const published = await upload('longest-'.padEnd(128, 'x'), small(), {
        notes: 'x'.repeat(10_000),
        aliases: Array.from({ length: 20 }, (_, i) => `a${i}`),
        labels: Array.from({ length: 50 }, (_, i) => `l${i}`),
        source: { repositoryUrl: `https://a/${'x'.repeat(1_990)}`, commit: 'x'.repeat(255) },
        declaredParams: 2 ** 53 - 1,
        idempotencyKey: 'x'.repeat(255),
      });
      expect(published.version.labels).toHaveLength(50);
      expect(published.version.declaredParams).toBe(2 ** 53 - 1);
    });
  });

  describe('publishVersion', () => {
    const store = (bytes: Uint8Array, as = principal) =>
      storeArtifact(registry.needs, as, { digest: digestOf(bytes), body: inChunks(bytes) });
    const publish = (model: string, bytes: Uint8Array, as = principal, details: PublishDetails = {}) =>
      publishVersion(registry.needs, as, { model, digest: digestOf(bytes), ...details });

    it('makes a version of bytes stored before, without reading them again', async () => {
      const bytes = small(20);
      await store(bytes);
      const unreadable = { ...registry.needs.blobs, open: () => Promise.reject(new Error('the blob was read')) };
      const needs = { ...registry.needs, blobs: unreadable as unknown as typeof registry.needs.blobs };
      const request = { model: 'named', digest: digestOf(bytes), aliases: ['a'] };
      const published = await publishVersion(needs, principal, request);
      expect(published).toMatchObject({ unchanged: false, modelCreated: true, version: { number: 1 } });
      expect(published.inspection.recurrent.perUse).toBe(56);
      expect(await aliases('named')).toEqual({ a: 1 });
      expect(await publish('named', bytes)).toMatchObject({ unchanged: true });
    });

    it('reads bytes again whose inspection is of an older version', async () => {
      const bytes = small(21);
      await store(bytes);
      await registry.needs.database.inspection.updateMany({
        where: { artifactDigest: digestOf(bytes) },
        data: { inspectionVersion: 0, modelParams: 0n },
      });
      const { inspection } = await publish('reread', bytes);
      expect(inspection.inspectionVersion).toBeGreaterThan(0);
      expect(inspection.recurrent.perUse).toBe(56);
    });

    it('grants nothing to who only knows the digest', async () => {
      const bytes = small(22);
      await store(bytes);
      const stranger = await registry.principal(['publish'], 'stranger-*');
      await expect(publish('stranger-1', bytes, stranger)).rejects.toEqual(refusal('ARTIFACT_NOT_FOUND', ['digest']));
      await publish('other-model', bytes);
      await expect(publish('stranger-1', bytes, stranger)).rejects.toEqual(refusal('ARTIFACT_NOT_FOUND'));
      await publish('stranger-0', bytes);
      expect(await publish('stranger-1', bytes, stranger)).toMatchObject({ version: { number: 1 } });
    });

    it('refuses what is not stored, no digest, and bytes that are no model for what they are', async () => {
      await expect(publish('named-bad', small(999))).rejects.toEqual(refusal('ARTIFACT_NOT_FOUND'));
      const request = { model: 'named-bad', digest: 'sha256:abc' };
      await expect(publishVersion(registry.needs, principal, request)).rejects.toEqual(refusal('DIGEST_INVALID'));
      const page = new TextEncoder().encode('<!doctype html><title>Sign in</title>');
      const { refusal: reason } = await store(page);
      expect(reason?.code).toBe('ARTIFACT_NOT_ONNX');
      const error: unknown = await publish('named-bad', page).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'ARTIFACT_NOT_ONNX', message: reason?.message });
      expect(await findModel('named-bad')).toBeNull();
    });

    it('shares its idempotency keys with the other door', async () => {
      const bytes = small(24);
      await store(bytes);
      const details = { idempotencyKey: 'one-key', force: true };
      const first = await publish('both-doors', bytes, principal, details);
      expect(await upload('both-doors', bytes, details)).toEqual(first);
    });
  });
});
