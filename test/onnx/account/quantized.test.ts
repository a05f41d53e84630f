// Packed and quantized weights count as the parameters that they stand for, and nothing beside them does; what cannot be told is
// said. The files of test/onnx/cases were written by other programs, and their figures are those of the models they came from.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import onnxProto from 'onnx-proto';
import { checkInspection } from '../../../fuzz/invariants.js';
import type { Inspection } from '../../../src/core/inspection.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, graph, int64Tensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
const { UINT8, INT8, INT16, INT32, INT64, BOOL, STRING } = onnx.TensorProto.DataType;
const INT4 = 22;
const MICROSOFT = { domain: 'com.microsoft' };

/** Of any type, in whole bytes; the values of an element are its place. */
function tensor(name: string, dims: number[], dataType: number, bytesPerElement = 1) {
  const size = Math.ceil(dims.reduce((product, dim) => product * dim, 1) * bytesPerElement);
  return onnx.TensorProto.create({
    name,
    dims,
    dataType,
    rawData: Uint8Array.from({ length: size }, (_, at) => at + 1),
  });
}
const uint8 = (name: string, dims: number[]) => tensor(name, dims, UINT8);
const int8 = (name: string, dims: number[]) => tensor(name, dims, INT8);
const int32 = (name: string, dims: number[]) => tensor(name, dims, INT32, 4);
type Tensor = ReturnType<typeof tensor>;

async function inspect(bytes: Uint8Array): Promise<Inspection> {
  const inspection = await inspectBytes(bytes);
  checkInspection(inspection, bytes.length);
  return inspection;
}

/** One node over stored tensors; inputs that none of them has are inputs of the graph. */
function oneNode(
  opType: string,
  inputs: string[],
  initializer: Tensor[],
  attributes: Record<string, number> = {},
  more: { domain?: string } = MICROSOFT,
) {
  const stored = new Set(initializer.map(({ name }) => name));
  const free = inputs.filter((name) => name !== '' && !stored.has(name));
  return model({
    node: [node(opType, inputs, ['y'], attributes, more)],
    initializer,
    input: [...new Set(free)].map((name) => value(name, ['rows', 'columns'])),
    output: [value('y', ['rows', 'columns'])],
  });
}

test.each([
  ['texts', STRING],
  ['flags', BOOL],
])('%s are no weights, wherever they are taken', async (_, dataType) => {
  const texts = dataType === STRING;
  const many = onnx.TensorProto.create({
    name: 'w',
    dims: [4, 3],
    dataType,
    ...(texts ? { stringData: Array.from({ length: 12 }, () => Buffer.from('a')) } : { rawData: new Uint8Array(12) }),
  });
  const { modelParams, classes } = await inspect(oneNode('MatMulInteger', ['x', 'w'], [many], {}, {}));
  expect([modelParams, classes.integer, classes.weight]).toEqual([0, 12, 0]);
});

describe('files of other programs', () => {
  test.each([
    ['matmulnbits_4bit', 4_096, 'K 128 by N 32, two to a byte; the scales are none'],
    ['QAttention', 816, 'the projection of query, key and value, and its bias'],
    ['GatherBlockQuantized', 6_400, 'an embedding, two to a byte'],
    ['qgemm', 650, 'a matrix and its int32 bias'],
    ['qlinearconv_int32_bias', 224, 'a kernel and its int32 bias'],
    ['qdq_conv_int32_bias', 224, 'the same behind DequantizeLinear'],
  ])('%s has %i learned parameters: %s', async (name, params) => {
    const inspection = await inspect(await readFile(path.resolve('test/onnx/cases/quantized', `${name}.onnx`)));
    expect(inspection).toMatchObject({ modelParams: params, unverifiableWeights: 0, warnings: [] });
  });

  test.each([
    ['bias_dq_int32_bias', 'SINGLE_INPUT'],
    ['bias_dq_zero_point_rb', 'SINGLE_INPUT'],
    ['int16_dq_std', 'DOUBLE'],
  ])('%s: an LSTM of 144, all of them learned, with bias %s', async (name, biasConvention) => {
    const inspection = await inspect(await readFile(path.resolve('test/onnx/cases/bias', `${name}.onnx`)));
    expect(inspection.recurrent).toMatchObject({ perUse: 144, distinct: 144, unverifiableNodes: 0 });
    expect(inspection.recurrentNodes).toMatchObject([{ verdict: 'MATCH', biasConvention }]);
    expect(inspection.modelParams).toBe(144);
    expect(inspection.classes.integer).toBe(0);
  });

  test('4-bit numbers of which each has an entry of its own are warned of, where two belong into a byte', async () => {
    const file = await readFile(path.resolve('test/onnx/cases/quantized/int4_unpacked.onnx'));
    const { warnings } = await inspect(file);
    expect(warnings.map(({ code }) => code)).toContain('PAYLOAD_MISMATCH');
  });
});

