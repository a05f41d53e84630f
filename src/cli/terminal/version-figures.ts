/** The figures of a version as lists show them: lower bounds and what is unknown are said to be so. */
import type { ListedFiguresFragment } from '../generated/operations.js';
import { count } from './output.js';
import { boundOf } from './records.js';

export function paramsText({ modelParams, unverifiableWeights }: ListedFiguresFragment): string {
  return boundOf(modelParams, unverifiableWeights > 0);
}

/** Null where nothing is recurrent. */
export function recurrentText({ recurrent }: ListedFiguresFragment): string | null {
  return recurrent.nodes === 0 ? null : boundOf(recurrent.distinct, recurrent.unverifiableNodes > 0);
}

export function bytesText(totalByteSize: number | null): string {
  return totalByteSize === null ? 'unknown' : count(totalByteSize);
}
