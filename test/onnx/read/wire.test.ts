import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import type { WeighbridgeError } from '../../../src/core/errors.js';
import { MODEL } from '../../../src/onnx/read/messages.js';
import {
  MAX_FUNCTIONS,
  MAX_INITIALIZERS,
  MAX_NODES,
  MAX_RANK,
  type Skeleton,
  SkeletonWriter,
} from '../../../src/onnx/read/skeleton.js';
import { MAX_NESTING, WireReader } from '../../../src/onnx/read/wire.js';
import { floatTensor, int64Tensor, lstmModel, model, node, value } from '../../support/onnx-model.js';
import { bytes, field, tag, varint } from '../../support/wire.js';

const { onnx } = onnxProto;

/** Reader and writer as the inspector puts them together. */
function newReader() {
  const writer = new SkeletonWriter();
  const reader = new WireReader(MODEL, writer);
  return { write: (chunk: Uint8Array) => reader.write(chunk), finish: () => writer.finish(reader.finish()) };
}

function read(input: Uint8Array, chunkSize = input.length) {
  const reader = newReader();
  for (let at = 0; at < input.length; at += chunkSize) reader.write(input.subarray(at, at + chunkSize));
  return reader.finish();
}

function decode(skeleton: Uint8Array): object {
  return onnx.ModelProto.toObject(onnx.ModelProto.decode(skeleton), { longs: String });
}

/** With bytes as text: jest compares typed arrays slowly. */
function comparable({ bytes: kept, ...rest }: Skeleton) {
  return { ...rest, kept: Buffer.from(kept).toString('hex') };
}

/** The model without the values of `large`, its doc string and metadata; the skeleton's notes on byte counts in doc_string. */
function blanked(input: Uint8Array): object {
  const message = onnx.ModelProto.toObject(onnx.ModelProto.decode(input), { longs: String });
  delete message.docString;
  delete message.metadataProps;
  const graph = message.graph as { initializer: { name: string; rawData?: Uint8Array; docString?: string }[] };
  for (const tensor of graph.initializer) {
    tensor.docString = String(tensor.rawData!.length);
    if (tensor.name !== 'large') continue;
    tensor.docString += ':0';
    delete tensor.rawData;
  }
  return message;
}

test('the reader knows nothing of ONNX: it tells any sink what passes, by the messages that it was given', () => {
  const inner = { name: 'Inner', fields: new Map([[1, { kind: 'text' }]]) };
  const outer = { name: 'Outer', fields: new Map([[2, { kind: 'nested', message: inner }]]) };
  const told: unknown[] = [];
  const reader = new WireReader<{ kind: string; message?: typeof inner }>(outer, {
    open: (number, { kind }) => told.push(['open', number, kind]),
    close: () => told.push('close'),
    varint: (number, known, raw) => told.push(['varint', number, known, [...raw]]),
    begin: (number, known, wireType, length) => told.push(['begin', number, known?.kind, wireType, length]),
    body: (piece) => told.push(Buffer.from(piece).toString()),
    end: (fieldBytes) => told.push(['end', fieldBytes]),
    skip: (skipped) => told.push(['skip', skipped]),
  });
  reader.write(bytes(field(2, field(1, 'hello')), tag(9, 0), varint(300)));
  expect(reader.finish()).toBe(12);
  expect(told).toEqual([
    ['open', 2, 'nested'],
    ['begin', 1, 'text', 2, 5],
    'hello',
    ['end', 7],
    'close',
    ['varint', 9, null, [0xac, 0x02]],
  ]);
});

