// The trail and the history of aliases over GraphQL: shapes, rights, and how many statements they take.
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { publishSample } from '../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

let registry: TestRegistry;
let graphql: TestGraphql;
beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
  await publishSample(registry.needs, registry.publisher, 'vad', { aliases: ['production'] });
  await publishSample(registry.needs, registry.publisher, 'vad', { aliases: ['production'] });
  await publishSample(registry.needs, registry.publisher, 'tts', { aliases: ['production'] });
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Events {
  events: { totalCount: number; nodes: Record<string, unknown>[] };
}

test('events have what was done, by whom, and what else there is to say; each is found again by its id', async () => {
  const { data, errors } = await graphql.ask<Events>(
    `{ events(where: { modelName: { eq: "vad" } }, orderBy: { direction: ASC }) { totalCount nodes {
      id action modelName sequence principal versionNumber alias hash details { name value } } } }`,
  );
  expect(errors).toEqual([]);
  expect(data.events.totalCount).toBe(5);
  expect(data.events.nodes.map(({ action, sequence }) => [sequence, action])).toEqual([
    [1, 'MODEL_CREATED'],
    [2, 'VERSION_PUBLISHED'],
    [3, 'ALIAS_SET'],
    [4, 'VERSION_PUBLISHED'],
    [5, 'ALIAS_SET'],
  ]);
  const last = data.events.nodes[4];
  expect(last).toMatchObject({
    modelName: 'vad',
    principal: registry.publisher.name,
    versionNumber: 2,
    alias: 'production',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    details: [
      { name: 'from', value: '1' },
      { name: 'to', value: '2' },
      { name: 'cause', value: 'PUBLISHED' },
    ],
  });
  const again = '{ node(id: $id) { id ... on Event { action alias } } }';
  const found = await graphql.ask(`query ($id: ID!) ${again}`, { id: last?.['id'] });
  expect(found.data).toEqual({ node: { id: last?.['id'], action: 'ALIAS_SET', alias: 'production' } });
  const blind = { principal: await registry.principal(['read'], 'other-*') };
  expect((await graphql.ask(`query ($id: ID!) ${again}`, { id: last?.['id'] }, blind)).data).toEqual({ node: null });
});

test('events without a model are for admins over all models', async () => {
  const ask =
    '{ events(where: { action: { eq: TOKEN_CREATED } }) { totalCount nodes { modelName details { name } } } }';
  expect((await graphql.ask<Events>(ask)).data.events).toEqual({ totalCount: 0, nodes: [] });
  const { data } = await graphql.ask<Events>(ask, {}, { principal: registry.admin });
  expect(data.events.totalCount).toBeGreaterThanOrEqual(3);
  expect(data.events.nodes[0]).toEqual({
    modelName: null,
    details: ['token', 'name', 'scopes', 'models', 'expiresAt'].map((name) => ({ name })),
  });
});

test('history and events of many models take one statement each', async () => {
  const { result, statements } = await recordStatements(() =>
    graphql.ask(
      `query ($now: DateTime!) { models { nodes { name versionAt(alias: "production", date: $now) { number }
        aliasMoves(alias: "production") { nodes { fromNumber toNumber cause } } events(first: 1) { nodes { action } } } } }`,
      { now: new Date().toISOString() },
    ),
  );
  expect(result.errors).toEqual([]);
  const events = { nodes: [{ action: 'ALIAS_SET' }] };
  expect(result.data).toEqual({
    models: {
      nodes: [
        {
          name: 'tts',
          versionAt: { number: 1 },
          aliasMoves: { nodes: [{ fromNumber: null, toNumber: 1, cause: 'PUBLISHED' }] },
          events,
        },
        {
          name: 'vad',
          versionAt: { number: 2 },
          aliasMoves: {
            nodes: [
              { fromNumber: 1, toNumber: 2, cause: 'PUBLISHED' },
              { fromNumber: null, toNumber: 1, cause: 'PUBLISHED' },
            ],
          },
          events,
        },
      ],
    },
  });
  expect(statements).toHaveLength(4);
});

test('where an alias stood is asked by name too, and is nothing for who does not see the model', async () => {
  const ask = 'query ($date: DateTime!) { versionAt(model: "vad", alias: "production", date: $date) { number } }';
  const now = { date: new Date().toISOString() };
  expect((await graphql.ask(ask, now)).data).toEqual({ versionAt: { number: 2 } });
  expect((await graphql.ask(ask, { date: '2020-01-01T00:00:00Z' })).data).toEqual({ versionAt: null });
  const blind = { principal: await registry.principal(['read'], 'other-*') };
  expect((await graphql.ask(ask, now, blind)).data).toEqual({ versionAt: null });
});

test('where an alias will stand nobody knows: an instant in the future is refused', async () => {
  const ask = 'query ($date: DateTime!) { versionAt(model: "vad", alias: "production", date: $date) { number } }';
  const { errors } = await graphql.ask(ask, { date: '9000-01-01T00:00:00Z' });
  expect(errors).toMatchObject([{ extensions: { code: 'INPUT_INVALID', field: ['date'] } }]);
  expect(errors[0]?.message).toMatch(
    /in the future; to see where the alias points now, ask for the version by that alias/,
  );
});

test('the check of the trail is for admins', async () => {
  const ask = '{ trailCheck { events findings { modelName sequence fault } next } }';
  expect((await graphql.ask(ask)).codes).toEqual(['SCOPE_MISSING']);
  const { data } = await graphql.ask<{ trailCheck: object }>(ask, {}, { principal: registry.admin });
  expect(data.trailCheck).toEqual({ events: await registry.needs.database.event.count(), findings: [], next: null });
});
