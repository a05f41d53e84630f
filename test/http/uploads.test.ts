/** Bytes on their way in: what is declared is checked, what is too much or too slow is cut off, and nothing is left behind. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { fakeDisk } from '../support/fake-disk.js';
import { lstmModel } from '../support/onnx-model.js';
import { eventually, openRaw, sendRaw } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

const small = lstmModel({ inputSize: 3, hiddenSize: 2 });
const medium = lstmModel({ inputSize: 64, hiddenSize: 128 });

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const digestOf = (bytes: Uint8Array) => `sha256:${sha256(bytes).toString('hex')}`;
const base64Of = (bytes: Uint8Array) => sha256(bytes).toString('base64');

async function problem(response: Response): Promise<{ status: number; code: string }> {
  const body = (await response.json()) as { code: string; message: string; requestId: string };
  expect(body.requestId).toBe(response.headers.get('x-request-id'));
  expect(typeof body.message).toBe('string');
  return { status: response.status, code: body.code };
}

describe('an upload', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ limits: { lingerMs: 300 } });
  });
  afterAll(() => server.close());

  const put = (route: string, body: Uint8Array, headers: Record<string, string> = {}) =>
    server.fetch(route, { method: 'PUT', body: body as Uint8Array<ArrayBuffer>, headers });

  it('makes the model and its first version, and says what was found', async () => {
    const response = await put('/models/first/versions?alias=prod&alias=best&label=qa&notes=a%20note', small);
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/models/first/versions/1/artifact');
    expect(await response.json()).toMatchObject({
      model: 'first',
      number: 1,
      digest: digestOf(small),
      byteSize: small.length,
      unchanged: false,
      url: '/models/first/versions/1/artifact',
      totals: { recurrent: { nodes: 1, perUse: 56, distinct: 56 }, modelParams: 56, storedElements: 56, nodeCount: 1 },
      verdicts: { MATCH: 1, MISMATCH: 0, UNVERIFIABLE: 0 },
      recurrentNodes: [
        { path: 'graph/lstm', opType: 'LSTM', inputSize: 3, hiddenSize: 2, verdict: 'MATCH', stored: 56 },
      ],
      warnings: [],
    });
    const stored = await server.needs.database.version.findFirstOrThrow({
      where: { modelName: 'first' },
      include: { aliases: { orderBy: { name: 'asc' } } },
    });
    expect(stored).toMatchObject({ labels: ['qa'], notes: 'a note' });
    expect(stored.aliases.map((alias) => alias.name)).toEqual(['best', 'prod']);
  });

  it('of the latest bytes again is no new version, unless it is forced', async () => {
    await put('/models/again/versions', small);
    const again = await server.fetch('/models/again/versions', {
      method: 'POST',
      body: small as Uint8Array<ArrayBuffer>,
    });
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ number: 1, unchanged: true });
    const forced = await put('/models/again/versions?force=true', small);
    expect(forced.status).toBe(201);
    expect(await forced.json()).toMatchObject({ number: 2, unchanged: false });
  });

  it('under one idempotency key is one version, however often it is sent at once (U06)', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2, seed: 6 });
    const publisher = await Promise.all(
      [1, 2, 3].map(() => put('/models/idem/versions', bytes, { 'idempotency-key': 'k1' })),
    );
    const statuses = publisher.map((response) => response.status);
    const answers = (await Promise.all(publisher.map((response) => response.json()))) as { number?: number }[];
    // Two uploads may run under one token; the third may find no place.
    for (const [i, answer] of answers.entries()) {
      if (statuses[i] !== 429) expect(answer.number).toBe(1); // eslint-disable-line jest/no-conditional-expect
    }
    expect(statuses).toContain(201);
    expect(await server.needs.database.version.count({ where: { modelName: 'idem' } })).toBe(1);
    const other = await put('/models/idem/versions', small, { 'idempotency-key': 'k1' });
    expect(await problem(other)).toEqual({ status: 409, code: 'IDEMPOTENCY_CONFLICT' });
  });

  it.each([
    ['PNG', Buffer.from('89504e470d0a1a0a', 'hex')],
    ['an empty file', new Uint8Array()],
    ['a model cut off', medium.subarray(0, medium.length - 100)],
  ])('that is %s is refused and leaves nothing', async (_what, bytes) => {
    const before = await server.blobFiles();
    const response = await put('/models/refused/versions', bytes);
    expect(response.status).toBe(422);
    expect((await problem(response)).code).toMatch(/^ARTIFACT_/);
    expect(await server.blobFiles()).toEqual(before);
    expect(await server.needs.database.model.count({ where: { name: 'refused' } })).toBe(0);
  });

  describe('with a declared digest', () => {
    const model = lstmModel({ inputSize: 5, hiddenSize: 4 });
    const wrong = digestOf(small);

    it.each([
      ['?digest', `?digest=${digestOf(model)}`, {}],
      ['Content-Digest', '', { 'content-digest': `sha-256=:${base64Of(model)}:` }],
      ['Content-Digest beside others', '', { 'content-digest': `md5=:AAAA:, sha-256=:${base64Of(model)}:` }],
      ['Repr-Digest', '', { 'repr-digest': `sha-256=:${base64Of(model)}:` }],
      ['the older Digest', '', { digest: `SHA-256=${base64Of(model)}` }],
    ])('takes the right one in %s', async (_where, query, headers) => {
      expect((await put(`/models/digest-ok/versions${query}`, model, headers)).ok).toBe(true);
    });

    it.each([
      ['wrong in ?digest', `?digest=${wrong}`, {}, 'DIGEST_MISMATCH'],
      ['wrong in Content-Digest', '', { 'content-digest': `sha-256=:${base64Of(small)}:` }, 'DIGEST_MISMATCH'],
      ['wrong in Digest', '', { digest: `sha-256=${base64Of(small)}` }, 'DIGEST_MISMATCH'],
      ['upper-case', `?digest=${digestOf(model).toUpperCase().replace('SHA256', 'sha256')}`, {}, 'DIGEST_INVALID'],
      ['of another kind', `?digest=md5:${'0'.repeat(32)}`, {}, 'DIGEST_INVALID'],
      ['cut', `?digest=${digestOf(model).slice(0, -1)}`, {}, 'DIGEST_INVALID'],
      ['given twice and different', `?digest=${digestOf(model)}&digest=${wrong}`, {}, 'DIGEST_INVALID'],
      ['no structured field', '', { 'content-digest': `sha-256=${base64Of(model)}` }, 'DIGEST_INVALID'],
      ['too short', '', { 'content-digest': 'sha-256=:AAAA:' }, 'DIGEST_INVALID'],
      ['in an algorithm that is not checked', '', { 'repr-digest': 'sha-512=:AAAA:' }, 'DIGEST_INVALID'],
    ])('refuses one that is %s (U01)', async (_what, query, headers: Record<string, string>, code) => {
      const before = await server.blobFiles();
      const response = await put(`/models/digest-wrong/versions${query}`, model, headers);
      expect(await problem(response)).toEqual({ status: 400, code });
      expect(await server.blobFiles()).toEqual(before);
      expect(await server.needs.database.model.count({ where: { name: 'digest-wrong' } })).toBe(0);
    });
  });

  it.each([
    ['a misspelt parameter', '?alais=prod', {}, 400, 'REQUEST_INVALID'],
    ['an odd flag', '?force=yes', {}, 400, 'REQUEST_INVALID'],
    ['a count that is none', '?declaredParams=-1', {}, 400, 'REQUEST_INVALID'],
    ['an alias of digits', '?alias=12', {}, 400, 'NAME_INVALID'],
    ['a parameter given twice', '?notes=a&notes=b', {}, 400, 'REQUEST_INVALID'],
    ['external data without a digest', '?externalData=weights.bin', {}, 400, 'REQUEST_INVALID'],
    ['a multipart body', '', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a compressed body', '', { 'content-encoding': 'gzip' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a part of a file', '', { 'content-range': 'bytes 5-9/10' }, 400, 'REQUEST_INVALID'],
  ])('with %s is refused', async (_what, query, headers: Record<string, string>, status, code) => {
    expect(await problem(await put(`/models/odd/versions${query}`, small, headers))).toEqual({ status, code });
  });

  it.each([
    ...['..%2f', '%00', '-a', 'a'.repeat(129), '%2e%2e%2fa', 'a%2f%2e%2e', 'a%2Fb%2Fc', 'a/b%2Fc', 'a%2Fb/c'],
    ...[
      'a%252Fb',
      'a%20b',
      'a/%2e%2e%2e',
      '%2Fa',
      'a%2F',
      'a%2F%2Fb',
      `a/${'b'.repeat(129)}`,
      '%E2%84%AAws',
      'a%E2%88%95b',
    ],
    // Words of the routes, after the slash alone.
    ...['org/versions', 'org/check', 'org%2Fversions', 'org/Versions', 'versions/versions', 'check%2Fcheck'],
  ])('to a model named %p is refused', async (name) => {
    expect(await problem(await put(`/models/${name}/versions`, small))).toEqual({ status: 400, code: 'NAME_INVALID' });
  });

  // Clients resolve dots, encoded or not, before they ask.
  it.each(['a/b/c', 'a//b', '/a', 'a/', '', '%2e%2e', 'a/%2e%2e/%2e%2e', '../a'])(
    'to %p, which no route has, is told so',
    async (name) => {
      expect(await problem(await put(`/models/${name}/versions`, small))).toEqual({
        status: 404,
        code: 'ROUTE_NOT_FOUND',
      });
    },
  );

  it.each([
    ['org/DTLN_v2', 'org/DTLN_v2'],
    ['org%2Fencoded', 'org/encoded'],
    ['versions', 'versions'],
    ['check', 'check'],
    ['versions/check-2', 'versions/check-2'],
    ['Trailing.', 'Trailing.'],
    [`${'x'.repeat(128)}/${'Y'.repeat(128)}`, `${'x'.repeat(128)}/${'Y'.repeat(128)}`],
  ])('to %p makes the model, checks it and gives its bytes back', async (address, name) => {
    const response = await put(`/models/${address}/versions?alias=prod`, small);
    expect(response.status).toBe(201);
    const url = `/models/${name}/versions/1/artifact`;
    expect(response.headers.get('location')).toBe(url);
    expect(await response.json()).toMatchObject({ model: name, number: 1, url });
    const fileName = `${name.replace('/', '-')}-v1.onnx`;
    for (const path of [url, `/models/${address}/versions/prod/artifact`, url.replace(name, name.toUpperCase())]) {
      const bytes = await server.fetch(path);
      expect(bytes.status).toBe(200);
      expect(bytes.headers.get('content-disposition')?.replaceAll('"', '')).toBe(`attachment; filename=${fileName}`);
      expect(bytes.headers.get('etag')).toBe(`"${digestOf(small)}"`);
      expect(Buffer.from(await bytes.arrayBuffer())).toEqual(Buffer.from(small));
    }
    const checked = await server.fetch(`/models/${address.toUpperCase().replace('%2F', '%2f')}/check`, {
      method: 'POST',
      body: small as Uint8Array<ArrayBuffer>,
    });
    expect(await checked.json()).toMatchObject({ model: name, digest: digestOf(small) });
  });

  it('of bytes to be named later keeps them, model or not, and inspects them in passing', async () => {
    const external = randomBytes(1000);
    const kept = await put(`/blobs/${digestOf(external)}`, external);
    expect(kept.status).toBe(201);
    const answer = (await kept.json()) as Record<string, unknown>;
    expect(answer).toMatchObject({ digest: digestOf(external), byteSize: 1000, created: true });
    expect(answer['refusal']).toMatchObject({ code: expect.stringMatching(/^ARTIFACT_/) as string });
    expect(kept.headers.get('location')).toBe(`/artifacts/${digestOf(external)}`);
    expect((await put(`/blobs/${digestOf(external)}`, external)).status).toBe(200);
    const model = await put(`/blobs/${digestOf(medium)}`, medium);
    expect(await model.json()).toMatchObject({ refusal: null });
    const mismatch = await put(`/blobs/${digestOf(small)}`, medium);
    expect(await problem(mismatch)).toEqual({ status: 400, code: 'DIGEST_MISMATCH' });
    expect(await problem(await put('/blobs/sha256:AB', small))).toEqual({ status: 400, code: 'DIGEST_INVALID' });
  });

  describe('that breaks off (U04)', () => {
    const head = (length: number) =>
      `PUT /models/broken/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.adminToken}\r\nContent-Length: ${length}\r\n\r\n`;

    const openFiles = async () => (process.platform === 'linux' ? (await fs.readdir('/proc/self/fd')).length : 0);

    it.each([1, 50, 99, 100])('after %i %% of its bytes leaves no staged file and no open handle', async (percent) => {
      const bytes = lstmModel({ inputSize: 64, hiddenSize: 128, seed: percent });
      await put('/models/broken/versions', medium); // warm: connections of the database are open
      const before = await openFiles();
      const known = new Set(await server.blobFiles());
      for (let round = 0; round < 20; round += 1) {
        const socket = await openRaw(server.port);
        await socket.send(head(bytes.length));
        await socket.send(bytes.subarray(0, Math.floor((bytes.length * percent) / 100)));
        socket.destroy();
      }
      const allowed = new Set([...known, digestOf(bytes).slice(7)]);
      await eventually(async () => (await server.blobFiles()).every((name) => allowed.has(name)));
      await eventually(async () => (await openFiles()) <= before + 2); // a pooled connection may come or go
      const count = await server.needs.database.version.count({ where: { artifactDigest: digestOf(bytes) } });
      expect(count).toBeLessThanOrEqual(percent === 100 ? 1 : 0);
      // An upload that came whole keeps its place until it is published, though nobody waits for the answer.
      await eventually(async () => (await put('/models/broken/versions', bytes)).status !== 429);
      expect((await put('/models/broken/versions', bytes)).ok).toBe(true);
    });

    it('is told when it has fewer bytes than it declared (U03)', async () => {
      const before = await server.blobFiles();
      const socket = await openRaw(server.port);
      await socket.send(head(small.length + 1));
      await socket.send(small);
      socket.halfClose();
      const answer = await socket.closed();
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'LENGTH_MISMATCH' });
      expect(await server.blobFiles()).toEqual(before);
    });

    it('is not taken for whole when it has more bytes than it declared (U03)', async () => {
      const before = await server.blobFiles();
      const answer = await sendRaw(server.port, head(small.length - 1), small);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'REQUEST_INVALID' });
      expect(await server.blobFiles()).toEqual(before);
    });

    it('is told when its chunks are badly framed', async () => {
      const answer = await sendRaw(
        server.port,
        head(1).replace('Content-Length: 1', 'Transfer-Encoding: chunked'),
        '3\r\nabc\r\nnonsense\r\n',
      );
      expect(answer.status).toBe(400);
    });
  });
});

const big = lstmModel({ inputSize: 64, hiddenSize: 128 });
const putHead = (token: string, ...headers: string[]) =>
  `PUT /models/m/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;

describe('limits on uploads', () => {
  let server: TestServer;
  beforeAll(async () => {
    const maxBlobBytes = big.length;
    const small = { stallBytes: 1000, stallMs: 2000, lingerMs: 300 };
    server = await startTestServer({ limits: { maxBlobBytes, ...small } });
  });
  afterAll(() => server.close());

  it('take a file of exactly the limit', async () => {
    expect(
      (await server.fetch('/models/m/versions', { method: 'PUT', body: big as Uint8Array<ArrayBuffer> })).status,
    ).toBe(201);
  });

  it('refuse a declared length over the limit at once', async () => {
    const answer = await sendRaw(server.port, putHead(server.adminToken, `Content-Length: ${big.length + 1}`));
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('stop a body without a length at the limit, not after it (U03)', async () => {
    const before = await server.blobFiles();
    const socket = await openRaw(server.port);
    await socket.send(putHead(server.adminToken, 'Transfer-Encoding: chunked'));
    const over = lstmModel({ inputSize: 64, hiddenSize: 129 });
    await socket.send(`${over.length.toString(16)}\r\n`);
    await socket.send(over);
    await socket.send('\r\n'); // never ended: the answer must come all the same
    const answer = await socket.closed();
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await server.blobFiles()).toEqual(before);
  });

  it('close uploads that come too slowly and leave an honest one alone (U11)', async () => {
    const before = await server.blobFiles();
    const tokens = [await server.token(['publish']), await server.token(['publish'])];
    const slow = await openRaw(server.port);
    await slow.send(putHead(tokens[0]!, 'Content-Length: 100000'));
    const dripping = openRaw(server.port).then(async (socket) => {
      await socket.send(putHead(tokens[0]!, 'Content-Length: 100000'));
      let over = false;
      const closed = socket.closed().finally(() => (over = true));
      for (let i = 0; i < 200 && !over; i += 1) {
        await socket.send(Uint8Array.of(8));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return closed;
    });
    // Longer than the stall rule in all, and never too slow.
    const honest = openRaw(server.port).then(async (socket) => {
      await socket.send(putHead(tokens[1]!, `Content-Length: ${big.length}`, 'Connection: close'));
      const part = Math.ceil(big.length / 10);
      for (let at = 0; at < big.length; at += part) {
        await socket.send(big.subarray(at, at + part));
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return socket.closed();
    });
    for (const answer of await Promise.all([slow.closed(), dripping])) {
      expect(answer.status).toBe(408);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'UPLOAD_STALLED' });
    }
    expect((await honest).status).toBe(200);
    expect(await server.blobFiles()).toEqual(before);
  });
});

describe('a limit on uploads at once', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ limits: { uploads: 3, uploadsPerToken: 2, lingerMs: 300 } });
  });
  afterAll(() => server.close());

  it('let so many uploads run under a token and in all, and say when to come again', async () => {
    const [first, second] = [await server.token(['publish']), await server.token(['publish'])];
    const start = async (token: string) => {
      const socket = await openRaw(server.port);
      await socket.send(putHead(token, 'Expect: 100-continue', 'Content-Length: 5000'));
      return socket;
    };
    const [one, two] = [await start(first), await start(first)];
    await Promise.all([one.until(/100 Continue/), two.until(/100 Continue/)]);
    const tooMany = await (await start(first)).closed();
    expect(tooMany.status).toBe(429);
    expect(tooMany.headers['retry-after']).toBe('5');
    expect(JSON.parse(tooMany.body)).toMatchObject({ code: 'UPLOAD_LIMIT_REACHED' });
    const three = await start(second);
    await three.until(/100 Continue/);
    expect((await (await start(second)).closed()).status).toBe(429);
    for (const socket of [one, two, three]) socket.destroy();
    await eventually(async () => {
      const answer = await server.fetch('/models/m/versions', { method: 'PUT', body: big as Uint8Array<ArrayBuffer> });
      return answer.ok;
    });
    expect(server.log()).toContain('UPLOAD_LIMIT_REACHED');
  });
});

describe('a disk that fills up (U07)', () => {
  it.each([0, 1, 100_000])('after %i bytes stores nothing and works again once there is space', async (room) => {
    const disk = fakeDisk();
    const server = await startTestServer({ files: disk.files, limits: { lingerMs: 300 } });
    try {
      const body = medium as Uint8Array<ArrayBuffer>;
      disk.fillAfter(room);
      const full = await server.fetch('/models/m/versions', { method: 'PUT', body });
      expect(await problem(full)).toEqual({ status: 507, code: 'STORAGE_FULL' });
      disk.empty();
      expect(await server.blobFiles()).toEqual([]);
      expect(await server.needs.database.model.count()).toBe(0);
      const stored = await server.fetch('/models/m/versions', { method: 'PUT', body });
      expect(stored.status).toBe(201);
    } finally {
      await server.close();
    }
  });
});
