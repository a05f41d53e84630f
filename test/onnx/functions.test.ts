// What a local function declares beside its nodes: defaults of its attributes and shapes of its values, which onnx-proto does not
// know, so the fields are written by hand. And what is said where a declared shape is all that is known.
import onnxProto from 'onnx-proto';
import type { RecurrentNode } from '../../src/core/inspection.js';
import { inspectBytes } from '../support/inspect-bytes.js';
import { floatTensor, model, node, value } from '../support/onnx-model.js';
import { bytes, field } from '../support/wire.js';

const { onnx } = onnxProto;
const [STRING, INT, INTS] = [3, 2, 7];
/** Fields of FunctionProto. */
const [ATTRIBUTE_PROTO, VALUE_INFO] = [11, 12];

type Attribute = onnxProto.onnx.IAttributeProto;
const text = (name: string, s: string): Attribute => ({ name, type: STRING, s: Buffer.from(s) });
const ofFunction = (name: string, refAttrName: string, type: number): Attribute => ({ name, refAttrName, type });

interface Declared {
  defaults?: Attribute[];
  shapes?: onnxProto.onnx.IValueInfoProto[];
}

/** A model whose graph is `parts`, with one function `my.Layer`. */
function withFunction(
  parts: onnxProto.onnx.IGraphProto,
  layer: onnxProto.onnx.IFunctionProto,
  { defaults = [], shapes = [] }: Declared,
): Uint8Array {
  const body = onnx.FunctionProto.encode({ domain: 'my', name: 'Layer', ...layer }).finish();
  const more = [
    ...defaults.map((a) => field(ATTRIBUTE_PROTO, onnx.AttributeProto.encode(a).finish())),
    ...shapes.map((info) => field(VALUE_INFO, onnx.ValueInfoProto.encode(info).finish())),
  ];
  return bytes(model(parts), field(25, body, ...more));
}

async function onlyNode(file: Uint8Array): Promise<RecurrentNode> {
  const { recurrentNodes } = await inspectBytes(file);
  expect(recurrentNodes).toHaveLength(1);
  return recurrentNodes[0]!;
}

const x = value('x', ['time', 1, 6]);
const call = (attributes: Record<string, string | number | number[]> = {}) =>
  node('Layer', ['x', 'weights', 'R'], ['y'], attributes, { domain: 'my', name: 'call' });
const R = () => floatTensor('R', [1, 32, 8]);

