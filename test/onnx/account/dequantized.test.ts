// Integers that small operators dequantize, as some exporters and people write it, are weights or warned of, and never silently
// nothing; what only scales or shifts them is no parameter, and what is computed with them otherwise stays what it is.
import onnxProto from 'onnx-proto';
import { checkInspection } from '../../../fuzz/invariants.js';
import type { Inspection } from '../../../src/core/inspection.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, graph, int64Tensor, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
const { UINT8, INT8, INT16, INT32, INT64, BOOL } = onnx.TensorProto.DataType;
const BYTES: Record<number, number> = { [UINT8]: 1, [INT8]: 1, [BOOL]: 1, [INT16]: 2, [INT32]: 4, [INT64]: 8 };

type Node = ReturnType<typeof node>;
type Tensor = ReturnType<typeof floatTensor>;

function integers(name: string, dims: number[], dataType: number = INT8): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1) * BYTES[dataType]!;
  return onnx.TensorProto.create({
    name,
    dims,
    dataType,
    rawData: Uint8Array.from({ length: size }, (_, at) => at + 1),
  });
}

async function inspect(
  nodes: Node[],
  initializer: Tensor[],
  more: onnxProto.onnx.IModelProto = {},
): Promise<Inspection> {
  const bytes = model(
    {
      node: nodes,
      initializer,
      input: [value('x', ['rows', 64]), value('ids', ['rows']), value('flag', [])],
      output: [value('y', ['rows', 32])],
    },
    more,
  );
  const inspection = await inspectBytes(bytes);
  checkInspection(inspection, bytes.length);
  return inspection;
}

const codesOf = ({ warnings }: Inspection) => warnings.map(({ code }) => code);

/** A matrix of 64 by 32. */
const Q = integers('q', [64, 32]);
const S = floatTensor('s', [32]);
const cast = (from: string, to: string) => node('Cast', [from], [to], { to: 1 });
const matmul = (weight: string) => node('MatMul', ['x', weight], ['y']);

describe('a matrix that is dequantized on the way to its product', () => {
  test.each<[string, number, Node[], Tensor[]]>([
    ['cast and scaled', 32, [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), matmul('w')], [Q, S]],
    ['scaled from the left', 32, [cast('q', 'f'), node('Mul', ['s', 'f'], ['w']), matmul('w')], [Q, S]],
    ['divided', 32, [cast('q', 'f'), node('Div', ['f', 's'], ['w']), matmul('w')], [Q, S]],
    ['without a scale of its own', 0, [cast('q', 'f'), matmul('f')], [Q]],
    [
      'shifted by a zero point that is cast too',
      64,
      [cast('q', 'f'), cast('z', 'zf'), node('Sub', ['f', 'zf'], ['d']), node('Mul', ['d', 's'], ['w']), matmul('w')],
      [Q, S, integers('z', [32])],
    ],
    [
      'scaled by what is reshaped before, and transposed afterwards',
      32,
      [
        cast('q', 'f'),
        node('Reshape', ['s', 'shape'], ['s2']),
        node('Mul', ['f', 's2'], ['d']),
        node('Transpose', ['d'], ['w']),
        matmul('w'),
      ],
      [integers('q', [32, 64]), S, int64Tensor('shape', [32, 1])],
    ],
    [
      'scaled in blocks',
      128,
      [cast('q', 'f'), node('Mul', ['f', 's'], ['b']), node('Reshape', ['b', 'shape'], ['w']), matmul('w')],
      [integers('q', [4, 16, 32]), floatTensor('s', [4, 1, 32]), int64Tensor('shape', [64, 32])],
    ],
    [
      'multiplied by Gemm',
      32,
      [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), node('Gemm', ['x', 'w'], ['y'])],
      [Q, S],
    ],
    [
      'taken by an inner graph',
      32,
      [
        cast('q', 'f'),
        node('Mul', ['f', 's'], ['w']),
        node('If', ['flag'], ['y'], {
          then_branch: graph({ node: [node('MatMul', ['x', 'w'], ['a'])], output: [value('a', ['rows', 32])] }),
        }),
      ],
      [Q, S],
    ],
  ])('%s: its numbers are weights, and %i others are none', async (_what, quantization, nodes, stored) => {
    const inspection = await inspect(nodes, stored);
    expect(inspection).toMatchObject({ modelParams: 2_048, unverifiableWeights: 0, warnings: [] });
    expect(inspection.classes).toMatchObject({ weight: 2_048, quantization });
    expect(inspection.quantizedWeights).toEqual({ logical: 2_048, storedBytes: 2_048, bitsPerParam: 8 });
  });

  test('a bias that is learned in float stays learned', async () => {
    const nodes = [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), node('MatMul', ['x', 'w'], ['p'])];
    const { modelParams } = await inspect([...nodes, node('Add', ['p', 'b'], ['y'])], [Q, S, floatTensor('b', [32])]);
    expect(modelParams).toBe(2_048 + 32);
  });

  test('the gain after a scaled table stays learned: only the first factor is a scale', async () => {
    const { classes } = await inspect(
      [
        node('Gather', ['q', 'first'], ['rows']),
        cast('rows', 'f'),
        node('Mul', ['f', 's'], ['embedded']),
        node('Mul', ['embedded', 'gain'], ['y']),
      ],
      [Q, S, floatTensor('gain', [32]), int64Tensor('first', [0, 1, 2])],
    );
    expect(classes).toMatchObject({ weight: 32, quantization: 32, integer: 2_048 + 3 });
  });
});

