import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Inspection } from '../../src/core/inspection.js';
import {
  floatTensor,
  graph,
  int64Tensor,
  lstmModel,
  type LstmOptions,
  model,
  node,
  value,
} from '../support/onnx-model.js';
import { inspectBytes } from '../support/inspect-bytes.js';

const SILERO = 'node_modules/@ricky0123/vad-web/dist/silero_vad_';

/** W, R and B of an LSTM with m = 6 and n = 8. */
const W = () => floatTensor('W', [1, 32, 6]);
const R = () => floatTensor('R', [1, 32, 8]);
const B = () => floatTensor('B', [1, 64]);
const lstm = (name = 'lstm', inputs = ['x', 'W', 'R', 'B']) =>
  node('LSTM', inputs, [`${name}_y`], { hidden_size: 8 }, { name });
const x = value('x', ['time', 1, 6]);

async function nodesOf(bytes: Uint8Array) {
  return (await inspectBytes(bytes)).recurrentNodes;
}

describe('real published models', () => {
  test('Silero VAD legacy: eight LSTM nodes, none of them at the top level', async () => {
    const { nodeCount, storedElements, recurrent, recurrentNodes } = await inspectBytes(
      await readFile(`${SILERO}legacy.onnx`),
    );
    expect({ nodeCount, storedElements }).toEqual({ nodeCount: 250, storedElements: 445_117 });
    expect(recurrent).toMatchObject({ nodes: 8, perUse: 266_240, distinct: 266_240, unverifiableNodes: 0 });
    expect(recurrentNodes.every(({ path }) => path.includes('_branch/'))).toBe(true);
  });

  test.each(['v5', 'v6'])(
    'Silero VAD %s: four LSTM nodes two If levels deep that share two sets of weights',
    async (version) => {
      const { nodeCount, storedElements, recurrent, recurrentNodes } = await inspectBytes(
        await readFile(`${SILERO}${version}.onnx`),
      );
      expect({ nodeCount, storedElements }).toEqual({ nodeCount: 689, storedElements: 545_597 });
      expect(recurrent).toMatchObject({ nodes: 4, perUse: 528_384, distinct: 264_192, unverifiableNodes: 0 });
      expect(recurrentNodes.map(({ path }) => path.match(/_branch\//g)!.length)).toEqual([2, 2, 2, 2]);
      expect(recurrentNodes).toMatchObject(
        new Array(4).fill({ inputSize: 128, hiddenSize: 128, stored: 132_096, verdict: 'MATCH' }),
      );
    },
  );
});

describe('one LSTM', () => {
  test.each<[LstmOptions, object]>([
    [
      { inputSize: 25, hiddenSize: 100 },
      { stored: 50_800, effective: 50_800, biasConvention: 'DOUBLE' },
    ],
    [
      { inputSize: 25, hiddenSize: 100, bias: 'single' },
      { stored: 50_800, effective: 50_400, biasConvention: 'SINGLE_INPUT' },
    ],
    [
      { inputSize: 25, hiddenSize: 100, bias: 'none' },
      { stored: 50_000, effective: 50_000, biasConvention: 'NONE' },
    ],
    [
      { inputSize: 3, hiddenSize: 2, bidirectional: true },
      { stored: 112, effective: 112, numDirections: 2 },
    ],
  ])('%j', async (options, expected) => {
    const [only] = await nodesOf(lstmModel(options));
    expect(only).toMatchObject({ path: 'graph/lstm', verdict: 'MATCH', ...expected });
  });

  test('its whole inspection: head, classes, bytes, weights', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
    const inspection = await inspectBytes(bytes);
    expect(inspection).toMatchObject<Partial<Inspection>>({
      byteSize: bytes.length,
      irVersion: 8,
      opsets: [{ domain: '', version: 17 }],
      producerName: 'weighbridge-test',
      graphName: 'g',
      nodeCount: 1,
      storedElements: 56,
      modelParams: 56,
      classes: { weight: 56, state: 0, buffer: 0, quantization: 0, integer: 0, scalar: 0, unused: 0 },
      externalData: [],
      warnings: [],
    });
    expect(inspection.bytes).toMatchObject({ weights: 224, constants: 0, metadata: 0, padding: 0 });
    expect(Object.values<number>({ ...inspection.bytes }).reduce((sum, part) => sum + part, 0)).toBe(bytes.length);
    expect(inspection.recurrentNodes[0]!.weights).toMatchObject([
      {
        role: 'W',
        source: 'INITIALIZER',
        tensor: 'W',
        dims: [1, 8, 3],
        dtype: 'FLOAT',
        elements: 24,
        byteSize: 96,
        hops: 0,
      },
      { role: 'R', source: 'INITIALIZER', dims: [1, 8, 2] },
      { role: 'B', source: 'INITIALIZER', dims: [1, 16] },
      { role: 'P', source: 'ABSENT', tensor: null, elements: 0 },
    ]);
  });

  test('inspects the same, however its bytes are cut', async () => {
    const bytes = lstmModel({ inputSize: 20, hiddenSize: 64, bias: 'single' });
    const whole = JSON.stringify(await inspectBytes(bytes));
    const sizes = fc.integer({ min: 1, max: bytes.length });
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        expect(JSON.stringify(await inspectBytes(bytes, size))).toBe(whole);
      }),
      { numRuns: 30 },
    );
  });
});

