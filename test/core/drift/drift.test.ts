import { readdirSync, readFileSync } from 'node:fs';
import type { Comparison } from '../../../src/core/comparison.js';
import { compareInspections } from '../../../src/core/drift/compare.js';
import type { Inspection } from '../../../src/core/inspection.js';
import { faultsOfSums } from '../../support/comparison-sums.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, int64Tensor, lstmModel, type LstmOptions, model, node, value } from '../../support/onnx-model.js';

async function compareLstms(base: LstmOptions, compare: LstmOptions): Promise<Comparison> {
  return compareInspections(await inspectBytes(lstmModel(base)), await inspectBytes(lstmModel(compare)));
}

interface Layer {
  name: string;
  m: number;
  n: number;
  /** Layers with one key take the same tensors. */
  tensors?: string;
  /** Other values. */
  fill?: number;
}

/** LSTM layers side by side, each with double bias. */
function layersModel(layers: Layer[]): Promise<Inspection> {
  const tensors = new Map(layers.map((layer) => [layer.tensors ?? layer.name, layer]));
  return inspectBytes(
    model({
      node: layers.map(({ name, n, tensors: key = name }) =>
        node('LSTM', [`x_${name}`, `${key}_W`, `${key}_R`, `${key}_B`], [`y_${name}`], { hidden_size: n }, { name }),
      ),
      initializer: [...tensors].flatMap(([key, { m, n, fill = 0 }]) => [
        floatTensor(`${key}_W`, [1, 4 * n, m], { fill }),
        floatTensor(`${key}_R`, [1, 4 * n, n], { fill }),
        floatTensor(`${key}_B`, [1, 8 * n], { fill }),
      ]),
      input: layers.map(({ name, m }) => value(`x_${name}`, ['time', 1, m])),
      output: layers.map(({ name, n }) => value(`y_${name}`, ['time', 1, 1, n])),
    }),
  );
}

function expectExactSums(comparison: Comparison): void {
  expect(faultsOfSums(comparison)).toEqual([]);
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
  expect(found.changes[0]).toMatchObject({
    base: { inputSize: 25, hiddenSize: 100 },
    compare: { inputSize: 25, hiddenSize: 132 },
  });
  expect(found.summary).toBe(
    '83,952 learned parameters, 33,152 more than 50,800 (+65 %): hidden size 100 → 132 at lstm +33,152.',
  );
});

test('another kind of cell at the same place is told as that, before its sizes', async () => {
  const cellModel = (opType: 'LSTM' | 'GRU', gates: number, n: number) =>
    inspectBytes(
      model({
        node: [node(opType, ['x', 'W', 'R', 'B'], ['y'], { hidden_size: n }, { name: 'rnn' })],
        initializer: [
          floatTensor('W', [1, gates * n, 25], { fill: 1 }),
          floatTensor('R', [1, gates * n, n], { fill: 1 }),
          floatTensor('B', [1, 2 * gates * n], { fill: 1 }),
        ],
        input: [value('x', ['time', 1, 25])],
        output: [value('y', ['time', 1, 1, n])],
      }),
    );
  const found = compareInspections(await cellModel('LSTM', 4, 100), await cellModel('GRU', 3, 120));
  expectExactSums(found);
  // 3·(25·100 + 100² + 2·100) of 4·(…), then 3·(25·120 + 120² + 2·120).
  expect(nodeChanges(found)).toEqual([
    ['graph/rnn', 'RESIZED', 'HIDDEN_SIZE', 14_820, 'HIGH'],
    ['graph/rnn', 'RESIZED', 'OP_TYPE', -12_700, 'HIGH'],
  ]);
  expect(found.summary).toContain('op type LSTM → GRU at rnn −12,700');
});

test('the sentence shortens a long path in its middle, and a long name from its start', async () => {
  const sentenceOf = async (name: string) => {
    const [base, compare] = await Promise.all([2, 3].map((n) => layersModel([{ name, m: 3, n }])));
    return compareInspections(base!, compare!).summary;
  };
  const deep = await sentenceOf('decoder/inner_block_of_the_branch/step_one/rnn/LSTM');
  expect(deep).toContain(' at decoder … step_one / rnn / LSTM ');
  expect(await sentenceOf('a'.repeat(60))).toContain(` at …${'a'.repeat(48)} `);
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
    ['graph/LSTM_1', 'RENAMED', 'EXPORTER', 0, 'HIGH'],
    ['graph/LSTM_2', 'RENAMED', 'EXPORTER', 0, 'HIGH'],
  ]);
});

test.each([
  ['with the same values', 0, 'HIGH'],
  ['and trained again', 1, 'MEDIUM'],
])('a layer that was renamed %s is not one removed and one added', async (_what, fill, confidence) => {
  const base = await layersModel([
    { name: 'encoder', m: 3, n: 5 },
    { name: 'decoder', m: 4, n: 6 },
  ]);
  const compare = await layersModel([
    { name: 'encoder', m: 3, n: 5 },
    { name: 'predictor', m: 4, n: 6, fill },
  ]);
  const found = compareInspections(base, compare, { unchanged: true });
  expectExactSums(found);
  expect(nodeChanges(found)).toEqual([
    ['graph/predictor', 'RENAMED', 'EXPORTER', 0, confidence],
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

test('a layer after the LSTM follows its hidden size', async () => {
  const withHead = (n: number) =>
    inspectBytes(
      model({
        node: [
          node('LSTM', ['x', 'W', 'R'], ['y', 'h'], { hidden_size: n }, { name: 'lstm' }),
          node('Squeeze', ['h', 'zero'], ['s']),
          node('Gemm', ['s', 'head.weight', 'head.bias'], ['z'], { transB: 1 }),
        ],
        initializer: [
          floatTensor('W', [1, 4 * n, 3]),
          floatTensor('R', [1, 4 * n, n]),
          floatTensor('head.weight', [10, n]),
          floatTensor('head.bias', [10]),
          int64Tensor('zero', [0]),
        ],
        input: [value('x', ['time', 1, 3])],
        output: [value('z', [1, 10])],
      }),
    );
  const found = compareInspections(await withHead(5), await withHead(8));
  expectExactSums(found);
  const tensors = found.changes.filter(({ subject }) => subject === 'TENSOR');
  expect(tensors).toMatchObject([
    { path: 'graph/head.weight', status: 'RESIZED', cause: 'HIDDEN_SIZE', delta: 30, opType: 'Gemm' },
  ]);
  expect(found.byCause.modelParams).toEqual([{ cause: 'HIDDEN_SIZE', delta: 30 + 4 * (8 * 11 - 5 * 8) }]);
});

test('of any two files the changes sum exactly, and a file has not changed against itself', async () => {
  const folder = new URL('../../../fixtures/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  const inspections = await Promise.all(files.map((name) => inspectBytes(readFileSync(new URL(name, folder)))));
  for (const base of inspections) {
    for (const compare of inspections) expectExactSums(compareInspections(base, compare));
    const summary = expect.stringMatching(/^Both are the same (model )?file/) as unknown;
    expect(compareInspections(base, base)).toMatchObject({ changes: [], summary });
  }
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
