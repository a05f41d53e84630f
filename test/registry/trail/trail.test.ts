// The trail: what is recorded with each change, in its transaction, and that nothing of it can be changed.
import { lstmModel } from '../../support/onnx-model.js';
import { deleteAlias, setAlias } from '../../../src/registry/aliases/aliases.js';
import { createModel, deleteModel, updateModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import { publishUpload, type UploadRequest } from '../../../src/registry/publish/publish.js';
import { createToken, revokeToken } from '../../../src/registry/access/tokens.js';
import { recordEvent } from '../../../src/registry/trail/trail.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

async function* inOneChunk(bytes: Uint8Array) {
  await Promise.resolve();
  yield bytes;
}
const publish = (model: string, seed: number, rest: Partial<UploadRequest> = {}) =>
  publishUpload(registry.needs, registry.publisher, {
    model,
    body: inOneChunk(lstmModel({ inputSize: 3, hiddenSize: 2, seed })),
    ...rest,
  });
const eventsOf = async (subject: string) => {
  const rows = await registry.needs.database.event.findMany({ where: { subject }, orderBy: { sequence: 'asc' } });
  return rows.map(({ action, versionNumber, alias, details }) => [action, versionNumber, alias, details]);
};

describe('the trail of a model', () => {
  it('tells of everything that changes it, in order, who did it, and goes on when the name returns', async () => {
    const { needs, publisher, admin } = registry;
    await createModel(needs, publisher, { name: 'told', tags: ['vad'] });
    await updateModel(needs, publisher, { model: 'told', description: 'a long story', tags: ['edge'] });
    await publish('told', 1, { aliases: ['production', 'candidate'] });
    await publish('told', 2, { aliases: ['candidate'] });
    await setAlias(needs, publisher, { model: 'told', alias: 'production', version: { number: 2 } });
    await deleteAlias(needs, publisher, { model: 'told', alias: 'candidate' });
    await withdrawVersion(needs, publisher, { model: 'told', version: { number: 2 }, reason: 'wrong weights' });
    await publish('told', 3, { aliases: ['production'] });
    await deleteModel(needs, admin, { model: 'told' });
    await publish('told', 4);

    const digest = (detail: unknown) => JSON.parse(String(detail)) as { digest: string };
    const events = await eventsOf('told');
    expect(events.filter(([action]) => action === 'VERSION_PUBLISHED').map(([, , , said]) => digest(said))).toEqual(
      Array(4).fill({ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string }),
    );
    expect(
      events.map(([action, version, alias, said]) => [
        action,
        version,
        alias,
        action === 'VERSION_PUBLISHED' ? '' : said,
      ]),
    ).toEqual([
      ['MODEL_CREATED', null, null, '{"tags":["vad"]}'],
      ['MODEL_UPDATED', null, null, '{"changed":["description","tags"],"tags":["edge"]}'],
      ['VERSION_PUBLISHED', 1, null, ''],
      ['ALIAS_SET', 1, 'candidate', '{"from":null,"to":1,"cause":"PUBLISHED"}'],
      ['ALIAS_SET', 1, 'production', '{"from":null,"to":1,"cause":"PUBLISHED"}'],
      ['VERSION_PUBLISHED', 2, null, ''],
      ['ALIAS_SET', 2, 'candidate', '{"from":1,"to":2,"cause":"PUBLISHED"}'],
      ['ALIAS_SET', 2, 'production', '{"from":1,"to":2,"cause":"SET"}'],
      ['ALIAS_DELETED', 2, 'candidate', '{"from":2,"to":null,"cause":"DELETED"}'],
      ['VERSION_WITHDRAWN', 2, null, '{"reason":"wrong weights"}'],
      ['ALIAS_DELETED', 2, 'production', '{"from":2,"to":null,"cause":"WITHDRAWN"}'],
      ['VERSION_PUBLISHED', 3, null, ''],
      ['ALIAS_SET', 3, 'production', '{"from":null,"to":3,"cause":"PUBLISHED"}'],
      ['MODEL_DELETED', null, null, '{"versions":3}'],
      ['ALIAS_DELETED', 3, 'production', '{"from":3,"to":null,"cause":"MODEL_DELETED"}'],
      ['MODEL_CREATED', null, null, '{}'],
      ['VERSION_PUBLISHED', 4, null, ''],
    ]);
    const rows = await needs.database.event.findMany({ where: { subject: 'told' }, orderBy: { sequence: 'asc' } });
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted());
    expect(rows.map(({ principal, tokenId }) => [principal, tokenId])).toEqual(
      rows.map(({ action, details }) => {
        const by = action === 'MODEL_DELETED' || details.includes('MODEL_DELETED') ? admin : publisher;
        return [by.name, by.tokenId];
      }),
    );
  });

  it('does not tell of what changed nothing, and of what failed', async () => {
    await publish('still', 1, { aliases: ['a'] });
    const told = await eventsOf('still');
    expect((await publish('still', 1, { aliases: ['a'] })).unchanged).toBe(true);
    await setAlias(registry.needs, registry.publisher, { model: 'still', alias: 'a', version: { number: 1 } });
    await expect(
      setAlias(registry.needs, registry.publisher, { model: 'still', alias: 'a', version: { number: 2 } }),
    ).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
    expect(await eventsOf('still')).toEqual(told);
  });

  it('is undone with the change that it tells of', async () => {
    const undone = registry.needs.database.$transaction(async (transaction) => {
      await recordEvent(transaction, { action: 'MODEL_UPDATED', by: registry.admin, model: 'undone' });
      throw new Error('something else went wrong');
    });
    await expect(undone).rejects.toThrow('something else');
    expect(await eventsOf('undone')).toEqual([]);
    expect(await registry.needs.database.eventChain.findUnique({ where: { subject: 'undone' } })).toBeNull();
  });

  it('has no gap when many write at once', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, seed) => publish('crowded', seed, { aliases: ['last'] })));
    const rows = await registry.needs.database.event.findMany({
      where: { subject: 'crowded' },
      orderBy: { sequence: 'asc' },
    });
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
    expect(rows.map(({ at }) => at.getTime())).toEqual(rows.map(({ at }) => at.getTime()).toSorted((a, b) => a - b));
  });
});

