// Bytes of data files beside a model: which are there, and which no tensor uses.
import onnxProto from 'onnx-proto';
import { totalBytes } from '../../../src/core/inspection.js';
import type { ExternalFiles } from '../../../src/onnx/inspect.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { FLOAT, model, node, value } from '../../support/onnx-model.js';
import { bytes, field } from '../../support/wire.js';

const { onnx } = onnxProto;

interface Claim {
  location?: string;
  offset?: number;
  length?: number;
  elements: number;
}

function tensor({ location = 'w.data', offset, length, elements }: Claim, name: string) {
  const entries = { location, ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) };
  return onnx.TensorProto.create({
    name,
    dims: [elements],
    dataType: FLOAT,
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, text]) => ({ key, value: String(text) })),
  });
}

function claiming(claims: readonly Claim[]): Uint8Array {
  return model({
    node: claims.map((_, index) => node('Add', ['x', `w${index}`], [`y${index}`])),
    initializer: claims.map((claim, index) => tensor(claim, `w${index}`)),
    input: [value('x', ['n'])],
  });
}

const filesOf =
  (sizes: Record<string, number>): ExternalFiles =>
  (location) => {
    const byteSize = sizes[location];
    return Promise.resolve(byteSize === undefined ? null : { byteSize, read: null });
  };

async function account(claims: readonly Claim[], sizes: Record<string, number>) {
  const { externalData, warnings } = await inspectBytes(claiming(claims), undefined, filesOf(sizes));
  const told = warnings.filter(({ code }) => code === 'EXTERNAL_DATA_UNCLAIMED').map(({ message }) => message);
  return { externalData, told };
}

test('a file that its tensors fill has nothing unclaimed', async () => {
  expect(await account([{ elements: 4 }, { offset: 16, elements: 6 }], { 'w.data': 40 })).toEqual({
    externalData: [{ location: 'w.data', claimedBytes: 40, byteSize: 40, unclaimedBytes: 0 }],
    told: [],
  });
});

test('saved twice, the first half of the file is dead, and said to be', async () => {
  const { externalData, told } = await account(
    [
      { offset: 40, elements: 4 },
      { offset: 56, elements: 6 },
    ],
    { 'w.data': 80 },
  );
  expect(externalData).toEqual([{ location: 'w.data', claimedBytes: 40, byteSize: 80, unclaimedBytes: 40 }]);
  expect(told).toEqual(['no tensor uses 40 of the 80 bytes of the file "w.data"']);
});

test('tensors that share bytes claim them once of the file', async () => {
  const { externalData } = await account([{ elements: 6 }, { offset: 8, elements: 2 }, { offset: 20, elements: 2 }], {
    'w.data': 32,
  });
  expect(externalData).toMatchObject([{ claimedBytes: 40, byteSize: 32, unclaimedBytes: 4 }]);
});

test('a length beyond what the dims need claims nothing more', async () => {
  const { externalData, told } = await account([{ length: 4_000, elements: 4 }], { 'w.data': 4_000 });
  expect(externalData).toMatchObject([{ unclaimedBytes: 3_984 }]);
  expect(told).toHaveLength(1);
});

test.each([
  ['4 KiB', 4_096],
  ['64 KiB', 65_536],
])('what aligns offsets to %s is unclaimed, but nothing to warn of', async (_, offset) => {
  const claims = [{ elements: 4 }, { offset, elements: 4 }];
  const { externalData, told } = await account(claims, { 'w.data': offset + 16 });
  expect(externalData).toMatchObject([{ unclaimedBytes: offset - 16 }]);
  expect(told).toEqual([]);
  // The same gap before an offset that is not round is no alignment.
  const odd = [{ elements: 4 }, { offset: offset + 4, elements: 4 }];
  expect((await account(odd, { 'w.data': offset + 20 })).told).toHaveLength(1);
});

test('of a file that is not there nothing is known', async () => {
  const { externalData, told } = await account([{ elements: 4 }, { location: 'gone.data', elements: 4 }], {
    'w.data': 16,
  });
  expect(externalData).toEqual([
    { location: 'w.data', claimedBytes: 16, byteSize: 16, unclaimedBytes: 0 },
    { location: 'gone.data', claimedBytes: 16, byteSize: null, unclaimedBytes: null },
  ]);
  expect(told).toEqual([]);
});

test.each([
  ['a pointer in its place', [{ elements: 800 }], 130],
  ['cut off by one byte', [{ elements: 4 }, { offset: 16, elements: 6 }], 39],
  ['too short for the offset alone', [{ offset: 40, elements: 0 }], 39],
])('a file that ends before what its tensors claim is as good as missing: %s', async (_, claims, byteSize) => {
  const inspection = await inspectBytes(claiming(claims), undefined, filesOf({ 'w.data': byteSize }));
  expect(inspection.externalData).toMatchObject([{ byteSize: null, unclaimedBytes: null }]);
  expect(totalBytes(inspection)).toBeNull();
  expect(inspection.warnings.map(({ code }) => code)).toContain('EXTERNAL_DATA_RANGE');
});

test('tensors that share ranges claim no more of a file than where the last one ends', async () => {
  const { externalData } = await account([{ elements: 6 }, { elements: 6 }, { offset: 8, elements: 4 }], {
    'w.data': 24,
  });
  expect(externalData).toEqual([{ location: 'w.data', claimedBytes: 64, byteSize: 24, unclaimedBytes: 0 }]);
});

