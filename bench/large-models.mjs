// Models of any size that nobody holds: small pieces as bytes, values as the numbers of a sequence that begins anywhere. For the bench of models
// on the web and its tests, which serve them by ranges.
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;
/** Values repeat after so many bytes, which no row of a tensor does. */
const BLOCK = 65_521 * 4;
const block = makeBlock();

/** `tensors`: names and dims, in their order; `nodes` and `inputs` as onnx-proto makes them. */
function layOut({ nodes, tensors, inputs = [], outputs = [] }) {
  const pieces = [];
  for (const { name, dims, value } of tensors) {
    const length = 4 * dims.reduce((product, dim) => product * dim, 1);
    const head = join([
      onnx.TensorProto.encode({ name, dims, dataType: FLOAT }).finish(),
      Uint8Array.of(0x4a), // raw_data
      varint(length),
    ]);
    pieces.push(join([Uint8Array.of(0x2a), varint(head.length + length), head]), { length, value }); // initializer
  }
  const graph = [
    onnx.GraphProto.encode({ node: nodes, name: 'g' }).finish(),
    ...pieces,
    onnx.GraphProto.encode({ input: inputs, output: outputs }).finish(),
  ];
  const model = onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }] }).finish();
  const size = graph.reduce((sum, { length }) => sum + length, 0);
  return withPlaces([join([model, Uint8Array.of(0x3a), varint(size)]), ...graph]); // graph
}

function withPlaces(pieces) {
  const places = [];
  let byteSize = 0;
  for (const piece of pieces) {
    places.push({ piece, start: byteSize });
    byteSize += piece.length;
  }
  return { byteSize, read: (start, end) => readPieces(places, start, end) };
}

function* readPieces(places, start, end) {
  for (const { piece, start: first } of places) {
    const [from, to] = [Math.max(start, first), Math.min(end, first + piece.length)];
    if (from >= to) continue;
    if (piece instanceof Uint8Array) yield piece.subarray(from - first, to - first);
    else yield* values(piece.value, from - first, to - first);
  }
}

/** Of one tensor: all the same, or what looks learned. */
function* values(value, start, end) {
  const source = value === undefined ? block : filled(value);
  for (let at = start; at < end;) {
    const from = at % BLOCK;
    const piece = source.subarray(from, Math.min(BLOCK, from + end - at));
    yield piece;
    at += piece.length;
  }
}

function makeBlock() {
  const numbers = new Float32Array(BLOCK / 4);
  let state = 1;
  for (let at = 0; at < numbers.length; at += 1) {
    state = (state * 48_271) % 2_147_483_647;
    numbers[at] = state / 2_147_483_647 - 0.5;
  }
  return new Uint8Array(numbers.buffer);
}

function filled(value) {
  return new Uint8Array(new Float32Array(BLOCK / 4).fill(value).buffer);
}

function varint(number) {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** LSTMs one behind the other, of as many units as make the size, with biases whose recurrent half is zero. */
export function stackOfLstms({ layers, hiddenSize }) {
  const [nodes, tensors] = [[], []];
  for (let layer = 0; layer < layers; layer += 1) {
    const [from, to] = [layer === 0 ? 'x' : `y${layer - 1}`, `y${layer}`];
    const names = ['W', 'R', 'B'].map((role) => `layer.${layer}.${role}`);
    nodes.push({
      opType: 'LSTM',
      name: `LSTM_${layer}`,
      input: [from, ...names],
      output: [`${to}_raw`],
      attribute: [{ name: 'hidden_size', type: onnx.AttributeProto.AttributeType.INT, i: hiddenSize }],
    });
    nodes.push({ opType: 'Squeeze', name: `Squeeze_${layer}`, input: [`${to}_raw`, 'axis'], output: [to] });
    tensors.push(
      { name: names[0], dims: [1, 4 * hiddenSize, hiddenSize] },
      { name: names[1], dims: [1, 4 * hiddenSize, hiddenSize] },
      { name: names[2], dims: [1, 8 * hiddenSize], value: 0 },
    );
  }
  const io = (name, dims) => ({
    name,
    type: {
      tensorType: {
        elemType: FLOAT,
        shape: { dim: dims.map((dim) => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: dim })) },
      },
    },
  });
  nodes.unshift({
    opType: 'Constant',
    output: ['axis'],
    attribute: [
      {
        name: 'value',
        type: onnx.AttributeProto.AttributeType.TENSOR,
        t: { dims: [1], dataType: onnx.TensorProto.DataType.INT64, int64Data: [1] },
      },
    ],
  });
  return layOut({
    nodes,
    tensors,
    inputs: [io('x', ['t', 'b', hiddenSize])],
    outputs: [io(`y${layers - 1}`, ['t', 'b', hiddenSize])],
  });
}

/** Nodes in a row, each with small weights of its own; some have a megabyte. */
export function manyNodes({ nodes: count, width, largeEvery = Infinity }) {
  const [nodes, tensors] = [[], []];
  for (let at = 0; at < count; at += 1) {
    nodes.push({
      opType: at % 2 === 0 ? 'MatMul' : 'Relu',
      name: `/encoder/layers.${at >> 3}/block/node_${at}`,
      input: [at === 0 ? 'x' : `h${at - 1}`, ...(at % 2 === 0 ? [`w${at}`] : [])],
      output: [`h${at}`],
    });
    if (at % 2 === 0)
      tensors.push({ name: `w${at}`, dims: at > 0 && at % largeEvery === 0 ? [512, 512] : [width, width] });
  }
  return layOut({ nodes, tensors });
}