const scale = (name: string, dims: number[] = []) => floatTensor(name, dims);
const zero = (name: string, dims: number[] = []) => uint8(name, dims);
/** Scale and zero point of x, w and y. */
const OF_THREE = ['x', 'w', 'y'].flatMap((name) => [scale(`${name}_s`), zero(`${name}_z`)]);
const X = ['x', 'x_s', 'x_z'];
const W = ['w', 'w_s', 'w_z'];
const Y = ['y_s', 'y_z'];

describe('each operator counts its weights, and neither scales nor zero points', () => {
  const rows: [string, number, number, Uint8Array][] = [
    [
      'QLinearConv',
      8 * 27 + 8,
      6,
      oneNode('QLinearConv', [...X, ...W, ...Y, 'b'], [int8('w', [8, 3, 3, 3]), int32('b', [8]), ...OF_THREE], {}, {}),
    ],
    ['QLinearMatMul', 12, 6, oneNode('QLinearMatMul', [...X, ...W, ...Y], [int8('w', [4, 3]), ...OF_THREE], {}, {})],
    ['QGemm', 12 + 3, 6, oneNode('QGemm', [...X, ...W, 'b', ...Y], [int8('w', [4, 3]), int32('b', [3]), ...OF_THREE])],
    ['QLinearAdd', 5, 6, oneNode('QLinearAdd', [...X, ...W, ...Y], [uint8('w', [5]), ...OF_THREE])],
    ['QLinearMul', 5, 6, oneNode('QLinearMul', [...X, ...W, ...Y], [uint8('w', [5]), ...OF_THREE])],
    ['QLinearWhere', 5, 6, oneNode('QLinearWhere', ['c', ...X, ...W, ...Y], [uint8('w', [5]), ...OF_THREE])],
    ['QLinearConcat', 5, 6, oneNode('QLinearConcat', [...Y, ...X, ...W], [uint8('w', [5]), ...OF_THREE])],
    ...[
      'QLinearSigmoid',
      'QLinearLeakyRelu',
      'QLinearSoftmax',
      'QLinearAveragePool',
      'QLinearGlobalAveragePool',
      'QLinearReduceMean',
    ].map((opType): [string, number, number, Uint8Array] => [
      opType,
      0,
      4,
      oneNode(opType, [...X, ...Y], [OF_THREE[0]!, OF_THREE[1]!, OF_THREE[4]!, OF_THREE[5]!]),
    ]),
    [
      'ConvInteger',
      54,
      2,
      oneNode('ConvInteger', ['x', 'w', 'x_z', 'w_z'], [int8('w', [2, 3, 3, 3]), zero('x_z'), zero('w_z')], {}, {}),
    ],
    [
      'MatMulInteger',
      12,
      2,
      oneNode('MatMulInteger', ['x', 'w', 'x_z', 'w_z'], [int8('w', [4, 3]), zero('x_z'), zero('w_z')], {}, {}),
    ],
    [
      'DynamicQuantizeMatMul',
      12 + 3,
      2,
      oneNode(
        'DynamicQuantizeMatMul',
        ['x', 'w', 'w_s', 'w_z', 'b'],
        [int8('w', [4, 3]), scale('w_s'), zero('w_z'), floatTensor('b', [3])],
      ),
    ],
    [
      'MatMulIntegerToFloat',
      12 + 3,
      4,
      oneNode(
        'MatMulIntegerToFloat',
        ['x', 'w', 'x_s', 'w_s', 'x_z', 'w_z', 'b'],
        [int8('w', [4, 3]), ...OF_THREE.slice(0, 4), floatTensor('b', [3])],
      ),
    ],
    [
      'QAttention',
      12 * 36 + 36,
      4,
      oneNode(
        'QAttention',
        ['x', 'w', 'b', 'x_s', 'w_s', 'mask', 'x_z', 'w_z'],
        [int8('w', [12, 36]), floatTensor('b', [36]), ...OF_THREE.slice(0, 4)],
        { num_heads: 2 },
      ),
    ],
    [
      'QEmbedLayerNormalization',
      10 * 4 + 6 * 4 + 2 * 4 + 4 + 4,
      10,
      oneNode(
        'QEmbedLayerNormalization',
        ['ids', 'segments', 'word', 'position', 'segment', 'gamma', 'beta', 'mask', ...names('s', 5), ...names('z', 5)],
        [
          uint8('word', [10, 4]),
          uint8('position', [6, 4]),
          uint8('segment', [2, 4]),
          uint8('gamma', [4]),
          uint8('beta', [4]),
          ...names('s', 5).map((name) => scale(name)),
          ...names('z', 5).map((name) => zero(name)),
        ],
      ),
    ],
    [
      'MatMulNBits of 4 bits, with packed zero points, group indices and bias',
      128 * 32 + 32,
      32 * 4 + 32 * 2,
      oneNode(
        'MatMulNBits',
        ['x', 'w', 's', 'z', 'g', 'b'],
        [
          uint8('w', [32, 4, 16]),
          floatTensor('s', [32 * 4]),
          uint8('z', [32 * 2]),
          int32('g', [128]),
          floatTensor('b', [32]),
        ],
        { K: 128, N: 32, bits: 4, block_size: 32 },
      ),
    ],
    [
      'MatMulNBits of 2 bits, with floating zero points',
      64 * 8,
      2 * 8 * 2,
      oneNode(
        'MatMulNBits',
        ['x', 'w', 's', 'z'],
        [uint8('w', [8, 2, 8]), floatTensor('s', [8, 2]), floatTensor('z', [8, 2])],
        { K: 64, N: 8, bits: 2, block_size: 32 },
      ),
    ],
    [
      'MatMulNBits of 8 bits',
      64 * 8,
      8 * 2,
      oneNode('MatMulNBits', ['x', 'w', 's'], [uint8('w', [8, 2, 32]), floatTensor('s', [8, 2])], {
        K: 64,
        N: 8,
        bits: 8,
        block_size: 32,
      }),
    ],
    [
      'MatMulNBits whose last block is filled up',
      100 * 8,
      8 * 4,
      oneNode('MatMulNBits', ['x', 'w', 's'], [uint8('w', [8, 4, 16]), floatTensor('s', [8, 4])], {
        K: 100,
        N: 8,
        bits: 4,
        block_size: 32,
      }),
    ],
    [
      'MatMulNBitsMlp',
      2 * 64 * 8 + 64,
      2 * 16,
      oneNode(
        'MatMulNBitsMlp',
        ['x', '', 'norm', 'gate', 'gs', '', 'up', 'us'],
        [
          floatTensor('norm', [64]),
          uint8('gate', [8, 2, 16]),
          floatTensor('gs', [8, 2]),
          uint8('up', [8, 2, 16]),
          floatTensor('us', [8, 2]),
        ],
        { K: 64, N: 8, block_size: 32 },
      ),
    ],
    [
      'MatMulNBitsQkv',
      64 * 8 + 2 * 64 * 4 + 64,
      32,
      oneNode(
        'MatMulNBitsQkv',
        ['x', '', 'norm', 'q', 'qs', '', 'k', 'ks', '', 'v', 'vs'],
        [
          floatTensor('norm', [64]),
          uint8('q', [8, 2, 16]),
          floatTensor('qs', [8, 2]),
          uint8('k', [4, 2, 16]),
          floatTensor('ks', [4, 2]),
          uint8('v', [4, 2, 16]),
          floatTensor('vs', [4, 2]),
        ],
        { K: 64, Nq: 8, Nkv: 4, block_size: 32 },
      ),
    ],
    [
      'MatMulBnb4 of an odd number',
      15,
      1,
      oneNode('MatMulBnb4', ['x', 'w', 'absmax'], [uint8('w', [8]), floatTensor('absmax', [1])], {
        K: 5,
        N: 3,
        block_size: 16,
        quant_type: 1,
      }),
    ],
    [
      'MatMulFpQ4, whose scales are among the weights',
      64 * 4,
      0,
      oneNode('MatMulFpQ4', ['x', 'w', 'shape'], [uint8('w', [4 * 2 * 20]), int64Tensor('shape', [64, 4])], {
        blk_quant_type: 0,
      }),
    ],
    [
      'MatMulBlockQuantizedFp4Weight',
      8 * 32 + 8,
      8 * 2 + 1,
      oneNode(
        'MatMulBlockQuantizedFp4Weight',
        ['x', 'w', 's', 's2', '', 'b'],
        [uint8('w', [8, 16]), uint8('s', [8, 2]), floatTensor('s2', []), floatTensor('b', [8])],
      ),
    ],
    [
      'MatMulBlockQuantizedFp8Weight',
      8 * 32,
      8,
      oneNode('MatMulBlockQuantizedFp8Weight', ['x', 'w', 's'], [tensor('w', [8, 32], 17), floatTensor('s', [8, 1])]),
    ],
    [
      'GatherBlockQuantized of bytes',
      100 * 64,
      100 * 4,
      oneNode('GatherBlockQuantized', ['w', 'ids', 's'], [uint8('w', [100, 32]), floatTensor('s', [100, 4])], {
        bits: 4,
        block_size: 16,
        quantize_axis: 1,
      }),
    ],
    [
      'GatherBlockQuantized of 4-bit numbers',
      100 * 32,
      100 * 2,
      oneNode(
        'GatherBlockQuantized',
        ['w', 'ids', 's'],
        [tensor('w', [100, 32], INT4, 0.5), floatTensor('s', [100, 2])],
        { bits: 4, block_size: 16, quantize_axis: -1 },
      ),
    ],
    [
      'QMoE',
      2 * (16 * 32 + 32 * 16 + 16),
      2 * 16 + 2 * 32,
      oneNode(
        'QMoE',
        ['x', 'router', 'f1', 's1', 'b1', 'f2', 's2'],
        [
          uint8('f1', [2, 16, 16]),
          floatTensor('s1', [2, 16]),
          floatTensor('b1', [2, 16]),
          uint8('f2', [2, 32, 8]),
          floatTensor('s2', [2, 32]),
        ],
        { expert_weight_bits: 4, k: 1 },
      ),
    ],
    [
      'QOrderedAttention',
      3 * (16 + 4),
      4 + 3 * 4 + 3,
      oneNode(
        'QOrderedAttention',
        ['x', ...names('s', 4), 'qw', 'kw', 'vw', 'qs', 'ks', 'vs', 'qb', 'kb', 'vb', 's4', 's5', 's6'],
        [
          ...names('s', 7).map((name) => scale(name)),
          ...['qw', 'kw', 'vw'].map((name) => int8(name, [4, 4])),
          ...['qs', 'ks', 'vs'].map((name) => floatTensor(name, [4])),
          ...['qb', 'kb', 'vb'].map((name) => floatTensor(name, [4])),
        ],
      ),
    ],
    ...['', 'com.microsoft'].flatMap((domain): [string, number, number, Uint8Array][] => [
      [
        `DequantizeLinear of domain "${domain}", of a whole tensor`,
        12,
        2,
        oneNode('DequantizeLinear', W, [int8('w', [4, 3]), scale('w_s'), zero('w_z')], {}, { domain }),
      ],
      [
        `DequantizeLinear of domain "${domain}", along an axis, without zero points`,
        12,
        3,
        oneNode('DequantizeLinear', ['w', 'w_s'], [int8('w', [4, 3]), scale('w_s', [3])], { axis: 1 }, { domain }),
      ],
      [
        `DequantizeLinear of domain "${domain}", in blocks`,
        64,
        8,
        oneNode(
          'DequantizeLinear',
          W,
          [tensor('w', [4, 16], INT4, 0.5), scale('w_s', [4, 1]), tensor('w_z', [4, 1], INT4, 0.5)],
          { axis: 1, block_size: 16 },
          { domain },
        ),
      ],
      [
        `DequantizeLinear of domain "${domain}" of an int32 bias`,
        3,
        1,
        oneNode('DequantizeLinear', ['w', 'w_s'], [int32('w', [3]), scale('w_s')], {}, { domain }),
      ],
    ]),
  ];
  test.each(rows)('%s: %i params, %i elements beside them', async (_what, params, quantization, bytes) => {
    const inspection = await inspect(bytes);
    expect(inspection).toMatchObject({
      modelParams: params,
      unverifiableWeights: 0,
      classes: { quantization },
      warnings: [],
    });
  });

  test('a float weight that is quantized in the graph counts once', async () => {
    const { modelParams, classes, quantizedWeights } = await inspect(
      model({
        node: [
          node('QuantizeLinear', ['W', 's', 'z'], ['q']),
          node('DequantizeLinear', ['q', 's', 'z'], ['w']),
          node('MatMul', ['x', 'w'], ['y']),
        ],
        initializer: [floatTensor('W', [4, 3]), scale('s'), zero('z')],
        input: [value('x', ['rows', 4])],
        output: [value('y', ['rows', 3])],
      }),
    );
    expect([modelParams, classes.quantization, quantizedWeights.logical]).toEqual([12, 2, 0]);
  });
});

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

