import { measurementsOf, workOfParts } from '../../../src/core/measurements.js';
import { Prisma } from '../../../src/database/client.js';
import { MEASUREMENT_COLUMNS, type MeasurementRow, toMeasurements } from '../../../src/registry/rows/measurements.js';
import { publishUpload } from '../../../src/registry/publish/publish.js';
import { listVersions } from '../../../src/registry/catalog/version-reads.js';
import { loadModelMetrics } from '../../../src/registry/catalog/statistics.js';
import { digestOf, publishSample, sampleInspection } from '../../support/catalog.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { lstmModel } from '../../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

describe('the measurements of a version', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await openTestRegistry();
  });
  afterAll(() => registry.close());

  async function stored(versionId: string) {
    const [row] = await registry.needs.database.$queryRaw<MeasurementRow[]>(
      Prisma.sql`SELECT ${MEASUREMENT_COLUMNS} FROM version v WHERE v.id = ${versionId}::uuid`,
    );
    return toMeasurements(row!);
  }

  it('are what core reads of the inspection', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2, bidirectional: true });
    const { version } = await publishUpload(registry.needs, registry.publisher, {
      model: 'plain',
      body: (async function* () {
        yield await Promise.resolve(bytes);
      })(),
    });
    const inspection = await inspectBytes(bytes);
    const expected = measurementsOf(inspection, workOfParts(inspection));
    expect(await stored(version.id)).toEqual(expected);
    // By hand: D·G·n·(m + n + 2) + 3·n·D products; h and c of both directions in 4 bytes.
    expect(expected).toMatchObject({
      recurrentPerUse: 2 * 56,
      macsPerStep: 2 * (4 * 2 * (3 + 2 + 2) + 3 * 2),
      stateBytes: 32,
      totalByteSize: bytes.byteLength,
    });
  });

  it('leave what is unknown null: work without sizes, a total without a file', async () => {
    const nodes = [{ inputSize: null, verdict: 'UNVERIFIABLE' as const, stored: null, effective: null }];
    const missing = { location: 'weights.bin', claimedBytes: 500, byteSize: null, unclaimedBytes: null };
    const inspection = {
      externalData: [{ ...missing, location: 'here.bin', byteSize: 7, unclaimedBytes: 7 }, missing],
    };
    const version = await publishSample(registry.needs, registry.publisher, 'odd', { nodes, inspection });
    expect(await stored(version.id)).toMatchObject({
      macsPerStep: null,
      stateBytes: null,
      totalByteSize: null,
      unverifiableNodeCount: 1,
      unverifiableWeightCount: 0,
      weightBytes: 204_200,
    });
  });

  it('that need what was not read are unknown to filters, orders and statistics too', async () => {
    const { needs, reader, publisher } = registry;
    const unread = { biasConvention: 'UNKNOWN' as const, verdict: 'MATCH' as const };
    const version = await publishSample(needs, publisher, 'unread-bias', {
      nodes: [unread],
      inspection: { modelParamsEffective: null },
    });
    const known = await publishSample(needs, publisher, 'read-bias', { seed: 'read-bias' });
    const names = async (request: object) =>
      (await listVersions(needs, reader, { page: { first: 10 }, ...request })).edges.map(({ node }) => node.modelName);
    const models = { digest: { in: [version.artifactDigest, known.artifactDigest] } };
    expect(await names({ where: { ...models, recurrentEffective: { gte: 0 } } })).toEqual(['read-bias']);
    const orderBy = { field: 'RECURRENT_EFFECTIVE', direction: 'ASC' };
    expect(await names({ where: models, orderBy })).toEqual(['unread-bias', 'read-bias']);
    const statistics = (await loadModelMetrics(needs, [version.modelId])).get(version.modelId);
    expect(statistics?.recurrentEffective).toMatchObject({ first: null, last: null, min: null, max: null, mean: null });
    expect(statistics?.recurrentPerUse.last).not.toBeNull();
  });

  it('count the external data that came in the total', async () => {
    const digest = digestOf('external bytes');
    await registry.needs.database.artifact.create({ data: { digest, byteSize: 640n } });
    const { tokenId } = registry.publisher;
    await registry.needs.database.artifactUpload.create({ data: { artifactDigest: digest, tokenId: tokenId! } });
    const file = { location: 'weights.bin', claimedBytes: 500, byteSize: 640, unclaimedBytes: 140 };
    const inspection = { externalData: [file] };
    const version = await publishSample(registry.needs, registry.publisher, 'whole', {
      inspection,
      externalData: [{ location: 'weights.bin', digest }],
    });
    expect(await stored(version.id)).toMatchObject({
      byteSize: sampleInspection().byteSize,
      totalByteSize: sampleInspection().byteSize + 640,
    });
  });
});