describe('weights are found where exporters hide them', () => {
  test('in the outer graph, from an If branch, one hop outward', async () => {
    const branch = (name: string) => graph({ node: [lstm(name)], output: [value(`${name}_y`, [])] });
    const [first, second] = await nodesOf(
      model({
        node: [node('If', ['c'], ['y'], { then_branch: branch('a'), else_branch: branch('b') }, { name: 'choose' })],
        initializer: [W(), R(), B()],
        input: [x, value('c', [])],
      }),
    );
    expect(first).toMatchObject({
      path: 'graph/choose.then_branch/a',
      verdict: 'MATCH',
      weights: [{ hops: 1 }, { hops: 1 }, {}, {}],
    });
    expect(second).toMatchObject({ path: 'graph/choose.else_branch/b', verdict: 'MATCH' });
  });

  test('shared by two nodes: per use counts them twice, distinct once', async () => {
    const { recurrent } = await inspectBytes(
      model({ node: [lstm('a'), lstm('b')], initializer: [W(), R(), B()], input: [x] }),
    );
    expect(recurrent).toMatchObject({
      nodes: 2,
      perUse: 1_024,
      distinct: 512,
      effective: 1_024,
      effectiveDistinct: 512,
    });
  });

  test('behind Concat, Unsqueeze, Transpose, Reshape, Cast, Identity and Slice', async () => {
    const [only] = await nodesOf(
      model({
        node: [
          node('Transpose', ['kernel'], ['t'], { perm: [1, 0] }),
          node('Unsqueeze', ['t', 'zero'], ['W']),
          node('Slice', ['blob', 'start', 'end'], ['slice']),
          node('Reshape', ['slice', 'shape'], ['r']),
          node('Identity', ['r'], ['R']),
          node('Concat', ['wb', 'rb'], ['both'], { axis: 0 }),
          node('Cast', ['both'], ['cast'], { to: 1 }),
          node('Unsqueeze', ['cast', 'zero'], ['B']),
          lstm(),
        ],
        initializer: [
          floatTensor('kernel', [6, 32]),
          floatTensor('blob', [1_000]),
          floatTensor('wb', [32]),
          floatTensor('rb', [32], { value: 0 }),
          int64Tensor('zero', [0]),
          int64Tensor('start', [100]),
          int64Tensor('end', [356]),
          int64Tensor('shape', [1, 32, -1]),
        ],
        input: [x],
      }),
    );
    expect(only).toMatchObject({
      verdict: 'MATCH',
      stored: 512,
      effective: 480,
      biasConvention: 'SINGLE_INPUT',
      weights: [
        { source: 'COMPUTED', chain: ['Transpose', 'Unsqueeze'], elements: 192 },
        { source: 'COMPUTED', chain: ['Slice', 'Reshape', 'Identity'], elements: 256 },
        { source: 'COMPUTED', chain: ['Concat', 'Cast', 'Unsqueeze'], elements: 64 },
        { source: 'ABSENT' },
      ],
    });
  });

  test('a tensor of which a slice is used counts whole in distinct', async () => {
    const { recurrent } = await inspectBytes(
      model({
        node: [
          node('Slice', ['blob', 'zero', 'end'], ['s']),
          node('Reshape', ['s', 'shape'], ['R']),
          lstm('l', ['x', 'W', 'R']),
        ],
        initializer: [
          W(),
          floatTensor('blob', [1_000]),
          int64Tensor('zero', [0]),
          int64Tensor('end', [256]),
          int64Tensor('shape', [1, 32, 8]),
        ],
        input: [x],
      }),
    );
    expect(recurrent).toMatchObject({ perUse: 448, distinct: 1_192 });
  });

  test('in Constant nodes and behind the outputs of an If', async () => {
    const constant = (tensor: ReturnType<typeof W>) => node('Constant', [], [tensor.name], { value: tensor });
    const branch = (suffix: string) =>
      graph({ node: [node('Identity', ['W0'], [`W${suffix}`])], output: [value(`W${suffix}`, [])] });
    const [only] = await nodesOf(
      model({
        node: [
          constant(R()),
          constant(B()),
          node('If', ['c'], ['W'], { then_branch: branch('1'), else_branch: branch('2') }),
          lstm(),
        ],
        initializer: [floatTensor('W0', [1, 32, 6])],
        input: [x, value('c', [])],
      }),
    );
    expect(only).toMatchObject({
      verdict: 'MATCH',
      weights: [{ source: 'COMPUTED', chain: ['Identity', 'If'] }, { source: 'CONSTANT' }, { source: 'CONSTANT' }, {}],
    });
  });

  test('in a local function: one node a call, never one uncalled', async () => {
    const bytes = model(
      {
        node: [
          node('Layer', ['x', 'W', 'R', 'B'], ['a'], {}, { domain: 'my', name: 'first' }),
          node('Layer', ['x', 'W', 'R', 'B'], ['b'], {}, { domain: 'my', name: 'second' }),
        ],
        initializer: [W(), R(), B()],
        input: [x],
      },
      {
        functions: [
          {
            domain: 'my',
            name: 'Layer',
            input: ['i', 'w', 'r', 'b'],
            output: ['lstm_y'],
            node: [lstm('lstm', ['i', 'w', 'r', 'b'])],
          },
          {
            domain: 'my',
            name: 'Unused',
            input: ['i', 'w', 'r', 'b'],
            output: ['lstm_y'],
            node: [lstm('lstm', ['i', 'w', 'r', 'b'])],
          },
        ],
      },
    );
    const { nodeCount, recurrent, recurrentNodes } = await inspectBytes(bytes);
    expect(nodeCount).toBe(4);
    expect(recurrent).toMatchObject({ nodes: 2, perUse: 1_024, distinct: 512 });
    expect(recurrentNodes.map(({ path }) => path)).toEqual(['graph/first.Layer/lstm', 'graph/second.Layer/lstm']);
    expect(recurrentNodes[0]!.weights[0]).toMatchObject({ source: 'INITIALIZER' });
  });
});

