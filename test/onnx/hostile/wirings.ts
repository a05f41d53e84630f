/**
 * Small models whose wiring costs time or memory to follow: calls of calls, chains that everything hangs off, values computed
 * again and again. Each could hold a reader for hours; each must end in a bounded number of steps.
 */
import type onnxProto from 'onnx-proto';
import { floatTensor, graph, int64Tensor, model, node, value } from '../../support/onnx-model.js';

type Node = ReturnType<typeof node>;
type Function = onnxProto.onnx.IFunctionProto;

const x = value('x', ['time', 1, 3]);
const W = () => floatTensor('W', [1, 8, 3]);
const R = () => floatTensor('R', [1, 8, 2]);
const B = () => floatTensor('B', [1, 16]);
const lstm = (i: number | string = 0, inputs = ['x', 'W', 'R', 'B']) =>
  node('LSTM', inputs, [`y${i}`], {}, { name: `l${i}` });
const call = (name: string, inputs: string[], output: string) => node(name, inputs, [output], {}, { domain: 'my' });
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const fn = (name: string, nodes: Node[], output: string, input = ['i']): Function => ({
  domain: 'my',
  name,
  input,
  output: [output],
  node: nodes,
});

/** F0 holds `innermost`, and each of F1 to F60 what `calls` makes of calls of the one before. */
const twiceEach = (
  innermost: Node[],
  calls: (inner: (input: string, output: string) => Node) => Node[],
): Function[] => [
  fn('F0', innermost, 'o'),
  ...many(60, (i) =>
    fn(
      `F${i + 1}`,
      calls((input, output) => call(`F${i}`, [input], output)),
      'o',
    ),
  ),
];

