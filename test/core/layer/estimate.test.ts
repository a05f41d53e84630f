import {
  EXAMPLE_RULES,
  macsPerStep,
  sizeByType,
  stateBytes,
  trainingCompute,
  trainingExamples,
  trainingMemory,
  workOf,
} from '../../../src/core/layer/estimate.js';

const lstm = {
  opType: 'LSTM',
  inputSize: 25,
  hiddenSize: 100,
  numDirections: 1,
  biasVectors: 1,
  peepholes: false,
} as const;

describe('work per time step', () => {
  test.each([
    [lstm, { input: 10_000, recurrent: 40_000, bias: 400, pointwise: 300 }],
    [
      { ...lstm, biasVectors: 2, peepholes: true },
      { input: 10_000, recurrent: 40_000, bias: 800, pointwise: 600 },
    ],
    [
      { ...lstm, numDirections: 2 },
      { input: 20_000, recurrent: 80_000, bias: 800, pointwise: 600 },
    ],
    [
      { ...lstm, opType: 'GRU' },
      { input: 7_500, recurrent: 30_000, bias: 300, pointwise: 300 },
    ],
    [
      { ...lstm, opType: 'RNN', biasVectors: 0 },
      { input: 2_500, recurrent: 10_000, bias: 0, pointwise: 0 },
    ],
  ] as const)('%j', (sizes, parts) => {
    expect(macsPerStep(sizes)).toEqual(parts);
  });

  test('is null, never rounded, over 2^53−1', () => {
    expect(macsPerStep({ ...lstm, inputSize: 2 ** 50, hiddenSize: 2 ** 10 })).toBeNull();
  });

  test('the state of an LSTM is h and c, of the others h alone', () => {
    expect(stateBytes(lstm)).toBe(800);
    expect(stateBytes({ ...lstm, opType: 'GRU' }, 16)).toBe(200);
  });

  test('a node of unknown size has no work, and one of unknown input still a state', () => {
    const node = { ...lstm, biasConvention: 'SINGLE_INPUT' } as const;
    expect(workOf({ ...node, hiddenSize: null })).toEqual({ macsPerStep: null, stateBytes: null });
    expect(workOf({ ...node, inputSize: null })).toEqual({ macsPerStep: null, stateBytes: 800 });
    expect(workOf(node).macsPerStep).toMatchObject({ bias: 400 });
    expect(workOf({ ...node, biasConvention: 'NONE_EFFECTIVE' }).macsPerStep).toMatchObject({ bias: 0 });
  });
});

describe('sizes, memory and compute', () => {
  test('50,400 params by data type, half bytes rounded up', () => {
    const { FP32, FP16, BF16, INT8, INT4 } = sizeByType(50_400);
    expect([FP32, FP16, BF16, INT8, INT4].map(({ value }) => value)).toEqual([
      201_600, 100_800, 100_800, 50_400, 25_200,
    ]);
    expect(sizeByType(3).INT4.value).toBe(2);
  });

  test('Adam keeps two values for each parameter, beside its gradient', () => {
    expect(trainingMemory(50_400, 'ADAM').value).toBe(50_400 * 4 * 4);
    expect(trainingMemory(50_400, 'SGD').value).toBe(50_400 * 2 * 4);
  });

  test('compute is six operations a MAC, and null over 2^53−1', () => {
    expect(trainingCompute(50_000, 1_000, 20, 10).value).toBe(6 * 50_000 * 1_000 * 20 * 10);
    expect(trainingCompute(2 ** 40, 2 ** 20, 1, 1).value).toBeNull();
  });
});

describe('training examples', () => {
  test('are a range under named rules, each with its source, and a warning', () => {
    const { least, most, rules, warning } = trainingExamples(50_400);
    expect([least, most]).toEqual([50_400, 1_008_000]);
    expect(rules.map(({ name }) => name)).toEqual(EXAMPLE_RULES.map(({ name }) => name));
    expect(rules.every(({ source, estimate }) => source !== '' && estimate.assumption !== '')).toBe(true);
    expect(warning).toContain('not theorems');
  });
});
