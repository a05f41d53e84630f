/** The whole path for real models: their bytes are published, read, kept and asked for. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { testOperation } from '../support/operations.js';

let registry: TestRegistry;
let graphql: TestGraphql;
const folder = path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json'));

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
  for (const name of ['silero_vad_legacy', 'silero_vad_v5', 'silero_vad_v6']) {
    const body = createReadStream(path.join(folder, 'dist', `${name}.onnx`));
    await publishUpload(registry.needs, registry.publisher, { model: 'silero-vad', body });
  }
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

interface Answer {
  model: {
    versions: {
      totalCount: number;
      nodes: {
        inspection: {
          nodeCount: number;
          storedElements: number;
          recurrent: Record<string, number>;
          recurrentNodes: { totalCount: number; nodes: { path: string; verdict: string; stored: number }[] };
        };
      }[];
    };
    statistics: unknown;
  };
}

test('three versions of Silero VAD are answered with their nodes, totals and statistics', async () => {
  const query = testOperation('ModelSizes');
  const { data, errors } = await graphql.ask<Answer>(query, { n: 'silero-vad' });
  expect(errors).toEqual([]);
  expect(data.model.versions.totalCount).toBe(3);
  const [legacy, v5, v6] = data.model.versions.nodes.map((version) => version.inspection);
  expect(legacy).toMatchObject({ nodeCount: 250, storedElements: 445_117, recurrent: { nodes: 8, perUse: 266_240 } });
  expect(v5).toMatchObject({ nodeCount: 689, storedElements: 545_597 });
  for (const inspection of [v5, v6]) {
    expect(inspection?.recurrent).toMatchObject({ nodes: 4, unverifiableNodes: 0, perUse: 528_384, distinct: 264_192 });
    expect(inspection?.recurrentNodes.totalCount).toBe(4);
    expect(inspection?.recurrentNodes.nodes.map((node) => [node.verdict, node.stored])).toEqual(
      Array.from({ length: 4 }, () => ['MATCH', 132_096]),
    );
    // Two If levels deep.
    for (const node of inspection?.recurrentNodes.nodes ?? []) expect(node.path.match(/_branch\//g)).toHaveLength(2);
  }
  expect(data.model.statistics).toEqual({
    versionCount: 3,
    recurrentPerUse: { first: 266_240, last: 528_384, min: 266_240, max: 528_384, mean: 441_002.6666666667 },
  });
});
