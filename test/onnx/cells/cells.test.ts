// Cells written out in small operators: found once in every spelling, and not found where a part of the pattern is missing.
import fc from 'fast-check';
import type { DecomposedCell } from '../../../src/core/inspection.js';
import { measurementsOf, readMetric, workOfParts } from '../../../src/core/measurements.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, model, node, value } from '../../support/onnx-model.js';
import {
  cellModel,
  CellWriter,
  paramsOf,
  PLAIN,
  Sketch,
  type Spelling,
  stateSize,
} from '../../support/written-out-cell.js';

async function cellsIn(bytes: Uint8Array): Promise<DecomposedCell[]> {
  const { decomposed, decomposedCells, recurrent, warnings } = await inspectBytes(bytes);
  expect(decomposed).toEqual({
    cells: decomposedCells.length,
    params: decomposedCells.reduce((sum, cell) => sum + cell.params, 0),
    isWhole: true,
  });
  // They are no recurrent nodes.
  expect(recurrent.nodes).toBe(0);
  expect(warnings).toEqual([]);
  return decomposedCells;
}

async function expectFound(spelling: Spelling): Promise<void> {
  const { cell, variant, m, n, steps, place } = spelling;
  const found = await cellsIn(cellModel(spelling));
  expect(found).toMatchObject([
    {
      kind: 'DECOMPOSED',
      cell,
      inputSize: m,
      hiddenSize: n,
      projectionSize: variant === 'projected' ? stateSize(spelling) : null,
      coupledGates: variant === 'coupled',
      params: paramsOf(spelling),
      repetitions: place === 'Loop' || place === 'Scan' ? 1 : steps,
      confidence: 'CERTAIN',
      reason: null,
    },
  ]);
  const { tensors, params } = found[0]!;
  expect(tensors.reduce((sum, { elements }) => sum + elements, 0)).toBe(params);
}

const spellings = (cell: Spelling['cell'], variant?: 'projected' | 'coupled'): fc.Arbitrary<Spelling> =>
  fc.record<Spelling>({
    cell: fc.constant(cell),
    ...(variant ? { variant: fc.constant(variant) } : {}),
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
      'Einsum',
      'Einsum turned',
      'Transpose',
      'DequantizeLinear',
      'MatMulInteger',
      'weight first',
    ),
    biases: fc.constantFrom(0, 1, 2),
    swapped: fc.boolean(),
    padded: fc.boolean(),
    sigmoid: fc.constantFrom('operator', 'hard', '1 / (1 + exp(-x))', 'reciprocal'),
    tanh: fc.constantFrom('operator', '2 sigmoid(2x) - 1', 'exponentials'),
    place: fc.constantFrom('main', 'Loop', 'Scan', 'If', 'function'),
    start: fc.constantFrom('input', 'zeros'),
    reset: fc.constantFrom('before', 'after'),
    blend: fc.constantFrom('sum', 'mirrored', 'g + z(h - g)', 'h - z(h - g)', '(g - zg) + zh', '(g + zh) - zg'),
  });

/** Where one step stands alone and m = n, nothing tells which matrix the state goes to. */
const isTold = ({ cell, m, n, steps, start, place }: Spelling) =>
  cell === 'GRU' || m !== n || steps > 1 || start === 'zeros' || place === 'Loop' || place === 'Scan';
/** Zeros of one element may be the matrix as well as what it is multiplied with. */
const isShaped = ({ n, matrix, start }: Spelling) =>
  n > 1 || (matrix !== 'weight first' && matrix !== 'Einsum turned') || start !== 'zeros';

/** A plain recurrent cell, and a state that is projected, are told by what follows: the next step. */
const isSeenTwice = ({ cell, variant, steps, place }: Spelling) =>
  (cell !== 'RNN' && variant !== 'projected') || steps > 1 || place === 'Loop' || place === 'Scan';

describe('a cell is found exactly once, with its sizes and its params', () => {
  test.each<[string, fc.Arbitrary<Spelling>]>([
    ['LSTM', spellings('LSTM')],
    ['GRU', spellings('GRU')],
    ['plain recurrent cell', spellings('RNN')],
    ['LSTM with a projection', spellings('LSTM', 'projected')],
    ['LSTM with coupled gates', spellings('LSTM', 'coupled')],
    ['GRU with coupled gates', spellings('GRU', 'coupled')],
  ])('%s, in every spelling', async (_, all) => {
    await fc.assert(
      fc.asyncProperty(
        all.filter((each) => isTold(each) && isShaped(each) && isSeenTwice(each)),
        expectFound,
      ),
      { numRuns: 300 },
    );
  });
});

/** A model of a sketch whose inputs are named here, each [1, features]. */
function modelOf(sketch: Sketch, inputs: Record<string, number>, output: string): Uint8Array {
  return model({
    node: [...sketch.node, node('Identity', [output], ['y'])],
    initializer: sketch.initializer,
    input: Object.entries(inputs).map(([name, features]) => value(name, [1, features])),
    output: [value('y', [1, 'n'])],
  });
}

