// A model and the same model after ONNX Runtime's quantizers: no param is lost, the cause is QUANTIZATION, and bytes are saved. The
// names are those that the quantizers write: they keep those of weights and nodes, and add to them.
import onnxProto from 'onnx-proto';
import type { Comparison } from '../../../src/core/comparison.js';
import { compareInspections } from '../../../src/core/drift/compare.js';
import { faultsOfSums } from '../../support/comparison-sums.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
const { INT8, UINT8 } = onnx.TensorProto.DataType;
const MICROSOFT = { domain: 'com.microsoft' };
const PARAMS = 128 * 128;

type Node = ReturnType<typeof node>;
type Tensor = ReturnType<typeof floatTensor>;

interface Layer {
  /** Of the weight, and of its node; '' where it has none. */
  weight: string;
  name: string;
}

const bytes = (name: string, dims: number[], dataType: number, seed = 0): Tensor => {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return onnx.TensorProto.create({
    name,
    dims,
    dataType,
    rawData: Uint8Array.from({ length: size }, (_, i) => i * 7 + seed),
  });
};

/** Layers one after another, each 128 by 128, by what makes a layer. */
function chain(
  layers: Layer[],
  make: (layer: Layer, x: string, y: string, at: number) => { nodes: Node[]; stored: Tensor[] },
) {
  const made = layers.map((layer, at) => make(layer, `x${at}`, `x${at + 1}`, at));
  return inspectBytes(
    model({
      node: made.flatMap(({ nodes }) => nodes),
      initializer: made.flatMap(({ stored }) => stored),
      input: [value('x0', ['rows', 128])],
      output: [value(`x${layers.length}`, ['rows', 128])],
    }),
  );
}

const float = (layers: Layer[]) =>
  chain(layers, ({ weight, name }, x, y, at) => ({
    nodes: [node('MatMul', [x, weight], [y], {}, { name })],
    stored: [floatTensor(weight, [128, 128], { fill: at + 1 })],
  }));

/** MatMulNBits, in blocks of 32. */
const blocks = (layers: Layer[], bits: 4 | 8, suffix = `_Q${bits}`) =>
  chain(layers, ({ weight, name }, x, y, at) => ({
    nodes: [
      node(
        'MatMulNBits',
        [x, `${weight}${suffix}`, `${weight}_scales`, `${weight}_zero_points`],
        [y],
        { K: 128, N: 128, bits, block_size: 32 },
        { ...MICROSOFT, name: name === '' ? '' : `${name}${suffix}` },
      ),
    ],
    stored: [
      bytes(`${weight}${suffix}`, [128, 4, (32 * bits) / 8], UINT8, at),
      floatTensor(`${weight}_scales`, [128 * 4], { fill: at + 2 }),
      bytes(`${weight}_zero_points`, [(128 * 4 * bits) / 8], UINT8, at),
    ],
  }));

/** DynamicQuantizeLinear and MatMulInteger, as quantize_dynamic writes them. */
const dynamic = (layers: Layer[]) =>
  chain(layers, ({ weight, name }, x, y, at) => ({
    nodes: [
      node('DynamicQuantizeLinear', [x], [`${x}_quantized`, `${x}_scale`, `${x}_zero_point`]),
      node(
        'MatMulInteger',
        [`${x}_quantized`, `${weight}_quantized`, `${x}_zero_point`, `${weight}_zero_point`],
        [`${y}_output_quantized`],
        {},
        { name: `${name}_quant` },
      ),
      node('Mul', [`${x}_scale`, `${weight}_scale`], [`${y}_scales`]),
      node('Cast', [`${y}_output_quantized`], [`${y}_cast`], { to: 1 }),
      node('Mul', [`${y}_cast`, `${y}_scales`], [y]),
    ],
    stored: [
      bytes(`${weight}_quantized`, [128, 128], INT8, at),
      floatTensor(`${weight}_scale`, []),
      bytes(`${weight}_zero_point`, [], INT8),
    ],
  }));

/** DequantizeLinear before the float product. */
const qdq = (layers: Layer[]) =>
  chain(layers, ({ weight, name }, x, y, at) => ({
    nodes: [
      node('DequantizeLinear', [`${weight}_quantized`, `${weight}_scale`, `${weight}_zero_point`], [`${weight}_dq`]),
      node('MatMul', [x, `${weight}_dq`], [y], {}, { name }),
    ],
    stored: [
      bytes(`${weight}_quantized`, [128, 128], INT8, at),
      floatTensor(`${weight}_scale`, []),
      bytes(`${weight}_zero_point`, [], INT8),
    ],
  }));

const NAMED: Layer[] = ['query', 'key'].map((part) => ({
  weight: `model.${part}.weight`,
  name: `/model/${part}/MatMul`,
}));
const COUNTED: Layer[] = [42, 43].map((count) => ({ weight: `onnx::MatMul_${count}`, name: `/model/${count}/MatMul` }));

