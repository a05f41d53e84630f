import type { ChangeCause } from '../../../src/core/comparison.js';
import { propertyStep, type Changed } from '../../../src/core/drift/property.js';

const BEFORE = {
  opType: 'LSTM',
  inputSize: 25,
  hiddenSize: 100,
  direction: 'FORWARD',
  biasConvention: 'DOUBLE' as const,
  dtype: 'FLOAT',
  producer: 'a 1',
};
const AFTER = {
  opType: 'GRU',
  inputSize: 30,
  hiddenSize: 128,
  direction: 'BIDIRECTIONAL',
  biasConvention: 'NONE' as const,
  dtype: 'INT8',
  producer: 'b 2',
};
const change = (cause: ChangeCause, changed: Partial<Changed> = {}): Changed => ({
  cause,
  subject: 'NODE',
  base: BEFORE,
  compare: AFTER,
  ...changed,
});

test.each<[ChangeCause, string]>([
  ['OP_TYPE', 'LSTM → GRU'],
  ['INPUT_WIDTH', '25 → 30'],
  ['HIDDEN_SIZE', '100 → 128'],
  ['DIRECTION', 'FORWARD → BIDIRECTIONAL'],
  ['BIAS_CONVENTION', 'DOUBLE → NONE'],
  ['DTYPE', 'FLOAT → INT8'],
  ['QUANTIZATION', 'FLOAT → INT8'],
])('%s goes from what it was to what it is', (cause, text) => {
  expect(propertyStep(change(cause))?.text).toBe(text);
});

test('a cause about no single property has no step', () => {
  expect(propertyStep(change('UNSHARED'))).toBeNull();
});

test('a size that is not known on one side is a question mark, and one that stayed is no step', () => {
  expect(propertyStep(change('HIDDEN_SIZE', { base: { ...BEFORE, hiddenSize: null } }))?.text).toBe('? → 128');
  expect(propertyStep(change('HIDDEN_SIZE', { base: AFTER }))).toBeNull();
});

test('what is on one side only has no step', () => {
  expect(propertyStep(change('LAYER_ADDED', { base: null }))).toBeNull();
  expect(propertyStep(change('HIDDEN_SIZE', { compare: null }))).toBeNull();
});

test('a producer that says nothing of itself is unnamed', () => {
  const producer = { subject: 'PRODUCER' as const, base: { ...BEFORE, producer: '' } };
  expect(propertyStep(change('EXPORTER', producer))?.text).toBe('unnamed → b 2');
});
