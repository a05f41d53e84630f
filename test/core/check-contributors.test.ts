// Which node made a metric grow, and why, over real models: nodes that were renamed, and nodes that several things happened to.
import { ownParts, shareParts, summedParts } from '../../src/core/check-contributors.js';
import type { Contributor } from '../../src/core/check/check.js';
import { compareInspections } from '../../src/core/drift/compare.js';
import type { Inspection } from '../../src/core/inspection.js';
import { NO_PARTS, partsOf, readMetricOfParts, type NodeSelector } from '../../src/core/measurements.js';
import { isSum, type Metric } from '../../src/core/metrics.js';
import { inspectBytes } from '../support/inspect-bytes.js';
import { floatTensor, model, node, value } from '../support/onnx-model.js';

interface Layer {
  name: string;
  m: number;
  n: number;
  /** Layers with one key take the same tensors. */
  tensors?: string;
}

const EVERY: NodeSelector = { opType: null, path: null };

/** LSTM layers side by side, each with double bias. */
function layersModel(...layers: Layer[]): Promise<Inspection> {
  const tensors = new Map(layers.map((layer) => [layer.tensors ?? layer.name, layer]));
  return inspectBytes(
    model({
      node: layers.map(({ name, n, tensors: key = name }) =>
        node('LSTM', [`x_${name}`, `${key}_W`, `${key}_R`, `${key}_B`], [`y_${name}`], { hidden_size: n }, { name }),
      ),
      initializer: [...tensors].flatMap(([key, { m, n }]) => [
        floatTensor(`${key}_W`, [1, 4 * n, m], { fill: m }),
        floatTensor(`${key}_R`, [1, 4 * n, n], { fill: n }),
        floatTensor(`${key}_B`, [1, 8 * n], { fill: m + n }),
      ]),
      input: layers.map(({ name, m }) => value(`x_${name}`, ['time', 1, m])),
      output: layers.map(({ name, n }) => value(`y_${name}`, ['time', 1, 1, n])),
    }),
  );
}

function contributors(base: Inspection, subject: Inspection, metric: Metric, selector = EVERY): Contributor[] {
  const { changes } = compareInspections(base, subject);
  const sides = { base: partsOf(base), subject: partsOf(subject), changes };
  const sum = (inspection: Inspection) => readMetricOfParts(partsOf(inspection), selector, { metric }).value ?? 0;
  return shareParts(summedParts(sides, selector, { metric }), sum(subject) - sum(base));
}

// MACs of an LSTM for one step: 4n(m + n) for the products, 8n for both biases, 3n pointwise.
const macs = (m: number, n: number) => 4 * n * (m + n) + 8 * n + 3 * n;

describe('a renamed node that grew', () => {
  const sides = Promise.all([
    layersModel({ name: 'lstm', m: 25, n: 100 }, { name: 'other', m: 7, n: 9 }),
    layersModel({ name: 'encoder', m: 25, n: 104 }, { name: 'other', m: 7, n: 9 }),
  ]);

  it('is one node, under its new path', async () => {
    const [base, subject] = await sides;
    expect(contributors(base, subject, 'MACS_PER_STEP')).toEqual([
      { path: 'graph/encoder', opType: 'LSTM', cause: 'HIDDEN_SIZE', delta: macs(25, 104) - macs(25, 100), share: 1 },
    ]);
    expect(contributors(base, subject, 'STATE_BYTES')).toEqual([
      { path: 'graph/encoder', opType: 'LSTM', cause: 'HIDDEN_SIZE', delta: 32, share: 1 },
    ]);
  });

  it('is told with the part that a selector picks on each side', async () => {
    const [base, subject] = await sides;
    const selector = { opType: null, path: '*/encoder' };
    expect(contributors(base, subject, 'MACS_PER_STEP', selector)).toMatchObject([
      { path: 'graph/encoder', delta: macs(25, 104) },
    ]);
  });
});

it('the cause is one that changes the metric, not the largest change at the node', async () => {
  // Both nodes grow, and share their tensors from now on: sharing saves what is stored, and no work.
  const base = await layersModel({ name: 'a', m: 50, n: 60 }, { name: 'b', m: 50, n: 60 });
  const subject = await layersModel(
    { name: 'a', m: 50, n: 64, tensors: 'both' },
    { name: 'b', m: 50, n: 64, tensors: 'both' },
  );
  const delta = macs(50, 64) - macs(50, 60);
  for (const part of contributors(base, subject, 'MACS_PER_STEP')) {
    expect(part).toMatchObject({ cause: 'HIDDEN_SIZE', delta, share: 0.5 });
  }
  // An input that is much wider makes no state; the cells that are a few more do.
  const narrow = await layersModel({ name: 'a', m: 10, n: 20 });
  const wide = await layersModel({ name: 'a', m: 200, n: 21 });
  expect(contributors(narrow, wide, 'MACS_PER_STEP')).toMatchObject([{ cause: 'INPUT_WIDTH' }]);
  expect(contributors(narrow, wide, 'STATE_BYTES')).toMatchObject([{ cause: 'HIDDEN_SIZE', delta: 8 }]);
});

test('with nothing to compare with, what is there is told, the largest first, and sums to the value', async () => {
  const subject = await layersModel({ name: 'large', m: 25, n: 100 }, { name: 'small', m: 3, n: 2 });
  const parts = (metric: Metric, selector: NodeSelector | null = null) =>
    (isSum(metric)
      ? summedParts({ base: NO_PARTS, subject: partsOf(subject), changes: [] }, selector, { metric })
      : ownParts(subject, { metric })
    )?.filter(({ delta }) => delta !== 0);
  const both = [
    { path: 'graph/large', opType: 'LSTM', cause: null, delta: 50_800 },
    { path: 'graph/small', opType: 'LSTM', cause: null, delta: 56 },
  ];
  expect(parts('MODEL_PARAMS')).toEqual(both);
  expect(parts('RECURRENT_PER_USE')).toEqual(both);
  expect(parts('RECURRENT_PER_USE', { opType: null, path: '*small' })).toEqual(both.slice(1));
  for (const metric of ['STORED_ELEMENTS', 'BYTE_SIZE'] as const) {
    const whole = metric === 'BYTE_SIZE' ? subject.byteSize : subject.storedElements;
    expect(parts(metric)?.reduce((sum, { delta }) => sum + delta, 0)).toBe(whole);
  }
  expect(parts('MACS_PER_STEP')?.[0]).toMatchObject({ path: 'graph/large', delta: macs(25, 100) });
});
