// Shapes that can be worked out on the way to a weight, by the definitions of the operators: each expectation follows from ONNX's
// document of the operator, and a file in which the shapes do not fit says that they are not known.
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, int64Tensor, model, node, value } from '../../support/onnx-model.js';

type Node = ReturnType<typeof node>;
type Tensor = ReturnType<typeof floatTensor>;

/** The dims of `y`, seen as the W of a recurrent node; null where they are not known. */
async function dimsOf(nodes: Node[], initializer: Tensor[]): Promise<number[] | null> {
  const inspection = await inspectBytes(
    model({
      node: [...nodes, node('RNN', ['x', 'y', 'r'], ['out'])],
      initializer: [...initializer, floatTensor('r', [1, 4, 4])],
      input: [value('x', [5, 1, 3]), value('free', ['rows', 3])],
      output: [value('out', [])],
    }),
  );
  return inspection.recurrentNodes[0]!.weights.find(({ role }) => role === 'W')!.dims;
}

const f = (name: string, ...dims: number[]) => floatTensor(name, dims);
const i = (name: string, values: number[], dims = [values.length]) => int64Tensor(name, values, dims);
const einsum = (equation: string, ...inputs: string[]) => node('Einsum', inputs, ['y'], { equation });

describe('the shape of', () => {
  test.each<[string, Node[], Tensor[], number[]]>([
    ['a vector times a matrix', [node('MatMul', ['a', 'b'], ['y'])], [f('a', 3), f('b', 3, 4)], [4]],
    ['a matrix times a vector', [node('MatMul', ['a', 'b'], ['y'])], [f('a', 2, 3), f('b', 3)], [2]],
    ['two vectors', [node('MatMul', ['a', 'b'], ['y'])], [f('a', 3), f('b', 3)], []],
    ['a vector times a stack of matrices', [node('MatMul', ['a', 'b'], ['y'])], [f('a', 3), f('b', 5, 3, 4)], [5, 4]],
    [
      'stacks that are broadcast',
      [node('MatMul', ['a', 'b'], ['y'])],
      [f('a', 5, 1, 2, 3), f('b', 6, 3, 4)],
      [5, 6, 2, 4],
    ],
    [
      'Gather by a table of places',
      [node('Gather', ['a', 'at'], ['y'], { axis: 1 })],
      [f('a', 2, 5, 3), i('at', [0, 1, 2, 3, 4, 0], [2, 3])],
      [2, 2, 3, 3],
    ],
    [
      'Gather by one place',
      [node('Gather', ['a', 'at'], ['y'], { axis: 1 })],
      [f('a', 2, 5, 3), i('at', [4], [])],
      [2, 3],
    ],
    [
      'GatherND',
      [node('GatherND', ['a', 'at'], ['y'])],
      [f('a', 2, 5, 3), i('at', [0, 1, 1, 2, 1, 4], [3, 2])],
      [3, 3],
    ],
    [
      'GatherND in batches',
      [node('GatherND', ['a', 'at'], ['y'], { batch_dims: 1 })],
      [f('a', 2, 5, 3), i('at', [0, 1], [2, 1])],
      [2, 3],
    ],
    [
      'GatherElements',
      [node('GatherElements', ['a', 'at'], ['y'])],
      [f('a', 2, 5), i('at', [0, 1, 1], [1, 3])],
      [1, 3],
    ],
    [
      'ScatterND',
      [node('ScatterND', ['a', 'at', 'b'], ['y'])],
      [f('a', 4, 5), i('at', [1], [1, 1]), f('b', 1, 5)],
      [4, 5],
    ],
    [
      'ScatterElements',
      [node('ScatterElements', ['a', 'at', 'b'], ['y'])],
      [f('a', 4, 5), i('at', [1], [1, 1]), f('b', 1, 1)],
      [4, 5],
    ],
    ['Softmax', [node('Softmax', ['a'], ['y'])], [f('a', 2, 3)], [2, 3]],
    ['Trilu', [node('Trilu', ['a'], ['y'])], [f('a', 3, 3)], [3, 3]],
    ['Mean', [node('Mean', ['a', 'b'], ['y'])], [f('a', 2, 3), f('b', 3)], [2, 3]],
    ['HardSigmoid', [node('HardSigmoid', ['a'], ['y'])], [f('a', 2, 3)], [2, 3]],
    ['LpNormalization', [node('LpNormalization', ['a'], ['y'])], [f('a', 2, 3)], [2, 3]],
    ['LayerNormalization', [node('LayerNormalization', ['a', 'b'], ['y'])], [f('a', 2, 3), f('b', 3)], [2, 3]],
    ['Einsum as a product', [einsum('ij,jk->ik', 'a', 'b')], [f('a', 2, 3), f('b', 3, 4)], [2, 4]],
    ['Einsum without an arrow', [einsum('ij, jk', 'a', 'b')], [f('a', 2, 3), f('b', 3, 4)], [2, 4]],
    [
      'Einsum with an ellipsis',
      [einsum('...ij,jk->...ki', 'a', 'b')],
      [f('a', 7, 6, 2, 3), f('b', 3, 4)],
      [7, 6, 4, 2],
    ],
    ['Einsum of three', [einsum('i,j,k->kji', 'a', 'b', 'c')], [f('a', 2), f('b', 3), f('c', 4)], [4, 3, 2]],
    [
      'an item of a sequence',
      [node('SequenceConstruct', ['a', 'b'], ['s']), node('SequenceAt', ['s', 'at'], ['y'])],
      [f('a', 2), f('b', 3, 4), i('at', [-1], [])],
      [3, 4],
    ],
    [
      'a joined sequence',
      [node('SequenceConstruct', ['a', 'b'], ['s']), node('ConcatFromSequence', ['s'], ['y'], { axis: 0 })],
      [f('a', 2, 4), f('b', 3, 4)],
      [5, 4],
    ],
    [
      'a stacked sequence',
      [
        node('SequenceConstruct', ['a', 'b'], ['s']),
        node('ConcatFromSequence', ['s'], ['y'], { axis: -1, new_axis: 1 }),
      ],
      [f('a', 2, 4), f('b', 2, 4)],
      [2, 4, 2],
    ],
    [
      'a piece of a sequence that was split evenly',
      [node('SplitToSequence', ['a', 'by'], ['s'], { axis: 1 }), node('SequenceAt', ['s', 'at'], ['y'])],
      [f('a', 2, 5), i('by', [2], []), i('at', [2], [])],
      [2, 1],
    ],
    [
      'a piece of a sequence that was split by sizes',
      [node('SplitToSequence', ['a', 'by'], ['s'], { axis: 1 }), node('SequenceAt', ['s', 'at'], ['y'])],
      [f('a', 2, 5), i('by', [1, 4]), i('at', [1], [])],
      [2, 4],
    ],
    [
      'a piece of a sequence without its axis',
      [node('SplitToSequence', ['a'], ['s'], { axis: 1, keepdims: 0 }), node('SequenceAt', ['s', 'at'], ['y'])],
      [f('a', 2, 5), i('at', [1], [])],
      [2],
    ],
  ])('%s', async (_, nodes, initializer, dims) => {
    expect(await dimsOf(nodes, initializer)).toEqual(dims);
  });
});

