// Makes fixtures/: small models, one for each rule of docs/counting.md, and manifest.json, which says of each how it was made and
// what it must give. The figures are worked out by hand from the formula (see `why`), never copied from our own output. Running it
// again changes nothing.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;
const [FLOAT, UINT8, INT8, INT64, FLOAT16] = [1, 2, 3, 7, 10];
const MICROSOFT = 'com.microsoft';

// ---- Pieces of models ----

const count = (dims) => dims.reduce((product, dim) => product * dim, 1);
const named = (name, dims, dataType, values) =>
  onnx.TensorProto.create({ name, dims, dataType, rawData: new Uint8Array(values.buffer) });

/** Floats that are none of them zero, but where `zeroFrom` and `zeroTo` say. */
function floats(name, dims, { zeroFrom = 0, zeroTo = 0, shift = 0 } = {}) {
  const values = Float32Array.from({ length: count(dims) }, (_, i) => 0.0625 * ((i % 7) + 1) + shift);
  return named(name, dims, FLOAT, values.fill(0, zeroFrom, zeroTo));
}

/** As floats, in half precision: 1 + a few 1,024ths. */
function halves(name, dims, { zeroFrom = 0, zeroTo = 0 } = {}) {
  const values = Uint16Array.from({ length: count(dims) }, (_, i) => 0x3c00 + (i % 7));
  return named(name, dims, FLOAT16, values.fill(0, zeroFrom, zeroTo));
}

const bytesOf = (name, dims, dataType = INT8) =>
  named(
    name,
    dims,
    dataType,
    Uint8Array.from({ length: count(dims) }, (_, i) => (i % 7) + 1),
  );
const zeroBytes = (name, dims, dataType = INT8) => named(name, dims, dataType, new Uint8Array(count(dims)));
const integers = (name, values, dims = [values.length]) =>
  named(name, dims, INT64, BigInt64Array.from(values.map(BigInt)));

function attribute(name, value) {
  if (value instanceof onnx.GraphProto) return { name, type: AttributeType.GRAPH, g: value };
  if (value instanceof onnx.TensorProto) return { name, type: AttributeType.TENSOR, t: value };
  if (value instanceof onnx.SparseTensorProto) return { name, type: AttributeType.SPARSE_TENSOR, sparseTensor: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: Buffer.from(value) };
  if (value instanceof Float32Array) return { name, type: AttributeType.FLOATS, floats: [...value] };
  if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value };
  return { name, type: AttributeType.INT, i: value };
}

const node = (opType, input, output, attributes = {}, more = {}) => ({
  opType,
  input,
  output,
  ...more,
  attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
});
const value = (name, dims, elemType = FLOAT) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});
const graph = (parts) => onnx.GraphProto.create({ name: 'graph', ...parts });

function model(parts, more = {}) {
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    producerName: 'weighbridge fixtures',
    graph: graph({ output: [value('y', ['time', 'directions', 'batch', 'hidden'])], ...parts }),
    ...more,
  }).finish();
}

/** The tag of ModelProto.functions, field 25. */
const FUNCTIONS = [0xca, 0x01];
/** The model with a function of which one field, as bytes, is one that onnx-proto does not know. */
function withFunctionField(bytes, body, number, field) {
  const contents = [...onnx.FunctionProto.encode(body).finish(), 8 * number + 2, field.length, ...field];
  const length = [(contents.length % 128) | 128, contents.length >> 7];
  return Uint8Array.from([...bytes, ...FUNCTIONS, ...length, ...contents]);
}

// Of one size everywhere: m = 3, n = 2, one direction, unless said otherwise.
const x = value('x', ['time', 1, 3]);
const W = (more) => floats('W', [1, 8, 3], more);
const R = (more) => floats('R', [1, 8, 2], more);
const B = (more) => floats('B', [1, 16], more);
const lstm = (inputs = ['x', 'W', 'R', 'B'], attributes = {}, output = 'y') =>
  node('LSTM', inputs, [output], { hidden_size: 2, ...attributes }, { name: 'lstm' });
const plain = (bias, attributes) =>
  model({ node: [lstm(undefined, attributes)], initializer: [W(), R(), bias], input: [x] });
const noBias = ['x', 'W', 'R'];

// ---- What they must give ----

/** One node in the answer, which is the only one. */
function one(node, { nodeCount = 1, storedElements, distinct = storedElements, classes, ...more } = {}) {
  const { stored = null, effective = stored } = node;
  return {
    nodeCount,
    storedElements,
    modelParams: classes?.weight ?? storedElements,
    ...(classes && { classes }),
    recurrent: {
      nodes: 1,
      unverifiableNodes: stored === null ? 1 : 0,
      perUse: stored ?? 0,
      distinct,
      effective: effective ?? 0,
      effectiveDistinct: distinct - (stored ?? 0) + (effective ?? 0),
    },
    recurrentNodes: [{ verdict: 'MATCH', effective, ...node }],
    ...more,
  };
}