describe('integers of which it is not clear that they are weights', () => {
  const local = (body: Node[]) => ({
    functions: [{ name: 'decode', domain: 'local', input: ['a', 'b'], output: ['c'], node: body }],
  });
  const call = node('decode', ['q', 's'], ['w'], {}, { domain: 'local' });

  test.each<[string, Node[], Tensor[], onnxProto.onnx.IModelProto?]>([
    ['of 16 bits', [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), matmul('w')], [integers('q', [64, 32], INT16), S]],
    ['of 64 bits', [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), matmul('w')], [integers('q', [64, 32], INT64), S]],
    [
      'two in a byte',
      [
        node('Div', ['q', 'n'], ['high']),
        node('Mod', ['q', 'n'], ['low']),
        node('Concat', ['high', 'low'], ['c'], { axis: 0 }),
        cast('c', 'f'),
        node('Mul', ['f', 's'], ['w']),
        matmul('w'),
      ],
      [integers('q', [64, 32], UINT8), integers('n', [], UINT8), S],
    ],
    [
      'a table whose rows are scaled',
      [node('Gather', ['q', 'ids'], ['rows']), cast('rows', 'f'), node('Mul', ['f', 's'], ['y'])],
      [Q, S],
    ],
    [
      'times as many others',
      [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), matmul('w')],
      [Q, floatTensor('s', [64, 32])],
    ],
    ['in a function of the file', [call, matmul('w')], [Q, S], local([cast('a', 'f'), node('Mul', ['f', 'b'], ['c'])])],
    [
      'for a kernel that no row describes',
      [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), node('OddConv', ['x', 'w'], ['y'])],
      [Q, S],
    ],
  ])('%s: they are warned of and are no params', async (_what, nodes, stored, more = {}) => {
    const inspection = await inspect(nodes, stored, more);
    expect(codesOf(inspection)).toEqual(expect.arrayContaining(['WEIGHTS_UNKNOWN']));
    expect(inspection.unverifiableWeights).toBe(1);
    expect(inspection.classes.integer).toBeGreaterThanOrEqual(2_048);
  });

  test.each<[string, Node[], Tensor[]]>([
    [
      'positions that are multiplied by frequencies',
      [cast('p', 'f'), node('Mul', ['f', 's'], ['angle']), node('Cos', ['angle'], ['y'])],
      [integers('p', [64, 1], INT64), S],
    ],
    [
      'a mask on what is computed',
      [cast('m', 'f'), node('Mul', ['x', 'f'], ['h']), matmul('h')],
      [integers('m', [64], UINT8)],
    ],
    [
      'flags that hide places',
      [cast('m', 'f'), node('Mul', ['f', 'minus'], ['h']), node('Add', ['x', 'h'], ['y'])],
      [integers('m', [2_048, 64], BOOL), floatTensor('minus', [])],
    ],
    [
      'a number that learned ones are multiplied by',
      [cast('n', 'f'), node('Mul', ['W', 'f'], ['w']), matmul('w')],
      [integers('n', [], INT64), floatTensor('W', [64, 32])],
    ],
    ['few of them', [cast('q', 'f'), node('Mul', ['f', 's'], ['w']), matmul('w')], [integers('q', [32, 32], INT32), S]],
  ])('%s are neither', async (_what, nodes, stored) => {
    const inspection = await inspect(nodes, stored);
    expect([codesOf(inspection), inspection.unverifiableWeights]).toEqual([[], 0]);
    expect(inspection.quantizedWeights.logical).toBe(0);
  });
});