describe('what cannot be decided says so', () => {
  test('a weight that is a graph input of known shape is verifiable, and nothing of it is stored', async () => {
    const inspection = await inspectBytes(
      model({ node: [lstm('l', ['x', 'W', 'R'])], input: [x, value('W', [1, 32, 6]), value('R', [1, 32, 8])] }),
    );
    expect(inspection.recurrentNodes[0]).toMatchObject({
      verdict: 'MATCH',
      stored: 448,
      weights: [{ source: 'GRAPH_INPUT' }, {}, {}, {}],
    });
    expect(inspection.recurrent).toMatchObject({ perUse: 448, distinct: 0 });
  });

  test('one of unknown shape makes the node UNVERIFIABLE and the totals lower bounds', async () => {
    const { recurrent, recurrentNodes } = await inspectBytes(
      model({ node: [lstm()], input: [x, value('W', [1, 'rows', 6])], initializer: [R(), B()] }),
    );
    expect(recurrentNodes[0]).toMatchObject({
      verdict: 'UNVERIFIABLE',
      stored: null,
      hiddenSize: 8,
      inputSize: null,
      reason: 'the shape of W is unknown: the graph input "W" has no static shape',
    });
    expect(recurrent).toMatchObject({ unverifiableNodes: 1, perUse: 0 });
  });

  test('a weight computed from activations names the node that stops it', async () => {
    const [only] = await nodesOf(
      model({
        node: [node('Conv', ['x', 'k'], ['W'], {}, { name: 'conv' }), lstm()],
        input: [x],
        initializer: [R(), B()],
      }),
    );
    expect(only!.reason).toContain('Conv "graph/conv"');
  });

  test('a name that nothing has is UNDEFINED', async () => {
    const [only] = await nodesOf(model({ node: [lstm()], input: [x], initializer: [R(), B()] }));
    expect(only).toMatchObject({
      verdict: 'UNVERIFIABLE',
      weights: [{ source: 'UNDEFINED', tensor: 'W' }, {}, {}, {}],
    });
  });

  test('a weight made from itself, and a function that calls itself, end', async () => {
    const [cyclic] = await nodesOf(
      model({
        node: [node('Identity', ['b'], ['W']), node('Identity', ['W'], ['b']), lstm()],
        input: [x],
        initializer: [R(), B()],
      }),
    );
    expect(cyclic!.reason).toContain('is made from itself');
    const inspection = await inspectBytes(
      model(
        { node: [node('F', ['x'], ['y'], {}, { domain: 'my' })], input: [x] },
        {
          functions: [
            {
              domain: 'my',
              name: 'F',
              input: ['x'],
              output: ['y'],
              node: [node('F', ['x'], ['y'], {}, { domain: 'my' }), lstm()],
            },
          ],
        },
      ),
    );
    expect(inspection.warnings).toMatchObject([{ code: 'FUNCTION_CYCLE' }]);
  });

  test('the same names in another domain are no recurrent nodes', async () => {
    const { recurrent } = await inspectBytes(
      model({
        node: [node('LSTM', ['x', 'W', 'R'], ['y'], {}, { domain: 'my' }), node('lstm', ['x'], ['z'])],
        input: [x],
      }),
    );
    expect(recurrent.nodes).toBe(0);
  });

  test.each(['__proto__', 'constructor', 'toString', 'a\0b', '\u202eevil', '"><script>'])(
    'a tensor named %j is counted right',
    async (name) => {
      const tensor = { ...W(), name };
      const [only] = await nodesOf(
        model({ node: [lstm('l', ['x', name, 'R', 'B'])], input: [x], initializer: [tensor, R(), B()] }),
      );
      expect(only).toMatchObject({ verdict: 'MATCH', weights: [{ tensor: name }, {}, {}, {}] });
      expect(({} as Record<string, unknown>).dims).toBeUndefined();
    },
  );

  test('F07: a tensor that is named like the mark of a long name does not answer for it', async () => {
    const long = 'a'.repeat(2_000);
    const mark = `${'a'.repeat(300)}…#${createHash('sha256').update(long).digest('hex').slice(0, 32)}:2000`;
    const initializer = [W(), floatTensor(long, [1, 32, 9]), floatTensor(mark, [1, 32, 8]), B()];
    const { recurrentNodes, warnings } = await inspectBytes(
      model({ node: [lstm('lstm', ['x', 'W', long, 'B'])], initializer, input: [x] }),
    );
    expect(recurrentNodes).toMatchObject([{ verdict: 'MISMATCH' }]);
    expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['NAME_CUT', 'NAME_ENCODING']));
    expect(warnings.map(({ code }) => code)).not.toContain('NAME_DUPLICATE');
  });

  test('a tensor whose bytes do not fit its dims is warned of', async () => {
    const { warnings } = await inspectBytes(
      model({ node: [lstm()], input: [x], initializer: [{ ...W(), rawData: new Uint8Array(700) }, R(), B()] }),
    );
    expect(warnings).toMatchObject([{ code: 'PAYLOAD_MISMATCH', path: 'W' }]);
  });
});

