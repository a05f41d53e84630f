// A single number of rank 0 is a learned parameter where its place or its name shows it: exporters store their own constants in the same
// way, so that its value never does. What shows neither is no param, and the documents say so.
import onnxProto from 'onnx-proto';
import { checkInspection } from '../../../fuzz/invariants.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { FLOAT, floatTensor, graph, model, node, value } from '../../support/onnx-model.js';

const { onnx } = onnxProto;
type Node = ReturnType<typeof node>;
type Tensor = onnxProto.onnx.ITensorProto;

const one = (name: string, dims: number[] = [], number = 0.37): Tensor =>
  onnx.TensorProto.create({
    name,
    dims,
    dataType: FLOAT,
    rawData: new Uint8Array(Float32Array.of(number).buffer),
  });
const constant = (name: string) => node('Constant', [], [name], { value: one('') });
/** The layer that a module has beside its number. */
const layer = (name: string) => floatTensor(name, [4, 4]);

async function told(nodes: Node[], initializer: Tensor[], name: string) {
  const bytes = model({
    node: nodes,
    initializer,
    input: [value('x', ['rows', 4])],
    output: [value('y', [])],
  });
  const inspection = await inspectBytes(bytes);
  checkInspection(inspection, bytes.length);
  const all = initializer.reduce(
    (sum, { dims }) => sum + (dims as number[]).reduce((product, dim) => product * dim, 1),
    0,
  );
  return { ...inspection, others: all - (initializer.some((tensor) => tensor.name === name) ? 1 : 0) };
}

describe('counts:', () => {
  test.each<[string, Node[], Tensor[]]>([
    ['the slope of PRelu', [node('PRelu', ['x', 's'], ['y'])], [one('s')]],
    ['the same as a Constant', [constant('s'), node('PRelu', ['x', 's'], ['y'])], []],
    [
      'the same in two branches',
      [
        node('If', ['x'], ['y'], {
          then_branch: graph({ node: [node('PRelu', ['x', 's'], ['a'])], output: [value('a', [])] }),
          else_branch: graph({ node: [node('PRelu', ['x', 's'], ['b'])], output: [value('b', [])] }),
        }),
      ],
      [one('s')],
    ],
    ['the bias of Gemm', [node('Gemm', ['x', 'w', 's'], ['y'])], [layer('w'), one('s')]],
    [
      'the logarithm of a scale, as CLIP has it',
      [node('Exp', ['s'], ['e']), node('Mul', ['x', 'e'], ['y'])],
      [one('s')],
    ],
    ['a gate behind Sigmoid', [node('Sigmoid', ['s'], ['e']), node('Mul', ['x', 'e'], ['y'])], [one('s')]],
    [
      'a gate behind Tanh that starts from 0',
      [node('Tanh', ['s'], ['e']), node('Mul', ['x', 'e'], ['y'])],
      [one('s', [], 0)],
    ],
    [
      'a temperature behind Softplus, cast before',
      [node('Cast', ['s'], ['c'], { to: FLOAT }), node('Softplus', ['c'], ['e']), node('Div', ['x', 'e'], ['y'])],
      [one('s')],
    ],
    [
      'a factor named as a member of a module that has weights',
      [node('MatMul', ['x', 'blocks.3.mlp.weight'], ['m']), node('Mul', ['m', 'blocks.3.s'], ['y'])],
      [layer('blocks.3.mlp.weight'), one('blocks.3.s')],
    ],
  ])('%s', async (_, nodes, initializer) => {
    const name = initializer.find(({ dims }) => dims!.length === 0)?.name ?? 's';
    const { tensors, modelParams, others } = await told(nodes, initializer, name);
    expect(tensors.find((tensor) => tensor.dims.length === 0)).toMatchObject({
      class: 'weight',
      reason: 'LEARNED_SCALAR',
      params: 1,
    });
    expect(modelParams).toBe(others + 1);
  });
});

describe('does not count:', () => {
  test.each<[string, Node[], Tensor[]]>([
    ['a factor that may be a constant of the exporter', [node('Mul', ['x', 's'], ['y'])], [one('s')]],
    ['the small number of a normalization', [node('Add', ['x', 's'], ['y'])], [one('s', [], 1e-5)]],
    ['an exponent', [node('Pow', ['x', 's'], ['y'])], [one('s', [], 2)]],
    ['a constant whose root is taken', [node('Sqrt', ['s'], ['e']), node('Div', ['x', 'e'], ['y'])], [one('s')]],
    ['a bound', [node('Clip', ['x', 's'], ['y'])], [one('s')]],
    ['a Constant behind Exp', [constant('s'), node('Exp', ['s'], ['e']), node('Mul', ['x', 'e'], ['y'])], []],
    [
      'a zero that a state is expanded from',
      [node('Expand', ['s', 'x'], ['e']), node('Tanh', ['e'], ['y'])],
      [one('s', [], 0)],
    ],
    ['one that nothing takes', [node('Relu', ['x'], ['y'])], [one('s')]],
    [
      'a factor of a module without weights, as a converter names its constants',
      [node('MatMul', ['x', 'fc.weight'], ['m']), node('Mul', ['m', 'helper.constant.12'], ['y'])],
      [layer('fc.weight'), one('helper.constant.12')],
    ],
    [
      'a constant that an exporter lifted out of a module',
      [node('MatMul', ['x', 'mlp.fc.weight'], ['m']), node('Mul', ['m', 'mlp.lifted_tensor_0'], ['y'])],
      [layer('mlp.fc.weight'), one('mlp.lifted_tensor_0')],
    ],
    [
      'one whose name says that it is a buffer',
      [node('MatMul', ['x', 'mlp.fc.weight'], ['m']), node('Mul', ['m', 'mlp.scale_buffer'], ['y'])],
      [layer('mlp.fc.weight'), one('mlp.scale_buffer')],
    ],
  ])('%s', async (_, nodes, initializer) => {
    const name = initializer.find(({ dims }) => dims!.length === 0)?.name ?? 's';
    const { tensors, modelParams, others } = await told(nodes, initializer, name);
    expect(tensors.find((tensor) => tensor.dims.length === 0)).toMatchObject({ params: 0 });
    expect(modelParams).toBe(others);
  });
});