export const WIRINGS = {
  /** A weight behind 2^60 calls of a function that only moves it. */
  callsOfCalls: () =>
    model(
      { node: [call('F60', ['w'], 'W'), lstm()], initializer: [{ ...W(), name: 'w' }, R(), B()], input: [x] },
      { functions: twiceEach([node('Identity', ['i'], ['o'])], (inner) => [inner('i', 'a'), inner('a', 'o')]) },
    ),
  /** The same, with both calls added: nothing is folded. */
  callsThatAreAdded: () =>
    model(
      { node: [call('F60', ['w'], 'W'), lstm()], initializer: [{ ...W(), name: 'w' }, R(), B()], input: [x] },
      {
        functions: twiceEach([node('Identity', ['i'], ['o'])], (inner) => [
          inner('i', 'a'),
          inner('i', 'b'),
          node('Add', ['a', 'b'], ['o']),
        ]),
      },
    ),
  /** 2^60 LSTMs. */
  callsOfLayers: () =>
    model(
      { node: [call('F60', ['x'], 'y')], initializer: [W(), R(), B()], input: [x] },
      { functions: twiceEach([node('LSTM', ['i', 'w', 'r'], ['o'])], (inner) => [inner('i', 'a'), inner('i', 'o')]) },
    ),
  /** 2^60 nodes of which none is recurrent. */
  callsOfNothing: () =>
    model(
      { node: [call('F60', ['x'], 'y')], input: [x] },
      { functions: twiceEach([node('Relu', ['i'], ['o'])], (inner) => [inner('i', 'a'), inner('a', 'o')]) },
    ),
  /** The same, in the branches of an If each. */
  callsInBranches: () =>
    model(
      { node: [call('F60', ['x'], 'y')], initializer: [W(), R(), B()], input: [x] },
      {
        functions: twiceEach([node('LSTM', ['i', 'w', 'r'], ['o'])], (inner) => [
          node('If', ['c'], ['o'], {
            then_branch: graph({ node: [inner('i', 'a')] }),
            else_branch: graph({ node: [inner('i', 'a')] }),
          }),
        ]),
      },
    ),
  /** The same behind a function that calls itself, which is followed once. */
  callsOfAnEndlessCall: () =>
    model(
      { node: [call('F60', ['x'], 'y')], initializer: [W(), R(), B()], input: [x] },
      {
        functions: twiceEach([node('LSTM', ['i', 'w', 'r'], ['o']), call('F0', ['i'], 'p')], (inner) => [
          inner('i', 'a'),
          inner('i', 'o'),
        ]),
      },
    ),
  /** 2^60 nodes in functions that the graph does not call. */
  callsThatNobodyMakes: () =>
    model(
      { node: [lstm()], initializer: [W(), R(), B()], input: [x] },
      { functions: twiceEach([node('Relu', ['i'], ['o'])], (inner) => [inner('i', 'a'), inner('a', 'o')]) },
    ),
  /** One function calls another 60,000 times. */
  callsInARow: () =>
    model(
      { node: [call('Many', ['x'], 'y')], initializer: [W(), R(), B()], input: [x] },
      {
        functions: [
          fn('One', [lstm(0, ['i', 'w', 'r'])], 'y0'),
          fn(
            'Many',
            many(60_000, (i) => call('One', ['i'], `y${i}`)),
            'y0',
          ),
        ],
      },
    ),
  /** 20,000 calls, each of which makes the names of a large body anew. */
  largeBodyCalled: () =>
    model(
      {
        node: [
          ...many(20_000, (i) => call('Large', ['w'], `W${i}`)),
          node(
            'Concat',
            many(20_000, (i) => `W${i}`),
            ['W'],
            { axis: 0 },
          ),
          lstm(),
        ],
        initializer: [{ ...W(), name: 'w' }, R(), B()],
        input: [x],
      },
      {
        functions: [
          fn(
            'Large',
            many(10_000, (i) => node('Identity', ['i'], [`o${i}`])),
            'o9999',
          ),
        ],
      },
    ),
  /** Sums of a value with itself, 2^90 ways down to a bias that is not known. */
  sumsOfSums: () =>
    model({
      node: [...many(90, (i) => node('Add', [`b${i}`, `b${i}`], [`b${i + 1}`])), lstm(0, ['x', 'W', 'R', 'b90'])],
      initializer: [W(), R()],
      input: [x, value('b0', [1, 16])],
    }),
  /** A bias of 50 million elements that nobody stores. */
  largeBias: () => model({ node: [lstm()], initializer: [W(), R()], input: [x, value('B', [1, 50_000_000])] }),
  largeBiasMoved: () =>
    model({
      node: [node('Transpose', ['b'], ['t']), node('Transpose', ['t'], ['B']), lstm()],
      initializer: [W(), R()],
      input: [x, value('b', [1, 40_000_000])],
    }),
  /** A bias put together from 150,000 parts: more than a call has room for arguments. */
  biasOfParts: () =>
    model({
      node: [
        node(
          'Concat',
          many(150_000, () => 'part'),
          ['B'],
          { axis: 1 },
        ),
        lstm(),
      ],
      initializer: [W(), R(), floatTensor('part', [1, 1])],
      input: [x],
    }),
  biasOfUnknownParts: () =>
    model({
      node: [
        node(
          'Concat',
          many(150_000, () => 'part'),
          ['B'],
          { axis: 1 },
        ),
        lstm(),
      ],
      initializer: [W(), R()],
      input: [x, value('part', [1, 1])],
    }),
  /** 8,000 sums of 16,000 known values. */
  foldedSums: () =>
    model({
      node: [
        ...many(8_000, (i) => node('Add', ['c', 'c'], [`s${i}`])),
        node(
          'Concat',
          many(8_000, (i) => `s${i}`),
          ['W'],
          { axis: 0 },
        ),
        lstm(),
      ],
      initializer: [floatTensor('c', [16_000]), R(), B()],
      input: [x],
    }),
  /** 8,000 nodes that all hang off one chain of 8,000 operators. */
  longChain: () =>
    model({
      node: [
        ...many(8_000, (i) => node('Identity', [`c${i}`], [`c${i + 1}`])),
        ...many(8_000, (i) => lstm(i, ['x', 'c8000', 'R', 'B'])),
      ],
      initializer: [{ ...W(), name: 'c0' }, R(), B()],
      input: [x],
    }),
  /** Every output of one node, with as many inputs, is another weight. */
  wideNode: () =>
    model({
      node: [
        node(
          'Concat',
          many(50_000, () => 'W'),
          many(20_000, (i) => `W${i}`),
          { axis: 0 },
        ),
        ...many(20_000, (i) => lstm(i, ['x', `W${i}`, 'R', 'B'])),
      ],
      initializer: [W(), R(), B()],
      input: [x],
    }),
  /** Shapes of growing rank. */
  growingRank: () =>
    model({
      node: [
        ...many(2_000, (i) => node('Unsqueeze', [`c${i}`, 'axes'], [`c${i + 1}`])),
        lstm(0, ['x', 'c2000', 'R', 'B']),
      ],
      initializer: [
        { ...W(), name: 'c0' },
        R(),
        B(),
        int64Tensor(
          'axes',
          many(5_000, (i) => i),
        ),
      ],
      input: [x],
    }),
  /** A node with 8,000 attributes, asked for each of 8,000 calls. */
  attributesAsked: () =>
    model(
      { node: many(8_000, (i) => call('Layer', ['x'], `y${i}`)), initializer: [W(), R(), B()], input: [x] },
      {
        functions: [
          fn(
            'Layer',
            [node('LSTM', ['i', 'w', 'r'], ['y'], Object.fromEntries(many(8_000, (i) => [`a${i}`, 1])))],
            'y',
          ),
        ],
      },
    ),
  /** 20,000 nodes at the end of a path of 20 names of 1 KiB. */
  longPaths: () => {
    let inner = graph({ node: many(20_000, (i) => lstm(i)) });
    for (let level = 0; level < 20; level += 1) {
      inner = graph({
        node: [node('If', ['c'], ['o'], { then_branch: inner }, { name: `${level}`.padEnd(1_000, 'n') })],
      });
    }
    return model({ ...inner, initializer: [W(), R(), B()], input: [x] });
  },
  /** Initial states that all flow through one chain. */
  zerosInAChain: () =>
    model({
      node: [
        ...many(5_000, (i) => node('Concat', [`z${i}`, 's0'], [`t${i}`], { axis: 0 })),
        ...many(5_000, (i) => node('Concat', [i === 0 ? 't0' : `s${i}`, `t${i}`], [`s${i + 1}`], { axis: 0 })),
        lstm(0, ['x', 'W', 'R', 'B', '', 's5000', 's5000']),
      ],
      initializer: [W(), R(), B(), ...many(5_000, (i) => floatTensor(`z${i}`, [1, 1, 2], { value: 0 }))],
      input: [x],
    }),
} satisfies Record<string, () => Uint8Array>;
