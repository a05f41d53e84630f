/** Apollo Client with its normalised cache against a real registry. */
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import {
  bearer,
  graphqlUrl,
  methodsSince,
  PAGE,
  SET_ALIAS,
  startServerWithSpeech,
  TOO_MANY,
  VERSION,
  type PageAnswer,
  type SetAliasAnswer,
  type VersionAnswer,
} from '../../support/client-operations.js';
import { eventually } from '../../support/raw-http.js';
import type { TestServer } from '../../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServerWithSpeech();
});
afterAll(() => server.close());

const open = ({ useGETForQueries = false, token = server.adminToken } = {}) =>
  new ApolloClient({
    link: new HttpLink({ uri: graphqlUrl(server), headers: bearer(token), useGETForQueries }),
    cache: new InMemoryCache({
      typePolicies: { Model: { fields: { versions: relayStylePagination(['where', 'orderBy']) } } },
    }),
  });

describe.each([
  ['POST', false],
  ['GET', true],
])('Apollo Client with queries by %s', (method, useGETForQueries) => {
  test('asks with variables, and the second time its cache', async () => {
    const start = server.log().length;
    const client = open({ useGETForQueries });
    const options = { query: gql(VERSION), variables: { model: 'speech', number: 2 } };
    const { data } = await client.query<VersionAnswer>(options);
    expect(data?.version).toMatchObject({ number: 2, model: { name: 'speech' } });
    const again = await client.query<VersionAnswer>(options);
    expect(again.data).toEqual(data);
    await eventually(() => methodsSince(server, start).length > 0);
    expect(methodsSince(server, start)).toEqual([method]);
  });

  test('pages through a connection into one list of its cache', async () => {
    const client = open({ useGETForQueries });
    const page = { query: gql(PAGE), variables: { model: 'speech' } };
    const versions = () => client.readQuery<PageAnswer>(page)?.model.versions;
    await client.query<PageAnswer>(page);
    expect(versions()?.edges.map(({ node }) => node.number)).toEqual([1, 2]);
    const watched = client.watchQuery<PageAnswer>(page);
    const subscription = watched.subscribe({});
    try {
      await watched.fetchMore({ variables: { after: versions()?.pageInfo.endCursor } });
      expect(versions()?.edges.map(({ node }) => node.number)).toEqual([1, 2, 3]);
      expect(versions()?.pageInfo.hasNextPage).toBe(false);
    } finally {
      subscription.unsubscribe();
    }
  });

  test.each([
    ['INPUT_INVALID', { size: 101 }, undefined],
    ['QUERY_INVALID', { size: 'many' }, undefined],
    ['TOKEN_INVALID', { size: 1 }, 'wrong'],
  ])('throws the errors of GraphQL with the code %s and a request id', async (code, variables, token) => {
    const client = open({ useGETForQueries, ...(token === undefined ? {} : { token }) });
    const error = await client.query({ query: gql(TOO_MANY), variables }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CombinedGraphQLErrors);
    expect((error as CombinedGraphQLErrors).errors).toMatchObject([
      { extensions: { code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string } },
    ]);
  });

  test('gets the userErrors of a mutation as data, by POST', async () => {
    const start = server.log().length;
    const { data } = await open({ useGETForQueries }).mutate<SetAliasAnswer>({
      mutation: gql(SET_ALIAS),
      variables: { number: 9 },
    });
    expect(data?.setAlias).toMatchObject({ alias: null, userErrors: [{ code: 'VERSION_NOT_FOUND' }] });
    await eventually(() => methodsSince(server, start).length > 0);
    expect(methodsSince(server, start)).toEqual(['POST']);
  });
});

test('Apollo Client sees an alias move after setAlias, in a list that it read before and does not ask for again', async () => {
  const start = server.log().length;
  const client = open();
  const query = gql('{ model(name: "speech") { id aliases { nodes { id name version { id number } } } } }');
  type Aliases = { model: { aliases: { nodes: { name: string; version: { number: number } }[] } } };
  const move = (number: number) => client.mutate({ mutation: gql(SET_ALIAS), variables: { number } });
  const read = () => client.readQuery<Aliases>({ query })?.model.aliases.nodes;
  await move(1);
  await client.query<Aliases>({ query });
  expect(read()).toMatchObject([{ name: 'prod', version: { number: 1 } }]);
  await move(3);
  expect(read()).toMatchObject([{ name: 'prod', version: { number: 3 } }]);
  await eventually(() => methodsSince(server, start).length === 3);
});
