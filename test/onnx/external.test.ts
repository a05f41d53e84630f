import onnxProto from 'onnx-proto';
import { createHash } from 'node:crypto';
import { createInspector, type ExternalFiles } from '../../src/onnx/inspect.js';
import { FLOAT, model, node, value } from '../support/onnx-model.js';

const { onnx } = onnxProto;

/** An LSTM with m = 3, n = 2 whose W, R and B lie one behind the other in `model.onnx.data`, as PyTorch writes them. */
function lstmWithExternalData(change: { B?: Record<string, string> } = {}): Uint8Array {
  let offset = 0;
  const tensor = (name: 'W' | 'R' | 'B', dims: number[]) => {
    const length = 4 * dims.reduce((product, dim) => product * dim, 1);
    const entries = {
      location: 'model.onnx.data',
      offset: String(offset),
      length: String(length),
      ...(name === 'B' && change.B),
    };
    offset += length;
    return onnx.TensorProto.create({
      name,
      dims,
      dataType: FLOAT,
      dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, text]) => ({ key, value: text })),
    });
  };
  return model({
    node: [node('LSTM', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 2 }, { name: 'lstm' })],
    initializer: [tensor('W', [1, 8, 3]), tensor('R', [1, 8, 2]), tensor('B', [1, 16])],
    input: [value('x', ['time', 1, 3])],
  });
}

/** W, R and B: ones, but zeros in the last 8 of B, the recurrence bias. */
const data = new Uint8Array(
  new Float32Array([...new Array<number>(48).fill(1), ...new Array<number>(8).fill(0)]).buffer,
);

function inspect(bytes: Uint8Array, files?: ExternalFiles) {
  const inspector = createInspector();
  inspector.write(bytes);
  return inspector.finish(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, files);
}

function fileOf(content: Uint8Array, log: [number, number][] = []): ExternalFiles {
  return (location) =>
    Promise.resolve(
      location !== 'model.onnx.data'
        ? null
        : {
            byteSize: content.length,
            async *read(start, length) {
              log.push([start, length]);
              for (let at = start; at < start + length; at += 7) {
                yield await Promise.resolve(content.subarray(at, Math.min(at + 7, start + length)));
              }
            },
          },
    );
}

test('without the file, counts hold and the content is UNKNOWN, with a warning for each tensor', async () => {
  for (const files of [undefined, () => Promise.resolve(null)]) {
    const { recurrentNodes, warnings, externalData, recurrent } = await inspect(lstmWithExternalData(), files);
    expect(recurrentNodes[0]).toMatchObject({ verdict: 'MATCH', stored: 56, effective: 56, biasConvention: 'UNKNOWN' });
    expect(warnings.map(({ code, path }) => [code, path])).toEqual([
      ['EXTERNAL_DATA', 'W'],
      ['EXTERNAL_DATA', 'R'],
      ['EXTERNAL_DATA', 'B'],
    ]);
    expect(externalData).toEqual([{ location: 'model.onnx.data', claimedBytes: 224 }]);
    expect(recurrent).toMatchObject({ perUse: 56, distinct: 56 });
  }
});

test('with the file, B alone is read from it, and nothing is warned of', async () => {
  const read: [number, number][] = [];
  const { recurrentNodes, warnings, recurrent } = await inspect(lstmWithExternalData(), fileOf(data, read));
  expect(recurrentNodes[0]).toMatchObject({ effective: 48, biasConvention: 'SINGLE_INPUT' });
  expect(recurrent).toMatchObject({ effective: 48, effectiveDistinct: 48 });
  expect(warnings).toEqual([]);
  expect(read).toEqual([[160, 64]]);
});

test.each<[string, Record<string, string>]>([
  ['ends before the tensor does', { offset: '161' }],
  ['has another length than dims need', { length: '60' }],
  ['an offset that is no size', { offset: '-1' }],
  ['an offset beyond all files', { offset: '999999999999999' }],
])('a range that does not hold is warned of and never read: %s', async (_, B) => {
  const read: [number, number][] = [];
  const { recurrentNodes, warnings } = await inspect(lstmWithExternalData({ B }), fileOf(data, read));
  expect(recurrentNodes[0]).toMatchObject({ verdict: 'MATCH', biasConvention: 'UNKNOWN' });
  expect(warnings).toMatchObject([{ code: 'EXTERNAL_DATA_RANGE', path: 'B' }]);
  expect(read).toEqual([]);
});

test('a file that cannot be read fails the inspection with what the reader said', async () => {
  const failing: ExternalFiles = () => Promise.reject(new Error('the disk is gone'));
  await expect(inspect(lstmWithExternalData(), failing)).rejects.toThrow('the disk is gone');
});
