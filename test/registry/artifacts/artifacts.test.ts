// Artifacts stored ahead of their version: kept whole, inspected in passing, and seen only by those who may.
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { WeighbridgeError } from '../../../src/core/errors.js';
import { ANONYMOUS_READER, type Principal } from '../../../src/core/principal.js';
import { findArtifact } from '../../../src/registry/artifacts/artifact-reads.js';
import { openArtifact, storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { externalModel } from '../../support/external-model.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
let publisher: Principal;
beforeAll(async () => {
  registry = await openTestRegistry();
  publisher = registry.publisher;
});
afterAll(() => registry.close());

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const words = (content: string) => new TextEncoder().encode(content);
async function* inOneChunk(bytes: Uint8Array) {
  await Promise.resolve();
  yield bytes;
}
const store = (bytes: Uint8Array, as = publisher, digest = digestOf(bytes)) =>
  storeArtifact(registry.needs, as, { digest, body: inOneChunk(bytes), expectedSize: bytes.length });
const publish = (model: string, bytes: Uint8Array, externalData: { location: string; digest: string }[] = []) =>
  publishUpload(registry.needs, publisher, { model, body: inOneChunk(bytes), externalData });
const refusal = (code: string) => expect.objectContaining({ constructor: WeighbridgeError, code }) as unknown;

describe('storeArtifact', () => {
  it('keeps a model and its inspection', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2, seed: 1 });
    const stored = await store(bytes);
    expect(stored).toMatchObject({ created: true, refusal: null });
    expect(stored.artifact).toMatchObject({ digest: digestOf(bytes), byteSize: bytes.length });
    const inspections = await registry.needs.database.inspection.findMany({
      where: { artifactDigest: digestOf(bytes) },
    });
    expect(inspections.map((row) => row.recurrentPerUse)).toEqual([56n]);
  });

  it('keeps bytes that are no model, and says why they are none', async () => {
    const bytes = words('weights, or a shopping list');
    const stored = await store(bytes);
    expect(stored.created).toBe(true);
    expect(stored.refusal?.code).toMatch(/^ARTIFACT_/);
    expect(stored.refusal?.message).not.toBe('');
    const { body } = await openArtifact(registry.needs, publisher, digestOf(bytes));
    expect(await text(body)).toBe('weights, or a shopping list');
  });

  it('says created once per token, so that nobody learns what others uploaded', async () => {
    const bytes = words('known to one');
    const other = await registry.principal(['publish'], 'other-*');
    expect((await store(bytes)).created).toBe(true);
    expect((await store(bytes)).created).toBe(false);
    expect((await store(bytes, other)).created).toBe(true);
  });

  it('keeps one blob and one row of what 20 send at once', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2, seed: 2 });
    const stored = await Promise.all(Array.from({ length: 20 }, () => store(bytes)));
    expect(stored.filter((answer) => answer.created)).toHaveLength(1);
    const name = digestOf(bytes).slice('sha256:'.length);
    expect((await registry.blobFiles()).filter((file) => file.includes(name))).toHaveLength(1);
    expect(await registry.needs.database.inspection.count({ where: { artifactDigest: digestOf(bytes) } })).toBe(1);
  });

  it('keeps nothing of bytes with another digest, of too little scope, or under no digest', async () => {
    const files = await registry.blobFiles();
    const bytes = words('not what was said');
    await expect(store(bytes, publisher, digestOf(words('x')))).rejects.toEqual(refusal('DIGEST_MISMATCH'));
    await expect(store(bytes, publisher, 'sha256:../../x')).rejects.toEqual(refusal('DIGEST_INVALID'));
    await expect(store(bytes, registry.reader)).rejects.toEqual(refusal('SCOPE_MISSING'));
    await expect(store(bytes, ANONYMOUS_READER)).rejects.toEqual(refusal('SCOPE_MISSING'));
    expect(await registry.blobFiles()).toEqual(files);
    expect(await registry.needs.database.artifact.count({ where: { digest: digestOf(bytes) } })).toBe(0);
  });
});

describe('findArtifact', () => {
  it('finds what the token uploaded, or a model holds that it may read, as model or as external data', async () => {
    const [model, weights] = [externalModel('w.data', 96), new Uint8Array(96).fill(7)];
    await store(weights);
    await publish('speech-1', model, [{ location: 'w.data', digest: digestOf(weights) }]);
    const found = async (as: Principal) =>
      Promise.all(
        [model, weights].map(async (bytes) => (await findArtifact(registry.needs, as, digestOf(bytes)))?.byteSize),
      );
    const both = [model.length, weights.length];
    expect(await found(publisher)).toEqual(both);
    expect(await found(registry.reader)).toEqual(both);
    expect(await found(ANONYMOUS_READER)).toEqual(both);
    expect(await found(await registry.principal(['read'], 'speech-*'))).toEqual(both);
    expect(await found(await registry.principal(['admin'], 'ocr-*'))).toEqual([undefined, undefined]);
  });

  it('takes a model pattern by its signs alone', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2, seed: 3 });
    await publish('a_b', bytes);
    const found = async (models: string) =>
      (await findArtifact(registry.needs, { ...registry.reader, models }, digestOf(bytes))) !== null;
    expect(await Promise.all(['a_b', 'a?b', '*_*', 'a_*'].map(found))).toEqual([true, true, true, true]);
    await publish('a.b', lstmModel({ inputSize: 3, hiddenSize: 2, seed: 4 }));
    expect(await Promise.all(['axb', 'a%', 'a__', '_', ''].map(found))).toEqual([false, false, false, false, false]);
  });

  it('finds nothing that only its uploader knows, and nothing under no digest', async () => {
    const bytes = words('only mine');
    await store(bytes);
    expect(await findArtifact(registry.needs, publisher, digestOf(bytes))).not.toBeNull();
    expect(await findArtifact(registry.needs, registry.admin, digestOf(bytes))).toBeNull();
    for (const digest of ['', '\0', "'; DROP TABLE artifact", digestOf(bytes).toUpperCase()]) {
      expect(await findArtifact(registry.needs, publisher, digest)).toBeNull();
    }
  });
});

describe('openArtifact', () => {
  it('gives what was stored, whole or in part', async () => {
    const bytes = words('0123456789');
    const digest = digestOf(bytes);
    await store(bytes);
    const read = async (start: number, end: number) =>
      text((await openArtifact(registry.needs, publisher, digest, { start, end })).body);
    expect(await text((await openArtifact(registry.needs, publisher, digest)).body)).toBe('0123456789');
    expect(await read(0, 9)).toBe('0123456789');
    expect(await read(3, 3)).toBe('3');
    await expect(read(3, 10)).rejects.toEqual(refusal('RANGE_INVALID'));
    await expect(read(4, 3)).rejects.toEqual(refusal('RANGE_INVALID'));
  });

  it('hides what the principal may not see, as if it were not there', async () => {
    const bytes = words('hidden');
    await store(bytes);
    const hidden = openArtifact(registry.needs, registry.reader, digestOf(bytes));
    await expect(hidden).rejects.toEqual(refusal('ARTIFACT_NOT_FOUND'));
    await expect(openArtifact(registry.needs, registry.reader, digestOf(words('nowhere')))).rejects.toEqual(
      refusal('ARTIFACT_NOT_FOUND'),
    );
  });

  it('calls a row whose bytes are gone corrupt, not unknown', async () => {
    const bytes = words('lost');
    await store(bytes);
    await registry.needs.blobs.delete(digestOf(bytes));
    await expect(openArtifact(registry.needs, publisher, digestOf(bytes))).rejects.toEqual(refusal('ARTIFACT_CORRUPT'));
  });
});
