// Adding up what files weigh: what cannot be had from a reader without faults, and that made-up names take no more than their room.
import { reasonKind } from '../../census/reason-kind.js';
import { reportCensus } from '../../census/report.js';
import { newTally } from '../../census/tally.js';
import type { Figures, Weighed } from '../../census/weighed.js';

const FIGURES: Figures = {
  inspectionVersion: 4,
  byteSize: 100,
  nodes: 1,
  storedElements: 10,
  claimedElements: 0,
  modelParams: 10,
  recurrent: 0,
  recurrentNodes: [],
  verdicts: [],
  writtenOutCells: 0,
  warnings: [],
  undescribed: [],
  undecided: [],
  contradiction: null,
};

function weighed(file: string, figures: Partial<Figures> = {}, seconds = 1): Weighed {
  const cost = { seconds, processorSeconds: seconds / 2, peakBytes: null };
  return { file, outcome: 'ACCEPTED', code: null, message: null, figures: { ...FIGURES, ...figures }, cost };
}

test('files whose parts do not sum are named, with what does not', () => {
  const tally = newTally();
  tally.add(weighed('good.onnx'));
  tally.add(weighed('bad.onnx', { contradiction: 'Σ classes is 9, not 10' }));
  const census = tally.result(true);
  expect(census.contradictions).toEqual({
    files: 1,
    listed: [{ file: 'bad.onnx', message: 'Σ classes is 9, not 10' }],
  });
  const text = reportCensus(census, 80);
  expect(text).toContain('Of 1 file the parts do not sum.');
  expect(text).toContain('bad.onnx: Σ classes is 9, not 10');
});

test('the 99th of a hundred is the largest but one, and what was not measured is unknown', () => {
  const tally = newTally();
  for (let i = 1; i <= 100; i += 1) tally.add(weighed(`${i}.onnx`, {}, i));
  const { costs } = tally.result(true);
  expect(costs.seconds).toEqual({ median: 50, p99: 99, worst: 100, worstFile: '100.onnx' });
  expect(costs.peakBytes).toBeNull();
});

test('sums are exact, and unknown where they are over 2^53−1', () => {
  const tally = newTally();
  tally.add(weighed('a', { storedElements: Number.MAX_SAFE_INTEGER, nodes: Number.MAX_SAFE_INTEGER - 1 }));
  tally.add(weighed('b', { storedElements: 1, nodes: 1 }));
  expect(tally.result(true).sums).toMatchObject({ storedElements: null, nodes: Number.MAX_SAFE_INTEGER });
});

test('what is undecidable is added up by kind, the largest first', () => {
  const tally = newTally();
  const number = { kind: 'SINGLE_NUMBER' as const, tensors: 3, elements: 3, params: 0 };
  tally.add(
    weighed('a', { undecided: [number, { kind: 'ELEMENT_BY_ELEMENT', tensors: 1, elements: 40, params: 40 }] }),
  );
  tally.add(weighed('b', { undecided: [number] }));
  const census = tally.result(true);
  expect(census.undecided).toEqual([
    { kind: 'ELEMENT_BY_ELEMENT', files: 1, tensors: 1, elements: 40, params: 40 },
    { kind: 'SINGLE_NUMBER', files: 2, tensors: 6, elements: 6, params: 0 },
  ]);
  expect(reportCensus(census, 80)).toMatch(/single number of rank 0 +2 +6 +6 +0/);
});

test('does not depend on the order of the files', () => {
  const all = Array.from({ length: 20 }, (_, i): Weighed => ({
    ...weighed(`${i}.onnx`),
    outcome: 'REFUSED',
    code: i % 2 === 0 ? 'LIMIT_EXCEEDED' : 'ARTIFACT_MALFORMED',
    figures: null,
  }));
  const [forward, backward] = [newTally(), newTally()];
  for (const one of all) forward.add(one);
  for (const one of all.toReversed()) backward.add(one);
  expect(forward.result(true).refusals).toEqual(backward.result(true).refusals);
});

test('names that files make up fill their room and no more; the rest is counted', () => {
  const tally = newTally();
  for (let i = 0; i < 12_000; i += 1) {
    tally.add(
      weighed(`${i}.onnx`, {
        undescribed: [{ domain: 'x', opType: `Op${i}`, uses: 2 }],
        verdicts: [{ verdict: 'MISMATCH', reason: `made up ${i}`, nodes: 3 }],
        contradiction: 'odd',
      }),
    );
  }
  const census = tally.result(true);
  expect(census.undescribed).toHaveLength(10_000);
  expect(census.verdicts).toHaveLength(10_000);
  expect(census.leftOut).toEqual({ reasons: 2_000 * 3, operators: 2_000 * 2 });
  expect(census.contradictions).toMatchObject({ files: 12_000 });
  expect(census.contradictions.listed).toHaveLength(1_000);
});

test.each([
  [
    'B [1, 32] should be [1, 64]; 480 elements are stored, the formula says 512',
    'B […] should be […]; # elements are stored, the formula says #',
  ],
  [
    'the shape of W is unknown: nothing in the file is named "no \\" where 3"',
    'the shape of W is unknown: nothing in the file is named …',
  ],
  [
    'the shape of W is unknown: the input of graph/a [x]/b "W" has no static shape',
    'the shape of W is unknown: the input of … has no static shape',
  ],
  ['hidden_size says a number over 2^53−1, the tensors 8', 'hidden_size says a number over 2^53−1, the tensors #'],
  ['hidden_size says -8, the tensors 8', 'hidden_size says #, the tensors #'],
])('the reason %j has the kind %j', (reason, kind) => {
  expect(reasonKind(reason)).toBe(kind);
});