describe('element classes sum to what is stored', () => {
  test('weights, states, scalars, integers, statistics and what nothing takes', async () => {
    const { classes, storedElements, modelParams } = await inspectBytes(
      model({
        node: [
          node('LSTM', ['x', 'W', 'R', 'B', '', 'h0', 'h0'], ['y'], { hidden_size: 8 }),
          node('BatchNormalization', ['y', 'scale', 'shift', 'mean', 'var'], ['n']),
          node('Reshape', ['n', 'shape'], ['r']),
          node('Mul', ['r', 'factor'], ['out']),
        ],
        initializer: [
          W(),
          R(),
          B(),
          floatTensor('h0', [1, 1, 8], { value: 0 }),
          ...['scale', 'shift', 'mean', 'var'].map((name) => floatTensor(name, [8])),
          int64Tensor('shape', [-1, 8]),
          floatTensor('factor', []),
          floatTensor('left', [3]),
        ],
        input: [x],
        output: [value('out', [])],
      }),
    );
    expect(classes).toEqual({ weight: 528, state: 8, buffer: 16, quantization: 0, integer: 2, scalar: 1, unused: 3 });
    expect(storedElements).toBe(558);
    expect(modelParams).toBe(528);
  });
});

describe('totals over 2^53−1', () => {
  test('are refused, never rounded: weights that are graph inputs claim what they like', async () => {
    const n = 2 ** 20;
    const bytes = model({
      node: Array.from({ length: 5_000 }, (_, i) => node('RNN', ['x', 'W', 'R'], [`y${i}`])),
      input: [x, value('W', [1, n, n]), value('R', [1, n, n])],
    });
    await expect(inspectBytes(bytes)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});

describe('what is no model is refused in words that help', () => {
  test.each<[string, string | number[], string]>([
    ['a PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 'PNG'],
    ['a git-LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', 'git lfs pull'],
    ['an HTML page', '<!DOCTYPE html><html><body>Please sign in</body></html>', 'HTML'],
    ['a checkpoint', [0x50, 0x4b, 3, 4, 20, 0, 0, 0], 'ZIP'],
    ['JSON', '{"model": "lstm"}', 'JSON'],
    ['an empty file', [], 'an empty file'],
  ])('%s', async (_, content, words) => {
    const bytes = Uint8Array.from(Buffer.from(content as string));
    await expect(inspectBytes(bytes)).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_ONNX',
      message: expect.stringContaining(words) as string,
    });
  });

  test('protobuf without a graph, and a graph without anything', async () => {
    await expect(inspectBytes(Uint8Array.of(8, 9))).rejects.toMatchObject({ code: 'ARTIFACT_MALFORMED' });
    await expect(inspectBytes(model({}))).rejects.toMatchObject({ code: 'ARTIFACT_MALFORMED' });
  });

  test.each([
    ['a negative dim', [1, -32, 6]],
    ['more than 2^53−1 elements', [2 ** 40, 2 ** 40]],
  ])('a stored tensor with %s', async (_, dims) => {
    const tensor = { ...W(), dims };
    await expect(inspectBytes(model({ initializer: [tensor] }))).rejects.toMatchObject({ code: 'ARTIFACT_MALFORMED' });
  });

  test.each([2, 0])('a dim over 2^53−1 beside %d, which is not said as if it were exact', async (other) => {
    const tensor = { ...W(), dims: [2 ** 62, other] };
    await expect(inspectBytes(model({ initializer: [tensor] }))).rejects.toMatchObject({
      code: 'ARTIFACT_MALFORMED',
      message: expect.stringContaining(`[a number over 2^53−1, ${other}]`) as string,
    });
  });

  test('a model cut off', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
    await expect(inspectBytes(bytes.subarray(0, bytes.length - 1))).rejects.toMatchObject({
      code: 'ARTIFACT_TRUNCATED',
    });
  });
});

describe('a large structure', () => {
  test('is analysed in a worker, with the same result', async () => {
    const many = Array.from({ length: 60_000 }, (_, i) =>
      node('Relu', [`input_of_node_${i}`], [`output_of_node_${i}`], {}, { name: `a_node_with_a_long_name_${i}` }),
    );
    const { nodeCount, recurrent } = await inspectBytes(
      model({ node: [...many, lstm()], initializer: [W(), R(), B()], input: [x] }),
    );
    expect({ nodeCount, perUse: recurrent.perUse }).toEqual({ nodeCount: 60_001, perUse: 512 });
  });
});
