// The library as it is installed: in Node, by its name, and in a browser from its bundle.
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { stackOfLstms } from '../../bench/large-models.mjs';
import type * as Library from '../../src/library/library.js';
import { describeInBrowser } from '../support/browser.js';
import { byRanges } from '../support/file-host.js';
import { sileroFile } from '../support/silero.js';

const PACKAGE = path.resolve('dist/packages/weighbridge');
const PROGRAM = path.join(PACKAGE, 'dist/node/main.js');
const run = promisify(execFile);
const V5 = sileroFile('v5');
const STACK = stackOfLstms({ layers: 2, hiddenSize: 512 });

let library: typeof Library;
let files: Server;
let url = '';
beforeAll(async () => {
  library = (await import(pathToFileURL(path.join(PACKAGE, 'dist/node/library.js')).href)) as typeof Library;
  files = createServer((request, response) => {
    const at = request.url ?? '';
    if (at === '/') response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>weigh</title>');
    else if (at === '/v5.onnx') createReadStream(V5).pipe(response);
    else if (at === '/stack.onnx') byRanges(STACK)(request, response);
    else if (at === '/alone.onnx') createReadStream('fixtures/external-data.onnx').pipe(response);
    else if (at === '/moved.onnx') response.writeHead(302, { location: '/stack.onnx' }).end();
    else if (/^\/[\w-]+\.js$/.test(at)) {
      response.setHeader('Content-Type', 'text/javascript');
      createReadStream(path.join(PACKAGE, 'dist/browser', at)).pipe(response);
    } else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(files, 'listening');
  url = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
});
afterAll(() => files.close());

async function printed(...args: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [PROGRAM, ...args]);
  return JSON.parse(stdout);
}

describe('the library in Node', () => {
  it('weighs a path, an address, bytes, streams, a Blob and what reads ranges alike, as the command line prints it', async () => {
    const [{ file: _, ...expected }] = (await printed('inspect', '--json', V5)) as [Record<string, unknown>];
    const bytes = readFileSync(V5);
    const sources: Library.ModelSource[] = [
      V5,
      pathToFileURL(V5),
      `${url}/v5.onnx`,
      bytes,
      createReadStream(V5),
      Readable.toWeb(createReadStream(V5)) as ReadableStream<Uint8Array>,
      new Blob([bytes]),
      {
        byteSize: bytes.length,
        async *read(start, length) {
          yield await Promise.resolve(bytes.subarray(start, start + length));
        },
      },
    ];
    for (const source of sources) {
      const { fetched, ...weighed } = JSON.parse(JSON.stringify(await library.inspect(source))) as Library.Weighed;
      expect(weighed).toEqual(expected);
      // The server of this test has no ranges.
      expect(fetched).toEqual(source === sources[2] ? { bytes: bytes.length, requests: 1 } : undefined);
    }
  });

  it('reads of an address only what it needs, from a host with ranges', async () => {
    const { digest, recurrent, fetched } = await library.inspect(`${url}/stack.onnx`);
    expect([digest, recurrent.nodes, fetched!.bytes < 0.02 * STACK.byteSize]).toEqual([null, 2, true]);
    expect(await library.inspect(`${url}/stack.onnx`, { whole: true })).toMatchObject({
      digest: expect.stringMatching(/^sha256:/) as string,
      recurrent: { ...recurrent },
    });
  });

  it('compares and checks as the command line does', async () => {
    const [base, candidate] = [sileroFile('legacy'), V5];
    const compared = await library.compare(base, candidate);
    expect(JSON.parse(JSON.stringify(compared))).toEqual(await printed('diff', base, candidate, '--output', 'json'));
    const budget = { name: 'recurrent', metric: 'RECURRENT_PER_USE', maxIncreasePercent: 20 } as const;
    const report = await library.check([budget], { candidate, base });
    expect(report).toMatchObject({ outcome: 'FAIL', findings: [{ value: 528_384, limit: 319_488 }] });
    expect((await library.check([budget], { candidate })).outcome).toBe('SKIPPED');
  });

  it('passes no model of whose external data it lacks some, unless the file alone is asked about', async () => {
    const candidate = path.resolve('fixtures/external-data.onnx');
    const budget = { name: 'size', metric: 'MODEL_PARAMS', max: 1_000_000 } as const;
    const weights: Library.RangeSource = {
      byteSize: 65_536,
      async *read(_start, length) {
        yield await Promise.resolve(new Uint8Array(length).fill(1));
      },
    };
    const checked = async (options: Partial<Library.CheckOptions>) => {
      const { line, incomplete } = await library.check([budget], { candidate, ...options });
      return { line: line.split(':')[0], incomplete };
    };
    const lacking = (problem: string) => ({
      line: 'NOT WHOLE',
      incomplete: [expect.stringMatching(new RegExp(`^weights\\.bin: .*${problem}`)) as string],
    });
    expect(await checked({})).toEqual(lacking('no externalData was given'));
    expect(await checked({ externalData: PACKAGE })).toEqual(lacking('no such file'));
    expect(await checked({ externalData: () => Promise.resolve(null) })).toEqual(lacking('not given'));
    expect(await checked({ candidate: `${url}/alone.onnx` })).toEqual(lacking('404'));
    expect(await checked({ externalData: () => Promise.resolve(weights) })).toEqual({ line: 'PASS', incomplete: [] });
    expect(await checked({ externalData: null })).toEqual({ line: 'PASS', incomplete: [] });
  });

  it('counts a layer from its sizes', async () => {
    const sizes = { opType: 'LSTM', inputSize: 25, hiddenSize: 100 } as const;
    expect(library.formula(sizes).params).toBe(50_800);
    const asPrinted = await printed('formula', '--input', '25', '--hidden', '100', '--json');
    expect(JSON.parse(JSON.stringify(library.formula(sizes)))).toEqual(asPrinted);
  });

  it.each([
    ['what is no model', () => library.inspect(new TextEncoder().encode('{"not": "a model"}')), 'ARTIFACT_NOT_ONNX'],
    ['a file that is not there', () => library.inspect('/no/such/model.onnx'), 'FILE_UNREADABLE'],
    ['an address that answers 404', () => library.inspect(`${url}/none`), 'ADDRESS_NOT_FOUND'],
    ['a number', () => library.inspect(7 as unknown as string), 'INPUT_INVALID'],
    [
      'a budget without a limit',
      () => library.check([{ name: 'a', metric: 'NODES' as never }], { candidate: V5 }),
      'BUDGET_INVALID',
    ],
  ])('refuses %s with a code', async (_, work, code) => {
    const fault = await work().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(library.WeighbridgeError);
    expect(fault).toMatchObject({ code });
  });

  it.each<[string, (any: never) => unknown, string, RegExp]>([
    ['no model', (none) => library.inspect(none), 'INPUT_INVALID', /^undefined is no model: give a path/],
    [
      'an option that there is not',
      () => library.inspect(V5, { tensor: true } as never),
      'INPUT_INVALID',
      /mean tensors/,
    ],
    [
      'options of null',
      () => library.compare(V5, V5, null as never),
      'INPUT_INVALID',
      /options of compare: give an obj/,
    ],
    [
      'a folder of 5',
      () => library.inspect(V5, { externalData: 5 as never }),
      'INPUT_INVALID',
      /^externalData: give the/,
    ],
    ['a signal of text', () => library.inspect(V5, { signal: 'x' as never }), 'INPUT_INVALID', /give an AbortSignal/],
    [
      'a type that there is not',
      () => library.inspect(V5, { estimates: { dtype: 'fp8' as never } }),
      'INPUT_INVALID',
      /^dtype: give one of 'FP32', 'FP16'/,
    ],
    [
      'a stream of texts',
      () => library.inspect(new Blob(['x']).stream().pipeThrough(new TextDecoderStream() as never)),
      'INPUT_INVALID',
      /not chunks of type string/,
    ],
    ['no read', () => library.inspect({ byteSize: 3 } as never), 'INPUT_INVALID', /give a path/],
    [
      'no options of a check',
      (none) => library.check([], none),
      'INPUT_INVALID',
      /such as \{ candidate: 'model\.onnx' \}/,
    ],
    ['no budgets', (none) => library.check(none, { candidate: V5 }), 'BUDGET_INVALID', /must be an object with a list/],
    ['an empty list', () => library.check([], { candidate: V5 }), 'BUDGET_INVALID', /budgets: must have one at least/],
    [
      'a setting that there is not',
      () => library.check([{ name: 'a', metric: 'MODEL_PARAMS', maxi: 1 } as never], { candidate: V5 }),
      'BUDGET_INVALID',
      /^check: budgets\.0: there is no maxi; did you mean max\?$/,
    ],
    [
      'a name that is missing, and a limit that is text',
      () => library.check([{ metric: 'MODEL_PARAMS', max: '1' } as never], { candidate: V5 }),
      'BUDGET_INVALID',
      /^check: budgets\.0\.name: is missing\nbudgets\.0\.max: must be a /,
    ],
    ['no layer', (none) => library.formula(none), 'INPUT_INVALID', /such as \{ opType: 'LSTM'/],
    [
      'an operator that there is not',
      () => library.formula({ opType: 'MLP' } as never),
      'INPUT_INVALID',
      /'LSTM', 'GRU', 'RNN'/,
    ],
  ])('says of %s what to give', async (_what, work, code, words) => {
    const fault = await Promise.resolve(undefined as never)
      .then(work)
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(library.WeighbridgeError);
    expect(fault).toMatchObject({ code, message: expect.stringMatching(words) as string });
  });

  it('stops when the signal says so', async () => {
    await expect(library.inspect(V5, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('stops in the middle of a file that has a folder of external data, when the signal says so', async () => {
    const stop = new AbortController();
    const weighing = library.inspect(V5, { externalData: path.dirname(V5), signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(weighing).rejects.toThrow('enough');
  });
});

describe('the files for browsers', () => {
  it('name nothing of Node', () => {
    for (const file of readdirSync(path.join(PACKAGE, 'dist/browser'))) {
      const text = readFileSync(path.join(PACKAGE, 'dist/browser', file), 'utf8');
      expect(text).not.toMatch(/["']node:|\bfrom\s*["'](?!\.)|\bimport\s*["'](?!\.)/);
    }
  });
});

describeInBrowser('the library in a browser', () => {
  it('weighs bytes and addresses as the command line does, SHA-256 included', async () => {
    const [{ file: _, ...expected }] = (await printed('inspect', '--json', V5)) as [Record<string, unknown>];
    const browser = await chromium.launch({ executablePath: process.env['TEST_BROWSER'] ?? '' });
    try {
      const page = await browser.newPage();
      await page.goto(url);
      const weighed = await page.evaluate(async () => {
        const address = '/library.js';
        const { inspect } = (await import(address)) as typeof Library;
        const bytes = await (await fetch('/v5.onnx')).arrayBuffer();
        return {
          ofBytes: await inspect(bytes),
          ofFile: await inspect(new Blob([bytes])),
          ofAddress: await inspect('/v5.onnx'),
          ofParts: await inspect('/stack.onnx'),
          ofMoved: await inspect('/moved.onnx'),
        };
      });
      const { ofParts, ofMoved, ...ofV5 } = weighed;
      const { fetched: _parts, ...stack } = JSON.parse(
        JSON.stringify(await library.inspect(`${url}/stack.onnx`)),
      ) as Library.Weighed;
      expect([ofParts, ofMoved]).toMatchObject([stack, stack]);
      expect(ofMoved.fetched!.bytes).toBeLessThan(0.02 * STACK.byteSize);
      const fetched = { bytes: readFileSync(V5).length, requests: 1 };
      expect(ofV5).toEqual({ ofBytes: expected, ofFile: expected, ofAddress: { ...expected, fetched } });
    } finally {
      await browser.close();
    }
  });
});