const FIXTURES = [];
/** `invalid` says why ONNX's own checker would not take it, or cannot tell. */
const add = (name, why, bytes, expect, invalid = null) => FIXTURES.push({ name, why, bytes, expect, invalid });

// Bias conventions.
add(
  'bias-double',
  '4(3·2 + 2²) + 2·4·2 = 56',
  plain(B()),
  one({ stored: 56, biasConvention: 'DOUBLE' }, { storedElements: 56 }),
);
add(
  'bias-single-input',
  'As Keras exports: Rb is zero. Stored 56, effective 4(6 + 4 + 2) = 48.',
  plain(B({ zeroFrom: 8, zeroTo: 16 })),
  one({ stored: 56, effective: 48, biasConvention: 'SINGLE_INPUT' }, { storedElements: 56 }),
);
add(
  'bias-single-recurrent',
  'Wb is zero. Stored 56, effective 48.',
  plain(B({ zeroFrom: 0, zeroTo: 8 })),
  one({ stored: 56, effective: 48, biasConvention: 'SINGLE_RECURRENT' }, { storedElements: 56 }),
);
add(
  'bias-zero',
  'B is all zero. Stored 56, effective 4(6 + 4) = 40.',
  plain(B({ zeroFrom: 0, zeroTo: 16 })),
  one({ stored: 56, effective: 40, biasConvention: 'NONE_EFFECTIVE' }, { storedElements: 56 }),
);
add(
  'bias-absent',
  'B is left out. 4(6 + 4) = 40.',
  model({ node: [lstm(noBias)], initializer: [W(), R()], input: [x] }),
  one({ stored: 40, expected: 40, biasConvention: 'NONE' }, { storedElements: 40 }),
);
add(
  'seed-25-100-keras-half',
  'm = 25, n = 100 in half precision, Rb zero. Stored 4(2,500 + 10,000 + 200) = 50,800, effective 4(2,500 + 10,000 + 100) = 50,400.',
  model({
    node: [lstm(undefined, { hidden_size: 100 })],
    initializer: [
      halves('W', [1, 400, 25]),
      halves('R', [1, 400, 100]),
      halves('B', [1, 800], { zeroFrom: 400, zeroTo: 800 }),
    ],
    input: [value('x', ['time', 1, 25], FLOAT16)],
    output: [value('y', ['time', 1, 1, 100], FLOAT16)],
  }),
  one(
    {
      stored: 50_800,
      effective: 50_400,
      biasConvention: 'SINGLE_INPUT',
      formula: { none: 50_000, single: 50_400, double: 50_800, peepholes: 0 },
    },
    { storedElements: 50_800, bytes: { weights: 101_600 } },
  ),
);

// Directions, peepholes, layout.
const both = [floats('W', [2, 8, 3]), floats('R', [2, 8, 2]), floats('B', [2, 16])];
add(
  'bidirectional',
  'Two directions: 2·56 = 112.',
  model({ node: [lstm(undefined, { direction: 'bidirectional' })], initializer: both, input: [x] }),
  one({ stored: 112, numDirections: 2, inputSize: 3, hiddenSize: 2 }, { storedElements: 112 }),
);
add(
  'reverse',
  'One direction, backwards: 56.',
  plain(B(), { direction: 'reverse' }),
  one({ stored: 56, numDirections: 1 }, { storedElements: 56 }),
);
add(
  'layout-1',
  'The batch comes first in X and Y, nothing changes in W: 56.',
  plain(B(), { layout: 1 }),
  one({ stored: 56, layout: 1 }, { storedElements: 56 }),
);
add(
  'peepholes',
  '56 and P of 3·2 = 62.',
  model({
    node: [lstm(['x', 'W', 'R', 'B', '', '', '', 'P'])],
    initializer: [W(), R(), B(), floats('P', [1, 6])],
    input: [x],
  }),
  one(
    { stored: 62, peepholes: true, formula: { none: 46, single: 54, double: 62, peepholes: 6 } },
    { storedElements: 62 },
  ),
);

// GRU and RNN.
const gru = (attributes, bias) =>
  model({
    node: [node('GRU', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 2, ...attributes }, { name: 'gru' })],
    initializer: [floats('W', [1, 6, 3]), floats('R', [1, 6, 2]), floats('B', [1, 12], bias)],
    input: [x],
  });
add('gru', '3(6 + 4 + 2·2) = 42.', gru({}), one({ stored: 42, opType: 'GRU' }, { storedElements: 42 }));
add(
  'gru-single-bias',
  'Rb is zero and applied before the reset gate, so it is idle: effective 3(6 + 4 + 2) = 36.',
  gru({}, { zeroFrom: 6, zeroTo: 12 }),
  one({ stored: 42, effective: 36, biasConvention: 'SINGLE_INPUT' }, { storedElements: 42 }),
);
add(
  'gru-linear-before-reset',
  'Rb is zero, but the reset gate works on it: it is needed, 42.',
  gru({ linear_before_reset: 1 }, { zeroFrom: 6, zeroTo: 12 }),
  one({ stored: 42, effective: 42, biasConvention: 'SINGLE_INPUT' }, { storedElements: 42 }),
);
add(
  'rnn',
  '6 + 4 + 2·2 = 14.',
  model({
    node: [node('RNN', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 2 })],
    initializer: [floats('W', [1, 2, 3]), floats('R', [1, 2, 2]), floats('B', [1, 4])],
    input: [x],
  }),
  one({ stored: 14, opType: 'RNN' }, { storedElements: 14 }),
);

