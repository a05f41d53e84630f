/** A side of a change of which nothing is known or has a meaning: what there is to say stands over it. */
import type { ChangeSide } from '../comparison.js';

export const NO_SIDE: ChangeSide = {
  path: null,
  name: null,
  opType: null,
  inputSize: null,
  hiddenSize: null,
  direction: null,
  numDirections: null,
  biasConvention: null,
  peepholes: null,
  dtype: null,
  dims: null,
  params: null,
  elements: 0,
  byteSize: 0,
  producer: null,
};