const [M, N] = [3, 5];

/** Small words for what most cells are made of. */
class Words extends Sketch {
  dense(x: string, name: string, from = M, to = N): string {
    return this.op('MatMul', [x, this.stored(name, [from, to])]);
  }
  add = (...values: string[]): string => values.reduce((a, b) => this.op('Add', [a, b]));
  mul = (a: string, b: string): string => this.op('Mul', [a, b]);
  sub = (a: string, b: string): string => this.op('Sub', [a, b]);
  sigmoid = (a: string): string => this.op('Sigmoid', [a]);
  tanh = (a: string): string => this.op('Tanh', [a]);
  /** What a gate of its own adds up, from x and h. */
  gate = (name: string): string => this.add(this.dense('x', `W${name}`), this.dense('h', `R${name}`, N));
  rest = (z: string): string => this.sub(this.one(), z);
}

/** Each is made from x [1, 3], h [1, 5] and c [1, 5], and lacks something of a cell. */
const NO_CELLS: Record<string, (w: Words) => string> = {
  'the gate of WaveNet': (w) => w.mul(w.sigmoid(w.gate('s')), w.tanh(w.gate('t'))),
  'a gated linear unit': (w) => w.mul(w.sigmoid(w.dense('x', 'W')), w.dense('x', 'V')),
  'a gated MLP': (w) => {
    const pre = w.dense('x', 'W');
    return w.dense(w.mul(w.mul(pre, w.sigmoid(pre)), w.dense('x', 'V')), 'D', N);
  },
  'squeeze and excitation': (w) => w.mul('h', w.sigmoid(w.dense(w.tanh(w.dense('h', 'A', N, 2)), 'B', 2))),
  'additive attention': (w) => w.mul('h', w.sigmoid(w.dense(w.tanh(w.gate('a')), 'v', N, 1))),
  'a highway layer': (w) => {
    const t = w.sigmoid(w.dense('h', 'Wt', N));
    return w.add(w.mul(t, w.tanh(w.dense('h', 'Wh', N))), w.mul(w.rest(t), 'h'));
  },
  'a highway layer, written as a step': (w) => {
    const g = w.tanh(w.dense('h', 'Wh', N));
    return w.add('h', w.mul(w.sigmoid(w.dense('h', 'Wt', N)), w.sub(g, 'h')));
  },
  'an LSTM whose input gate is its forget gate': (w) => {
    const f = w.sigmoid(w.gate('f'));
    const c = w.add(w.mul(f, 'c'), w.mul(f, w.tanh(w.gate('g'))));
    return w.mul(w.sigmoid(w.gate('o')), w.tanh(c));
  },
  'an LSTM whose output gate has no sigmoid': (w) => {
    const c = w.add(w.mul(w.sigmoid(w.gate('f')), 'c'), w.mul(w.sigmoid(w.gate('i')), w.tanh(w.gate('g'))));
    return w.mul(w.gate('o'), w.tanh(c));
  },
  'an LSTM without a tanh of its state': (w) => {
    const c = w.add(w.mul(w.sigmoid(w.gate('f')), 'c'), w.mul(w.sigmoid(w.gate('i')), w.tanh(w.gate('g'))));
    return w.mul(w.sigmoid(w.gate('o')), c);
  },
  'an LSTM whose state is multiplied': (w) => {
    const c = w.mul(w.mul(w.sigmoid(w.gate('f')), 'c'), w.mul(w.sigmoid(w.gate('i')), w.tanh(w.gate('g'))));
    return w.mul(w.sigmoid(w.gate('o')), w.tanh(c));
  },
  'gates that use one sum': (w) => {
    const pre = w.gate('all');
    const c = w.add(w.mul(w.sigmoid(pre), 'c'), w.mul(w.sigmoid(pre), w.tanh(pre)));
    return w.mul(w.sigmoid(pre), w.tanh(c));
  },
  'gates without weights': (w) => {
    const c = w.add(w.mul(w.sigmoid('h'), 'c'), w.mul(w.sigmoid(w.add('h', 'c')), w.tanh(w.add('h', 'h'))));
    return w.mul(w.sigmoid(w.add('c', 'c')), w.tanh(c));
  },
  'gates of different sizes': (w) => {
    const gate = (name: string, n: number) => w.add(w.dense('x', `W${name}`, M, n), w.dense('h', `R${name}`, N, n));
    const c = w.add(w.mul(w.sigmoid(gate('f', N)), 'c'), w.mul(w.sigmoid(gate('i', 1)), w.tanh(gate('g', N))));
    return w.mul(w.sigmoid(gate('o', N)), w.tanh(c));
  },
  'a GRU without a reset gate': (w) => {
    const z = w.sigmoid(w.gate('z'));
    return w.add(w.mul(w.rest(z), w.tanh(w.gate('g'))), w.mul(z, 'h'));
  },
  'a GRU that resets something else': (w) => {
    const z = w.sigmoid(w.gate('z'));
    const g = w.tanh(w.add(w.dense('x', 'Wg'), w.dense(w.mul(w.sigmoid(w.gate('r')), 'c'), 'Rg', N)));
    return w.add(w.mul(w.rest(z), g), w.mul(z, 'h'));
  },
  'a GRU whose two parts do not add up to one': (w) => {
    const [z, r] = [w.sigmoid(w.gate('z')), w.sigmoid(w.gate('r'))];
    const g = w.tanh(w.add(w.dense('x', 'Wg'), w.dense(w.mul(r, 'h'), 'Rg', N)));
    return w.add(w.mul(w.rest(w.sigmoid(w.gate('other'))), g), w.mul(z, 'h'));
  },
  'a GRU that takes from its state too much': (w) => {
    const [z, r] = [w.sigmoid(w.gate('z')), w.sigmoid(w.gate('r'))];
    const g = w.tanh(w.add(w.dense('x', 'Wg'), w.dense(w.mul(r, 'h'), 'Rg', N)));
    return w.add(g, w.mul(z, w.sub('h', 'c')));
  },
};

