// What MODEL_PARAMS_EFFECTIVE is of a file: the learned params without the zero halves of biases that are among them.
import { measurementsOf, readMetric, workOfParts } from '../../src/core/measurements.js';
import { declaredAgreement } from '../../src/core/declared.js';
import { lstmWithExternalData } from '../support/external-model.js';
import { inspectBytes } from '../support/inspect-bytes.js';
import { floatTensor, int64Tensor, lstmModel, model, node, value } from '../support/onnx-model.js';

type Parts = Parameters<typeof model>[0];

/** One or more LSTM nodes of (3, 2): 24 elements of W, 16 of R and 16 of B. */
const W = floatTensor('W', [1, 8, 3]);
const R = floatTensor('R', [1, 8, 2]);
const lstm = (inputs: string[], output = 'y') => node('LSTM', ['x', ...inputs], [output], { hidden_size: 2 });
const x = value('x', ['time', 1, 3]);

/** The first half of every eight holds something. */
function keras(name = 'B', dims = [1, 16]) {
  const tensor = floatTensor(name, dims);
  const values = new Float32Array(tensor.rawData.slice().buffer);
  tensor.rawData = new Uint8Array(values.map((each, at) => (at < values.length / 2 ? each : 0)).buffer);
  return tensor;
}

async function read(parts: Parts) {
  const bytes = model({ output: [value('y', ['time', 1, 1, 2])], ...parts });
  const inspection = await inspectBytes(bytes);
  const figures = measurementsOf(inspection, workOfParts(inspection));
  const { value: effective, exact } = readMetric(figures, { metric: 'MODEL_PARAMS_EFFECTIVE' });
  return { learned: inspection.modelParams, effective, exact };
}

it('leaves out the half that an export from Keras adds', async () => {
  const inspection = await inspectBytes(lstmModel({ inputSize: 25, hiddenSize: 100, bias: 'single' }));
  const figures = measurementsOf(inspection, workOfParts(inspection));
  expect(figures).toMatchObject({ modelParams: 50_800, modelParamsEffective: 50_400 });
});

it('leaves out a half that two nodes share once', async () => {
  const nodes = [lstm(['W', 'R', 'B']), lstm(['W', 'R', 'B'], 'z')];
  expect(await read({ node: nodes, initializer: [W, R, keras()], input: [x] })).toEqual({
    learned: 56,
    effective: 48,
    exact: true,
  });
});

it('leaves out nothing that is no learned param: a bias that is expanded from a single zero', async () => {
  const nodes = [node('Expand', ['zero', 'shape'], ['B']), lstm(['W', 'R', 'B'])];
  const initializer = [W, R, floatTensor('zero', [], { value: 0 }), int64Tensor('shape', [1, 16])];
  expect(await read({ node: nodes, initializer, input: [x] })).toEqual({ learned: 40, effective: 40, exact: true });
});

it('leaves out the zero half of a bias that is named as a buffer: what a recurrent node takes is learned', async () => {
  const nodes = [lstm(['W', 'R', 'lstm.bias_buffer'])];
  const initializer = [W, R, keras('lstm.bias_buffer')];
  expect(await read({ node: nodes, initializer, input: [x] })).toEqual({ learned: 56, effective: 48, exact: true });
});

it('has no zeros to leave out where all weights but a bias, expanded from one zero, are inputs of the graph', async () => {
  const nodes = [node('Expand', ['zero', 'shape'], ['B']), lstm(['W', 'R', 'B'])];
  const initializer = [floatTensor('zero', [], { value: 0 }), int64Tensor('shape', [1, 16])];
  const input = [x, value('W', [1, 8, 3]), value('R', [1, 8, 2])];
  expect(await read({ node: nodes, initializer, input })).toEqual({ learned: 0, effective: 0, exact: false });
});

