// Cells written out in small operators: found once in every spelling, and not found where a part of the pattern is missing.
import fc from 'fast-check';
import type { DecomposedCell } from '../../src/core/inspection.js';
import { inspectBytes } from '../support/inspect-bytes.js';
import { cellModel, paramsOf, type Spelling } from '../support/written-out-cell.js';

async function cellsIn(bytes: Uint8Array): Promise<DecomposedCell[]> {
  const { decomposed, decomposedCells, recurrent, warnings } = await inspectBytes(bytes);
  expect(decomposed).toEqual({
    cells: decomposedCells.length,
    params: decomposedCells.reduce((sum, cell) => sum + cell.params, 0),
  });
  // They are no recurrent nodes.
  expect(recurrent.nodes).toBe(0);
  expect(warnings).toEqual([]);
  return decomposedCells;
}

async function expectFound(spelling: Spelling): Promise<void> {
  const { cell, m, n, steps, place } = spelling;
  const found = await cellsIn(cellModel(spelling));
  expect(found).toMatchObject([
    {
      kind: 'DECOMPOSED',
      cell,
      inputSize: m,
      hiddenSize: n,
      params: paramsOf(spelling),
      repetitions: place === 'Loop' || place === 'Scan' ? 1 : steps,
      confidence: 'CERTAIN',
      reason: null,
    },
  ]);
  const { tensors, params } = found[0]!;
  expect(tensors.reduce((sum, { elements }) => sum + elements, 0)).toBe(params);
}

const spellings = (cell: fc.Arbitrary<Spelling['cell']>): fc.Arbitrary<Spelling> =>
  fc.record<Spelling>({
    cell,
    m: fc.integer({ min: 1, max: 9 }),
    n: fc.integer({ min: 1, max: 9 }),
    steps: fc.integer({ min: 1, max: 5 }),
    gates: fc.constantFrom('split', 'slice', 'gather', 'separate', 'sigmoid first'),
    order: fc.integer({ min: 0, max: 3 }),
    joined: fc.boolean(),
    matrix: fc.constantFrom(
      'MatMul',
      'Gemm',
      'Gemm transB',
      'Transpose',
      'DequantizeLinear',
      'MatMulInteger',
      'weight first',
    ),
    biases: fc.constantFrom(0, 1, 2),
    swapped: fc.boolean(),
    padded: fc.boolean(),
    hard: fc.boolean(),
    place: fc.constantFrom('main', 'Loop', 'Scan', 'If', 'function'),
    start: fc.constantFrom('input', 'zeros'),
    reset: fc.constantFrom('before', 'after'),
    blend: fc.constantFrom('sum', 'mirrored', 'g + z(h - g)', 'h - z(h - g)', '(g - zg) + zh', '(g + zh) - zg'),
  });

/** Where one step stands alone and m = n, nothing tells which matrix the state goes to. */
const isTold = ({ cell, m, n, steps, start, place }: Spelling) =>
  cell === 'GRU' || m !== n || steps > 1 || start === 'zeros' || place === 'Loop' || place === 'Scan';
/** Zeros of one element may be the matrix as well as what it is multiplied with. */
const isShaped = ({ n, matrix, start }: Spelling) => n > 1 || matrix !== 'weight first' || start !== 'zeros';

describe('a cell is found exactly once, with its sizes and its params', () => {
  test('LSTM, in every spelling', async () => {
    await fc.assert(
      fc.asyncProperty(
        spellings(fc.constant('LSTM')).filter((each) => isTold(each) && isShaped(each)),
        expectFound,
      ),
      { numRuns: 300 },
    );
  });

  test('GRU, in every spelling', async () => {
    await fc.assert(
      fc.asyncProperty(
        spellings(fc.constant('GRU')).filter((each) => isTold(each) && isShaped(each)),
        expectFound,
      ),
      { numRuns: 300 },
    );
  });
});
