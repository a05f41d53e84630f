// Weights that hide from the counts: in types, places and ways that no figure covers. Each is warned of and makes the learned params
// a lower bound, so that no budget passes by them; what looks alike and is no weight is left alone.
import onnxProto from 'onnx-proto';
import { checkInspection } from '../../../fuzz/invariants.js';
import type { Inspection } from '../../../src/core/inspection.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, graph, int64Tensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
const { UINT8, INT64, BOOL, STRING } = onnx.TensorProto.DataType;

type Parts = onnxProto.onnx.IGraphProto;

async function inspect(parts: Parts, more: onnxProto.onnx.IModelProto = {}): Promise<Inspection> {
  const bytes = model(
    { input: [value('x', ['rows', 64]), value('ids', ['rows'], INT64)], output: [value('y', ['rows', 32])], ...parts },
    more,
  );
  const inspection = await inspectBytes(bytes);
  checkInspection(inspection, bytes.length);
  return inspection;
}

const codesOf = ({ warnings }: Inspection) => warnings.map(({ code }) => code);

/** Numbers from 0 up, in one byte or eight. */
function places(name: string, dims: number[], below: number, dataType: number = UINT8) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const numbers = Array.from({ length: count }, (_, i) => i % below);
  if (Number(dataType) === Number(INT64)) return int64Tensor(name, numbers, dims);
  return onnx.TensorProto.create({ name, dims, dataType, rawData: Uint8Array.from(numbers) });
}

function texts(name: string, dims: number[]) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const stringData = Array.from({ length: count }, () => new TextEncoder().encode('0.5'));
  return onnx.TensorProto.create({ name, dims, dataType: STRING, stringData });
}

const cast = (from: string, to: string) => node('Cast', [from], [to], { to: 1 });
const matmul = (weight: string) => node('MatMul', ['x', weight], ['y']);

/** The sizes of an LSTM of 64 inputs and 32 units. */
const W = floatTensor('w', [1, 128, 64]);
const R = floatTensor('r', [1, 128, 32]);
const sequence = value('x', [5, 1, 64]);

/** A node of an operator that no row describes, with attributes as they are. */
function vendorNode(opType: string, output: string, ...attribute: onnxProto.onnx.IAttributeProto[]) {
  return onnx.NodeProto.create({ opType, domain: 'vendor', input: ['x'], output: [output], attribute });
}

const encoded = (length: number) => new TextEncoder().encode('k'.repeat(length));
const text = (name: string, length: number) => ({
  name,
  type: onnx.AttributeProto.AttributeType.STRING,
  s: encoded(length),
});
const textList = (name: string, count: number, length: number) => ({
  name,
  type: onnx.AttributeProto.AttributeType.STRINGS,
  strings: Array.from({ length: count }, () => encoded(length)),
});
/** `count` outputs, each made by a node of one operator. */
const many = (count: number, make: (output: string) => onnxProto.onnx.INodeProto) =>
  Array.from({ length: count }, (_, at) => make(at === 0 ? 'y' : `y${at}`));

function floatList(name: string, count: number) {
  const { AttributeType } = onnx.AttributeProto;
  return { name, type: AttributeType.FLOATS, floats: Array.from({ length: count }, (_, i) => i + 0.5) };
}

