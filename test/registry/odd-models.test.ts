// Readable models that claim odd things are published with their verdict; only what cannot be counted is refused.
import { WeighbridgeError } from '../../src/core/errors.js';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { toRecurrentNode } from '../../src/registry/rows/records.js';
import { startTestGraphql } from '../support/graphql.js';
import { model, node, value } from '../support/onnx-model.js';
import { paddedModel } from '../support/quantized-model.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

async function publish(name: string, bytes: Uint8Array) {
  async function* body() {
    await Promise.resolve();
    yield bytes;
  }
  return publishUpload(registry.needs, registry.publisher, { model: name, body: body() });
}

/** LSTM nodes whose weights are graph inputs of these dims: claims without a payload. */
function claiming(W: number[], R: number[], { nodes = 1, name = 'l', layout = 0 } = {}): Uint8Array {
  return model({
    node: Array.from({ length: nodes }, (_, index) =>
      node('LSTM', ['x', 'W', 'R'], [`y${index}`], { layout }, { name }),
    ),
    input: [value('x', ['time', 1, 3]), value('W', W), value('R', R)],
    output: [value('y0', ['time', 1, 1, 2])],
  });
}

async function firstNode(inspectionId: string) {
  const row = await registry.needs.database.recurrentNode.findFirstOrThrow({
    where: { inspectionId, position: 0 },
  });
  return toRecurrentNode(row);
}

it('keeps sizes over 2^31', async () => {
  const bytes = claiming([2 ** 33, 8, 3], [2 ** 33, 8, 2], { layout: 5_000_000_000 });
  const { inspection } = await publish('wide', bytes);
  const first = await firstNode(inspection.id);
  expect(first).toMatchObject({ numDirections: 2 ** 33, layout: 5_000_000_000, inputSize: 3, hiddenSize: 2 });
  expect(first.weights[0]?.dims).toEqual([2 ** 33, 8, 3]);
});

it('keeps names that PostgreSQL would not take, with U+FFFD in their place', async () => {
  const { inspection } = await publish(
    'named-oddly',
    claiming([1, 8, 3], [1, 8, 2], { name: "l\0'; DROP TABLE model" }),
  );
  expect(await firstNode(inspection.id)).toMatchObject({ name: "l\ufffd'; DROP TABLE model", verdict: 'MATCH' });
});

it('refuses claims whose sum is over 2^53-1, and keeps nothing of them', async () => {
  // No node may claim more than a trillion elements: many of them do.
  const [W, R] = [
    [1, 2 ** 20, 2 ** 20],
    [1, 2 ** 20, 2 ** 18],
  ];
  const files = await registry.blobFiles();
  for (const nodes of [7_000, 20_000]) {
    const error: unknown = await publish('too-much', claiming(W, R, { nodes })).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WeighbridgeError);
    expect((error as WeighbridgeError).status).toBeLessThan(500);
  }
  expect(await registry.blobFiles()).toEqual(files);
  const most = await publish('just-enough', claiming(W, R, { nodes: 6_553 }));
  expect(most.inspection.recurrent.perUse).toBe(6_553 * (2 ** 40 + 2 ** 38));
});

it('keeps ratios that are no integers, such as bits per param of weights in padded blocks', async () => {
  await publish('padded', paddedModel());
  const graphql = await startTestGraphql(registry.needs, registry.reader);
  try {
    const { data, errors } = await graphql.ask(
      `{ version(model: "padded", ref: { number: 1 }) { inspection { quantizedWeights { logical storedBytes bitsPerParam } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      version: { inspection: { quantizedWeights: { logical: 2_000, storedBytes: 1_280, bitsPerParam: 5.12 } } },
    });
  } finally {
    await graphql.stop();
  }
});
