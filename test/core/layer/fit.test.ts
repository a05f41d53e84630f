import fc from 'fast-check';
import { largestThatFits, type FitQuestion } from '../../../src/core/layer/fit.js';
import { recurrentParameters } from '../../../src/core/layer/stack.js';
import { workloadOfStack } from '../../../src/core/layer/workload.js';
import { STORAGE_TYPES, type StorageType } from '../../../src/core/layer/estimate.js';

/** The figures by the formula itself, layer by layer: not by the code that is tested. */
function figures(question: FitQuestion, hiddenSize: number) {
  const { budget, ...layers } = question;
  const stack = { ...layers, hiddenSize };
  const breakdown = recurrentParameters(stack);
  const macs = Object.values<number>({ ...workloadOfStack(stack, breakdown).macsPerStep });
  const bits = STORAGE_TYPES[budget.dtype ?? 'FP32'];
  return {
    hiddenSize,
    params: breakdown.params,
    bytes: Math.ceil((breakdown.params * bits) / 8),
    macsPerStep: macs.reduce((sum, part) => sum + part, 0),
  };
}

function keeps(question: FitQuestion, hiddenSize: number): boolean {
  const { params, bytes, macsPerStep } = figures(question, hiddenSize);
  const { budget } = question;
  return (
    params <= (budget.params ?? Infinity) &&
    bytes <= (budget.bytes ?? Infinity) &&
    macsPerStep <= (budget.macsPerStep ?? Infinity)
  );
}

const limit = fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined });
const questions = fc
  .record({
    opType: fc.constantFrom('LSTM' as const, 'GRU' as const, 'RNN' as const),
    inputSize: fc.integer({ min: 1, max: 40 }),
    layers: fc.integer({ min: 1, max: 4 }),
    bidirectional: fc.boolean(),
    bias: fc.constantFrom('NONE' as const, 'SINGLE' as const, 'DOUBLE' as const),
    peepholes: fc.boolean(),
    projection: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    budget: fc.record({
      params: limit,
      bytes: limit,
      macsPerStep: limit,
      dtype: fc.constantFrom(...(Object.keys(STORAGE_TYPES) as StorageType[])),
    }),
  })
  .filter(({ budget: { params, bytes, macsPerStep } }) => (params ?? bytes ?? macsPerStep) !== undefined)
  .map(({ budget: { params, bytes, macsPerStep, dtype }, peepholes, projection, ...question }) => ({
    ...question,
    // Only an LSTM has them.
    peepholes: peepholes && question.opType === 'LSTM',
    projection: question.opType === 'LSTM' ? projection : undefined,
    budget: {
      dtype,
      ...(params !== undefined && { params }),
      ...(bytes !== undefined && { bytes }),
      ...(macsPerStep !== undefined && { macsPerStep }),
    },
  }));

test('is what trying every hidden size finds', () => {
  fc.assert(
    fc.property(questions, (question) => {
      let tried = (question.projection ?? 0) + 1;
      while (keeps(question, tried)) tried += 1;
      const smallest = (question.projection ?? 0) + 1;
      const { largest, next, exceeded } = largestThatFits(question);
      expect(largest).toEqual(tried === smallest ? null : figures(question, tried - 1));
      expect(next).toEqual(figures(question, tried));
      expect(exceeded.length).toBeGreaterThan(0);
      for (const { allowed, value, over } of exceeded) {
        expect(over).toBeGreaterThan(0);
        expect((value ?? 0) - allowed).toBe(over);
      }
    }),
    { numRuns: 200 },
  );
});

test('a budget that is met to the last parameter fits', () => {
  // 4·(100·25 + 100² + 100) = 50,400 and 4·(101·25 + 101² + 101) = 51,308.
  const question = { opType: 'LSTM', inputSize: 25, bias: 'SINGLE' } as const;
  expect(largestThatFits({ ...question, budget: { params: 50_400 } })).toMatchObject({
    largest: { hiddenSize: 100, params: 50_400 },
    next: { hiddenSize: 101, params: 51_308 },
    exceeded: [{ limit: 'PARAMS', allowed: 50_400, value: 51_308, over: 908 }],
  });
  expect(largestThatFits({ ...question, budget: { params: 50_399 } }).largest?.hiddenSize).toBe(99);
});

