/** The gate: what every answer carries, what no request may do to a connection, and an orderly end. */
import { pino } from 'pino';
import { HTTP_LIMITS } from '../../src/http/limits.js';
import { createHttpServer } from '../../src/http/server.js';
import { loadConfig } from '../../src/config.js';
import { lstmModel } from '../support/onnx-model.js';
import { eventually, openRaw, sendRaw } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });

describe('every answer', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ limits: { headersMs: 300, connectionCheckMs: 50, lingerMs: 200 } });
  });
  afterAll(() => server.close());

  it.each([
    ['/health/live', 200],
    ['/', 200],
    ['/schema.graphql', 200],
    ['/no/such/route', 404],
    ['/health/ready', 200],
  ])('to %s (%i) carries an id and the page headers (A06)', async (route, status) => {
    const response = await server.fetch(route);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it('that is an error is JSON with code, message and request id', async () => {
    const response = await server.fetch('/no/such/route');
    expect(await response.json()).toEqual({
      code: 'ROUTE_NOT_FOUND',
      message: expect.any(String) as string,
      requestId: response.headers.get('x-request-id'),
    });
    expect(server.log()).toContain(response.headers.get('x-request-id'));
  });

  it.each([
    ['DELETE', '/artifacts/x', 'GET, HEAD'],
    ['POST', `/blobs/sha256:${'0'.repeat(64)}`, 'HEAD, PUT'],
    ['GET', '/models/m/versions', 'PUT, POST'],
    ['OPTIONS', '/schema.graphql', 'GET, HEAD'],
    ['POST', '/health/ready', 'GET, HEAD'],
  ])('to %s %s says which methods there are', async (method, route, allow) => {
    const response = await server.fetch(route, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });

  it('is logged by its route, without query string or names', async () => {
    await server.fetch('/models/secret-name/versions?notes=secret-note', { method: 'PUT', body: 'x' });
    await eventually(() => server.log().includes('"/models/{:namespace/}:model/versions"'));
    expect(server.log()).not.toContain('secret-n');
  });

  it('that refuses says to the log why, under the id that the client has, and no secret', async () => {
    const secret = await server.token(['read']);
    const answers = [
      await server.fetch('/models/none/versions/1/artifact'),
      await server.fetch(`/artifacts/sha256:${'0'.repeat(64)}?${secret}=1`),
      await server.fetch(`/models/${secret}/versions/1/artifact`),
      await server.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ ${secret} }` }),
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 404, 400]);
    for (const answer of answers) {
      const id = answer.headers.get('x-request-id') ?? '';
      await answer.text();
      await eventually(() => lineOf(id) !== undefined);
      expect(JSON.parse(lineOf(id) ?? '')).toMatchObject({
        requestId: id,
        code: expect.stringMatching(/^[A-Z_]+$/) as string,
        reason: expect.stringMatching(/./) as string,
      });
    }
    expect(server.log()).not.toContain(secret);
    expect(lineOf(answers[0]?.headers.get('x-request-id') ?? '')).toContain('there is no model none');
    function lineOf(id: string) {
      return server
        .log()
        .split('\n')
        .find((line) => line.includes(id) && line.includes('"answered"'));
    }
  });

  it('that refuses a body is logged with the time to the answer, not with that of the client that goes on sending', async () => {
    const lingering = await startTestServer({ limits: { lingerMs: 5_000 } });
    try {
      const upload = await openRaw(lingering.port);
      await upload.send('PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n');
      expect((await upload.closed()).status).toBe(401);
      await eventually(() => lingering.log().includes('"answered"'));
      const line = lingering
        .log()
        .split('\n')
        .find((entry) => entry.includes('"answered"'));
      expect((JSON.parse(line ?? '') as { ms: number }).ms).toBeLessThan(5_000);
    } finally {
      await lingering.close();
    }
  });

  const get = (...headers: string[]) =>
    `GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;

  it('takes 100 headers and not 101', async () => {
    const headers = (count: number) => Array.from({ length: count - 2 }, (_, i) => `X-H${i}: 1`);
    expect((await sendRaw(server.port, get(...headers(100)))).status).toBe(200);
    const refused = await sendRaw(server.port, get(...headers(101)));
    expect(refused.status).toBe(431);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('takes headers of 15 KiB and not of 17 KiB', async () => {
    expect((await sendRaw(server.port, get(`X: ${'a'.repeat(15 * 1024)}`))).status).toBe(200);
    const refused = await sendRaw(server.port, get(`X: ${'a'.repeat(17 * 1024)}`));
    expect(refused.status).toBe(431);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['two lengths', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['a length and chunks', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two hosts (F11)', 'GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n'],
    ['one host twice (F11)', 'GET /health/live HTTP/1.1\r\nHost: x\r\nhost: x\r\nConnection: close\r\n\r\n'],
  ])('to %s is a refusal in JSON, or nothing', async (_what, text) => {
    const answer = await sendRaw(server.port, text);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toMatch(/node_modules|at .*\.js/);
  });

  it('to an expectation that cannot be met is a refusal', async () => {
    const answer = await sendRaw(server.port, get('Expect: miracles'));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('is not waited for by those whose headers come slowly (U11)', async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => openRaw(server.port)));
    await Promise.all(sockets.map((socket) => socket.send('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')));
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const answers = await Promise.all(sockets.map((socket) => socket.closed()));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([408]));
  });
});

describe('connections', () => {
  it('over the limit are closed, and those within it are served', async () => {
    const server = await startTestServer({ limits: { connections: 2 } });
    try {
      const live = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
      const [one, two] = [await openRaw(server.port), await openRaw(server.port)];
      await one.send(live);
      await one.until(/"live"/);
      await two.send(live);
      await two.until(/"live"/);
      expect((await (await openRaw(server.port)).closed()).status).toBe(0);
      one.destroy();
      await eventually(async () => {
        const again = await openRaw(server.port);
        await again.send(live.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
        return (await again.closed()).status === 200;
      });
      two.destroy();
    } finally {
      await server.close();
    }
  });
});

describe('a fault inside', () => {
  it('is answered with a request id, and tells what happened to the log alone (G06)', async () => {
    const server = await startTestServer();
    try {
      await server.fetch('/models/m/versions', { method: 'PUT', body: bytes as Uint8Array<ArrayBuffer> });
      await server.needs.database.$executeRawUnsafe('DROP TABLE version CASCADE');
      const response = await server.fetch('/models/m/versions/1/artifact');
      expect(response.status).toBe(500);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ code: 'INTERNAL', requestId: response.headers.get('x-request-id') });
      expect(text).not.toMatch(/version|relation|prisma|SELECT|node_modules|\.ts|\.js/i);
      await eventually(() => server.log().includes('"answered"'));
      const line = server
        .log()
        .split('\n')
        .find((entry) => entry.includes('request failed'));
      expect(line).toContain(response.headers.get('x-request-id'));
      expect(line).toContain('does not exist');
    } finally {
      await server.close();
    }
  });
});

describe('a server that starts', () => {
  it('lives, and says 503 to all else', async () => {
    const limits = { ...HTTP_LIMITS, ...loadConfig({}).limits };
    const server = createHttpServer({ limits, log: pino({ level: 'silent' }) });
    const port = await server.listen('127.0.0.1', 0);
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    for (const route of ['/health/ready', '/']) {
      const response = await fetch(`http://127.0.0.1:${port}${route}`);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).not.toBeNull();
      expect(await response.json()).toMatchObject({ code: 'SERVER_STARTING' });
    }
    await server.close();
  });
});

describe('a server that stops (O01)', () => {
  const head = (server: TestServer, length: number, ...more: string[]) =>
    `PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.adminToken}\r\nExpect: 100-continue\r\n` +
    `Content-Length: ${length}\r\n${more.map((line) => `${line}\r\n`).join('')}\r\n`;

  it('finishes uploads under way, and takes no new work meanwhile', async () => {
    const server = await startTestServer();
    try {
      const idle = await openRaw(server.port);
      await idle.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      await idle.until(/"live"/);
      const upload = await openRaw(server.port);
      await upload.send(head(server, bytes.length));
      await upload.until(/100 Continue/);
      await upload.send(bytes.subarray(0, 100));
      const late = await openRaw(server.port);
      await late.send('GET /health/ready HTTP/1.1\r\n');
      await eventually(async () => (await fetch(`${server.url}/health/live`)).ok); // both connections are known by now
      let stopped = false;
      const stopping = server.stop().then(() => (stopped = true));
      await late.send('Host: x\r\n\r\n');
      const refused = await late.closed();
      expect(refused.status).toBe(503);
      expect(JSON.parse(refused.body)).toMatchObject({ code: 'SHUTTING_DOWN' });
      for (const [route, status] of [
        ['/health/live', 200],
        ['/health/ready', 503],
        ['/models/m/versions/1/artifact', 503],
      ] as const) {
        const response = await server.fetch(route); // on a connection of its own, since none is kept
        const code = status === 200 ? undefined : 'SHUTTING_DOWN';
        expect([route, response.status, response.headers.get('connection')]).toEqual([route, status, 'close']);
        expect(((await response.json()) as { code?: string }).code).toBe(code);
      }
      expect(stopped).toBe(false);
      await upload.send(bytes.subarray(100));
      await upload.until(/HTTP\/1\.1 201/);
      await stopping;
      await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
      expect(await server.needs.database.version.count()).toBe(1);
    } finally {
      await server.close();
    }
  });

  it('does not wait for those who go on asking whether it lives', async () => {
    const server = await startTestServer();
    let asking = true;
    try {
      const upload = await openRaw(server.port);
      await upload.send(head(server, bytes.length));
      await upload.until(/100 Continue/);
      const stopping = server.stop();
      const probes = Array.from({ length: 8 }, async () => {
        while (asking) await fetch(`${server.url}/health/live`).catch(() => (asking = false));
      });
      await upload.send(bytes);
      await upload.until(/HTTP\/1\.1 201/);
      await expect(stopping).resolves.toBeUndefined();
      await Promise.all(probes);
    } finally {
      asking = false;
      await server.close();
    }
  });

  it('cuts an upload that does not end, and leaves nothing of it', async () => {
    const server = await startTestServer({ limits: { drainTransfersMs: 200, lingerMs: 200 } });
    try {
      const upload = await openRaw(server.port);
      await upload.send(head(server, 5000));
      await upload.until(/100 Continue/);
      await upload.send(bytes);
      await server.stop();
      const answer = await upload.closed();
      expect(answer.status).toBe(503);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'SHUTTING_DOWN' });
      expect(await server.blobFiles()).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
