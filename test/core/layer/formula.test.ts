import fc from 'fast-check';
import { WeighbridgeError } from '../../../src/core/errors.js';
import { operatorFormula, recurrentParameters } from '../../../src/core/layer/formula.js';

describe('the formula of one layer', () => {
  // 4(nm+n²), 4(nm+n²+n), 4(nm+n²+2n); the seed figure (25, 100) → 50,400 and the other check values of the project.
  test.each([
    ['LSTM', 25, 100, 'NONE', 50_000],
    ['LSTM', 25, 100, 'SINGLE', 50_400],
    ['LSTM', 25, 100, 'DOUBLE', 50_800],
    ['LSTM', 3, 2, 'NONE', 40],
    ['LSTM', 3, 2, 'SINGLE', 48],
    ['LSTM', 3, 2, 'DOUBLE', 56],
    ['LSTM', 128, 128, 'DOUBLE', 132_096],
    ['GRU', 8, 16, 'SINGLE', 1_200], // Keras, reset_after=False
    ['GRU', 8, 16, 'DOUBLE', 1_248], // Keras, reset_after=True
    ['RNN', 8, 16, 'DOUBLE', 416],
  ] as const)('%s with m=%i, n=%i and bias %s has %i params', (opType, inputSize, hiddenSize, bias, params) => {
    expect(recurrentParameters({ opType, inputSize, hiddenSize, bias }).params).toBe(params);
  });

  test('is the same as 4d·(n+d) plus bias in the notation with d units and n inputs', () => {
    const size = fc.integer({ min: 1, max: 5_000 });
    fc.assert(
      fc.property(size, size, (n, d) => {
        const breakdown = recurrentParameters({ opType: 'LSTM', inputSize: n, hiddenSize: d, bias: 'NONE' });
        expect(breakdown.params).toBe(4 * d * (n + d));
      }),
    );
  });

  test('peepholes add 3n to an LSTM, to the gates i, o and f', () => {
    const { params, byGate, byPart } = recurrentParameters({
      opType: 'LSTM',
      inputSize: 3,
      hiddenSize: 2,
      bias: 'SINGLE',
      peepholes: true,
    });
    expect(params).toBe(48 + 6);
    expect(byPart.peephole).toBe(6);
    expect(byGate).toEqual([
      { gate: 'i', params: 14 },
      { gate: 'o', params: 14 },
      { gate: 'f', params: 14 },
      { gate: 'c', params: 12 },
    ]);
  });

  test('a projection is counted as torch.nn.LSTM(25, 100, proj_size=20) does', () => {
    // weight_ih [400,25], weight_hh [400,20], two biases [400], weight_hr [20,100]
    const stack = { opType: 'LSTM', inputSize: 25, hiddenSize: 100, projection: 20 } as const;
    expect(recurrentParameters(stack).params).toBe(400 * 25 + 400 * 20 + 2 * 400 + 20 * 100);
  });

  test('GRU and RNN have the gates z r h and i', () => {
    const gates = (opType: 'GRU' | 'RNN') =>
      recurrentParameters({ opType, inputSize: 2, hiddenSize: 2 }).byGate.map(({ gate }) => gate);
    expect(gates('GRU')).toEqual(['z', 'r', 'h']);
    expect(gates('RNN')).toEqual(['i']);
  });
});

describe('the formula of a stack', () => {
  test('a layer above the first reads what both directions below put out', () => {
    const { byLayer, params } = recurrentParameters({
      opType: 'LSTM',
      inputSize: 10,
      hiddenSize: 20,
      layers: 2,
      bidirectional: true,
    });
    expect(byLayer.map(({ inputSize }) => inputSize)).toEqual([10, 40]);
    // torch.nn.LSTM(10, 20, num_layers=2, bidirectional=True): 2·(80·10+80·20+160) + 2·(80·40+80·20+160)
    expect(byLayer.map((layer) => layer.params)).toEqual([5_120, 9_920]);
    expect(params).toBe(15_040);
  });

  test('parts, layers, and gates with the projection each sum to the total', () => {
    const stack = fc.record({
      opType: fc.constantFrom('LSTM' as const, 'GRU' as const, 'RNN' as const),
      inputSize: fc.integer({ min: 1, max: 300 }),
      hiddenSize: fc.integer({ min: 2, max: 300 }),
      layers: fc.integer({ min: 1, max: 5 }),
      bidirectional: fc.boolean(),
      bias: fc.constantFrom('NONE' as const, 'SINGLE' as const, 'DOUBLE' as const),
      extras: fc.boolean(),
    });
    fc.assert(
      fc.property(stack, ({ extras, ...base }) => {
        const isLstm = base.opType === 'LSTM' && extras;
        const { params, byPart, byGate, byLayer } = recurrentParameters({
          ...base,
          peepholes: isLstm,
          projection: isLstm ? 1 : undefined,
        });
        const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
        expect(sum(Object.values<number>({ ...byPart }))).toBe(params);
        expect(sum(byLayer.map((layer) => layer.params))).toBe(params);
        expect(sum(byGate.map((gate) => gate.params)) + byPart.projection).toBe(params);
      }),
    );
  });
});

describe('what is no layer is refused', () => {
  const layer = { opType: 'LSTM', inputSize: 3, hiddenSize: 2 } as const;
  test.each([
    ['a fraction', { ...layer, hiddenSize: 2.5 }, 'hiddenSize'],
    ['a negative size', { ...layer, inputSize: -3 }, 'inputSize'],
    ['zero', { ...layer, hiddenSize: 0 }, 'hiddenSize'],
    ['not a number', { ...layer, inputSize: NaN }, 'inputSize'],
    ['no layers', { ...layer, layers: 0 }, 'layers'],
    ['peepholes of a GRU', { ...layer, opType: 'GRU' as const, peepholes: true }, 'peepholes'],
    ['a projection of an RNN', { ...layer, opType: 'RNN' as const, projection: 1 }, 'projection'],
    ['a projection that does not shrink', { ...layer, projection: 2 }, 'projection'],
  ])('%s', (_, stack, field) => {
    const refusal = expect.objectContaining({ code: 'INPUT_INVALID', field: [field] }) as WeighbridgeError;
    expect(() => recurrentParameters(stack)).toThrow(refusal);
  });

  test('a result over 2^53−1, while the largest below it is exact', () => {
    // An RNN without bias has nm + n²; with m = 2^53 − 2 and n = 1 that is 2^53 − 1.
    const fits = { opType: 'RNN', inputSize: 2 ** 53 - 2, hiddenSize: 1, bias: 'NONE' } as const;
    expect(recurrentParameters(fits).params).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => recurrentParameters({ ...fits, inputSize: 2 ** 53 - 1 })).toThrow(WeighbridgeError);
    const node = { inputSize: 2 ** 53 - 1, hiddenSize: 1, numDirections: 1, peepholes: false };
    expect(operatorFormula('RNN', node)).toBeNull();
  });
});
