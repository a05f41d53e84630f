// Builds small ONNX models as bytes, over onnx-proto's encoder, so that a test shows the model that it means.
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

export const FLOAT = onnx.TensorProto.DataType.FLOAT;
export const INT64 = onnx.TensorProto.DataType.INT64;

/** A tensor with every element 0.01·(index mod 7) + fill, or all `value`. */
export function floatTensor(name: string, dims: number[], options: { value?: number; fill?: number } = {}) {
  const elements = dims.reduce((product, dim) => product * dim, 1);
  const values = new Float32Array(elements);
  for (let i = 0; i < elements; i += 1) values[i] = options.value ?? 0.01 * ((i % 7) + 1) + (options.fill ?? 0);
  return onnx.TensorProto.create({ name, dims, dataType: FLOAT, rawData: new Uint8Array(values.buffer) });
}

export function int64Tensor(name: string, values: number[], dims: number[] = [values.length]) {
  const raw = new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
  return onnx.TensorProto.create({ name, dims, dataType: INT64, rawData: raw });
}

type AttributeValue = number | string | number[] | onnxProto.onnx.ITensorProto | onnxProto.onnx.IGraphProto;

/** A node; an attribute's type follows from its value (numbers are ints). */
export function node(
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, AttributeValue> = {},
  more: { name?: string; domain?: string } = {},
) {
  return onnx.NodeProto.create({
    opType,
    input: inputs,
    output: outputs,
    ...more,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
}

function attribute(name: string, value: AttributeValue) {
  const types = onnx.AttributeProto.AttributeType;
  if (typeof value === 'number') return { name, type: types.INT, i: value };
  if (typeof value === 'string') return { name, type: types.STRING, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: types.INTS, ints: value };
  return 'dims' in value || 'dataType' in value
    ? { name, type: types.TENSOR, t: value }
    : { name, type: types.GRAPH, g: value as onnxProto.onnx.IGraphProto };
}

/** A graph input or output; a dim may be a number or a symbol. */
export function value(name: string, dims: (number | string)[], elemType: number = FLOAT) {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

export function graph(parts: onnxProto.onnx.IGraphProto) {
  return onnx.GraphProto.create({ name: 'g', ...parts });
}

/** Encodes a model around a graph; `more` sets or overrides fields of ModelProto. */
export function model(parts: onnxProto.onnx.IGraphProto, more: onnxProto.onnx.IModelProto = {}): Uint8Array {
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    producerName: 'weighbridge-test',
    graph: graph(parts),
    ...more,
  }).finish();
}

export interface LstmOptions {
  inputSize: number;
  hiddenSize: number;
  /** Default double: both halves of B hold something. */
  bias?: 'none' | 'single' | 'double';
  bidirectional?: boolean;
  /** Added to every weight, so that models with different seeds have different bytes. */
  seed?: number;
  producerName?: string;
  /** Of the node; default lstm. */
  name?: string;
}

/** One LSTM node with W, R and (unless bias is none) B as initializers. */
export function lstmModel(options: LstmOptions): Uint8Array {
  const { inputSize: m, hiddenSize: n, bias = 'double', seed = 0, name = 'lstm' } = options;
  const D = options.bidirectional ? 2 : 1;
  const initializer = [
    floatTensor('W', [D, 4 * n, m], { fill: seed }),
    floatTensor('R', [D, 4 * n, n], { fill: seed }),
  ];
  if (bias !== 'none') {
    const b = floatTensor('B', [D, 8 * n], { fill: seed });
    if (bias === 'single') {
      const values = new Float32Array(b.rawData.slice().buffer);
      for (let i = 0; i < values.length; i += 1) if (i % (8 * n) >= 4 * n) values[i] = 0;
      b.rawData = new Uint8Array(values.buffer);
    }
    initializer.push(b);
  }
  return model(
    {
      node: [
        node(
          'LSTM',
          bias === 'none' ? ['x', 'W', 'R'] : ['x', 'W', 'R', 'B'],
          ['y'],
          { hidden_size: n, direction: D === 2 ? 'bidirectional' : 'forward' },
          { name },
        ),
      ],
      initializer,
      input: [value('x', ['time', 1, m])],
      output: [value('y', ['time', D, 1, n])],
    },
    options.producerName === undefined ? {} : { producerName: options.producerName },
  );
}
