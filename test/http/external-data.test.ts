// Data files over HTTP: in a check by their sizes, in a version under the names that the model gives, folders included.
import { createHash } from 'node:crypto';
import type { DryCheckAnswer, PublishedAnswer } from '../../src/core/route-answers.js';
import { externalModel } from '../support/external-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function limit(model: string, max: number): Promise<void> {
  await server.limit(model, { metric: 'TOTAL_BYTE_SIZE', max });
}

function check(model: string, body: Uint8Array, query = ''): Promise<Response> {
  return server.fetch(`/models/${model}/check${query}`, { method: 'POST', body });
}

test('a check counts the sizes that it is given, and knows no size without them, or with one that is too short for the tensors', async () => {
  const body = externalModel('data/w.bin', 4_000);
  await limit('checked', 10_000);
  const findingOf = async (response: Response) => {
    expect(response.status).toBe(200);
    return ((await response.json()) as DryCheckAnswer).findings[0];
  };
  expect(await findingOf(await check('checked', body, '?externalData=data%2Fw.bin=4000'))).toMatchObject({
    outcome: 'PASS',
    value: body.length + 4_000,
  });
  expect(await findingOf(await check('checked', body, '?externalData=.%2Fdata%2Fw.bin=20000'))).toMatchObject({
    outcome: 'FAIL',
    reason: 'BROKEN',
    value: body.length + 20_000,
  });
  for (const query of ['', '?externalData=data%2Fw.bin=3999']) {
    expect(await findingOf(await check('checked', body, query))).toMatchObject({
      outcome: 'FAIL',
      reason: 'UNVERIFIABLE',
      value: null,
    });
  }
});

test.each([
  ['w.bin=4000', 'EXTERNAL_DATA_INVALID'], // no tensor names it
  ['data/w.bin', 'REQUEST_INVALID'],
  ['data/w.bin=', 'REQUEST_INVALID'],
  ['data/w.bin=-1', 'REQUEST_INVALID'],
  ['data/w.bin=1e3', 'REQUEST_INVALID'],
  ['=4000', 'REQUEST_INVALID'],
])('a check refuses the size %j', async (text, code) => {
  const query = `?externalData=${encodeURIComponent(text)}`;
  const response = await check('refused', externalModel('data/w.bin', 4_000), query);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code });
});

test('a version has its data under the names that the model gives, and is downloaded by them', async () => {
  const [body, data] = [externalModel('./data/w.bin', 4_000), Buffer.alloc(4_000, 7)];
  await server.fetch(`/blobs/${digestOf(data)}`, { method: 'PUT', body: data });
  const query = `?externalData=${encodeURIComponent(`data/w.bin=${digestOf(data)}`)}`;
  const published = await server.fetch(`/models/folders/versions${query}`, { method: 'PUT', body });
  expect(published.status).toBe(201);
  expect((await published.json()) as PublishedAnswer).toMatchObject({
    byteSize: body.length,
    totalByteSize: body.length + 4_000,
  });
  for (const name of ['data/w.bin', 'data%2Fw.bin', '.%2Fdata%2Fw.bin']) {
    const response = await server.fetch(`/models/folders/versions/1/artifact/${name}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toContain('w.bin');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(data);
  }
  expect((await server.fetch('/models/folders/versions/1/artifact/w.bin')).status).toBe(404);
});

test('a version without its data has no size, and its size is not that of the model file', async () => {
  const body = externalModel('data/w.bin', 4_000);
  const published = await server.fetch('/models/alone/versions', { method: 'PUT', body });
  expect((await published.json()) as PublishedAnswer).toMatchObject({ byteSize: body.length, totalByteSize: null });
});
