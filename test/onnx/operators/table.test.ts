// Walks every row of the operator table: what its kind must say is said, nothing says it twice, and nobody else keeps a list.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RECURRENT_OP_TYPES } from '../../../src/core/inspection.js';
import { find, Functions, mainScope } from '../../../src/onnx/graph/graph.js';
import { decodeModel } from '../../../src/onnx/graph/proto.js';
import { NONZERO, ZERO } from '../../../src/onnx/graph/tensors.js';
import { Work } from '../../../src/onnx/graph/work.js';
import { MICROSOFT, ONNX, type Operator } from '../../../src/onnx/operators/operator.js';
import { operatorOf, OPERATORS } from '../../../src/onnx/operators/table.js';
import { MODEL } from '../../../src/onnx/read/messages.js';
import { SkeletonWriter } from '../../../src/onnx/read/skeleton.js';
import { WireReader } from '../../../src/onnx/read/wire.js';
import { Folding } from '../../../src/onnx/values/folding.js';
import { Zeros } from '../../../src/onnx/values/zeros.js';
import { floatTensor, int64Tensor, model, node, value } from '../../support/onnx-model.js';

const named = (operators: readonly Operator[]) => operators.map(({ opType }) => opType);

describe('the operator table', () => {
  test('has one row for each operator of a domain', () => {
    const keys = OPERATORS.flatMap(({ domains, opType }) => domains.map((domain) => `${domain}:${opType}`));
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test('finds a row by domain and op type, ai.onnx being the default domain, and nothing by the op type alone', () => {
    for (const operator of OPERATORS) {
      for (const domain of operator.domains) expect(operatorOf(domain, operator.opType)).toBe(operator);
      expect(operatorOf('org.example', operator.opType)).toBeNull();
    }
    expect(operatorOf('ai.onnx', 'LSTM')).toBe(operatorOf(ONNX, 'LSTM'));
    expect(operatorOf(MICROSOFT, 'Transpose')).toBeNull();
    expect(operatorOf(ONNX, 'constructor')).toBeNull();
  });

  const facts: [string, Operator['kind'], (row: Operator) => boolean][] = [
    ['what it moves', 'MOVE', ({ moves, inputs, rest }) => moves !== undefined && inputs.length + (rest ? 1 : 0) > 0],
    ['its shape', 'ELEMENTS', ({ shape }) => shape !== undefined],
    ['which activation it is', 'ACTIVATION', ({ activation }) => activation !== undefined],
    ['what is multiplied', 'PRODUCT', ({ product }) => product !== undefined],
    ['where its weights are', 'NORMALIZATION', ({ inputs }) => inputs.some(({ role }) => role === 'WEIGHT')],
    [
      'where its scales are',
      'QUANTIZATION',
      ({ opType, inputs }) =>
        opType === 'DynamicQuantizeLinear' ||
        opType === 'MatMulFpQ4' || // its scales are among its weights
        inputs.some(({ role }) => /SCALE|ZERO/.test(role)),
    ],
    [
      'where W, R, B and the first state are',
      'RECURRENCE',
      ({ inputs }) =>
        ['W', 'R', 'B'].every((role) => inputs.filter(({ weight }) => weight === role).length === 1) &&
        inputs.some(({ role }) => role === 'STATE'),
    ],
    ['no shape, which changes', 'CONTROL', ({ shape, view, moves }) => !shape && !view && !moves],
    ['no value, which changes', 'RANDOM', ({ zeros, view, moves }) => !zeros && !view && !moves],
  ];
  test.each(facts)('says %s in every row of kind %s', (_what, kind, holds) => {
    const rows = OPERATORS.filter((operator) => operator.kind === kind);
    expect(rows.length).toBeGreaterThan(0);
    expect(named(rows.filter((row) => !holds(row)))).toEqual([]);
  });

  test('gives a shape in one way: what has a view says neither shape nor zeros beside it', () => {
    expect(named(OPERATORS.filter(({ view, shape, zeros }) => view && (shape ?? zeros)))).toEqual([]);
  });

  test('names inputs that there are, the bias of a product being one', () => {
    const odd = OPERATORS.filter(({ product, inputs }) => {
      if (!product) return false;
      const { a, b, bias } = product;
      return (
        !inputs[a] ||
        !['DATA', 'WEIGHT'].includes(inputs[b]!.role) ||
        (bias !== undefined && inputs[bias] === undefined)
      );
    });
    expect(named(odd)).toEqual([]);
    const biases = OPERATORS.flatMap(({ product, inputs }) => (product?.bias ? inputs[product.bias]!.role : []));
    expect(new Set(biases)).toEqual(new Set(['BIAS']));
  });

  test('has a row for every recurrent operator, and calls no other one recurrent', () => {
    const recurrent = OPERATORS.filter(({ kind }) => kind === 'RECURRENCE');
    expect(named(recurrent).sort()).toEqual([...RECURRENT_OP_TYPES].sort());
    expect(
      named(OPERATORS.filter(({ kind, inputs }) => kind !== 'RECURRENCE' && inputs.some((i) => i.weight))),
    ).toEqual([]);
  });
});

describe('the rest of src/onnx', () => {
  const root = path.resolve('src/onnx');
  const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: withoutComments(readFileSync(path.join(root, file), 'utf8')) }));

  test('speaks of no operator that has no row', () => {
    const elsewhere = texts.filter(({ file }) => !/^(operators|read)\//.test(file));
    const spoken = elsewhere.flatMap(({ text }) =>
      [...text.matchAll(/'([A-Z][A-Za-z]*[a-z][A-Za-z]*)'/g)].map(([, name = '']) => name),
    );
    const operators = spoken.filter((name) => !name.endsWith('Proto')); // messages of onnx.proto
    expect(operators.length).toBeGreaterThan(20);
    const rows = new Set(named(OPERATORS));
    expect([...new Set(operators)].filter((name) => !rows.has(name))).toEqual([]);
  });

  test('keeps no list of operators beside the table', () => {
    const lists = texts.filter(
      ({ file, text }) =>
        !file.startsWith('operators/') &&
        /new (?:Set|Map)[^;]*'[A-Z][a-z]+[A-Za-z]*'|\b[A-Z][a-z]+\w*: \[\d/.test(text),
    );
    expect(lists.map(({ file }) => file)).toEqual([]);
  });

  test('calls data types, attribute types and wire types by their names', () => {
    const bare = texts.flatMap(({ file, text }) =>
      [...text.matchAll(/\b(?:dataType|elemType|type|wireType|field) [!=]== [1-9]\d*\b|\bcase \d+:/g)].map(
        ([found]) => `${file}: ${found}`,
      ),
    );
    expect(bare).toEqual([]);
  });
});

/** Of an operator that moves elements of x [1, 3, n]: where each element of its output y comes from, by its definition in ONNX. */
interface Example {
  nodes: (n: number) => ReturnType<typeof node>[];
  constants?: Record<string, number[]>;
  dims: (n: number) => number[];
  from: (at: number[], n: number) => number[];
}

const keeps = (opType: string, inputs: string[] = [], attributes: Record<string, number> = {}): Example => ({
  nodes: () => [node(opType, ['x', ...inputs], ['y'], attributes)],
  dims: (n) => [1, 3, n],
  from: (at) => at,
});

const EXAMPLES: Record<string, Example> = {
  Identity: keeps('Identity'),
  Dropout: keeps('Dropout'),
  Cast: keeps('Cast', [], { to: 11 }),
  CastLike: keeps('CastLike', ['like']),
  Reshape: {
    nodes: () => [node('Reshape', ['x', 'shape'], ['y'])],
    constants: { shape: [3, -1] },
    dims: (n) => [3, n],
    from: ([j, k]) => [0, j!, k!],
  },
  Flatten: {
    nodes: () => [node('Flatten', ['x'], ['y'], { axis: 1 })],
    dims: (n) => [1, 3 * n],
    from: ([i, jk], n) => [i!, Math.floor(jk! / n), jk! % n],
  },
  Squeeze: {
    nodes: () => [node('Squeeze', ['x', 'axes'], ['y'])],
    constants: { axes: [0] },
    dims: (n) => [3, n],
    from: ([j, k]) => [0, j!, k!],
  },
  Unsqueeze: {
    nodes: () => [node('Unsqueeze', ['x', 'axes'], ['y'])],
    constants: { axes: [1] },
    dims: (n) => [1, 1, 3, n],
    from: ([i, , j, k]) => [i!, j!, k!],
  },
  Transpose: {
    nodes: () => [node('Transpose', ['x'], ['y'], { perm: [2, 0, 1] })],
    dims: (n) => [n, 1, 3],
    from: ([k, i, j]) => [i!, j!, k!],
  },
  Slice: {
    nodes: () => [node('Slice', ['x', 'starts', 'ends', 'axes'], ['y'])],
    constants: { starts: [1], ends: [3], axes: [1] },
    dims: (n) => [1, 2, n],
    from: ([i, j, k]) => [i!, j! + 1, k!],
  },
  Split: {
    nodes: () => [node('Split', ['x'], ['before', 'y', 'after'], { axis: 1 })],
    dims: (n) => [1, 1, n],
    from: ([i, , k]) => [i!, 1, k!],
  },
  Gather: {
    nodes: () => [node('Gather', ['x', 'indices'], ['y'], { axis: 1 })],
    constants: { indices: [2, 0] },
    dims: (n) => [1, 2, n],
    from: ([i, j, k]) => [i!, [2, 0][j!]!, k!],
  },
  GatherElements: {
    nodes: () => [
      node('Reshape', ['flat', 'shape'], ['indices']),
      node('GatherElements', ['x', 'indices'], ['y'], { axis: 1 }),
    ],
    constants: { flat: [2, 0, -3, 1], shape: [1, 2, 2] },
    dims: () => [1, 2, 2],
    from: ([i, j, k]) => [i!, [2, 0, 0, 1][j! * 2 + k!]!, k!],
  },
  GatherND: {
    nodes: () => [
      node('Reshape', ['flat', 'shape'], ['indices']),
      node('GatherND', ['x', 'indices'], ['y'], { batch_dims: 1 }),
    ],
    constants: { flat: [2, -3], shape: [1, 2, 1] },
    dims: (n) => [1, 2, n],
    from: ([i, j, k]) => [i!, [2, 0][j!]!, k!],
  },
  Expand: {
    nodes: () => [node('Expand', ['x', 'shape'], ['y'])],
    constants: { shape: [2, 3, 1] },
    dims: (n) => [2, 3, n],
    from: ([, j, k]) => [0, j!, k!],
  },
  Tile: {
    nodes: () => [node('Tile', ['x', 'repeats'], ['y'])],
    constants: { repeats: [1, 2, 1] },
    dims: (n) => [1, 6, n],
    from: ([i, j, k]) => [i!, j! % 3, k!],
  },
  Concat: {
    nodes: () => [node('Concat', ['x', 'x'], ['y'], { axis: 1 })],
    dims: (n) => [1, 6, n],
    from: ([i, j, k]) => [i!, j! % 3, k!],
  },
};
/** Their shapes are followed, and not which element becomes which: shapes.test.ts. */
const SHAPE_ONLY = ['ReverseSequence', 'SplitToSequence', 'SequenceAt', 'SequenceConstruct', 'ConcatFromSequence'];

describe('an operator that only moves elements', () => {
  const moving = OPERATORS.filter(({ moves }) => moves !== undefined);

  test('has an example here, or only a shape', () => {
    const followed = moving.filter(({ view, zeros }) => view ?? zeros);
    expect(named(followed).sort()).toEqual(Object.keys(EXAMPLES).sort());
    expect(named(moving.filter((row) => !followed.includes(row))).sort()).toEqual([...SHAPE_ONLY].sort());
  });

  test.each(Object.entries(EXAMPLES))(
    '%s gives values by its shape rule and zeros by its own where they are',
    (_name, example) => {
      const small = lookAt(example, 4);
      expect(small.known?.dims).toEqual(example.dims(4));
      expect(small.known?.values).toEqual(expected(example, 4).map(valueAt(4)));
      // Too large for values: zeros are computed from the places alone.
      const n = 22_000;
      const large = lookAt(example, n);
      expect(large.known).toMatchObject({ dims: example.dims(n), values: null });
      const zeros = Uint8Array.from(expected(example, n), (place) => (valueAt(n)(place) === 0 ? ZERO : NONZERO));
      expect(Buffer.compare(Buffer.from(large.mask!), Buffer.from(zeros))).toBe(0);
    },
  );

  test.each(moving.filter(({ opType }) => opType in EXAMPLES).map((row) => [row.opType, row.moves, row] as const))(
    '%s does what its row says: %s',
    (opType, moves) => {
      const places = expected(EXAMPLES[opType]!, 4);
      const all = Array.from({ length: 12 }, (_, place) => place);
      const isRepeating = new Set(places).size < places.length;
      const done = isRepeating
        ? 'REPEATS'
        : places.length < all.length
          ? 'TAKES'
          : places.every((place, index) => place === index)
            ? 'KEEPS'
            : 'PERMUTES';
      const takesBoth = EXAMPLES[opType]!.nodes(4)[0]!.input.filter((name) => name === 'x').length > 1;
      expect(moves).toBe(takesBoth ? 'JOINS' : done);
    },
  );
});

/** Of x [1, 3, n]: zero in some runs, otherwise its place. */
function valueAt(n: number): (place: number) => number {
  const run = n < 100 ? 2 : 7_000;
  return (place) => (Math.floor(place / run) % 2 === 0 ? 0 : place);
}

/** For each element of y in order, the place of x that it comes from. */
function expected({ dims, from }: Example, n: number): number[] {
  const shape = dims(n);
  const count = shape.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: count }, (_, index) => {
    const at: number[] = [];
    for (let rest = index, axis = shape.length - 1; axis >= 0; axis -= 1) {
      at[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    const [i, j, k] = from(at, n);
    return (i! * 3 + j!) * n + k!;
  });
}

function lookAt({ nodes, constants = {} }: Example, n: number) {
  const x = floatTensor('x', [1, 3, n]);
  const values = Float32Array.from({ length: 3 * n }, (_, place) => valueAt(n)(place));
  x.rawData = new Uint8Array(values.buffer);
  const input = model({
    node: nodes(n),
    initializer: [
      x,
      floatTensor('like', [1]),
      ...Object.entries(constants).map(([name, list]) => int64Tensor(name, list)),
    ],
    output: [value('y', [])],
  });
  const writer = new SkeletonWriter();
  const reader = new WireReader(MODEL, writer);
  reader.write(input);
  const skeleton = writer.finish(reader.finish());
  const folding = new Folding(new Functions([]), Infinity);
  const y = find(mainScope(decodeModel(skeleton).graph!, new Work()), 'y')!.definition;
  return { known: folding.known(y), mask: new Zeros(folding).mask(y) };
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
