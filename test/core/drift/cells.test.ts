// Recurrent nodes that come back as cells written out in small operators are one layer on both sides, and cells grow as nodes do.
import { compareInspections } from '../../../src/core/drift/compare.js';
import type { CauseDelta, Comparison } from '../../../src/core/comparison.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { lstmModel } from '../../support/onnx-model.js';
import { cellModel, type Layer, layersModel, PLAIN } from '../../support/written-out-cell.js';
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

/** Recurrent layers with where each was and is, and what is more or less of them. */
const told = ({ changes }: Comparison) =>
  changes
    .filter(({ subject }) => subject === 'NODE' || subject === 'CELL')
    .map(({ cause, status, base, compare, deltas }) => ({
      what: status === 'RETYPED' || status === 'RESIZED' ? cause : status,
      from: base && `${base.opType} ${base.inputSize} ${base.hiddenSize} ×${base.numDirections ?? 1}`,
      to: compare && `${compare.opType} ${compare.inputSize} ${compare.hiddenSize} ×${compare.numDirections ?? 1}`,
      delta: deltas.allRecurrentPerUse,
    }));

const layered = (before: readonly Layer[], after: readonly Layer[], prefix?: string) =>
  compared(layersModel(before), layersModel(after, prefix));

describe('two directions', () => {
  const both = { m: 6, n: 10, D: 2 } as const;

  test('a node of two comes back as two cells: each is one direction of it, and nothing recurrent is more or less', async () => {
    const comparison = await layered([{ ...both, as: 'node' }], [{ ...both, as: 'cell' }]);
    const rewritten = { what: 'REWRITTEN', from: 'LSTM 6 10 ×1', to: 'LSTM 6 10 ×1', delta: 0 };
    expect(told(comparison)).toEqual([rewritten, rewritten]);
    expect(new Set(comparison.changes.map(({ path }) => path)).size).toBeGreaterThan(2);
    expect(comparison.totals.allRecurrentPerUse).toMatchObject({ base: 2 * params(6, 10), delta: 0 });
    expect(causesOf(comparison.byCause.recurrentPerUse)).toEqual({ REWRITTEN: -2 * params(6, 10) });
    expect(causesOf(comparison.byCause.modelParams)).toEqual({});
  });

  test('two cells come back as a node of two', async () => {
    const comparison = await layered([{ ...both, as: 'cell' }], [{ ...both, n: 20, as: 'node' }]);
    const grown = params(6, 20) - params(6, 10);
    expect(
      told(comparison)
        .map(({ what, delta }) => [what, delta])
        .sort(),
    ).toEqual([
      ['HIDDEN_SIZE', grown],
      ['HIDDEN_SIZE', grown],
      ['REWRITTEN', 0],
      ['REWRITTEN', 0],
    ]);
    expect(causesOf(comparison.byCause.recurrentPerUse)).toEqual({
      REWRITTEN: 2 * params(6, 10),
      HIDDEN_SIZE: 2 * grown,
    });
  });

  test.each([
    ['node', 'cell', 2, 1, -1],
    ['cell', 'node', 1, 2, 1],
  ] as const)('a %s that comes back as a %s with another number of them says so', async (as, to, from, D, sign) => {
    const comparison = await layered([{ ...both, D: from, as }], [{ ...both, D, as: to }]);
    const sides = { from: `LSTM 6 10 ×${from}`, to: `LSTM 6 10 ×${D}` };
    expect(told(comparison)).toEqual([
      { what: 'DIRECTION', ...sides, delta: sign * params(6, 10) },
      { what: 'REWRITTEN', ...sides, delta: 0 },
    ]);
    expect(causesOf(comparison.byCause.allRecurrentPerUse)).toEqual({ DIRECTION: sign * params(6, 10) });
  });
});

describe('several layers of one size', () => {
  const layer = { m: 6, n: 10 };
  const rewritten = { what: 'REWRITTEN', from: 'LSTM 6 10 ×1', to: 'LSTM 6 10 ×1', delta: 0 };

  test('each node is one cell, in their order', async () => {
    const names = ['first', 'second', 'third'];
    const comparison = await layered(
      names.map((name) => ({ ...layer, as: 'node', name })),
      names.map(() => ({ ...layer, as: 'cell' })),
    );
    expect(told(comparison)).toEqual([rewritten, rewritten, rewritten]);
    const changes = comparison.changes.filter(({ cause }) => cause === 'REWRITTEN');
    const inspection = await inspectBytes(layersModel(names.map(() => ({ ...layer, as: 'cell' }))));
    const paths = inspection.decomposedCells.map(({ path }) => path);
    expect(new Set(paths).size).toBe(3);
    expect(Object.fromEntries(changes.map(({ basePath, path }) => [basePath, path]))).toEqual(
      Object.fromEntries(names.map((name, at) => [`graph/${name}`, paths[at]])),
    );
  });

  test('those that stay nodes are no part of it', async () => {
    const node = (name: string) => ({ ...layer, as: 'node', name }) as const;
    const comparison = await layered([node('first'), node('second')], [node('first'), { ...layer, as: 'cell' }]);
    expect(told(comparison)).toEqual([rewritten]);
    expect(comparison.changes.find(({ cause }) => cause === 'REWRITTEN')?.basePath).toBe('graph/second');
  });

  test('one cell too many is a layer that was added', async () => {
    const comparison = await layered(
      [{ ...layer, as: 'node' }],
      [
        { m: 3, n: 5, as: 'cell' },
        { ...layer, as: 'cell' },
      ],
    );
    expect(told(comparison)).toEqual([
      rewritten,
      { what: 'ADDED', from: null, to: 'LSTM 3 5 ×1', delta: params(3, 5) },
    ]);
  });
});

test('a cell that stays as large under another name is renamed', async () => {
  const layer = { m: 6, n: 10, as: 'cell' } as const;
  const comparison = await layered([layer, layer], [layer, layer], 'new');
  expect(layers(comparison)).toEqual([
    ['CELL', 'EXPORTER'],
    ['CELL', 'EXPORTER'],
  ]);
  expect(told(comparison).map(({ what, delta }) => [what, delta])).toEqual([
    ['RENAMED', 0],
    ['RENAMED', 0],
  ]);
});