// Scopes.
const scopes = (nodes, perUse, distinct, storedElements, nodeCount, classes) => ({
  nodeCount,
  storedElements,
  modelParams: classes?.weight ?? storedElements,
  recurrent: { nodes, unverifiableNodes: 0, perUse, distinct, effective: perUse, effectiveDistinct: distinct },
  recurrentNodes: new Array(nodes).fill({ verdict: 'MATCH' }),
  ...(classes && { classes }),
});
const condition = value('c', [], 9);
const branch = (output, parts = {}) =>
  graph({ node: [lstm(undefined, {}, output)], output: [value(output, ['t', 'd', 'b', 'h'])], ...parts });
add(
  'if-outer-scope',
  'An LSTM in each branch, both with the weights of the outer graph: 2·56 per use, 56 distinct.',
  model({
    node: [
      node('If', ['c'], ['y'], { then_branch: branch('then_y'), else_branch: branch('else_y') }, { name: 'choose' }),
    ],
    initializer: [W(), R(), B()],
    input: [x, condition],
  }),
  {
    ...scopes(2, 112, 56, 56, 3),
    recurrentNodes: [
      { path: 'graph/choose.then_branch/lstm', weights: [{ hops: 1 }, { hops: 1 }, { hops: 1 }, { source: 'ABSENT' }] },
      { path: 'graph/choose.else_branch/lstm' },
    ],
  },
);
const wide = {
  initializer: [floats('W', [1, 12, 3]), floats('R', [1, 12, 3])],
  node: [lstm(noBias, { hidden_size: 3 }, 'then_y')],
};
add(
  'shadowing',
  'The branch has a W and an R of its own, n = 3, under the names of the outer ones: 4(9 + 9) = 72; the outer ones, 40, are unused.',
  model({
    node: [
      node('If', ['c'], ['y'], {
        then_branch: branch('then_y', wide),
        else_branch: graph({ node: [node('Identity', ['x'], ['else_y'])], output: [value('else_y', ['t', 'b', 'm'])] }),
      }),
    ],
    initializer: [W(), R()],
    input: [x, condition],
  }),
  scopes(1, 72, 72, 112, 3, { weight: 72, state: 0, buffer: 0, quantization: 0, integer: 0, scalar: 0, unused: 40 }),
  'a branch may not define names of the outer graph again',
);
add(
  'loop-body',
  'A body counts once, however often it runs: 56.',
  model({
    node: [
      node('Loop', ['trips', 'c'], ['y'], {
        body: graph({
          node: [node('Identity', ['go'], ['goes']), lstm(undefined, {}, 'step_y')],
          input: [value('i', [], INT64), value('go', [], 9)],
          output: [value('goes', [], 9), value('step_y', ['t', 'd', 'b', 'h'])],
        }),
      }),
    ],
    initializer: [W(), R(), B(), integers('trips', [5], [])],
    input: [x, condition],
  }),
  scopes(1, 56, 56, 57, 3, { weight: 56, state: 0, buffer: 0, quantization: 0, integer: 1, scalar: 0, unused: 0 }),
);
add(
  'scan-body',
  'A body counts once, however long the sequence: 56.',
  model({
    node: [
      node('Scan', ['xs'], ['y'], {
        num_scan_inputs: 1,
        body: graph({
          node: [lstm(['step', 'W', 'R', 'B'], {}, 'step_y')],
          input: [value('step', [4, 1, 3])],
          output: [value('step_y', ['t', 'd', 'b', 'h'])],
        }),
      }),
    ],
    initializer: [W(), R(), B()],
    input: [value('xs', [5, 4, 1, 3])],
  }),
  scopes(1, 56, 56, 56, 2),
);
const layer = {
  domain: 'my.layers',
  name: 'Layer',
  input: ['i', 'w', 'r', 'b'],
  output: ['o'],
  opsetImport: [{ domain: '', version: 17 }],
  node: [lstm(['i', 'w', 'r', 'b'], {}, 'o')],
};
const calls = (first, second) => [
  node('Layer', ['x', ...first], ['a'], {}, { domain: 'my.layers', name: 'first' }),
  node('Layer', ['x', ...second], ['y'], {}, { domain: 'my.layers', name: 'second' }),
];
const opsets = (...domains) => ({
  opsetImport: ['', ...domains].map((domain) => ({ domain, version: domain === '' ? 17 : 1 })),
});
add(
  'function-called-twice',
  'One LSTM in a function, called with two sets of weights: 2·56, each set once; the body is one node, the calls are two.',
  model(
    {
      node: calls(['W', 'R', 'B'], ['W2', 'R2', 'B2']),
      initializer: [W(), R(), B(), floats('W2', [1, 8, 3]), floats('R2', [1, 8, 2]), floats('B2', [1, 16])],
      input: [x],
    },
    { ...opsets('my.layers'), functions: [layer] },
  ),
  { ...scopes(2, 112, 112, 112, 3), duplicateElements: 56 },
);
add(
  'function-uncalled',
  'An LSTM in a function that nothing calls is no recurrent node; its node is counted.',
  model({ node: [node('Relu', ['x'], ['y'])], input: [x] }, { ...opsets('my.layers'), functions: [layer] }),
  scopes(0, 0, 0, 0, 2),
);
add(
  'shared-weights',
  'Two nodes on one set of weights: 112 per use, 56 distinct.',
  model({
    node: [lstm(undefined, {}, 'a'), { ...lstm(undefined, {}), name: 'second' }],
    initializer: [W(), R(), B()],
    input: [x],
  }),
  scopes(2, 112, 56, 56, 2),
);

