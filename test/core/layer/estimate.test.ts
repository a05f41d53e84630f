import {
  macsPerStep,
  sizeByType,
  stateBytes,
  trainingCompute,
  trainingExamples,
  keptOf,
  trainingMemory,
  trainingMemoryWithActivations,
  trainingSeconds,
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

  test('an LSTM keeps four blocks and two states of each step, a GRU three and one, for each sequence of the batch', () => {
    const memory = (kept: number | null) =>
      trainingMemoryWithActivations(50_800, 'ADAM', 32, { kept, batch: 32, timeSteps: 100 }).value;
    expect(keptOf({ opType: 'LSTM', hiddenSize: 100, numDirections: 1 })).toBe(600n);
    expect(keptOf({ opType: 'GRU', hiddenSize: 100, numDirections: 2 })).toBe(800n);
    expect(keptOf({ opType: 'LSTM', hiddenSize: null, numDirections: 1 })).toBeNull();
    expect(memory(600)).toBe(50_800 * 4 * 4 + 600 * 100 * 32 * 4);
    expect(memory(null)).toBeNull();
  });

  test('time follows from the rate that is given, in whole seconds, and is not known without one', () => {
    expect(trainingSeconds(30_660_000_000, 1e9).value).toBe(31);
    expect(trainingSeconds(30_000_000_000, 1e9).value).toBe(30);
    expect(trainingSeconds(30_660_000_000, null).value).toBeNull();
    expect(trainingSeconds(null, 1e9).value).toBeNull();
  });

  test('compute is six operations a MAC, and null over 2^53−1', () => {
    expect(trainingCompute(50_000, 1_000, 20, 10).value).toBe(6 * 50_000 * 1_000 * 20 * 10);
    expect(trainingCompute(2 ** 40, 2 ** 20, 1, 1).value).toBeNull();
  });
});

describe('training examples', () => {
  test('are a range in one unit under named rules, each with its source, and a warning', () => {
    const { unit, least, most, rules, warning } = trainingExamples(50_400, 100);
    expect(unit).toBe('sequences of 100 time steps');
    // 20 tokens a parameter are 1,008,000 tokens, 100 in each sequence.
    expect(rules.map(({ name, estimate }) => [name, estimate.value])).toEqual([
      ['TWENTY_TOKENS_PER_PARAM', 10_080],
      ['ONE_PER_PARAM', 50_400],
      ['TEN_PER_PARAM', 504_000],
    ]);
    expect([least, most]).toEqual([10_080, 504_000]);
    expect(rules.every(({ source, estimate }) => source !== '' && estimate.assumption !== '')).toBe(true);
    expect(warning).toContain('not theorems');
  });

  test('are tokens where a sequence has one step, and whole sequences where they do not divide', () => {
    const bySteps = (timeSteps: number) =>
      trainingExamples(3, timeSteps).rules.find(({ name }) => name === 'TWENTY_TOKENS_PER_PARAM')?.estimate.value;
    expect([1, 7, 60, 61].map(bySteps)).toEqual([60, 9, 1, 1]);
  });
});