describe('what is no cell is not found', () => {
  test.each(Object.entries(NO_CELLS))('%s', async (_, write) => {
    const words = new Words();
    const made = write(words);
    expect(await cellsIn(modelOf(words, { x: M, h: N, c: N }, made))).toEqual([]);
  });

  test('with nothing lacking, the same words make one', async () => {
    const w = new Words();
    const [z, r] = [w.sigmoid(w.gate('z')), w.sigmoid(w.gate('r'))];
    const g = w.tanh(w.add(w.dense('x', 'Wg'), w.dense(w.mul(r, 'h'), 'Rg', N)));
    const made = w.add(w.mul(w.rest(z), g), w.mul(z, 'h'));
    expect(await cellsIn(modelOf(w, { x: M, h: N }, made))).toMatchObject([
      { cell: 'GRU', inputSize: M, hiddenSize: N, params: 3 * N * (M + N), confidence: 'CERTAIN' },
    ]);
  });

  /** Operators of cells in any order; with two sigmoids no LSTM can be made, and without Sub no GRU. */
  const wirings = fc.record({
    sub: fc.boolean(),
    steps: fc.array(fc.tuple(fc.nat(6), fc.nat(1_000), fc.nat(1_000)), { minLength: 1, maxLength: 80 }),
  });
  test('any wiring of the same operators that cannot hold the pattern', async () => {
    await fc.assert(
      fc.asyncProperty(wirings, async ({ sub, steps }) => {
        const w = new Words();
        const values = ['h', 'c'];
        let sigmoids = sub ? 1 : 2;
        for (const [kind, left, right] of steps) {
          const [a, b] = [values[left % values.length]!, values[right % values.length]!];
          if (kind === 0 && sigmoids > 0) {
            values.push(w.sigmoid(a));
            sigmoids -= 1;
          } else if (kind === 1) values.push(w.tanh(a));
          // A matrix that is used again would make a plain recurrent cell.
          else if (kind === 2) values.push(w.dense(a, `W${values.length}`, N));
          else if (kind === 3) values.push(w.add(a, b));
          else if (kind === 4 && sub) values.push(w.sub(right % 2 ? w.one() : a, b));
          else values.push(w.mul(a, b));
        }
        expect(await cellsIn(modelOf(w, { h: N, c: N }, values.at(-1)!))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

test('any wiring is answered, in circles and with names that nothing has too', async () => {
  const names = fc.constantFrom('x', 'W', 'R', '', 'nothing', ...Array.from({ length: 20 }, (_, index) => `v${index}`));
  const opType = fc.constantFrom(
    ...'Add Sub Mul Div Sum Sigmoid Tanh Clip MatMul Gemm MatMulInteger Split Slice Gather Concat Identity Transpose'.split(
      ' ',
    ),
  );
  const nodes = fc.array(
    fc.record({
      opType,
      inputs: fc.array(names, { maxLength: 4 }),
      outputs: fc.array(names, { minLength: 1, maxLength: 4 }),
    }),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(nodes, async (made) => {
      const { decomposed, decomposedCells } = await inspectBytes(
        model({
          node: made.map(({ opType, inputs, outputs }) => node(opType, inputs, outputs)),
          initializer: [floatTensor('W', [N, 4 * N]), floatTensor('R', [N, N])],
          input: [value('x', [1, N])],
        }),
      );
      expect(decomposedCells).toHaveLength(decomposed.cells);
    }),
    { numRuns: 300 },
  );
});

describe('cells beyond the plain ones', () => {
  const lstm = (w: Words, gate: (name: string) => string, { activation = 'Tanh', c = 'c' } = {}) => {
    const [i, o, f] = ['i', 'o', 'f'].map((name) => w.sigmoid(gate(name)));
    const next = w.add(w.mul(f!, c), w.mul(i!, w.op(activation, [gate('g')])));
    return w.mul(o!, w.op(activation, [next]));
  };
  const PARAMS = 4 * N * (M + N);

  test('layers on top of each other are told apart, each with its own input', async () => {
    const spelling: Spelling = { ...PLAIN, steps: 3 };
    const sketch = new Sketch();
    for (const name of ['h0', 'c0']) sketch.stored(name, [1, N]);
    const layers = [
      new CellWriter(sketch, spelling, 'lower.'),
      new CellWriter(sketch, { ...spelling, m: N }, 'upper.'),
    ];
    const states = layers.map(() => ({ h: 'h0', c: 'c0' }));
    for (let t = 0; t < 3; t += 1) {
      states[0] = layers[0]!.step('x', states[0]!);
      states[1] = layers[1]!.step(states[0].h, states[1]!);
    }
    const cells = await cellsIn(modelOf(sketch, { x: M }, states[1]!.h));
    expect(cells).toMatchObject([
      { inputSize: M, hiddenSize: N, repetitions: 3, confidence: 'CERTAIN' },
      { inputSize: N, hiddenSize: N, repetitions: 3, confidence: 'CERTAIN' },
    ]);
    const roles = cells[1]!.tensors.map(({ role, tensor }) => [role, tensor]);
    expect(roles).toEqual([
      ['W', 'upper.W'],
      ['R', 'upper.R'],
      ['B', 'upper.BR'],
      ['B', 'upper.BW'],
    ]);
  });

  test('a first step whose state was folded away is one more use of the cell', async () => {
    const sketch = new Sketch();
    sketch.stored('c0', [1, N]);
    const spelling: Spelling = { ...PLAIN, biases: 1 };
    const first = new CellWriter(sketch, spelling).step('x', { h: '', c: 'c0' });
    const last = new CellWriter(sketch, spelling).step('x', first);
    const cells = await cellsIn(modelOf(sketch, { x: M }, last.h));
    expect(cells).toMatchObject([{ inputSize: M, params: PARAMS + 4 * N, repetitions: 2, confidence: 'CERTAIN' }]);
  });

  test('peepholes are params of the cell', async () => {
    const w = new Words();
    const gate = (name: string) =>
      name === 'g' ? w.gate(name) : w.add(w.gate(name), w.mul(w.stored(`P${name}`, [N]), 'c'));
    const cells = await cellsIn(modelOf(w, { x: M, h: N, c: N }, lstm(w, gate)));
    expect(cells).toMatchObject([{ params: PARAMS + 3 * N, confidence: 'CERTAIN' }]);
    expect(cells[0]!.tensors.filter(({ role }) => role === 'P')).toHaveLength(3);
  });

  test('two inputs are one input of both sizes, as a decoder with attention takes them', async () => {
    const w = new Words();
    const gate = (name: string) => w.add(w.gate(name), w.dense('context', `A${name}`, 7));
    const cells = await cellsIn(modelOf(w, { x: M, h: N, c: N, context: 7 }, lstm(w, gate)));
    expect(cells).toMatchObject([
      { inputSize: M + 7, hiddenSize: N, params: 4 * N * (M + 7 + N), confidence: 'CERTAIN' },
    ]);
  });

  test('a matrix that serves as W and as R counts for each, as it would in a recurrent node', async () => {
    const w = new Words();
    const gate = (name: string) => w.add(w.dense('c', name, N), w.dense('h', name, N));
    const cells = await cellsIn(modelOf(w, { h: N, c: N }, lstm(w, gate)));
    expect(cells).toMatchObject([{ inputSize: N, hiddenSize: N, params: 8 * N * N }]);
  });

  test('both states out of one tensor tell which matrix takes the state, where the sizes do not', async () => {
    const w = new Words();
    const [h, c] = [0, 1].map((row) => w.op('Squeeze', [w.op('Gather', ['states', w.ints([row])]), w.ints([0])]));
    const gate = (name: string) => w.add(w.dense(h!, `R${name}`, N), w.dense('x', `W${name}`, N));
    const bytes = model({
      node: [...w.node],
      initializer: w.initializer,
      input: [value('x', [1, N]), value('states', [2, 1, N])],
    });
    expect(await cellsIn(bytes)).toEqual([]); // nothing is made of the gathered states yet
    const made = lstm(w, gate, { c: c! });
    const [cell] = await cellsIn(
      model({
        node: [...w.node, node('Identity', [made], ['y'])],
        initializer: w.initializer,
        input: [value('x', [1, N]), value('states', [2, 1, N])],
      }),
    );
    expect(cell).toMatchObject({ inputSize: N, hiddenSize: N, confidence: 'CERTAIN' });
    expect(cell!.tensors.map(({ role, tensor }) => role + tensor.slice(1)).sort()).toEqual(
      ['f', 'g', 'i', 'o'].flatMap((gate) => [`R${gate}`, `W${gate}`]).sort(),
    );
  });

  test.each<[string, (w: Words) => string, object]>([
    [
      'other activations inside',
      (w) => lstm(w, w.gate, { activation: 'Relu' }),
      { params: PARAMS, reason: expect.stringContaining('Relu') as string },
    ],
    [
      'a normalized sum',
      (w) => lstm(w, (name) => w.op('LayerNormalization', [w.gate(name), w.stored('scale', [N])])),
      { params: PARAMS, reason: expect.stringContaining('LayerNormalization') as string },
    ],
    [
      'no matrix for the state',
      (w) => lstm(w, (name) => w.dense('x', name)),
      { inputSize: M, params: 4 * N * M, reason: expect.stringContaining('no matrix') as string },
    ],
    [
      'two matrices of one size, and nothing that tells them apart',
      (w) => lstm(w, (name) => w.add(w.dense('h', `R${name}`, N), w.dense('u', `W${name}`, N))),
      { inputSize: N, params: 8 * N * N, reason: expect.stringContaining('one size') as string },
    ],
  ])('%s leaves a doubt, which is told', async (_, write, expected) => {
    const w = new Words();
    const made = write(w);
    expect(await cellsIn(modelOf(w, { x: M, h: N, c: N, u: N }, made))).toMatchObject([
      { cell: 'LSTM', hiddenSize: N, confidence: 'LIKELY', ...expected },
    ]);
  });

  test('more than a thousand cells are counted, and a thousand listed', async () => {
    const w = new Words();
    let h = 'h';
    for (let index = 0; index < 1_002; index += 1) {
      const before = h;
      h = lstm(w, (name) => w.add(w.dense('x', `W${name}${index}`, 1, 1), w.dense(before, `R${name}${index}`, 1, 1)));
    }
    const { decomposed, decomposedCells, warnings } = await inspectBytes(modelOf(w, { x: 1, h: 1, c: 1 }, h));
    expect(decomposed).toEqual({ cells: 1_002, params: 8 * 1_002, isWhole: true });
    expect(decomposedCells).toHaveLength(1_000);
    expect(warnings).toMatchObject([{ code: 'CELLS_CUT' }]);
  });

  /** Steps of a cell, each taking what the one before gave; the first starts from stored zeros, or from inputs h and c. */
  function unrolled(
    { w, steps, sizes }: { w: Words; steps: number; sizes: [h: number, c?: number] },
    step: (x: string, h: string, c: string) => [h: string, c?: string],
  ): Uint8Array {
    const [hSize, cSize = hSize] = sizes;
    let [h, c] = [w.stored('h0', [1, hSize]), w.stored('c0', [1, cSize])];
    for (let t = 0; t < steps; t += 1) {
      const [nextH, nextC = c] = step(`x${t}`, h, c);
      [h, c] = [nextH, nextC];
    }
    return modelOf(w, Object.fromEntries(Array.from({ length: steps }, (_, t) => [`x${t}`, M])), h);
  }

  /** Four gates from one sum, in PyTorch's order. */
  const lstmStep = (w: Words, sum: string, c: string): [string, string] => {
    const [i, f, g, o] = w.ops('Split', [sum, w.ints([N, N, N, N])], { axis: 1 }, 4);
    const next = w.add(w.mul(w.sigmoid(f!), c), w.mul(w.sigmoid(i!), w.tanh(g!)));
    return [w.mul(w.sigmoid(o!), w.tanh(next)), next];
  };
  const sumOf = (w: Words, x: string, h: string, state = N) =>
    w.add(w.dense(x, 'W', M, 4 * N), w.dense(h, 'R', state, 4 * N), w.stored('b', [4 * N]));

  describe('an LSTM with a projection', () => {
    const P = 2;
    const projected = { inputSize: M, hiddenSize: N, projectionSize: P, params: 4 * N * (M + P + 1) + N * P };
    const project = (w: Words, h: string, how: 'MatMul' | 'Gemm') =>
      how === 'MatMul' ? w.dense(h, 'proj', N, P) : w.op('Gemm', [h, w.stored('proj', [P, N])], { transB: 1 });

    test.each(['MatMul', 'Gemm'] as const)('over several steps, by %s', async (how) => {
      const w = new Words();
      const bytes = unrolled({ w, steps: 3, sizes: [P, N] }, (x, h, c) => {
        const [made, next] = lstmStep(w, sumOf(w, x, h, P), c);
        return [project(w, made, how), next];
      });
      const [cell, ...more] = await cellsIn(bytes);
      expect(more).toEqual([]);
      expect(cell).toMatchObject({ cell: 'LSTM', ...projected, repetitions: 3, confidence: 'CERTAIN' });
      expect(cell!.tensors.map(({ role, tensor }) => [role, tensor])).toEqual([
        ['W', 'W'],
        ['R', 'R'],
        ['B', 'b'],
        ['PROJECTION', 'proj'],
      ]);
      // Each weight is used once; three products of n gates and states.
      const { input, recurrent, bias, pointwise } = cell!.macsPerStep!;
      expect([input, recurrent, bias, pointwise]).toEqual([4 * N * M, 4 * N * P + N * P, 4 * N, 3 * N]);
      expect(cell!.stateBytes).toBe(4 * (P + N));
    });

    test('one matrix over the input and the projected state', async () => {
      const w = new Words();
      const bytes = unrolled({ w, steps: 2, sizes: [P, N] }, (x, h, c) => {
        const both = w.op('Concat', [x, h], { axis: 1 });
        const [made, next] = lstmStep(w, w.dense(both, 'WR', M + P, 4 * N), c);
        return [project(w, made, 'MatMul'), next];
      });
      const params = 4 * N * (M + P) + N * P;
      expect(await cellsIn(bytes)).toMatchObject([{ ...projected, params, confidence: 'CERTAIN' }]);
    });

    test('one step whose projected state comes from outside and goes there', async () => {
      const w = new Words();
      const [made] = lstmStep(w, sumOf(w, 'x', 'h', P), 'c');
      expect(await cellsIn(modelOf(w, { x: M, h: P, c: N }, project(w, made, 'MatMul')))).toMatchObject([projected]);
    });

    test('an output that is fed back as the next input is no projection', async () => {
      const w = new Words();
      let [h, c, fed] = [w.stored('h0', [1, N]), w.stored('c0', [1, N]), 'x'];
      for (let t = 0; t < 3; t += 1) {
        [h, c] = lstmStep(w, sumOf(w, fed, h), c);
        fed = w.dense(h, 'out', N, M);
      }
      expect(await cellsIn(modelOf(w, { x: M }, fed))).toMatchObject([
        { inputSize: M, hiddenSize: N, projectionSize: null, params: 4 * N * (M + N + 1), repetitions: 3 },
      ]);
    });

    test.each<[string, (w: Words) => string]>([
      [
        'LSTM',
        (w) => lstm(w, (name) => (name === 'g' ? w.add(w.gate(name), w.dense('u', 'extra', 7, N)) : w.gate(name))),
      ],
      [
        'GRU',
        (w) => {
          const [z, r] = [w.sigmoid(w.gate('z')), w.sigmoid(w.gate('r'))];
          const pre = w.add(w.dense('x', 'Wg'), w.dense(w.mul(r, 'h'), 'Rg', N), w.dense('u', 'extra', 7, N));
          return w.add(w.mul(w.rest(z), w.tanh(pre)), w.mul(z, 'h'));
        },
      ],
    ])('%s with one gate of another width is warned of, and metrics over cells are unknown', async (_, write) => {
      const w = new Words();
      const made = write(w);
      const inspection = await inspectBytes(modelOf(w, { x: M, h: N, c: N, u: 7 }, made));
      expect(inspection.decomposed).toEqual({ cells: 0, params: 0, isWhole: false });
      expect(inspection.warnings).toMatchObject([{ code: 'CELL_UNCLEAR' }]);
      const figures = measurementsOf(inspection, workOfParts(inspection));
      for (const metric of ['ALL_RECURRENT_PER_USE', 'WRITTEN_OUT_CELL_COUNT', 'MACS_PER_STEP', 'STATE_BYTES'] as const)
        expect([metric, readMetric(figures, { metric })]).toEqual([metric, { value: null, exact: false }]);
    });

    test('whose projection is not seen is warned of, and no number is made up', async () => {
      const w = new Words();
      const [made] = lstmStep(w, sumOf(w, 'x', 'h', P), 'c');
      const { decomposed, decomposedCells, warnings } = await inspectBytes(modelOf(w, { x: M, h: P, c: N }, made));
      expect({ decomposed, decomposedCells }).toEqual({
        decomposed: { cells: 0, params: 0, isWhole: false },
        decomposedCells: [],
      });
      expect(warnings).toMatchObject([{ code: 'CELL_UNCLEAR', path: expect.stringContaining('graph/') as string }]);
    });
  });

  describe('layer normalization in small operators', () => {
    const mean = (w: Words, x: string) => w.op('ReduceMean', [x], { axes: [1] });
    const plus = (w: Words, x: string) =>
      w.add(x, w.op('Constant', [], { value: floatTensor('', [], { value: 1e-5 }) }));
    const parts = (w: Words, x: string) => {
      const centred = w.sub(x, mean(w, x));
      return { centred, variance: plus(w, mean(w, w.mul(centred, centred))) };
    };
    const [gain, shift] = [(w: Words) => w.stored('gain', [4 * N]), (w: Words) => w.stored('shift', [4 * N])];
    const scaled = (w: Words, x: string) => w.add(w.mul(x, gain(w)), shift(w));
    const NORMALIZATIONS: Record<string, (w: Words, x: string) => string> = {
      'divided by a square root': (w, x) => {
        const { centred, variance } = parts(w, x);
        return scaled(w, w.op('Div', [centred, w.op('Sqrt', [variance])]));
      },
      'multiplied by one over a square root': (w, x) => {
        const { centred, variance } = parts(w, x);
        return scaled(w, w.mul(centred, w.op('Reciprocal', [w.op('Sqrt', [variance])])));
      },
      'to the power of a half': (w, x) => {
        const { centred, variance } = parts(w, x);
        const half = w.op('Constant', [], { value: floatTensor('', [], { value: 0.5 }) });
        return scaled(w, w.op('Div', [centred, w.op('Pow', [variance, half])]));
      },
      'as TensorFlow does, with the gain in the factor': (w, x) => {
        const { variance } = parts(w, x);
        const k = w.mul(w.op('Reciprocal', [w.op('Sqrt', [variance])]), gain(w));
        return w.add(w.mul(x, k), w.sub(shift(w), w.mul(mean(w, x), k)));
      },
      'without a mean': (w, x) => {
        const square = plus(w, mean(w, w.mul(x, x)));
        return w.mul(w.op('Div', [x, w.op('Sqrt', [square])]), gain(w));
      },
    };
    test.each(Object.entries(NORMALIZATIONS))('%s', async (_, normalize) => {
      const w = new Words();
      const bytes = unrolled({ w, steps: 2, sizes: [N] }, (x, h, c) => lstmStep(w, normalize(w, sumOf(w, x, h)), c));
      expect(await cellsIn(bytes)).toMatchObject([
        {
          ...{ cell: 'LSTM', inputSize: M, hiddenSize: N, params: 4 * N * (M + N + 1), repetitions: 2 },
          ...{ confidence: 'LIKELY', reason: 'the gates are made with LayerNormalization' },
        },
      ]);
    });

    test('of the cell state that is shown', async () => {
      const w = new Words();
      const bytes = unrolled({ w, steps: 2, sizes: [N] }, (x, h, c) => {
        const [i, f, g, o] = w.ops('Split', [sumOf(w, x, h), w.ints([N, N, N, N])], { axis: 1 }, 4);
        const next = w.add(w.mul(w.sigmoid(f!), c), w.mul(w.sigmoid(i!), w.tanh(g!)));
        const { centred, variance } = parts(w, next);
        const shown = w.mul(w.op('Div', [centred, w.op('Sqrt', [variance])]), w.stored('cGain', [N]));
        return [w.mul(w.sigmoid(o!), w.tanh(shown)), next];
      });
      expect(await cellsIn(bytes)).toMatchObject([{ params: 4 * N * (M + N + 1), confidence: 'LIKELY' }]);
    });
  });

  describe('a plain recurrent cell', () => {
    const rnn = (w: Words, activation: string, x: string, h: string) =>
      w.op(activation, [w.add(w.dense(x, 'W'), w.dense(h, 'R', N), w.stored('b', [N]))]);

    test.each(['Tanh', 'Relu'])('with %s, over several steps', async (activation) => {
      const w = new Words();
      const bytes = unrolled({ w, steps: 3, sizes: [N] }, (x, h) => [rnn(w, activation, x, h)]);
      expect(await cellsIn(bytes)).toMatchObject([
        {
          ...{ cell: 'RNN', inputSize: M, hiddenSize: N, params: N * (M + N + 1), repetitions: 3 },
          ...{ confidence: 'CERTAIN', macsPerStep: { input: N * M, recurrent: N * N, bias: N, pointwise: 0 } },
        },
      ]);
    });

    test('with one matrix over input and state', async () => {
      const w = new Words();
      const bytes = unrolled({ w, steps: 2, sizes: [N] }, (x, h) => [
        w.tanh(w.dense(w.op('Concat', [x, h], { axis: 1 }), 'WR', M + N, N)),
      ]);
      expect(await cellsIn(bytes)).toMatchObject([{ cell: 'RNN', inputSize: M, hiddenSize: N, params: N * (M + N) }]);
    });

    test('a layer that ends in a tanh is none, however often it is used', async () => {
      const w = new Words();
      const layers = [0, 1, 2].map((t) => w.tanh(w.add(w.dense(`x${t}`, 'W'), w.dense('h', 'R', N))));
      expect(await cellsIn(modelOf(w, { x0: M, x1: M, x2: M, h: N }, w.add(...layers)))).toEqual([]);
    });

    test('a network whose layers share one matrix has no input at each step, and is none', async () => {
      const w = new Words();
      const deep = [0, 1, 2].reduce((h) => w.tanh(w.dense(h, 'R', N)), 'h');
      expect(await cellsIn(modelOf(w, { h: N }, deep))).toEqual([]);
    });
  });

  describe('coupled gates', () => {
    test('an LSTM whose input gate is what its forget gate leaves has three blocks of weights', async () => {
      const w = new Words();
      const f = w.sigmoid(w.gate('f'));
      const c = w.add(w.mul(f, 'c'), w.mul(w.rest(f), w.tanh(w.gate('g'))));
      const made = w.mul(w.sigmoid(w.gate('o')), w.tanh(c));
      expect(await cellsIn(modelOf(w, { x: M, h: N, c: N }, made))).toMatchObject([
        {
          ...{ cell: 'LSTM', coupledGates: true, inputSize: M, hiddenSize: N, params: 3 * N * (M + N) },
          macsPerStep: { input: 3 * N * M, recurrent: 3 * N * N, bias: 0, pointwise: 3 * N },
        },
      ]);
    });

    test('a GRU whose reset gate is its update gate has two', async () => {
      const w = new Words();
      const z = w.sigmoid(w.gate('z'));
      const g = w.tanh(w.add(w.dense('x', 'Wg'), w.dense(w.mul(z, 'h'), 'Rg', N)));
      expect(await cellsIn(modelOf(w, { x: M, h: N }, w.add(w.mul(w.rest(z), g), w.mul(z, 'h'))))).toMatchObject([
        { cell: 'GRU', coupledGates: true, inputSize: M, hiddenSize: N, params: 2 * N * (M + N) },
      ]);
    });
  });

  describe('zeros that a cell starts from are its state, and no params', () => {
    const statesIn = async (bytes: Uint8Array) => {
      const { tensors, modelParams, classes } = await inspectBytes(bytes);
      const states = tensors.filter(({ reason }) => reason === 'CELL_STATE');
      const elements = states.reduce((sum, tensor) => sum + tensor.elements, 0);
      // Arithmetic takes them as it takes weights; nothing of them was learned.
      expect(states.map((tensor) => [tensor.class, tensor.params])).toEqual(states.map(() => ['weight', 0]));
      expect(modelParams).toBe(classes.weight - elements);
      return elements;
    };
    const ZEROS: Partial<Spelling> = { start: 'zeros', m: 3, n: 4, steps: 3, place: 'main' };
    const CELLS: [string, Partial<Spelling>, number][] = [
      ['LSTM', {}, 8],
      ['LSTM with a projection', { variant: 'projected' }, 6],
      ['LSTM with coupled gates', { variant: 'coupled' }, 8],
      ['LSTM with one matrix over input and state', { joined: true }, 8],
      ['LSTM in a loop', { place: 'Loop' }, 8],
      ['LSTM in a Scan', { place: 'Scan' }, 8],
      ['plain recurrent cell', { cell: 'RNN' }, 4],
      ['plain recurrent cell with one matrix', { cell: 'RNN', joined: true }, 4],
      ...(['sum', 'mirrored', 'g + z(h - g)', 'h - z(h - g)', '(g - zg) + zh', '(g + zh) - zg'] as const).map(
        (blend): [string, Partial<Spelling>, number] => [`GRU, ${blend}`, { cell: 'GRU', blend }, 4],
      ),
      ['GRU that resets before its matrix', { cell: 'GRU', reset: 'before' }, 4],
    ];
    test.each(CELLS)('%s', async (_, spelling, state) => {
      expect(await statesIn(cellModel({ ...PLAIN, ...ZEROS, ...spelling }))).toBe(state);
    });

    test('not where another layer takes them as well', async () => {
      const w = new Words();
      const bytes = (also: boolean) => {
        w.node = [];
        w.initializer = [floatTensor('h0', [1, N], { value: 0 })];
        const steps = [0, 1].reduce((h, t) => w.tanh(w.add(w.dense(`x${t}`, 'W'), w.dense(h, 'R', N))), 'h0');
        return modelOf(w, { x0: M, x1: M }, also ? w.add(steps, w.add(w.dense('x0', 'other'), 'h0')) : steps);
      };
      expect(await statesIn(bytes(false))).toBe(N);
      expect(await statesIn(bytes(true))).toBe(0);
    });

    test('not where they are a bias of the cell too', async () => {
      const w = new Words();
      w.initializer.push(floatTensor('zeros', [1, N], { value: 0 }));
      const made = [0, 1].reduce((h, t) => w.tanh(w.add(w.dense(`x${t}`, 'W'), w.dense(h, 'R', N), 'zeros')), 'zeros');
      expect(await statesIn(modelOf(w, { x0: M, x1: M }, made))).toBe(0);
    });

    test('not where they are not zero: they were learned', async () => {
      const w = new Words();
      w.initializer.push(floatTensor('h0', [1, N], { value: 1 }));
      const made = [0, 1].reduce((h, t) => w.tanh(w.add(w.dense(`x${t}`, 'W'), w.dense(h, 'R', N))), 'h0');
      expect(await statesIn(modelOf(w, { x0: M, x1: M }, made))).toBe(0);
    });
  });
});
