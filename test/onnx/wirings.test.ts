// Weights behind the operators that exporters put between a stored tensor and W, R, B: found, counted, and read where they are zero.
import onnxProto from 'onnx-proto';
import { FLOAT, floatTensor, graph, int64Tensor, model, node, value } from '../support/onnx-model.js';
import { inspectBytes } from '../support/inspect-bytes.js';

const { onnx } = onnxProto;
type Tensors = ReturnType<typeof floatTensor>[];
type Nodes = ReturnType<typeof node>[];

/** An LSTM with m = 6, n = 8 whose W, R and B are initializers unless the wiring makes them. */
async function weigh(wiring: { nodes: Nodes; tensors: Tensors; made: ('W' | 'R' | 'B')[]; inputs?: object[] }) {
  const own = [floatTensor('W', [1, 32, 6]), floatTensor('R', [1, 32, 8]), floatTensor('B', [1, 64])];
  const lstm = node('LSTM', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 8 }, { name: 'lstm' });
  const { recurrentNodes, recurrent } = await inspectBytes(
    model({
      node: [...wiring.nodes, lstm],
      initializer: [...own.filter(({ name }) => !wiring.made.includes(name as 'W')), ...wiring.tensors],
      input: [value('x', ['time', 1, 6]), ...(wiring.inputs ?? [])],
    }),
  );
  return { node: recurrentNodes[0]!, recurrent };
}

const zeros = (name: string, dims: number[]) => floatTensor(name, dims, { value: 0 });

test.each<[string, Parameters<typeof weigh>[0], { distinct: number; chain: string[] }]>([
  [
    'Pad adds rows',
    {
      nodes: [node('Pad', ['w', 'pads'], ['W'])],
      tensors: [floatTensor('w', [1, 32, 4]), int64Tensor('pads', [0, 0, 0, 0, 0, 2])],
      made: ['W'],
    },
    { distinct: 448, chain: ['Pad'] },
  ],
  [
    'Mul applies a mask, which counts as it is stored',
    {
      nodes: [node('Mul', ['w', 'mask'], ['W'])],
      tensors: [floatTensor('w', [1, 32, 6]), floatTensor('mask', [1, 32, 6], { value: 1 })],
      made: ['W'],
    },
    { distinct: 704, chain: ['Mul'] },
  ],
  [
    'Add and MatMul apply a low-rank update',
    {
      nodes: [node('MatMul', ['a', 'b'], ['delta']), node('Add', ['w', 'delta'], ['W'])],
      tensors: [floatTensor('w', [1, 32, 6]), floatTensor('a', [1, 32, 2]), floatTensor('b', [1, 2, 6])],
      made: ['W'],
    },
    { distinct: 512 + 64 + 12, chain: ['MatMul', 'Add'] },
  ],
  [
    'Split and Concat reorder the gates',
    {
      nodes: [
        node('Split', ['w'], ['i', 'f', 'c', 'o'], { axis: 1 }),
        node('Concat', ['i', 'o', 'f', 'c'], ['W'], { axis: 1 }),
      ],
      tensors: [floatTensor('w', [1, 32, 6])],
      made: ['W'],
    },
    { distinct: 512, chain: ['Split', 'Concat'] },
  ],
  [
    'Gather reorders the gates',
    {
      nodes: [node('Gather', ['w', 'order'], ['W'], { axis: 1 })],
      tensors: [
        floatTensor('w', [1, 32, 6]),
        int64Tensor(
          'order',
          Array.from({ length: 32 }, (_, i) => 31 - i),
        ),
      ],
      made: ['W'],
    },
    { distinct: 512, chain: ['Gather'] },
  ],
  [
    'Tile and Expand repeat',
    {
      nodes: [node('Tile', ['w', 'times'], ['t']), node('Expand', ['t', 'shape'], ['W'])],
      tensors: [floatTensor('w', [8, 6]), int64Tensor('times', [4, 1]), int64Tensor('shape', [1, 32, 6])],
      made: ['W'],
    },
    { distinct: 368, chain: ['Tile', 'Expand'] },
  ],
  [
    'Shape arithmetic works out the shape of Reshape',
    {
      nodes: [
        node('Shape', ['w'], ['s']),
        node('ReduceProd', ['s'], ['size'], { keepdims: 0 }),
        node('Div', ['size', 'six'], ['rows']),
        node('Concat', ['one', 'rows', 'six'], ['shape'], { axis: 0 }),
        node('Reshape', ['w', 'shape'], ['W']),
      ],
      tensors: [floatTensor('w', [192]), int64Tensor('six', [6]), int64Tensor('one', [1])],
      made: ['W'],
    },
    { distinct: 512, chain: [] },
  ],
  [
    'fake quantization there and back',
    {
      nodes: [
        node('QuantizeLinear', ['w', 'scale', 'zero'], ['q']),
        node('DequantizeLinear', ['q', 'scale', 'zero'], ['W']),
      ],
      tensors: [
        floatTensor('w', [1, 32, 6]),
        floatTensor('scale', []),
        onnx.TensorProto.create({ name: 'zero', dims: [], dataType: 3, rawData: Uint8Array.of(0) }),
      ],
      made: ['W'],
    },
    { distinct: 512, chain: ['QuantizeLinear', 'DequantizeLinear'] },
  ],
])('%s', async (_, wiring, { distinct, chain }) => {
  const { node: weighed, recurrent } = await weigh(wiring);
  expect(weighed).toMatchObject({ verdict: 'MATCH', stored: 512 });
  expect(recurrent.distinct).toBe(distinct);
  // eslint-disable-next-line jest/no-conditional-expect -- the order among many is not promised
  if (chain.length > 0) expect(weighed.weights[0]!.chain).toEqual(chain);
});