test('the same file under two spellings is one file', async () => {
  const { externalData } = await account([{ elements: 4 }, { location: './w.data', offset: 16, elements: 4 }], {
    'w.data': 32,
  });
  expect(externalData).toEqual([{ location: 'w.data', claimedBytes: 32, byteSize: 32, unclaimedBytes: 0 }]);
});

test('gaps before round offsets are alignment as long as writers leave so much, and dead bytes beyond', async () => {
  const granule = 65_536;
  const tensors = (count: number, elements: number, step: number) =>
    Array.from({ length: count }, (_, at) => ({ offset: at * step, elements }));
  // A tensor of 1 MiB and 4 bytes each, at the next 64 KiB: as ONNX Runtime writes them.
  const large = tensors(20, 2 ** 18 + 1, 17 * granule);
  expect((await account(large, { 'w.data': 19 * 17 * granule + 2 ** 20 + 4 })).told).toEqual([]);
  // As many tensors of 16 bytes: nearly all of the file is dead.
  const small = await account(tensors(20, 4, granule), { 'w.data': 19 * granule + 16 });
  expect(small.told).toEqual([
    `no tensor uses ${19 * (granule - 16)} of the ${19 * granule + 16} bytes of the file "w.data"`,
  ]);
});

describe('a tensor needs its file, stored value or not', () => {
  const at = (location: string) => tensor({ location, elements: 4 }, location);
  const sparse = (name: string) => ({ values: at(`${name}.values`), indices: at(`${name}.indices`), dims: [8] });
  const { TENSOR, TENSORS, SPARSE_TENSOR, SPARSE_TENSORS, GRAPH, GRAPHS } = onnx.AttributeProto.AttributeType;
  /** Every kind of attribute that holds tensors, each with files of its own. */
  const attributes = (prefix: string): onnxProto.onnx.IAttributeProto[] => [
    { name: 'one', type: TENSOR, t: at(`${prefix}one`) },
    { name: 'many', type: TENSORS, tensors: [at(`${prefix}many`), at(`${prefix}more`)] },
    { name: 'sparse', type: SPARSE_TENSOR, sparseTensor: sparse(`${prefix}sparse`) },
    { name: 'sparses', type: SPARSE_TENSORS, sparseTensors: [sparse(`${prefix}sparses`)] },
    { name: 'body', type: GRAPH, g: bodyGraph(`${prefix}body`) },
    { name: 'bodies', type: GRAPHS, graphs: [bodyGraph(`${prefix}bodies`)] },
  ];
  const bodyGraph = (location: string) =>
    onnx.GraphProto.create({
      name: 'body',
      initializer: [at(location)],
      sparseInitializer: [sparse(`${location}.sparse`)],
      node: [
        {
          ...node('Custom', [], ['z']),
          attribute: [{ name: 'inner', type: TENSORS, tensors: [at(`${location}.inner`)] }],
        },
      ],
    });
  const bodyFiles = ['', '.sparse.values', '.sparse.indices', '.inner'];
  const filesOfAttributes = (prefix: string) =>
    ['one', 'many', 'more', 'sparse.values', 'sparse.indices', 'sparses.values', 'sparses.indices']
      .concat(['body', 'bodies'].flatMap((body) => bodyFiles.map((file) => body + file)))
      .map((file) => prefix + file);
  const custom = (prefix: string) => ({
    ...node('Custom', ['x'], ['y'], {}, { domain: 'ours' }),
    attribute: attributes(prefix),
  });
  const x = [value('x', ['n'])];

  test('in any attribute of any node, at any depth', async () => {
    const { externalData } = await inspectBytes(model({ node: [custom('main.')], input: x }));
    expect(externalData.map(({ location }) => location).sort()).toEqual(filesOfAttributes('main.').sort());
    expect(externalData.every(({ claimedBytes }) => claimedBytes === 16)).toBe(true);
  });

  test('in a function that is called or not, and in the defaults of its attributes', async () => {
    // onnx-proto does not know attribute_proto, field 11 of a function; functions are field 25 of the model.
    const body = onnx.FunctionProto.encode({
      domain: 'ours',
      name: 'Layer',
      input: ['x'],
      output: ['y'],
      node: [custom('inside.')],
    }).finish();
    const defaults = attributes('default.').map((one) => field(11, onnx.AttributeProto.encode(one).finish()));
    const file = bytes(model({ node: [node('Relu', ['x'], ['y'])], input: x }), field(25, body, ...defaults));
    const { externalData } = await inspectBytes(file);
    const expected = [...filesOfAttributes('inside.'), ...filesOfAttributes('default.')];
    expect(externalData.map(({ location }) => location).sort()).toEqual(expected.sort());
  });

  test('and is warned of where it is not there, or too short', async () => {
    const { warnings } = await inspectBytes(
      model({ node: [custom('')], input: x }),
      undefined,
      filesOf({ many: 15, 'sparses.values': 15 }),
    );
    const told = (code: string) => warnings.filter((one) => one.code === code).map(({ path }) => path);
    expect(told('EXTERNAL_DATA_RANGE').sort()).toEqual(['many', 'sparses.values']);
    expect(told('EXTERNAL_DATA')).toContain('sparses.indices');
  });
});
