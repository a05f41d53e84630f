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
      'an input with other features than W takes',
      'INPUT_SIZE',
      'graph/n',
      { node: [lstm(), relu()], initializer: [W, R], input: [value('x', [5, 1, 63])] },
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
    ['an input with as many features as W takes', { node: [lstm(), relu()], initializer: [W, R] }],
  ])('%s', async (...[, parts, more]) => {
    expect(await warningsOf(parts, more)).toEqual([]);
  });
});

function branch() {
  return onnx.GraphProto.create({ name: 'b', node: [relu('x', 'z')], output: [value('z', [5, 1, 64], FLOAT)] });
}
