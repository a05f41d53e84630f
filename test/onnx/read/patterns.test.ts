// What a formula makes and no training is no learned parameter: where its values show it and what takes it does not speak against it.
// Each pattern is made here by its formula, and something like it that was learned stays a weight.
import onnxProto from 'onnx-proto';
import { checkInspection } from '../../../fuzz/invariants.js';
import type { StoredTensor } from '../../../src/core/stored-tensors.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { FLOAT, floatTensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
type Node = ReturnType<typeof node>;

const t = (name: string, dims: number[], of: (...at: number[]) => number) => {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length: count }, (_, place) =>
    of(...dims.map((dim, axis) => Math.floor(place / strides[axis]!) % dim)),
  );
  return onnx.TensorProto.create({ name, dims, dataType: FLOAT, rawData: new Uint8Array(values.buffer) });
};

async function told(tensor: onnxProto.onnx.ITensorProto, nodes: Node[]): Promise<StoredTensor> {
  const bytes = model({
    node: nodes,
    initializer: [tensor],
    input: [value('x', ['rows', 'columns'])],
    output: [value('y', ['rows', 'columns'])],
  });
  const inspection = await inspectBytes(bytes);
  checkInspection(inspection, bytes.length);
  expect(inspection.modelParams).toBe(inspection.tensors[0]!.params);
  return inspection.tensors[0]!;
}

const taken = (opType: string, name = 'a') => [node(opType, ['x', name], ['y'])];

const hann = (period: number) => (i: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / period);
const angle = (row: number, column: number, width: number) => row / 10_000 ** ((2 * Math.floor(column / 2)) / width);
/** As torchaudio builds a mel filter bank: triangles between neighbouring points, on a scale that widens. */
const triangle = (points: readonly number[]) => (frequency: number, band: number) => {
  const [low, top, high] = [points[band]!, points[band + 1]!, points[band + 2]!];
  return Math.max(0, Math.min((frequency - low) / (top - low), (high - frequency) / (high - top)));
};
const mel = Array.from({ length: 22 }, (_, i) => 200 * (Math.exp(i / 14) / Math.exp(21 / 14)) - 44);

