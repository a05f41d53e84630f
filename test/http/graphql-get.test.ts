/** A query in the address: for clients that send a token themselves, never for what another site can make a browser send. */
import { openSession } from '../../src/registry/access/sessions.js';
import { SESSION_COOKIE } from '../../src/http/session-cookie.js';
import { eventually } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startTestServer();
  const { admin } = server;
  if (admin.tokenId == null) throw new Error('the admin token is not valid');
  const session = await openSession(server.needs, admin.tokenId, 12);
  cookie = `${SESSION_COOKIE}=${session?.secret}`;
});
afterAll(() => server.close());

const TYPENAME = '?query=%7B__typename%7D';
const JSON_TYPE = { 'content-type': 'application/json' };
const token = (): Record<string, string> => ({ authorization: `Bearer ${server.adminToken}` });

const get = (search: string, headers: Record<string, string>) => fetch(`${server.url}/graphql${search}`, { headers });

const refusal = (response: Response, code: string) => ({
  errors: [
    {
      message: expect.not.stringMatching(/apollo|search parameter/i) as string,
      extensions: { code, requestId: response.headers.get('x-request-id') },
    },
  ],
});

test('is answered for the token in Authorization alone, with variables and the name of the operation', async () => {
  const search = new URLSearchParams({
    query: 'query A($n: Int) { models(first: $n) { totalCount } } query B { __typename }',
    operationName: 'A',
    variables: '{"n": 3}',
  });
  const response = await get(`?${search.toString()}`, token());
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ data: { models: { totalCount: 0 } } });
});

test.each([
  ['a JSON content type', JSON_TYPE],
  ['a header that no form sends', { 'apollo-require-preflight': 'true' }],
])('is answered for the cookie of a session beside %s', async (_what, headers) => {
  const response = await get(TYPENAME, { cookie, ...headers });
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
});

test.each<[string, Record<string, string>, number, string]>([
  ['alone, as a link or an image of another site sends it', {}, 400, 'REQUEST_INVALID'],
  ['beside a content type that a form sends', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ['beside an empty Authorization', { authorization: '' }, 401, 'TOKEN_INVALID'],
  ['beside the scheme that a browser adds by itself', { authorization: 'Basic YTpi' }, 401, 'TOKEN_INVALID'],
  ['beside a wrong token, which is no less wrong for it', { authorization: 'Bearer x' }, 401, 'TOKEN_INVALID'],
])('is refused for the cookie of a session %s', async (_what, headers, status, code) => {
  const response = await get(TYPENAME, { cookie, ...headers });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual(refusal(response, code));
});

test.each<[string, string, Record<string, string>, number, string]>([
  ['without a query', '', {}, 400, 'REQUEST_INVALID'],
  ['with two', `${TYPENAME}&query=%7B__typename%7D`, {}, 400, 'REQUEST_INVALID'],
  ['with variables that are no JSON', `${TYPENAME}&variables=%7B`, {}, 400, 'REQUEST_INVALID'],
  ['with a parameter that the route does not have', `${TYPENAME}&x=1`, {}, 400, 'REQUEST_INVALID'],
  [
    'with a type for the body that it has not',
    TYPENAME,
    { 'content-type': 'text/html' },
    415,
    'MEDIA_TYPE_UNSUPPORTED',
  ],
])('is refused %s, in the form that GraphQL clients read', async (_what, search, headers, status, code) => {
  const response = await get(search, { ...token(), ...headers });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual(refusal(response, code));
});

test.each(['mutation { createModel(input: { name: "by-get" }) { model { name } } }'])(
  'is no way to change anything (G02): %s',
  async (mutation) => {
    const response = await get(`?query=${encodeURIComponent(mutation)}`, token());
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toEqual(refusal(response, 'METHOD_NOT_ALLOWED'));
    expect(await server.needs.database.model.count()).toBe(0);
  },
);

test('is not logged, whether it is answered or refused', async () => {
  const query = encodeURIComponent('{ model(name: "secret-name") { name } }');
  const variables = encodeURIComponent('{"secret": "secret-value"}');
  const before = server.log().length;
  await get(`?query=${query}`, token());
  await get(`?query=${query}`, { cookie });
  await get(`?query=${query}&variables=${variables}secret`, token());
  await get(`?query=${query}&secret=1`, token());
  await get(`?query=secret`, token());
  await eventually(() => server.log().slice(before).split('"answered"').length > 5);
  expect(server.log().slice(before)).toContain('"route":"/graphql"');
  expect(server.log()).not.toContain('secret');
});
