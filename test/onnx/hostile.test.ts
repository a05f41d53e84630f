// Files that are made to hurt, each by its id: refused in words, or read right; never wrong, never dear.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import onnxProto from 'onnx-proto';
import { WeighbridgeError } from '../../src/core/errors.js';
import type { Inspection } from '../../src/core/inspection.js';
import { Work } from '../../src/onnx/graph/work.js';
import { createInspector } from '../../src/onnx/inspect.js';
import { MODEL } from '../../src/onnx/read/messages.js';
import { SkeletonWriter } from '../../src/onnx/read/skeleton.js';
import { WireReader } from '../../src/onnx/read/wire.js';
import { runCli } from '../support/cli.js';
import { section } from '../support/documents.js';
import { inspectBytes } from '../support/inspect-bytes.js';
import { FLOAT, floatTensor, graph, lstmModel, model, node, value } from '../support/onnx-model.js';
import { bytes, field, tag, varint } from '../support/wire.js';
import type { AttackName } from './hostile/attacks.js';
import { measure } from './hostile/child.js';
import { chainOfNodes, manyInitializers } from './hostile/large.js';
import { WIRINGS } from './hostile/wirings.js';

const { onnx } = onnxProto;

const REFUSALS = ['ARTIFACT_MALFORMED', 'ARTIFACT_TRUNCATED', 'ARTIFACT_NOT_ONNX', 'LIMIT_EXCEEDED'];
const OVER = { code: 'LIMIT_EXCEEDED' };

/** The inspection, or the refusal; anything else is a fault. */
async function attempt(input: Uint8Array): Promise<Inspection | WeighbridgeError> {
  return inspectBytes(input).catch((error: unknown) => {
    if (error instanceof WeighbridgeError && REFUSALS.includes(error.code)) return error;
    throw error;
  });
}

const W = () => floatTensor('W', [1, 8, 3]);
const R = () => floatTensor('R', [1, 8, 2]);
const x = value('x', ['time', 1, 3]);
const lstm = (name = 'lstm') => node('LSTM', ['x', 'W', 'R'], [`${name}_y`], { hidden_size: 2 }, { name });

beforeAll(async () => {
  const { growthMib } = await measure('smallModel');
  if (growthMib === null) process.stdout.write('memory is not measured: this system has no /proc/self/status\n');
});

describe('memory is bounded', () => {
  test.each<[string, AttackName, number, object]>([
    ['P01 80 MB of empty nodes', 'emptyNodes', 128, OVER],
    ['P01 thirty million empty names of inputs', 'emptyInputNames', 192, OVER],
    ['P01 ten million empty attributes', 'emptyAttributes', 128, OVER],
    ['P01 ten million empty operator sets', 'emptyOpsets', 192, OVER],
    ['P01 ten million empty dims of an input', 'emptyDimensions', 192, OVER],
    ['P01 thirty million strings of an attribute', 'attributeStrings', 192, OVER],
    ['P02 200 MB of packed int64_data', 'packedInt64', 128, { storedElements: 1 }],
    ['P02 int64_data one by one', 'int64OneByOne', 128, { storedElements: 8 * 2 ** 20 }],
    ['P02 200 MB of packed dims', 'packedDims', 128, OVER],
    ['P02 50 MB of integers of an attribute', 'attributeInts', 128, { nodeCount: 1 }],
    ['P02 5,000 tensors of 60 kB', 'smallTensors', 192, { storedElements: 5_000 }],
    ['P09 300 MB in raw_data', 'rawData', 32, { storedElements: 75 * 2 ** 20 }],
    ['P13 a name of 200 MB', 'longName', 32, { nodeCount: 1 }],
  ])('%s', async (_, attack, atMost, expected) => {
    const { outcome, growthMib } = await measure(attack);
    expect(outcome).toMatchObject(expected);
    expect(growthMib ?? 0).toBeLessThan(atMost);
  });

  test('a structure that no heap holds ends the worker that decodes it, and leaves nothing open', async () => {
    const { outcome, growthMib, handles } = await measure('fewEmptyAttributes');
    expect(outcome).toMatchObject({ ...OVER, message: expect.stringContaining('256 MiB') as string });
    expect(growthMib ?? 0).toBeLessThan(450);
    expect(handles.filter((handle) => handle !== 'PipeWrap')).toEqual([]);
  });

  test('P01 two of 900,000 nodes are decoded one after the other: they take no more than one', async () => {
    const { outcome, growthMib } = await measure('fewEmptyNodes', 2);
    expect(outcome).toMatchObject({ nodeCount: 900_000 });
    expect(growthMib ?? 0).toBeLessThan(400);
  });

  test('as many nodes, and as many initializers, as docs/operating.md says are read', async () => {
    const [, nodes, initializers] = /holds some ([\d,]+) nodes .* or ([\d,]+) initializers/.exec(
      section('docs/operating.md', 'Limits').replaceAll('\n', ' '),
    )!;
    const [n, i] = [nodes, initializers].map((figure) => Number(figure!.replaceAll(',', '')));
    expect(await measure(chainOfNodes(n!))).toMatchObject({ outcome: { nodeCount: n } });
    expect(await measure(manyInitializers(i!))).toMatchObject({ outcome: { storedElements: i } });
  }, 240_000); // alone half a minute: the two largest files that are read

  test('P10 a bias of 50 million elements that nobody stores', async () => {
    const { outcome, growthMib } = await measure(WIRINGS.largeBiasMoved());
    expect(outcome).toMatchObject({ recurrent: { perUse: 40_000_040 } });
    expect(growthMib ?? 0).toBeLessThan(128);
  });
});

