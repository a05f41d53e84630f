/** Where a stored tensor stands in the map of a file: once, under the node that takes it, and in sums that hold. */
import type { Branch } from '../../src/web/parts/text/branch.js';
import { elementTree, type RecurrentNode, type StoredTensor } from '../../src/web/version/element-tree.js';

const tensor = (name: string, elements: number, usedBy: { path: string; input: number }[] = []): StoredTensor => ({
  name,
  path: 'graph',
  class: 'WEIGHT',
  elements,
  usedBy,
});

/** Of a node, only what the map asks for. */
const node = (path: string, weights: Record<string, string>): RecurrentNode =>
  ({
    path,
    weights: Object.entries(weights).map(([role, name]) => ({ role, tensor: name, source: 'INITIALIZER' })),
  }) as RecurrentNode;

const classes = { weight: 0, state: 0, buffer: 0, quantization: 0, integer: 0, scalar: 0, unused: 0 };

function sumOf({ value = 0, children = [] }: Branch): number {
  return children.reduce((sum, child) => sum + sumOf(child), value);
}

function pathsOf(branch: Branch, above: string[] = []): string[] {
  const path = [...above, branch.name];
  return branch.children === undefined ? [path.join(' > ')] : branch.children.flatMap((child) => pathsOf(child, path));
}

describe('the map of elements', () => {
  it('adds up to what is stored, also where tensors are left out of the list', () => {
    const tree = elementTree({
      classes: { ...classes, weight: 100, integer: 7 },
      tensors: [tensor('dense', 60)],
      nodes: [],
      stacks: [],
    });
    expect(sumOf(tree)).toBe(107);
    expect(pathsOf(tree)).toEqual(['file > weight > dense', 'file > weight > the rest', 'file > integer > the rest']);
  });

  it('puts a weight under the stack and the node that takes it, a shared one once', () => {
    const [first, second] = ['graph/If.then_branch/lstm', 'graph/If.else_branch/lstm'];
    const tree = elementTree({
      classes: { ...classes, weight: 24 },
      tensors: [
        tensor('W', 8, [
          { path: first, input: 1 },
          { path: second, input: 1 },
        ]),
        tensor('R', 16), // reached through a Transpose: only the node names it
      ],
      nodes: [node(first, { W: 'W', R: 'R' }), node(second, { W: 'W', R: 'R' })],
      stacks: [{ path: 'graph/If.then_branch/stack', layers: [{ nodes: [first] }] }],
    });
    expect(pathsOf(tree)).toEqual(['file > weight > stack > lstm > W', 'file > weight > stack > lstm > R']);
    expect(sumOf(tree)).toBe(24);
  });

  it('takes no tensor for a weight of a node that only begins with it, such as a state', () => {
    const tree = elementTree({
      classes: { ...classes, weight: 4 },
      tensors: [tensor('h0', 4, [{ path: 'graph/lstm', input: 5 }])],
      nodes: [node('graph/lstm', { W: 'W' })],
      stacks: [],
    });
    expect(pathsOf(tree)).toEqual(['file > weight > h0']);
  });
});
