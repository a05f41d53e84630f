// Recurrent nodes that come back as cells written out in small operators are one layer on both sides, and cells grow as nodes do.
import { compareInspections } from '../../../src/core/drift/compare.js';
import type { CauseDelta, Comparison } from '../../../src/core/comparison.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { lstmModel } from '../../support/onnx-model.js';
import { cellModel, PLAIN } from '../../support/written-out-cell.js';
import { faultsOfSums } from '../../support/comparison-sums.js';

const node = (m: number, n: number) => lstmModel({ inputSize: m, hiddenSize: n });
const cell = (m: number, n: number) => cellModel({ ...PLAIN, m, n, steps: 3, start: 'input' });
/** With both bias vectors. */
const params = (m: number, n: number) => 4 * n * (m + n + 2);

async function compared(base: Uint8Array, compare: Uint8Array): Promise<Comparison> {
  const [before, after] = [await inspectBytes(base), await inspectBytes(compare)];
  const comparison = compareInspections(before, after);
  expect(faultsOfSums(comparison)).toEqual([]);
  return comparison;
}

const causesOf = (causes: readonly CauseDelta[]) =>
  Object.fromEntries(causes.map(({ cause, delta }) => [cause, delta]));
const layers = ({ changes }: Comparison) =>
  changes
    .filter(({ subject }) => subject === 'NODE' || subject === 'CELL')
    .map(({ cause, subject }) => [subject, cause]);

test('a node that comes back as a cell of its size is rewritten, and no recurrent param more or less', async () => {
  const comparison = await compared(node(6, 10), cell(6, 10));
  expect(layers(comparison)).toEqual([['NODE', 'REWRITTEN']]);
  expect(comparison.totals.allRecurrentPerUse).toMatchObject({ base: params(6, 10), delta: 0 });
  expect(causesOf(comparison.byCause.recurrentPerUse)).toEqual({ REWRITTEN: -params(6, 10) });
  expect(causesOf(comparison.byCause.modelParams)).toEqual({});
});

test('a node that comes back as a larger cell is rewritten, and wider for the rest', async () => {
  const comparison = await compared(node(6, 10), cell(6, 20));
  expect(layers(comparison).sort()).toEqual([
    ['NODE', 'HIDDEN_SIZE'],
    ['NODE', 'REWRITTEN'],
  ]);
  const grown = { HIDDEN_SIZE: params(6, 20) - params(6, 10) };
  expect(causesOf(comparison.byCause.allRecurrentPerUse)).toEqual(grown);
  expect(causesOf(comparison.byCause.modelParams)).toEqual(grown);
});

test('a cell that comes back as a node is rewritten too', async () => {
  const comparison = await compared(cell(6, 20), node(8, 20));
  expect(layers(comparison).sort()).toEqual([
    ['NODE', 'INPUT_WIDTH'],
    ['NODE', 'REWRITTEN'],
  ]);
  expect(causesOf(comparison.byCause.allRecurrentPerUse)).toEqual({ INPUT_WIDTH: params(8, 20) - params(6, 20) });
});

test('a cell that stays one and grows tells why', async () => {
  const comparison = await compared(cell(6, 10), cell(6, 20));
  expect(layers(comparison)).toEqual([['CELL', 'HIDDEN_SIZE']]);
  expect(causesOf(comparison.byCause.allRecurrentPerUse)).toEqual({ HIDDEN_SIZE: params(6, 20) - params(6, 10) });
});

test('a GRU cell is no LSTM node that was rewritten', async () => {
  const comparison = await compared(node(6, 10), cellModel({ ...PLAIN, cell: 'GRU', m: 6, n: 10, steps: 3 }));
  expect(layers(comparison).sort()).toEqual([
    ['CELL', 'LAYER_ADDED'],
    ['NODE', 'LAYER_REMOVED'],
  ]);
});