describe('what is stored and what it stands for', () => {
  const packed = oneNode('MatMulNBits', ['x', 'w', 's'], [uint8('w', [32, 4, 16]), floatTensor('s', [128])], {
    K: 128,
    N: 32,
    bits: 4,
    block_size: 32,
  });

  test('stored elements and classes stay what is stored, and the difference is shown', async () => {
    const { storedElements, classes, modelParams, quantizedWeights, tensors } = await inspect(packed);
    expect(storedElements).toBe(2_048 + 128);
    expect([classes.weight, classes.quantization]).toEqual([2_048, 128]);
    expect(modelParams).toBe(4_096);
    expect(quantizedWeights).toEqual({ logical: 4_096, storedBytes: 2_048, bitsPerParam: 4 });
    expect(tensors[0]).toMatchObject({ name: 'w', elements: 2_048, params: 4_096, class: 'weight' });
    expect(tensors[1]).toMatchObject({ name: 's', elements: 128, params: 0, class: 'quantization' });
  });

  const wrong: [string, Uint8Array][] = [
    [
      'another K',
      oneNode('MatMulNBits', ['x', 'w', 's'], [uint8('w', [32, 4, 16]), floatTensor('s', [128])], {
        K: 1_000_000,
        N: 32,
        bits: 4,
        block_size: 32,
      }),
    ],
    [
      'another width',
      oneNode('MatMulNBits', ['x', 'w', 's'], [uint8('w', [32, 4, 16]), floatTensor('s', [128])], {
        K: 128,
        N: 32,
        bits: 2,
        block_size: 32,
      }),
    ],
    [
      'no K',
      oneNode('MatMulNBits', ['x', 'w', 's'], [uint8('w', [32, 4, 16]), floatTensor('s', [128])], {
        N: 32,
        bits: 4,
        block_size: 32,
      }),
    ],
    [
      'a negative N',
      oneNode('MatMulNBits', ['x', 'w', 's'], [uint8('w', [32, 4, 16]), floatTensor('s', [128])], {
        K: 128,
        N: -32,
        bits: 4,
        block_size: 32,
      }),
    ],
    [
      'more than one row holds',
      oneNode('MatMulBnb4', ['x', 'w', 's'], [uint8('w', [8]), floatTensor('s', [1])], { K: 9, N: 3 }),
    ],
    [
      'a shape that the blob cannot hold',
      oneNode('MatMulFpQ4', ['x', 'w', 'shape'], [uint8('w', [160]), int64Tensor('shape', [640, 4])]),
    ],
    [
      'a width of 3',
      oneNode('QMoE', ['x', 'r', 'w', 's'], [uint8('w', [2, 16, 16]), floatTensor('s', [2, 16])], {
        expert_weight_bits: 3,
      }),
    ],
    [
      'other scales than blocks',
      oneNode('GatherBlockQuantized', ['w', 'i', 's'], [uint8('w', [100, 32]), floatTensor('s', [100, 3])], {
        bits: 4,
        block_size: 16,
      }),
    ],
  ];
  test.each(wrong)('%s than what is stored: the figure is unknown, and says so', async (_what, bytes) => {
    const { modelParams, unverifiableWeights, quantizedWeights, tensors, warnings } = await inspect(bytes);
    expect(tensors.find(({ name }) => name === 'w')).toMatchObject({ class: 'weight', params: null });
    expect([modelParams, unverifiableWeights]).toEqual([0, 1]);
    expect(quantizedWeights).toMatchObject({ logical: null, bitsPerParam: null });
    expect(warnings).toMatchObject([{ code: 'PAYLOAD_MISMATCH', path: 'w' }]);
  });

  test('two nodes that say different things of one matrix make it unknown', async () => {
    const attributes = { K: 128, N: 32, bits: 4, block_size: 32 };
    const { modelParams, unverifiableWeights } = await inspect(
      model({
        node: [
          node('MatMulNBits', ['x', 'w', 's'], ['y'], attributes, MICROSOFT),
          node('MatMulNBits', ['y', 'w', 's'], ['z'], { ...attributes, K: 100 }, MICROSOFT),
        ],
        initializer: [uint8('w', [32, 4, 16]), floatTensor('s', [128])],
        input: [value('x', ['rows', 128])],
        output: [value('z', ['rows', 32])],
      }),
    );
    expect([modelParams, unverifiableWeights]).toEqual([0, 1]);
  });
});