describe('the trail of what has no model', () => {
  it('tells of tokens, once each, without a secret or a part of one', async () => {
    const { needs, admin } = registry;
    const before = (await eventsOf('')).length;
    const { token, secret } = await createToken(needs, admin, { name: 'ci', scopes: ['publish'], models: 'vad-*' });
    await revokeToken(needs, admin, token.id);
    await revokeToken(needs, admin, token.id);
    await Promise.all(
      Array.from({ length: 5 }, (_, at) => createToken(needs, admin, { name: `many ${at}`, scopes: ['publish'] })),
    );
    const events = (await eventsOf('')).slice(before);
    expect(events.map(([action]) => action)).toEqual([
      'TOKEN_CREATED',
      'TOKEN_REVOKED',
      ...(Array(5).fill('TOKEN_CREATED') as string[]),
    ]);
    expect(JSON.parse(String(events[0]?.[3]))).toEqual({
      token: token.id,
      name: 'ci',
      scopes: ['publish'],
      models: 'vad-*',
      expiresAt: token.expiresAt?.toISOString(),
    });
    const all = JSON.stringify(await needs.database.event.findMany());
    expect(all).toContain(token.id);
    expect(all).not.toContain(secret);
    expect(all).not.toContain(token.hint);
  });
});

describe('what is recorded', () => {
  it.each([
    "UPDATE event SET principal = 'somebody else'",
    "UPDATE event SET details = '{}' WHERE sequence = 1",
    'DELETE FROM event',
    'TRUNCATE event',
    'DELETE FROM alias_move',
    'UPDATE alias_move SET to_number = 1',
    'TRUNCATE alias_move',
  ])('cannot be changed: %s', async (statement) => {
    await publish('kept', 1, { aliases: ['a'] });
    const count = () => registry.needs.database.event.count();
    const before = await count();
    await expect(registry.needs.database.$executeRawUnsafe(statement)).rejects.toThrow(/only ever added/);
    expect(await count()).toBe(before);
  });
});
