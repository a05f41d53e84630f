// What an optimizer folds from Tile or Expand of something learned has no more learned parameters than before: the framework has them
// once. Only where element-wise operators or a recurrence's state take it: a matrix of equal rows may be about to be learned.
import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import { checkInspection } from '../../../fuzz/invariants.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { FLOAT, floatTensor, int64Tensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
type Tensor = onnxProto.onnx.ITensorProto;

/** A sine alone would be a table of sines. */
const learned = (place: number) => {
  const mixed = Math.sin(place * 12.9898 + 1.7) * 43_758.5453;
  return Math.fround(mixed - Math.floor(mixed) - 0.5);
};
const count = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);

function tensor(name: string, dims: number[], numbers: readonly number[], field: 'raw' | 'floats' | 'double' = 'raw') {
  if (field === 'floats') return onnx.TensorProto.create({ name, dims, dataType: FLOAT, floatData: [...numbers] });
  const [dataType, array] =
    field === 'raw'
      ? [FLOAT, Float32Array.from(numbers)]
      : [onnx.TensorProto.DataType.DOUBLE, Float64Array.from(numbers)];
  return onnx.TensorProto.create({ name, dims, dataType, rawData: new Uint8Array(array.buffer) });
}

/** The numbers of `small` as Tile repeats them. */
function tiled(small: readonly number[], times: readonly number[]): { dims: number[]; numbers: number[] } {
  const dims = small.map((dim, axis) => dim * times[axis]!);
  const numbers = Array.from({ length: count(dims) }, (_, place) => {
    let [rest, from, stride] = [place, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      from += ((rest % dims[axis]!) % small[axis]!) * stride;
      stride *= small[axis]!;
      rest = Math.floor(rest / dims[axis]!);
    }
    return learned(from);
  });
  return { dims, numbers };
}

const build = (initializer: Tensor[], nodes: ReturnType<typeof node>[]) =>
  model({ node: nodes, initializer, input: [value('x', ['a', 'b'])], output: [value('y', [])] });