describe('on the way to what takes it', () => {
  const dequantize = (name: string) => node('DequantizeLinear', [name, 's'], ['w']);
  const parts = (nodes: ReturnType<typeof node>[], more: onnxProto.onnx.IModelProto = {}) =>
    model(
      {
        node: nodes,
        initializer: [int8('q', [4, 6]), scale('s'), int64Tensor('shape', [6, 4])],
        output: [value('w', [6, 4])],
      },
      more,
    );

  test.each([
    ['a Transpose', parts([node('Transpose', ['q'], ['t']), dequantize('t')])],
    [
      'a Reshape and an Identity',
      parts([node('Reshape', ['q', 'shape'], ['t']), node('Identity', ['t'], ['u']), dequantize('u')]),
    ],
    ['a Gather', parts([node('Gather', ['q', 'i'], ['t']), dequantize('t')])],
    [
      'a branch of If',
      parts([
        node('If', ['flag'], ['t'], {
          then_branch: graph({ node: [node('Identity', ['q'], ['a'])], output: [value('a', [4, 6])] }),
        }),
        dequantize('t'),
      ]),
    ],
    [
      'a call of a function',
      parts([node('decode', ['q', 's'], ['w'], {}, { domain: 'local' })], {
        functions: [
          {
            name: 'decode',
            domain: 'local',
            input: ['a', 'b'],
            output: ['c'],
            node: [node('DequantizeLinear', ['a', 'b'], ['c'])],
          },
        ],
      }),
    ],
    [
      'the result of a function',
      parts([node('turn', ['q'], ['t'], {}, { domain: 'local' }), dequantize('t')], {
        functions: [
          { name: 'turn', domain: 'local', input: ['a'], output: ['b'], node: [node('Transpose', ['a'], ['b'])] },
        ],
      }),
    ],
  ])('%s changes nothing', async (_what, bytes) => {
    const { modelParams, warnings } = await inspect(bytes);
    expect([modelParams, warnings]).toEqual([24, []]);
  });

  test('a scale that is cast and reshaped is a scale, and what is used otherwise too is none', async () => {
    const scaled = (more: ReturnType<typeof node>[]) =>
      model({
        node: [
          node('Cast', ['s'], ['s1'], { to: 1 }),
          node('Reshape', ['s1', 'shape'], ['s2']),
          node('DequantizeLinear', ['q', 's2'], ['w']),
          ...more,
        ],
        initializer: [int8('q', [4, 6]), floatTensor('s', [6, 1]), int64Tensor('shape', [6])],
        output: [value('w', [4, 6])],
      });
    expect((await inspect(scaled([]))).classes).toMatchObject({ weight: 24, quantization: 6 });
    const shared = [node('Mul', ['s1', 's1'], ['other'])];
    expect((await inspect(scaled(shared))).classes).toMatchObject({ weight: 30, quantization: 0 });
  });

  test('indices, shapes and flags on the way to a recurrent weight are no weights of it, whatever their type', async () => {
    const indices = onnx.TensorProto.create({ name: 'i', dims: [1], dataType: INT32, rawData: new Uint8Array(4) });
    const flags = onnx.TensorProto.create({
      name: 'c',
      dims: [1, 8, 3],
      dataType: BOOL,
      rawData: new Uint8Array(24).fill(1),
    });
    const { recurrent, recurrentNodes, modelParams } = await inspect(
      model({
        node: [
          node('Gather', ['Ws', 'i'], ['W0'], { axis: 0 }),
          node('Where', ['c', 'W0', 'W0'], ['W']),
          node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 }),
        ],
        initializer: [floatTensor('Ws', [1, 8, 3]), indices, flags, floatTensor('R', [1, 8, 2])],
        input: [value('x', ['time', 1, 3])],
      }),
    );
    expect(recurrentNodes[0]!.verdict).toBe('MATCH');
    expect([recurrent.distinct, modelParams]).toEqual([40, 40]);
  });

  test.each([
    ['int8', INT8, 1],
    ['int16', INT16, 2],
    ['int32', INT32, 4],
    ['int64', INT64, 8],
  ])('%s that is cast and scaled to a recurrent weight is one, in its class too', async (_type, dataType, bytes) => {
    const { recurrent, classes, modelParams } = await inspect(
      model({
        node: [
          node('Cast', ['Wq'], ['Wf'], { to: 1 }),
          node('Mul', ['Wf', 'scale'], ['W']),
          node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 }),
        ],
        initializer: [tensor('Wq', [1, 8, 3], dataType, bytes), floatTensor('scale', []), floatTensor('R', [1, 8, 2])],
        input: [value('x', ['time', 1, 3])],
      }),
    );
    expect(classes).toMatchObject({ integer: 0, weight: 40 });
    expect(recurrent.distinct).toBe(41); // its scale is a float that is multiplied
    expect(modelParams).toBe(40);
  });
});

