// Values that are passed over while a model is read: as in a file of which only parts are fetched.
import { createHash } from 'node:crypto';
import type { Inspection } from '../../../src/core/inspection.js';
import { createInspector, type PassedFile } from '../../../src/onnx/inspect.js';
import { inspectBytes } from '../../support/inspect-bytes.js';
import { floatTensor, model, node, value } from '../../support/onnx-model.js';

/** As a reader of ranges would: pieces of `window` bytes, and over what is left of values of at least `least` bytes. */
async function inspectInParts(
  bytes: Uint8Array,
  { window, least, itself }: { window: number; least: number; itself?: PassedFile },
): Promise<{ inspection: Inspection<string | null>; read: number }> {
  const inspector = createInspector();
  const hash = createHash('sha256');
  let [at, read] = [0, 0];
  while (at < bytes.length) {
    const chunk = bytes.subarray(at, at + window);
    inspector.write(chunk);
    hash.update(chunk);
    [at, read] = [at + chunk.length, read + chunk.length];
    const passable = Math.min(inspector.passable(least), bytes.length - at);
    if (passable === 0) continue;
    inspector.pass(passable);
    at += passable;
  }
  const digest = read === bytes.length ? `sha256:${hash.digest('hex')}` : null;
  return { inspection: await inspector.finish(digest, null, itself), read };
}

/** An LSTM of (64, 256), a table that is added, a matrix that is multiplied, and an LSTM of which only the bias, 67,200 bytes, is stored. */
const LARGE = model({
  node: [
    node('LSTM', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 256 }),
    node('MatMul', ['y', 'M'], ['z']),
    node('Add', ['z', 'table'], ['out']),
    node('LSTM', ['x', 'W2', 'R2', 'B2'], ['wide'], { hidden_size: 2_100 }),
  ],
  initializer: [
    floatTensor('W', [1, 1024, 64]),
    floatTensor('R', [1, 1024, 256]),
    floatTensor('B', [1, 2048], { value: 0 }),
    floatTensor('M', [256, 256]),
    floatTensor('table', [256, 256]),
    floatTensor('B2', [1, 16_800], { value: 0 }),
  ],
  input: [value('x', ['t', 'b', 64]), value('W2', [1, 8_400, 64]), value('R2', [1, 8_400, 2_100])],
  output: [value('out', ['t', 'b', 256])],
});

it('counts a model alike whether large values are read or passed over', async () => {
  const whole = await inspectBytes(LARGE);
  const { inspection, read } = await inspectInParts(LARGE, { window: 4_096, least: 60_000 });
  expect(read).toBeLessThan(LARGE.length / 20);
  expect(inspection.digest).toBeNull();
  const { effective: _, effectiveDistinct: __, ...counts } = whole.recurrent;
  expect(inspection.recurrent).toMatchObject(counts);
  const [narrow, wide] = inspection.recurrentNodes;
  expect(narrow).toMatchObject({ verdict: 'MATCH', biasConvention: 'NONE_EFFECTIVE' });
  expect(wide).toMatchObject({ verdict: 'MATCH', biasConvention: 'UNKNOWN' });
  for (const same of ['byteSize', 'storedElements', 'nodeCount', 'classes', 'bytes', 'warnings'] as const)
    expect({ [same]: inspection[same] }).toEqual({ [same]: whole[same] });
  // What a formula may have made is not told without its values: then the sum is a lower bound.
  expect(inspection.unverifiableWeights).toBe(whole.unverifiableWeights + 1);
  expect(inspection.modelParams).toBe(whole.modelParams - 256 * 256);
  expect(inspection.tensors.filter(({ contentHash }) => contentHash === null)).toHaveLength(5);
});

it('reads what its answer needs of what was passed over, where it may', async () => {
  const asked: [number, number][] = [];
  const itself: PassedFile = {
    byteSize: LARGE.length,
    mostBytes: 400_000,
    async *read(start, length) {
      asked.push([start, length]);
      yield await Promise.resolve(LARGE.subarray(start, start + length));
    },
  };
  const { inspection } = await inspectInParts(LARGE, { window: 1_024, least: 4_096, itself });
  const whole = await inspectBytes(LARGE);
  expect(asked.map(([, length]) => length)).toEqual([67_200, 262_144]);
  const { modelParams, recurrent, unverifiableWeights } = whole;
  expect(inspection).toMatchObject({ modelParams, recurrent, unverifiableWeights });
  expect(inspection.recurrentNodes.map(({ biasConvention }) => biasConvention)).toEqual([
    'NONE_EFFECTIVE',
    'NONE_EFFECTIVE',
  ]);
});

it('reads no more of what was passed over than it may, biases first', async () => {
  const asked: number[] = [];
  const itself: PassedFile = {
    byteSize: LARGE.length,
    mostBytes: 70_000,
    async *read(start, length) {
      asked.push(length);
      yield await Promise.resolve(LARGE.subarray(start, start + length));
    },
  };
  const { inspection } = await inspectInParts(LARGE, { window: 1_024, least: 4_096, itself });
  expect(asked).toEqual([67_200]);
  expect(inspection.unverifiableWeights).toBe((await inspectBytes(LARGE)).unverifiableWeights + 1);
});

it('passes over nothing that must be counted by its contents', async () => {
  const integers = model({
    node: [node('Gather', ['ids', 'at'], ['out'])],
    initializer: [{ name: 'ids', dims: [70_000], dataType: 7, int64Data: Array.from({ length: 70_000 }, (_, i) => i) }],
    input: [value('at', [1])],
    output: [value('out', [1])],
  });
  const { inspection, read } = await inspectInParts(integers, { window: 1_000, least: 1 });
  expect(read).toBe(integers.length);
  expect(inspection).toEqual(await inspectBytes(integers));
});

it('says that a file is cut off where it ends within a value', async () => {
  const cut = LARGE.subarray(0, 100_000);
  await expect(inspectInParts(cut, { window: 1_000, least: 1_000 })).rejects.toMatchObject({
    code: 'ARTIFACT_TRUNCATED',
  });
});

it('takes values that are given in two pieces for what they are, whether they are passed over or not', async () => {
  const half = new Uint8Array(new Float32Array(512).fill(1).buffer);
  const [once] = [floatTensor('B', [1, 1024], { value: 1 })];
  const base = model({
    node: [node('LSTM', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: 128 })],
    initializer: [floatTensor('W', [1, 512, 8]), floatTensor('R', [1, 512, 128]), once],
    input: [value('x', ['t', 'b', 8])],
    output: [value('y', ['t', 1, 'b', 128])],
  });
  // raw_data of B, tag 0x4a and 4,096 bytes (0x80 0x20), becomes two fields of 2,048; their tags take the place of three bytes of each.
  const at = Buffer.from(base).indexOf(Buffer.from([0x4a, 0x80, 0x20]));
  const twice = Uint8Array.from(base);
  twice.set([0x4a, 0xfd, 0x0f], at); // 2,045 bytes
  twice.set([0x4a, 0x80, 0x10], at + 3 + 2_045);
  expect(half).toHaveLength(2_048);
  const whole = await inspectBytes(twice);
  const asked: number[] = [];
  const itself: PassedFile = {
    byteSize: twice.length,
    mostBytes: 400_000,
    async *read(start, length) {
      asked.push(start);
      yield await Promise.resolve(twice.subarray(start, start + length));
    },
  };
  const { inspection } = await inspectInParts(twice, { window: 64, least: 512, itself });
  expect(asked).toEqual([]);
  expect(inspection.warnings).toEqual(whole.warnings);
});