describe('a wiring that would take for ever ends', () => {
  const steps = { ...OVER, message: expect.stringContaining('too many steps') as string };
  const expanded = { ...OVER, message: expect.stringContaining('1,000,000 nodes once its functions are') as string };
  test.each<[keyof typeof WIRINGS, object]>([
    ['callsOfCalls', expanded],
    ['callsThatAreAdded', expanded],
    ['callsOfLayers', expanded],
    ['callsOfNothing', expanded],
    ['callsInBranches', expanded],
    ['callsOfAnEndlessCall', expanded],
    ['callsThatNobodyMakes', expanded],
    ['callsInARow', OVER],
    ['largeBodyCalled', expanded],
    ['sumsOfSums', { recurrentNodes: [{ verdict: 'MATCH', biasConvention: 'UNKNOWN' }] }],
    ['largeBias', { recurrentNodes: [{ verdict: 'MISMATCH', biasConvention: 'UNKNOWN' }] }],
    ['biasOfParts', { recurrentNodes: [{ verdict: 'MISMATCH', biasConvention: 'DOUBLE' }] }],
    ['biasOfUnknownParts', { recurrentNodes: [{ verdict: 'MISMATCH', biasConvention: 'UNKNOWN' }] }],
    ['foldedSums', { recurrent: { nodes: 1, unverifiableNodes: 1 } }],
    ['longChain', { recurrent: { nodes: 8_000, perUse: 448_000, distinct: 56 } }],
    ['wideNode', steps],
    ['growingRank', { recurrent: { nodes: 1, unverifiableNodes: 1 } }],
    ['attributesAsked', { recurrent: { nodes: 8_000, unverifiableNodes: 8_000 } }],
    ['longPaths', { ...OVER, message: expect.stringContaining('characters') as string }],
    ['zerosInAChain', steps],
  ])('%s', async (name, expected) => {
    expect(await attempt(WIRINGS[name]())).toMatchObject(expected);
  });
});

describe('2^60 nodes, once functions are expanded', () => {
  test.each([
    'callsOfCalls',
    'callsThatAreAdded',
    'callsOfLayers',
    'callsOfNothing',
    'callsInBranches',
    'callsOfAnEndlessCall',
    'callsThatNobodyMakes',
  ] as const)('%s are refused before the first step of an analysis', async (name) => {
    const writer = new SkeletonWriter();
    const reader = new WireReader(MODEL, writer);
    reader.write(WIRINGS[name]());
    const { analyse } = await import('../../src/onnx/analysis.js');
    expect(() => analyse(writer.finish(reader.finish()), new Work(0))).toThrow('nodes once its functions are expanded');
  });

  test('a million are one too many, with those of branches and of functions that are called twice', async () => {
    const nodes = (count: number) => Array.from({ length: count }, () => node('Relu', ['i'], ['o']));
    const calls = (count: number) => Array.from({ length: count }, () => node('F', ['x'], ['y'], {}, { domain: 'my' }));
    const functions = [{ domain: 'my', name: 'F', input: ['i'], output: ['o'], node: nodes(9_999) }];
    const branch = (more: number) => graph({ node: [...calls(1), ...nodes(more)] });
    const withMore = (more: number) =>
      model(
        { node: [...calls(98), node('If', ['c'], ['o'], { then_branch: branch(more) })], input: [x] },
        { functions },
      );
    // 99 calls with 9,999 nodes each, the calls themselves and the If: 9,999 are left.
    expect(await attempt(withMore(9_999))).toMatchObject({ nodeCount: 100 + 2 * 9_999 });
    expect(await attempt(withMore(10_000))).toMatchObject({
      ...OVER,
      message: expect.stringContaining('1,000,000 nodes once its functions are') as string,
    });
  });
});

