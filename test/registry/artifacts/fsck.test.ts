// What is stored is held against its digests: a flipped bit, cut or missing bytes are found (U14); nothing is changed.
import { createHash } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { findUnreferencedBlobs, verifyArtifacts } from '../../../src/registry/artifacts/fsck.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { blobPath, flipBit } from '../../support/damage.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const small = (seed = 0) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry.close());

const publish = (model: string, bytes: Uint8Array) =>
  publishUpload(registry.needs, registry.publisher, { model, body: once(bytes) });

test('finds a flipped bit, cut bytes and missing bytes, and no other artifact at fault (U14)', async () => {
  for (const seed of [0, 1, 2, 3]) await publish(`m${seed}`, small(seed));
  const data = Buffer.from('values of tensors, not a model');
  await storeArtifact(registry.needs, registry.publisher, { digest: digestOf(data), body: once(data) });
  const verify = () => verifyArtifacts(registry.needs, registry.admin, { first: 20 });
  expect(await verify()).toMatchObject({ done: 5, failures: [], left: 0 });
  await flipBit(blobPath(registry.blobFolder, digestOf(small(0))), 40);
  await truncate(blobPath(registry.blobFolder, digestOf(small(1))), 100);
  await registry.needs.blobs.delete(digestOf(data));
  const { done, failures, left } = await verify();
  expect({ done, left }).toEqual({ done: 2, left: 0 });
  expect(failures.map(({ digest }) => digest)).toEqual(
    [small(0), small(1), data].map(digestOf).sort((a, b) => (a < b ? -1 : 1)),
  );
  for (const { error } of failures) expect(error).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
});

test('goes over the artifacts a few at a time', async () => {
  for (const seed of [0, 1, 2]) await publish('m', small(seed));
  const first = await verifyArtifacts(registry.needs, registry.admin, { first: 2 });
  expect(first).toMatchObject({ done: 2, left: 1 });
  const second = await verifyArtifacts(registry.needs, registry.admin, { first: 2, after: first.last });
  expect(second).toMatchObject({ done: 1, left: 0 });
});

test('counts and names blobs that no artifact names', async () => {
  await publish('kept', small(0));
  expect(await findUnreferencedBlobs(registry.needs, registry.admin)).toEqual({ count: 0, byteSize: 0, blobs: [] });
  const staged = await registry.needs.blobs.stage();
  await staged.write(Buffer.from('left behind'));
  await staged.commit();
  expect(await findUnreferencedBlobs(registry.needs, registry.admin)).toEqual({
    count: 1,
    byteSize: 11,
    blobs: [{ digest: digestOf(Buffer.from('left behind')), byteSize: 11 }],
  });
});

test('needs the scope admin for all models', async () => {
  for (const principal of [registry.publisher, await registry.principal(['admin'], 'speech-*')]) {
    const code = expect.objectContaining({ code: 'SCOPE_MISSING' }) as unknown;
    await expect(verifyArtifacts(registry.needs, principal, { first: 1 })).rejects.toEqual(code);
    await expect(findUnreferencedBlobs(registry.needs, principal)).rejects.toEqual(code);
  }
});
