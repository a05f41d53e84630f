/** The figures of a file or a version, and how a metric is read from them. A figure that is not known to be whole says so. Pure. */
import { WeighbridgeError } from './errors.js';
import { bytesOf, sizesOfCell, STORAGE_TYPES, type StorageType } from './layer/estimate.js';
import { globMatcher } from './glob.js';
import type { DecomposedCell, DecomposedTotals, Inspection, RecurrentOpType } from './inspection.js';
import {
  type BoundField,
  BOUNDS,
  CELLS_SINCE,
  factsOf,
  fieldOf,
  MEASURED_METRICS,
  type Measured,
  type MeasuredCell,
  type MeasuredParts,
  type Measurements,
  type Metric,
} from './metrics.js';
import { workloadOfNodes } from './layer/workload.js';

/** A figure, and whether it is the whole of it. An inexact value is a lower bound; null says nothing is known. */
export interface Reading {
  value: number | null;
  exact: boolean;
}

/** What is asked: a metric, for MEMORY the data type. */
export interface MetricQuestion {
  metric: Metric;
  dtype?: StorageType | null;
}

/** A data type that would change nothing is a mistake: INPUT_INVALID. Without one MEMORY is read in FP32. */
export function metricQuestion(
  metric: Metric,
  dtype: StorageType | null | undefined,
): { metric: Metric; dtype?: StorageType } {
  if (metric === 'MEMORY') return { metric, dtype: dtype ?? 'FP32' };
  if (dtype === null || dtype === undefined) return { metric };
  const message = `dtype is only for the metric MEMORY; leave it out for ${metric}, or use MEMORY`;
  throw new WeighbridgeError('INPUT_INVALID', message, { field: ['dtype'] });
}

/** Which recurrent nodes, and which cells that are written out: all conditions given must hold. */
export interface NodeSelector {
  opType: RecurrentOpType | null;
  /** Glob on the graph path. */
  path: string | null;
}

/** Work and state over recurrent nodes and written-out cells; null when those of one are not known, or over 2^53−1. */
export function workOfParts(inspection: FoundParts): Measured['work'] {
  const { recurrentNodes, decomposedCells } = inspection;
  const groups = [...recurrentNodes, ...decomposedCells.map(sizesOfCell)].map((sizes) => ({ sizes, nodes: 1 }));
  const { macsPerStep: parts, stateElements, nodesLeftOut } = workloadOfNodes(0, groups);
  if (nodesLeftOut > 0 || !partsOf(inspection).cellsAreWhole) return { macsPerStep: null, stateBytes: null };
  return {
    macsPerStep: parts === null ? null : parts.input + parts.recurrent + parts.bias + parts.pointwise,
    stateBytes: stateElements === null ? null : bytesOf(BigInt(stateElements), STORAGE_TYPES.FP32),
  };
}

export function measurementsOf(inspection: Omit<Measured, 'work'>, work: Measured['work']): Measurements {
  const file = { ...inspection, work };
  const figures = MEASURED_METRICS.map((metric) => [fieldOf(metric), factsOf(metric).figure?.(file)]);
  return {
    ...(Object.fromEntries(figures) as Omit<Measurements, BoundField>),
    unverifiableNodeCount: inspection.recurrent.unverifiableNodes,
    unverifiableWeightCount: inspection.unverifiableWeights,
  };
}

export const NO_PARTS: MeasuredParts = { nodes: [], cells: [], cellsAreWhole: true };

type FoundParts = Pick<Inspection, 'inspectionVersion' | 'recurrentNodes' | 'decomposed' | 'decomposedCells'>;

export function partsOf({ inspectionVersion, recurrentNodes, decomposed, decomposedCells }: FoundParts): MeasuredParts {
  const cellsAreWhole = areCellsWhole(inspectionVersion, decomposed, decomposedCells.length);
  return { nodes: recurrentNodes, cells: decomposedCells.map(measuredCell), cellsAreWhole };
}

export function areCellsWhole(
  inspectionVersion: number,
  { cells, isWhole }: Pick<DecomposedTotals, 'cells' | 'isWhole'>,
  listed: number,
): boolean {
  return inspectionVersion >= CELLS_SINCE && isWhole && cells === listed;
}

export function measuredCell({
  cell: opType,
  ...cell
}: Omit<MeasuredCell, 'opType'> & Pick<DecomposedCell, 'cell'>): MeasuredCell {
  const { path, params, macsPerStep, stateBytes } = cell;
  return { path, opType, params, macsPerStep, stateBytes };
}

export function readMetric(measurements: Measurements, { metric, dtype }: MetricQuestion): Reading {
  const { bound, partOf, knownWith, figureOf } = factsOf(metric);
  const isUnread =
    knownWith !== undefined && measurements[fieldOf(knownWith)] === null && measurements.unverifiableNodeCount === 0;
  if (isUnread) return { value: null, exact: false };
  const figure = measurements[fieldOf(metric)];
  const isConverted = figure !== null && figureOf !== undefined;
  const value = isConverted ? bytesOf(BigInt(figure), STORAGE_TYPES[dtype ?? 'FP32']) : figure;
  const isPart = partOf !== undefined && measurements[fieldOf(partOf)] !== value;
  const isWhole = !isPart && (bound === undefined || measurements[BOUNDS[bound]] === 0);
  return { value, exact: value !== null && isWhole };
}

/** The same over the nodes and cells that a selector picks; of a metric that is no sum over them nothing is known. */
export function readMetricOfParts(parts: MeasuredParts, selector: NodeSelector, { metric }: MetricQuestion): Reading {
  const { node, cell, bound } = factsOf(metric);
  if (node === undefined && cell === undefined) return { value: null, exact: false };
  const fits = nodeMatcher(selector);
  let sum = 0;
  let exact = cell === undefined || parts.cellsAreWhole;
  const add = (value: number | null, isWhole: boolean) => {
    if (value === null || !isWhole) exact = false;
    sum += value ?? 0;
  };
  for (const each of node ? parts.nodes : []) {
    if (fits(each)) add(node?.value(each) ?? null, bound === undefined || each.verdict !== 'UNVERIFIABLE');
  }
  for (const each of cell ? parts.cells : []) if (fits(each)) add(cell?.value(each) ?? null, true);
  return Number.isSafeInteger(sum) ? { value: sum, exact } : { value: null, exact: false };
}

export function nodeMatcher({ opType, path }: NodeSelector): (node: { opType: string; path: string }) => boolean {
  const fits = path === null ? null : globMatcher(path);
  return (node) => (opType === null || node.opType === opType) && (fits === null || fits(node.path));
}
