// What a comparison says of data files beside the models: every byte has a cause, also those that no tensor uses.
import { compareInspections } from '../../../src/core/drift/compare.js';
import type { Comparison } from '../../../src/core/comparison.js';
import type { ExternalFiles } from '../../../src/onnx/inspect.js';
import { faultsOfSums } from '../../support/comparison-sums.js';
import { externalModel, lstmData, lstmWithExternalData } from '../../support/external-model.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, model, node, value } from '../../support/onnx-model.js';

const filesOf =
  (byteSize: number | null): ExternalFiles =>
  () =>
    Promise.resolve(byteSize === null ? null : { byteSize, read: null });

const inspect = (bytes: Uint8Array, byteSize: number | null) => inspectBytes(bytes, undefined, filesOf(byteSize));

function inOneFile(byteSize: number): Uint8Array {
  const elements = byteSize / 4;
  return model({
    node: [node('Add', ['x', 'w'], ['y'])],
    initializer: [floatTensor('w', [elements])],
    input: [value('x', [elements])],
    output: [value('y', [elements])],
  });
}

async function compared(base: [Uint8Array, number | null], compare: [Uint8Array, number | null]): Promise<Comparison> {
  const comparison = compareInspections(await inspect(...base), await inspect(...compare));
  expect(faultsOfSums(comparison)).toEqual([]);
  return comparison;
}

test('weights that move to a second file shrink the model file, not the model', async () => {
  const [whole, shell] = [inOneFile(4_000), externalModel('w.data', 4_000)];
  const { totals, byCause, changes } = await compared([whole, 0], [shell, 4_000]);
  expect(totals.modelParams).toMatchObject({ delta: 0 });
  expect(totals.byteSize.delta).toBe(shell.length - whole.length);
  expect(totals.totalByteSize).toMatchObject({ base: whole.length, compare: shell.length + 4_000 });
  // What remains is how the graph names the file.
  expect(totals.totalByteSize.delta).toBeLessThan(100);
  expect(byCause.totalByteSize.reduce((sum, { delta }) => sum + delta, 0)).toBe(totals.totalByteSize.delta);
  expect(changes.find(({ subject }) => subject === 'TENSOR')).toMatchObject({
    cause: 'EXPORTER',
    deltas: { byteSize: -4_000, totalByteSize: 0 },
  });
});

test('a model saved twice into one file grew by what no tensor uses', async () => {
  const [once, twice] = [externalModel('w.data', 4_000), externalModel('w.data', 4_000, 4_000)];
  const { totals, byCause, changes, summary } = await compared([once, 4_000], [twice, 8_000]);
  const written = twice.length - once.length;
  expect(totals.totalByteSize.delta).toBe(4_000 + written);
  expect(byCause.totalByteSize).toContainEqual({ cause: 'UNCLAIMED', delta: 4_000 });
  expect(changes).toContainEqual(
    expect.objectContaining({ subject: 'EXTERNAL_DATA', status: 'ADDED', base: expect.anything() as unknown }),
  );
  expect(summary).toMatch(/bytes/);
});

test('an external tensor that grows, grows the model by its bytes outside the file', async () => {
  const { changes, totals } = await compared(
    [externalModel('w.data', 4_000), 4_000],
    [externalModel('w.data', 6_000), 6_000],
  );
  expect(changes[0]).toMatchObject({
    subject: 'TENSOR',
    deltas: { storedElements: 500, byteSize: 0, totalByteSize: 2_000 },
    compare: { byteSize: 6_000 },
  });
  expect(totals.totalByteSize.delta).toBe(2_000 + (totals.byteSize.delta ?? 0));
});

test('recurrent weights outside the file are told with their node', async () => {
  const without = model({ node: [node('Relu', ['x'], ['y'])], input: [value('x', [1])] });
  const { changes } = await compared([without, 0], [lstmWithExternalData(), lstmData.length]);
  expect(changes.find(({ subject }) => subject === 'NODE')).toMatchObject({
    status: 'ADDED',
    deltas: { recurrentPerUse: 56, byteSize: 0, totalByteSize: 224 },
  });
});

test.each<[string, number | null, number | null]>([
  ['base', null, 4_000],
  ['compare', 4_000, null],
])('while a file of %s is missing the total is not known, and no change is said of it', async (_, before, after) => {
  const bytes = externalModel('w.data', 4_000);
  const { totals, summary, changes } = await compared([bytes, before], [bytes, after]);
  expect(totals.totalByteSize).toEqual({
    base: before === null ? null : bytes.length + 4_000,
    compare: after === null ? null : bytes.length + 4_000,
    delta: null,
    ratio: null,
  });
  expect(changes).toEqual([]);
  expect(summary).toBe('Both are the same model file; the size with external data is not known.');
});

test('the same model file with as much external data is not said to be the same model', async () => {
  const bytes = externalModel('w.data', 4_000);
  expect((await compared([bytes, 4_000], [bytes, 4_000])).summary).toBe(
    'Both are the same model file, with as much external data; the values in it may differ.',
  );
  const alone = inOneFile(4_000);
  expect((await compared([alone, 0], [alone, 0])).summary).toBe('Both are the same file.');
});