describe('of a bias that is joined from halves', () => {
  const joined = (halves: string[]) => [node('Concat', halves, ['B'], { axis: 1 }), lstm(['W', 'R', 'B'])];
  const zero = (name: string) => floatTensor(name, [1, 8], { value: 0 });
  const weights = [W, R, floatTensor('Wb', [1, 8])];

  it('leaves out the half that is stored as zeros', async () => {
    const initializer = [...weights, zero('Rb')];
    expect(await read({ node: joined(['Wb', 'Rb']), initializer, input: [x] })).toEqual({
      learned: 56,
      effective: 48,
      exact: true,
    });
  });

  it('leaves out nothing where the zeros are made in the graph', async () => {
    const nodes = [node('ConstantOfShape', ['shape'], ['Rb']), ...joined(['Wb', 'Rb'])];
    const initializer = [...weights, int64Tensor('shape', [1, 8])];
    expect(await read({ node: nodes, initializer, input: [x] })).toEqual({ learned: 48, effective: 48, exact: true });
  });

  it('leaves out zeros that are learned beside a half that is a buffer', async () => {
    const initializer = [W, R, floatTensor('Wb_buffer', [1, 8]), zero('Rb')];
    expect(await read({ node: joined(['Wb_buffer', 'Rb']), initializer, input: [x] })).toEqual({
      learned: 48,
      effective: 40,
      exact: true,
    });
  });

  it('leaves out both, stored once, where both are zero', async () => {
    expect(await read({ node: joined(['z', 'z']), initializer: [W, R, zero('z')], input: [x] })).toEqual({
      learned: 48,
      effective: 40,
      exact: true,
    });
  });
});

it('leaves out no zeros that are the bias of another layer too, as where equal tensors are stored once', async () => {
  const dense = [node('MatMul', ['x', 'D'], ['d']), node('Add', ['d', 'z'], ['sum'])];
  const nodes = [node('Concat', ['b', 'z'], ['B'], { axis: 1 }), lstm(['W', 'R', 'B'])];
  const initializer = [
    W,
    R,
    floatTensor('b', [1, 8]),
    floatTensor('z', [1, 8], { value: 0 }),
    floatTensor('D', [3, 8]),
  ];
  const both = await read({ node: [...nodes, ...dense], initializer, input: [x] });
  expect(both).toEqual({ learned: 80, effective: 80, exact: true });
  expect(await read({ node: nodes, initializer: initializer.slice(0, 4), input: [x] })).toMatchObject({
    effective: 48,
  });
});

it('leaves out no zeros that another node needs: a GRU that resets after the product keeps a single zero half', async () => {
  const gru = { hidden_size: 2, linear_before_reset: 1 };
  const nodes = [
    node('Concat', ['b', 'z'], ['B'], { axis: 1 }),
    node('GRU', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 2 }),
    node('GRU', ['x', 'W', 'R', 'B'], ['y2'], gru),
  ];
  const initializer = [
    ...[floatTensor('W', [1, 6, 3]), floatTensor('R', [1, 6, 2])],
    ...[floatTensor('b', [1, 6]), floatTensor('z', [1, 6], { value: 0 })],
  ];
  expect(await read({ node: nodes, initializer, input: [x] })).toEqual({ learned: 42, effective: 42, exact: true });
  expect(await read({ node: nodes.slice(0, 2), initializer, input: [x] })).toMatchObject({ effective: 36 });
});

describe('of a bias in external data', () => {
  it('is unknown while that was not read', async () => {
    const inspection = await inspectBytes(lstmWithExternalData());
    expect(inspection).toMatchObject({ modelParams: 56, modelParamsEffective: null });
    const figures = measurementsOf(inspection, workOfParts(inspection));
    expect(readMetric(figures, { metric: 'MODEL_PARAMS_EFFECTIVE' })).toEqual({ value: null, exact: false });
    expect(declaredAgreement(48, figures)).toBe('UNKNOWN');
    expect(declaredAgreement(56, figures)).toBe('EQUAL');
  });
});

it('is a bound where a bias is an input of the graph, of which nothing is stored', async () => {
  const input = [x, value('B', [1, 16])];
  expect(await read({ node: [lstm(['W', 'R', 'B'])], initializer: [W, R], input })).toEqual({
    learned: 40,
    effective: 40,
    exact: false,
  });
});

it('is unknown while a node is unverifiable', async () => {
  const input = [x, value('W', ['a', 'b', 'c'])];
  const nodes = [lstm(['W', 'R', 'B'])];
  expect(await read({ node: nodes, initializer: [R, keras()], input })).toEqual({
    learned: 32,
    effective: null,
    exact: false,
  });
});
