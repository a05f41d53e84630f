/** Bytes on their way out: what was published is what is downloaded, whole or in part, and only by who may read it. */
import { createHash, randomBytes } from 'node:crypto';
import { withdrawVersion } from '../../src/registry/publish/models.js';
import { floatTensor, lstmModel, model, node, value } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

const bytes = lstmModel({ inputSize: 20, hiddenSize: 30 });
const digestOf = (part: Uint8Array) => `sha256:${createHash('sha256').update(part).digest('hex')}`;
const structured = (part: Uint8Array) => `sha-256=:${createHash('sha256').update(part).digest('base64')}:`;
const digest = digestOf(bytes);

describe('a download', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    const published = await server.fetch('/models/m/versions?alias=prod', { method: 'PUT', body: body(bytes) });
    expect(published.status).toBe(201);
  });
  afterAll(() => server.close());

  const body = (part: Uint8Array) => part as Uint8Array<ArrayBuffer>;
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    server.fetch(`/artifacts/${digest}`, { headers, method });
  const content = async (response: Response) => Buffer.from(await response.arrayBuffer());

  it.each(['/models/m/versions/1/artifact', '/models/m/versions/prod/artifact', `/artifacts/${digest}`])(
    'from %s gives the bytes that were published, as a file and nothing else',
    async (route) => {
      const response = await server.fetch(route);
      expect(response.status).toBe(200);
      expect((await content(response)).equals(bytes)).toBe(true);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
        'x-content-type-options': 'nosniff',
        'accept-ranges': 'bytes',
        etag: `"${digest}"`,
        'content-digest': structured(bytes),
        'repr-digest': structured(bytes),
        'content-disposition': expect.stringMatching(/^attachment; filename="?[a-z0-9.-]+"?$/) as string,
      });
    },
  );

  it('is named after its version', async () => {
    const response = await server.fetch('/models/m/versions/prod/artifact', { method: 'HEAD' });
    expect(response.headers.get('content-disposition')).toContain('m-v1.onnx');
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    expect((await content(response)).length).toBe(0);
  });

  it('of bytes that were freed is 410, in every way to ask for them, and what is known of the version stays', async () => {
    const other = lstmModel({ inputSize: 2, hiddenSize: 3 });
    const published = await server.fetch('/models/freed/versions', { method: 'PUT', body: body(other) });
    expect(published.status).toBe(201);
    const { needs, admin } = server;
    await withdrawVersion(needs, admin, { model: 'freed', version: { number: 1 }, reason: 'old' });
    const { database, blobs } = needs;
    const freedAt = new Date('2026-02-01T00:00:00Z');
    await database.artifact.update({ where: { digest: digestOf(other) }, data: { freedAt } });
    await blobs.delete(digestOf(other));
    for (const route of ['/models/freed/versions/1/artifact', `/artifacts/${digestOf(other)}`]) {
      const response = await server.fetch(route);
      expect(response.status).toBe(410);
      expect(await response.json()).toMatchObject({ code: 'ARTIFACT_FREED' });
      expect((await server.fetch(route, { method: 'HEAD' })).status).toBe(410);
      expect((await server.fetch(route, { headers: { range: 'bytes=0-1' } })).status).toBe(410);
    }
    const query = `{ version(model: "freed", ref: { number: 1 }) { bytesFreedAt artifact { freedAt byteSize } inspection { modelParams } } }`;
    const answer = await server.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(await answer.json()).toEqual({
      data: {
        version: {
          bytesFreedAt: freedAt.toISOString(),
          artifact: { freedAt: freedAt.toISOString(), byteSize: other.length },
          inspection: { modelParams: expect.any(Number) as number },
        },
      },
    });
    const again = await server.fetch('/models/freed/versions', { method: 'PUT', body: body(other) });
    expect(again.status).toBe(201);
    expect((await server.fetch('/models/freed/versions/1/artifact')).status).toBe(200);
  });

  it.each([
    ['bytes=0-499', 0, 499],
    ['bytes=500-', 500, bytes.length - 1],
    ['bytes=-500', bytes.length - 500, bytes.length - 1],
    ['bytes=0-0', 0, 0],
    [`bytes=10-${bytes.length + 1000}`, 10, bytes.length - 1],
    [`bytes=-${bytes.length + 1000}`, 0, bytes.length - 1], // F11
    [`bytes=-${'9'.repeat(400)}`, 0, bytes.length - 1],
  ])('of the range %s is that part (U13, F11)', async (range, start, end) => {
    const response = await get({ range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/${bytes.length}`);
    expect(response.headers.get('repr-digest')).toBe(structured(bytes));
    expect((await content(response)).equals(Buffer.from(bytes.subarray(start, end + 1)))).toBe(true);
  });

  it.each([`bytes=${bytes.length}-`, 'bytes=-0', `bytes=${bytes.length + 5}-${bytes.length + 9}`])(
    'of the range %s beyond the end is refused (U13)',
    async (range) => {
      const response = await get({ range });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
      expect(response.headers.get('etag')).toBeNull();
      expect(await response.json()).toMatchObject({ code: 'RANGE_INVALID' });
    },
  );

  it.each(['bytes=0-1,5-6', 'lines=1-2', 'bytes=x', 'bytes=5-2'])(
    'of the odd range %s is not half of it',
    async (range) => {
      const response = await get({ range });
      expect([200, 416]).toContain(response.status);
      if (response.status === 200) expect((await content(response)).length).toBe(bytes.length); // eslint-disable-line jest/no-conditional-expect
    },
  );

  it('goes on only with the bytes that it began with (If-Range)', async () => {
    expect((await get({ range: 'bytes=0-9', 'if-range': `"${digest}"` })).status).toBe(206);
    expect((await get({ range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200);
  });

  it.each([`"${digest}"`, `"other", "${digest}"`, '*'])(
    'of the bytes that were asked for (If-Match: %s) is sent',
    async (tag) => {
      const response = await get({ 'if-match': tag });
      expect(response.status).toBe(200);
      expect((await content(response)).length).toBe(bytes.length);
    },
  );

  it.each(['"other"', `W/"${digest}"`, digest])(
    'of other bytes than were asked for (If-Match: %s) is refused',
    async (tag) => {
      for (const method of ['GET', 'HEAD']) {
        const response = await get({ 'if-match': tag, 'if-none-match': `"${digest}"`, range: 'bytes=0-9' }, method);
        expect(response.status).toBe(412);
        expect(response.headers.get('content-disposition')).toBeNull();
        const text = await response.text();
        expect(text === '' ? 'PRECONDITION_FAILED' : (JSON.parse(text) as { code: string }).code).toBe(
          'PRECONDITION_FAILED',
        );
      }
    },
  );

  it.each([`"${digest}"`, `W/"${digest}"`, `"other", "${digest}"`, '*'])(
    'that the client has already (%s) is not sent again (U13)',
    async (tag) => {
      const response = await get({ 'if-none-match': tag });
      expect(response.status).toBe(304);
      expect(response.headers.get('etag')).toBe(`"${digest}"`);
      expect((await content(response)).length).toBe(0);
    },
  );

  it.each([
    ['/artifacts/sha256:xyz', 400, 'DIGEST_INVALID'],
    [`/artifacts/${digestOf(randomBytes(8))}`, 404, 'ARTIFACT_NOT_FOUND'],
    ['/models/none/versions/1/artifact', 404, 'MODEL_NOT_FOUND'],
    ['/models/m/versions/2/artifact', 404, 'VERSION_NOT_FOUND'],
    ['/models/m/versions/99999999999999999999/artifact', 404, 'VERSION_NOT_FOUND'],
    ['/models/m/versions/4294967297/artifact', 404, 'VERSION_NOT_FOUND'],
    ['/models/m/versions/none/artifact', 404, 'VERSION_NOT_FOUND'],
    ['/models/m/versions/%00/artifact', 404, 'VERSION_NOT_FOUND'],
    ['/models/m/versions/1/artifact/none.bin', 404, 'ARTIFACT_NOT_FOUND'],
    ['/models/-m/versions/1/artifact', 400, 'NAME_INVALID'],
    ['/models/%zz/versions/1/artifact', 400, 'REQUEST_INVALID'],
  ])('from %s is refused with %i %s', async (route, status, code) => {
    const response = await server.fetch(route);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it('is there only for a token that may read a model with it, or uploaded it', async () => {
    const other = await server.token(['read', 'publish'], 'team-*');
    const as = { headers: { authorization: `Bearer ${other}` } };
    expect((await server.fetch(`/artifacts/${digest}`, as)).status).toBe(404);
    expect((await server.fetch('/models/m/versions/1/artifact', as)).status).toBe(404);
    const uploaded = randomBytes(64);
    const mine = `/blobs/${digestOf(uploaded)}`;
    expect((await server.fetch(mine, { ...as, method: 'PUT', body: body(uploaded) })).status).toBe(201);
    expect((await server.fetch(mine.replace('blobs', 'artifacts'), as)).status).toBe(200);
  });

  it('of external data goes by the name that the tensors use, and that name cannot leave its header', async () => {
    const weights = randomBytes(400);
    const location = 'wéights"; x=א.bin';
    const tensor = floatTensor('W', [10, 10]);
    const external = model({
      node: [node('Identity', ['W'], ['y'])],
      initializer: [
        {
          ...tensor,
          rawData: new Uint8Array(),
          dataLocation: 1,
          externalData: [{ key: 'location', value: location }],
        },
      ],
      output: [value('y', [10, 10])],
    });
    await server.fetch(`/blobs/${digestOf(weights)}`, { method: 'PUT', body: body(weights) });
    const query = new URLSearchParams({ externalData: `${location}=${digestOf(weights)}` });
    const published = await server.fetch(`/models/two-files/versions?${query.toString()}`, {
      method: 'PUT',
      body: body(external),
    });
    expect(published.status).toBe(201);
    const response = await server.fetch(`/models/two-files/versions/1/artifact/${encodeURIComponent(location)}`);
    expect(response.status).toBe(200);
    expect((await content(response)).equals(weights)).toBe(true);

    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename=".*\\"; x=.*"; filename\*=UTF-8''[\x20-\x7e]+$/,
    );
  });
});
