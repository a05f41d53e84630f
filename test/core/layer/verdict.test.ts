import {
  biasConvention,
  idleBiasElements,
  judgeNode,
  type NodeFacts,
  type RoleFacts,
} from '../../../src/core/layer/verdict.js';

const given = (...dims: number[]): RoleFacts => ({ given: true, dims, blocker: null });
const absent: RoleFacts = { given: false, dims: null, blocker: null };
const unknown: RoleFacts = { given: true, dims: null, blocker: 'the graph input "w" has no static shape' };

/** An LSTM with m = 6 and n = 8. */
const lstm: NodeFacts = {
  opType: 'LSTM',
  direction: 'forward',
  hiddenSize: 8,
  W: given(1, 32, 6),
  R: given(1, 32, 8),
  B: given(1, 64),
  P: absent,
  others: [],
};

describe('a node that agrees with the formula', () => {
  test('is a MATCH with its sizes, its count and no reason', () => {
    expect(judgeNode(lstm)).toEqual({
      numDirections: 1,
      inputSize: 6,
      hiddenSize: 8,
      stored: 512,
      expected: 512,
      formula: { none: 448, single: 480, double: 512, peepholes: 0 },
      verdict: 'MATCH',
      reason: null,
    });
  });

  test.each<[string, Partial<NodeFacts>, number]>([
    ['without B', { B: absent }, 448],
    ['with peepholes', { P: given(1, 24) }, 536],
    ['without hidden_size', { hiddenSize: null }, 512],
    [
      'in two directions',
      { direction: 'bidirectional', W: given(2, 32, 6), R: given(2, 32, 8), B: given(2, 64) },
      1_024,
    ],
    ['GRU', { opType: 'GRU', W: given(1, 24, 6), R: given(1, 24, 8), B: given(1, 48) }, 384],
    ['RNN', { opType: 'RNN', W: given(1, 8, 6), R: given(1, 8, 8), B: given(1, 16) }, 128],
    ['with turned axes', { opType: 'DynamicQuantizeLSTM', W: given(1, 6, 32), R: given(1, 8, 32) }, 512],
    ['with attention beside the formula', { opType: 'AttnLSTM', others: [given(10, 4), absent] }, 552],
  ])('%s', (_, change, stored) => {
    expect(judgeNode({ ...lstm, ...change })).toMatchObject({ verdict: 'MATCH', stored, reason: null });
  });
});

describe('a contradiction is a MISMATCH that names what disagrees', () => {
  test.each<[string, Partial<NodeFacts>, string]>([
    ['hidden_size against the tensors', { hiddenSize: 16 }, 'hidden_size says 16, the tensors 8'],
    [
      'a hidden_size that no tensor can have',
      { hiddenSize: 2 ** 62 },
      'hidden_size says a number over 2^53−1, the tensors 8',
    ],
    ['R absent', { R: absent }, 'R is absent'],
    ['a gate axis that is not 4n', { W: given(1, 30, 6) }, 'the gate axis is 30, not 4·8'],
    ['R not square', { R: given(1, 32, 7) }, 'the gate axis is 32, not 4·7'],
    ['B with one bias set', { B: given(1, 32) }, 'B [1, 32] should be [1, 64]'],
    ['P of another size', { P: given(1, 16) }, 'P [1, 16] should be [1, 24]'],
    ['directions of W and R', { W: given(2, 32, 6) }, 'W has 2 directions, R has 1'],
    ['the direction attribute', { direction: 'bidirectional' }, 'direction bidirectional means 2'],
    ['W without num_directions', { W: given(32, 6) }, 'W [32, 6] lacks the num_directions axis'],
  ])('%s', (_, change, reason) => {
    const { verdict, reason: said } = judgeNode({ ...lstm, ...change });
    expect(verdict).toBe('MISMATCH');
    expect(said).toContain(reason);
  });

  test('tensors win over attributes, and W of rank 2 still gives m, n and D', () => {
    expect(judgeNode({ ...lstm, hiddenSize: 16 })).toMatchObject({ hiddenSize: 8, inputSize: 6, numDirections: 1 });
    expect(judgeNode({ ...lstm, W: given(32, 6), R: given(32, 8) })).toMatchObject({ hiddenSize: 8, inputSize: 6 });
  });
});

describe('what is unknown makes a node UNVERIFIABLE, never a silent zero', () => {
  test.each<[string, Partial<NodeFacts>, string]>([
    ['W', { W: unknown }, 'the shape of W is unknown: the graph input "w" has no static shape'],
    ['B', { B: unknown }, 'the shape of B is unknown'],
    ['W absent', { W: absent }, 'the sizes cannot be determined from W and R: W is absent'],
    ['W absent and R unknown', { W: absent, R: unknown }, 'has no static shape; W is absent'],
    ['R absent and W of no use', { R: absent, W: given(7, 6) }, 'R is absent'],
    ['a rank that tells nothing', { W: given(1, 1, 32, 6) }, 'the sizes cannot be determined from W and R'],
  ])('%s', (_, change, reason) => {
    const judged = judgeNode({ ...lstm, ...change });
    expect(judged).toMatchObject({ verdict: 'UNVERIFIABLE', stored: null });
    expect(judged.reason).toContain(reason);
  });

  test('sizes that the rest tells are still told: n from hidden_size when W and R are unknown', () => {
    const judged = judgeNode({ ...lstm, W: unknown, R: unknown });
    expect(judged).toMatchObject({ hiddenSize: 8, inputSize: null, numDirections: 1, formula: null, expected: null });
  });
});

describe('the bias convention', () => {
  test.each([
    [false, null, null, 'NONE'],
    [true, true, true, 'NONE_EFFECTIVE'],
    [true, false, true, 'SINGLE_INPUT'],
    [true, true, false, 'SINGLE_RECURRENT'],
    [true, false, false, 'DOUBLE'],
    [true, null, true, 'UNKNOWN'],
    [true, true, null, 'UNKNOWN'],
  ] as const)('B given %s, Wb zero %s, Rb zero %s → %s', (isGiven, input, recurrent, convention) => {
    expect(biasConvention(isGiven, { input, recurrent })).toBe(convention);
  });

  test('the Keras export of (25,100) stores 800 bias elements, of which 400 are idle', () => {
    expect(idleBiasElements('SINGLE_INPUT', 800, false)).toBe(400);
    expect(idleBiasElements('NONE_EFFECTIVE', 800, false)).toBe(800);
    expect(idleBiasElements('DOUBLE', 800, false)).toBe(0);
  });

  test('a GRU with linear_before_reset needs a single zero half, but not two', () => {
    expect(idleBiasElements('SINGLE_INPUT', 96, true)).toBe(0);
    expect(idleBiasElements('NONE_EFFECTIVE', 96, true)).toBe(96);
  });
});
