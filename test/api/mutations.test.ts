import { recordUpload } from '../../src/registry/inspections/inspections.js';
import { digestOf, sampleInspection } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.publisher);
  for (const seed of ['a', 'b']) {
    await recordUpload(registry.needs, sampleInspection({ seed }), {
      tokenId: registry.publisher.tokenId,
      parts: null,
    });
  }
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

const ERRORS = 'userErrors { code field message }';
const PUBLISH = `mutation ($input: PublishVersionInput!) { publishVersion(input: $input) {
  version { number labels notes source { commit } declaredParams aliases { nodes { name } } model { name latestVersion { number } } }
  unchanged modelCreated ${ERRORS} } }`;

test('a model is made, changed and deleted', async () => {
  const created = await graphql.ask(
    `mutation { createModel(input: { name: "made", description: "d", tags: ["b", "a"] }) { model { name description tags createdBy } ${ERRORS} } }`,
  );
  expect(created.data).toEqual({
    createModel: {
      model: { name: 'made', description: 'd', tags: ['a', 'b'], createdBy: 'read publish' },
      userErrors: [],
    },
  });
  const updated = await graphql.ask(
    `mutation { updateModel(input: { model: "made", description: null }) { model { description tags } ${ERRORS} } }`,
  );
  expect(updated.data).toEqual({ updateModel: { model: { description: null, tags: ['a', 'b'] }, userErrors: [] } });
  const deleted = await graphql.ask(
    `mutation { deleteModel(input: { model: "made" }) { name ${ERRORS} } }`,
    {},
    { principal: registry.admin },
  );
  expect(deleted.data).toEqual({ deleteModel: { name: 'made', userErrors: [] } });
  expect((await graphql.ask('{ model(name: "made") { name } }')).data).toEqual({ model: null });
});

test('stored bytes are published, and the same bytes again are not a new version', async () => {
  const input = {
    model: 'published',
    digest: digestOf('a'),
    aliases: ['production'],
    labels: ['nightly'],
    notes: 'first',
    source: { commit: 'abc' },
    declaredParams: 50_800,
  };
  const { data, errors } = await graphql.ask(PUBLISH, { input });
  expect(errors).toEqual([]);
  expect(data).toEqual({
    publishVersion: {
      version: {
        number: 1,
        labels: ['nightly'],
        notes: 'first',
        source: { commit: 'abc' },
        declaredParams: 50_800,
        aliases: { nodes: [{ name: 'production' }] },
        model: { name: 'published', latestVersion: { number: 1 } },
      },
      unchanged: false,
      modelCreated: true,
      userErrors: [],
    },
  });
  const again = await graphql.ask(PUBLISH, { input: { model: 'published', digest: digestOf('a') } });
  expect(again.data).toMatchObject({
    publishVersion: { version: { number: 1 }, unchanged: true, modelCreated: false },
  });
  const forced = await graphql.ask(PUBLISH, { input: { model: 'published', digest: digestOf('a'), force: true } });
  expect(forced.data).toMatchObject({ publishVersion: { version: { number: 2 }, unchanged: false } });
});

test('a later mutation of one operation does not answer from what an earlier one loaded', async () => {
  const publish = (alias: string, seed: string) =>
    `${alias}: publishVersion(input: { model: "twice", digest: "${digestOf(seed)}" }) { version { model { latestVersion { number } } } }`;
  const { data } = await graphql.ask(`mutation { ${publish('one', 'a')} ${publish('two', 'b')} }`);
  const latest = (number: number) => ({ version: { model: { latestVersion: { number } } } });
  expect(data).toEqual({ one: latest(1), two: latest(2) });
});

