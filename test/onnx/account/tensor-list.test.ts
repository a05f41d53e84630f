// What an inspection tells of single stored tensors: place, class with its evidence, users, content, and what repeats.
import onnxProto from 'onnx-proto';
import type { Inspection } from '../../../src/core/inspection.js';
import type { StoredTensor } from '../../../src/core/stored-tensors.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { FLOAT, floatTensor, graph, INT64, int64Tensor, model, node, value } from '../../support/onnx-model.js';
import { bytes, field, tag, varint } from '../../support/wire.js';

const { onnx } = onnxProto;
const [INT8, INT32, FLOAT16] = [3, 6, 10];

function named({ tensors }: Inspection): Record<string, StoredTensor> {
  return Object.fromEntries(tensors.map((tensor) => [tensor.name, tensor]));
}

const raw = (name: string, dims: number[], dataType: number, values: ArrayBufferView<ArrayBuffer>) =>
  onnx.TensorProto.create({ name, dims, dataType, rawData: new Uint8Array(values.buffer) });

describe('a model with a tensor of every class', () => {
  const inner = graph({
    node: [
      node('Constant', [], ['k'], { value: floatTensor('', [5]) }, { name: 'constant' }),
      node('Add', ['x', 'k'], ['z']),
    ],
    output: [value('z', [5])],
  });
  const file = model({
    node: [
      node('DequantizeLinear', ['Wq', 'scale', 'zero'], ['W'], {}, { name: 'dq' }),
      node('LSTM', ['x', 'W', 'R', 'B', '', 'h0'], ['y'], { hidden_size: 2 }, { name: 'lstm' }),
      node('Identity', ['dead'], ['nobody'], {}, { name: 'dead_end' }),
      node('BatchNormalization', ['y', 'R', 'R', 'mean', 'variance'], ['b'], {}, { name: 'bn' }),
      node('Reshape', ['b', 'shape'], ['r'], {}, { name: 'reshape' }),
      node('Mul', ['r', 'half'], ['m'], {}, { name: 'mul' }),
      node('Add', ['m', 'steps_buffer'], ['s'], {}, { name: 'add' }),
      node('If', ['condition'], ['i'], { then_branch: inner, else_branch: inner }, { name: 'if' }),
    ],
    initializer: [
      raw('Wq', [1, 8, 3], INT8, new Int8Array(24).fill(3)),
      floatTensor('scale', []),
      raw('zero', [], INT8, new Int8Array(1)),
      floatTensor('R', [1, 8, 2]),
      floatTensor('B', [1, 16]),
      floatTensor('h0', [1, 1, 2], { value: 0 }),
      floatTensor('dead', [11], { value: 0 }),
      floatTensor('mean', [3]),
      floatTensor('variance', [4]),
      int64Tensor('shape', [-1, 2]),
      floatTensor('half', []),
      floatTensor('steps_buffer', [6]),
      floatTensor('idle', [7]),
      floatTensor('given', [9]),
    ],
    input: [value('x', ['time', 1, 3]), value('condition', [], 9)],
    output: [value('y', ['time', 1, 1, 2]), value('given', [9])],
  });
  let inspection: Inspection;
  beforeAll(async () => {
    inspection = await inspectBytes(file);
  });

  test.each([
    ['Wq', 'weight', 'QUANTIZED_WEIGHT', [{ path: 'graph/dq', opType: 'DequantizeLinear', input: 0 }]],
    ['scale', 'quantization', 'SCALE_OR_ZERO_POINT', [{ path: 'graph/dq', opType: 'DequantizeLinear', input: 1 }]],
    ['zero', 'quantization', 'SCALE_OR_ZERO_POINT', [{ path: 'graph/dq', opType: 'DequantizeLinear', input: 2 }]],
    ['B', 'weight', 'FLOATING', [{ path: 'graph/lstm', opType: 'LSTM', input: 3 }]],
    ['h0', 'state', 'INITIAL_STATE', [{ path: 'graph/lstm', opType: 'LSTM', input: 5 }]],
    // A dead node takes what it takes.
    ['dead', 'weight', 'FLOATING', [{ path: 'graph/dead_end', opType: 'Identity', input: 0 }]],
    ['mean', 'buffer', 'BATCH_STATISTICS', [{ path: 'graph/bn', opType: 'BatchNormalization', input: 3 }]],
    ['steps_buffer', 'buffer', 'BUFFER_NAME', [{ path: 'graph/add', opType: 'Add', input: 1 }]],
    ['shape', 'integer', 'INTEGER_TYPE', [{ path: 'graph/reshape', opType: 'Reshape', input: 1 }]],
    ['half', 'scalar', 'RANK_0', [{ path: 'graph/mul', opType: 'Mul', input: 1 }]],
    ['idle', 'unused', 'NOT_TAKEN', []],
    ['given', 'weight', 'FLOATING', [{ path: 'graph', opType: null, input: 1 }]],
  ])('%s is %s: %s', (name, elementClass, reason, usedBy) => {
    expect(named(inspection)[name]).toMatchObject({
      path: 'graph',
      class: elementClass,
      reason,
      usedBy,
      usedByCount: usedBy.length,
      external: false,
    });
  });

  test('what several nodes take, once for each input', () => {
    expect(named(inspection)['R']).toMatchObject({
      usedByCount: 3,
      usedBy: [
        { path: 'graph/lstm', input: 2 },
        { path: 'graph/bn', input: 1 },
        { path: 'graph/bn', input: 2 },
      ],
    });
  });

  test('the value of a Constant lies at its node, in each branch', () => {
    expect(inspection.tensors.filter(({ name }) => name === 'k')).toMatchObject(
      ['else', 'then'].map((branch) => ({
        path: `graph/if.${branch}_branch/constant`,
        usedBy: [{ path: `graph/if.${branch}_branch/Add_1`, opType: 'Add', input: 1 }],
        dims: [5],
        dtype: 'FLOAT',
        byteSize: 20,
        bitsPerElement: 32,
      })),
    );
  });

  test('the largest comes first, and all sums agree', () => {
    const sizes = inspection.tensors.map(({ byteSize }) => byteSize);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(inspection.tensorTotals).toEqual({
      tensors: 16,
      elements: inspection.storedElements,
      byteSize: inspection.bytes.weights + inspection.bytes.constants,
      leftOut: { tensors: 0, elements: 0, byteSize: 0 },
    });
  });

  test('weights of recurrent nodes have the hash of what is stored behind them', () => {
    const { Wq, R } = named(inspection);
    expect(inspection.recurrentNodes[0]!.weights.slice(0, 2)).toMatchObject([
      { role: 'W', contentHash: Wq!.contentHash },
      { role: 'R', contentHash: R!.contentHash },
    ]);
    expect(Wq!.contentHash).toMatch(/^[0-9a-f]{32}$/);
  });

  test('quantized weights: how many, and what is stored for them', () => {
    expect(inspection.quantizedWeights).toEqual({ logical: 24, storedBytes: 24, bitsPerParam: 8 });
  });
});

