// What the store of blobs makes of an object store that fails, breaks off or gives other bytes than it was given.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import type { BlobStore } from '../../src/blobs/blob-store.js';
import { openS3BlobStore } from '../../src/blobs/s3-blob-store.js';
import { type Asked, type FaultyObjectStore, refuse, startFaultyObjectStore } from '../support/faulty-object-store.js';
import { digestOf, put } from './blob-store.contract.js';

process.env['AWS_ACCESS_KEY_ID'] = 'key-id';
process.env['AWS_SECRET_ACCESS_KEY'] = 'key-secret';

let server: FaultyObjectStore;
let staging: string;
let store: BlobStore;
beforeEach(async () => {
  server = await startFaultyObjectStore();
  staging = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-s3-'));
  store = await open();
});
afterEach(async () => {
  await store.close();
  await server.stop();
  await rm(staging, { recursive: true });
});

/** `stillMs` is how long a server may say nothing: long enough that a slow machine is not taken for a silent one. */
const open = (stillMs = 30_000) =>
  openS3BlobStore(
    { bucket: 'models', prefix: 'a/', endpoint: server.endpoint, region: 'us-east-1' },
    { staging, limits: { stillMs, retryPauseMs: 1 } },
  );
const small = randomBytes(200_000);
/** Sent in parts. */
const large = randomBytes(20_000_000);
const read = async (bytes: Uint8Array, range?: { start: number; end: number }) =>
  buffer(await store.open(digestOf(bytes), range));
const staged = async () =>
  (await readdir(staging, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

/** Of those that are asked for `what`, the first `times` are answered by `how`; true where it answers. */
function fail(what: string, times: number, how: (asked: Asked) => void): void {
  let left = times;
  server.fault = (asked) => {
    if (asked.what !== what || left === 0) return false;
    left -= 1;
    how(asked);
    return true;
  };
}
const busy = ({ response }: Asked) => refuse(response, 503, 'ServiceUnavailable');
const forbidden = ({ response }: Asked) => refuse(response, 403, 'AccessDenied');
/** Takes half of what is sent, and hangs up. */
const hangUp = ({ request }: Asked) => {
  const length = Number(request.headers['content-length']);
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received >= length / 2) request.destroy();
  });
};
/** As long as it says, but for the second half. */
const giveHalf = ({ key, request, response }: Asked) => {
  const bytes = server.objects.get(key)!;
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(request.headers.range === undefined ? 200 : 206, { 'Content-Length': bytes.length - start });
  response.write(bytes.subarray(start, start + (bytes.length - start) / 2), () => response.destroy());
};
const silent = () => undefined;

describe('an object store (U12)', () => {
  it('that breaks off in a piece of an upload is asked for it again', async () => {
    const [upload, part] = [randomUUID(), randomUUID()];
    await store.received.write(upload, part, [small]);
    const [[, kept] = []] = server.objects;
    expect(kept?.length).toBe(small.length);
    fail('GET object', 2, giveHalf);
    expect(Buffer.from((await store.received.read(upload, part)) ?? []).equals(small)).toBe(true);
  });

  it.each([
    ['PUT object', small],
    ['PUT upload', large],
    ['POST uploads', large],
    ['POST upload', large],
    ['GET object', small],
  ])('that is busy three times is asked again: %s', async (what, bytes) => {
    fail(what, 3, busy);
    expect(await put(store, bytes)).toEqual({ digest: digestOf(bytes), byteSize: bytes.length });
    server.fault = () => false;
    expect((await read(bytes)).equals(bytes)).toBe(true);
  });

  it.each([
    ['PUT object', small],
    ['PUT upload', large],
  ])('that resets the connection at half is sent it again: %s', async (what, bytes) => {
    fail(what, 2, hangUp);
    await put(store, bytes);
    expect((await read(bytes)).equals(bytes)).toBe(true);
  });

  it.each([
    ['busy', 'PUT object', small, busy],
    ['busy', 'POST upload', large, busy],
    ['silent', 'PUT object', small, silent],
    ['silent', 'PUT upload', large, silent],
    ['busy when it is read back', 'GET object', small, busy],
  ])('that is %s for ever is unavailable, and nothing staged is left: %s', async (_how, what, bytes, how) => {
    fail(what, Infinity, how);
    const impatient = await open(300);
    await expect(put(impatient, bytes)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await impatient.close();
    expect(await staged()).toEqual([]);
    server.fault = () => false;
    await put(store, bytes);
    expect((await read(bytes)).equals(bytes)).toBe(true);
  });

  it('that fails amid an upload in parts is told to forget them', async () => {
    fail('PUT upload', Infinity, forbidden);
    await expect(put(store, large)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(server.asked.filter((what) => what === 'DELETE upload')).toHaveLength(1);
  });

  it('that says 200 and means an error has stored nothing', async () => {
    fail('POST upload', Infinity, ({ response }) => {
      response.end('<Error><Code>InternalError</Code><Message>no</Message></Error>');
    });
    await expect(put(store, large)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('that keeps other bytes than it was sent is not believed', async () => {
    fail('PUT object', 1, ({ key, response }) => {
      server.objects.set(key, Buffer.concat([Buffer.from([small[0]! ^ 1]), small.subarray(1)]));
      response.end();
    });
    await expect(put(store, small)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await staged()).toEqual([]);
    await put(store, small);
    expect((await read(small)).equals(small)).toBe(true);
  });

  it('that keeps fewer bytes than it was sent is not believed', async () => {
    fail('PUT object', 1, ({ key, response }) => {
      server.objects.set(key, small.subarray(1));
      response.end();
    });
    await expect(put(store, small)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });

  it.each([[undefined], [{ start: 1_000, end: 19_999_999 }]])(
    'that breaks off its answers is asked for the rest of %o',
    async (range) => {
      await put(store, large);
      fail('GET object', 3, giveHalf);
      const wanted = range === undefined ? large : large.subarray(range.start, range.end + 1);
      expect((await read(large, range)).equals(wanted)).toBe(true);
    },
  );

  it('that gives nothing more is given up, and what was read is not taken for all', async () => {
    await put(store, small);
    let first = true;
    fail('GET object', Infinity, (asked) => {
      if (!first) return asked.response.destroy();
      first = false;
      giveHalf(asked);
    });
    await expect(read(small)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('that ignores ranges is not taken at its word', async () => {
    await put(store, small);
    fail('GET object', Infinity, ({ response }) => response.end(small));
    await expect(read(small, { start: 100, end: 199 })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('that forbids is a fault that no attempt mends, and no key is told', async () => {
    fail('PUT object', Infinity, forbidden);
    const error: unknown = await put(store, small).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(server.asked.filter((what) => what === 'PUT object')).toHaveLength(1);
    expect(inspect(error, { depth: 10 })).not.toMatch(/key-id|key-secret/);
  });

  it('whose bucket is gone has lost nothing: it is a fault, not an absence', async () => {
    await put(store, small);
    server.fault = ({ request, response }) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else refuse(response, 404, 'NoSuchBucket');
      return true;
    };
    const digest = digestOf(small);
    const asks = [
      () => store.has(digest),
      () => store.open(digest),
      () => store.check(),
      () => put(store, small),
      open,
    ];
    for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });
});
