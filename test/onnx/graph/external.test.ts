import { createHash } from 'node:crypto';
import { createInspector, type ExternalFiles } from '../../../src/onnx/inspect.js';
import { lstmData as data, lstmWithExternalData } from '../../support/external-model.js';

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
    expect(externalData).toEqual([
      { location: 'model.onnx.data', claimedBytes: 224, byteSize: null, unclaimedBytes: null },
    ]);
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
  expect(warnings.filter(({ path }) => path !== null)).toMatchObject([{ code: 'EXTERNAL_DATA_RANGE', path: 'B' }]);
  expect(read).toEqual([]);
});

test('a file that cannot be read fails the inspection with what the reader said', async () => {
  const failing: ExternalFiles = () => Promise.reject(new Error('the disk is gone'));
  await expect(inspect(lstmWithExternalData(), failing)).rejects.toThrow('the disk is gone');
});
