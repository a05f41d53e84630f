import { floatTensor, int64Tensor, model, node, value } from '../../support/onnx-model.js';
import { inspectBytes } from '../../support/inspect-bytes.js';

/** W, R and B of an LSTM layer called `name`. */
function weights(name: string, m: number, n: number, D = 1) {
  return [
    floatTensor(`${name}.W`, [D, 4 * n, m]),
    floatTensor(`${name}.R`, [D, 4 * n, n]),
    floatTensor(`${name}.B`, [D, 8 * n]),
  ];
}

function lstm(name: string, input: string, attributes: Record<string, string> = {}) {
  return node('LSTM', [input, `${name}.W`, `${name}.R`, `${name}.B`], [`${name}.y`, `${name}.h`], attributes, { name });
}

/** Y [steps, D, batch, n] to the input of the next layer, as exporters write it. */
function between(from: string, to: string) {
  return [
    node('Transpose', [from], [`${to}.t`], { perm: [0, 2, 1, 3] }),
    node('Reshape', [`${to}.t`, 'shape'], [`${to}.r`]),
    node('Dropout', [`${to}.r`], [to]),
  ];
}

const shape = int64Tensor('shape', [0, 0, -1]);
const x = value('x', ['time', 1, 6]);

async function stacksOf(parts: Parameters<typeof model>[0]) {
  return (await inspectBytes(model({ input: [x], ...parts }))).recurrentStacks;
}

test('layers chained output to input are one stack, checked against the formula of a stack', async () => {
  const stacks = await stacksOf({
    node: [
      lstm('one', 'x', { direction: 'bidirectional' }),
      ...between('one.y', 'x2'),
      lstm('two', 'x2', { direction: 'bidirectional' }),
    ],
    initializer: [...weights('one', 6, 8, 2), ...weights('two', 16, 8, 2), shape],
  });
  // torch.nn.LSTM(6, 8, num_layers=2, bidirectional=True): 2·(32·6 + 32·8 + 64) + 2·(32·16 + 32·8 + 64)
  expect(stacks).toEqual([
    {
      path: 'graph/one',
      opType: 'LSTM',
      layers: [
        { inputSize: 6, hiddenSize: 8, numDirections: 2, params: 1_024, nodes: ['graph/one'] },
        { inputSize: 16, hiddenSize: 8, numDirections: 2, params: 1_664, nodes: ['graph/two'] },
      ],
      params: 2_688,
      expected: 2_688,
      uniform: true,
      verdict: 'MATCH',
    },
  ]);
});

test('a bidirectional layer written as two nodes is one layer', async () => {
  const [stack, ...others] = await stacksOf({
    node: [
      lstm('forward', 'x'),
      lstm('backward', 'x', { direction: 'reverse' }),
      node('Concat', ['forward.y', 'backward.y'], ['both'], { axis: 3 }),
      ...between('both', 'x2'),
      lstm('top', 'x2'),
    ],
    initializer: [...weights('forward', 6, 8), ...weights('backward', 6, 8), ...weights('top', 16, 5), shape],
  });
  expect(others).toEqual([]);
  expect(stack).toMatchObject({
    layers: [{ numDirections: 2, params: 1_024, nodes: ['graph/forward', 'graph/backward'] }, { nodes: ['graph/top'] }],
    uniform: false,
    verdict: 'MATCH',
  });
});

test('two nodes side by side in one direction are no pair', async () => {
  const stacks = await stacksOf({
    node: [lstm('a', 'x'), lstm('b', 'x'), node('Concat', ['a.y', 'b.y'], ['both'], { axis: 3 })],
    initializer: [...weights('a', 6, 8), ...weights('b', 6, 8)],
  });
  expect(stacks.map(({ layers }) => layers.length)).toEqual([1, 1]);
});

test.each([
  ['an operator that mixes features stands between', [node('MatMul', ['one.y', 'm'], ['x2'])]],
  ['other features are added', [node('Concat', ['one.y', 'x'], ['x2'], { axis: 3 })]],
])('layers are apart where %s', async (_, wiring) => {
  const stacks = await stacksOf({
    node: [lstm('one', 'x'), ...wiring, lstm('two', 'x2')],
    initializer: [...weights('one', 6, 8), ...weights('two', 8, 8), floatTensor('m', [8, 8])],
  });
  expect(stacks.map(({ path }) => path)).toEqual(['graph/one', 'graph/two']);
});

test('where two layers read one, neither continues its stack', async () => {
  const stacks = await stacksOf({
    node: [lstm('one', 'x'), ...between('one.y', 'x2'), lstm('left', 'x2'), lstm('right', 'x2')],
    initializer: [...weights('one', 6, 8), ...weights('left', 8, 8), ...weights('right', 8, 8), shape],
  });
  expect(stacks.map(({ path }) => path)).toEqual(['graph/one', 'graph/left', 'graph/right']);
});

test('a layer that contradicts itself makes its stack a MISMATCH, and one of unknown size stands in none', async () => {
  const [broken] = await stacksOf({
    node: [lstm('one', 'x')],
    initializer: [...weights('one', 6, 8).slice(0, 2), floatTensor('one.B', [1, 32])],
  });
  expect(broken).toMatchObject({ verdict: 'MISMATCH', params: 480, expected: 512 });
  expect(await stacksOf({ node: [lstm('one', 'x')], initializer: weights('one', 6, 8).slice(1) })).toEqual([]);
});

test('layers that feed each other in a circle end', async () => {
  const stacks = await stacksOf({
    node: [lstm('one', 'two.y'), lstm('two', 'one.y')],
    initializer: [...weights('one', 8, 8), ...weights('two', 8, 8)],
  });
  expect(stacks.length).toBeLessThanOrEqual(2);
});