describe('is a buffer:', () => {
  test.each<[string, string, onnxProto.onnx.ITensorProto, Node[]]>([
    ['a Hann window, one period of it', 'WINDOW', t('a', [400], hann(400)), taken('Mul')],
    ['a Hann window, whole', 'WINDOW', t('a', [1, 401], (_, i) => hann(400)(i)), taken('Mul')],
    ['a Hamming window', 'WINDOW', t('a', [256], (i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / 255)), taken('Mul')],
    [
      'a window between zeros',
      'WINDOW',
      t('a', [512], (i) => (i < 56 || i > 456 ? 0 : hann(400)(i - 56))),
      taken('Mul'),
    ],
    [
      'a table of sines and cosines in turn',
      'HARMONIC',
      t('a', [60, 1, 25], (row, _, c) => (c % 2 === 0 ? Math.sin : Math.cos)(angle(row, c, 25))),
      taken('Add'),
    ],
    [
      'a long table of them',
      'HARMONIC',
      t('a', [250, 64], (row, c) => (c % 2 === 0 ? Math.sin : Math.cos)(angle(row, c, 64))),
      taken('Add'),
    ],
    [
      'the cosines of rotary positions',
      'HARMONIC',
      t('a', [128, 32], (row, c) => Math.cos(angle(row, 2 * (c % 16), 32))),
      taken('Mul'),
    ],
    [
      'the matrix of a Fourier transform',
      'HARMONIC',
      t('a', [128, 65], (n, k) => Math.cos((2 * Math.PI * n * k) / 128)),
      taken('MatMul'),
    ],
    ['a bank of triangles', 'FILTER_BANK', t('fb', [201, 20], triangle(mel)), taken('MatMul', 'fb')],
    ['the same turned', 'FILTER_BANK', t('fb', [20, 201], (b, f) => triangle(mel)(f, b)), taken('MatMul', 'fb')],
    ['a Hann window of 20,000 numbers', 'WINDOW', t('a', [20_000], hann(20_000)), taken('Mul')],
    [
      'the position table of five thousand places that tutorials make, too large to keep',
      'HARMONIC',
      t('a', [1, 5_000, 512], (_, row, c) => (c % 2 === 0 ? Math.sin : Math.cos)(angle(row, c, 512))),
      taken('Add'),
    ],
    [
      'the sines of rotary positions, each frequency twice, too large to keep',
      'HARMONIC',
      t('a', [1, 1, 4_096, 64], (_, __, row, c) => Math.sin(row / 10_000 ** ((c % 32) / 32))),
      taken('Mul'),
    ],
    [
      'frequencies as rows, too large to keep',
      'HARMONIC',
      t('a', [48, 2_000], (c, place) => Math.cos(place / 500 ** (c / 48))),
      taken('Add'),
    ],
    [
      'the matrix of a Fourier transform of 512, too large to keep',
      'HARMONIC',
      t('a', [512, 257], (n, k) => -Math.sin((2 * Math.PI * n * k) / 512)),
      taken('MatMul'),
    ],
    [
      'a bank of triangles over 1,025 frequencies, too large to keep',
      'FILTER_BANK',
      t('fb', [1_025, 20], (f, band) => triangle(mel)(f / 5, band)),
      taken('MatMul', 'fb'),
    ],
    [
      'the same turned, too large to keep',
      'FILTER_BANK',
      t('fb', [20, 1_025], (band, f) => triangle(mel)(f / 5, band)),
      taken('MatMul', 'fb'),
    ],
    ['one number all over', 'CONSTANT_FILL', t('a', [8, 8], () => 0.5), taken('Add')],
    [
      'one number all over, in a tensor too large to keep',
      'CONSTANT_FILL',
      t('a', [300, 300], () => 0.5),
      taken('Mul'),
    ],
    ['zeros of which a sum is taken', 'CONSTANT_FILL', t('a', [300, 300], () => 0), [node('ReduceSum', ['a'], ['y'])]],
    [
      'zeros that are reshaped and added',
      'CONSTANT_FILL',
      t('a', [30, 30], () => 0),
      [node('Flatten', ['a'], ['f']), node('Add', ['x', 'f'], ['y'])],
    ],
    [
      'zeros that are put beside the input of a layer',
      'CONSTANT_FILL',
      t('a', [30, 30], () => 0),
      [node('Concat', ['a', 'x'], ['c'], { axis: 0 }), node('Conv', ['c', 'x'], ['y'])],
    ],
    ['a causal mask of −∞', 'MASK', t('a', [1, 1, 24, 24], (_, __, i, j) => (j > i ? -Infinity : 0)), taken('Add')],
    ['a causal mask of −10,000', 'MASK', t('a', [24, 24], (i, j) => (j > i ? -10_000 : 0)), taken('Add')],
    [
      'a causal mask of the lowest number, too large to keep',
      'MASK',
      t('a', [512, 512], (i, j) => (j > i ? -3.4028234663852886e38 : 0)),
      taken('Add'),
    ],
    ['the same for each head', 'MASK', t('a', [1, 4, 24, 24], (_, __, i, j) => (j > i ? -1e9 : 0)), taken('Add')],
    ['a causal mask behind a past', 'MASK', t('a', [16, 40], (i, j) => (j > i + 24 ? -Infinity : 0)), taken('Add')],
    ['a mask of a window', 'MASK', t('a', [64, 64], (i, j) => (Math.abs(i - j) > 5 ? -Infinity : 0)), taken('Add')],
    [
      'tokens that are never said, as one line',
      'MASK',
      t('a', [1_000], (i) => (i % 97 === 3 ? -Infinity : 0)),
      taken('Add'),
    ],
    ['a causal mask of ones', 'MASK', t('a', [24, 24], (i, j) => (j <= i ? 1 : 0)), taken('Mul')],
    ['what comes before, without itself', 'MASK', t('a', [24, 24], (i, j) => (j < i ? 1 : 0)), taken('Where')],
    [
      'a causal mask of which a part is taken',
      'MASK',
      t('a', [1, 1, 300, 300], (_, __, i, j) => (j > i ? -Infinity : 0)),
      [node('Slice', ['a', 'x', 'x'], ['p']), node('Add', ['x', 'p'], ['y'])],
    ],
    ['the matrix of a running sum', 'MASK', t('a', [64, 64], (i, j) => (j >= i ? 1 : 0)), taken('MatMul')],
  ])('%s (%s)', async (_, reason, tensor, nodes) => {
    expect(await told(tensor, nodes)).toMatchObject({ class: 'buffer', reason, params: 0 });
  });
});

