import type { DecomposedCell, DecomposedTensor, RecurrentNode } from '../../src/core/inspection.js';
import { workOfCell } from '../../src/core/layer/estimate.js';
import {
  measurementsOf,
  NO_PARTS,
  partsOf,
  readMetric,
  readMetricOfParts,
  workOfParts,
} from '../../src/core/measurements.js';
import { METRIC_FACTS, METRICS, type Measurements } from '../../src/core/metrics.js';
import { sampleInspection, sampleNode } from '../support/catalog.js';

const figures: Measurements = {
  modelParams: 101,
  modelParamsEffective: 91,
  recurrentPerUse: 60,
  recurrentDistinct: 50,
  recurrentEffective: 40,
  recurrentEffectiveDistinct: 30,
  storedElements: 200,
  byteSize: 1_000,
  totalByteSize: null,
  weightBytes: 404,
  metadataBytes: 7,
  duplicateBytes: null,
  macsPerStep: null,
  stateBytes: 16,
  nodeCount: 12,
  recurrentNodeCount: 2,
  allRecurrentPerUse: 75,
  writtenOutCellCount: null,
  unverifiableNodeCount: 0,
  unverifiableWeightCount: 0,
};

const part = (role: DecomposedTensor['role'], elements: number) => ({ role, tensor: role, dims: [elements], elements });

/** Of 6 features in, 10 out. */
function writtenOut(more: Pick<DecomposedCell, 'cell' | 'tensors'>): DecomposedCell {
  const cell = { inputSize: 6, hiddenSize: 10, projectionSize: null, coupledGates: false, ...more };
  const rest = { path: `graph/${more.cell}`, params: 1, repetitions: 4, confidence: 'CERTAIN' as const, reason: null };
  return { kind: 'DECOMPOSED', ...cell, ...rest, ...workOfCell(cell) };
}

