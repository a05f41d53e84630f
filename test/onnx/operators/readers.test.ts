// What all who read the operator table make of one row: classes, stacks, zeros and weights agree on what an operator does.
import onnxProto from 'onnx-proto';
import { floatTensor, int64Tensor, model, node, value } from '../../support/onnx-model.js';
import { inspectBytes } from '../../support/inspect-bytes.js';

const { onnx } = onnxProto;
const INT8 = onnx.TensorProto.DataType.INT8;

function int8Tensor(name: string, dims: number[], fill: (place: number) => number) {
  const elements = dims.reduce((product, dim) => product * dim, 1);
  const rawData = new Uint8Array(Int8Array.from({ length: elements }, (_, place) => fill(place)).buffer);
  return onnx.TensorProto.create({ name, dims, dataType: INT8, rawData });
}

const x = value('x', ['time', 1, 3]);
const weights = [floatTensor('W', [1, 8, 3]), floatTensor('R', [1, 8, 2])];

async function classOfState(opType: string, more: string[] = [], domain = '') {
  const { tensors } = await inspectBytes(
    model({
      node: [
        node(opType, ['zero', ...more], ['h0'], {}, { domain }),
        node('LSTM', ['x', 'W', 'R', '', '', 'h0'], ['y'], { hidden_size: 2 }),
      ],
      initializer: [
        ...weights,
        floatTensor('zero', [1, 1, 2], { value: 0 }),
        floatTensor('like', [1]),
        int64Tensor('lengths', [1]),
      ],
      input: [x],
    }),
  );
  return tensors.find(({ name }) => name === 'zero')!.class;
}

test.each([
  ['Identity', []],
  ['Flatten', []],
  ['Dropout', []],
  ['CastLike', ['like']],
  ['ReverseSequence', ['lengths']],
])('a zero tensor that reaches the first state through %s, which only moves it, is a state', async (opType, more) => {
  expect(await classOfState(opType, more)).toBe('state');
});

test('a zero tensor that passes through what changes it is no state', async () => {
  expect(await classOfState('Neg')).toBe('weight');
});

test('an operator of another domain is not taken for the one of ONNX with its name', async () => {
  expect(await classOfState('Identity', [], 'ai.onnx')).toBe('state');
  expect(await classOfState('Identity', [], 'org.example')).toBe('weight');
});

test('a stack goes on through CastLike, and ends at Tile, which repeats features', async () => {
  const layers = async (between: ReturnType<typeof node>) => {
    const { recurrentStacks } = await inspectBytes(
      model({
        node: [
          node('GRU', ['x', 'W1', 'R1'], ['y1'], { hidden_size: 3 }),
          node('Squeeze', ['y1', 'axes'], ['y2']),
          between,
          node('GRU', ['y3', 'W1', 'R1'], ['y'], { hidden_size: 3 }),
        ],
        initializer: [
          floatTensor('W1', [1, 9, 3]),
          floatTensor('R1', [1, 9, 3]),
          floatTensor('like', [1]),
          int64Tensor('axes', [1]),
          int64Tensor('repeats', [2, 1, 1]),
        ],
        input: [x],
      }),
    );
    return recurrentStacks.map((stack) => stack.layers.length);
  };
  expect(await layers(node('CastLike', ['y2', 'like'], ['y3']))).toEqual([2]);
  expect(await layers(node('Tile', ['y2', 'repeats'], ['y3']))).toEqual([1, 1]);
});

test.each(['', 'com.microsoft'])(
  'the zeros of a bias are followed through DequantizeLinear of domain %p',
  async (domain) => {
    const convention = async (zeroPoint: number) => {
      const { recurrentNodes } = await inspectBytes(
        model({
          node: [
            node('DequantizeLinear', ['Bq', 'scale', 'zp'], ['B'], {}, { domain }),
            node('LSTM', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 2 }),
          ],
          initializer: [
            ...weights,
            int8Tensor('Bq', [1, 16], (place) => (place < 8 ? 5 : 0)),
            floatTensor('scale', []),
            int8Tensor('zp', [], () => zeroPoint),
          ],
          input: [x],
        }),
      );
      return recurrentNodes[0]!.biasConvention;
    };
    expect(await convention(0)).toBe('SINGLE_INPUT');
    // What equals its zero point is zero, and nothing else: 5 and 0 are not 3, and 0 is 5 below it.
    expect(await convention(3)).toBe('DOUBLE');
    expect(await convention(5)).toBe('SINGLE_RECURRENT');
  },
);

test('a scale is no weight of a recurrent node, whichever operator takes it', async () => {
  const { recurrent, recurrentNodes } = await inspectBytes(
    model({
      node: [
        node('MatMulIntegerToFloat', ['a', 'b', 'scaleA', 'scaleB'], ['product'], {}, { domain: 'com.microsoft' }),
        node('Reshape', ['product', 'shape'], ['W']),
        node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 }),
      ],
      initializer: [
        int8Tensor('a', [8, 5], (place) => place),
        int8Tensor('b', [5, 3], (place) => place),
        floatTensor('scaleA', [1]),
        floatTensor('scaleB', [3]),
        int64Tensor('shape', [1, 8, 3]),
        floatTensor('R', [1, 8, 2]),
      ],
      input: [x],
    }),
  );
  expect(recurrentNodes[0]!.weights[0]).toMatchObject({ role: 'W', chain: ['MatMulIntegerToFloat', 'Reshape'] });
  expect(recurrent.distinct).toBe(8 * 5 + 5 * 3 + 8 * 2);
});
