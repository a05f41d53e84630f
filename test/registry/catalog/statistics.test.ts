import { findModel } from '../../../src/registry/catalog/model-reads.js';
import { createModel, withdrawVersion } from '../../../src/registry/publish/models.js';
import { storeArtifact } from '../../../src/registry/artifacts/artifacts.js';
import {
  loadModelMetrics,
  loadModelNodeGroups,
  loadModelStorage,
  readRegistryMetrics,
  readRegistryNodeGroups,
  readRegistryStorage,
} from '../../../src/registry/catalog/statistics.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { FLOAT, model, node, value } from '../../support/onnx-model.js';
import { digestOf, publishSample } from '../../support/catalog.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { recordStatements } from '../../support/statements.js';

let registry: TestRegistry;
let ids: string[];
const unknown = { stored: null, expected: null, effective: null, verdict: 'UNVERIFIABLE', reason: 'no shape' } as const;

beforeAll(async () => {
  registry = await openTestRegistry();
  const { needs, publisher } = registry;
  // 100, 400, 100 again by the first bytes, then one that is withdrawn.
  for (const [seed, modelParams] of [
    ['a', 100],
    ['b', 400],
    ['a', 100],
    ['c', 9_999],
  ] as const) {
    const byteSize = { a: 1_000, b: 3_000, c: 7_000 }[seed];
    const nodes = seed === 'b' ? [{ opType: 'GRU' as const, biasConvention: 'DOUBLE' as const }, unknown] : [{}];
    await publishSample(needs, publisher, 'first', { seed, nodes, inspection: { modelParams, byteSize } });
  }
  await withdrawVersion(needs, publisher, { model: 'first', version: { number: 4 }, reason: 'test' });
  await publishSample(needs, publisher, 'second', {
    seed: 'a',
    labels: ['x'],
    inspection: { modelParams: 100, byteSize: 1_000 },
  });
  await createModel(needs, publisher, { name: 'third' });
  const found = await Promise.all(['first', 'second', 'third'].map((name) => findModel(needs, publisher, name)));
  ids = found.map((model) => model?.id ?? '');
});
afterAll(() => registry.close());

test('a metric has first, last, extremes, mean and changes, in the order of numbers, withdrawn versions left out', async () => {
  const { result, statements } = await recordStatements(() => loadModelMetrics(registry.needs, ids));
  expect(statements).toHaveLength(1);
  const [first, second, third] = ids.map((id) => result.get(id));
  expect(first?.versionCount).toBe(3);
  expect(first?.modelParams).toEqual({
    first: 100,
    last: 100,
    min: 100,
    max: 400,
    mean: 200,
    changeSinceFirst: 0,
    changeSincePrevious: -300,
  });
  expect(first?.recurrentPerUse).toMatchObject({ first: 50_800, last: 50_800, mean: 50_800 });
  expect(second?.modelParams).toEqual({
    first: 100,
    last: 100,
    min: 100,
    max: 100,
    mean: 100,
    changeSinceFirst: null,
    changeSincePrevious: null,
  });
  expect(third?.versionCount).toBe(0);
  expect(Object.values(third?.byteSize ?? {})).toEqual([null, null, null, null, null, null, null]);
});

test('a mean need not be whole', async () => {
  const { needs, publisher } = registry;
  await publishSample(needs, publisher, 'halves', { inspection: { modelParams: 1 } });
  await publishSample(needs, publisher, 'halves', { inspection: { modelParams: 2 } });
  const id = (await findModel(needs, publisher, 'halves'))?.id ?? '';
  expect((await loadModelMetrics(needs, [id])).get(id)?.modelParams.mean).toBe(1.5);
});

test('nodes are grouped by operator, bias convention and verdict, once for each version', async () => {
  const { result, statements } = await recordStatements(() => loadModelNodeGroups(registry.needs, ids));
  expect(statements).toHaveLength(1);
  expect(result.get(ids[0] ?? '')).toEqual({
    nodesByOpType: [
      { key: 'LSTM', nodes: 3, params: 101_600 },
      { key: 'GRU', nodes: 1, params: 50_800 },
    ],
    nodesByBiasConvention: [
      { key: 'SINGLE_INPUT', nodes: 3, params: 101_600 },
      { key: 'DOUBLE', nodes: 1, params: 50_800 },
    ],
    nodesByVerdict: [
      { key: 'MATCH', nodes: 3, params: 152_400 },
      { key: 'UNVERIFIABLE', nodes: 1, params: 0 },
    ],
  });
  expect(result.get(ids[2] ?? '')).toEqual({ nodesByOpType: [], nodesByBiasConvention: [], nodesByVerdict: [] });
});

test('bytes are stored once and saved for each version that shares them', async () => {
  const { result, statements } = await recordStatements(() => loadModelStorage(registry.needs, ids));
  expect(statements).toHaveLength(1);
  expect(result.get(ids[0] ?? '')).toEqual({ distinctArtifacts: 2, bytesStored: 4_000, bytesSavedBySharing: 1_000 });
  expect(result.get(ids[2] ?? '')).toEqual({ distinctArtifacts: 0, bytesStored: 0, bytesSavedBySharing: 0 });
});