describe('a tensor that claims more than its bytes can hold', () => {
  const claims = (dims: number[], bytes: number) =>
    onnx.TensorProto.create({ name: 'W', dims, dataType: UINT8, rawData: new Uint8Array(bytes).fill(1) });
  const alone = (tensor: Tensor) =>
    model({ node: [node('DequantizeLinear', ['W', 's'], ['y'])], initializer: [tensor, floatTensor('s', [])] });

  test('is in no total, and is told apart (F05)', async () => {
    const { claimed, storedElements, modelParams, classes, tensors, quantizedWeights, warnings } = await inspect(
      alone(claims([2 ** 53 - 1], 1)),
    );
    expect(claimed).toEqual({ tensors: 1, elements: 2 ** 53 - 1 });
    expect([storedElements, modelParams, classes.weight, quantizedWeights.logical]).toEqual([1, 0, 0, 0]);
    expect(tensors.map(({ name }) => name)).toEqual(['s']);
    expect(warnings.map(({ code }) => code)).toEqual(['PAYLOAD_MISMATCH']);
  });

  test.each([
    ['a quantized weight', 1, alone(claims([100_000], 1))],
    [
      'a floating weight',
      1,
      oneNode('MatMul', ['x', 'W'], [onnx.TensorProto.create({ name: 'W', dims: [99_999], dataType: 1 })], {}, {}),
    ],
    ['integers for an operator that nobody knows', 1, oneNode('Odd', ['x', 'W'], [claims([2 ** 52], 1)])],
    ['indices', 0, oneNode('Gather', ['x', 'W'], [claims([100_000], 1)], {}, {})],
    ['what nothing uses', 0, model({ initializer: [claims([100_000], 1)] })],
  ])('as %s makes %i weights unverifiable', async (_what, count, bytes) => {
    const { unverifiableWeights, modelParams, claimed } = await inspect(bytes);
    expect([unverifiableWeights, modelParams, claimed.tensors]).toEqual([count, 0, 1]);
  });

  test('counts by its dims as long as the file could hold them: a model stripped of its values has its sizes', async () => {
    const [plain, quantized] = [alone(claims([80], 10)), alone(claims([512], 0))];
    for (const [bytes, params] of [
      [plain, 80],
      [quantized, 512],
    ] as const) {
      expect(await inspect(bytes)).toMatchObject({ claimed: { tensors: 0, elements: 0 }, modelParams: params });
    }
  });

  test('of many tensors, none of which claims much, none counts where the file could not hold them together', async () => {
    const part = (index: number) => onnx.TensorProto.create({ name: `W${index}`, dims: [500], dataType: 1 });
    const count = (parts: number) => {
      const names = Array.from({ length: parts }, (_, index) => part(index));
      return inspect(
        model({ node: names.map(({ name }) => node('MatMul', ['x', name], [`y${name}`])), initializer: names }),
      );
    };
    expect(await count(1)).toMatchObject({
      byteSize: expect.any(Number) as number,
      modelParams: 500,
      claimed: { tensors: 0 },
    });
    const { byteSize, modelParams, claimed, unverifiableWeights } = await count(100);
    expect(8 * byteSize).toBeLessThan(50_000);
    expect({ modelParams, claimed, unverifiableWeights }).toEqual({
      modelParams: 0,
      claimed: { tensors: 100, elements: 50_000 },
      unverifiableWeights: 100,
    });
  });

  test('makes the recurrent node that takes it unverifiable, not large', async () => {
    const W = onnx.TensorProto.create({ name: 'W', dims: [1, 8, 2 ** 48], dataType: 1 });
    const { recurrent, recurrentNodes } = await inspect(
      model({
        node: [node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 })],
        initializer: [W, floatTensor('R', [1, 8, 2])],
        input: [value('x', ['time', 1, 3])],
      }),
    );
    expect(recurrentNodes[0]).toMatchObject({ verdict: 'UNVERIFIABLE', stored: null });
    expect(recurrentNodes[0]!.reason).toContain('"W" claims more elements');
    expect(recurrent).toMatchObject({ unverifiableNodes: 1, perUse: 0, distinct: 16 });
  });
});

