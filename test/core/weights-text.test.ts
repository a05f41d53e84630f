// What is said beside a count of learned parameters, the same on command line and pages.
import { sayBounds, sayClaimed, sayQuantizedWeights } from '../../src/core/weights-text.js';

test('quantized weights are said with their number, bytes and bits, and an unknown number as unknown', () => {
  const say = (logical: number | null, storedBytes: number, bitsPerParam: number | null) =>
    sayQuantizedWeights({ logical, storedBytes, bitsPerParam });
  expect(say(4_096, 2_048, 4)).toBe('4,096 params in 2,048 bytes, 4 bits each');
  expect(say(3, 5, 40 / 3)).toBe('3 params in 5 bytes, 13.33 bits each');
  expect(say(1, 1, 8)).toBe('1 param in 1 byte, 8 bits each');
  expect(say(null, 2_048, null)).toBe('an unknown number of params in 2,048 bytes');
  expect(say(0, 0, null)).toBeNull();
});

test('each reason for a lower bound is a sentence that names what it bounds', () => {
  expect(sayBounds({ unverifiableNodes: 0, unverifiableWeights: 0 })).toEqual([]);
  expect(sayBounds({ unverifiableNodes: 1, unverifiableWeights: 2 })).toEqual([
    'Recurrent figures are lower bounds: 1 node cannot be verified.',
    'Learned params are a lower bound: it is not known how many are in 2 tensors that are packed, held by an attribute, given by the caller, or without its values.',
  ]);
});

test('what is only claimed is said with its elements', () => {
  expect(sayClaimed({ tensors: 0, elements: 0 })).toBeNull();
  expect(sayClaimed({ tensors: 1, elements: 1_000 })).toBe(
    '1 tensor claims 1,000 elements, more than its bytes can hold',
  );
  expect(sayClaimed({ tensors: 2, elements: 2 ** 53 - 1 })).toBe(
    '2 tensors claim 9,007,199,254,740,991 elements, more than their bytes can hold',
  );
});
