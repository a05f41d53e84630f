/** The mutation behind `weighbridge reinspect`, through Apollo. */
import { setTimeout as after } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { INSPECTION_VERSION } from '../../src/onnx/inspect.js';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { lstmModel } from '../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;
/** Takes its time to open a blob. */
let slow: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.admin);
  const { blobs } = registry.needs;
  const open: typeof blobs.open = async (digest, range) => {
    await after(1_500);
    return blobs.open(digest, range);
  };
  slow = await startTestGraphql({ ...registry.needs, blobs: { ...methodsOf(blobs), open } }, registry.admin);
});
afterAll(async () => {
  await graphql.stop();
  await slow.stop();
  await registry.close();
});

function methodsOf(blobs: TestRegistry['needs']['blobs']): TestRegistry['needs']['blobs'] {
  return {
    received: blobs.received,
    stage: (options) => blobs.stage(options),
    open: (digest, range) => blobs.open(digest, range),
    has: (digest) => blobs.has(digest),
    delete: (digest) => blobs.delete(digest),
    list: () => blobs.list(),
    close: () => blobs.close(),
    check: () => blobs.check(),
  };
}

const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function* once() {
  yield await Promise.resolve(bytes);
}

/** A version whose inspection is an older program's. */
async function publishOld(model: string): Promise<void> {
  await publishUpload(registry.needs, registry.publisher, { model, body: once() });
  const { database } = registry.needs;
  await database.inspection.deleteMany({ where: { versions: { none: {} } } });
  await database.inspection.updateMany({ data: { inspectionVersion: INSPECTION_VERSION - 1 } });
}

const REINSPECT = `mutation ($input: ArtifactWalkInput!) { reinspectArtifacts(input: $input) {
  done left last failures { digest code message } userErrors { code field message } } }`;
const VERSION = `query ($m: String!) { version(model: $m, ref: { number: 1 }) {
  inspection { inspectionVersion recurrentStacks { totalCount } } } }`;

test('reads again, and versions have the new inspection', async () => {
  await publishOld('one');
  const inspection = (version: number) => ({
    version: { inspection: { inspectionVersion: version, recurrentStacks: { totalCount: 1 } } },
  });
  expect((await graphql.ask(VERSION, { m: 'one' })).data).toEqual(inspection(INSPECTION_VERSION - 1));
  const { data, errors } = await graphql.ask(REINSPECT, { input: {} });
  expect(errors).toEqual([]);
  expect(data).toEqual({ reinspectArtifacts: { done: 1, left: 0, last: digest, failures: [], userErrors: [] } });
  expect((await graphql.ask(VERSION, { m: 'one' })).data).toEqual(inspection(INSPECTION_VERSION));
});

test('reads an artifact to its end, however long that takes', async () => {
  await publishOld('long');
  const { data, errors } = await slow.ask(REINSPECT, { input: { first: 1 } }, { operationMilliseconds: 1_000 });
  expect(errors).toEqual([]);
  expect(data).toMatchObject({ reinspectArtifacts: { done: 1, left: 0, failures: [] } });
});

test('names each artifact that could not be read, and logs what the answer leaves out', async () => {
  await publishOld('gone');
  await registry.needs.blobs.delete(digest);
  const { data } = await graphql.ask(REINSPECT, { input: {} });
  expect(data).toEqual({
    reinspectArtifacts: {
      done: 0,
      left: 0,
      last: digest,
      failures: [{ digest, code: 'ARTIFACT_CORRUPT', message: `the bytes of ${digest} are missing from the store` }],
      userErrors: [],
    },
  });
  expect(graphql.logged).toMatchObject([{ message: 'an artifact could not be read again', details: { digest } }]);
});

test('is refused without the scope admin, and for a question that makes no sense', async () => {
  const refused = await graphql.ask(REINSPECT, { input: {} }, { principal: registry.publisher });
  expect(refused.codes).toEqual(['SCOPE_MISSING']);
  const { data } = await graphql.ask(REINSPECT, { input: { first: 21 } });
  expect(data).toMatchObject({
    reinspectArtifacts: { done: null, left: null, userErrors: [{ code: 'INPUT_INVALID', field: ['first'] }] },
  });
});
