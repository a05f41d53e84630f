// Bytes that a disk damaged are never sent without a word, whole or in part, and the same bytes sent again mend them (F02, U14).
import { createHash } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import http from 'node:http';
import { verifyArtifacts } from '../../src/registry/artifacts/fsck.js';
import { blobPath, flipBit } from '../support/damage.js';
import { lstmModel } from '../support/onnx-model.js';
import { eventually } from '../support/raw-http.js';
import { startTestServer, type TestServer } from '../support/server.js';

const MIB = 1_048_576;
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
/** 2.9 MB each. */
const large = (seed: number) => lstmModel({ inputSize: 300, hiddenSize: 300, seed });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function publish(model: string, bytes: Uint8Array): Promise<string> {
  const body = bytes as Uint8Array<ArrayBuffer>;
  const response = await server.fetch(`/models/${model}/versions?force=true`, { method: 'PUT', body });
  expect([response.status, await response.json()]).toEqual([201, expect.anything()]);
  return digestOf(bytes);
}

interface Download {
  status: number | undefined;
  bytes: Buffer;
  /** Whether the answer ended as it should. */
  whole: boolean;
}

function download(route: string, range?: string): Promise<Download> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.adminToken}`, ...(range && { range: `bytes=${range}` }) };
    const request = http.get(server.url + route, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined); // seen by what did not come
      response.on('close', () =>
        resolve({ status: response.statusCode, bytes: Buffer.concat(chunks), whole: response.complete }),
      );
    });
    request.on('error', reject);
  });
}

/** As it was stored by a release that kept no hashes of parts. */
const forgetParts = (digest: string) =>
  server.database.client.artifactParts.delete({ where: { artifactDigest: digest } });
const knownParts = (digest: string) =>
  server.database.client.artifactParts.count({ where: { artifactDigest: digest } });
const corruptCode = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { code: string }).code;

describe('damaged bytes', () => {
  it('of a large model end the connection before the damaged megabyte, and the log says what is hit', async () => {
    const bytes = large(1);
    const digest = await publish('speech/large', bytes);
    await publish('other', bytes);
    await flipBit(blobPath(server.blobFolder, digest), 2 * MIB + 5);
    const { status, bytes: came, whole } = await download('/models/speech/large/versions/1/artifact');
    expect([status, whole]).toEqual([200, false]);
    expect(came.equals(Buffer.from(bytes.subarray(0, came.length)))).toBe(true);
    expect(came.length).toBeLessThanOrEqual(2 * MIB);
    const damage = () =>
      server
        .log()
        .split('\n')
        .find((each) => each.includes('"stored bytes are damaged or missing"'));
    await eventually(() => damage() !== undefined);
    const line = damage();
    expect(JSON.parse(line ?? '')).toMatchObject({ digest, holders: 2, heldBy: ['other@1', 'speech/large@1'] });
  });

  it('are refused in a range that touches their megabyte, and the others are sent', async () => {
    const bytes = large(2);
    const digest = await publish('ranges', bytes);
    await flipBit(blobPath(server.blobFolder, digest), MIB + 100);
    const route = `/artifacts/${digest}`;
    for (const range of [`0-${MIB - 1}`, '10-20', `${2 * MIB}-`, `${bytes.length - 1}-`]) {
      const good = await download(route, range);
      const [start, end] = range.split('-');
      const expected = bytes.subarray(Number(start), end ? Number(end) + 1 : undefined);
      expect([good.status, good.whole, good.bytes.equals(Buffer.from(expected))]).toEqual([206, true, true]);
    }
    for (const range of [`${MIB}-${MIB}`, `${2 * MIB - 1}-${2 * MIB - 1}`, `${MIB + 5}-`]) {
      const refused = await download(route, range);
      expect([refused.status, corruptCode(refused.bytes)]).toEqual([500, 'ARTIFACT_CORRUPT']);
    }
    const begun = await download(route, `5-${bytes.length - 1}`);
    expect([begun.status, begun.whole]).toEqual([206, false]);
    expect(begun.bytes.equals(Buffer.from(bytes.subarray(5, 5 + begun.bytes.length)))).toBe(true);
  });

  it('of a small model are an error from the start, whole, cut and gone', async () => {
    const small = (seed: number) => lstmModel({ inputSize: 3, hiddenSize: 2, seed });
    const flipped = await publish('flipped', small(1));
    const cut = await publish('cut', small(2));
    const gone = await publish('gone', small(3));
    await flipBit(blobPath(server.blobFolder, flipped), 40);
    await truncate(blobPath(server.blobFolder, cut), 100);
    await server.needs.blobs.delete(gone);
    for (const digest of [flipped, cut, gone]) {
      for (const range of [undefined, '0-9', '200-']) {
        const { status, bytes } = await download(`/artifacts/${digest}`, range);
        expect([status, corruptCode(bytes)]).toEqual([500, 'ARTIFACT_CORRUPT']);
      }
    }
  });

  it('that lost their end break the connection off there', async () => {
    const digest = await publish('cut', large(3));
    await truncate(blobPath(server.blobFolder, digest), 2 * MIB);
    expect(await download(`/artifacts/${digest}`)).toMatchObject({ status: 200, whole: false });
    expect(await download(`/artifacts/${digest}`, `${2 * MIB}-`)).toMatchObject({ status: 500 });
  });

  it('that an older release stored are not sent to their end, nor in a range', async () => {
    const bytes = large(4);
    const digest = await publish('older', bytes);
    await forgetParts(digest);
    await flipBit(blobPath(server.blobFolder, digest), 7);
    const { status, bytes: came, whole } = await download(`/artifacts/${digest}`);
    expect([status, whole]).toEqual([200, false]);
    expect(came.length).toBeLessThan(bytes.length);
    expect(await download(`/artifacts/${digest}`, `${2 * MIB}-${2 * MIB + 9}`)).toMatchObject({ status: 500 });
    expect(await knownParts(digest)).toBe(0);
  });

  it('are mended by the same bytes sent again', async () => {
    const bytes = large(5);
    const digest = await publish('mended', bytes);
    await flipBit(blobPath(server.blobFolder, digest), 2 * MIB);
    expect(await download(`/artifacts/${digest}`)).toMatchObject({ whole: false });
    await publish('mended', bytes);
    const { whole, bytes: came } = await download(`/artifacts/${digest}`);
    expect([whole, came.equals(Buffer.from(bytes))]).toEqual([true, true]);
  });
});

describe('intact bytes that an older release stored', () => {
  const verify = async () => {
    await verifyArtifacts(server.needs, server.admin, { first: 20 });
    return { status: 200, whole: true };
  };
  it.each([
    ['a range of them', 10, (route: string) => download(route, `${MIB + 3}-${MIB + 8}`), 206],
    ['a whole download', 11, (route: string) => download(route), 200],
    ['fsck', 12, verify, 200],
  ])('get the hashes of their parts from %s', async (_, seed, read, status) => {
    const bytes = large(seed);
    const digest = await publish('older-intact', bytes);
    await forgetParts(digest);
    const route = `/artifacts/${digest}`;
    expect(await read(route)).toMatchObject({ status, whole: true });
    expect(await knownParts(digest)).toBe(1);
    const { whole, bytes: came } = await download(route);
    expect([whole, came.equals(Buffer.from(bytes))]).toEqual([true, true]);
  });
});