test('external data counts with the files that hold it', async () => {
  const { needs, publisher } = registry;
  const bytes = Buffer.from('external weights');
  const digest = digestOf(bytes.toString());
  const body = (async function* () {
    yield await Promise.resolve(bytes);
  })();
  await storeArtifact(needs, publisher, { digest, body });
  const externalData = [{ location: 'weights.bin', digest }];
  const inspection = {
    byteSize: 500,
    externalData: [{ location: 'weights.bin', claimedBytes: 16, byteSize: 16, unclaimedBytes: 0 }],
  };
  for (const seed of ['e1', 'e2'])
    await publishSample(needs, publisher, 'external', { seed, externalData, inspection });
  const id = (await findModel(needs, publisher, 'external'))?.id ?? '';
  expect((await loadModelStorage(needs, [id])).get(id)).toEqual({
    distinctArtifacts: 3,
    bytesStored: 1_000 + bytes.length,
    bytesSavedBySharing: bytes.length,
  });
});

describe('over the registry', () => {
  const where = { modelName: { in: ['first', 'second', 'third'] } };

  test('metrics weigh each model once, by its highest version that fits', async () => {
    const metrics = await readRegistryMetrics(registry.needs, registry.reader, where);
    expect(metrics).toMatchObject({ versionCount: 4, modelCount: 2 });
    expect(metrics.modelParams).toEqual({ sum: 200, min: 100, max: 100, mean: 100 });
    const older = await readRegistryMetrics(registry.needs, registry.reader, { ...where, number: { lte: 2 } });
    expect(older.modelParams).toEqual({ sum: 500, min: 100, max: 400, mean: 250 });
  });

  test('an artifact of two models is stored once', async () => {
    expect(await readRegistryStorage(registry.needs, registry.reader, where)).toEqual({
      distinctArtifacts: 2,
      bytesStored: 4_000,
      bytesSavedBySharing: 2_000,
    });
  });

  test('nothing that fits is zeros and nulls, not an error', async () => {
    const none = { modelName: { eq: 'none' } };
    const metrics = await readRegistryMetrics(registry.needs, registry.reader, none);
    expect(metrics).toMatchObject({ versionCount: 0, modelCount: 0 });
    expect(metrics.modelParams).toEqual({ sum: 0, min: null, max: null, mean: null });
    expect((await readRegistryNodeGroups(registry.needs, registry.reader, none)).nodesByOpType).toEqual([]);
    expect((await readRegistryStorage(registry.needs, registry.reader, none)).bytesStored).toBe(0);
  });

  test('a token counts only the models that it sees', async () => {
    const principal = await registry.principal(['read'], 'second');
    expect(await readRegistryMetrics(registry.needs, principal)).toMatchObject({ versionCount: 1, modelCount: 1 });
    expect((await readRegistryStorage(registry.needs, principal)).bytesStored).toBe(1_000);
    const groups = await readRegistryNodeGroups(registry.needs, principal);
    expect(groups.nodesByOpType).toEqual([{ key: 'LSTM', nodes: 1, params: 50_800 }]);
  });

  test('small files that claim 2^53−1 elements take no sum from anybody', async () => {
    const { needs, publisher, reader } = registry;
    const claiming = (name: string, dims: number[], isExternal: boolean) =>
      model({
        node: [node('Add', ['x', 'W'], ['y'], {}, { name })],
        initializer: [
          {
            name: 'W',
            dims,
            dataType: FLOAT,
            ...(isExternal && { dataLocation: 1, externalData: [{ key: 'location', value: 'w.data' }] }),
          },
        ],
        input: [value('x', ['n'])],
      });
    async function* body(bytes: Uint8Array) {
      await Promise.resolve();
      yield bytes;
    }
    const where = { modelName: { startsWith: 'claim-' } };
    for (const [at, isExternal] of [false, false, true, true].entries()) {
      const bytes = claiming(`add${at}`, [2 ** 53 - 1], isExternal);
      expect(bytes.length).toBeLessThan(200);
      await publishUpload(needs, publisher, { model: `claim-${at}`, body: body(bytes) });
    }
    await publishSample(needs, publisher, 'claim-none', { inspection: { modelParams: 100, storedElements: 120 } });
    const { modelParams, storedElements, modelCount } = await readRegistryMetrics(needs, reader, where);
    expect(modelCount).toBe(5);
    expect([modelParams.sum, storedElements.sum]).toEqual([100, 120]);
  });

  test('a sum over 2^53−1 is null, not rounded', async () => {
    const { needs, publisher, reader } = registry;
    const huge = 2 ** 53 - 1;
    for (const name of ['huge-a', 'huge-b']) {
      await publishSample(needs, publisher, name, {
        nodes: [{ stored: huge }],
        inspection: {
          modelParams: huge,
          recurrent: {
            nodes: 1,
            unverifiableNodes: 0,
            perUse: huge,
            distinct: huge,
            effective: huge,
            effectiveDistinct: huge,
          },
        },
      });
    }
    const where = { modelName: { startsWith: 'huge-' } };
    expect((await readRegistryMetrics(needs, reader, where)).modelParams).toMatchObject({ sum: null, max: huge });
    expect((await readRegistryNodeGroups(needs, reader, where)).nodesByOpType).toEqual([
      { key: 'LSTM', nodes: 2, params: null },
    ]);
  });
});
