/** urql against a real registry. It sends queries by GET unless it is told otherwise, and mutations by POST. */
import { Client, fetchExchange, type CombinedError, type OperationResult } from '@urql/core';
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

type Preference = ConstructorParameters<typeof Client>[0]['preferGetMethod'];

const open = (preferGetMethod?: Preference, token = server.adminToken) =>
  new Client({
    url: graphqlUrl(server),
    exchanges: [fetchExchange],
    fetchOptions: { headers: bearer(token) },
    ...(preferGetMethod === undefined ? {} : { preferGetMethod }),
  });

describe.each<[string, Preference, string]>([
  ['as it is', undefined, 'GET'],
  ['with GET forced', 'force', 'GET'],
  ['with POST', false, 'POST'],
])('urql %s', (_what, preference, method) => {
  test('asks with variables', async () => {
    const start = server.log().length;
    const { data, error } = await open(preference).query<VersionAnswer>(VERSION, { model: 'speech', number: 2 });
    expect(error).toBeUndefined();
    expect(data?.version).toMatchObject({ number: 2, model: { name: 'speech' } });
    await eventually(() => methodsSince(server, start).length > 0);
    expect(methodsSince(server, start)).toEqual([method]);
  });

  test('pages through a connection', async () => {
    const numbers: number[] = [];
    let after: string | null = null;
    do {
      const answer: OperationResult<PageAnswer> = await open(preference).query(PAGE, { model: 'speech', after });
      const versions = answer.data?.model.versions;
      numbers.push(...(versions?.edges ?? []).map(({ node }) => node.number));
      after = versions?.pageInfo.hasNextPage ? versions.pageInfo.endCursor : null;
    } while (after !== null);
    expect(numbers).toEqual([1, 2, 3]);
  });

  test.each([
    ['INPUT_INVALID', { size: 101 }, undefined],
    ['QUERY_INVALID', { size: 'many' }, undefined],
    ['TOKEN_INVALID', { size: 1 }, 'wrong'],
  ])('gives the code %s and a request id', async (code, variables, token) => {
    const { data, error } = await open(preference, token).query<unknown>(TOO_MANY, variables);
    expect(data).toBeUndefined();
    const refused = error as CombinedError;
    const requestId = (refused.response as Response).headers.get('x-request-id');
    expect(refused.graphQLErrors.map(({ extensions }) => extensions)).toMatchObject([{ code, requestId }]);
  });

  test('gets the userErrors of a mutation as data, by POST', async () => {
    const start = server.log().length;
    const { data, error } = await open(preference).mutation<SetAliasAnswer>(SET_ALIAS, { number: 9 });
    expect(error).toBeUndefined();
    expect(data?.setAlias).toMatchObject({ alias: null, userErrors: [{ code: 'VERSION_NOT_FOUND' }] });
    await eventually(() => methodsSince(server, start).length > 0);
    expect(methodsSince(server, start)).toEqual(['POST']);
  });
});
