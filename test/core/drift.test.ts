import { COMPARISON_METRICS, type Change, type Comparison } from '../../src/core/comparison.js';
import { compareInspections } from '../../src/core/drift.js';
import { ELEMENT_CLASSES, type Inspection } from '../../src/core/inspection.js';
import { inspectBytes } from '../support/inspect-bytes.js';
import { floatTensor, lstmModel, type LstmOptions, model, node, value } from '../support/onnx-model.js';

async function compareLstms(base: LstmOptions, compare: LstmOptions): Promise<Comparison> {
  return compareInspections(await inspectBytes(lstmModel(base)), await inspectBytes(lstmModel(compare)));
}

interface Layer {
  name: string;
  m: number;
  n: number;
  /** Layers with one key take the same tensors. */
  tensors?: string;
}

/** LSTM layers side by side, each with double bias. */
function layersModel(layers: Layer[]): Promise<Inspection> {
  const tensors = new Map(layers.map((layer) => [layer.tensors ?? layer.name, layer]));
  return inspectBytes(
    model({
      node: layers.map(({ name, n, tensors: key = name }) =>
        node('LSTM', [`x_${name}`, `${key}_W`, `${key}_R`, `${key}_B`], [`y_${name}`], { hidden_size: n }, { name }),
      ),
      initializer: [...tensors].flatMap(([key, { m, n }]) => [
        floatTensor(`${key}_W`, [1, 4 * n, m]),
        floatTensor(`${key}_R`, [1, 4 * n, n]),
        floatTensor(`${key}_B`, [1, 8 * n]),
      ]),
      input: layers.map(({ name, m }) => value(`x_${name}`, ['time', 1, m])),
      output: layers.map(({ name, n }) => value(`y_${name}`, ['time', 1, 1, n])),
    }),
  );
}

function expectExactSums(comparison: Comparison): void {
  const { changes, totals, byCause } = comparison;
  const sum = (valueOf: (change: Change) => number) => changes.reduce((total, change) => total + valueOf(change), 0);
  const sumOfList = (list: { delta: number }[]) => list.reduce((total, { delta }) => total + delta, 0);
  for (const metric of COMPARISON_METRICS) {
    expect([metric, sum(({ deltas }) => deltas[metric])]).toEqual([metric, totals[metric].delta]);
    const list = metric === 'byteSize' ? byCause.bytes : byCause[metric];
    expect([metric, sumOfList(list)]).toEqual([metric, totals[metric].delta]);
  }
  for (const name of ELEMENT_CLASSES) {
    expect([name, sum(({ deltas }) => deltas.classes[name])]).toEqual([name, totals.classes[name].delta]);
    expect([name, sumOfList(byCause.classes[name])]).toEqual([name, totals.classes[name].delta]);
  }
  for (const { deltas, parts, delta } of changes) {
    expect(sumOfValues(deltas.bytes)).toBe(deltas.byteSize);
    expect(sumOfValues(deltas.classes)).toBe(deltas.storedElements);
    if (parts) expect(sumOfValues(parts)).toBe(delta);
  }
}

function sumOfValues(counts: object): number {
  return Object.values(counts as Record<string, number>).reduce((total, part) => total + part, 0);
}

function nodeChanges(comparison: Comparison) {
  return comparison.changes
    .filter(({ subject }) => subject === 'NODE')
    .map(({ path, status, cause, delta, confidence }) => [path, status, cause, delta, confidence]);
}

test('a larger hidden size is split into its input, recurrent and bias weights', async () => {
  const found = await compareLstms({ inputSize: 25, hiddenSize: 100 }, { inputSize: 25, hiddenSize: 132 });
  expectExactSums(found);
  expect(nodeChanges(found)).toEqual([['graph/lstm', 'RESIZED', 'HIDDEN_SIZE', 33_152, 'CERTAIN']]);
  expect(found.changes[0]?.parts).toEqual({ input: 3_200, recurrent: 29_696, bias: 256, peephole: 0, other: 0 });
  expect(found.byCause.modelParams).toEqual([{ cause: 'HIDDEN_SIZE', delta: 33_152 }]);
  expect(found.totals.modelParams).toEqual({ base: 50_800, compare: 83_952, delta: 33_152, ratio: 33_152 / 50_800 });
  expect(found.changes[0]).toMatchObject({ base: { m: 25, n: 100 }, compare: { m: 25, n: 132 } });
  expect(found.summary).toBe(
    '83,952 learned parameters, 33,152 more than 50,800 (+65 %): hidden size 100 → 132 at graph/lstm +33,152.',
  );
});

test('what happened to one node at once is told in one order: width, hidden size, direction, bias', async () => {
  const found = await compareLstms(
    { inputSize: 3, hiddenSize: 2, bias: 'none' },
    { inputSize: 4, hiddenSize: 5, bias: 'double', bidirectional: true },
  );
  expectExactSums(found);
  const deltas = Object.fromEntries(found.changes.map(({ cause, delta }) => [cause, delta]));
  expect(deltas).toMatchObject({
    INPUT_WIDTH: 4 * 2 * (4 - 3),
    HIDDEN_SIZE: 4 * (5 * 4 + 5 * 5) - 4 * (2 * 4 + 2 * 2),
    DIRECTION: 4 * (5 * 4 + 5 * 5),
    BIAS_CONVENTION: 2 * 8 * 5,
  });
});

