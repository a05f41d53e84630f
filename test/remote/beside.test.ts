// External data of models on the web: found in the folder of the model on its host, and nowhere else.
import { parseAddress } from '../../src/remote/address.js';
import { weighRemote } from '../../src/remote/weigh.js';
import { externalModel, externalModels, lstmData, lstmWithExternalData } from '../support/external-model.js';
import { byRanges, type FileHost, laidOut, startFileHost, whole } from '../support/file-host.js';

const data = laidOut(lstmData);
const lstm = byRanges(laidOut(lstmWithExternalData()));
const naming = (location: string) => byRanges(laidOut(externalModel(location, 64)));

let host: FileHost;
beforeAll(async () => {
  host = await startFileHost({
    '/good/lstm.onnx': lstm,
    '/good/model.onnx.data': byRanges(data),
    '/alone/lstm.onnx': lstm,
    '/whole/lstm.onnx': lstm,
    '/whole/model.onnx.data': whole(data),
    '/short/lstm.onnx': lstm,
    '/short/model.onnx.data': byRanges(laidOut(lstmData.subarray(0, 100))),
    '/page/lstm.onnx': lstm,
    '/page/model.onnx.data': whole(laidOut(new TextEncoder().encode('<html>sign in</html>')), {
      'content-type': 'text/html; charset=utf-8',
    }),
    '/refused/lstm.onnx': lstm,
    '/refused/model.onnx.data': (_, response) => response.writeHead(403).end(),
    '/out/up.onnx': naming('../secret.bin'),
    '/out/absolute.onnx': naming('/secret.bin'),
    '/out/abroad.onnx': naming('http://127.0.0.1/secret.bin'),
    '/out/hidden.onnx': naming('sub folder/a#b?c.bin'),
    '/out/sub%20folder/a%23b%3Fc.bin': byRanges(laidOut(new Uint8Array(64))),
    '/many/many.onnx': byRanges(laidOut(externalModels(80))),
    '/secret.bin': byRanges(laidOut(new Uint8Array(64))),
  });
});
afterAll(() => host.close());
beforeEach(() => host.taken());

const weigh = (path: string) => weighRemote(parseAddress(host.url(path)), { patience: { retryMs: 1 } });

it('are looked for beside the model, and biases read from them', async () => {
  const { inspection, found, fetched } = await weigh('/good/lstm.onnx?token=1');
  expect(inspection).toMatchObject({
    externalData: [{ location: 'model.onnx.data', claimedBytes: 224, byteSize: 224 }],
    recurrentNodes: [{ verdict: 'MATCH', biasConvention: 'SINGLE_INPUT' }],
  });
  expect(found).toMatchObject([{ location: 'model.onnx.data', problem: null }]);
  const asked = host.taken();
  // As the model itself was asked for, its size and the 64 bytes of the bias.
  expect(asked.map(({ path, range }) => [path, range]).slice(1)).toEqual([
    ['/good/model.onnx.data?token=1', 'bytes=0-0'],
    ['/good/model.onnx.data?token=1', 'bytes=160-223'],
  ]);
  expect(fetched.requests).toBe(3);
});

it.each([
  ['/alone', null, 'there is no such file (404)', 'UNKNOWN'],
  ['/whole', 224, null, 'UNKNOWN'],
  ['/short', null, 'it has 100 bytes, fewer than the tensors claim', 'UNKNOWN'],
  ['/page', null, 'the host answers with a page, perhaps a login', 'UNKNOWN'],
  ['/refused', null, 'the host refuses access (403); a presigned address may have expired', 'UNKNOWN'],
])('that cannot be read leave unknown what depends on them: %s', async (folder, byteSize, problem, biasConvention) => {
  const { inspection, found } = await weigh(`${folder}/lstm.onnx`);
  expect(found).toMatchObject([{ problem }]);
  expect(inspection).toMatchObject({
    externalData: [{ byteSize }],
    recurrentNodes: [{ verdict: 'MATCH', biasConvention }],
  });
});

it.each([
  ['/out/up.onnx', 'it leads out of the folder of the model'],
  ['/out/absolute.onnx', 'it is an absolute path'],
  ['/out/abroad.onnx', 'it has characters that no file name may have'],
])('are never asked for elsewhere: %s', async (path, problem) => {
  const { found } = await weigh(path);
  expect(found).toMatchObject([{ byteSize: null, problem: expect.stringMatching(problem.slice(0, 10)) as string }]);
  expect(host.taken()).toHaveLength(1);
});

it('are found by any name that a file may have', async () => {
  expect((await weigh('/out/hidden.onnx')).found).toMatchObject([{ byteSize: 64, problem: null }]);
});

it('are asked for up to 64 times, and every refusal is told as a request', async () => {
  const { inspection, found, fetched } = await weigh('/many/many.onnx');
  expect(inspection.externalData).toHaveLength(80);
  const asked = host.taken();
  expect(asked).toHaveLength(1 + 64);
  expect(fetched.requests).toBe(asked.length);
  const problems = found.map(({ problem }) => problem);
  expect(problems.slice(0, 64)).toEqual(new Array(64).fill('there is no such file (404)'));
  expect(problems.slice(64)).toEqual(new Array(16).fill('not looked for after 64 files'));
});