// Where weights hide.
const CONSTANT = (output, attributes) => node('Constant', [], [output], attributes);
add(
  'constants',
  'W as a tensor, R as a sparse tensor of five values, B as a list: 56 in the node; 24 + 5 + 16 stored, and the axis.',
  model({
    node: [
      CONSTANT('W', { value: floats('', [1, 8, 3]) }),
      CONSTANT('R', {
        sparse_value: onnx.SparseTensorProto.create({
          values: floats('', [5]),
          indices: integers('', [0, 3, 6, 9, 15]),
          dims: [1, 8, 2],
        }),
      }),
      CONSTANT('b', { value_floats: new Float32Array(16).fill(0.5) }),
      CONSTANT('axis', { value_ints: [0] }),
      node('Unsqueeze', ['b', 'axis'], ['B']),
      lstm(),
    ],
    input: [x],
  }),
  one(
    {
      stored: 56,
      biasConvention: 'DOUBLE',
      weights: [{ source: 'CONSTANT' }, { source: 'CONSTANT' }, { source: 'COMPUTED', chain: ['Unsqueeze'] }, {}],
    },
    {
      nodeCount: 6,
      storedElements: 46,
      distinct: 56,
      classes: { weight: 45, state: 0, buffer: 0, quantization: 0, integer: 1, scalar: 0, unused: 0 },
    },
  ),
);
add(
  'blob-slices',
  'All weights are slices of one vector of 100: 56 used, 100 distinct, because a tensor counts whole.',
  model({
    node: [
      ...[
        ['W', 'w', 'n0', 'n24'],
        ['R', 'r', 'n24', 'n40'],
        ['B', 'b', 'n40', 'n56'],
      ].flatMap(([to, part, from, end]) => [
        node('Slice', ['blob', from, end], [part]),
        node('Reshape', [part, `shape_${to}`], [to]),
      ]),
      lstm(),
    ],
    initializer: [
      floats('blob', [100]),
      ...[0, 24, 40, 56].map((n) => integers(`n${n}`, [n])),
      integers('shape_W', [1, 8, 3]),
      integers('shape_R', [1, -1, 2]),
      integers('shape_B', [1, 16]),
    ],
    input: [x],
  }),
  one(
    { stored: 56, biasConvention: 'DOUBLE' },
    {
      nodeCount: 7,
      storedElements: 112,
      distinct: 100,
      classes: { weight: 100, state: 0, buffer: 0, quantization: 0, integer: 12, scalar: 0, unused: 0 },
    },
  ),
);
const gates = ['i', 'o', 'f', 'c'];
add(
  'gates-concat',
  'W and R are put together from their gates, B from Wb and a zero Rb: 56, effective 48.',
  model({
    node: [
      node(
        'Concat',
        gates.map((gate) => `w_${gate}`),
        ['w'],
        { axis: 0 },
      ),
      node('Unsqueeze', ['w', 'axis'], ['W']),
      node(
        'Concat',
        gates.map((gate) => `r_${gate}`),
        ['r'],
        { axis: 1 },
      ),
      node('Transpose', ['r'], ['r_t'], { perm: [1, 0] }),
      node('Unsqueeze', ['r_t', 'axis'], ['R']),
      node('Concat', ['wb', 'rb'], ['B'], { axis: -1 }),
      lstm(),
    ],
    initializer: [
      ...gates.map((gate, i) => floats(`w_${gate}`, [2, 3], { shift: i })),
      ...gates.map((gate, i) => floats(`r_${gate}`, [2, 2], { shift: i + 4 })),
      floats('wb', [1, 8]),
      floats('rb', [1, 8], { zeroTo: 8 }),
      integers('axis', [0]),
    ],
    input: [x],
  }),
  one(
    { stored: 56, effective: 48, biasConvention: 'SINGLE_INPUT' },
    {
      nodeCount: 7,
      storedElements: 57,
      distinct: 56,
      classes: { weight: 56, state: 0, buffer: 0, quantization: 0, integer: 1, scalar: 0, unused: 0 },
    },
  ),
);
add(
  'half-cast-transpose',
  'W is stored in half precision and turned: 40, of which 24·2 + 16·4 = 112 bytes.',
  model({
    node: [
      node('Cast', ['w'], ['cast'], { to: FLOAT }),
      node('Transpose', ['cast'], ['W'], { perm: [0, 2, 1] }),
      lstm(noBias),
    ],
    initializer: [halves('w', [1, 3, 8]), R()],
    input: [x],
  }),
  one(
    {
      stored: 40,
      weights: [{ source: 'COMPUTED', chain: ['Cast', 'Transpose'], byteSize: 48 }, { byteSize: 64 }, {}, {}],
    },
    { nodeCount: 3, storedElements: 40, bytes: { weights: 112 } },
  ),
);
add(
  'weight-norm',
  'W = g·v/‖v‖: 40 in the node; v 24, g 8 and R 16 = 48 behind it.',
  model({
    node: [
      node('ReduceL2', ['v'], ['norm'], { axes: [2], keepdims: 1 }),
      node('Div', ['v', 'norm'], ['unit']),
      node('Mul', ['unit', 'g'], ['W']),
      lstm(noBias),
    ],
    initializer: [floats('v', [1, 8, 3]), floats('g', [1, 8, 1]), R()],
    input: [x],
  }),
  one({ stored: 40 }, { nodeCount: 4, storedElements: 48 }),
);