test('an alias keeps its id when it moves, and is found by it where the token sees its model', async () => {
  for (const seed of ['a', 'b']) await graphql.ask(PUBLISH, { input: { model: 'kept', digest: digestOf(seed) } });
  const set = async (number: number) => {
    const text = `mutation { setAlias(input: { model: "kept", alias: "live", version: { number: ${number} } }) { alias { id } } }`;
    return (await graphql.ask<{ setAlias: { alias: { id: string } } }>(text)).data.setAlias.alias.id;
  };
  const id = await set(1);
  expect(await set(2)).toBe(id);
  const find = 'query ($id: ID!) { node(id: $id) { id ... on Alias { name version { number } model { name } } } }';
  expect((await graphql.ask(find, { id })).data).toEqual({
    node: { id, name: 'live', version: { number: 2 }, model: { name: 'kept' } },
  });
  const elsewhere = { principal: await registry.principal(['read'], 'other-*') };
  expect((await graphql.ask(find, { id }, elsewhere)).data).toEqual({ node: null });
});

test('an alias moves and goes; a withdrawn version keeps its number', async () => {
  for (const seed of ['a', 'b']) await graphql.ask(PUBLISH, { input: { model: 'moving', digest: digestOf(seed) } });
  const set = (number: number) =>
    graphql.ask(
      `mutation { setAlias(input: { model: "moving", alias: "stable", version: { number: ${number} } }) { alias { name version { number } } ${ERRORS} } }`,
    );
  expect((await set(1)).data).toEqual({
    setAlias: { alias: { name: 'stable', version: { number: 1 } }, userErrors: [] },
  });
  expect((await set(2)).data).toMatchObject({ setAlias: { alias: { version: { number: 2 } } } });
  const drop = `mutation { deleteAlias(input: { model: "moving", alias: "stable" }) { name ${ERRORS} } }`;
  expect((await graphql.ask(drop)).data).toEqual({ deleteAlias: { name: 'stable', userErrors: [] } });
  expect((await graphql.ask(drop)).data).toMatchObject({
    deleteAlias: { name: null, userErrors: [{ code: 'ALIAS_NOT_FOUND', field: ['alias'] }] },
  });
  const withdraw = `mutation { withdrawVersion(input: { model: "moving", version: { number: 2 }, reason: "wrong" }) {
    version { number withdrawn { by reason } model { latestVersion { number } } } ${ERRORS} } }`;
  expect((await graphql.ask(withdraw)).data).toEqual({
    withdrawVersion: {
      version: {
        number: 2,
        withdrawn: { by: 'read publish', reason: 'wrong' },
        model: { latestVersion: { number: 1 } },
      },
      userErrors: [],
    },
  });
});

test('a token is made, works as its secret says, and is revoked by its id', async () => {
  const as = { principal: registry.admin };
  interface Created {
    createToken: { token: { id: string; name: string; scopes: string[]; models: string }; secret: string };
  }
  const create =
    'mutation { createToken(input: { name: "ci", scopes: [READ, PUBLISH], models: "silero-*", expiresInDays: 7 }) { token { id name scopes models } secret userErrors { code } } }';
  const { token, secret } = (await graphql.ask<Created>(create, {}, as)).data.createToken;
  expect(token).toMatchObject({ name: 'ci', scopes: ['READ', 'PUBLISH'], models: 'silero-*' });
  expect(secret).toMatch(/^wbr_[0-9A-Za-z]{36}$/);
  const revoke =
    'mutation ($id: ID!) { revokeToken(input: { id: $id }) { token { revokedAt } userErrors { code field } } }';
  const revoked = await graphql.ask<{ revokeToken: { token: { revokedAt: string } } }>(revoke, { id: token.id }, as);
  expect(Date.parse(revoked.data.revokeToken.token.revokedAt)).not.toBeNaN();
  expect((await graphql.ask(revoke, { id: 'nonsense' }, as)).data).toEqual({
    revokeToken: { token: null, userErrors: [{ code: 'TOKEN_NOT_FOUND', field: ['id'] }] },
  });
});