describe('integers that go into an operator which no row describes', () => {
  const strange = (tensors: Tensor[], opType = 'PackedMatMul') =>
    oneNode(opType, ['x', ...tensors.map(({ name }) => name)], tensors, {}, { domain: 'org.example' });

  test('are warned of with the operator when there are more than 1,024 together', async () => {
    const { warnings, unverifiableWeights, modelParams, classes } = await inspect(
      strange([uint8('a', [1_000]), int8('b', [25])]),
    );
    expect(warnings).toMatchObject([{ code: 'WEIGHTS_UNKNOWN', path: 'a' }]);
    expect(warnings[0]!.message).toContain('org.example.PackedMatMul');
    expect(warnings[0]!.message).toContain('1,025 UINT8 and INT8 values');
    expect([unverifiableWeights, modelParams, classes.integer]).toEqual([2, 0, 1_025]);
  });

  test('are shapes and indices up to 1,024, flags of any number, and floats are weights anyway', async () => {
    const quiet = await inspect(
      strange([uint8('a', [1_000]), int8('b', [24]), tensor('c', [5_000], BOOL), floatTensor('d', [2_000])]),
    );
    expect([quiet.warnings, quiet.unverifiableWeights, quiet.modelParams]).toEqual([[], 0, 2_000]);
  });

  test('are found behind operators that only move them, and summed for each operator by itself', async () => {
    const call = (name: string, input: string) =>
      node(name, ['x', input], [`y_${name}_${input}`], {}, { domain: 'org.example' });
    const { warnings } = await inspect(
      model({
        node: [node('Transpose', ['a'], ['t']), call('One', 't'), call('One', 'b'), call('Two', 'b')],
        initializer: [int8('a', [30, 30]), int8('b', [200])],
        input: [value('x', ['rows'])],
        output: [value('y_One_t', ['rows'])],
      }),
    );
    expect(warnings.map(({ code, message }) => [code, message.split(' ')[0]])).toEqual([
      ['WEIGHTS_UNKNOWN', 'org.example.One'],
    ]);
  });

  test('of a function of the file are looked for in its body', async () => {
    const { warnings } = await inspect(
      model(
        {
          node: [node('look', ['table', 'i'], ['y'], {}, { domain: 'local' })],
          initializer: [
            int64Tensor(
              'table',
              Array.from({ length: 2_000 }, (_, at) => at),
            ),
          ],
          input: [value('i', ['rows'])],
          output: [value('y', ['rows'])],
        },
        {
          functions: [
            {
              name: 'look',
              domain: 'local',
              input: ['t', 'at'],
              output: ['z'],
              node: [node('Gather', ['t', 'at'], ['z'])],
            },
          ],
        },
      ),
    );
    expect(warnings).toEqual([]);
  });
});
