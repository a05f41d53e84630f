// Models on the web, weighed by the parts that are needed, from servers of this test.
import { createHash } from 'node:crypto';
import { manyNodes, stackOfLstms, type LaidOut } from '../../bench/large-models.mjs';
import { parseAddress } from '../../src/remote/address.js';
import { weighRemote, type WeighOptions } from '../../src/remote/weigh.js';
import { byRanges, type FileHost, startFileHost, whole } from '../support/file-host.js';
import { inspectBytes } from '../support/inspect-bytes.js';

const MIB = 2 ** 20;
const LARGE = 256 * 1024;
const eight = stackOfLstms({ layers: 2, hiddenSize: 512 });
const huge = stackOfLstms({ layers: 2, hiddenSize: 8_192 });
const nodes = manyNodes({ nodes: 5_000, width: 16 });
const mixed = manyNodes({ nodes: 5_000, width: 16, largeEvery: 200 });
const small = stackOfLstms({ layers: 1, hiddenSize: 8 });

let host: FileHost;
beforeAll(async () => {
  host = await startFileHost({
    '/eight.onnx': byRanges(eight),
    '/huge.onnx': byRanges(huge),
    '/nodes.onnx': byRanges(nodes),
    '/mixed.onnx': byRanges(mixed),
    '/small.onnx': byRanges(small),
    '/whole.onnx': whole(eight),
  });
});
afterAll(() => host.close());

function weigh(path: string, options: WeighOptions = {}) {
  return weighRemote(parseAddress(host.url(path)), options);
}

function bytesOf(file: LaidOut): Buffer {
  return Buffer.concat([...file.read(0, file.byteSize)]);
}

it('reads under two percent of a file that is mostly large weights', async () => {
  expect(eight.byteSize).toBeGreaterThan(16 * MIB);
  const { inspection, fetched } = await weigh('/eight.onnx');
  const asked = host.taken();
  expect(fetched.requests).toBe(asked.length);
  expect(fetched.requests).toBeLessThanOrEqual(4 + 3);
  expect(fetched.bytes).toBeLessThan(0.02 * eight.byteSize);
  const known = await inspectBytes(bytesOf(eight), MIB);
  expect(inspection).toMatchObject({
    digest: null,
    byteSize: eight.byteSize,
    modelParams: known.modelParams,
    recurrent: known.recurrent,
    bytes: known.bytes,
  });
  expect(inspection.recurrentNodes.map(({ verdict, biasConvention }) => [verdict, biasConvention])).toEqual([
    ['MATCH', 'NONE_EFFECTIVE'],
    ['MATCH', 'NONE_EFFECTIVE'],
  ]);
});

it('weighs gigabytes that nobody holds', async () => {
  expect(huge.byteSize).toBeGreaterThan(4 * 1024 * MIB);
  const { inspection, fetched } = await weigh('/huge.onnx');
  host.taken();
  expect(fetched.bytes).toBeLessThan(0.02 * huge.byteSize);
  expect(fetched.requests).toBeLessThanOrEqual(4 + 3);
  expect(inspection.recurrent.perUse).toBe(2 * (8 * 8_192 ** 2 + 8 * 8_192));
});

it('reads a model of many small tensors in few requests', async () => {
  const { inspection, fetched } = await weigh('/nodes.onnx');
  expect(fetched.requests).toBeLessThanOrEqual(3);
  expect(inspection).toEqual(await inspectBytes(bytesOf(nodes), MIB));
});

it('passes over what is large between many small tensors', async () => {
  host.taken();
  const { inspection, fetched } = await weigh('/mixed.onnx');
  // What breaks off is asked for again, with the same range.
  const ranges = new Set(host.taken().map(({ range }) => range));
  const needed = mixed.byteSize - 24 * MIB;
  expect(inspection.digest).toBeNull();
  expect(ranges.size).toBeLessThanOrEqual(24 + 3);
  expect(fetched.bytes).toBeLessThan(needed + 24 * LARGE);
  expect(inspection.modelParams).toBe((await inspectBytes(bytesOf(mixed), MIB)).modelParams);
});

it('knows the digest of what it has read whole', async () => {
  const digest = (file: LaidOut) => `sha256:${createHash('sha256').update(bytesOf(file)).digest('hex')}`;
  expect(await weigh('/small.onnx')).toMatchObject({ inspection: { digest: digest(small) }, fetched: { requests: 1 } });
  expect((await weigh('/eight.onnx', { whole: true })).inspection.digest).toBe(digest(eight));
  const streamed = await weigh('/whole.onnx');
  expect(streamed).toMatchObject({ inspection: { digest: digest(eight) }, fetched: { requests: 1 } });
});
