// What is odd in a file that can be read all the same is told of with a code, and what is not is left alone.
import onnxProto from 'onnx-proto';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { FLOAT, floatTensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
const types = onnx.AttributeProto.AttributeType;

const W = floatTensor('w', [1, 128, 64]);
const R = floatTensor('r', [1, 128, 32]);
const relu = (from = 'x', to = 'y') => node('Relu', [from], [to]);

async function warningsOf(parts: onnxProto.onnx.IGraphProto, more: onnxProto.onnx.IModelProto = {}) {
  const bytes = model({ input: [value('x', [5, 1, 64])], output: [value('y', [5, 1, 64])], ...parts }, more);
  const { warnings } = await inspectBytes(bytes);
  return warnings.map(({ code, path }) => ({ code, path }));
}

function functionNamed(name: string): onnxProto.onnx.IFunctionProto {
  return onnx.FunctionProto.create({ name, domain: 'local', input: ['a'], output: ['b'], node: [relu('a', 'b')] });
}

const withAttribute = (attribute: onnxProto.onnx.IAttributeProto) => ({
  node: [
    onnx.NodeProto.create({ opType: 'LeakyRelu', input: ['x'], output: ['y'], name: 'n', attribute: [attribute] }),
  ],
});
const lstm = (input = 'x') => node('LSTM', [input, 'w', 'r'], ['h'], { hidden_size: 32 }, { name: 'n' });

describe('is told of:', () => {
  test.each<[string, string, string | null, onnxProto.onnx.IGraphProto, onnxProto.onnx.IModelProto?]>([
    [
      'a function that is defined twice',
      'FUNCTION_DUPLICATE',
      'f',
      { node: [relu()] },
      { functions: [functionNamed('f'), functionNamed('g'), functionNamed('f')] },
    ],
    ['an output that two nodes write', 'OUTPUT_DUPLICATE', 'y', { node: [relu(), node('Tanh', ['x'], ['y'])] }],
    ['an output that is an initializer', 'OUTPUT_DUPLICATE', 'w', { node: [relu('x', 'w'), relu()], initializer: [W] }],
    [
      'an attribute of type INT that holds a float',
      'ATTRIBUTE_TYPE',
      'graph/n',
      withAttribute({ name: 'alpha', type: types.INT, f: 0.5 }),
    ],
    [
      'an attribute of type FLOAT that holds a tensor',
      'ATTRIBUTE_TYPE',
      'graph/n',
      withAttribute({ name: 'alpha', type: types.FLOAT, t: floatTensor('', [1]) }),
    ],
    [
      'an attribute of type INTS that holds one integer',
      'ATTRIBUTE_TYPE',
      'graph/n',
      withAttribute({ name: 'alpha', type: types.INTS, i: 3 }),
    ],
    [
      'an attribute of type STRING that holds floats',
      'ATTRIBUTE_TYPE',
      'graph/n',
      withAttribute({ name: 'alpha', type: types.STRING, floats: [1, 2] }),
    ],
    [
      'an attribute of type FLOAT that holds an integer beside its float',
      'ATTRIBUTE_TYPE',
      'graph/n',
      withAttribute({ name: 'alpha', type: types.FLOAT, f: 0.5, i: 3 }),
    ],
    [
      'an attribute of no type that holds a float and a tensor',
      'ATTRIBUTE_TYPE',
      'graph/n',
      withAttribute({ name: 'alpha', f: 0.5, t: floatTensor('', [1]) }),
    ],
    [
      'an output of the graph that is listed twice',
      'NAME_DUPLICATE',
      'y',
      { node: [relu()], output: [value('y', []), value('y', [])] },
    ],
    [
      'an input with two dims',
      'INPUT_SIZE',
      'graph/n',
      { node: [lstm(), relu()], initializer: [W, R], input: [value('x', [5, 64])] },
    ],
    [
      'an input that a node made with two dims',
      'INPUT_SIZE',
      'graph/n',
      {
        node: [node('Squeeze', ['x'], ['t'], { axes: [1] }), lstm('t'), relu()],
        initializer: [W, R],
        input: [value('x', [5, 1, 64])],
      },
    ],
    [
      'an input with other features than W takes',
      'INPUT_SIZE',
      'graph/n',
      { node: [lstm(), relu()], initializer: [W, R], input: [value('x', [5, 1, 63])] },
    ],
    [
      'an input with other features than W takes, of any length and batch',
      'INPUT_SIZE',
      'graph/n',
      { node: [lstm(), relu()], initializer: [W, R], input: [value('x', ['time', 'batch', 63])] },
    ],
    [
      'the same turned and bent on the way',
      'INPUT_SIZE',
      'graph/n',
      {
        node: [node('Transpose', ['x'], ['t'], { perm: [1, 0, 2] }), relu('t', 'u'), lstm('u'), relu()],
        initializer: [W, R],
        input: [value('x', ['batch', 'time', 63])],
      },
    ],
    [
      'an input whose features the file declares',
      'INPUT_SIZE',
      'graph/n',
      {
        node: [node('Custom', ['x'], ['t'], {}, { domain: 'local' }), lstm('t'), relu()],
        initializer: [W, R],
        valueInfo: [value('t', ['time', 'batch', 63])],
      },
    ],
    [
      'a layer that takes other features than the one below gives',
      'INPUT_SIZE',
      'graph/n',
      {
        node: [
          node('LSTM', ['x', 'w', 'r'], ['below'], { hidden_size: 32 }, { name: 'below' }),
          node('Squeeze', ['below'], ['t'], { axes: [1] }),
          lstm('t'),
          relu(),
        ],
        initializer: [W, R],
      },
    ],
    [
      'the same in a branch',
      'INPUT_SIZE',
      'graph/if.then_branch/n',
      {
        node: [
          node(
            'If',
            ['c'],
            ['y'],
            {
              then_branch: onnx.GraphProto.create({ name: 'b', node: [lstm()], output: [value('h', [])] }),
              else_branch: branch(),
            },
            { name: 'if' },
          ),
        ],
        initializer: [W, R],
        input: [value('c', [], 9), value('x', ['time', 1, 63])],
      },
    ],
    ...(
      [
        ['direction', { type: types.INT, i: 1 }],
        ['direction', { type: types.STRINGS, strings: [new TextEncoder().encode('reverse')] }],
        ['layout', { type: types.FLOAT, f: 1 }],
        ['clip', { type: types.STRING, s: new TextEncoder().encode('1') }],
        ['activations', { type: types.INTS, ints: [1, 2, 3] }],
        ['input_forget', { type: types.FLOAT, f: 1 }],
      ] as const
    ).map(([name, of]): [string, string, string, onnxProto.onnx.IGraphProto] => {
      const odd = lstm();
      odd.attribute.push({ ...of, name } as onnxProto.onnx.IAttributeProto);
      const type = Object.entries(types).find(([, number]) => number === of.type)![0];
      return [`${name} of type ${type}`, 'ATTRIBUTE_TYPE', 'graph/n', { node: [odd, relu()], initializer: [W, R] }];
    }),
    ['an output that is an input', 'OUTPUT_DUPLICATE', 'x', { node: [relu(), relu('y', 'x')] }],
    [
      'an input that is given twice',
      'NAME_DUPLICATE',
      'x',
      { node: [relu()], input: [value('x', [5, 1, 64]), value('x', [5, 1, 64])] },
    ],
    [
      'a function with the name of an operator, which hides it',
      'FUNCTION_DUPLICATE',
      'LSTM',
      { node: [relu()] },
      { functions: [{ ...functionNamed('LSTM'), domain: '' }] },
    ],
  ])('%s (%s)', async (...[, code, path, parts, more]) => {
    expect(await warningsOf(parts, more)).toEqual([{ code, path }]);
  });
});

describe('is left alone:', () => {
  test.each<[string, onnxProto.onnx.IGraphProto, onnxProto.onnx.IModelProto?]>([
    ['functions of different names', { node: [relu()] }, { functions: [functionNamed('f'), functionNamed('g')] }],
    [
      'outputs that are left out',
      { node: [node('Split', ['x'], ['', 'y'], { axis: 0 }), node('Split', ['x'], ['', 'z'], { axis: 0 })] },
    ],
    ['an attribute of type FLOAT whose zero is left out', withAttribute({ name: 'alpha', type: types.FLOAT })],
    ['zeros of other types that a writer fills in', withAttribute({ name: 'alpha', type: types.FLOAT, f: 0.5, i: 0 })],
    [
      'a body that gives one value as two outputs',
      {
        node: [
          node('If', ['c'], ['y', 'y2'], {
            then_branch: onnx.GraphProto.create({ name: 'b', output: [value('x', []), value('x', [])] }),
            else_branch: onnx.GraphProto.create({ name: 'b', output: [value('x', []), value('x', [])] }),
          }),
        ],
        input: [value('c', [], 9), value('x', [5, 1, 64])],
      },
    ],
    ['an attribute without a type, as in the files of 2017', withAttribute({ name: 'alpha', f: 0.5 })],
    [
      'a graph as an attribute',
      {
        node: [node('If', ['c'], ['y'], { then_branch: branch(), else_branch: branch() })],
        input: [value('c', [], 9), value('x', [5, 1, 64])],
      },
    ],
    [
      'an input whose features a call gives',
      { node: [lstm(), relu()], initializer: [W, R], input: [value('x', [5, 1, 'features'])] },
    ],
    [
      'an input that a product makes of others',
      {
        node: [node('MatMul', ['x', 'm'], ['t']), lstm('t'), relu()],
        initializer: [W, R, floatTensor('m', [63, 64])],
        input: [value('x', ['time', 1, 63])],
      },
    ],
    [
      'an input that is turned so that its last axis is another',
      {
        node: [node('Transpose', ['x'], ['t'], { perm: [2, 1, 0] }), lstm('t'), relu()],
        initializer: [W, R],
        input: [value('x', [64, 1, 63])],
      },
    ],
    [
      'a function of a name that ONNX does not have',
      { node: [relu()] },
      { functions: [{ ...functionNamed('Lstm2'), domain: '' }] },
    ],
    [
      'an initializer that an input names, as in the files of before 2019',
      { node: [lstm(), relu()], initializer: [W, R], input: [value('x', [5, 1, 64]), value('w', [1, 128, 64])] },
    ],
    [
      'an input that an attention makes wider',
      {
        node: [node('AttnLSTM', ['x', 'w', 'r'], ['h'], { hidden_size: 32 }, { domain: 'com.microsoft' }), relu()],
        initializer: [W, R],
        input: [value('x', ['time', 1, 60])],
      },
    ],
    ['an input with as many features as W takes', { node: [lstm(), relu()], initializer: [W, R] }],
  ])('%s', async (...[, parts, more]) => {
    expect(await warningsOf(parts, more)).toEqual([]);
  });
});

function branch() {
  return onnx.GraphProto.create({ name: 'b', node: [relu('x', 'z')], output: [value('z', [5, 1, 64], FLOAT)] });
}