test('bytes are those of the data type', () => {
  const question = { opType: 'LSTM', inputSize: 25, bias: 'SINGLE' } as const;
  const largest = (bytes: number, dtype: StorageType) =>
    largestThatFits({ ...question, budget: { bytes, dtype } }).largest;
  expect(largest(201_600, 'FP32')).toMatchObject({ hiddenSize: 100, bytes: 201_600 });
  expect(largest(25_200, 'INT4')).toMatchObject({ hiddenSize: 100, bytes: 25_200 });
  expect(largest(25_199, 'INT4')).toMatchObject({ hiddenSize: 99 });
});

test('when nothing fits the smallest layer is shown with what it is over', () => {
  const fit = largestThatFits({ opType: 'RNN', inputSize: 3, budget: { params: 5 } });
  // 1·(3 + 1 + 2) = 6
  expect(fit).toMatchObject({ largest: null, next: { hiddenSize: 1, params: 6 }, exceeded: [{ over: 1 }] });
});

test('the largest budget and the largest stack are answered exactly, and what is over 2^53−1 is null', () => {
  const budget = { params: Number.MAX_SAFE_INTEGER };
  const { largest, next, exceeded } = largestThatFits({ opType: 'LSTM', inputSize: 1, layers: 10_000, budget });
  // In integers of any size: layer 1 has 4n(1 + n + 2) params, each other 4n(2n + 2).
  const params = (n: bigint) => 4n * n * (n + 3n) + 9_999n * 4n * n * (2n * n + 2n);
  const n = BigInt(largest?.hiddenSize ?? 0);
  expect(BigInt(largest?.params ?? 0)).toBe(params(n));
  expect(params(n) <= BigInt(Number.MAX_SAFE_INTEGER) && params(n + 1n) > BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(next).toMatchObject({ params: null, bytes: null, macsPerStep: null });
  expect(exceeded).toMatchObject([{ value: null }]);
  expect(exceeded[0]?.over).toBe(Number(params(n + 1n) - BigInt(Number.MAX_SAFE_INTEGER)));
});

test.each([
  [{}, ['budget']],
  [{ params: -1 }, ['budget', 'params']],
  [{ macsPerStep: 1.5 }, ['budget', 'macsPerStep']],
])('the budget %j is refused', (budget, field) => {
  const ask = () => largestThatFits({ opType: 'LSTM', inputSize: 1, budget });
  expect(ask).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', field }) as Error);
});

test.each([
  [{ opType: 'GRU', inputSize: 1, peepholes: true }, 'peepholes'],
  [{ opType: 'LSTM', inputSize: 0 }, 'inputSize'],
  [{ opType: 'LSTM', inputSize: 1, layers: 10_001 }, 'layers'],
  [{ opType: 'LSTM', inputSize: 1, projection: 0 }, 'projection'],
] as const)('the layer %j is refused', (layer, field) => {
  const ask = () => largestThatFits({ ...layer, budget: { params: 1 } });
  expect(ask).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', field: [field] }) as Error);
});

test('a size that is asked about is judged by all limits, as the formula counts it', () => {
  const stack = { opType: 'GRU', inputSize: 40, layers: 3, bidirectional: true, bias: 'DOUBLE' } as const;
  for (const hiddenSize of [1, 7, 30, 31, 200]) {
    const { params } = recurrentParameters({ ...stack, hiddenSize });
    const { asked, largest } = largestThatFits({
      ...stack,
      hiddenSize,
      budget: { params: 40_000, bytes: 100_000, dtype: 'FP16' },
    });
    const exceeded = [...(params > 40_000 ? ['PARAMS'] : []), ...(2 * params > 100_000 ? ['BYTES'] : [])];
    expect(asked).toMatchObject({ hiddenSize, params, bytes: 2 * params, fits: exceeded.length === 0 });
    expect(asked?.exceeded.map(({ limit }) => limit)).toEqual(exceeded);
    expect(asked?.fits).toBe(hiddenSize <= (largest?.hiddenSize ?? 0));
  }
  expect(largestThatFits({ ...stack, budget: { params: 1 } }).asked).toBeNull();
});

test.each([0, 1.5, 64, 2 ** 53])('a hidden size of %p under a projection of 64 is refused', (hiddenSize) => {
  const question = { opType: 'LSTM', inputSize: 10, projection: 64, hiddenSize, budget: { params: 1 } } as const;
  expect(() => largestThatFits(question)).toThrow(/hiddenSize: a whole number from 65/);
});
