/** Uploads that go on after a cut connection, by a client that is not ours and by raw requests: what was acknowledged is there, and nothing counts twice. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeExpiredUploads, removeLeftParts } from '../../src/registry/artifacts/expired-uploads.js';
import { addToUpload, beginUpload, PIECE_BYTES } from '../../src/registry/artifacts/resumable-uploads.js';
import { lstmModel } from '../support/onnx-model.js';
import { eventually, openRaw } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { uploadByTus } from '../support/tus-client.js';

const model = lstmModel({ inputSize: 512, hiddenSize: 1024 });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const BYTES_TYPE = 'application/offset+octet-stream';

let server: TestServer;
let publisher: string;
beforeAll(async () => {
  server = await startTestServer({ limits: { lingerMs: 300, stallMs: 1_000 } });
  publisher = await server.token(['publish']);
});
afterAll(() => server.close());

const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Asked {
  token?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | ReadableStream<Uint8Array>;
}

function ask(method: string, route: string, { token = publisher, headers = {}, body }: Asked = {}): Promise<Response> {
  return fetch(server.url + route, {
    method,
    headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0', ...headers },
    ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']>, duplex: 'half' as const }),
  });
}

async function begin(byteSize: number, metadata: Record<string, string> = {}, token = publisher): Promise<string> {
  const said = Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`);
  const headers = { 'upload-length': `${byteSize}`, ...(said.length > 0 && { 'upload-metadata': said.join(',') }) };
  const response = await ask('POST', '/uploads', { token, headers });
  expect(response.status).toBe(201);
  return response.headers.get('location') ?? '';
}

const add = (place: string, offset: number, body: Asked['body'], token = publisher) =>
  ask('PATCH', place, {
    token,
    headers: { 'upload-offset': `${offset}`, 'content-type': BYTES_TYPE },
    ...(body && { body }),
  });

const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];

async function offsetOf(place: string): Promise<number> {
  const response = await ask('HEAD', place);
  expect(response.status).toBe(200);
  return Number(response.headers.get('upload-offset'));
}

const partFiles = async () =>
  (await readdir(path.join(server.blobFolder, 'uploads'), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );

/** Of what the token that sent them gets back. */
async function storedDigest(bytes: Uint8Array): Promise<string> {
  const headers = { authorization: `Bearer ${publisher}` };
  const response = await fetch(`${server.url}/artifacts/${digestOf(bytes)}`, { headers });
  return digestOf(new Uint8Array(await response.arrayBuffer()));
}

async function publish(digest: string, name: string, token = publisher): Promise<unknown> {
  const query = `mutation { publishVersion(input: { model: "${name}", digest: "${digest}" }) { version { number } userErrors { code } } }`;
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { data: { publishVersion: unknown } }).data.publishVersion;
}

