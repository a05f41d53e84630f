import { WeighbridgeError } from '../../../src/core/errors.js';
import { stateBytes } from '../../../src/core/layer/estimate.js';
import { recurrentParameters, type LayerStack } from '../../../src/core/layer/stack.js';
import { estimate, ESTIMATE_DEFAULTS, workloadOfNodes, workloadOfStack } from '../../../src/core/layer/workload.js';

const lstm = {
  opType: 'LSTM',
  inputSize: 25,
  hiddenSize: 100,
  numDirections: 1,
  biasConvention: 'SINGLE_INPUT',
  peepholes: false,
} as const;
const unknown = { ...lstm, inputSize: null };
const stackOf = (stack: LayerStack) => workloadOfStack(stack, recurrentParameters(stack));

describe('over nodes', () => {
  test('adds up, a group as often as it has nodes', () => {
    expect(
      workloadOfNodes(7, [
        { sizes: lstm, nodes: 2 },
        { sizes: { ...lstm, opType: 'GRU' }, nodes: 1 },
      ]),
    ).toEqual({
      params: 7,
      macsPerStep: { input: 27_500, recurrent: 110_000, bias: 1_100, pointwise: 900 },
      stateElements: 500,
      keptElements: 1_600, // 600 of each LSTM, 400 of the GRU
      nodes: 3,
      nodesLeftOut: 0,
    });
  });

  test('leaves out nodes of unknown size, and says so with every sum', () => {
    const found = estimate(
      workloadOfNodes(7, [
        { sizes: lstm, nodes: 1 },
        { sizes: unknown, nodes: 3 },
      ]),
      ESTIMATE_DEFAULTS,
    );
    expect(found).toMatchObject({ nodes: 1, nodesLeftOut: 3, macsPerStep: { value: 50_700 } });
    for (const { assumption } of [found.macsPerStep, found.stateBytes, found.trainingCompute]) {
      expect(assumption).toMatch(/3 of 4 recurrent nodes are left out.*: a lower bound$/);
    }
    expect(found.trainingMemory.assumption).not.toContain('left out');
  });

  test('is null over 2^53−1, be it one node or the sum, and then so is the compute', () => {
    const huge = { sizes: { ...lstm, inputSize: 2 ** 40, hiddenSize: 2 ** 51 }, nodes: 1 };
    expect(workloadOfNodes(0, [huge])).toMatchObject({ macsPerStep: null, stateElements: null, nodes: 1 });
    const half = { ...lstm, inputSize: 2 ** 42, hiddenSize: 2 ** 8 };
    expect(workloadOfNodes(0, [{ sizes: half, nodes: 1 }]).macsPerStep).not.toBeNull();
    const two = estimate(workloadOfNodes(0, [{ sizes: half, nodes: 2 }]), ESTIMATE_DEFAULTS);
    expect([two.macsPerStep.value, two.trainingCompute.value, two.stateBytes.value]).toEqual([null, null, 4_096]);
    expect(two.trainingCompute.inputs).toContainEqual({ name: 'macsPerStep', value: null });
  });

  test('without any is nothing', () => {
    expect(workloadOfNodes(5, [])).toMatchObject({ macsPerStep: { input: 0, pointwise: 0 }, stateElements: 0 });
  });
});

describe('of a stack', () => {
  const sizes = { inputSize: 25, hiddenSize: 100 };

  test.each([
    [{ opType: 'LSTM', ...sizes, bias: 'SINGLE' }, lstm],
    [
      { opType: 'GRU', ...sizes, bias: 'DOUBLE' },
      { ...lstm, opType: 'GRU', biasConvention: 'DOUBLE' },
    ],
    [
      { opType: 'RNN', ...sizes, bias: 'NONE' },
      { ...lstm, opType: 'RNN', biasConvention: 'NONE' },
    ],
    [
      { opType: 'LSTM', ...sizes, bidirectional: true, peepholes: true },
      { ...lstm, numDirections: 2, biasConvention: 'DOUBLE', peepholes: true },
    ],
  ] as const)('of one layer %j is that of the node', (stack, node) => {
    const { macsPerStep, stateElements } = workloadOfNodes(0, [{ sizes: node, nodes: 1 }]);
    expect(stackOf(stack)).toMatchObject({ macsPerStep, stateElements });
    expect(stateElements).toBe((stateBytes(node) ?? 0) / 4);
  });

  test('sums its layers', () => {
    const { macsPerStep, stateElements } = stackOf({ opType: 'LSTM', ...sizes, layers: 2, bias: 'SINGLE' });
    expect(macsPerStep).toEqual({ input: 50_000, recurrent: 80_000, bias: 800, pointwise: 600 });
    expect(stateElements).toBe(400);
  });

  test('with a projection carries p elements of h, and computes them', () => {
    const { macsPerStep, stateElements } = stackOf({ opType: 'LSTM', ...sizes, bias: 'NONE', projection: 10 });
    expect(macsPerStep).toEqual({ input: 10_000, recurrent: 4 * 100 * 10 + 100 * 10, bias: 0, pointwise: 300 });
    expect(stateElements).toBe(110);
  });
});

describe('estimates', () => {
  const workload = stackOf({ opType: 'LSTM', inputSize: 25, hiddenSize: 100 });

  test('each carry a rule, their inputs by the names of the rule, and an assumption', () => {
    const { sizes, trainingMemory, trainingExamples, macsPerStep, stateBytes, trainingCompute } = estimate(
      workload,
      ESTIMATE_DEFAULTS,
    );
    const all = [...sizes, ...trainingExamples.rules].map((one) => one.estimate);
    all.push(trainingMemory, macsPerStep, stateBytes, trainingCompute);
    expect(all).toHaveLength(12);
    for (const { value, rule, inputs, assumption } of all) {
      expect(value).toBeGreaterThan(0);
      expect([rule, assumption]).not.toContain('');
      expect(inputs.length).toBeGreaterThan(0);
    }
    expect(macsPerStep.inputs.slice(0, 4).reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(macsPerStep.value);
  });

  test('follow the question', () => {
    const asked = {
      dtype: 'FP16',
      optimizer: 'SGD',
      examples: 10,
      timeSteps: 20,
      epochs: 3,
      batch: 4,
      flopsPerSecond: 1e6,
    } as const;
    const found = estimate(workload, asked);
    const { question, trainingMemory, stateBytes, trainingCompute } = found;
    expect(question).toEqual(asked);
    expect([trainingMemory.value, stateBytes.value]).toEqual([50_800 * 2 * 2, 400]);
    expect(trainingCompute.value).toBe(6 * (50_800 + 300) * 10 * 20 * 3);
    expect(found.trainingSeconds.value).toBe(184); // 183.96
    expect(found.trainingMemoryWithActivations.value).toBe(50_800 * 2 * 2 + 600 * 20 * 4 * 2);
  });

  test.each(['examples', 'timeSteps', 'epochs', 'batch', 'flopsPerSecond'])('refuse %s that are no count', (field) => {
    for (const count of [0, -1, 1.5, 2 ** 53, NaN]) {
      const ask = () => estimate(workload, { ...ESTIMATE_DEFAULTS, [field]: count });
      expect(ask).toThrow(expect.objectContaining({ constructor: WeighbridgeError, field: [field] }) as Error);
    }
  });
});
