/** What the calculator is asked, as the address holds it: `/calculator?input=25&hidden=100`. What is as usual is not in the address. */
import { STORAGE_TYPES, type StorageType } from '../../core/layer/estimate.js';
import type { FitBudget } from '../../core/layer/fit.js';
import { ESTIMATE_DEFAULTS, type EstimateQuestion } from '../../core/layer/workload.js';
import { BIAS_COUNTS, CELL_TYPES, type Bias } from '../../core/layer/formula.js';
import type { LayerStack } from '../../core/layer/stack.js';
import { useAddressValues } from '../address-values.js';
import { enteredNumber } from '../parts/forms/entered-number.js';

const USUAL = {
  op: 'LSTM',
  input: '25',
  hidden: '100',
  layers: '1',
  directions: '1',
  bias: 'double',
  peepholes: '',
  projection: '',
  maxParams: '',
  maxBytes: '',
  maxMacs: '',
  dtype: 'fp32',
  batch: String(ESTIMATE_DEFAULTS.batch),
  timeSteps: String(ESTIMATE_DEFAULTS.timeSteps),
  examples: String(ESTIMATE_DEFAULTS.examples),
  epochs: String(ESTIMATE_DEFAULTS.epochs),
  flops: '',
};

export type Field = keyof typeof USUAL;
export type Values = Readonly<Record<Field, string>>;
export type Change = (field: Field, text: string) => void;

export function useCalculatorInputs(): { values: Values; change: Change } {
  const { values, set } = useAddressValues(USUAL);
  return { values, change: (field, text) => set({ [field]: text }) };
}

/** Sizes that are no numbers become NaN, which the formula refuses in its own words. */
export function stackOf(values: Values): LayerStack {
  const opType = oneOf(CELL_TYPES, values.op) ?? 'LSTM';
  const { projection } = values;
  return {
    opType,
    inputSize: enteredNumber(values.input),
    hiddenSize: enteredNumber(values.hidden),
    layers: enteredNumber(values.layers),
    bidirectional: values.directions === '2',
    bias: oneOf(Object.keys(BIAS_COUNTS) as Bias[], values.bias.toUpperCase()) ?? 'DOUBLE',
    ...(opType === 'LSTM' && {
      peepholes: values.peepholes === 'true',
      projection: projection === '' ? undefined : enteredNumber(projection),
    }),
  };
}

/** What is no number becomes NaN here too; without a rate there is no estimate of the time. */
export function questionOf({ batch, timeSteps, examples, epochs, flops }: Values): EstimateQuestion {
  return {
    ...ESTIMATE_DEFAULTS,
    batch: enteredNumber(batch),
    timeSteps: enteredNumber(timeSteps),
    examples: enteredNumber(examples),
    epochs: enteredNumber(epochs),
    flopsPerSecond: flops === '' ? null : enteredNumber(flops),
  };
}

/** Null while no limit is given. */
export function budgetOf({ maxParams, maxBytes, maxMacs, dtype }: Values): FitBudget | null {
  if (maxParams === '' && maxBytes === '' && maxMacs === '') return null;
  return {
    params: maxParams === '' ? null : enteredNumber(maxParams),
    bytes: maxBytes === '' ? null : enteredNumber(maxBytes),
    macsPerStep: maxMacs === '' ? null : enteredNumber(maxMacs),
    dtype: oneOf(Object.keys(STORAGE_TYPES) as StorageType[], dtype.toUpperCase()) ?? 'FP32',
  };
}

/** The address may have been typed. */
function oneOf<Value extends string>(known: readonly Value[], text: string): Value | null {
  return known.find((value) => value === text) ?? null;
}