test('a bias half that became zero changes what is effective, and nothing that is stored', async () => {
  const found = await compareLstms(
    { inputSize: 3, hiddenSize: 2, bias: 'double' },
    { inputSize: 3, hiddenSize: 2, bias: 'single' },
  );
  expectExactSums(found);
  expect(nodeChanges(found)).toEqual([['graph/lstm', 'RESIZED', 'BIAS_CONVENTION', 0, 'CERTAIN']]);
  expect(found.byCause.recurrentEffective).toEqual([{ cause: 'BIAS_CONVENTION', delta: -8 }]);
  expect(found.totals.storedElements.delta).toBe(0);
});

test('a layer in front of two renames nobody', async () => {
  const base = await layersModel([
    { name: 'LSTM_0', m: 3, n: 5 },
    { name: 'LSTM_1', m: 5, n: 7 },
  ]);
  const compare = await layersModel([
    { name: 'LSTM_0', m: 3, n: 3 },
    { name: 'LSTM_1', m: 3, n: 5 },
    { name: 'LSTM_2', m: 5, n: 7 },
  ]);
  const found = compareInspections(base, compare);
  expectExactSums(found);
  expect(nodeChanges(found)).toEqual([
    ['graph/LSTM_0', 'ADDED', 'LAYER_ADDED', 4 * (9 + 9 + 6), 'NONE'],
    ['graph/LSTM_1', 'RENAMED', 'EXPORTER', 0, 'MEDIUM'],
    ['graph/LSTM_2', 'RENAMED', 'EXPORTER', 0, 'MEDIUM'],
  ]);
});

test('a renamed layer is not one removed and one added', async () => {
  const base = await layersModel([
    { name: 'encoder', m: 3, n: 5 },
    { name: 'decoder', m: 4, n: 6 },
  ]);
  const compare = await layersModel([
    { name: 'encoder', m: 3, n: 5 },
    { name: 'predictor', m: 4, n: 6 },
  ]);
  const found = compareInspections(base, compare, { unchanged: true });
  expectExactSums(found);
  expect(nodeChanges(found)).toEqual([
    ['graph/predictor', 'RENAMED', 'EXPORTER', 0, 'MEDIUM'],
    ['graph/encoder', 'UNCHANGED', 'OTHER', 0, 'CERTAIN'],
  ]);
  expect(found.unchanged).toBe(1);
});

test('weights that are no longer shared are stored twice, and counted per use as before', async () => {
  const shared = await layersModel([
    { name: 'a', m: 3, n: 2, tensors: 'both' },
    { name: 'b', m: 3, n: 2, tensors: 'both' },
  ]);
  const apart = await layersModel([
    { name: 'a', m: 3, n: 2 },
    { name: 'b', m: 3, n: 2 },
  ]);
  const unshared = compareInspections(shared, apart);
  expectExactSums(unshared);
  expect(unshared.byCause.recurrentDistinct).toEqual([{ cause: 'UNSHARED', delta: 56 }]);
  expect(unshared.byCause.modelParams).toEqual([{ cause: 'UNSHARED', delta: 56 }]);
  expect(unshared.byCause.recurrentPerUse).toEqual([]);
  const deduped = compareInspections(apart, shared);
  expectExactSums(deduped);
  expect(deduped.byCause.modelParams).toEqual([{ cause: 'DEDUPED', delta: -56 }]);
});

test('the first of two nodes that share their weights is removed, and the other keeps them', async () => {
  const found = compareInspections(
    await layersModel([
      { name: 'a', m: 3, n: 2, tensors: 'both' },
      { name: 'b', m: 3, n: 2, tensors: 'both' },
    ]),
    await layersModel([{ name: 'b', m: 3, n: 2, tensors: 'both' }]),
  );
  expectExactSums(found);
  expect(nodeChanges(found)).toEqual([['graph/a', 'REMOVED', 'LAYER_REMOVED', -56, 'NONE']]);
  expect(found.totals.modelParams.delta).toBe(0);
});

test('what two inspection versions count differently is told as such', async () => {
  const now = await inspectBytes(lstmModel({ inputSize: 3, hiddenSize: 2 }));
  const then: Inspection = {
    ...now,
    inspectionVersion: now.inspectionVersion - 1,
    modelParams: now.modelParams - 7,
    storedElements: now.storedElements - 7,
    classes: { ...now.classes, weight: now.classes.weight - 7 },
  };
  const found = compareInspections(then, now);
  expectExactSums(found);
  expect(found.sameInspectionVersion).toBe(false);
  expect(found.byCause.modelParams).toEqual([{ cause: 'INSPECTION', delta: 7 }]);
});

test('a ratio is null where the base has nothing', async () => {
  const found = compareInspections(await emptyGraph(), await layersModel([{ name: 'a', m: 3, n: 2 }]));
  expect(found.totals.modelParams).toEqual({ base: 0, compare: 56, delta: 56, ratio: null });
});

/** A graph that holds no tensor. */
function emptyGraph(): Promise<Inspection> {
  return inspectBytes(
    model({ node: [node('Relu', ['x'], ['y'])], input: [value('x', [1])], output: [value('y', [1])] }),
  );
}