describe('P03 nesting', () => {
  /** An LSTM at the bottom of this many Ifs: three messages each, and two for the graph and its node. */
  const nested = (ifs: number) => {
    let inner = graph({ node: [lstm()] });
    for (let i = 0; i < ifs; i += 1) inner = graph({ node: [node('If', ['c'], ['o'], { then_branch: inner })] });
    return model({ ...inner, initializer: [W(), R()], input: [x] });
  };

  test('32 Ifs inside each other are read, 33 are refused', async () => {
    expect(await attempt(nested(32))).toMatchObject({ recurrent: { nodes: 1, perUse: 40 } });
    expect(await attempt(nested(33))).toMatchObject(OVER);
  });

  test('20,000 nested messages are refused', async () => {
    const parts: number[][] = [];
    let length = 0;
    for (let level = 20_000; level >= 1; level -= 1) {
      const head = [...tag(level === 1 ? 7 : [6, 1, 5][(level - 1) % 3]!, 2), ...varint(length)];
      parts.push(head);
      length += head.length;
    }
    expect(await attempt(bytes(...parts.toReversed()))).toMatchObject(OVER);
  });
});

test('P04 21 KB of start-group bytes are refused', async () => {
  expect(await attempt(new Uint8Array(21_000).fill(0x0b))).toBeInstanceOf(WeighbridgeError);
});

describe('P05 a length that is not there, at four levels', () => {
  const levels = ['model', 'graph', 'node', 'attribute'].map(
    (name, depth) => [name, [7, 1, 5].slice(0, depth)] as const,
  );
  const lengths: [string, number | bigint][] = [
    ['one more than the rest', 1],
    ['2^31', 2n ** 31n],
    ['2^32', 2n ** 32n],
    ['2^63', 2n ** 63n],
  ];
  test.each(levels.flatMap(([name, around]) => lengths.map(([words, length]) => ({ name, around, words, length }))))(
    '$words in the $name',
    async ({ around, length }) => {
      // A name (field 2 or 3 in all four) of which nothing is there.
      let message = [...tag(around.length === 2 ? 3 : 2, 2), ...varint(length)];
      for (const number of around.toReversed()) message = field(number, message);
      const before = process.memoryUsage().arrayBuffers;
      const refused = await attempt(bytes(message));
      expect(refused).toMatchObject({ code: expect.stringMatching(/MALFORMED|TRUNCATED|NOT_ONNX/) as string });
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    },
  );
});

describe('P06 what protobuf does not have', () => {
  test.each<[string, ArrayLike<number>]>([
    ['tag 0', [0]],
    ['wire type 6', tag(7, 6)],
    ['wire type 7', tag(7, 7)],
    ['a field over 2^29−1', [...varint(2n ** 32n), 0]],
    ['a varint of 11 bytes', [...tag(1, 0), ...new Array<number>(10).fill(0x80), 1]],
    ['the end of a group that was not begun', tag(7, 4)],
    ['packed floats that end in the middle of one', field(7, field(5, field(4, [0, 0, 128])))],
    ['packed doubles that end in the middle of one', field(7, field(5, field(10, [0, 0, 128, 63])))],
    ['packed integers that end in the middle of one', field(7, field(5, field(7, [1, 0x80])))],
    ['packed dims that end in the middle of one', field(7, field(5, field(1, [1, 0x80])))],
    [
      'a long list of floats that ends in the middle of one',
      field(7, field(1, field(5, field(7, new Uint8Array(70_001))))),
    ],
    [
      'a long list of integers that ends in the middle of one',
      field(7, field(1, field(5, field(8, new Uint8Array(70_000).fill(0x80))))),
    ],
  ])('%s is refused, before and behind a model', async (_, broken) => {
    const whole = lstmModel({ inputSize: 3, hiddenSize: 2 });
    for (const input of [bytes(broken, whole), bytes(whole, broken)]) {
      expect(await attempt(input)).toMatchObject({ code: 'ARTIFACT_MALFORMED' });
    }
  });
});

