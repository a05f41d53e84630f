// Stored tensors of which it is not known how many params they hold: audit, filters and comparisons say that a count is a lower bound.
import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;

beforeAll(async () => {
  registry = await openTestRegistry();
  graphql = await startTestGraphql(registry.needs, registry.reader);
  const publish = (model: string, unverifiableWeights: number) =>
    publishSample(registry.needs, registry.publisher, model, { nodes: [], inspection: { unverifiableWeights } });
  await publish('known', 0);
  await publish('packed', 0);
  await publish('packed', 2);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

test('an audit flags them, counts them, and finds no growth between bounds', async () => {
  const { data, errors } = await graphql.ask<{ audit: { nodes: object[] } }>(
    `{ audit(metric: MODEL_PARAMS, orderBy: { field: MODEL_NAME, direction: ASC }) {
      nodes { modelName delta flags unverifiableNodes unverifiableWeights } } }`,
  );
  expect(errors).toEqual([]);
  expect(data?.audit.nodes).toMatchObject([
    { modelName: 'known', unverifiableWeights: 0, flags: expect.not.arrayContaining(['UNVERIFIABLE']) as string[] },
    {
      modelName: 'packed',
      unverifiableNodes: 0,
      unverifiableWeights: 2,
      delta: null,
      flags: expect.arrayContaining(['UNVERIFIABLE', 'NOT_COMPARABLE']) as string[],
    },
  ]);
});

test('versions are filtered by their number', async () => {
  const found = async (where: string) => {
    const { data, errors } = await graphql.ask<{ versions: { nodes: { number: number; model: { name: string } }[] } }>(
      `{ versions(where: { unverifiableWeightCount: ${where} }) { nodes { number model { name } } } }`,
    );
    expect(errors).toEqual([]);
    return data?.versions.nodes.map(({ number, model }) => `${model.name}@${number}`).sort();
  };
  expect(await found('{ gt: 0 }')).toEqual(['packed@2']);
  expect(await found('{ eq: 2 }')).toEqual(['packed@2']);
  expect(await found('{ eq: 0 }')).toEqual(['known@1', 'packed@1']);
});

test('a comparison says on which side the params are a lower bound', async () => {
  const side = (number: number) => `{ version: { model: "packed", ref: { number: ${number} } } }`;
  const { data, errors } = await graphql.ask<{ compareVersions: object }>(
    `{ compareVersions(input: { base: ${side(1)}, compare: ${side(2)} }) {
      base { unverifiableWeights } compare { unverifiableWeights } } }`,
  );
  expect(errors).toEqual([]);
  expect(data?.compareVersions).toEqual({ base: { unverifiableWeights: 0 }, compare: { unverifiableWeights: 2 } });
});
