// Tokens that are taken back, lowered or expire while what they were sent for is still arriving.
import type { Principal, Scope } from '../../../src/core/principal.js';
import { revokeToken } from '../../../src/registry/access/tokens.js';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import { publishUpload, publishVersion } from '../../../src/registry/publish/publish.js';
import { digestOf, publishSample } from '../../support/catalog.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, refusalOf, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

/** A model in two chunks; in between something happens. */
async function* bodyWith(happening: () => Promise<unknown>, seed: number) {
  const bytes = lstmModel({ inputSize: 3, hiddenSize: 2, seed });
  yield bytes.subarray(0, 100);
  await happening();
  yield bytes.subarray(100);
}

const change = ({ tokenId }: Principal, data: { scopes?: Scope[]; models?: string; expiresAt?: Date }) =>
  registry.needs.database.token.update({ where: { id: tokenId ?? '' }, data });

const lastEvent = (subject: string) =>
  registry.needs.database.event.findFirst({ where: { subject }, orderBy: { sequence: 'desc' } });

describe.each([
  ['revoked', (by: Principal) => revokeToken(registry.needs, registry.admin, by.tokenId ?? ''), 'TOKEN_INVALID'],
  ['expired', (by: Principal) => change(by, { expiresAt: new Date(Date.now() - 1) }), 'TOKEN_INVALID'],
  ['left with reading alone', (by: Principal) => change(by, { scopes: ['read'] }), 'SCOPE_MISSING'],
  ['given other models', (by: Principal) => change(by, { models: 'other-*' }), 'SCOPE_MISSING'],
] as const)('a token that is %s during an upload (F03)', (what, take, code) => {
  it('publishes nothing: no version, no bytes left, the refusal in the trail', async () => {
    const model = `lapsed-${what.replaceAll(' ', '-')}`;
    await publishSample(registry.needs, registry.publisher, model);
    const by = await registry.principal(['publish']);
    const before = (await registry.blobFiles()).sort();
    const body = bodyWith(() => take(by), what.length);
    expect(await refusalOf(publishUpload(registry.needs, by, { model, body, aliases: ['production'] }))).toBe(code);
    expect(await registry.needs.database.version.count({ where: { modelName: model } })).toBe(1);
    expect((await registry.blobFiles()).sort()).toEqual(before);
    expect(await lastEvent(model)).toMatchObject({ action: 'UPLOAD_REFUSED', principal: by.name, tokenId: by.tokenId });
  });

  it('publishes nothing of bytes that are stored already', async () => {
    const model = `stored-${what.replaceAll(' ', '-')}`;
    await publishSample(registry.needs, registry.publisher, model, { seed: model });
    const by = await registry.principal(['publish']);
    await take(by);
    const digest = digestOf(model);
    expect(await refusalOf(publishVersion(registry.needs, by, { model, digest, force: true }))).toBe(code);
    expect(await registry.needs.database.version.count({ where: { modelName: model } })).toBe(1);
    expect(await lastEvent(model)).toMatchObject({ action: 'UPLOAD_REFUSED', tokenId: by.tokenId });
  });
});

it('makes no model for a refused upload, which is told among the events without a model', async () => {
  const by = await registry.principal(['publish']);
  const body = bodyWith(() => revokeToken(registry.needs, registry.admin, by.tokenId ?? ''), 50);
  expect(await refusalOf(publishUpload(registry.needs, by, { model: 'never-there', body }))).toBe('TOKEN_INVALID');
  expect(await registry.needs.database.model.count({ where: { name: 'never-there' } })).toBe(0);
  const event = await lastEvent('');
  expect(event).toMatchObject({ action: 'UPLOAD_REFUSED', tokenId: by.tokenId });
  expect(JSON.parse(event?.details ?? '')).toMatchObject({ model: 'never-there' });
});

it('keeps no blob of a token that is revoked while it arrives', async () => {
  const by = await registry.principal(['publish']);
  const bytes = lstmModel({ inputSize: 3, hiddenSize: 2, seed: 60 });
  const before = (await registry.blobFiles()).sort();
  const body = bodyWith(() => revokeToken(registry.needs, registry.admin, by.tokenId ?? ''), 60);
  const digest = (await import('node:crypto')).createHash('sha256').update(bytes).digest('hex');
  expect(await refusalOf(storeArtifact(registry.needs, by, { digest: `sha256:${digest}`, body }))).toBe(
    'TOKEN_INVALID',
  );
  expect((await registry.blobFiles()).sort()).toEqual(before);
});

it('refuses at the start what a token may not do, without an event: nothing was taken back', async () => {
  const body = bodyWith(() => Promise.resolve(), 70);
  const model = 'not-allowed';
  await publishSample(registry.needs, registry.publisher, model);
  expect(await refusalOf(publishUpload(registry.needs, registry.reader, { model, body }))).toBe('SCOPE_MISSING');
  expect(await lastEvent(model)).toMatchObject({ action: 'VERSION_PUBLISHED' });
});
