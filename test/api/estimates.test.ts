/** Estimates: of what an inspection found, and of a stack without a file. */
import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

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

interface Estimate {
  value: number | null;
  rule: string;
  inputs: { name: string; value: number | null }[];
  assumption: string;
}
interface Estimates {
  sizes: { dtype: string; estimate: Estimate }[];
  trainingExamples: { least: number; most: number; rules: { name: string; source: string; estimate: Estimate }[] };
  [field: string]: unknown;
}

const ONE = 'value rule inputs { name value } assumption';
const ALL = `question { dtype optimizer examples timeSteps epochs batch flopsPerSecond } sizes { dtype estimate { ${ONE} } } trainingMemory { ${ONE} }
  trainingMemoryWithActivations { ${ONE} } trainingSeconds { ${ONE} } trainingExamples { unit least most rules { name source estimate { ${ONE} } } warning } macsPerStep { ${ONE} } stateBytes { ${ONE} }
  trainingCompute { ${ONE} } nodes nodesLeftOut`;
const OF_VERSION = `query ($m: String!, $input: EstimatesInput) { version(model: $m, ref: { number: 1 }) {
  inspection { estimates(input: $input) { ${ALL} } } } }`;

async function ofVersion(m: string, input?: object): Promise<Estimates> {
  type Data = { version: { inspection: { estimates: Estimates } } };
  const { data, errors } = await graphql.ask<Data>(OF_VERSION, { m, ...(input && { input }) });
  expect(errors).toEqual([]);
  return data.version.inspection.estimates;
}

test('of an inspection are of modelParams and of all its recurrent nodes', async () => {
  const gru = { opType: 'GRU', numDirections: 2 } as const;
  await publishSample(registry.needs, registry.publisher, 'three', { nodes: [{}, {}, gru] });
  const found = await ofVersion('three');
  expect(found).toMatchObject({
    question: {
      dtype: 'FP32',
      optimizer: 'ADAM',
      examples: 1_000,
      timeSteps: 100,
      epochs: 1,
      batch: 32,
      flopsPerSecond: null,
    },
    trainingMemory: { value: 50_800 * 4 * 4 },
    // Of each step an LSTM keeps 600 values, and the GRU 400 in each direction.
    trainingMemoryWithActivations: { value: 50_800 * 4 * 4 + 2_000 * 100 * 32 * 4 },
    trainingSeconds: { value: null },
    trainingExamples: { unit: 'sequences of 100 time steps', least: 10_160, most: 508_000 },
    macsPerStep: {
      // Two LSTMs of 50,700, and a GRU in two directions.
      value: 2 * 50_700 + 2 * (7_500 + 30_000 + 300 + 300),
      inputs: [
        { name: 'input', value: 35_000 },
        { name: 'recurrent', value: 140_000 },
        { name: 'bias', value: 1_400 },
        { name: 'pointwise', value: 1_200 },
        { name: 'nodes', value: 3 },
      ],
    },
    stateBytes: { value: 2 * 800 + 800 },
    trainingCompute: { value: 6 * 177_600 * 1_000 * 100 },
    nodes: 3,
    nodesLeftOut: 0,
  });
  expect(found.sizes.map(({ dtype, estimate }) => [dtype, estimate.value])).toEqual([
    ['FP32', 203_200],
    ['FP16', 101_600],
    ['BF16', 101_600],
    ['INT8', 50_800],
    ['INT4', 25_400],
  ]);
});

test('follow the question, and fill in what it leaves out', async () => {
  const found = await ofVersion('three', { dtype: 'FP16', optimizer: 'SGD', epochs: 10 });
  expect(found).toMatchObject({
    question: { dtype: 'FP16', optimizer: 'SGD', examples: 1_000, timeSteps: 100, epochs: 10 },
    trainingMemory: { value: 50_800 * 2 * 2 },
    stateBytes: { value: 1_200 },
    trainingCompute: { value: 6 * 177_600 * 1_000 * 100 * 10 },
  });
});