test('a name is kept as it is written and found in any case; what is none is refused with the field', async () => {
  const made = await graphql.ask(
    `mutation { createModel(input: { name: "Acme/Speech_Model" }) { model { name } ${ERRORS} } }`,
  );
  expect(made.data).toEqual({ createModel: { model: { name: 'Acme/Speech_Model' }, userErrors: [] } });
  const published = await graphql.ask<{ publishVersion: { version: { number: number }; modelCreated: boolean } }>(
    PUBLISH,
    { input: { model: 'acme/speech_model', digest: digestOf('a'), aliases: ['production'] } },
  );
  expect(published.data.publishVersion).toMatchObject({
    version: { number: 1, model: { name: 'Acme/Speech_Model' } },
    modelCreated: false,
  });
  const found = await graphql.ask(`{ model(name: "ACME/speech_model") { name }
    version(model: "acme/Speech_Model", ref: { alias: "production" }) { number }
    models(where: { name: { glob: "aCME/*" } }) { nodes { name } }
    none: models(where: { name: { glob: "acme*" } }) { nodes { name } } }`);
  const name = 'Acme/Speech_Model';
  const listed = { models: { nodes: [{ name }] }, none: { nodes: [] } };
  expect(found.data).toEqual({ model: { name }, version: { number: 1 }, ...listed });
  const again = { name: 'acme/SPEECH_model' };
  const create = `mutation ($name: String!) { createModel(input: { name: $name }) { model { name } ${ERRORS} } }`;
  const message = 'a model "Acme/Speech_Model" already exists';
  expect((await graphql.ask(create, again)).data).toEqual({
    createModel: { model: null, userErrors: [{ code: 'MODEL_EXISTS', field: ['name'], message }] },
  });
  const bad = [
    '..',
    '.',
    'a/..',
    '%2e%2e',
    'a//b',
    'a/b/c',
    'x'.repeat(257),
    'org/versions',
    'org/Check',
    '\u212aws',
    'a\u2215b',
  ];
  for (const wrong of bad) {
    expect((await graphql.ask(create, { name: wrong })).data).toMatchObject({
      createModel: { model: null, userErrors: [{ code: 'NAME_INVALID', field: ['name'] }] },
    });
  }
});

describe('failures', () => {
  test.each([
    ['createModel(input: { name: "Not A Name" }) { model { name }', 'NAME_INVALID', ['name']],
    ['updateModel(input: { model: "unknown" }) { model { name }', 'MODEL_NOT_FOUND', ['model']],
    [`publishVersion(input: { model: "m", digest: "sha256:x" }) { version { number }`, 'DIGEST_INVALID', ['digest']],
    [
      `publishVersion(input: { model: "m", digest: "${digestOf('never')}" }) { version { number }`,
      'ARTIFACT_NOT_FOUND',
      ['digest'],
    ],
    [
      'setAlias(input: { model: "unknown", alias: "a", version: { number: 1 } }) { alias { name }',
      'MODEL_NOT_FOUND',
      ['model'],
    ],
  ])('that are expected are userErrors: %s', async (text, code, field) => {
    const { data, errors } = await graphql.ask<Record<string, { userErrors: { message: string }[] }>>(
      `mutation { answer: ${text} ${ERRORS} } }`,
    );
    expect(errors).toEqual([]);
    expect(data['answer']?.userErrors).toMatchObject([{ code, field }]);
    expect(data['answer']?.userErrors[0]?.message.length).toBeGreaterThan(5);
  });

  test.each([
    'createModel(input: { name: "forbidden" }) { model { name }',
    `publishVersion(input: { model: "forbidden", digest: "${digestOf('a')}" }) { version { number }`,
    'deleteModel(input: { model: "published" }) { name',
    'createToken(input: { name: "x", scopes: [ADMIN] }) { secret',
  ])('of rights are errors, and nothing is done (A02): %s', async (text) => {
    const { codes, errors } = await graphql.ask(
      `mutation { answer: ${text} ${ERRORS} } }`,
      {},
      { principal: registry.reader },
    );
    expect(codes).toEqual(['SCOPE_MISSING']);
    expect(errors[0]?.extensions?.['requestId']).toBe('request-1');
    expect((await graphql.ask('{ model(name: "forbidden") { name } }')).data).toEqual({ model: null });
  });
});