// Quantized weights.
const dequantized = (scaleDims, attributes) =>
  model({
    node: [node('DequantizeLinear', ['q', 'scale', 'zero'], ['W'], attributes), lstm(noBias)],
    initializer: [bytesOf('q', [1, 8, 3]), floats('scale', scaleDims), zeroBytes('zero', scaleDims), R()],
    input: [x],
  });
const quantized = (quantization) => ({
  weight: 40,
  state: 0,
  buffer: 0,
  quantization,
  integer: 0,
  scalar: 0,
  unused: 0,
});
add(
  'dequantize-tensor',
  'W in 24 bytes with one scale and one zero point: 40; the two are no weights.',
  dequantized([], {}),
  one(
    { stored: 40 },
    { nodeCount: 2, storedElements: 42, distinct: 40, classes: quantized(2), bytes: { weights: 88 } },
  ),
);
add(
  'dequantize-axis',
  'W in 24 bytes with eight scales and zero points: 40.',
  dequantized([8], { axis: 1 }),
  one(
    { stored: 40 },
    { nodeCount: 2, storedElements: 56, distinct: 40, classes: quantized(16), bytes: { weights: 88 } },
  ),
);
add(
  'dynamic-quantize-lstm',
  'ONNX Runtime’s operator, W [D, m, 4n] and R [D, n, 4n] in bytes: 56; scales and zero points are no weights.',
  model(
    {
      node: [
        node(
          'DynamicQuantizeLSTM',
          ['x', 'W', 'R', 'B', '', '', '', '', 'W_scale', 'W_zero', 'R_scale', 'R_zero'],
          ['y'],
          { hidden_size: 2 },
          { domain: MICROSOFT },
        ),
      ],
      initializer: [
        bytesOf('W', [1, 3, 8], UINT8),
        bytesOf('R', [1, 2, 8], UINT8),
        B(),
        floats('W_scale', [1]),
        zeroBytes('W_zero', [1], UINT8),
        floats('R_scale', [1]),
        zeroBytes('R_zero', [1], UINT8),
      ],
      input: [x],
    },
    opsets(MICROSOFT),
  ),
  one(
    { stored: 56, opType: 'DynamicQuantizeLSTM', domain: MICROSOFT, inputSize: 3, hiddenSize: 2 },
    {
      storedElements: 60,
      distinct: 56,
      classes: { weight: 56, state: 0, buffer: 0, quantization: 4, integer: 0, scalar: 0, unused: 0 },
    },
  ),
);
add(
  'attn-lstm',
  'ONNX Runtime’s operator with attention: 56 as an LSTM, and QW 4, MW 6, V 2, AW 10 = 78; the formula speaks of 56.',
  model(
    {
      node: [
        node(
          'AttnLSTM',
          ['x', 'W', 'R', 'B', '', '', '', '', 'QW', 'MW', 'V', 'memory', '', 'AW'],
          ['y'],
          { hidden_size: 2 },
          { domain: MICROSOFT },
        ),
      ],
      initializer: [
        W(),
        R(),
        B(),
        floats('QW', [1, 2, 2]),
        floats('MW', [1, 3, 2]),
        floats('V', [1, 2]),
        floats('AW', [1, 5, 2]),
      ],
      input: [x, value('memory', [1, 4, 3])],
    },
    opsets(MICROSOFT),
  ),
  one({ stored: 78, expected: 56, opType: 'AttnLSTM' }, { storedElements: 78 }),
);

