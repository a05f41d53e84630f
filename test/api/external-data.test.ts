// A version with files beside its model: both sizes, both inspections, and what was declared held against them.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { storeArtifact } from '../../src/registry/artifacts/artifacts.js';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { lstmData, lstmWithExternalData } from '../support/external-model.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

test('a version whose data ends too early has no size', async () => {
  const { needs, publisher } = registry;
  const short = lstmData.subarray(0, 200);
  const digest = `sha256:${createHash('sha256').update(short).digest('hex')}`;
  await storeArtifact(needs, publisher, { digest, body: Readable.from([short]) });
  const externalData = [{ location: 'model.onnx.data', digest }];
  await publishUpload(needs, publisher, { model: 'cut', body: Readable.from([lstmWithExternalData()]), externalData });
  const { data } = await graphql.ask(`{ version(model: "cut", ref: { number: 1 }) {
    totalByteSize externalData { present byteSize } inspection { externalData { byteSize } } } }`);
  expect(data).toEqual({
    version: {
      totalByteSize: null,
      externalData: [{ present: true, byteSize: null }],
      inspection: { externalData: [{ byteSize: null }] },
    },
  });
});

test('a version has its size with external data, its inspection is made with it, and that of the artifact without', async () => {
  const { needs, publisher } = registry;
  const model = lstmWithExternalData();
  const digest = `sha256:${createHash('sha256').update(lstmData).digest('hex')}`;
  await storeArtifact(needs, publisher, { digest, body: Readable.from([lstmData]) });
  const externalData = [{ location: 'model.onnx.data', digest }];
  const declaredParams = 48;
  const request = { model: 'beside', body: Readable.from([model]), externalData, declaredParams };
  await publishUpload(needs, publisher, request);
  const query = `{ version(model: "beside", ref: { number: 1 }) {
    totalByteSize declaredAgreement inspection { ...found } artifact { byteSize inspection { ...found } } } }
    fragment found on Inspection { warnings { code } recurrentNodes { nodes { biasConvention } } }`;
  const { data, errors } = await graphql.ask(query);
  expect(errors).toEqual([]);
  expect(data).toEqual({
    version: {
      totalByteSize: model.length + 224,
      declaredAgreement: 'EFFECTIVE',
      inspection: { warnings: [], recurrentNodes: { nodes: [{ biasConvention: 'SINGLE_INPUT' }] } },
      artifact: {
        byteSize: model.length,
        inspection: {
          warnings: Array(3).fill({ code: 'EXTERNAL_DATA' }),
          recurrentNodes: { nodes: [{ biasConvention: 'UNKNOWN' }] },
        },
      },
    },
  });
});