describe('the skeleton', () => {
  test('decodes as the file does with its large values blanked', () => {
    const input = model(
      {
        node: [node('Gemm', ['x', 'large', 'small'], ['y'], { transB: 1 }, { name: 'fc' })],
        initializer: [floatTensor('large', [300, 100]), floatTensor('small', [300]), int64Tensor('shape', [1, -1])],
        input: [value('x', ['batch', 100])],
        output: [value('y', ['batch', 300])],
      },
      { docString: 'said once', metadataProps: [{ key: 'a', value: 'b' }] },
    );
    expect(decode(read(input).bytes)).toEqual(blanked(input));
  });

  test('does not depend on how the bytes are cut into chunks', () => {
    const input = lstmModel({ inputSize: 9, hiddenSize: 60 });
    const whole = read(input);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: input.length }), { minLength: 1, maxLength: 40 }), (cuts) => {
        const reader = newReader();
        let at = 0;
        for (const size of [...cuts, input.length]) {
          reader.write(input.subarray(at, at + size));
          at = Math.min(at + size, input.length);
        }
        expect(comparable(reader.finish())).toEqual(comparable(whole));
      }),
    );
    expect(comparable(read(input, 1))).toEqual(comparable(whole));
  });

  test('holds on to no large values, however large the tensor', () => {
    const input = model({ initializer: [floatTensor('W', [1_000_000])] });
    const { bytes: kept, payloads } = read(input, 65_536);
    expect(kept.length).toBeLessThan(200);
    expect(payloads).toMatchObject([{ byteLength: 4_000_000, values: 1_000_000, kept: null }]);
  });

  test('remembers where the zeros of a dropped tensor are, −0 among them', () => {
    const values = new Float32Array(40_000).fill(1);
    values.fill(0, 100, 20_000);
    values[150] = -0;
    values[39_999] = -0;
    const W = onnx.TensorProto.create({
      name: 'W',
      dims: [40_000],
      dataType: 1,
      rawData: new Uint8Array(values.buffer),
    });
    const [facts] = read(model({ initializer: [W] }), 1_001).payloads;
    expect(facts!.zeros).toEqual({ bounds: [100, 20_000, 39_999, 40_000], shortest: 1 });
  });

  test('merges a graph that is sent in two pieces', () => {
    const first = onnx.GraphProto.encode({ node: [node('LSTM', ['x', 'W', 'R'], ['y'])] }).finish();
    const second = onnx.GraphProto.encode({ name: 'g', initializer: [floatTensor('W', [1, 8, 3])] }).finish();
    const { bytes: kept } = read(bytes(field(7, first), tag(1, 0), [8], field(7, second), field(2, 'producer')));
    const merged = onnx.ModelProto.decode(kept);
    expect(merged.graph).toMatchObject({ name: 'g', node: [{ opType: 'LSTM' }], initializer: [{ name: 'W' }] });
    expect(merged).toMatchObject({ producerName: 'producer' });
  });

  test('counts metadata and fields of no reader apart', () => {
    const plain = model({ node: [node('Relu', ['x'], ['y'])] });
    const before = read(plain);
    const unknown = [...field(3_000, 'abc'), ...tag(2_000, 0), 1, ...tag(2_001, 5), 1, 2, 3, 4];
    const group = [...tag(1_000, 3), ...tag(1, 0), 7, ...tag(1_000, 4)];
    const after = read(bytes(plain, unknown, group, field(6, 'a doc string')));
    expect(after.paddingBytes - before.paddingBytes).toBe(unknown.length + group.length);
    expect(after.metadataBytes - before.metadataBytes).toBe(14);
    expect(decode(after.bytes)).toEqual(decode(before.bytes));
  });

  test('keeps names over 1 KiB by beginning, hash and length, so that different names stay different', () => {
    const names = ['a'.repeat(5_000), `${'a'.repeat(4_999)}b`];
    const { bytes: kept, longNames } = read(model({ initializer: names.map((name) => floatTensor(name, [1])) }));
    const [first, second] = onnx.ModelProto.decode(kept).graph!.initializer!.map((t) => t.name!);
    expect(first).toMatch(/^a+…#[0-9a-f]{32}:5000$/);
    expect(second).not.toBe(first);
    expect(longNames).toBe(2);
  });

  test('F07: a short name that copies the mark of a long one, or of such a copy, is another name', () => {
    const kept = (names: string[]) => {
      const { bytes: skeleton } = read(model({ initializer: names.map((name) => floatTensor(name, [1])) }));
      return onnx.ModelProto.decode(skeleton).graph!.initializer!.map(({ name }) => name!);
    };
    const names = ['a'.repeat(2_000)];
    while (names.length < 4) names.push(kept(names).at(-1)!);
    expect(new Set(names).size).toBe(4);
    expect(new Set(kept(names)).size).toBe(4);
    expect(kept(['weight#1', 'a…#b:1'])).toEqual(['weight#1', 'a…#b:1']);
  });

  test('keeps names apart that differ only in bytes that are not UTF-8', () => {
    const graph = field(7, field(2, [0xff]), field(1, field(3, [0xfe])));
    const { bytes: kept, oddNames } = read(bytes(graph));
    const decoded = onnx.ModelProto.decode(kept).graph!;
    expect(decoded.node![0]!.name).not.toBe(decoded.name);
    expect(oddNames).toBe(2);
  });
});