// Nothing stored, or not here.
add(
  'graph-input-static',
  'W and R are inputs of known shape: 40 can be checked, nothing is stored.',
  model({ node: [lstm(noBias)], input: [x, value('W', [1, 8, 3]), value('R', [1, 8, 2])] }),
  one(
    { stored: 40, weights: [{ source: 'GRAPH_INPUT', byteSize: 0 }, { source: 'GRAPH_INPUT' }, {}, {}] },
    {
      storedElements: 0,
      distinct: 0,
      recurrent: { nodes: 1, unverifiableNodes: 0, perUse: 40, distinct: 0, effective: 40, effectiveDistinct: 0 },
      unverifiableWeights: 2,
      warnings: [
        { code: 'WEIGHTS_UNKNOWN', path: 'W' },
        { code: 'WEIGHTS_UNKNOWN', path: 'R' },
      ],
    },
  ),
);
add(
  'graph-input-symbolic',
  'W is an input whose rows are not known: nothing can be said, and R alone, 16, is stored.',
  model({ node: [lstm(noBias)], initializer: [R()], input: [x, value('W', [1, 'rows', 3])] }),
  one(
    { stored: null, expected: null, verdict: 'UNVERIFIABLE', inputSize: null, hiddenSize: 2 },
    {
      storedElements: 16,
      recurrent: { nodes: 1, unverifiableNodes: 1, perUse: 0, distinct: 16, effective: 0, effectiveDistinct: 16 },
    },
  ),
);
add(
  'sparse-weight',
  'W is stored as five values of 24: dense in the node, 40, and in distinct; 5 + 16 stored.',
  model({
    node: [lstm(noBias)],
    initializer: [R()],
    sparseInitializer: [{ values: floats('W', [5]), indices: integers('', [0, 3, 6, 9, 23]), dims: [1, 8, 3] }],
    input: [x],
  }),
  one(
    { stored: 40, weights: [{ source: 'SPARSE_INITIALIZER', elements: 24 }, {}, {}, {}] },
    { storedElements: 21, distinct: 40 },
  ),
);
add(
  'external-data',
  'W lies in another file, 96 bytes of it from 64 on: its shape is known, 40.',
  model({
    node: [lstm(noBias)],
    initializer: [
      onnx.TensorProto.create({
        name: 'W',
        dims: [1, 8, 3],
        dataType: FLOAT,
        dataLocation: 1,
        externalData: [
          { key: 'location', value: 'weights.bin' },
          { key: 'offset', value: '64' },
          { key: 'length', value: '96' },
        ],
      }),
      R(),
    ],
    input: [x],
  }),
  one(
    { stored: 40, weights: [{ source: 'INITIALIZER', byteSize: null }, {}, {}, {}] },
    {
      storedElements: 40,
      externalData: [{ location: 'weights.bin', claimedBytes: 96 }],
      warnings: [{ code: 'EXTERNAL_DATA', path: 'W' }],
    },
  ),
  'the file with the values is not there',
);

// What does not fit.
const mismatched = (weights, inputs = noBias, attributes = {}) =>
  model({ node: [lstm(inputs, attributes)], initializer: weights, input: [x] });
add(
  'mismatch-rank-2',
  'W and R without the num_directions axis: m = 3, n = 2, 40, and a mismatch.',
  mismatched([floats('W', [8, 3]), floats('R', [8, 2])]),
  one({ stored: 40, verdict: 'MISMATCH', numDirections: 1, inputSize: 3, hiddenSize: 2 }, { storedElements: 40 }),
  'W and R must have rank 3',
);
add(
  'mismatch-half-a-bias',
  'B has 8 elements, as if there were one bias: stored 48, the formula for B says 56.',
  mismatched([W(), R(), floats('B', [1, 8])], ['x', 'W', 'R', 'B']),
  one({ stored: 48, expected: 56, verdict: 'MISMATCH' }, { storedElements: 48 }),
);
add(
  'mismatch-hidden-size',
  'hidden_size says 3, the tensors 2: the tensors win, 40.',
  mismatched([W(), R()], noBias, { hidden_size: 3 }),
  one({ stored: 40, verdict: 'MISMATCH', hiddenSize: 2 }, { storedElements: 40 }),
);
add(
  'mismatch-direction',
  'direction says bidirectional, the tensors have one: 40.',
  mismatched([W(), R()], noBias, { direction: 'bidirectional' }),
  one({ stored: 40, verdict: 'MISMATCH', numDirections: 1 }, { storedElements: 40 }),
);
add(
  'other-domain',
  'A node of this name in another domain is none of ONNX’s.',
  model(
    { node: [node('LSTM', noBias, ['y'], {}, { domain: 'my.layers' })], initializer: [W(), R()], input: [x] },
    opsets('my.layers'),
  ),
  {
    ...scopes(0, 0, 0, 40, 1),
    decomposed: { cells: 0, isWhole: false },
    warnings: [{ code: 'CELL_UNCLEAR', path: 'graph/LSTM_0' }],
  },
);