describe('the scale of a product of integers', () => {
  const product = (scaled: Node[], stored: Tensor[]) =>
    inspect(
      [
        node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']),
        node('MatMulInteger', ['xq', 'q', 'xz', 'z'], ['p']),
        cast('p', 'f'),
        ...scaled,
      ],
      [Q, S, integers('z', [32]), ...stored],
    );

  test('is no param, one for each column, be it multiplied by that of the input before', async () => {
    const both = [node('Mul', ['xs', 's'], ['ss']), node('Mul', ['f', 'ss'], ['y'])];
    expect(await product(both, [])).toMatchObject({ modelParams: 2_048, classes: { quantization: 64 } });
    const own = [node('Mul', ['s', 'f'], ['h']), node('Mul', ['h', 'xs'], ['y'])];
    expect(await product(own, [])).toMatchObject({ modelParams: 2_048, classes: { quantization: 64 } });
  });

  test('is the first factor alone: a gain and a bias after it are learned', async () => {
    const learned = [node('Mul', ['f', 's'], ['h']), node('Mul', ['h', 'gain'], ['g']), node('Add', ['g', 'b'], ['y'])];
    const { modelParams } = await product(learned, [floatTensor('gain', [32]), floatTensor('b', [32])]);
    expect(modelParams).toBe(2_048 + 64);
  });
});

describe('a scale that a local function gets from its call', () => {
  const dequantize = node('DequantizeLinear', ['a', 'b'], ['c']);
  const decode = (body: Node[]) => ({
    functions: [{ name: 'decode', domain: 'local', input: ['a', 'b'], output: ['c'], node: body }],
  });
  const call = node('decode', ['q', 's'], ['w'], {}, { domain: 'local' });

  test.each<[string, Node[], onnxProto.onnx.IModelProto]>([
    ['directly', [call, matmul('w')], decode([dequantize])],
    ['cast on the way', [call, matmul('w')], decode([cast('b', 'b2'), node('DequantizeLinear', ['a', 'b2'], ['c'])])],
    [
      'through two functions',
      [node('outer', ['q', 's'], ['w'], {}, { domain: 'local' }), matmul('w')],
      {
        functions: [
          ...decode([dequantize]).functions,
          {
            name: 'outer',
            domain: 'local',
            input: ['a', 'b'],
            output: ['c'],
            node: [node('decode', ['a', 'b'], ['c'], {}, { domain: 'local' })],
          },
        ],
      },
    ],
    [
      'from the result of another',
      [node('turn', ['s'], ['t'], {}, { domain: 'local' }), node('DequantizeLinear', ['q', 't'], ['w']), matmul('w')],
      {
        functions: [
          { name: 'turn', domain: 'local', input: ['a'], output: ['b'], node: [node('Identity', ['a'], ['b'])] },
        ],
      },
    ],
  ])('is no param: %s', async (_what, nodes, more) => {
    const { modelParams, classes } = await inspect(nodes, [Q, S], more);
    expect([modelParams, classes.quantization]).toEqual([2_048, 32]);
  });

  test('is one where the function also does something else with it, be it in an inner graph', async () => {
    const alsoAdds = decode([dequantize, node('Add', ['c', 'b'], ['d'])]);
    expect((await inspect([call, matmul('w')], [Q, S], alsoAdds)).classes.quantization).toBe(0);
    const branch = graph({ node: [node('Neg', ['b'], ['n'])], output: [value('n', [32])] });
    const inside = decode([dequantize, node('If', ['a'], ['d'], { then_branch: branch })]);
    expect((await inspect([call, matmul('w')], [Q, S], inside)).classes.quantization).toBe(0);
  });
});