describe('a file that breaks the encoding is refused', () => {
  const malformed: [string, ArrayLike<number>][] = [
    ['field number 0', [0, 0]],
    ['a field number over 2^29−1', [0xf8, 0xff, 0xff, 0xff, 0x7f, 0]],
    ['wire type 6', tag(1, 6)],
    ['wire type 7', tag(1, 7)],
    ['a varint of 11 bytes', [...tag(1, 0), ...new Array<number>(10).fill(0x80), 1]],
    ['the end of a group that was not begun', tag(1_000, 4)],
    ['the end of another group', [...tag(1_000, 3), ...tag(1_001, 4)]],
    ['a group that is not ended in its message', field(7, tag(1_000, 3))],
    ['a name that is longer than its node', field(7, field(1, tag(4, 2), varint(50), [65]))],
    ['a number that runs past its message', field(7, [...tag(99, 0), 0x80])],
    ['a length over 2^53', [...tag(7, 2), ...varint(2n ** 60n)]],
  ];
  test.each(malformed)('%s', (_, input) => {
    const padded = bytes(input, new Array<number>(200).fill(1));
    const refusal = expect.objectContaining({ code: 'ARTIFACT_MALFORMED' }) as WeighbridgeError;
    expect(() => read(padded)).toThrow(refusal);
    expect(() => read(padded, 1)).toThrow(refusal);
  });

  test('a model cut at any byte is never taken for whole, but where a field ends', () => {
    const input = lstmModel({ inputSize: 2, hiddenSize: 2 });
    const ends = new Set<number>();
    // Field by field through the top level, the graph's end included: only there a cut leaves valid protobuf.
    for (let at = 0; at < input.length;) {
      at += firstFieldLength(input.subarray(at));
      ends.add(at);
    }
    const truncated = expect.objectContaining({ code: 'ARTIFACT_TRUNCATED' }) as WeighbridgeError;
    for (let cut = 1; cut < input.length; cut += 1) {
      const attempt = () => read(input.subarray(0, cut));
      // eslint-disable-next-line jest/no-conditional-expect
      if (ends.has(cut)) expect(attempt).not.toThrow();
      // eslint-disable-next-line jest/no-conditional-expect
      else expect(attempt).toThrow(truncated);
    }
  });
});

/** Bytes of the first field: its tag, and a varint or a length with its contents. */
function firstFieldLength(input: Uint8Array): number {
  let at = 0;
  const number = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = input[at]!;
      at += 1;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
  };
  const wireType = number() % 8;
  const value = number();
  return wireType === 2 ? at + value : at;
}

