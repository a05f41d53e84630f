/**
 * What programs give to the library, looked at before anything is read: a wrong argument is one line that says what to give, with a code, and no
 * TypeError from within. Reads nothing.
 */
import { WeighbridgeError } from '../core/errors.js';
import { BIAS_COUNTS, GATES } from '../core/layer/formula.js';
import { OPTIMIZER_STATES, STORAGE_TYPES } from '../core/layer/estimate.js';
import { sayChoices } from '../core/spelling.js';

/** What an argument must be, in words, and whether it is. */
interface Kind {
  words: string;
  fits: (value: unknown) => boolean;
}

const kind = (words: string, fits: Kind['fits']): Kind => ({ words, fits });
const oneOf = (names: readonly string[]): Kind =>
  kind(`one of ${names.map((name) => `'${name}'`).join(', ')}`, (value) => names.includes(value as string));

const FLAG = kind('true or false', (value) => typeof value === 'boolean');
const TEXT = kind('a text', (value) => typeof value === 'string');
const COUNT = kind('a number', (value) => typeof value === 'number');
const ESTIMATES = {
  dtype: oneOf(Object.keys(STORAGE_TYPES)),
  optimizer: oneOf(Object.keys(OPTIMIZER_STATES)),
  examples: COUNT,
  timeSteps: COUNT,
  epochs: COUNT,
  batch: COUNT,
  flopsPerSecond: kind('a number, or null', (value) => value === null || typeof value === 'number'),
};
const READING = {
  externalData: kind(
    'the path of a folder, a function from a location to what reads ranges, or null',
    (value) => value === null || typeof value === 'string' || typeof value === 'function',
  ),
  whole: FLAG,
  hub: kind('an object with token or endpoint', isObject),
  signal: kind('an AbortSignal', (value) => isObject(value) && 'throwIfAborted' in value),
};
const LABELS = { baseLabel: TEXT, candidateLabel: TEXT };
const ANYTHING = kind('a model', () => true);

/** The options of each function. */
const OPTIONS = {
  inspect: {
    ...READING,
    tensors: FLAG,
    estimates: kind('true, or an object', (value) => typeof value === 'boolean' || isObject(value)),
  },
  compare: { ...READING, ...LABELS, unchanged: FLAG },
  check: {
    ...READING,
    ...LABELS,
    candidate: ANYTHING,
    base: ANYTHING,
    now: kind('a Date', (value) => value instanceof Date && !Number.isNaN(value.getTime())),
  },
  formula: { estimates: kind('true, or an object', (value) => typeof value === 'boolean' || isObject(value)) },
} satisfies Record<string, Record<string, Kind>>;

const STACK = {
  opType: oneOf(Object.keys(GATES)),
  inputSize: COUNT,
  hiddenSize: COUNT,
  layers: COUNT,
  bidirectional: FLAG,
  bias: oneOf(Object.keys(BIAS_COUNTS)),
  peepholes: FLAG,
  projection: COUNT,
};

/** Throws INPUT_INVALID. */
export function requireOptions(of: keyof typeof OPTIONS, options: unknown): void {
  const example = of === 'check' ? "{ candidate: 'model.onnx' }" : undefined;
  requireFields(`the options of ${of}`, options, OPTIONS[of], example);
  const { estimates } = options as { estimates?: unknown };
  if (isObject(estimates)) requireFields('estimates', estimates, ESTIMATES);
}

/** Throws INPUT_INVALID. */
export function requireStack(stack: unknown): void {
  requireFields('formula', stack, STACK, "{ opType: 'LSTM', inputSize: 25, hiddenSize: 100 }");
  const { opType } = stack as { opType?: unknown };
  if (opType === undefined) throw invalid('opType', `give ${STACK.opType.words}`);
}

/** What is not given is not looked at. */
function requireFields(what: string, given: unknown, fields: Record<string, Kind>, example = '{ … }'): void {
  if (!isObject(given)) throw invalid(what, `give an object, such as ${example}`);
  for (const [name, value] of Object.entries(given)) {
    const expected = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (expected === undefined) throw invalid(what, `there is no ${name}; ${sayChoices(name, Object.keys(fields))}`);
    if (value !== undefined && !expected.fits(value)) throw invalid(name, `give ${expected.words}`);
  }
}

function invalid(what: string, advice: string): WeighbridgeError {
  return new WeighbridgeError('INPUT_INVALID', `${what}: ${advice}`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