test('P07 a model cut at any byte is refused, or gives the same counts', async () => {
  const whole = lstmModel({ inputSize: 3, hiddenSize: 2, producerName: 'p'.repeat(200) });
  const { recurrent, storedElements } = await inspectBytes(whole);
  let refused = 0;
  for (let cut = 0; cut < whole.length; cut += 1) {
    const result = await attempt(whole.subarray(0, cut));
    if (result instanceof WeighbridgeError) refused += 1;
    // eslint-disable-next-line jest/no-conditional-expect
    else expect({ cut, ...result }).toMatchObject({ recurrent, storedElements });
  }
  expect(whole.length).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(whole.length - 10);
});

test('P08 a graph that is sent twice with one LSTM each has two', async () => {
  const half = (suffix: string) =>
    onnx.ModelProto.encode({
      graph: graph({
        node: [node('LSTM', ['x', `W${suffix}`, `R${suffix}`], [`y${suffix}`])],
        initializer: [
          { ...W(), name: `W${suffix}` },
          { ...R(), name: `R${suffix}` },
        ],
      }),
    }).finish();
  const inspection = await inspectBytes(bytes(half('1'), half('2')));
  expect(inspection.recurrent).toMatchObject({ nodes: 2, perUse: 80, distinct: 80, unverifiableNodes: 0 });
});

describe('P10 dims', () => {
  test.each<[string, number[], object]>([
    ['[2^40, 2^40]', [2 ** 40, 2 ** 40], { code: 'ARTIFACT_MALFORMED' }],
    ['a negative one', [1, -8, 3], { code: 'ARTIFACT_MALFORMED' }],
    ['2^53 elements', [2 ** 26, 2 ** 27], { code: 'ARTIFACT_MALFORMED' }],
    ['a zero', [1, 0, 3], { storedElements: 16, recurrent: { perUse: 16 }, recurrentNodes: [{ verdict: 'MISMATCH' }] }],
    // Nothing is stored, but the dim itself could not be told exactly.
    ['zero times 2^62', [0, 2 ** 62], { code: 'ARTIFACT_MALFORMED' }],
  ])('%s in a stored tensor', async (_, dims, expected) => {
    const tensor = onnx.TensorProto.create({ name: 'W', dims, dataType: 1 });
    expect(await attempt(model({ node: [lstm()], initializer: [tensor, R()], input: [x] }))).toMatchObject(expected);
  });

  test.each<[string, number[], number[]]>([
    ['a fraction', [1.5, 4, 4], [2 ** 30, 2 ** 30]],
    ['a negative pair', [-2, -12, 1], [24]],
    ['more than are there', [2 ** 52, 2 ** 52, 2], [24]],
  ])('%s in a shape that is given as values is not followed', async (_, shape, from) => {
    const values = new Float64Array(shape);
    const inspection = await inspectBytes(
      model({
        node: [node('Reshape', ['w', 'shape'], ['W']), lstm()],
        initializer: [
          R(),
          { name: 'shape', dims: [shape.length], dataType: 11, rawData: new Uint8Array(values.buffer) },
        ],
        input: [x, value('w', from)],
      }),
    );
    expect(inspection.recurrentNodes[0]).toMatchObject({ verdict: 'UNVERIFIABLE', stored: null });
  });
});

