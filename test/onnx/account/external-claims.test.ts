// Bytes of data files beside a model: which are there, and which no tensor uses.
import onnxProto from 'onnx-proto';
import type { ExternalFiles } from '../../../src/onnx/inspect.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { FLOAT, model, node, value } from '../../support/onnx-model.js';

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

test('the same file under two spellings is one file', async () => {
  const { externalData } = await account([{ elements: 4 }, { location: './w.data', offset: 16, elements: 4 }], {
    'w.data': 32,
  });
  expect(externalData).toEqual([{ location: 'w.data', claimedBytes: 32, byteSize: 32, unclaimedBytes: 0 }]);
});

test('a tensor in any attribute of any node needs its file, stored value or not', async () => {
  const bytes = model({
    node: [
      node(
        'Custom',
        ['x'],
        ['y'],
        { table: tensor({ location: 'table.bin', elements: 4 }, 'table') },
        { domain: 'ours' },
      ),
    ],
    input: [value('x', ['n'])],
  });
  const { externalData } = await inspectBytes(bytes);
  expect(externalData).toEqual([{ location: 'table.bin', claimedBytes: 16, byteSize: null, unclaimedBytes: null }]);
});
