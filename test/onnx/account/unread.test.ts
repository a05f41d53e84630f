// A tensor of which a formula may have made the values, by what takes it, is not counted while its values are not there: the figure is a
// lower bound and says so. Where place or name tell that it is learned, it counts without its values.
import onnxProto from 'onnx-proto';
import { checkInspection } from '../../../fuzz/invariants.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { externalTensor } from '../../support/external-model.js';
import { FLOAT, floatTensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
type Node = ReturnType<typeof node>;

const [ROWS, COLUMNS] = [600, 64];
const sines = (place: number) => Math.sin(Math.floor(place / COLUMNS) / 1_000 ** ((place % COLUMNS) / COLUMNS));
const learned = (place: number) => {
  const mixed = Math.sin(place * 12.9898 + 1.7) * 43_758.5453;
  return mixed - Math.floor(mixed) - 0.5;
};
const bytesOf = (of: (place: number) => number, elements = ROWS * COLUMNS) =>
  new Uint8Array(Float32Array.from({ length: elements }, (_, place) => of(place)).buffer);

const stripped = (name: string, dims: number[]) => onnx.TensorProto.create({ name, dims, dataType: FLOAT });

const build = (tensor: onnxProto.onnx.ITensorProto, nodes: Node[]) =>
  model({
    node: nodes,
    // Beside it values enough for a file that may claim some.
    initializer: [tensor, floatTensor('other', [100, 100])],
    input: [value('x', ['a', 'b'])],
    output: [value('y', []), value('z', [])],
  });
const other = node('MatMul', ['x', 'other'], ['z']);
const positions = (name = 'pe') => [other, node('Slice', [name, 'x'], ['part']), node('Add', ['x', 'part'], ['y'])];

const files = (data: Uint8Array) => (location: string) =>
  Promise.resolve(
    location === 'data'
      ? {
          byteSize: data.length,
          read: async function* (start: number, length: number) {
            await Promise.resolve();
            yield data.subarray(start, start + length);
          },
        }
      : null,
  );

const tableOf = (inspection: Awaited<ReturnType<typeof inspectBytes>>) =>
  inspection.tensors.find(({ name }) => name !== 'other');

describe('a table that is added', () => {
  test.each([
    ['in a file that is not there', externalTensor('pe', [1, ROWS, COLUMNS])],
    ['stripped of its values', stripped('pe', [1, ROWS, COLUMNS])],
  ])('%s makes the figure a lower bound', async (_, tensor) => {
    const bytes = build(tensor, positions());
    const inspection = await inspectBytes(bytes);
    checkInspection(inspection, bytes.length);
    expect(inspection).toMatchObject({ modelParams: 10_000, unverifiableWeights: 1, storedElements: 10_000 + 38_400 });
    expect(tableOf(inspection)).toMatchObject({ class: 'weight', reason: 'UNREAD', params: null });
  });

  test.each([
    ['sines, which are no params', sines, { class: 'buffer', reason: 'HARMONIC', params: 0 }],
    ['learned', learned, { class: 'weight', reason: 'FLOATING', params: 38_400 }],
    ['one number', () => 0.5, { class: 'buffer', reason: 'CONSTANT_FILL', params: 0 }],
    [
      'equal rows, as Tile repeats them',
      (place: number) => learned(place % COLUMNS),
      { class: 'weight', reason: 'REPEATED', params: 64 },
    ],
  ])('is read where the file is there: %s', async (_, of, expected) => {
    const inspection = await inspectBytes(
      build(externalTensor('pe', [1, ROWS, COLUMNS]), positions()),
      4_096,
      files(bytesOf(of)),
    );
    expect(tableOf(inspection)).toMatchObject(expected);
    expect(inspection).toMatchObject({ unverifiableWeights: 0, modelParams: 10_000 + expected.params });
  });

  test('stays unknown where the file is too short for it', async () => {
    const bytes = build(externalTensor('pe', [1, ROWS, COLUMNS]), positions());
    const inspection = await inspectBytes(bytes, bytes.length, files(new Uint8Array(100)));
    expect(inspection).toMatchObject({ unverifiableWeights: 1, modelParams: 10_000 });
  });
});

describe('counts without its values', () => {
  const mul = (name: string) => [other, node('Mul', ['x', name], ['y'])];
  test.each<[string, string, number[], Node[]]>([
    ['a matrix', 'm', [64, 64], [other, node('MatMul', ['x', 'm'], ['y'])]],
    [
      'a matrix that is turned before',
      'm',
      [64, 64],
      [other, node('Transpose', ['m'], ['turned']), node('MatMul', ['x', 'turned'], ['y'])],
    ],
    ['a line that is added, as biases are', 'b', [64], [other, node('Add', ['x', 'b'], ['y'])]],
    ['gains for each channel', 'g', [64, 1, 1], mul('g')],
    ['what a framework named its weight', 'norm.weight', [64, 8, 8], mul('norm.weight')],
    [
      'rows that are looked up',
      'words',
      [500, 64],
      [other, node('Gather', ['words', 'x'], ['e']), node('Add', ['e', 'e'], ['y'])],
    ],
    ['the kernel of a convolution', 'k', [8, 4, 3, 3], [other, node('Conv', ['x', 'k'], ['y'])]],
  ])('%s', async (_, name, dims, nodes) => {
    for (const tensor of [externalTensor(name, dims), stripped(name, dims)]) {
      const inspection = await inspectBytes(build(tensor, nodes));
      expect(inspection.unverifiableWeights).toBe(0);
      expect(inspection.modelParams).toBe(10_000 + dims.reduce((product, dim) => product * dim, 1));
    }
  });
});
