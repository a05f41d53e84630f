// Models of a chosen size for measuring: valid ONNX, an LSTM and large tensors, never two with the same bytes. The large ones are
// never held: a head, then blocks of weights again and again.
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;
const MiB = 2 ** 20;

/** Weights as they look: no zeros, no pattern that a disk could compress. */
export function weights(bytes, seed) {
  const values = new Float32Array(bytes / 4);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < values.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = (state - 2 ** 31 + 0.5) / 2 ** 33;
  }
  return new Uint8Array(values.buffer);
}

export function tensor(name, dims, rawData) {
  return { name, dims, dataType: FLOAT, rawData };
}

/** A whole model of about `bytes` (a few KB more): one LSTM, and a matrix that fills the rest. */
export function smallModel(bytes, seed) {
  const n = 64;
  const initializer = [
    tensor('W', [1, 4 * n, n], weights(16 * n * n, seed)),
    tensor('R', [1, 4 * n, n], weights(16 * n * n, seed + 1)),
    tensor('B', [1, 8 * n], weights(32 * n, seed + 2)),
  ];
  const rest = Math.max(4, Math.floor((bytes - 32 * n * n - 32 * n) / 4) * 4);
  initializer.push(tensor('dense', [rest / 4], weights(rest, seed + 3)));
  const node = [
    {
      opType: 'LSTM',
      name: 'lstm',
      input: ['x', 'W', 'R', 'B'],
      output: ['y'],
      attribute: [{ name: 'hidden_size', type: 2, i: n }],
    },
    { opType: 'Mul', name: 'mul', input: ['y', 'dense'], output: ['z'] },
  ];
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ version: 17 }],
    graph: { name: 'g', node, initializer },
  }).finish();
}

/** A length as protobuf writes it. */
export function length(bytes) {
  const out = [];
  let rest = bytes;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return [...out, rest];
}

/** `nodes` LSTM nodes one after another, each with weights of its own; they read `n` features and have `n` units. */
export function manyNodes(nodes, n, seed, name = 'lstm') {
  const initializer = [];
  const node = [];
  for (let i = 0; i < nodes; i += 1) {
    initializer.push(
      tensor(`W${i}`, [1, 4 * n, n], weights(16 * n * n, seed + 3 * i)),
      tensor(`R${i}`, [1, 4 * n, n], weights(16 * n * n, seed + 3 * i + 1)),
      tensor(`B${i}`, [1, 8 * n], weights(32 * n, seed + 3 * i + 2)),
    );
    const attribute = [{ name: 'hidden_size', type: 2, i: n }];
    node.push({
      opType: 'LSTM',
      name: `${name}${i}`,
      input: ['x', `W${i}`, `R${i}`, `B${i}`],
      output: [`y${i}`],
      attribute,
    });
  }
  const graph = { name: 'g', node, initializer };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 17 }], graph }).finish();
}

/** A model of `tensors` tensors of `mib` MiB each, as its size and an iterator over its bytes in pieces of 1 MiB. */
export function largeModel(tensors, mib, seed) {
  const blocks = [0, 1, 2, 3].map((i) => weights(MiB, seed * 4 + i));
  const heads = Array.from({ length: tensors }, (_, i) => {
    const fields = onnx.TensorProto.encode({ name: `t${i}`, dims: [mib, MiB / 4], dataType: FLOAT }).finish();
    const values = [9 * 8 + 2, ...length(mib * MiB)]; // raw_data
    const size = fields.length + values.length + mib * MiB;
    return { bytes: Uint8Array.from([5 * 8 + 2, ...length(size), ...fields, ...values]), size };
  });
  const nodes = onnx.GraphProto.encode({
    name: 'g',
    node: [{ opType: 'Sum', input: heads.map((_, i) => `t${i}`), output: ['y'] }],
  }).finish();
  const graphSize = nodes.length + heads.reduce((sum, head) => sum + head.bytes.length + mib * MiB, 0);
  const model = onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 17 }] }).finish();
  const start = Uint8Array.from([...model, 7 * 8 + 2, ...length(graphSize), ...nodes]);
  return {
    byteSize: start.length + graphSize - nodes.length,
    *pieces() {
      yield start;
      for (const [index, head] of heads.entries()) {
        yield head.bytes;
        for (let i = 0; i < mib; i += 1) yield blocks[(index + i) % blocks.length];
      }
    },
  };
}