describe('what may hold weights that no figure counts', () => {
  test.each<[string, Parts]>([
    [
      'flags that are cast to numbers',
      { node: [cast('q', 'f'), matmul('f')], initializer: [places('q', [64, 32], 2, BOOL)] },
    ],
    ['texts that are cast to numbers', { node: [cast('q', 'f'), matmul('f')], initializer: [texts('q', [64, 32])] }],
    [
      'a table of 64-bit integers whose rows are cast',
      {
        node: [node('Gather', ['q', 'ids'], ['g']), cast('g', 'f'), node('Mul', ['f', 's'], ['y'])],
        initializer: [places('q', [100, 32], 97, INT64), floatTensor('s', [1])],
      },
    ],
    [
      'a table of 64-bit integers whose rows are cast and used as they are',
      {
        node: [node('Gather', ['q', 'ids'], ['g']), cast('g', 'y')],
        initializer: [places('q', [100, 32], 97, INT64)],
      },
    ],
    [
      'a palette and the place in it of each weight',
      {
        node: [node('Gather', ['palette', 'q'], ['f']), matmul('f')],
        initializer: [floatTensor('palette', [16]), places('q', [64, 32], 16)],
      },
    ],
    [
      'a palette whose choice is scaled and turned',
      {
        node: [
          cast('q', 'wide'),
          node('Gather', ['palette', 'wide'], ['g']),
          node('Mul', ['g', 's'], ['f']),
          node('Transpose', ['f'], ['t']),
          matmul('t'),
        ],
        initializer: [floatTensor('palette', [16]), places('q', [32, 64], 16), floatTensor('s', [1])],
      },
    ],
    [
      'a palette of the weights of an LSTM',
      {
        input: [sequence],
        node: [node('Gather', ['palette', 'q'], ['f']), node('LSTM', ['x', 'f', 'r'], ['y'], { hidden_size: 32 })],
        initializer: [floatTensor('palette', [16]), places('q', [1, 128, 64], 16), R],
      },
    ],
    [
      'numbers in a list that an unknown operator has as its attribute',
      {
        node: [
          onnx.NodeProto.create({
            opType: 'LinearRegressor',
            domain: 'ai.onnx.ml',
            input: ['x'],
            output: ['y'],
            attribute: [floatList('coefficients', 2_048)],
          }),
        ],
      },
    ],
    [
      'a tensor that an unknown operator has as its attribute',
      { node: [node('Dense', ['x'], ['y'], { kernel: floatTensor('', [64, 32]) }, { domain: 'vendor' })] },
    ],
    [
      'a tensor that a known operator has as an attribute of which it knows nothing',
      { node: [node('MatMul', ['x', 'x'], ['y'], { kernel: floatTensor('', [64, 32]) })] },
    ],
    [
      'a compiled model in the text of an attribute',
      {
        node: [node('EPContext', ['x'], ['y'], { ep_cache_context: 'k'.repeat(100_000) }, { domain: 'com.microsoft' })],
      },
    ],
    [
      'short lists of many nodes of one operator',
      { node: many(20, (output) => vendorNode('Regressor', output, floatList('coefficients', 100))) },
    ],
    ['a compiled model in a list of texts', { node: [vendorNode('Context', 'y', textList('parts', 50, 15_000))] }],
    [
      'a compiled model in the texts of many attributes',
      {
        node: [vendorNode('Context', 'y', ...Array.from({ length: 50 }, (_, at) => text(`part_${at}`, 15_000)))],
      },
    ],
    [
      'a compiled model in the texts of many nodes',
      { node: many(50, (output) => vendorNode('Context', output, text('part', 15_000))) },
    ],
    [
      'a compiled model in one stored text',
      {
        node: [node('Decode', ['t', 'x'], ['y'], {}, { domain: 'vendor' })],
        initializer: [
          onnx.TensorProto.create({ name: 't', dims: [1], dataType: STRING, stringData: [encoded(100_000)] }),
        ],
      },
    ],
    [
      'a compiled model in the text of a Constant',
      {
        node: [
          onnx.NodeProto.create({ opType: 'Constant', output: ['t'], attribute: [text('value_string', 40_000)] }),
          node('Decode', ['t', 'x'], ['y'], {}, { domain: 'vendor' }),
        ],
      },
    ],
    [
      'a table of 64-bit integers whose rows are scaled before they are cast',
      {
        node: [node('Gather', ['q', 'ids'], ['g']), node('Mul', ['g', 's'], ['h']), cast('h', 'y')],
        initializer: [places('q', [100, 32], 97, INT64), int64Tensor('s', [3])],
      },
    ],
    [
      'a matrix that the caller gives',
      { input: [value('x', ['rows', 64]), value('w', [64, 32])], node: [matmul('w')] },
    ],
    [
      'a matrix that the caller gives, turned on the way',
      {
        input: [value('x', ['rows', 64]), value('w', [32, 64])],
        node: [node('Transpose', ['w'], ['t']), matmul('t')],
      },
    ],
    [
      'the weights of an LSTM that the caller gives',
      {
        input: [sequence, value('w', [1, 128, 64])],
        node: [node('LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: 32 })],
        initializer: [R],
      },
    ],
  ])('%s', async (_, parts) => {
    const inspection = await inspect(parts);
    expect(inspection.unverifiableWeights).toBeGreaterThan(0);
    expect(codesOf(inspection)).toContain('WEIGHTS_UNKNOWN');
  });

  it('tells of the graph that trains a model, which nothing else reads', async () => {
    const training = onnx.TrainingInfoProto.create({ algorithm: graph({ initializer: [floatTensor('w', [64, 32])] }) });
    const plain = { node: [node('Relu', ['x'], ['y'])] };
    expect(codesOf(await inspect(plain))).toEqual([]);
    expect(codesOf(await inspect(plain, { trainingInfo: [training] }))).toEqual(['TRAINING_INFO']);
  });

  it('counts a matrix by what is done with it, whatever its name says', async () => {
    const named = (name: string) => ({ node: [matmul(name)], initializer: [floatTensor(name, [64, 32])] });
    expect((await inspect(named('bn.running_mean'))).modelParams).toBe(2_048);
    expect((await inspect(named('bn.running_var'))).modelParams).toBe(2_048);
  });

  it('counts what nobody knows the taker of, whatever its name says', async () => {
    const taken = async (opType: string, domain: string) =>
      (
        await inspect({
          node: [node(opType, ['x', 'w_buffer'], ['y'], {}, { domain })],
          initializer: [floatTensor('w_buffer', [64, 32])],
        })
      ).modelParams;
    expect(await taken('Fused7', 'vendor')).toBe(2_048);
    expect(await taken('Fused7', '')).toBe(2_048);
    // Exporters keep the matrix of a Fourier transform as a buffer, and convolve with it.
    expect(await taken('Conv', '')).toBe(0);
    expect(await taken('FusedConv', 'com.microsoft')).toBe(0);
  });
});

describe('what looks alike and holds no weights', () => {
  test.each<[string, Parts]>([
    [
      'a mask that is cast and added',
      {
        node: [cast('mask', 'f'), node('Mul', ['f', 's'], ['m']), node('Add', ['x', 'm'], ['y'])],
        initializer: [places('mask', [64, 64], 2, BOOL), floatTensor('s', [1])],
      },
    ],
    [
      'positions that are cast and scaled',
      {
        node: [cast('positions', 'f'), node('Mul', ['f', 's'], ['m']), node('Add', ['x', 'm'], ['y'])],
        initializer: [places('positions', [1, 5_000], 5_000, INT64), floatTensor('s', [1])],
      },
    ],
    [
      'a table of biases whose rows stored places choose, for a sum',
      {
        node: [node('Gather', ['table', 'at'], ['g']), node('Add', ['x', 'g'], ['y'])],
        initializer: [floatTensor('table', [169, 3]), places('at', [2_401], 169, INT64)],
      },
    ],
    [
      'a matrix whose rows are put in another order',
      {
        node: [node('Gather', ['w', 'order'], ['t']), matmul('t')],
        initializer: [floatTensor('w', [2_000, 32]), places('order', [2_000], 2_000, INT64)],
      },
    ],
    [
      'short lists of numbers',
      {
        node: [
          onnx.NodeProto.create({
            opType: 'Scaler',
            domain: 'ai.onnx.ml',
            input: ['x'],
            output: ['y'],
            attribute: [floatList('scale', 64)],
          }),
        ],
      },
    ],
    [
      'the settings of many nodes of one operator',
      {
        node: many(200, (output) =>
          vendorNode(
            'Pool',
            output,
            { name: 'pads', type: onnx.AttributeProto.AttributeType.INTS, ints: [1, 1, 1, 1, 1, 1, 1, 1] },
            floatList('scales', 4),
            text('settings', 500),
            textList('modes', 4, 20),
          ),
        ),
      },
    ],
    [
      'a vocabulary',
      {
        node: [
          vendorNode('Tokens', 'y', textList('vocabulary', 5_000, 12)),
          node('Words', ['v', 'x'], ['z'], {}, { domain: 'vendor' }),
        ],
        initializer: [texts('v', [5_000])],
      },
    ],
    [
      'two inputs that are multiplied, of which one has as many rows as a call gives',
      { input: [value('x', ['rows', 64]), value('k', [64, 'columns'])], node: [matmul('k')] },
    ],
    [
      'keys of attention that the caller keeps between calls',
      { input: [value('x', [1, 8, 1, 64]), value('past', [1, 8, 64, 100])], node: [matmul('past')] },
    ],
  ])('%s', async (_, parts) => {
    const inspection = await inspect(parts);
    expect(inspection.unverifiableWeights).toBe(0);
    expect(codesOf(inspection)).toEqual([]);
  });
});

describe('weights that are made and not stored', () => {
  it('never count for more than the file could hold', async () => {
    const [m, n] = [2 ** 20, 2 ** 10];
    const made = (name: string) => node('ConstantOfShape', [`${name}_shape`], [name], {}, { name });
    const inspection = await inspect({
      input: [value('x', [5, 1, m])],
      node: [made('w'), made('r'), node('LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: n })],
      initializer: [int64Tensor('w_shape', [1, 4 * n, m]), int64Tensor('r_shape', [1, 4 * n, n])],
    });
    expect(inspection.recurrentNodes).toMatchObject([{ verdict: 'UNVERIFIABLE', stored: null }]);
    expect(inspection.recurrent).toMatchObject({ perUse: 0, unverifiableNodes: 1 });
  });

  it('never count for more than any caller gives', async () => {
    const inspection = await inspect({
      input: [value('x', [5, 1, 2 ** 28]), value('w', [1, 2 ** 22, 2 ** 28]), value('r', [1, 2 ** 22, 2 ** 20])],
      node: [node('LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: 2 ** 20 })],
    });
    expect(inspection.recurrent).toMatchObject({ perUse: 0, unverifiableNodes: 1 });
  });

  it('count where they are as small as the file', async () => {
    const inspection = await inspect({
      input: [sequence],
      node: [node('ConstantOfShape', ['shape'], ['b']), node('LSTM', ['x', 'w', 'r', 'b'], ['y'], { hidden_size: 32 })],
      initializer: [W, R, int64Tensor('shape', [1, 256])],
    });
    expect(inspection.recurrent).toMatchObject({ perUse: 4 * (64 * 32 + 32 * 32 + 64), unverifiableNodes: 0 });
  });
});

describe('recurrent operators that no row describes', () => {
  test.each(['FusedLSTM', 'gru_cell', 'QuantizedRNN', 'BiLstmV2'])(
    '%s makes figures over cells unknown',
    async (opType) => {
      const inspection = await inspect({
        node: [node(opType, ['x', 'w'], ['y'], {}, { domain: 'vendor' })],
        initializer: [floatTensor('w', [64, 32])],
      });
      expect(codesOf(inspection)).toContain('CELL_UNCLEAR');
      expect(inspection.decomposed).toMatchObject({ cells: 0, isWhole: false });
    },
  );

  test.each(['lstm', 'LSTM ', 'LЅTM', 'GRU\u200b'])('%j is told of as no operator of ONNX', async (opType) => {
    const inspection = await inspect({
      node: [node(opType, ['x', 'w', 'r'], ['y'], { hidden_size: 32 })],
      initializer: [W, R],
    });
    expect(codesOf(inspection)).toEqual(expect.arrayContaining(['OP_TYPE_ODD', 'CELL_UNCLEAR']));
    expect(inspection.decomposed.isWhole).toBe(false);
  });

  it('leaves other names and local functions alone', async () => {
    const body = onnx.FunctionProto.create({
      name: 'my_lstm',
      domain: 'local',
      input: ['a'],
      output: ['b'],
      node: [node('Relu', ['a'], ['b'])],
    });
    const called = await inspect(
      { node: [node('my_lstm', ['x'], ['y'], {}, { domain: 'local' })] },
      { functions: [body] },
    );
    expect(called.decomposed.isWhole).toBe(true);
    const other = await inspect({ node: [node('Learning', ['x'], ['y'], {}, { domain: 'vendor' })] });
    expect(other.decomposed.isWhole).toBe(true);
    expect(codesOf(other)).toEqual([]);
  });
});