describe('defaults of attributes', () => {
  const lstm = { ...node('LSTM', ['i', 'w', 'r'], ['o'], {}, { name: 'lstm' }) };
  lstm.attribute = [ofFunction('direction', 'way', STRING), ofFunction('layout', 'order', INT)];
  const layer = { input: ['i', 'w', 'r'], output: ['o'], attribute: [], node: [lstm] };
  const defaults = [text('way', 'reverse'), { name: 'order', type: INT, i: 1 }];
  const parts = (attributes?: Record<string, string | number>) => ({
    node: [call(attributes)],
    initializer: [floatTensor('weights', [1, 32, 6]), R()],
    input: [x],
  });

  test('hold where the call says nothing', async () => {
    const inside = await onlyNode(withFunction(parts(), layer, { defaults }));
    expect(inside).toMatchObject({ path: 'graph/call.Layer/lstm', direction: 'reverse', layout: 1, verdict: 'MATCH' });
  });

  test('give way to what the call says', async () => {
    const inside = await onlyNode(withFunction(parts({ way: 'forward' }), layer, { defaults }));
    expect(inside).toMatchObject({ direction: 'forward', layout: 1 });
  });

  test('are no nodes and no elements', async () => {
    const without = await inspectBytes(withFunction(parts(), layer, {}));
    const {
      nodeCount,
      storedElements,
      bytes: account,
      byteSize,
    } = await inspectBytes(withFunction(parts(), layer, { defaults }));
    expect([nodeCount, storedElements]).toEqual([2, without.storedElements]);
    expect(account.graph).toBe(without.bytes.graph + byteSize - without.byteSize);
    expect(account.padding).toBe(0);
  });

  test.each<[string, Attribute | null, Record<string, number[]>]>([
    ['the default of the function', { name: 'dims', type: INTS, ints: [1, 32, 6] }, {}],
    ['the attribute of the call', { name: 'dims', type: INTS, ints: [6, 1, 32] }, { dims: [1, 32, 6] }],
    ['the attribute of the call, without a default', null, { dims: [1, 32, 6] }],
  ])('as the value of a Constant: %s', async (_, dims, attributes) => {
    const constant = { ...node('Constant', [], ['shape']), attribute: [ofFunction('value_ints', 'dims', INTS)] };
    const reshaping = {
      input: ['i', 'w', 'r'],
      output: ['o'],
      node: [constant, node('Reshape', ['w', 'shape'], ['W']), node('LSTM', ['i', 'W', 'r'], ['o'])],
    };
    const initializer = [floatTensor('weights', [192]), R()];
    const file = withFunction({ node: [call(attributes)], initializer, input: [x] }, reshaping, {
      defaults: dims === null ? [] : [dims],
    });
    const { verdict, weights } = await onlyNode(file);
    expect([verdict, weights[0]!.dims, weights[0]!.chain]).toEqual(['MATCH', [1, 32, 6], ['Reshape']]);
  });

  test('a node of the file that looks like what a skeleton carries them in stays a node', async () => {
    const alike = onnx.NodeProto.create({
      opType: 'Relu',
      attribute: [
        { name: 'way', docString: 'carrier', type: 5, g: { node: [{ attribute: [text('way', 'reverse')] }] } },
      ],
    });
    const file = withFunction(parts(), { ...layer, node: [alike, lstm] }, {});
    const inside = await onlyNode(file);
    expect(inside.direction).toBe('forward');
    expect((await inspectBytes(file)).nodeCount).toBe(4);
  });
});

describe('a declared shape is the last word, and is named in the chain', () => {
  test('declared by the graph', async () => {
    const { verdict, weights } = await onlyNode(
      model({
        node: [
          node('Mystery', ['weights'], ['m'], {}, { domain: 'other' }),
          node('Transpose', ['m'], ['W'], { perm: [0, 2, 1] }),
          node('LSTM', ['x', 'W', 'R'], ['y']),
        ],
        initializer: [floatTensor('weights', [6, 32]), R()],
        valueInfo: [value('m', [1, 6, 32])],
        input: [x],
      }),
    );
    expect(verdict).toBe('MATCH');
    expect(weights[0]).toMatchObject({
      dims: [1, 32, 6],
      source: 'COMPUTED',
      chain: ['Mystery', 'value_info', 'Transpose'],
    });
  });

  test('declared by a function for a value of its own', async () => {
    const layer = {
      input: ['i', 'w', 'r'],
      output: ['o'],
      node: [node('Mystery', ['w'], ['W'], {}, { domain: 'other' }), node('LSTM', ['i', 'W', 'r'], ['o'])],
    };
    const parts = { node: [call()], initializer: [floatTensor('weights', [6, 32]), R()], input: [x] };
    const declared = await onlyNode(withFunction(parts, layer, { shapes: [value('W', [1, 32, 6])] }));
    expect([declared.verdict, declared.weights[0]!.chain]).toEqual(['MATCH', ['Mystery', 'value_info']]);
    const silent = await onlyNode(withFunction(parts, layer, {}));
    expect([silent.verdict, silent.weights[0]!.chain]).toEqual(['UNVERIFIABLE', ['Mystery']]);
  });

  test('not where a rule tells the shape, whatever is declared', async () => {
    const { weights } = await onlyNode(
      model({
        node: [node('Identity', ['weights'], ['W']), node('LSTM', ['x', 'W', 'R'], ['y'])],
        initializer: [floatTensor('weights', [1, 32, 6]), R()],
        valueInfo: [value('W', [1, 32, 7])],
        input: [x],
      }),
    );
    expect(weights[0]).toMatchObject({ dims: [1, 32, 6], chain: ['Identity'] });
  });
});