describe('a resumable upload', () => {
  it('by a client of others comes in chunks, is stored under its digest, and can be published', async () => {
    const accepted: number[] = [];
    const { done } = uploadByTus(model, {
      endpoint: `${server.url}/uploads`,
      headers: { authorization: `Bearer ${publisher}` },
      metadata: { model: 'chunked', digest: digestOf(model), filename: 'model.onnx' },
      chunkSize: 5 * 1024 * 1024,
      onChunkComplete: (_chunk, all) => accepted.push(all),
    });
    const place = new URL(await done).pathname;
    expect(accepted.at(-1)).toBe(model.length);
    expect(await offsetOf(place)).toBe(model.length);
    expect(await partFiles()).toEqual([]);
    expect(await publish(digestOf(model), 'chunked')).toEqual({ version: { number: 1 }, userErrors: [] });
    const stored = await server.fetch(`/artifacts/${digestOf(model)}`);
    expect(digestOf(new Uint8Array(await stored.arrayBuffer()))).toBe(digestOf(model));
  });

  it('goes on where it was, in one request that is cut and another that brings the rest', async () => {
    const bytes = randomBytes(3 * PIECE_BYTES);
    const before = uploadByTus(bytes, {
      endpoint: `${server.url}/uploads`,
      headers: { authorization: `Bearer ${publisher}` },
      chunkSize: PIECE_BYTES + 1000,
      onChunkComplete: () => void before.upload.abort(),
    });
    await eventually(
      async () => before.upload.url !== null && (await offsetOf(new URL(before.upload.url).pathname)) > 0,
    );
    const uploadUrl = before.upload.url ?? '';
    // The request that was cut is over when another may come, which is refused for its place.
    await eventually(async () => (await add(new URL(uploadUrl).pathname, 0, new Uint8Array())).status === 409);
    const from = await offsetOf(new URL(uploadUrl).pathname);
    const sent: number[] = [];
    const after = uploadByTus(bytes, {
      uploadUrl,
      headers: { authorization: `Bearer ${publisher}` },
      onProgress: (done) => sent.push(done),
      retryDelays: [100, 500, 1000],
    });
    await after.done;
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(from);
    expect((await server.fetch(`/artifacts/${digestOf(bytes)}`)).status).toBe(404); // the admin did not send it
    expect(await storedDigest(bytes)).toBe(digestOf(bytes));
  });

  it('keeps what came before the connection was cut, and no more', async () => {
    const bytes = randomBytes(2 * PIECE_BYTES);
    const place = await begin(bytes.length);
    const socket = await openRaw(server.port);
    await socket.send(
      `PATCH ${place} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${publisher}\r\nTus-Resumable: 1.0.0\r\n` +
        `Content-Type: ${BYTES_TYPE}\r\nUpload-Offset: 0\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    await socket.send(bytes.subarray(0, PIECE_BYTES + 12_345));
    await eventually(async () => (await offsetOf(place)) >= PIECE_BYTES);
    socket.destroy();
    await eventually(async () => (await add(place, 1, new Uint8Array(1))).status === 409);
    const offset = await offsetOf(place);
    expect(offset).toBeGreaterThanOrEqual(PIECE_BYTES);
    expect((await add(place, offset, bytes.subarray(offset))).status).toBe(204);
    expect(await storedDigest(bytes)).toBe(digestOf(bytes));
  });

  it('takes chunks in their order alone: one that leaves a gap, overlaps, repeats or goes over the end changes nothing (U02)', async () => {
    const bytes = randomBytes(1000);
    const place = await begin(bytes.length, { digest: digestOf(bytes) });
    expect((await add(place, 0, bytes.subarray(0, 400))).status).toBe(204);
    const refused = [409, 'UPLOAD_OFFSET_CONFLICT'];
    expect(await codeOf(await add(place, 500, bytes.subarray(500, 600)))).toEqual(refused); // gap
    expect(await codeOf(await add(place, 300, bytes.subarray(300, 500)))).toEqual(refused); // overlap
    expect(await codeOf(await add(place, 0, bytes.subarray(0, 400)))).toEqual(refused); // repeat
    expect(await codeOf(await add(place, 1000, bytes.subarray(0, 1)))).toEqual(refused); // out of order: the end first
    expect(await codeOf(await add(place, 400, Buffer.concat([bytes.subarray(400), Buffer.alloc(1)])))).toEqual(refused);
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    });
    expect(await codeOf(await add(place, 400, endless))).toEqual(refused); // no length is declared
    expect(await offsetOf(place)).toBe(400);
    expect((await add(place, 400, bytes.subarray(400))).status).toBe(204);
    expect(await offsetOf(place)).toBe(1000);
    expect(await codeOf(await add(place, 400, bytes.subarray(400)))).toEqual(refused); // a repeat of the last
    expect(await codeOf(await add(place, 1000, new Uint8Array(1)))).toEqual(refused); // after the end
    const nothing = await add(place, 1000, undefined);
    expect([nothing.status, nothing.headers.get('upload-offset')]).toEqual([204, '1000']);
    expect(await storedDigest(bytes)).toBe(digestOf(bytes));
  });

  it('keeps no chunk as it came: many small ones would fill the memory', async () => {
    const bytes = randomBytes(1000);
    const { id } = await beginUpload(server.needs, server.admin, { byteSize: bytes.length, metadata: '' });
    async function* body(): AsyncGenerator<Uint8Array> {
      const chunk = new Uint8Array(1); // used again, so that who keeps it has other bytes at the end
      for (const byte of bytes) {
        chunk[0] = byte;
        yield await Promise.resolve(chunk);
      }
    }
    const added = await addToUpload(server.needs, server.admin, id, { offset: 0, body: body(), byteSize: undefined });
    expect(added.digest).toBe(digestOf(bytes));
  });

  it('is known to its token alone', async () => {
    const other = await server.token(['publish']);
    const place = await begin(10);
    const none = '/uploads/00000000-0000-4000-8000-000000000000';
    for (const [method, send] of [
      ['HEAD', (at: string) => ask('HEAD', at, { token: other })],
      ['PATCH', (at: string) => add(at, 0, new Uint8Array(10), other)],
      ['DELETE', (at: string) => ask('DELETE', at, { token: other })],
    ] as const) {
      const [theirs, missing] = [await send(place), await send(none)];
      expect([method, theirs.status, missing.status]).toEqual([method, 404, 404]);
      const words = async (response: Response) => (await response.text()).replace(/"requestId":"[^"]*"/, '');
      expect(await words(theirs)).toBe(await words(missing));
    }
    expect(await codeOf(await add('/uploads/no-uuid', 0, new Uint8Array(1)))).toEqual([404, 'UPLOAD_NOT_FOUND']);
    expect(await offsetOf(place)).toBe(0);
  });

  it('lets one request add to it at a time', async () => {
    const place = await begin(100);
    const socket = await openRaw(server.port);
    await socket.send(
      `PATCH ${place} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${publisher}\r\nTus-Resumable: 1.0.0\r\n` +
        `Content-Type: ${BYTES_TYPE}\r\nUpload-Offset: 0\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`,
    );
    await socket.until(/ 100 /); // it has its turn: before, another would be the one that adds
    await socket.send('a'.repeat(50));
    const second = await add(place, 0, new Uint8Array(100));
    expect(second.headers.get('retry-after')).toBe('5');
    expect(await codeOf(second)).toEqual([423, 'UPLOAD_BUSY']);
    expect(await codeOf(await ask('DELETE', place))).toEqual([423, 'UPLOAD_BUSY']);
    await socket.send('a'.repeat(50));
    await socket.until(/ 204 /);
    socket.destroy();
    expect(await offsetOf(place)).toBe(100);
  });

  it('of other bytes than it declared is refused at its end, and gone', async () => {
    const place = await begin(10, { digest: digestOf(Buffer.from('0123456789')) });
    expect((await add(place, 0, Buffer.from('01234'))).status).toBe(204);
    expect(await codeOf(await add(place, 5, Buffer.from('xxxxx')))).toEqual([400, 'DIGEST_MISMATCH']);
    expect((await ask('HEAD', place)).status).toBe(404);
    expect(await partFiles()).toEqual([]);
  });

  it.each([
    ['lost', (file: string) => rm(file)],
    ['cut short', (file: string) => truncate(file, 3)],
    ['damaged', (file: string) => writeFile(file, 'other')],
  ])('of which a piece is %s says so at its end, and is gone, so that the file can be sent again', async (_, spoil) => {
    const bytes = randomBytes(10);
    const place = await begin(bytes.length); // without a digest, which would tell
    await add(place, 0, bytes.subarray(0, 5));
    const [file] = await partFiles();
    await spoil(path.join(file?.parentPath ?? '', file?.name ?? ''));
    expect(await codeOf(await add(place, 5, bytes.subarray(5)))).toEqual([500, 'STORAGE_FAILED']);
    expect((await ask('HEAD', place)).status).toBe(404);
    expect(await partFiles()).toEqual([]);
    expect((await server.fetch(`/artifacts/${digestOf(bytes)}`)).status).toBe(404);
  });

  it('that is ended is gone, with its bytes', async () => {
    const place = await begin(10);
    await add(place, 0, new Uint8Array(5));
    expect(await partFiles()).toHaveLength(1);
    expect((await ask('DELETE', place)).status).toBe(204);
    expect(await partFiles()).toEqual([]);
    expect((await ask('DELETE', place)).status).toBe(404);
  });

  it('that comes too slowly ends as another upload does, and keeps what it has', async () => {
    const place = await begin(100);
    const socket = await openRaw(server.port);
    await socket.send(
      `PATCH ${place} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${publisher}\r\nTus-Resumable: 1.0.0\r\n` +
        `Content-Type: ${BYTES_TYPE}\r\nUpload-Offset: 0\r\nContent-Length: 100\r\n\r\n${'a'.repeat(50)}`,
    );
    const answer = await socket.closed();
    expect([answer.status, answer.headers['tus-resumable']]).toEqual([408, '1.0.0']);
    await eventually(async () => (await offsetOf(place)) === 50);
  });

  it('needs no digest: the answer to its last bytes has it', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
    const response = await ask('POST', '/uploads', {
      headers: { 'upload-length': `${bytes.length}`, 'content-type': BYTES_TYPE },
      body: bytes,
    });
    expect([response.status, response.headers.get('upload-offset')]).toEqual([201, `${bytes.length}`]);
    const sum = createHash('sha256').update(bytes).digest('base64');
    expect(response.headers.get('repr-digest')).toBe(`sha-256=:${sum}:`);
    expect(await publish(digestOf(bytes), 'no-digest')).toEqual({ version: { number: 1 }, userErrors: [] });
  });

  it('of no bytes is whole when it begins', async () => {
    const place = await begin(0);
    expect(await offsetOf(place)).toBe(0);
    expect((await ask('HEAD', place)).headers.get('repr-digest')).toContain('sha-256=:47DEQpj8HBSa');
  });

  it('is refused where the door for whole files would refuse it', async () => {
    const headers = { 'upload-length': '10' };
    const reader = await server.token(['read']);
    expect(await codeOf(await ask('POST', '/uploads', { token: reader, headers }))).toEqual([403, 'SCOPE_MISSING']);
    const narrow = await server.token(['publish'], 'own-*');
    const other = { ...headers, 'upload-metadata': `model ${base64('other')}` };
    expect(await codeOf(await ask('POST', '/uploads', { token: narrow, headers: other }))).toEqual([
      403,
      'SCOPE_MISSING',
    ]);
    const size = { 'upload-length': `${2 ** 50}` };
    expect(await codeOf(await ask('POST', '/uploads', { headers: size }))).toEqual([413, 'LIMIT_EXCEEDED']);
    const digest = { ...headers, 'upload-metadata': `digest ${base64('md5:1')}` };
    expect(await codeOf(await ask('POST', '/uploads', { headers: digest }))).toEqual([400, 'DIGEST_INVALID']);
  });

  it('expires a day after its last byte, with its bytes, but not while a request adds to it', async () => {
    const place = await begin(10);
    await add(place, 0, new Uint8Array(5));
    const at = Date.parse((await ask('HEAD', place)).headers.get('upload-expires') ?? '');
    await removeExpiredUploads(server.needs, { now: new Date(at - 60_000) });
    expect(await offsetOf(place)).toBe(5);
    const id = path.basename(place);
    const { database } = server.needs;
    await database.resumableUpload.update({
      where: { id },
      data: { heldBy: id, heldUntil: new Date(at + 120_000) },
    });
    await removeExpiredUploads(server.needs, { now: new Date(at + 60_000) });
    expect(await database.resumableUpload.count({ where: { id } })).toBe(1);
    await database.resumableUpload.update({ where: { id }, data: { heldBy: null, heldUntil: null } });
    await removeExpiredUploads(server.needs, { now: new Date(at + 60_000) });
    expect((await ask('HEAD', place)).status).toBe(404);
    expect(await partFiles()).toEqual([]);
  });

  it('leaves no bytes for ever where a process died between its row and them', async () => {
    const place = await begin(10);
    await add(place, 0, new Uint8Array(5));
    const hour = 3_600_000;
    expect(await removeLeftParts(server.needs, new Date(Date.now() + 2 * hour))).toBe(0);
    await server.needs.database.resumableUpload.delete({ where: { id: path.basename(place) } });
    expect(await removeLeftParts(server.needs, new Date())).toBe(0); // it may be just beginning
    expect(await removeLeftParts(server.needs, new Date(Date.now() + 2 * hour))).toBe(1);
    expect(await partFiles()).toEqual([]);
  });
});

describe('HEAD /blobs/{digest}', () => {
  const bytes = lstmModel({ inputSize: 4, hiddenSize: 3 });
  const known = (token: string, digest = digestOf(bytes), name = '') =>
    ask('HEAD', `/blobs/${digest}${name === '' ? '' : `?model=${name}`}`, { token });
  const inspected = async (digest: string) =>
    (await ask('HEAD', `/blobs/${digest}?inspected=true`, { token: server.adminToken })).status;

  it('says to whom may publish them without sending them that bytes are there, and to others what it says of none', async () => {
    const stored = await server.fetch('/models/known/versions', {
      method: 'PUT',
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    expect(stored.status).toBe(201);
    const [reading, outside] = [await server.token(['publish'], 'kn*'), await server.token(['publish'], 'other-*')];
    const answer = await known(reading);
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, `${bytes.length}`]);
    const [hidden, none] = [await known(outside), await known(outside, `sha256:${'0'.repeat(64)}`)];
    const told = ({ status, headers }: Response) =>
      [
        status,
        [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)).map(([name]) => name),
      ] as const;
    expect(told(hidden)).toEqual(told(none));
    expect(hidden.status).toBe(404);
    expect((await known(reading, digestOf(bytes), 'outside')).status).toBe(403);
    expect(await publish(digestOf(bytes), 'other-one', outside)).toMatchObject({
      userErrors: [{ code: 'ARTIFACT_NOT_FOUND' }],
    });
    expect(await publish(digestOf(bytes), 'kn-two', reading)).toMatchObject({ version: { number: 1 } });
  });

  it('knows as models those alone that this release has inspected and that none refused', async () => {
    const none = randomBytes(100);
    for (const body of [bytes, none])
      await server.fetch(`/blobs/${digestOf(body)}`, { method: 'PUT', body: body as Uint8Array<ArrayBuffer> });
    expect((await known(server.adminToken, digestOf(none))).status).toBe(200);
    expect(await inspected(digestOf(none))).toBe(404);
    expect(await inspected(digestOf(bytes))).toBe(200);
    const where = { artifactDigest: digestOf(bytes) };
    const [{ inspectionVersion } = { inspectionVersion: 0 }] = await server.needs.database.inspection.findMany({
      where,
    });
    await server.needs.database.inspection.updateMany({ where, data: { inspectionVersion: 0 } });
    expect(await inspected(digestOf(bytes))).toBe(404);
    await server.needs.database.inspection.updateMany({ where, data: { inspectionVersion } });
  });

  it('keeps what it knows from a sweep, as what is published', async () => {
    const at = { digest: digestOf(bytes) };
    await server.fetch(`/blobs/${at.digest}`, { method: 'PUT', body: bytes as Uint8Array<ArrayBuffer> });
    const { blobTouch } = server.needs.database;
    await blobTouch.updateMany({ where: at, data: { touchedAt: new Date(0) } });
    expect((await known(server.adminToken)).status).toBe(200);
    expect((await blobTouch.findUniqueOrThrow({ where: at })).touchedAt.getTime()).toBeGreaterThan(0);
  });

  it('knows no bytes that are damaged or gone, which sending them brings back', async () => {
    const digest = digestOf(model);
    const send = () => server.fetch(`/blobs/${digest}`, { method: 'PUT', body: model as Uint8Array<ArrayBuffer> });
    const knows = async () => (await known(server.adminToken, digest)).status;
    const file = path.join(server.blobFolder, 'sha256', digest.slice(7, 9), digest.slice(7));
    await send();
    expect(await knows()).toBe(200);
    await writeFile(file, Buffer.concat([model.subarray(0, -1), Buffer.from([~(model.at(-1) ?? 0) & 255])]));
    expect(await knows()).toBe(404);
    await send();
    expect(await knows()).toBe(200);
    await server.needs.blobs.delete(digest);
    expect(await knows()).toBe(404);
  });
});