// Whole files.
add(
  'element-classes',
  'Each class once: weights 24 + 16 + 16 + scale and shift 4, state 2, statistics 4, quantization 2, integers 2, a scalar, 3 unused.',
  model({
    node: [
      node('LSTM', ['x', 'W', 'R', 'B', '', 'h', 'h'], ['', 'last'], { hidden_size: 2 }),
      node('Reshape', ['last', 'shape'], ['flat']),
      node('BatchNormalization', ['flat', 'gain', 'shift', 'mean', 'variance'], ['normal']),
      node('QuantizeLinear', ['normal', 'scale', 'zero'], ['bytes']),
      node('DequantizeLinear', ['bytes', 'scale', 'zero'], ['floats']),
      node('Mul', ['floats', 'factor'], ['y']),
    ],
    initializer: [
      W(),
      R(),
      B(),
      floats('h', [1, 1, 2], { zeroTo: 2 }),
      integers('shape', [-1, 2]),
      ...['gain', 'shift', 'mean', 'variance'].map((name, i) => floats(name, [2], { shift: i })),
      floats('scale', []),
      zeroBytes('zero', []),
      floats('factor', []),
      floats('left', [3]),
    ],
    input: [x],
    output: [value('y', ['batch', 2])],
  }),
  one(
    { stored: 56 },
    {
      nodeCount: 6,
      storedElements: 74,
      distinct: 56,
      classes: { weight: 60, state: 2, buffer: 4, quantization: 2, integer: 2, scalar: 1, unused: 3 },
    },
  ),
);
add(
  'stack-of-two',
  'Two layers, the second with m = 2: 56 + 4(4 + 4 + 2·2) = 56 + 48 = 104.',
  model({
    node: [
      lstm(undefined, {}, 'y1'),
      node('Squeeze', ['y1', 'axis'], ['x2']),
      { ...lstm(['x2', 'W2', 'R2', 'B2']), name: 'upper' },
    ],
    initializer: [
      W(),
      R(),
      B(),
      floats('W2', [1, 8, 2], { shift: 1 }),
      floats('R2', [1, 8, 2], { shift: 2 }),
      floats('B2', [1, 16], { shift: 3 }),
      integers('axis', [1]),
    ],
    input: [x],
  }),
  {
    ...scopes(2, 104, 104, 105, 3, {
      weight: 104,
      state: 0,
      buffer: 0,
      quantization: 0,
      integer: 1,
      scalar: 0,
      unused: 0,
    }),
    recurrentNodes: [
      { stored: 56, inputSize: 3 },
      { stored: 48, inputSize: 2 },
    ],
  },
);

add(
  'bidirectional-pair',
  'Two directions as two nodes that read one input and meet in a Concat: one layer of 2·56 = 112.',
  model({
    node: [
      lstm(undefined, {}, 'y1'),
      { ...lstm(['x', 'W2', 'R2', 'B2'], { direction: 'reverse' }, 'y2'), name: 'backwards' },
      node('Concat', ['y1', 'y2'], ['y'], { axis: 3 }),
    ],
    initializer: [
      W(),
      R(),
      B(),
      floats('W2', [1, 8, 3], { shift: 1 }),
      floats('R2', [1, 8, 2], { shift: 2 }),
      floats('B2', [1, 16], { shift: 3 }),
    ],
    input: [x],
  }),
  {
    ...scopes(2, 112, 112, 112, 3),
    recurrentStacks: [{ layers: [{ numDirections: 2, params: 112 }], params: 112, expected: 112, verdict: 'MATCH' }],
  },
);
add(
  'written-out-cell',
  'One step of an LSTM in small operators: kernels [3, 8] and [2, 8] and a bias of 8 = 48, and no recurrent node.',
  model({
    node: [
      node('MatMul', ['x', 'kernel'], ['from x']),
      node('MatMul', ['h', 'recurrent'], ['from h']),
      node('Add', ['from x', 'from h'], ['sum']),
      node('Add', ['sum', 'bias'], ['gates']),
      node('Split', ['gates', 'sizes'], ['i', 'f', 'g', 'o'], { axis: 1 }),
      ...['i', 'f', 'o'].map((gate) => node('Sigmoid', [gate], [`${gate}'`])),
      node('Tanh', ['g'], ["g'"]),
      node('Mul', ["f'", 'c'], ['kept']),
      node('Mul', ["i'", "g'"], ['taken']),
      node('Add', ['kept', 'taken'], ['next c']),
      node('Tanh', ['next c'], ['shown']),
      node('Mul', ["o'", 'shown'], ['y']),
    ],
    initializer: [
      floats('kernel', [3, 8]),
      floats('recurrent', [2, 8]),
      floats('bias', [8]),
      integers('sizes', [2, 2, 2, 2]),
    ],
    input: [value('x', [1, 3]), value('h', [1, 2]), value('c', [1, 2])],
    output: [value('y', [1, 2])],
  }),
  {
    ...scopes(0, 0, 0, 52, 14, { weight: 48, state: 0, buffer: 0, quantization: 0, integer: 4, scalar: 0, unused: 0 }),
    decomposed: { cells: 1, params: 48 },
    decomposedCells: [{ cell: 'LSTM', inputSize: 3, hiddenSize: 2, params: 48, confidence: 'CERTAIN' }],
  },
);