describe('limits are enforced while reading', () => {
  const over = expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as WeighbridgeError;
  /** Messages inside each other: attributes that hold graphs that hold nodes that hold attributes. */
  const nested = (depth: number) => {
    let inner: number[] = [];
    // From the inside out; the innermost is at `depth`. Graph 7 in the model, then node 1, attribute 5, graph 6 in turns.
    for (let level = depth; level >= 1; level -= 1) inner = field(level === 1 ? 7 : [6, 1, 5][(level - 1) % 3]!, inner);
    return bytes(inner);
  };
  const repeated = (count: number, one: number[]) => {
    const all = new Uint8Array(count * one.length);
    for (let i = 0; i < count; i += 1) all.set(one, i * one.length);
    return all;
  };

  test(`${MAX_NESTING} nested messages pass, one more does not`, () => {
    expect(() => read(nested(MAX_NESTING))).not.toThrow();
    expect(() => read(nested(MAX_NESTING + 1))).toThrow(over);
  });

  test('groups count as nesting, and 20,000 of them cost nothing', () => {
    expect(() => read(repeated(20_000, tag(1_000, 3)))).toThrow(over);
  });

  test(`rank ${MAX_RANK} passes, one more does not, packed or not`, () => {
    const tensor = (dims: number[]) => bytes(field(7, field(5, dims)));
    expect(() => read(tensor(field(1, new Array<number>(MAX_RANK).fill(1))))).not.toThrow();
    expect(() => read(tensor(field(1, new Array<number>(MAX_RANK + 1).fill(1))))).toThrow(over);
    const single = [...tag(1, 0), 1];
    expect(() => read(tensor(Array.from(repeated(MAX_RANK + 1, single))))).toThrow(over);
  });

  test.each([
    ['nodes', MAX_NODES, [...tag(7, 2), 2, ...tag(1, 2), 0]],
    ['initializers', MAX_INITIALIZERS, [...tag(7, 2), 2, ...tag(5, 2), 0]],
    ['functions', MAX_FUNCTIONS, [...tag(25, 2), 0]],
  ])('one of the %s over the limit', (what, limit, one) => {
    // One graph with all of them: a graph field for each would be too many merges.
    const inner = what === 'functions' ? repeated(limit + 1, one) : repeated(limit + 1, one.slice(2));
    const input = what === 'functions' ? inner : bytes(tag(7, 2), varint(inner.length));
    const reader = newReader();
    if (what !== 'functions') reader.write(input);
    const unit = what === 'functions' ? one.length : one.length - 2;
    expect(() => reader.write(inner.subarray(0, limit * unit))).not.toThrow();
    expect(() => reader.write(inner.subarray(limit * unit))).toThrow(over);
  });

  test('names and nodes of more than 64 MiB in all', () => {
    const name = field(1, field(3, 'x'.repeat(1_000)));
    const reader = newReader();
    const piece = repeated(1_000, name);
    reader.write(bytes(tag(7, 2), varint(2 ** 40)));
    expect(() => {
      for (let i = 0; i < 80; i += 1) reader.write(piece);
    }).toThrow(over);
  });

  test('a type sent in pieces whose parts are sent in pieces: no other reader would see the same', () => {
    const tensorType = field(1, tag(1, 0), [1]);
    const input = (type: number[]) => bytes(field(7, field(11, field(1, 'x'), type)));
    expect(() => read(input([...field(2, tensorType), ...field(2, field(6, 'denotation'))]))).not.toThrow();
    expect(() => read(input([...field(2, tensorType), ...field(2, tensorType)]))).toThrow(over);
  });

  test('32-bit numbers are kept by their low 32 bits, so that both readers go on at the same byte', () => {
    // Eight bytes: onnx-proto takes what is longer than five for ten.
    const long = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    const tensor = [...tag(2, 0), ...long, ...field(8, 'W')];
    const { bytes: kept } = read(bytes(field(7, field(5, tensor))));
    expect(onnx.ModelProto.decode(kept).graph!.initializer).toMatchObject([{ dataType: 1, name: 'W' }]);
    const refusal = expect.objectContaining({ code: 'ARTIFACT_MALFORMED' }) as WeighbridgeError;
    expect(() => read(bytes(field(7, field(5, field(5, long), field(8, 'W')))))).toThrow(refusal);
  });

  test('a graph in more than a thousand pieces', () => {
    expect(() => read(repeated(1_002, [...tag(7, 2), 0]))).toThrow(over);
  });
});