describe('P11 P12 external data', () => {
  const external = (entries: Record<string, string>) =>
    model({
      node: [lstm()],
      initializer: [
        onnx.TensorProto.create({
          name: 'W',
          dims: [1, 8, 3],
          dataType: 1,
          dataLocation: 1,
          externalData: Object.entries(entries).map(([key, entry]) => ({ key, value: entry })),
        }),
        R(),
      ],
      input: [x],
    });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-hostile-'));
    await writeFile(path.join(folder, 'target.bin'), new Uint8Array(96));
    await symlink(path.join(folder, 'target.bin'), path.join(folder, 'link.bin'));
    execFileSync('mkdir', [path.join(folder, 'inner')]);
    await symlink('../target.bin', path.join(folder, 'inner', 'link.bin'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    '../target.bin',
    'a/../../target.bin',
    '/etc/passwd',
    'file:///etc/passwd',
    'link.bin',
    '.',
    '',
    'NUL\0',
    '..\\target.bin',
  ])('the location %j is kept as text, and nothing outside is opened', async (location) => {
    const input = external({ location });
    const inspection = await inspectBytes(input);
    expect(inspection.externalData).toMatchObject([{ location, claimedBytes: 96 }]);
    const file = path.join(folder, 'model.onnx');
    await writeFile(file, input);
    const { stdout, code } = await runCli(['inspect', '--json', '--external-data', path.join(folder, 'inner'), file]);
    expect(code).toBe(0);
    const [entry] = JSON.parse(stdout) as { externalData: { present: boolean; byteSize: number | null }[] }[];
    expect(entry!.externalData).toMatchObject([{ location, present: false, byteSize: null }]);
  });

  test.each<[string, Record<string, string>]>([
    ['a length of 10^15', { location: 'w', length: String(10 ** 15) }],
    ['a length that is no number', { location: 'w', length: '1e9999' }],
    ['an offset of −1', { location: 'w', offset: '-1' }],
    ['keys that are names of the language', { location: 'w', __class__: 'x', __proto__x: 'y', constructor: 'z' }],
  ])('%s is warned of or passed over, never taken', async (_, entries) => {
    const inspection = await inspectBytes(external(entries));
    expect(inspection).toMatchObject({
      storedElements: 40,
      recurrentNodes: [{ verdict: 'MATCH', biasConvention: 'NONE' }],
    });
    expect(inspection.warnings.map(({ code }) => code)).toContain('EXTERNAL_DATA');
    expect(inspection.externalData).toMatchObject([{ location: 'w' }]);
  });
});