describe('no shape has', () => {
  test.each<[string, Node[], Tensor[]]>([
    ['a product whose inner sizes differ', [node('MatMul', ['a', 'b'], ['y'])], [f('a', 3), f('b', 4, 3)]],
    ['a product of a single number', [node('MatMul', ['a', 'b'], ['y'])], [f('a'), f('b', 4, 3)]],
    ['a place outside of its axis', [node('Gather', ['a', 'at'], ['y'])], [f('a', 2, 3), i('at', [2, 0], [1, 2])]],
    ['a tuple of places outside', [node('GatherND', ['a', 'at'], ['y'])], [f('a', 2, 3), i('at', [1, 3], [1, 2])]],
    [
      'a tuple longer than there are axes',
      [node('GatherND', ['a', 'at'], ['y'])],
      [f('a', 2, 3), i('at', [0, 0, 0], [1, 3])],
    ],
    ['an element outside', [node('GatherElements', ['a', 'at'], ['y'])], [f('a', 2, 3), i('at', [2], [1, 1])]],
    ['an equation with a letter more', [einsum('ijk,jk->ik', 'a', 'b')], [f('a', 2, 3), f('b', 3, 4)]],
    ['an equation whose result nothing names', [einsum('ij->iz', 'a')], [f('a', 2, 3)]],
    ['an equation whose sizes differ', [einsum('ij,jk->ik', 'a', 'b')], [f('a', 2, 3), f('b', 5, 4)]],
    ['no equation', [node('Einsum', ['a', 'b'], ['y'])], [f('a', 2, 3), f('b', 3, 4)]],
    ['a sequence itself', [node('SequenceConstruct', ['a'], ['y'])], [f('a', 1, 4, 3)]],
    [
      'a sum with a sequence',
      [node('SequenceConstruct', ['a'], ['s']), node('Add', ['s', 'a'], ['y'])],
      [f('a', 1, 4, 3)],
    ],
    [
      'an item that the sequence does not have',
      [node('SequenceConstruct', ['a'], ['s']), node('SequenceAt', ['s', 'at'], ['y'])],
      [f('a', 1, 4, 3), i('at', [1], [])],
    ],
    [
      'pieces that are not all of it',
      [node('SplitToSequence', ['a', 'by'], ['s']), node('SequenceAt', ['s', 'at'], ['y'])],
      [f('a', 5), i('by', [1, 3]), i('at', [0], [])],
    ],
    [
      'pieces of no size',
      [node('SplitToSequence', ['a', 'by'], ['s']), node('SequenceAt', ['s', 'at'], ['y'])],
      [f('a', 5), i('by', [0], []), i('at', [0], [])],
    ],
  ])('%s', async (_, nodes, initializer) => {
    expect(await dimsOf(nodes, initializer)).toBeNull();
  });
});
