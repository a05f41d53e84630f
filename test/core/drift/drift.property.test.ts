// Two thousand pairs of models with known differences, through real ONNX bytes: sums are exact in all of them, and the causes are those
// that were made, and no others, in 99 of 100.
import { compareInspections } from '../../../src/core/drift/compare.js';
import type { Change } from '../../../src/core/comparison.js';
import { editedPair } from '../../support/edited-models.js';
import { faultsOfSums } from '../../support/comparison-sums.js';
import { inspectBytes } from '../../support/inspect-bytes.js';

const PAIRS = 2_000;

/** As the edits name it: the layer, or the part of the file. Bytes of nodes and names follow from all else. */
function told({ subject, cause, path, basePath }: Change): string[] {
  if (subject === 'GRAPH') return [];
  if (subject !== 'NODE' && subject !== 'TENSOR') return [`${cause} ${subject}`];
  const name = (path ?? basePath ?? '').replace('graph/', '');
  // Scales of a layer that was quantized are told with it.
  return [`${cause} ${subject === 'TENSOR' ? name.replace(/\.[WRBP](_\w+)?$/, '') : name}`];
}

test('the changes of 2,000 pairs sum exactly, and name what was done', async () => {
  const [counts, wrong]: [{ right: number; told: number; made: number }, string[]] = [
    { right: 0, told: 0, made: 0 },
    [],
  ];
  for (let seed = 0; seed < PAIRS; seed += 1) {
    const { base, compare, expected } = editedPair(seed);
    const comparison = compareInspections(await inspectBytes(base), await inspectBytes(compare));
    const faults = faultsOfSums(comparison);
    if (faults.length > 0) throw new Error(`seed ${seed}: ${faults.join('; ')}`);
    const causes = new Set(comparison.changes.flatMap(told));
    const right = [...causes].filter((cause) => expected.has(cause)).length;
    counts.right += right;
    counts.told += causes.size;
    counts.made += expected.size;
    if (right !== causes.size || right !== expected.size) {
      wrong.push(`seed ${seed}: told ${[...causes].join(', ')}; made ${[...expected].join(', ')}`);
    }
  }
  const { right, told: all, made } = counts;
  // Shown by a failure: pairs that can be made again by their seed.
  const shown =
    Math.min(right / all, right / made) >= 0.99
      ? []
      : [`${right} of ${all} told and ${made} made`, ...wrong.slice(0, 20)];
  expect(shown).toEqual([]);
  expect(counts.made).toBeGreaterThan(PAIRS);
});
