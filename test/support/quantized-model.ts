/** Small models whose weights are packed, or may be: by ONNX Runtime's operators, and by one that nobody knows. */
import onnxProto from 'onnx-proto';
import { floatTensor, model, node, value } from './onnx-model.js';

const { onnx } = onnxProto;
const { INT8, UINT8 } = onnx.TensorProto.DataType;

const MICROSOFT = { domain: 'com.microsoft' };
const X = value('x', ['rows', 128]);
const Y = value('y', ['rows', 32]);

/** K 100 by N 20 in 4 bits: the last block of each column is filled up, so that a param takes 5.12 bits. */
export function paddedModel(): Uint8Array {
  const w = { name: 'w', dims: [20, 4, 16], dataType: UINT8, rawData: new Uint8Array(1_280).fill(0x35) };
  return model({
    node: [node('MatMulNBits', ['x', 'w', 's'], ['y'], { K: 100, N: 20, bits: 4, block_size: 32 }, MICROSOFT)],
    initializer: [w, floatTensor('s', [20, 4])],
    input: [value('x', ['rows', 100])],
    output: [value('y', ['rows', 20])],
  });
}

/** K 128 by N 32 in 4 bits, two to a byte; `K` may say otherwise. */
export function fourBitModel({ K = 128 } = {}): Uint8Array {
  const w = { name: 'w', dims: [32, 4, 16], dataType: UINT8, rawData: new Uint8Array(2_048).fill(0x35) };
  return model({
    node: [node('MatMulNBits', ['x', 'w', 's'], ['y'], { K, N: 32, bits: 4, block_size: 32 }, MICROSOFT)],
    initializer: [w, floatTensor('s', [32, 4])],
    input: [X],
    output: [Y],
  });
}

/** Integers that go into an operator which no row describes, beside a float bias. */
export function strangeModel(integers: number): Uint8Array {
  const w = { name: 'w', dims: [integers], dataType: INT8, rawData: new Uint8Array(integers).fill(3) };
  return model({
    node: [node('PackedMatMul', ['x', 'w', 'b'], ['y'], {}, { domain: 'org.example' })],
    initializer: [w, floatTensor('b', [32])],
    input: [X],
    output: [Y],
  });
}

/** A matrix that claims a thousand elements and has one. */
export function claimingModel(): Uint8Array {
  return model({
    node: [node('DequantizeLinear', ['w', 's'], ['y'])],
    initializer: [{ name: 'w', dims: [1_000], dataType: UINT8, rawData: Uint8Array.of(1) }, floatTensor('s', [])],
    output: [Y],
  });
}