/** No params are lost, all of the change is quantization, and each weight is told with its own. */
function expectQuantized(found: Comparison, layers: Layer[], perWeight: number): void {
  expect(faultsOfSums(found)).toEqual([]);
  expect(found.totals.modelParams).toMatchObject({ base: 2 * PARAMS, compare: 2 * PARAMS, delta: 0 });
  expect(found.byCause.modelParams).toEqual([]);
  expect(found.byCause.storedElements.map(({ cause }) => cause).filter((cause) => cause !== 'QUANTIZATION')).toEqual(
    [],
  );
  expect(found.byCause.totalByteSize[0]).toMatchObject({ cause: 'QUANTIZATION' });
  expect(found.totals.totalByteSize.delta).toBeLessThan(-2 * PARAMS);
  const weights = found.changes.filter(({ base, compare }) => base && compare && base.dims && compare.dims);
  expect(
    weights.map(({ base, compare, cause, delta, deltas, confidence }) => ({
      base: base?.name,
      isOwn: compare?.name?.startsWith(base?.name ?? '?'),
      cause,
      delta,
      saved: -deltas.totalByteSize,
      confidence: confidence === 'CERTAIN' ? 'HIGH' : confidence,
    })),
  ).toEqual(
    layers.map(({ weight }) => ({
      base: weight,
      isOwn: true,
      cause: 'QUANTIZATION',
      delta: 0,
      saved: 4 * PARAMS - perWeight,
      confidence: 'HIGH',
    })),
  );
}

describe.each([
  ['with names of their own', NAMED],
  ['with names that the exporter counted', COUNTED],
])('weights %s', (_what, layers) => {
  test.each([
    ['4 bits', () => blocks(layers, 4), PARAMS / 2],
    ['4 bits, named by their groups', () => blocks(layers, 4, '_Q4G32'), PARAMS / 2],
    ['4 bits, named as quantized alone', () => blocks(layers, 4, '_quant'), PARAMS / 2],
    ['8 bits in blocks', () => blocks(layers, 8), PARAMS],
    ['8 bits with dynamic inputs', () => dynamic(layers), PARAMS],
    ['8 bits that are dequantized', () => qdq(layers), PARAMS],
  ])('in %s', async (_bits, quantized, perWeight) => {
    const [base, compare] = [await float(layers), await quantized()];
    expectQuantized(compareInspections(base, compare), layers, perWeight);
    const back = compareInspections(compare, base);
    expect(faultsOfSums(back)).toEqual([]);
    expect([back.totals.modelParams.delta, back.byCause.modelParams]).toEqual([0, []]);
  });
});

test('weights that keep no name are found by the node that takes them', async () => {
  const renamed = NAMED.map(({ name }, at) => ({ weight: `packed${at}`, name })).reverse();
  const found = compareInspections(await float(NAMED), await blocks(renamed, 4));
  const pairs = found.changes
    .filter(({ base, compare, cause }) => cause === 'QUANTIZATION' && base?.dims && compare?.dims)
    .map(({ base, compare }) => [base?.name, compare?.name])
    .sort();
  expect(pairs).toEqual([
    ['model.key.weight', 'packed1_Q4'],
    ['model.query.weight', 'packed0_Q4'],
  ]);
  expect(found.byCause.modelParams).toEqual([]);
});

test('weights and nodes without names are paired by how many params they hold, which is said to be uncertain', async () => {
  const layers = NAMED.map((_, at) => ({ weight: `w${at}`, name: '' }));
  const found = compareInspections(
    await float(layers),
    await blocks(
      layers.map((_, at) => ({ weight: `p${at}`, name: '' })),
      4,
    ),
  );
  expect(found.byCause.modelParams).toEqual([]);
  const paired = found.changes.filter(({ base, compare }) => base?.dims && compare?.dims);
  expect(paired.map(({ cause, confidence }) => [cause, confidence])).toEqual([
    ['QUANTIZATION', 'LOW'],
    ['QUANTIZATION', 'LOW'],
  ]);
});

test('a smaller matrix in 4 bits is no quantization of a larger one', async () => {
  const found = compareInspections(
    await float([{ weight: 'w', name: '' }]),
    await inspectBytes(
      model({
        node: [node('MatMulNBits', ['x', 'p', 's'], ['y'], { K: 128, N: 64, bits: 4, block_size: 32 }, MICROSOFT)],
        initializer: [bytes('p', [64, 4, 16], UINT8), floatTensor('s', [64 * 4])],
        input: [value('x', ['rows', 128])],
        output: [value('y', ['rows', 64])],
      }),
    ),
  );
  expect(found.totals.modelParams.delta).toBe(64 * 128 - PARAMS);
  expect(found.byCause.modelParams.map(({ cause }) => cause)).not.toContain('QUANTIZATION');
});