describe('stays a weight:', () => {
  const learned = (...at: number[]) => {
    const mixed = Math.sin(at.reduce((hash, index) => hash * 57.31 + index * 12.9898, 1.7)) * 43_758.5453;
    return (mixed - Math.floor(mixed) - 0.5) * 0.8;
  };
  test.each<[string, onnxProto.onnx.ITensorProto, Node[]]>([
    ['what looks like nothing', t('a', [60, 25], learned), taken('Add')],
    ['the gain of a normalization before its first step', t('a', [64], () => 1), taken('Mul')],
    ['its shift', t('a', [64], () => 0), taken('Add')],
    ['a gain for each channel of an image', t('a', [64, 1, 1], () => 1), taken('Mul')],
    ['a matrix of zeros, which training may change', t('a', [64, 8], () => 0), taken('MatMul')],
    [
      'one number all over but for the last',
      t('a', [300, 300], (i, j) => (i === 299 && j === 299 ? 0.25 : 0.5)),
      taken('Mul'),
    ],
    [
      'one number all over but for one in the middle',
      t('a', [300, 300], (i, j) => (i === 150 && j === 7 ? 0.25 : 0.5)),
      taken('Mul'),
    ],
    ['a short line that rises and falls', t('a', [9], hann(9)), taken('Mul')],
    [
      'a line that rises and falls unevenly',
      t('a', [400], (i) => hann(400)(i) ** (1 + (i > 200 ? 1 : 0))),
      taken('Mul'),
    ],
    ['a window that a convolution has as its kernel', t('a', [1, 1, 400], (_, __, i) => hann(400)(i)), taken('Conv')],
    [
      'a table of sines to which something was learned',
      t('a', [60, 24], (row, c) => Math.sin(angle(row, c, 24)) + 0.02 * learned(row, c)),
      taken('Add'),
    ],
    [
      'a large table of sines of which one number was learned',
      t('a', [2_000, 64], (row, c) => (row === 1_990 && c === 63 ? 0.3 : Math.sin(angle(row, c, 64)))),
      taken('Add'),
    ],
    ['a large table that looks like nothing', t('a', [5_000, 64], learned), taken('Add')],
    [
      'large filters of which one has a second top',
      t('fb', [1_025, 20], (f, band) => (f === 1_024 && band === 0 ? 0.1 : triangle(mel)(f / 5, band))),
      taken('MatMul', 'fb'),
    ],
    ['a table of straight lines', t('a', [60, 24], (row, c) => row * c * 0.1), taken('Add')],
    [
      'filters that are among the parameters of a layer',
      t('erb.weight', [201, 20], triangle(mel)),
      taken('MatMul', 'erb.weight'),
    ],
    [
      'zeros that are turned and multiplied, as of a low-rank update before its first step',
      t('a', [64, 8], () => 0),
      [node('Transpose', ['a'], ['t']), node('MatMul', ['x', 't'], ['y'])],
    ],
    ['rows of zeros that are looked up', t('a', [64, 8], () => 0), [node('Gather', ['a', 'x'], ['y'])]],
    [
      'zeros that nothing comes of',
      t('a', [64, 8], () => 0),
      [node('Identity', ['a'], ['dead']), node('Relu', ['x'], ['y'])],
    ],
    [
      'sines that get to an LSTM as its weights on a way round',
      t('a', [128, 64], (row, c) => (c % 2 === 0 ? Math.sin : Math.cos)(angle(row, c, 64))),
      [node('Unsqueeze', ['a', 'x'], ['w']), node('LSTM', ['x', 'w', 'w'], ['y'], { hidden_size: 32 })],
    ],
    ['a triangle of learned numbers', t('a', [24, 24], (i, j) => (j <= i ? learned(i, j) : 0)), taken('MatMul')],
    [
      'a matrix that begins as one that changes nothing',
      t('a', [24, 24], (i, j) => (i === j ? 1 : 0)),
      taken('MatMul'),
    ],
    [
      'a diagonal of learned numbers',
      t('a', [24, 24], (i, j) => (i === j ? Math.abs(learned(i)) + 0.1 : 0)),
      taken('MatMul'),
    ],
    ['a line of a few large numbers', t('a', [100], (i) => (i % 7 === 0 ? -100 : 0)), taken('Add')],
    [
      'a mask of which one number was learned',
      t('a', [24, 24], (i, j) => (i === 23 && j === 0 ? 0.1 : j > i ? -Infinity : 0)),
      taken('Add'),
    ],
    ['a matrix that was pruned', t('a', [64, 64], (i, j) => Math.max(0, learned(i, j) - 0.2)), taken('MatMul')],
  ])('%s', async (_, tensor, nodes) => {
    expect(await told(tensor, nodes)).toMatchObject({ class: 'weight', reason: 'FLOATING' });
  });

  test('a table of sines that an LSTM has as its weights', async () => {
    const nodes = [node('LSTM', ['x', 'a', 'r'], ['y'], { hidden_size: 32 })];
    const bytes = model({
      node: nodes,
      initializer: [
        t('a', [1, 128, 64], (_, row, c) => (c % 2 === 0 ? Math.sin : Math.cos)(angle(row, c, 64))),
        floatTensor('r', [1, 128, 32]),
      ],
      input: [value('x', [5, 1, 64])],
      output: [value('y', [])],
    });
    expect((await inspectBytes(bytes)).modelParams).toBe(128 * 64 + 128 * 32);
  });
});

describe('dims that hold nothing', () => {
  const counts = [1, 4, 100_000];
  it.each([[[0]], [[8, 0]], [[0, 8]], [[0, 8, 2]], [[8, 9, 18, 0]], [[64, 0, 512]]])(
    'are no pattern whatever the file gives beside them: %j',
    async (dims) => {
      for (const count of counts) {
        const values = Float32Array.from({ length: count }, (_, place) => Math.sin(place));
        for (const given of [{ rawData: new Uint8Array(values.buffer) }, { floatData: [...values] }]) {
          const tensor = onnx.TensorProto.create({ name: 'a', dims, dataType: FLOAT, ...given });
          expect(await told(tensor, taken('Add'))).toMatchObject({ elements: 0, params: 0 });
        }
      }
    },
  );
});
