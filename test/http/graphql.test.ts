/** GraphQL at the door: JSON alone, small, one operation, and nothing leaks when it cannot be read. */
import { openRaw, sendRaw } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

const codeOf = async (response: Response): Promise<unknown> => {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return errors[0]?.extensions.code;
};

describe('POST /graphql', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ limits: { graphqlRequestMs: 300, lingerMs: 200 } });
  });
  afterAll(() => server.close());

  const post = (body: string, type = 'application/json', headers: Record<string, string> = {}) =>
    server.fetch('/graphql', { method: 'POST', body, headers: { 'content-type': type, ...headers } });

  it.each(['application/json', 'application/json; charset=utf-8'])('answers %s', async (type) => {
    const response = await post('{"query":"{ __typename }"}', type);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('takes no array of operations (G02)', async () => {
    const response = await post(`[${Array(10).fill('{"query":"{ __typename }"}').join(',')}]`);
    expect(response.status).toBe(400);
  });

  it.each([
    '[]',
    '{}',
    '{"query":1}',
    '{"query":""}',
    '{"query":"{ __typename }","variables":[1]}',
    '{"query":"{a}","variables":"{}"}',
  ])('says in its own words, with a request id, that %s holds no operation (G06)', async (body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.not.stringMatching(/apollo|batching|persisted|POST body/i) as string,
          extensions: { code: 'REQUEST_INVALID', requestId: response.headers.get('x-request-id') },
        },
      ],
    });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ])('takes no %s (G02)', async (type) => {
    const response = await post('{"query":"{ __typename }"}', type);
    expect(response.status).toBe(415);
    expect(await codeOf(response)).toBe('MEDIA_TYPE_UNSUPPORTED');
  });

  it('takes no compressed body, which could unfold without end', async () => {
    const response = await post('{}', 'application/json', { 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
  });

  it.each(['{', '', '"text"', '{"query":', '\u0000', '{"query":"{ __typename }"}}'])(
    'answers the malformed body %p in JSON and without a stack (G06)',
    async (body) => {
      const response = await post(body);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toMatch(/json/);
      expect(await response.text()).not.toMatch(/<html|node_modules|SyntaxError|at .*\.js/i);
    },
  );

  it('takes a body of 100 KiB and none of 101 KiB (G03)', async () => {
    const padded = (bytes: number) => {
      const body = '{"query":"{ __typename }","extensions":{"x":""}}';
      return body.replace('""', `"${'a'.repeat(bytes - body.length)}"`);
    };
    expect((await post(padded(100 * 1024))).status).toBe(200);
    const refused = await post(padded(100 * 1024 + 1));
    expect(refused.status).toBe(413);
    expect(await codeOf(refused)).toBe('LIMIT_EXCEEDED');
  });

  const head = (...headers: string[]) =>
    `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.adminToken}\r\nContent-Type: application/json\r\n${headers.join('\r\n')}\r\n\r\n`;

  it('refuses a declared length over the limit without reading on', async () => {
    const answer = await sendRaw(server.port, head('Content-Length: 50000000000'));
    expect(answer.status).toBe(413);
  });

  it('gives up on a body that does not come (U11)', async () => {
    const answer = await sendRaw(server.port, head('Content-Length: 50'), '{"query"');
    expect(answer.status).toBe(408);
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_TIMEOUT' } }] });
  });

  it('asks a client that waits for its body', async () => {
    const body = '{"query":"{ __typename }"}';
    const socket = await openRaw(server.port);
    await socket.send(head(`Content-Length: ${body.length}`, 'Expect: 100-continue', 'Connection: close'));
    await socket.until(/100 Continue/);
    await socket.send(body);
    expect((await socket.closed()).status).toBe(200);
  });
});