describe('P13 names', () => {
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'n'.repeat(2 ** 20),
    'a\0b',
    'a\r\nb',
    '\u202eevil',
    '\x1b[31m',
    '',
  ];
  const named = (name: string) =>
    model(
      {
        name,
        node: [
          node('LSTM', ['x', name || 'W', 'R'], ['y'], { hidden_size: 2 }, { name }),
          node(name || 'Odd', ['y'], ['z'], {}, { name, domain: name }),
        ],
        initializer: [{ ...W(), name: name || 'W' }, R()],
        input: [x, value(name, [1])],
        valueInfo: [value(name, [1])],
        output: [value(name, [1])],
      },
      {
        producerName: name,
        opsetImport: [
          { domain: name, version: 1 },
          { domain: '', version: 17 },
        ],
      },
    );

  test.each(names)('%# is counted right everywhere, and Object.prototype stays as it is', async (name) => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const inspection = await inspectBytes(named(name));
    expect(inspection).toMatchObject({ storedElements: 40, recurrent: { nodes: 1, perUse: 40, distinct: 40 } });
    expect(inspection.recurrentNodes[0]!.verdict).toBe('MATCH');
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
    expect(JSON.stringify(inspection).length).toBeLessThan(20_000);
  });

  test('a terminal shows them escaped', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-names-'));
    try {
      const files = await Promise.all(
        ['a\0b', 'a\r\nb', '\u202eevil', '\x1b[31m'].map(async (name, i) => {
          const file = path.join(folder, `${i}.onnx`);
          await writeFile(file, named(name));
          return file;
        }),
      );
      for (const args of [files, ['--json', ...files]]) {
        const { stdout, stderr, code } = await runCli(['inspect', ...args]);
        expect(code).toBe(0);
        // eslint-disable-next-line no-control-regex
        expect(stdout + stderr).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('P14 functions that call themselves', () => {
  const call = (name: string) => node(name, ['i'], ['o'], {}, { domain: 'my', name: `call${name}` });
  const body = (name: string, ...nodes: ReturnType<typeof node>[]) => ({
    domain: 'my',
    name,
    input: ['i'],
    output: ['o'],
    node: [node('LSTM', ['i', 'W', 'R'], ['y']), ...nodes],
  });
  const branch = (inner: ReturnType<typeof node>) =>
    node('If', ['c'], ['o'], { then_branch: graph({ node: [inner] }) });
  test.each([
    ['A→A', [body('A', call('A'))]],
    ['A→B→A', [body('A', call('B')), body('B', call('A'))]],
    ['through the branch of an If', [body('A', branch(call('A')))]],
  ])('%s is warned of, and each body is counted once', async (_, functions) => {
    const inspection = await inspectBytes(model({ node: [call('A')], input: [value('i', [1])] }, { functions }));
    expect(inspection.warnings.map(({ code }) => code)).toContain('FUNCTION_CYCLE');
    expect(inspection.recurrent.nodes).toBe(functions.length);
  });

  test('a weight that comes out of a function that calls itself is not known', async () => {
    const functions = [{ domain: 'my', name: 'A', input: ['i'], output: ['o'], node: [call('A')] }];
    const inspection = await inspectBytes(
      model(
        { node: [node('A', ['x'], ['W'], {}, { domain: 'my' }), lstm()], initializer: [R()], input: [x] },
        { functions },
      ),
    );
    expect(inspection.recurrentNodes[0]).toMatchObject({ verdict: 'UNVERIFIABLE', stored: null });
  });
});

test('P15 bodies of If, Loop and Scan count where they stand, a function at each call, both directions of one node', async () => {
  const inner = (name: string) => graph({ node: [lstm(name)], output: [value(`${name}_y`, [])] });
  const inspection = await inspectBytes(
    model(
      {
        node: [
          node('If', ['c'], ['a'], { then_branch: inner('then'), else_branch: inner('else') }),
          node('Loop', ['', 'c'], ['b'], { body: inner('loop') }),
          node('Scan', ['x'], ['d'], { body: inner('scan'), num_scan_inputs: 1 }),
          ...['p', 'q', 'r'].map((output) => node('F', ['x', 'W', 'R'], [output], {}, { domain: 'my' })),
          node('LSTM', ['x', 'W2', 'R2'], ['e'], { direction: 'bidirectional' }),
        ],
        initializer: [W(), R(), floatTensor('W2', [2, 8, 3]), floatTensor('R2', [2, 8, 2])],
        input: [x],
      },
      { functions: [{ domain: 'my', name: 'F', input: ['x', 'W', 'R'], output: ['f_y'], node: [lstm('f')] }] },
    ),
  );
  // Four bodies and three calls of 40, and one of both directions.
  expect(inspection.recurrent).toMatchObject({ nodes: 8, unverifiableNodes: 0, perUse: 360, distinct: 120 });
});

describe('P16 files that are something else', () => {
  const tensorBytes = (tensor: onnxProto.onnx.ITensorProto) =>
    onnx.TensorProto.encode(onnx.TensorProto.create({ dataType: FLOAT, ...tensor })).finish();
  const text = (words: string) => Buffer.from(words);
  test.each<[string, Uint8Array, string]>([
    ['a PNG', bytes([0x89], text('PNG\r\n\x1a\n'), new Array<number>(40).fill(7)), 'PNG'],
    ['a ZIP', bytes(text('PK'), [3, 4, 20, 0, 0, 0, 8, 0]), 'ZIP'],
    ['nothing', new Uint8Array(), 'empty'],
    ['one byte', Uint8Array.of(8), 'cut off'],
    ['text', text('This is not a model.\n'), 'text'],
    ['a git-LFS pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'), 'git lfs pull'],
    ['a login page', text('<!doctype html><html><title>Log in</title></html>'), 'HTML'],
    [
      'safetensors',
      bytes([0x40, 0, 0, 0, 0, 0, 0, 0], text('{"W":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')),
      'safetensors',
    ],
    ['GGUF', bytes(text('GGUF'), [3, 0, 0, 0]), 'GGUF'],
    ['HDF5', bytes([0x89], text('HDF\r\n\x1a\n'), new Array<number>(20).fill(0)), 'HDF5'],
    ['a pickle', bytes([0x80, 2, 0x7d, 0x71, 0, 0x58]), 'pickle'],
    ['a tensor with a name', tensorBytes({ name: 'input', dims: [3, 4], rawData: new Uint8Array(48) }), 'TensorProto'],
    ['a tensor without one', tensorBytes({ dims: [300, 1], rawData: new Uint8Array(1_200).fill(9) }), 'TensorProto'],
    ['a tensor of one number', tensorBytes({ floatData: [1] }), 'TensorProto'],
    ['a tensor whose dims are packed', bytes([0x0a, 3, 0xac, 2, 1, 0x10, 1, 0x4a, 4], [1, 2, 3, 4]), 'TensorProto'],
    ['data beside a model', new Uint8Array(Float32Array.from({ length: 999 }, Math.sin).buffer), 'send the .onnx file'],
  ])('%s is refused, and the message says what it looks like', async (_, input, words) => {
    const refused = await attempt(input);
    expect(refused).toBeInstanceOf(WeighbridgeError);
    expect((refused as WeighbridgeError).message).toContain(words);
  });
});

test('a refused inspector takes no more, and others go on', async () => {
  const broken = createInspector();
  expect(() => broken.write(new Uint8Array(600))).toThrow(WeighbridgeError);
  const silero = await readFile('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx');
  expect((await inspectBytes(silero)).recurrent.nodes).toBe(4);
});
