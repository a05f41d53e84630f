// Model files for measuring inspect, written to disk piece by piece: nothing here is ever held whole. Valid ONNX, but for what a name
// says.
import { open } from 'node:fs/promises';
import onnxProto from 'onnx-proto';
import { length, tensor, weights } from './models.mjs';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;
const MiB = 2 ** 20;
const [INITIALIZER, GRAPH, RAW_DATA] = [5, 7, 9].map((field) => 8 * field + 2);

/** One LSTM whose W and R take about `bytes` together, m = n. */
export async function lstmOfSize(file, bytes) {
  const n = Math.floor(Math.sqrt(bytes / 32));
  const large = ['W', 'R'].map((name) => head(name, [1, 4 * n, n], 16 * n * n));
  const rest = onnx.GraphProto.encode({
    name: 'g',
    node: [lstm(['x', 'W', 'R', 'B'], n)],
    initializer: [tensor('B', [1, 8 * n], weights(32 * n, 1))],
  }).finish();
  const values = weights(MiB, 2);
  await writeModel(file, rest, large, async (handle) => {
    for (let left = 16 * n * n; left > 0; left -= MiB) await handle.write(values.subarray(0, Math.min(left, MiB)));
  });
}

/** One tensor; its values are zeros, which take no room on most disks. */
export async function tensorOfZeros(file, byteSize) {
  const rest = onnx.GraphProto.encode({ name: 'g', node: [{ opType: 'Relu', input: ['W'], output: ['y'] }] }).finish();
  const large = [head('W', [Math.floor(byteSize / 4)], Math.floor(byteSize / 4) * 4)];
  await writeModel(file, rest, large, async (handle, start) => handle.truncate(start + Math.floor(byteSize / 4) * 4));
}

/** One tensor of weights as they look. */
export async function tensorOfWeights(file, byteSize) {
  const rest = onnx.GraphProto.encode({ name: 'g', node: [{ opType: 'Relu', input: ['W'], output: ['y'] }] }).finish();
  const values = weights(MiB, 3);
  await writeModel(file, rest, [head('W', [byteSize / 4], byteSize)], async (handle) => {
    for (let left = byteSize; left > 0; left -= MiB) await handle.write(values.subarray(0, Math.min(left, MiB)));
  });
}

/** A chain of `count` Add nodes with names as exporters give them. */
export async function smallNodes(file, count) {
  const node = Array.from({ length: count }, (_, i) => ({
    opType: 'Add',
    name: `/encoder/layers.${i % 48}/Add_${i}`,
    input: [`/encoder/layers.${i % 48}/Add_${i - 1}_output_0`, 'bias'],
    output: [`/encoder/layers.${i % 48}/Add_${i}_output_0`],
  }));
  const initializer = [tensor('bias', [64], weights(256, 4))];
  await writeModel(file, onnx.GraphProto.encode({ name: 'g', node, initializer }).finish(), [], () => undefined);
}

/** `count` LSTM nodes that all take the same W, R and B. */
export async function sharedLstms(file, count) {
  const n = 64;
  const node = Array.from({ length: count }, (_, i) => ({ ...lstm(['x', 'W', 'R', 'B'], n), name: `lstm_${i}` }));
  const initializer = [
    tensor('W', [1, 4 * n, n], weights(16 * n * n, 5)),
    tensor('R', [1, 4 * n, n], weights(16 * n * n, 6)),
    tensor('B', [1, 8 * n], weights(32 * n, 7)),
  ];
  await writeModel(file, onnx.GraphProto.encode({ name: 'g', node, initializer }).finish(), [], () => undefined);
}

function lstm(input, n) {
  return { opType: 'LSTM', name: 'lstm', input, output: ['y'], attribute: [{ name: 'hidden_size', type: 2, i: n }] };
}

/** An initializer up to where its values begin, and how many bytes of them follow. */
function head(name, dims, byteLength) {
  const fields = onnx.TensorProto.encode({ name, dims, dataType: FLOAT }).finish();
  const start = [RAW_DATA, ...length(byteLength)];
  const size = fields.length + start.length + byteLength;
  return { byteLength, bytes: Uint8Array.from([INITIALIZER, ...length(size), ...fields, ...start]) };
}

/** `write` writes the values of one large tensor, which begin at `start`. */
async function writeModel(file, rest, large, write) {
  const model = onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 17 }] }).finish();
  const graphSize = large.reduce((sum, { bytes, byteLength }) => sum + bytes.length + byteLength, rest.length);
  const handle = await open(file, 'w');
  try {
    const start = Uint8Array.from([...model, GRAPH, ...length(graphSize)]);
    await handle.write(start);
    await handle.write(rest);
    let at = start.length + rest.length;
    for (const { bytes, byteLength } of large) {
      await handle.write(bytes);
      at += bytes.length;
      await write(handle, at);
      at += byteLength;
    }
  } finally {
    await handle.close();
  }
}
