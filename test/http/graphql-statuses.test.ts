/** What cannot be answered is one status, one code and a request id, whatever the client takes: docs/http.md lists them. */
import pg from 'pg';
import { publishSample } from '../support/catalog.js';
import { testServerUrl } from '../support/database.js';
import { eventually } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const { admin } = server;
  await publishSample(server.needs, admin, 'sample');
});
afterAll(() => server.close());

const GRAPHQL_TYPE = 'application/graphql-response+json';

const post = (query: string, accept: string, variables: object = {}) =>
  server.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables }),
  });

const refusal = (response: Response, code: string, more: object = {}) => ({
  errors: [{ message: expect.any(String) as string, ...more, extensions: extensions(response, code) }],
});
const extensions = (response: Response, code: string): unknown =>
  expect.objectContaining({ code, requestId: response.headers.get('x-request-id') });

describe('a client that takes neither of the two types', () => {
  const mutation = 'mutation { createModel(input: { name: "unseen" }) { model { name } } }';

  test.each(['text/html', 'image/png', 'application/json;q=0', 'multipart/mixed'])(
    'with Accept: %s gets 406, and nothing is run',
    async (accept) => {
      const response = await post(mutation, accept);
      expect(response.status).toBe(406);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await response.json()).toEqual(refusal(response, 'ACCEPT_UNSUPPORTED'));
      expect(await server.needs.database.model.findFirst({ where: { name: 'unseen' } })).toBeNull();
    },
  );

  test('gets the same for a GET', async () => {
    const response = await server.fetch('/graphql?query=%7B__typename%7D', { headers: { accept: 'text/html' } });
    expect(response.status).toBe(406);
    expect(await response.json()).toEqual(refusal(response, 'ACCEPT_UNSUPPORTED'));
  });

  test('is not what a browser is, which takes everything', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const response = await post('{ __typename }', accept);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});

describe.each(['application/json', GRAPHQL_TYPE])('to a client that takes %s', (accept) => {
  const expectRefusal = async (response: Response, status: number, code: string): Promise<unknown> => {
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
    const body = (await response.json()) as { errors: unknown[] };
    expect(body).not.toHaveProperty('data');
    expect(body.errors).toMatchObject([{ extensions: { code, requestId: response.headers.get('x-request-id') } }]);
    return body.errors[0];
  };

  test.each([
    ['{ models(first: 101) { nodes { name } } }', {}],
    ['{ models(first: 0) { nodes { name } } }', {}],
    ['{ models(last: -1) { nodes { name } } }', {}],
    // So many that the cost would be out of bounds too.
    ['query ($n: Int) { models(first: $n) { nodes { name } } }', { n: 1_000_000 }],
    ['{ models(first: 1, last: 1) { nodes { name } } }', {}],
    // Deep in an operation of which a part could be answered.
    ['{ server { version } model(name: "sample") { name versions(first: 101) { nodes { number } } } }', {}],
    ['{ model(name: "no-such-model") { versions(first: 0) { nodes { number } } } }', {}],
    ['{ ...F } fragment F on Query { models(first: 0) { totalCount } }', {}],
  ])('a page size out of bounds is 400: %s', async (query, variables) => {
    const error = await expectRefusal(await post(query, accept, variables), 400, 'INPUT_INVALID');
    expect(error).toMatchObject({
      locations: [{ line: 1 }],
      extensions: { field: [expect.stringMatching(/^(first|last)$/) as string] },
    });
  });

  test('a wrong token is 401', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: 'Bearer x' },
      body: '{"query":"{ __typename }"}',
    });
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    await expectRefusal(response, 401, 'TOKEN_INVALID');
  });

  test('an operation that does not fit the schema is 400', async () => {
    await expectRefusal(await post('{ nope }', accept), 400, 'QUERY_INVALID');
  });

  test('a method that the route does not take is 405', async () => {
    const response = await server.fetch('/graphql', { method: 'PUT', headers: { accept }, body: '{}' });
    expect(response.headers.get('allow')).toBe('GET, POST');
    await expectRefusal(response, 405, 'METHOD_NOT_ALLOWED');
  });

  (testServerUrl === undefined ? test.skip : test)('a statement that the database stopped is 503', async () => {
    const [blocker, stopper] = [0, 1].map(() => new pg.Client({ connectionString: server.databaseUrl })) as [
      pg.Client,
      pg.Client,
    ];
    await Promise.all([blocker.connect(), stopper.connect()]);
    await blocker.query('BEGIN; LOCK TABLE version IN ACCESS EXCLUSIVE MODE');
    try {
      // What can be read of it is not answered either: half an answer looks like a whole one.
      const answer = post('{ server { version } models { totalCount } versions { nodes { number } } }', accept);
      // As the statement's own limit does, which is not waited for here.
      const stop = `SELECT pg_cancel_backend(pid) AS stopped FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await eventually(async () => (await stopper.query(stop)).rows.length > 0);
      await expectRefusal(await answer, 503, 'TIMEOUT');
    } finally {
      await blocker.query('ROLLBACK');
      await Promise.all([blocker.end(), stopper.end()]);
    }
  });
});