describe('zeros are followed', () => {
  test.each<[string, Nodes, Tensors, string]>([
    [
      'through Pad: one bias vector, the other added as zeros',
      [node('Pad', ['b', 'pads'], ['B'])],
      [floatTensor('b', [1, 32]), int64Tensor('pads', [0, 0, 0, 32])],
      'SINGLE_INPUT',
    ],
    [
      'through Pad of another value',
      [node('Pad', ['b', 'pads', 'one'], ['B'])],
      [floatTensor('b', [1, 32]), int64Tensor('pads', [0, 32, 0, 0]), floatTensor('one', [], { value: 1 })],
      'DOUBLE',
    ],
    [
      'through Where with a mask',
      [node('Where', ['mask', 'b', 'nothing'], ['B'])],
      [
        floatTensor('b', [1, 64]),
        zeros('nothing', [1]),
        onnx.TensorProto.create({
          name: 'mask',
          dims: [1, 64],
          dataType: 9,
          rawData: Uint8Array.from({ length: 64 }, (_, i) => (i < 32 ? 1 : 0)),
        }),
      ],
      'SINGLE_INPUT',
    ],
    [
      'through Mul with a mask',
      [node('Concat', ['ones', 'none'], ['mask'], { axis: 0 }), node('Mul', ['b', 'mask'], ['B'])],
      [floatTensor('b', [1, 64]), floatTensor('ones', [32], { value: 1 }), zeros('none', [32])],
      'SINGLE_INPUT',
    ],
    [
      'through Add of zeros',
      [node('Add', ['b', 'none'], ['B'])],
      [
        onnx.TensorProto.create({
          ...floatTensor('b', [1, 64]),
          rawData: new Uint8Array(new Float32Array(64).fill(1, 32).buffer),
        }),
        zeros('none', [64]),
      ],
      'SINGLE_RECURRENT',
    ],
  ])('%s', async (_, nodes, tensors, convention) => {
    const { node: weighed } = await weigh({ nodes, tensors, made: ['B'] });
    expect(weighed).toMatchObject({ verdict: 'MATCH', biasConvention: convention });
  });
});

describe('in the body of a Loop', () => {
  const body = (nodes: Nodes, outputs: string[]) =>
    graph({
      node: nodes,
      input: [{ name: 'i' }, { name: 'go' }, { name: 'w' }],
      output: outputs.map((name) => value(name, [])),
    });
  const lstm = node('LSTM', ['x', 'w', 'R'], ['y'], { hidden_size: 8 }, { name: 'lstm' });
  const loop = (nodes: Nodes, out: string) =>
    model({
      node: [node('Loop', ['n', 'c', 'W'], ['w_end'], { body: body([lstm, ...nodes], ['go', out]) }, { name: 'loop' })],
      initializer: [floatTensor('W', [1, 32, 6]), floatTensor('R', [1, 32, 8]), int64Tensor('n', [3], [])],
      input: [value('x', ['time', 1, 6]), value('c', [], FLOAT)],
    });

  test('a state that comes out as it went in has the shape that it starts with', async () => {
    const { recurrentNodes, recurrent } = await inspectBytes(loop([node('Identity', ['w'], ['w_next'])], 'w_next'));
    expect(recurrentNodes[0]).toMatchObject({
      verdict: 'MATCH',
      stored: 448,
      weights: [{ source: 'SUBGRAPH_INPUT' }, {}, {}, {}],
    });
    expect(recurrent).toMatchObject({ nodes: 1, distinct: 448 });
  });

  test('one that may change does not', async () => {
    const { recurrentNodes } = await inspectBytes(
      loop([node('Concat', ['w', 'w'], ['w_next'], { axis: 2 })], 'w_next'),
    );
    expect(recurrentNodes[0]).toMatchObject({ verdict: 'UNVERIFIABLE', stored: null });
  });
});

test('in the body of a Scan, a state keeps its shape and a scanned input loses an axis', async () => {
  const lstm = node('LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: 8 }, { name: 'lstm' });
  const body = graph({
    node: [lstm, node('Identity', ['w'], ['w_next'])],
    input: [{ name: 'w' }, { name: 'r' }],
    output: [value('w_next', []), value('y', [])],
  });
  const { recurrentNodes } = await inspectBytes(
    model({
      node: [node('Scan', ['W', 'RS'], ['w_end', 'ys'], { body, num_scan_inputs: 1 }, { name: 'scan' })],
      initializer: [floatTensor('W', [1, 32, 6]), floatTensor('RS', [3, 1, 32, 8])],
      input: [value('x', ['time', 1, 6])],
    }),
  );
  expect(recurrentNodes[0]).toMatchObject({ verdict: 'MATCH', stored: 448 });
});