describe('what Tile or Expand repeated counts once', () => {
  test('folded or not, whatever the axes, the type, the field and the size, however the bytes are cut', async () => {
    const axis = fc.record({ dim: fc.constantFrom(1, 1, 2, 3, 7, 12, 40), times: fc.integer({ min: 1, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('raw' as const, 'floats' as const, 'double' as const),
        fc.constantFrom('Add', 'Mul'),
        fc.integer({ min: 100, max: 70_000 }),
        async (axes, field, opType, chunk) => {
          const small = axes.map(({ dim }) => dim);
          const times = axes.map((one) => one.times);
          // Alone it would be one number all over.
          const dims = small.map((dim, i) => dim * times[i]!);
          fc.pre(count(small) > 1 && count(dims) <= 40_000);
          const { numbers } = tiled(small, times);
          const before = build(
            [
              tensor(
                'v',
                small,
                Array.from({ length: count(small) }, (_, i) => learned(i)),
                field,
              ),
              int64Tensor('times', times),
            ],
            [node('Tile', ['v', 'times'], ['t']), node(opType, ['x', 't'], ['y'])],
          );
          const after = build([tensor('t', dims, numbers, field)], [node(opType, ['x', 't'], ['y'])]);
          const [folded, plain] = [await inspectBytes(after, chunk), await inspectBytes(before)];
          checkInspection(folded, after.length);
          expect(plain.modelParams).toBe(count(small));
          expect(folded.modelParams).toBe(count(small));
          expect(folded.storedElements).toBe(count(dims));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a bias of 512 repeated to 1,000 rows, too large to keep', async () => {
    const { dims, numbers } = tiled([1, 512], [1_000, 1]);
    const { tensors, modelParams, classes } = await inspectBytes(
      build([tensor('b', dims, numbers)], [node('Add', ['x', 'b'], ['y'])]),
    );
    expect(tensors[0]).toMatchObject({ class: 'weight', reason: 'REPEATED', elements: 512_000, params: 512 });
    expect(modelParams).toBe(512);
    expect(classes.weight).toBe(512_000);
  });

  test.each<[string, number[], number[]]>([
    ['a line of 3,000, three times', [3_000], [3]],
    ['channels of an image', [1, 256, 14, 14], [1, 2, 1, 1]],
    ['channels of an image and its rows', [1, 100, 2, 30], [1, 2, 5, 1]],
    ['what fills 65,536 numbers', [16, 4_096], [4, 1]],
  ])('%s, repeated within an axis', async (_, small, times) => {
    const { dims, numbers } = tiled(small, times);
    for (const chunk of [977, 65_536]) {
      const inspection = await inspectBytes(
        build([tensor('t', dims, numbers)], [node('Add', ['x', 't'], ['y'])]),
        chunk,
      );
      expect(inspection.tensors[0]).toMatchObject({ reason: 'REPEATED', params: count(small) });
    }
  });

  test('what is moved on its way to where it is added', async () => {
    const { dims, numbers } = tiled([1, 512], [40, 1]);
    const nodes = [node('Reshape', ['t', 'x'], ['r']), node('Add', ['x', 'r'], ['y'])];
    expect((await inspectBytes(build([tensor('t', dims, numbers)], nodes))).modelParams).toBe(512);
  });

  test('a learned initial state repeated over the batch, directly or through a Transpose', async () => {
    const { numbers } = tiled([1, 1, 16], [1, 4, 1]);
    const weights = [floatTensor('w', [1, 64, 8]), floatTensor('r', [1, 64, 16])];
    const lstm = (h: string) => node('LSTM', ['x', 'w', 'r', '', '', h], ['y'], { hidden_size: 16 });
    const direct = build([...weights, tensor('h', [1, 4, 16], numbers)], [lstm('h')]);
    const moved = build(
      [...weights, tensor('h', [4, 1, 16], numbers)],
      [node('Transpose', ['h'], ['turned'], { perm: [1, 0, 2] }), lstm('turned')],
    );
    for (const bytes of [direct, moved]) expect((await inspectBytes(bytes)).modelParams).toBe(64 * 8 + 64 * 16 + 16);
  });
});

describe('counts whole', () => {
  const rows = tiled([1, 64], [32, 1]);
  test.each<[string, Tensor, ReturnType<typeof node>[]]>([
    [
      'a matrix of equal rows that is multiplied',
      tensor('t', rows.dims, rows.numbers),
      [node('MatMul', ['x', 't'], ['y'])],
    ],
    ['a kernel of equal rows', tensor('t', [8, 4, 8, 8], rows.numbers), [node('Conv', ['x', 't'], ['y'])]],
    ['equal rows of which rows are taken', tensor('t', rows.dims, rows.numbers), [node('Gather', ['t', 'x'], ['y'])]],
    [
      'equal rows that are turned and multiplied',
      tensor('t', rows.dims, rows.numbers),
      [node('Transpose', ['t'], ['u']), node('MatMul', ['x', 'u'], ['y'])],
    ],
    [
      'what repeats after more than 65,536 numbers',
      tensor(
        't',
        [70_000, 2],
        [...Array(140_000).keys()].map((place) => learned(place % 70_000)),
      ),
      [node('Add', ['x', 't'], ['y'])],
    ],
    [
      'what is repeated but for its last number',
      tensor('t', rows.dims, [...rows.numbers.slice(0, -1), 5]),
      [node('Add', ['x', 't'], ['y'])],
    ],
    [
      'what is repeated but for its first number',
      tensor('t', rows.dims, [5, ...rows.numbers.slice(1)]),
      [node('Add', ['x', 't'], ['y'])],
    ],
    [
      'gains of one for each channel, before the first step',
      tensor('t', [64, 1, 1], Array<number>(64).fill(1)),
      [node('Mul', ['x', 't'], ['y'])],
    ],
    [
      'gains that are all the same number as a line',
      tensor('t', [64], Array<number>(64).fill(1)),
      [node('Mul', ['x', 't'], ['y'])],
    ],
  ])('%s', async (_, stored, nodes) => {
    const { modelParams, tensors } = await inspectBytes(build([stored], nodes));
    expect(tensors[0]).toMatchObject({ class: 'weight', reason: 'FLOATING' });
    expect(modelParams).toBe(count(stored.dims as number[]));
  });
});
