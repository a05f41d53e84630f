/** Models whose weights lie in a file beside them. */
import onnxProto from 'onnx-proto';
import { FLOAT, model, node, value } from './onnx-model.js';

const { onnx } = onnxProto;

/** A tensor whose values are in the file `data`. */
export function externalTensor(name: string, dims: number[]) {
  return onnx.TensorProto.create({
    name,
    dims,
    dataType: FLOAT,
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: 'data' }],
  });
}

export function externalModel(location: string, byteSize: number, offset = 0): Uint8Array {
  const elements = byteSize / 4;
  const weight = onnx.TensorProto.create({
    name: 'w',
    dims: [elements],
    dataType: FLOAT,
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(byteSize) },
    ],
  });
  return model({
    node: [node('Add', ['x', 'w'], ['y'])],
    initializer: [weight],
    input: [value('x', [elements])],
    output: [value('y', [elements])],
  });
}

/** A tensor in each of so many files. */
export function externalModels(files: number): Uint8Array {
  const weights = Array.from({ length: files }, (_, index) =>
    onnx.TensorProto.create({
      name: `w${index}`,
      dims: [1],
      dataType: FLOAT,
      dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: [{ key: 'location', value: `${index}.bin` }],
    }),
  );
  return model({
    node: weights.map(({ name }) => node('Relu', [name], [`${name}.y`])),
    initializer: weights,
    input: [],
    output: [value('w0.y', [1])],
  });
}

/** An LSTM with m = 3, n = 2 whose W, R and B lie one behind the other in `model.onnx.data`, as PyTorch writes them. */
export function lstmWithExternalData(change: { location?: string; B?: Record<string, string> } = {}): Uint8Array {
  let offset = 0;
  const tensor = (name: 'W' | 'R' | 'B', dims: number[]) => {
    const length = 4 * dims.reduce((product, dim) => product * dim, 1);
    const entries = {
      location: change.location ?? 'model.onnx.data',
      offset: String(offset),
      length: String(length),
      ...(name === 'B' && change.B),
    };
    offset += length;
    return onnx.TensorProto.create({
      name,
      dims,
      dataType: FLOAT,
      dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, text]) => ({ key, value: text })),
    });
  };
  return model({
    node: [node('LSTM', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 2 }, { name: 'lstm' })],
    initializer: [tensor('W', [1, 8, 3]), tensor('R', [1, 8, 2]), tensor('B', [1, 16])],
    input: [value('x', ['time', 1, 3])],
  });
}

/** W, R and B: ones, but zeros in the last 8 of B, the recurrence bias. */
export const lstmData = new Uint8Array(
  new Float32Array([...new Array<number>(48).fill(1), ...new Array<number>(8).fill(0)]).buffer,
);
