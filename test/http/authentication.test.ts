/** Who is let in, and when: before the body, always in the same words. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { openRaw, sendRaw } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);

describe('authentication', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ limits: { wrongTokens: 1000, lingerMs: 300 } });
  });
  afterAll(() => server.close());

  async function refusal(authorization: string | undefined) {
    const response = await fetch(`${server.url}/schema.graphql`, authorization ? { headers: { authorization } } : {});
    const { requestId, ...body } = (await response.json()) as Record<string, unknown>;
    expect(requestId).toBe(response.headers.get('x-request-id'));
    return { status: response.status, challenge: response.headers.get('www-authenticate'), body };
  }

  it('answers the same whatever is wrong with a token (A01)', async () => {
    const right = await server.token(['read']);
    const expired = await server.token(['read']);
    const revoked = await server.token(['read']);
    const hint = (secret: string) => ({ where: { hint: { startsWith: secret.slice(0, 8) } } });
    const past = new Date(Date.now() - 1000);
    expect(await server.needs.database.token.updateMany({ ...hint(expired), data: { expiresAt: past } })).toEqual({
      count: 1,
    });
    expect(await server.needs.database.token.updateMany({ ...hint(revoked), data: { revokedAt: past } })).toEqual({
      count: 1,
    });
    const typo = right.slice(0, -1) + (right.endsWith('a') ? 'b' : 'a');
    const refused = await Promise.all(
      [
        undefined,
        `Bearer ${typo}`,
        `Bearer ${right.toUpperCase()}`,
        `Bearer ghp_${right.slice(4)}`,
        `Bearer ${right} ${right}`,
        `Basic ${right}`,
        'Bearer',
        `Bearer ${'a'.repeat(5000)}`,
        `Bearer ${expired}`,
        `Bearer ${revoked}`,
      ].map(refusal),
    );
    const line = `Authorization: Bearer ${right}\r\n`;
    const twice = await sendRaw(
      server.port,
      `GET /schema.graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${line}${line}\r\n`,
    );
    const { requestId: _id, ...twiceBody } = JSON.parse(twice.body) as Record<string, unknown>;
    refused.push({ status: twice.status, challenge: twice.headers['www-authenticate'] ?? null, body: twiceBody });
    for (const answer of refused) expect(answer).toEqual(refused[0]);
    expect(refused[0]).toMatchObject({ status: 401, body: { code: 'TOKEN_INVALID' } });
    expect(refused[0]?.challenge).toMatch(/^Bearer/);
    const welcome = await fetch(`${server.url}/schema.graphql`, { headers: { authorization: `bearer ${right}` } });
    expect(welcome.status).toBe(200);
  });

  it('comes before any route is looked for', async () => {
    const response = await fetch(`${server.url}/no/such/route`);
    expect(response.status).toBe(401);
  });

  it('asks for no body from a client that waits to be asked', async () => {
    const refused = await sendRaw(
      server.port,
      'PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n',
    );
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain('100 Continue');
    const socket = await openRaw(server.port);
    await socket.send(
      `PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.adminToken}\r\n` +
        'Expect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n',
    );
    await socket.until(/100 Continue/);
    await socket.send('GIF');
    expect((await socket.closed()).status).toBe(422);
  });

  it('asks for no body where the scope is missing', async () => {
    const reader = await server.token(['read']);
    const refused = await sendRaw(
      server.port,
      `PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${reader}\r\n` +
        'Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n',
    );
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain('100 Continue');
  });

  it('reaches a client that sends its whole body before it reads', async () => {
    const body = Buffer.alloc(8 * 1024 * 1024);
    const refused = await sendRaw(
      server.port,
      `PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`,
      body,
    );
    expect(refused.status).toBe(401);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('tells curl -T before it has sent the file', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-curl-'));
    try {
      const file = path.join(folder, 'model.onnx');
      await writeFile(file, Buffer.alloc(4 * 1024 * 1024));
      const format = ['-sS', '-o', path.join(folder, 'out'), '-w', '%{http_code} %{size_upload}'];
      const result = await run('curl', [...format, '-T', file, `${server.url}/models/m/versions`]).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return null;
          throw error;
        },
      );
      // Without curl on the machine the raw sockets above stand for it.
      // eslint-disable-next-line jest/no-conditional-expect
      if (result !== null) expect(result.stdout).toBe('401 0');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keeps tokens out of the log', async () => {
    await server.fetch('/schema.graphql');
    await fetch(`${server.url}/artifacts/${server.adminToken}?token=${server.adminToken}`);
    expect(server.log()).toContain('"/schema.graphql"');
    expect(server.log()).not.toContain(server.adminToken);
  });
});

describe('wrong tokens from one address (A03)', () => {
  it('are held back after 20 a minute, and right ones are not', async () => {
    const server = await startTestServer();
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 25; i += 1) {
        const response = await server.fetch('/', { headers: { authorization: `Bearer wrong-${i}` } });
        statuses.push(response.status);
        // eslint-disable-next-line jest/no-conditional-expect
        if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        await response.arrayBuffer();
      }
      expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
      expect((await server.fetch('/')).status).toBe(200);
      expect((await fetch(server.url)).status).toBe(401);
    } finally {
      await server.close();
    }
  });
});

describe('anonymous reading', () => {
  it('opens reads alone, and only to those who send no token at all', async () => {
    const server = await startTestServer({ anonymousRead: true });
    try {
      expect((await fetch(`${server.url}/schema.graphql`)).status).toBe(200);
      const wrong = await fetch(`${server.url}/schema.graphql`, { headers: { authorization: 'Bearer wrong' } });
      expect(wrong.status).toBe(401);
      const upload = await fetch(`${server.url}/models/m/versions`, { method: 'PUT', body: 'x' });
      expect(upload.status).toBe(403);
      expect(await upload.json()).toMatchObject({ code: 'SCOPE_MISSING' });
    } finally {
      await server.close();
    }
  });

  it('is not for pages of others that took a name of their own to this address (F11)', async () => {
    const server = await startTestServer({
      anonymousRead: true,
      publicUrl: 'https://registry.example/tools',
      hosts: ['inside.example'],
    });
    try {
      const ask = async (host: string, ...more: string[]) => {
        const headers = [`Host: ${host}`, 'Connection: close', ...more].map((line) => `${line}\r\n`).join('');
        const { status, body } = await sendRaw(server.port, `GET /schema.graphql HTTP/1.1\r\n${headers}\r\n`);
        return status === 200 ? status : [status, (JSON.parse(body) as { code: string }).code];
      };
      const own = [
        ...['127.0.0.1', '10.1.2.3:80', '[::1]:4270', 'localhost:1', 'LOCALHOST', 'weighbridge:4270'],
        ...['registry.example', 'Registry.Example:443', 'inside.example'],
      ];
      for (const host of own) expect([host, await ask(host)]).toEqual([host, 200]);
      const foreign = [
        'evil.example',
        'registry.example.evil.example',
        'localhost.evil.example:4270',
        'evil.example.',
        '1.2.3',
        '',
      ];
      for (const host of foreign) expect([host, await ask(host)]).toEqual([host, [421, 'HOST_INVALID']]);
      // Who sends a token is no page of others, and health has nothing to hide.
      expect(await ask('evil.example', `Authorization: Bearer ${server.adminToken}`)).toBe(200);
      expect(
        (await sendRaw(server.port, 'GET /health/ready HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'))
          .status,
      ).toBe(200);
    } finally {
      await server.close();
    }
  });
});
