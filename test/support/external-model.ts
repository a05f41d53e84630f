/** A model with one weight whose bytes lie in a file beside it. */
import onnxProto from 'onnx-proto';
import { FLOAT, model, node, value } from './onnx-model.js';

const { onnx } = onnxProto;

export function externalModel(location: string, byteSize: number): Uint8Array {
  const elements = byteSize / 4;
  const weight = onnx.TensorProto.create({
    name: 'w',
    dims: [elements],
    dataType: FLOAT,
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: location },
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
