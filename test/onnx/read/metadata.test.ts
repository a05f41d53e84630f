import fc from 'fast-check';
import { MetadataScan } from '../../../src/onnx/read/metadata.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, model, node } from '../../support/onnx-model.js';

const CODES = ['METADATA_PATHS', 'METADATA_STACK_TRACES'];

/** A model with these doc strings, one a node, and these values of metadata properties. */
function withMetadata(docStrings: string[], properties: string[] = []): Uint8Array {
  return model(
    {
      node: docStrings.map((docString, index) => ({ ...node('Relu', ['w'], [`y${index}`]), docString })),
      initializer: [floatTensor('w', [3])],
    },
    { metadataProps: properties.map((text, index) => ({ key: `key ${index}`, value: text })) },
  );
}

async function warningsOf(bytes: Uint8Array, chunkSize?: number) {
  const { warnings } = await inspectBytes(bytes, chunkSize);
  return warnings.filter(({ code }) => CODES.includes(code));
}

const codesOf = async (bytes: Uint8Array, chunkSize?: number) =>
  (await warningsOf(bytes, chunkSize)).map(({ code }) => code);

const [PATHS, TRACES] = [['METADATA_PATHS'], ['METADATA_STACK_TRACES']];

test.each([
  ['a path of Linux', '/home/ada/models/lstm.py', PATHS],
  ['a path in quotes', 'trained from "/home/ada/data"', PATHS],
  ['a path of macOS', 'path=/Users/ada/lstm', PATHS],
  ['the folder of root', '(/root/models)', PATHS],
  ['a path of Windows', String.raw`see C:\Users\Ada\model.h5`, PATHS],
  ['a path of Windows, escaped', String.raw`{"path": "d:\\Users\\Ada"}`, PATHS],
  ['an address of a file', 'file:///home/ada/x', PATHS],
  ['a page of a site', 'https://example.org/home/ada and https://example.org/Users/ada', []],
  ['a folder within another', 'build/home/ada, ~/home/ada, ../home/ada', []],
  ['a folder of the system', '/usr/lib/python3/dist-packages, /homes/ada, /home/', []],
  ['what PyTorch 1 writes', '/usr/lib/python3/torch/nn/modules/rnn.py(577): forward\n', TRACES],
  ['what PyTorch 2 writes', 'File "/opt/lstm.py", line 12, in forward\n    return self.lstm(x)\n', TRACES],
  ['what torch.fx writes', 'File "<eval_with_key>.1", line 5, in forward', TRACES],
  ['what Python writes', 'Traceback (most recent call last):\n', TRACES],
  ['both', 'File "/home/ada/lstm.py", line 12, in forward', [...PATHS, ...TRACES]],
  ['a word about a script', 'made with export.py (version 3), line 4', []],
])('%s: %j', async (_, text, expected) => {
  expect(await codesOf(withMetadata([text]))).toEqual(expected);
  expect(await codesOf(withMetadata([], [text]))).toEqual(expected);
  for (const chunkSize of [1, 7]) expect(await codesOf(withMetadata([text], [text]), chunkSize)).toEqual(expected);
});

test('fields are counted with their bytes, and nothing of their text is told', async () => {
  const trace = 'File "/home/ada/lstm.py", line 12, in forward';
  const warnings = await warningsOf(withMetadata([trace, 'nothing', trace], ['/home/ada']));
  // A doc string has a tag and a length of one byte each; a property too, and so have its key and its value.
  const bytes = 2 * (trace.length + 2);
  const property = 2 + 2 + 'key 0'.length + 2 + '/home/ada'.length;
  expect(warnings).toMatchObject([
    {
      message: expect.stringMatching(
        `^3 doc strings or metadata properties \\(${bytes + property} bytes\\)`,
      ) as unknown,
    },
    { message: expect.stringMatching(`^2 doc strings or metadata properties \\(${bytes} bytes\\)`) as unknown },
  ]);
  expect(JSON.stringify(warnings)).not.toMatch(/\bada\b|lstm/);
});

test('a path that stands behind the length of its property is found, whatever that length looks like', async () => {
  for (const length of [10, 48, 65, 97, 122, 127, 128, 200, 12_345, 20_000]) {
    for (const path of ['/home/ada/', 'C:\\Users\\ada\\']) {
      expect(await codesOf(withMetadata([], [path.padEnd(length, 'x')]))).toEqual(PATHS);
    }
  }
});

test('what lies deep in a long text is found, wherever the pieces are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(2_000),
      fc.integer({ min: 1, max: 300 }),
      fc.constantFrom(' /home/ada', '/home/ada', 'x/home/ada', '", line 5, in f', 'q.py(7): f'),
      async (before, chunkSize, text) => {
        const bytes = withMetadata([`${'.'.repeat(before)}${text}${'.'.repeat(500)}`]);
        expect(await codesOf(bytes, chunkSize)).toEqual(await codesOf(bytes));
      },
    ),
    { numRuns: 300 },
  );
});

test('one text does not go on in the next', async () => {
  expect(await codesOf(withMetadata(['see /home/', 'ada'], ['/ho', 'me/ada']))).toEqual([]);
});

test('after 16 MiB nothing more is looked at, and what was found is a lower bound', () => {
  const ends = [1_000, 2 ** 20].map((size) => {
    const scan = new MetadataScan();
    const first = Buffer.from(' /home/ada');
    scan.push(first);
    scan.end(first.length);
    for (let at = first.length; at < 16 * 2 ** 20; at += size) scan.push(Buffer.alloc(size));
    scan.push(Buffer.from('/Users/ada'));
    scan.end(16 * 2 ** 20);
    return scan.finish();
  });
  const facts = { paths: { fields: 1, bytes: 10 }, traces: { fields: 0, bytes: 0 }, isWhole: false };
  expect(ends).toEqual([facts, facts]);
});

test('neither names nor values of tensors are taken for metadata', async () => {
  const path = '/home/ada/lstm.py(12): forward';
  const bytes = model({ node: [node('Relu', [path], ['y'])], initializer: [floatTensor(path, [1])] });
  expect(await codesOf(bytes)).toEqual([]);
});
