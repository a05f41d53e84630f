/** graphql-request against a real registry, by POST and by GET. */
import { ClientError, GraphQLClient } from 'graphql-request';
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

describe.each(['POST', 'GET'] as const)('graphql-request by %s', (method) => {
  const client = (token = server.adminToken) =>
    new GraphQLClient(graphqlUrl(server), { method, headers: bearer(token) });

  test('asks with variables', async () => {
    const start = server.log().length;
    const { version } = await client().request<VersionAnswer>(VERSION, { model: 'speech', number: 2 });
    expect(version).toMatchObject({ number: 2, model: { name: 'speech' } });
    await eventually(() => methodsSince(server, start).length > 0);
    expect(methodsSince(server, start)).toEqual([method]);
  });

  test('pages through a connection', async () => {
    const numbers: number[] = [];
    let after: string | null = null;
    do {
      const { model }: PageAnswer = await client().request<PageAnswer>(PAGE, { model: 'speech', after });
      numbers.push(...model.versions.edges.map(({ node }) => node.number));
      after = model.versions.pageInfo.hasNextPage ? model.versions.pageInfo.endCursor : null;
    } while (after !== null);
    expect(numbers).toEqual([1, 2, 3]);
  });

  // Each row has all four: Jest puts its callback where the last parameter has no value, and waits for it.
  test.each<[string, number, object, string | null]>([
    ['INPUT_INVALID', 400, { size: 101 }, null],
    ['QUERY_INVALID', 400, { size: 'many' }, null],
    ['TOKEN_INVALID', 401, { size: 1 }, 'wrong'],
  ])('throws its own error with the code %s and a request id', async (code, status, variables, token) => {
    const error: unknown = await client(token ?? server.adminToken)
      .request(TOO_MANY, variables)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClientError);
    const { response } = error as ClientError;
    expect(response.status).toBe(status);
    expect(response.errors).toMatchObject([{ extensions: { code, requestId: requestId(response) } }]);
  });
});

const requestId = ({ headers }: ClientError['response']) => headers.get('x-request-id');

test('graphql-request gets the userErrors of a mutation as data', async () => {
  const client = new GraphQLClient(graphqlUrl(server), { headers: bearer(server.adminToken) });
  const { setAlias } = await client.request<SetAliasAnswer>(SET_ALIAS, { number: 9 });
  expect(setAlias).toMatchObject({ alias: null, userErrors: [{ code: 'VERSION_NOT_FOUND' }] });
  const done = await client.request<SetAliasAnswer>(SET_ALIAS, { number: 2 });
  expect(done.setAlias).toMatchObject({ alias: { version: { number: 2 } }, userErrors: [] });
});
