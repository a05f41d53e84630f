// Which stored tensors of a file the census calls undecidable: those of which the documents say that no number tells, and no others.
import type onnxProto from 'onnx-proto';
import { undecidedIn } from '../../census/undecided.js';
import { inspectBytes } from '../support/inspect-bytes.js';
import { externalTensor } from '../support/external-model.js';
import { floatTensor, model, node, value } from '../support/onnx-model.js';

type Node = ReturnType<typeof node>;
type Tensor = onnxProto.onnx.ITensorProto;

async function undecided(nodes: Node[], initializer: Tensor[]) {
  return undecidedIn(
    await inspectBytes(model({ node: nodes, initializer, input: [value('x', ['a', 'b'])], output: [value('y', [])] })),
  );
}

test.each<[string, Node[], Tensor[], object]>([
  [
    'a factor of rank 0',
    [node('Mul', ['x', 's'], ['y'])],
    [floatTensor('s', [])],
    { kind: 'SINGLE_NUMBER', tensors: 1, elements: 1, params: 0 },
  ],
  [
    'numbers that are only added, of no telling name',
    [node('Add', ['x', 'onnx::Add_7'], ['y'])],
    [floatTensor('onnx::Add_7', [12])],
    { kind: 'ELEMENT_BY_ELEMENT', tensors: 1, elements: 12, params: 12 },
  ],
  [
    'a matrix whose values were not read',
    [node('MatMul', ['x', 'w'], ['y'])],
    [externalTensor('w', [12, 5])],
    { kind: 'NOT_READ', tensors: 1, elements: 60, params: 60 },
  ],
  [
    'a table whose values were not read, and would decide',
    [node('Add', ['x', 'w'], ['y'])],
    [externalTensor('w', [12, 5])],
    { kind: 'NOT_READ', tensors: 1, elements: 60, params: 0 },
  ],
  [
    'one number all over',
    [node('Add', ['x', 'c'], ['y'])],
    [floatTensor('c', [4, 4], { value: 2 })],
    { kind: 'CONSTANT_FILL', tensors: 1, elements: 16, params: 0 },
  ],
  [
    'rows that repeat',
    [node('Add', ['x', 'r'], ['y'])],
    [floatTensor('r', [4, 7])],
    { kind: 'REPEATED', tensors: 1, elements: 28, params: 7 },
  ],
])('%s', async (_, nodes, initializer, expected) => {
  expect(await undecided(nodes, initializer)).toEqual([expected]);
});

test.each<[string, Node[], Tensor[]]>([
  ['a matrix of a product', [node('MatMul', ['x', 'w'], ['y'])], [floatTensor('w', [12, 5])]],
  ['what is named as a bias', [node('Add', ['x', 'fc.bias'], ['y'])], [floatTensor('fc.bias', [12])]],
  ['a slope', [node('PRelu', ['x', 's'], ['y'])], [floatTensor('s', [])]],
  ['what nothing takes', [node('Relu', ['x'], ['y'])], [floatTensor('s', [])]],
])('not %s', async (_, nodes, initializer) => {
  expect(await undecided(nodes, initializer)).toEqual([]);
});

test('tensors beyond those that an inspection lists are told of, and not looked at', async () => {
  const initializer = Array.from({ length: 1_002 }, (_, i) => floatTensor(`w${i}`, [2, 3]));
  const nodes = initializer.map(({ name }) => node('MatMul', ['x', name], [`y${name}`]));
  expect(await undecided(nodes, initializer)).toEqual([{ kind: 'NOT_LISTED', tensors: 2, elements: 12, params: 0 }]);
});
