/** Holds a comparison to its promise: all changes, and each list of causes, sum to the delta of every total. */
import type { Change, Comparison } from '../../src/core/comparison.js';
import { COMPARED_FIELDS } from '../../src/core/metrics.js';
import { ELEMENT_CLASSES } from '../../src/core/stored-tensors.js';

/** What does not add up, in words; empty as it should be. */
export function faultsOfSums({ changes, totals, byCause }: Comparison): string[] {
  const faults: string[] = [];
  const equal = (what: string, sum: number, delta: number) => {
    if (sum !== delta) faults.push(`${what}: ${sum} is not ${delta}`);
  };
  const overChanges = (valueOf: (change: Change) => number) =>
    changes.reduce((sum, change) => sum + valueOf(change), 0);
  const overCauses = (list: { delta: number }[]) => list.reduce((sum, { delta }) => sum + delta, 0);
  for (const metric of COMPARED_FIELDS) {
    const { delta } = totals[metric];
    if (delta === null) continue; // of what is not known nothing adds up
    equal(
      metric,
      overChanges(({ deltas }) => deltas[metric]),
      delta,
    );
    equal(`${metric} by cause`, overCauses(byCause[metric]), delta);
  }
  for (const name of ELEMENT_CLASSES) {
    const delta = totals.classes[name].delta ?? NaN;
    equal(
      name,
      overChanges(({ deltas }) => deltas.classes[name]),
      delta,
    );
    equal(`${name} by cause`, overCauses(byCause.classes[name]), delta);
  }
  for (const { subject, cause, path, delta, deltas, parts } of changes) {
    const what = `${subject} ${cause} ${path ?? ''}`;
    equal(`${what} bytes`, overValues(deltas.bytes), deltas.byteSize);
    equal(`${what} classes`, overValues(deltas.classes), deltas.storedElements);
    if (parts) equal(`${what} parts`, overValues(parts), delta);
  }
  return faults;
}

function overValues(counts: object): number {
  return Object.values(counts as Record<string, number>).reduce((sum, part) => sum + part, 0);
}