// What functions and files declare, where no rule tells.
const stranger = () => node('Stranger', ['weights'], ['W'], {}, { domain: 'other' });
add(
  'shape-declared',
  'W is made by an operator that nobody knows, its shape is declared: 40, and the chain names value_info.',
  model(
    {
      node: [stranger(), lstm(noBias)],
      initializer: [floats('weights', [24]), R()],
      valueInfo: [value('W', [1, 8, 3])],
      input: [x],
    },
    opsets('other'),
  ),
  one(
    { stored: 40, weights: [{ source: 'COMPUTED', chain: ['Stranger', 'value_info'] }, {}, {}, {}] },
    { nodeCount: 2, storedElements: 40 },
  ),
);
/** Of IR version 9, which onnx-proto does not know: a default for an attribute of a function. */
const ATTRIBUTE_PROTO = 11;
add(
  'function-defaults',
  'A function has a default direction and the call says nothing: reverse, 40.',
  withFunctionField(
    model(
      { node: [node('Layer', noBias, ['y'], {}, { domain: 'my', name: 'call' })], initializer: [W(), R()], input: [x] },
      { irVersion: 9, ...opsets('my') },
    ),
    {
      domain: 'my',
      name: 'Layer',
      opsetImport: [{ domain: '', version: 17 }],
      input: ['i', 'w', 'r'],
      output: ['o'],
      node: [
        {
          ...lstm(['i', 'w', 'r'], {}, 'o'),
          attribute: [
            attribute('hidden_size', 2),
            { name: 'direction', type: AttributeType.STRING, refAttrName: 'direction' },
          ],
        },
      ],
    },
    ATTRIBUTE_PROTO,
    onnx.AttributeProto.encode(attribute('direction', 'reverse')).finish(),
  ),
  one({ stored: 40, direction: 'reverse', path: 'graph/call.Layer/lstm' }, { nodeCount: 2, storedElements: 40 }),
  'a checker from before ONNX 1.13 does not know such defaults',
);
add(
  'weights-repeated',
  'Two nodes with a set of weights each that is the same: 112 distinct by name, of which 56, or 224 bytes, repeat.',
  model({
    node: [lstm(undefined, {}, 'y1'), { ...lstm(['x', 'W2', 'R2', 'B2']), name: 'copy' }],
    initializer: [W(), R(), B(), floats('W2', [1, 8, 3]), floats('R2', [1, 8, 2]), floats('B2', [1, 16])],
    input: [x],
  }),
  {
    ...scopes(2, 112, 112, 112, 2),
    duplicateElements: 56,
    duplicateBytes: 224,
    duplicates: [
      { copies: 2, savedBytes: 96, tensors: [{ name: 'W' }, { name: 'W2' }] },
      { copies: 2, savedBytes: 64 },
      { copies: 2, savedBytes: 64 },
    ],
  },
);
add(
  'weights-of-4-bits',
  'W in 4 bits, two to a byte: 40 in the node, of which 24 in 12 bytes.',
  model(
    {
      node: [node('DequantizeLinear', ['Wq', 'scale'], ['W']), lstm(noBias)],
      initializer: [
        onnx.TensorProto.create({ name: 'Wq', dims: [1, 8, 3], dataType: 22, rawData: new Uint8Array(12).fill(0x21) }),
        floats('scale', []),
        R(),
      ],
      input: [x],
    },
    { irVersion: 10, opsetImport: [{ domain: '', version: 21 }] },
  ),
  one(
    { stored: 40 },
    {
      nodeCount: 2,
      storedElements: 41,
      distinct: 40,
      classes: { weight: 40, state: 0, buffer: 0, quantization: 1, integer: 0, scalar: 0, unused: 0 },
      quantizedWeights: { logical: 24, storedBytes: 12, bitsPerParam: 4 },
    },
  ),
  'a checker from before ONNX 1.16 does not know types of 4 bits',
);

// ---- Write them ----

const folder = process.argv[2] ?? fileURLToPath(new URL('../fixtures/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (file.endsWith('.onnx')) rmSync(path.join(folder, file));
const manifest = FIXTURES.map(({ name, why, bytes, expect, invalid }) => {
  writeFileSync(path.join(folder, `${name}.onnx`), bytes);
  return { file: `${name}.onnx`, made: 'scripts/make-fixtures.mjs', why, invalid, expect };
});
writeFileSync(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