describe('metrics', () => {
  it('reads each from the figure that it names, and nothing else', () => {
    const read = Object.fromEntries(METRICS.map((metric) => [metric, readMetric(figures, { metric }).value]));
    expect(read).toStrictEqual({
      MODEL_PARAMS: 101,
      MODEL_PARAMS_EFFECTIVE: 91,
      RECURRENT_PER_USE: 60,
      RECURRENT_DISTINCT: 50,
      RECURRENT_EFFECTIVE: 40,
      RECURRENT_EFFECTIVE_DISTINCT: 30,
      STORED_ELEMENTS: 200,
      BYTE_SIZE: 1_000,
      TOTAL_BYTE_SIZE: null,
      WEIGHT_BYTES: 404,
      METADATA_BYTES: 7,
      DUPLICATE_BYTES: null,
      MACS_PER_STEP: null,
      STATE_BYTES: 16,
      NODE_COUNT: 12,
      RECURRENT_NODE_COUNT: 2,
      ALL_RECURRENT_PER_USE: 75,
      WRITTEN_OUT_CELL_COUNT: null,
      MEMORY: 404,
    });
  });

  it('calls sums lower bounds while a node or a weight in them is not verifiable, and no other figure', () => {
    const alone = { ...figures, totalByteSize: figures.byteSize };
    const partial = { ...alone, unverifiableNodeCount: 1 };
    const inexact = METRICS.filter((metric) => {
      const { value, exact } = readMetric(partial, { metric });
      return value !== null && !exact;
    });
    expect(inexact).toEqual([
      'RECURRENT_PER_USE',
      'RECURRENT_DISTINCT',
      'RECURRENT_EFFECTIVE',
      'RECURRENT_EFFECTIVE_DISTINCT',
      'ALL_RECURRENT_PER_USE',
    ]);
    const packed = { ...alone, unverifiableWeightCount: 1 };
    const ofWeights = METRICS.filter((metric) => {
      const { value, exact } = readMetric(packed, { metric });
      return value !== null && !exact;
    });
    expect(ofWeights).toEqual(['MODEL_PARAMS', 'MODEL_PARAMS_EFFECTIVE', 'WEIGHT_BYTES', 'MEMORY']);
    expect(
      METRICS.every((metric) => readMetric(alone, { metric }).exact === (readMetric(alone, { metric }).value !== null)),
    ).toBe(true);
  });

  it('calls the bytes of the model file a lower bound where data lies beside it', () => {
    expect(readMetric(figures, { metric: 'BYTE_SIZE' })).toEqual({ value: figures.byteSize, exact: false });
    expect(readMetric({ ...figures, totalByteSize: null }, { metric: 'BYTE_SIZE' }).exact).toBe(false);
    expect(readMetric({ ...figures, totalByteSize: figures.byteSize }, { metric: 'BYTE_SIZE' }).exact).toBe(true);
  });

  it.each([
    ['FP32', 404],
    ['FP16', 202],
    ['BF16', 202],
    ['INT8', 101],
    ['INT4', 51],
  ] as const)('gives the memory of 101 params in %s as %i bytes, half a byte rounded up', (dtype, bytes) => {
    expect(readMetric(figures, { metric: 'MEMORY', dtype })).toEqual({ value: bytes, exact: true });
  });

  it('adds up the nodes that a selector picks', () => {
    const nodes = [
      sampleNode({ path: 'graph/encoder/LSTM_0', stored: 10, effective: 8 }),
      sampleNode({ path: 'graph/encoder/GRU_0', opType: 'GRU', stored: 5, effective: 5 }),
      sampleNode({ path: 'graph/decoder/LSTM_1', stored: 3, effective: 2, macsPerStep: null }),
    ];
    const read = (opType: 'LSTM' | 'GRU' | null, path: string | null, metric: (typeof METRICS)[number]) =>
      readMetricOfParts({ ...NO_PARTS, nodes }, { opType, path }, { metric });
    expect(read('LSTM', null, 'RECURRENT_PER_USE')).toEqual({ value: 13, exact: true });
    expect(read(null, 'graph/encoder/*', 'RECURRENT_PER_USE')).toEqual({ value: 15, exact: true });
    expect(read('LSTM', 'graph/encoder/*', 'RECURRENT_EFFECTIVE')).toEqual({ value: 8, exact: true });
    expect(read(null, null, 'RECURRENT_NODE_COUNT')).toEqual({ value: 3, exact: true });
    expect(read(null, 'graph/encoder/*', 'MACS_PER_STEP')).toEqual({ value: 101_400, exact: true });
    expect(read(null, '*', 'MACS_PER_STEP')).toEqual({ value: 101_400, exact: false });
    expect(read(null, 'nothing', 'STATE_BYTES')).toEqual({ value: 0, exact: true });
    expect(read(null, '*', 'BYTE_SIZE')).toEqual({ value: null, exact: false });
  });

  it('never takes the sum over a node that is not verifiable for the whole', () => {
    const nodes = [sampleNode(), sampleNode({ stored: null, effective: null, verdict: 'UNVERIFIABLE' })];
    const selector = { opType: null, path: null };
    expect(readMetricOfParts({ ...NO_PARTS, nodes }, selector, { metric: 'RECURRENT_PER_USE' })).toEqual({
      value: 50_800,
      exact: false,
    });
    expect(readMetricOfParts({ ...NO_PARTS, nodes }, selector, { metric: 'RECURRENT_NODE_COUNT' })).toEqual({
      value: 2,
      exact: true,
    });
  });

  it('knows no work of a file one of whose nodes has unknown sizes, and none at all without nodes', () => {
    const workOf = (nodes: Parameters<typeof sampleNode>[0][]) =>
      workOfParts(sampleInspection({ nodes: nodes as Partial<RecurrentNode>[] }));
    expect(workOf([{}, {}])).toEqual({ macsPerStep: 101_400, stateBytes: 1_600 });
    expect(workOf([{}, { inputSize: null }])).toEqual({ macsPerStep: null, stateBytes: null });
    expect(workOf([])).toEqual({ macsPerStep: 0, stateBytes: 0 });
  });

  it('counts the work and the state of cells that are written out, each once', () => {
    // By hand: G·n·(m + n), a bias vector of G·n or two, and 3·n products; h, and of an LSTM c, in 4 bytes.
    const cells = [
      writtenOut({ cell: 'LSTM', tensors: [part('WR', 640), part('B', 40), part('B', 40)] }),
      writtenOut({ cell: 'GRU', tensors: [part('W', 180), part('R', 300), part('B', 30)] }),
    ];
    const found = { decomposed: { cells: 2, params: 1, isWhole: true }, decomposedCells: cells };
    const inspection = sampleInspection({ nodes: [], inspection: found });
    const lstm = 4 * 10 * (6 + 10) + 2 * 40 + 3 * 10;
    const gru = 3 * 10 * (6 + 10) + 30 + 3 * 10;
    expect(workOfParts(inspection)).toEqual({ macsPerStep: lstm + gru, stateBytes: 80 + 40 });
    const parts = partsOf(inspection);
    expect(readMetricOfParts(parts, { opType: 'GRU', path: null }, { metric: 'MACS_PER_STEP' })).toEqual({
      value: gru,
      exact: true,
    });
    const cut = { ...inspection, decomposed: { cells: 3, params: 1, isWhole: true } };
    expect(workOfParts(cut)).toEqual({ macsPerStep: null, stateBytes: null });
  });

  it('counts what tensors claim in external data as weights, and no total while a file is missing', () => {
    const file = { location: 'weights.bin', claimedBytes: 1_000, byteSize: 1_024, unclaimedBytes: 24 };
    const missing = { ...file, location: 'more.bin', byteSize: null, unclaimedBytes: null };
    const figuresWith = (...externalData: (typeof file | typeof missing)[]) =>
      measurementsOf(sampleInspection({ inspection: { externalData } }), { macsPerStep: 1, stateBytes: 2 });
    expect(figuresWith()).toMatchObject({ weightBytes: 203_200, totalByteSize: 210_000 });
    expect(figuresWith(file)).toMatchObject({ byteSize: 210_000, weightBytes: 204_200, totalByteSize: 211_024 });
    expect(figuresWith(missing)).toMatchObject({ byteSize: 210_000, weightBytes: 204_200, totalByteSize: null });
    expect(figuresWith(file, missing)).toMatchObject({ byteSize: 210_000, totalByteSize: null });
  });

  it('describes each with its unit', () => {
    for (const { unit, description } of Object.values(METRIC_FACTS)) {
      expect(unit).toMatch(/^[a-z–]+$/);
      expect(description).toMatch(/^[A-Z].*\.$/);
    }
  });
});