test('what of several tensors is joined to a weight has a hash of its own, which follows each of them', async () => {
  const joined = async (fill: number) => {
    const parts = [floatTensor('a', [1, 4, 3]), floatTensor('b', [1, 4, 3], { fill })];
    const file = model({
      node: [node('Concat', ['a', 'b'], ['W'], { axis: 1 }), node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 })],
      initializer: [...parts, floatTensor('R', [1, 8, 2])],
      input: [value('x', ['time', 1, 3])],
    });
    const { recurrentNodes, tensors } = await inspectBytes(file);
    const hash = recurrentNodes[0]!.weights[0]!.contentHash;
    expect(tensors.map(({ contentHash }) => contentHash)).not.toContain(hash);
    return hash;
  };
  const [first, again, other] = [await joined(1), await joined(1), await joined(2)];
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

describe('a content hash is one for the same values, however the file stores them', () => {
  /** A TensorProto in the order in which protobuf writers put the fields. */
  const tensor = (name: string, dims: number[], dataType: number, ...values: number[][]) =>
    field(5, field(1, ...dims.map(varint)), [...tag(2, 0), ...varint(dataType)], ...values, field(8, name));
  const inFile = (...tensors: number[][]) =>
    bytes([...tag(1, 0), 8], field(7, field(2, 'g'), ...tensors), field(8, [...tag(2, 0), 17]));
  const packed = (number: number, values: (number | bigint)[]) => field(number, ...values.map(varint));
  const unpacked = (number: number, values: (number | bigint)[]) =>
    values.flatMap((v) => [...tag(number, 0), ...varint(v)]);
  const asBytes = (values: ArrayBufferView<ArrayBuffer>) => new Uint8Array(values.buffer);

  const numbers = (length: number) => Array.from({ length }, (_, i) => ((i * 7_919) % 4_001) - 2_000);
  test.each([
    ['few', 12],
    ['more than are kept', 36_000],
  ])('%s', async (_, length) => {
    const dims = [length];
    const values = numbers(length);
    const floats = new Float32Array(values);
    const signed = values.map((v) => BigInt.asUintN(64, BigInt(v)));
    const halves = new Uint16Array(values.map((v) => v & 0xffff));
    const inspection = await inspectBytes(
      inFile(
        tensor('f raw', dims, FLOAT, field(9, asBytes(floats))),
        tensor('f packed', dims, FLOAT, field(4, asBytes(floats))),
        tensor('l raw', dims, INT64, field(9, asBytes(BigInt64Array.from(values.map(BigInt))))),
        tensor('l packed', dims, INT64, packed(7, signed)),
        tensor('l single', dims, INT64, unpacked(7, signed)),
        tensor('i raw', dims, INT32, field(9, asBytes(Int32Array.from(values)))),
        tensor('i packed', dims, INT32, packed(5, signed)),
        tensor('b raw', dims, INT8, field(9, asBytes(Int8Array.from(values)))),
        tensor(
          'b packed',
          dims,
          INT8,
          packed(
            5,
            Array.from(Int8Array.from(values), (v) => BigInt.asUintN(64, BigInt(v))),
          ),
        ),
        tensor('h raw', dims, FLOAT16, field(9, asBytes(halves))),
        tensor('h packed', dims, FLOAT16, packed(5, [...halves])),
      ),
    );
    for (const type of ['f', 'l', 'i', 'b', 'h']) {
      const hashes = inspection.tensors.filter(({ name }) => name.startsWith(type)).map((tensor) => tensor.contentHash);
      expect(new Set(hashes).size).toBe(1);
      expect(hashes[0]).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(new Set(inspection.tensors.map(({ contentHash }) => contentHash)).size).toBe(5);
    expect(inspection.duplicates.map(({ copies }) => copies).sort()).toEqual([2, 2, 2, 2, 3]);
  });

  test('texts that are cut elsewhere are other texts', async () => {
    const text = (name: string, ...texts: string[]) =>
      tensor(name, [texts.length], 8, ...texts.map((t) => field(6, t)));
    const { duplicateElements } = await inspectBytes(inFile(text('a', 'ab', 'c'), text('b', 'a', 'bc')));
    expect(duplicateElements).toBe(0);
  });
});

describe('what repeats', () => {
  const twice = (name: string, dims: number[], fill: number) => floatTensor(name, dims, { fill });
  test('is one group for each content, the most bytes first, with names and what sharing would save', async () => {
    const inspection = await inspectBytes(
      model({
        initializer: [
          twice('a1', [4], 1),
          twice('b1', [2, 50], 2),
          twice('a2', [4], 1),
          twice('b2', [2, 50], 2),
          twice('other shape', [50, 2], 2),
          twice('a3', [4], 1),
        ],
      }),
    );
    expect(inspection).toMatchObject({ duplicateElements: 108, duplicateBytes: 432 });
    expect(inspection.duplicates).toMatchObject([
      { copies: 2, savedBytes: 400, elements: 100, dims: [2, 50], dtype: 'FLOAT' },
      { copies: 3, savedBytes: 32, elements: 4 },
    ]);
    expect(inspection.duplicates.map(({ tensors }) => tensors.map(({ name }) => name))).toEqual([
      ['b1', 'b2'],
      ['a1', 'a2', 'a3'],
    ]);
  });

  test('in more than 100 ways is told of the hundred largest, and counted whole', async () => {
    const initializer = Array.from({ length: 202 }, (_, i) => twice(`t${i}`, [1 + (i >> 1)], 3));
    const { duplicates, duplicateElements } = await inspectBytes(model({ initializer }));
    expect(duplicates).toHaveLength(100);
    expect(duplicates.at(-1)).toMatchObject({ elements: 2 });
    expect(duplicateElements).toBe((101 * 102) / 2);
  });
});

test('of more than 1,000 tensors the smallest are left out, and the sums say what', async () => {
  const initializer = Array.from({ length: 1_003 }, (_, i) => floatTensor(`t${i}`, [i < 3 ? 1 : 2]));
  const { tensors, tensorTotals } = await inspectBytes(model({ initializer }));
  expect(tensors.map(({ name }) => name)).toEqual(initializer.slice(3).map(({ name }) => name));
  expect(tensorTotals).toEqual({
    tensors: 1_003,
    elements: 2_003,
    byteSize: 8_012,
    leftOut: { tensors: 3, elements: 3, byteSize: 12 },
  });
});

test('a tensor in another file has the size that it claims, and no hash', async () => {
  const tensor = onnx.TensorProto.create({
    name: 'W',
    dims: [10, 10],
    dataType: FLOAT,
    dataLocation: 1,
    externalData: [{ key: 'location', value: 'w.data' }],
  });
  const { tensors, tensorTotals, bytes: account } = await inspectBytes(model({ initializer: [tensor] }));
  expect(tensors).toMatchObject([{ byteSize: 400, external: true, contentHash: null, elements: 100 }]);
  expect([tensorTotals.byteSize, account.weights + account.constants]).toEqual([400, 0]);
});

test('4-bit weights take half a byte each', async () => {
  const W = onnx.TensorProto.create({ name: 'W', dims: [8, 16], dataType: 22, rawData: new Uint8Array(64).fill(0x21) });
  const { quantizedWeights, tensors } = await inspectBytes(
    model({ node: [node('DequantizeLinear', ['W', 's'], ['w'])], initializer: [W, floatTensor('s', [])] }),
  );
  expect(quantizedWeights).toEqual({ logical: 128, storedBytes: 64, bitsPerParam: 4 });
  expect(tensors[0]).toMatchObject({ name: 'W', dtype: 'INT4', bitsPerElement: 4, reason: 'QUANTIZED_WEIGHT' });
});