test('say how many nodes their sums leave out', async () => {
  const unknown = { inputSize: null, stored: null, expected: null, verdict: 'UNVERIFIABLE', reason: 'r' } as const;
  await publishSample(registry.needs, registry.publisher, 'partly', { nodes: [{}, unknown, unknown] });
  const found = await ofVersion('partly');
  expect(found).toMatchObject({ nodes: 1, nodesLeftOut: 2, macsPerStep: { value: 50_700 } });
  expect((found['macsPerStep'] as Estimate).assumption).toMatch(/2 of 3 recurrent nodes are left out/);
});

test('of a model without recurrent nodes have no work, and all the rest', async () => {
  await publishSample(registry.needs, registry.publisher, 'none', { nodes: [] });
  expect(await ofVersion('none')).toMatchObject({
    macsPerStep: { value: 0 },
    trainingCompute: { value: 0 },
    trainingMemory: { value: 812_800 },
    nodes: 0,
  });
});

test.each(['examples', 'timeSteps', 'epochs'])('refuse %s that are no count', async (field) => {
  for (const count of [0, -1]) {
    const { errors } = await graphql.ask(OF_VERSION, { m: 'three', input: { [field]: count } });
    expect(errors[0]?.extensions).toMatchObject({ code: 'INPUT_INVALID', field: [field] });
  }
});

test('take one statement however many versions and nodes there are', async () => {
  await publishSample(registry.needs, registry.publisher, 'many', { nodes: Array.from({ length: 500 }, () => ({})) });
  const text = '{ versions(first: 10) { nodes { inspection { estimates { macsPerStep { value } } } } } }';
  const { result, statements } = await recordStatements(() => graphql.ask(text));
  expect(result.errors).toEqual([]);
  // versions with figures, sizes
  expect(statements).toHaveLength(2);
});

test('of a stack without a file are the same, its work and state beside them', async () => {
  const query = `query ($input: RecurrentParametersInput!) { recurrentParameters(input: $input) { params
    macsPerStep { input recurrent bias pointwise } stateBytes estimates(input: { dtype: FP16 }) { ${ALL} } } }`;
  const ask = async (input: object) => {
    type Data = { recurrentParameters: { estimates: Estimates } };
    const { data, errors } = await graphql.ask<Data>(query, { input });
    expect(errors).toEqual([]);
    return data.recurrentParameters;
  };
  expect(await ask({ inputSize: 25, hiddenSize: 100, layers: 2, bias: 'SINGLE' })).toMatchObject({
    params: 130_800,
    macsPerStep: { input: 50_000, recurrent: 80_000, bias: 800, pointwise: 600 },
    stateBytes: 1_600,
    estimates: { macsPerStep: { value: 131_400 }, stateBytes: { value: 800 }, nodes: 2, nodesLeftOut: 0 },
  });
  const projected = { inputSize: 25, hiddenSize: 100, bias: 'NONE', projection: 10 };
  expect(await ask(projected)).toMatchObject({
    macsPerStep: { input: 10_000, recurrent: 5_000, bias: 0, pointwise: 300 },
    stateBytes: 440,
  });
});

test('of a stack: all three conventions, whichever is asked for, and who counts so', async () => {
  const query = `query ($input: RecurrentParametersInput!) { recurrentParameters(input: $input) {
    params conventions { convention params countedBy } estimates(input: { flopsPerSecond: 1000000000 }) { trainingSeconds { value } } } }`;
  for (const [bias, params] of [
    ['NONE', 50_000],
    ['SINGLE', 50_400],
    ['DOUBLE', 50_800],
  ]) {
    const { data, errors } = await graphql.ask<object>(query, { input: { inputSize: 25, hiddenSize: 100, bias } });
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      recurrentParameters: {
        params,
        conventions: [
          { convention: 'NONE', params: 50_000 },
          { convention: 'SINGLE', params: 50_400, countedBy: 'Keras, TensorFlow' },
          { convention: 'DOUBLE', params: 50_800, countedBy: expect.stringMatching(/PyTorch.*ONNX/) as string },
        ],
        estimates: { trainingSeconds: { value: 31 } },
      },
    });
  }
});
