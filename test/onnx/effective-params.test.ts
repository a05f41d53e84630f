// What MODEL_PARAMS_EFFECTIVE is of a file: the learned params without the zero halves of biases that are among them.
import { measurementsOf, readMetric, workOfParts } from '../../src/core/measurements.js';
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

it('is never less than nothing: where all weights but a bias, expanded from one zero, are inputs of the graph it is unknown', async () => {
  const nodes = [node('Expand', ['zero', 'shape'], ['B']), lstm(['W', 'R', 'B'])];
  const initializer = [floatTensor('zero', [], { value: 0 }), int64Tensor('shape', [1, 16])];
  const input = [x, value('W', [1, 8, 3]), value('R', [1, 8, 2])];
  expect(await read({ node: nodes, initializer, input })).toEqual({ learned: 0, effective: null, exact: false });
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
