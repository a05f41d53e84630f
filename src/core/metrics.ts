/**
 * The closed list of what budgets, histories and audits measure: each metric with its unit, its meaning and how it is read. Pure.
 * A figure that is not known to be whole says so: it must never be taken for a total.
 */
import { WeighbridgeError } from './errors.js';
import { bytesOf, STORAGE_TYPES, type StorageType } from './layer/estimate.js';
import { globMatcher } from './glob.js';
import { claimedBytes, type Inspection, type RecurrentNode, type RecurrentOpType } from './inspection.js';
import { workloadOfNodes } from './layer/workload.js';

type MetricUnit = 'params' | 'elements' | 'bytes' | 'multiply–accumulates' | 'nodes';

interface MetricFacts {
  unit: MetricUnit;
  description: string;
  /** Whether it adds up over recurrent nodes, so that it can be asked of some of them. */
  perNode: boolean;
}

export const METRIC_FACTS = {
  MODEL_PARAMS: {
    unit: 'params',
    description: 'Learned parameters of the whole model: elements of class weight.',
    perNode: false,
  },
  RECURRENT_PER_USE: {
    unit: 'params',
    description: 'Elements of W, R, B and P over recurrent nodes, a shared tensor once for each node.',
    perNode: true,
  },
  RECURRENT_DISTINCT: {
    unit: 'params',
    description: 'Stored tensors behind recurrent nodes, each once and whole.',
    perNode: false,
  },
  RECURRENT_EFFECTIVE: {
    unit: 'params',
    description: 'As RECURRENT_PER_USE, without bias halves that are all zero.',
    perNode: true,
  },
  RECURRENT_EFFECTIVE_DISTINCT: {
    unit: 'params',
    description: 'As RECURRENT_DISTINCT, without bias halves that are all zero.',
    perNode: false,
  },
  STORED_ELEMENTS: {
    unit: 'elements',
    description: 'Elements of initializers and Constant values: weights, states, shapes and all else.',
    perNode: false,
  },
  BYTE_SIZE: { unit: 'bytes', description: 'The model file, without external data.', perNode: false },
  TOTAL_BYTE_SIZE: {
    unit: 'bytes',
    description:
      'The model file and the external data that came with it; unknown while a file that it names is missing.',
    perNode: false,
  },
  WEIGHT_BYTES: {
    unit: 'bytes',
    description: 'Payload of class weight in the model file, and what its tensors claim in external data.',
    perNode: false,
  },
  METADATA_BYTES: {
    unit: 'bytes',
    description: 'Doc strings and metadata properties in the model file.',
    perNode: false,
  },
  DUPLICATE_BYTES: {
    unit: 'bytes',
    description: 'Payload that repeats another tensor, which sharing would save; unknown before inspection version 3.',
    perNode: false,
  },
  MACS_PER_STEP: {
    unit: 'multiply–accumulates',
    description: 'Work of the recurrent nodes for one time step of one sequence: input, recurrent, bias and pointwise.',
    perNode: true,
  },
  STATE_BYTES: {
    unit: 'bytes',
    description: 'What recurrent nodes carry from step to step for one sequence, in 32 bits.',
    perNode: true,
  },
  RECURRENT_NODES: { unit: 'nodes', description: 'LSTM, GRU and RNN nodes over all graphs.', perNode: true },
  MEMORY: {
    unit: 'bytes',
    description: 'The learned parameters, each in the data type of the budget, rounded up to a whole byte.',
    perNode: false,
  },
} as const satisfies Record<string, MetricFacts>;

export type Metric = keyof typeof METRIC_FACTS;
export const METRICS = Object.keys(METRIC_FACTS) as Metric[];

/** The figures of one version. What is unknown is null. */
export interface Measurements {
  modelParams: number;
  recurrentPerUse: number;
  recurrentDistinct: number;
  recurrentEffective: number;
  recurrentEffectiveDistinct: number;
  storedElements: number;
  byteSize: number;
  totalByteSize: number | null;
  weightBytes: number;
  metadataBytes: number;
  duplicateBytes: number | null;
  /** Null when the sizes of a node are not known. */
  macsPerStep: number | null;
  stateBytes: number | null;
  recurrentNodes: number;
  /** While over 0, the four counts of recurrent params are lower bounds. */
  unverifiableNodes: number;
}

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
  const message = `dtype goes with the metric MEMORY alone; leave it out for ${metric}, or ask for MEMORY`;
  throw new WeighbridgeError('INPUT_INVALID', message, { field: ['dtype'] });
}

/** Which recurrent nodes: all conditions given must hold. */
export interface NodeSelector {
  opType: RecurrentOpType | null;
  /** Glob on the graph path. */
  path: string | null;
}

export type MeasuredNode = Pick<
  RecurrentNode,
  'path' | 'opType' | 'stored' | 'effective' | 'verdict' | 'macsPerStep' | 'stateBytes'
>;

/** What the metrics read of an inspection. */
type Measured = Pick<
  Inspection,
  'modelParams' | 'recurrent' | 'storedElements' | 'byteSize' | 'bytes' | 'externalData'
> & {
  duplicateBytes: number | null;
};

/** Work and state over recurrent nodes; null when the sizes of one are not known, or over 2^53−1. */
export function workOfNodes(nodes: readonly RecurrentNode[]): {
  macsPerStep: number | null;
  stateBytes: number | null;
} {
  const groups = nodes.map((sizes) => ({ sizes, nodes: 1 }));
  const { macsPerStep: parts, stateElements, nodesLeftOut } = workloadOfNodes(0, groups);
  if (nodesLeftOut > 0) return { macsPerStep: null, stateBytes: null };
  return {
    macsPerStep: parts === null ? null : parts.input + parts.recurrent + parts.bias + parts.pointwise,
    stateBytes: stateElements === null ? null : bytesOf(BigInt(stateElements), STORAGE_TYPES.FP32),
  };
}

/** `externalBytes`: sizes of the files that came with the model, null while one that it names is missing. */
export function measurementsOf(
  { recurrent, ...inspection }: Measured,
  work: { macsPerStep: number | null; stateBytes: number | null },
  externalBytes: number | null,
): Measurements {
  return {
    modelParams: inspection.modelParams,
    recurrentPerUse: recurrent.perUse,
    recurrentDistinct: recurrent.distinct,
    recurrentEffective: recurrent.effective,
    recurrentEffectiveDistinct: recurrent.effectiveDistinct,
    storedElements: inspection.storedElements,
    byteSize: inspection.byteSize,
    totalByteSize: externalBytes === null ? null : capped(inspection.byteSize + externalBytes),
    weightBytes: capped(inspection.bytes.weights + claimedBytes(inspection)),
    metadataBytes: inspection.bytes.metadata,
    duplicateBytes: inspection.duplicateBytes,
    macsPerStep: work.macsPerStep,
    stateBytes: work.stateBytes,
    recurrentNodes: recurrent.nodes,
    unverifiableNodes: recurrent.unverifiableNodes,
  };
}

/** External sizes are claims of a file: absurd ones stay at the largest count that is exact. */
function capped(bytes: number): number {
  return Math.min(bytes, Number.MAX_SAFE_INTEGER);
}

const FIELDS = {
  MODEL_PARAMS: 'modelParams',
  STORED_ELEMENTS: 'storedElements',
  BYTE_SIZE: 'byteSize',
  TOTAL_BYTE_SIZE: 'totalByteSize',
  WEIGHT_BYTES: 'weightBytes',
  METADATA_BYTES: 'metadataBytes',
  DUPLICATE_BYTES: 'duplicateBytes',
  MACS_PER_STEP: 'macsPerStep',
  STATE_BYTES: 'stateBytes',
  RECURRENT_NODES: 'recurrentNodes',
  RECURRENT_PER_USE: 'recurrentPerUse',
  RECURRENT_DISTINCT: 'recurrentDistinct',
  RECURRENT_EFFECTIVE: 'recurrentEffective',
  RECURRENT_EFFECTIVE_DISTINCT: 'recurrentEffectiveDistinct',
  /** In the data type that is asked for. */
  MEMORY: 'modelParams',
} as const satisfies Record<Metric, keyof Measurements>;

/** Lower bounds while a version has nodes that are UNVERIFIABLE. */
export const SUMS_OF_STORED: ReadonlySet<Metric> = new Set([
  'RECURRENT_PER_USE',
  'RECURRENT_DISTINCT',
  'RECURRENT_EFFECTIVE',
  'RECURRENT_EFFECTIVE_DISTINCT',
]);

export function readMetric(measurements: Measurements, { metric, dtype }: MetricQuestion): Reading {
  const value = measurements[FIELDS[metric]];
  if (value === null) return { value: null, exact: false };
  if (metric === 'MEMORY') return known(bytesOf(BigInt(value), STORAGE_TYPES[dtype ?? 'FP32']));
  return { value, exact: !SUMS_OF_STORED.has(metric) || measurements.unverifiableNodes === 0 };
}

/** The same over the nodes that a selector picks; of a metric that is no sum over nodes nothing is known. */
export function readMetricOfNodes(
  nodes: Iterable<MeasuredNode>,
  selector: NodeSelector,
  { metric }: MetricQuestion,
): Reading {
  const fits = nodeMatcher(selector);
  let sum = 0;
  let exact = true;
  for (const node of nodes) {
    if (!fits(node)) continue;
    const part = partOf(node, metric);
    if (part === undefined) return { value: null, exact: false };
    if (part === null || (SUMS_OF_STORED.has(metric) && node.verdict === 'UNVERIFIABLE')) exact = false;
    sum += part ?? 0;
  }
  return Number.isSafeInteger(sum) ? { value: sum, exact } : { value: null, exact: false };
}

function nodeMatcher({ opType, path }: NodeSelector): (node: { opType: string; path: string }) => boolean {
  const fits = path === null ? null : globMatcher(path);
  return (node) => (opType === null || node.opType === opType) && (fits === null || fits(node.path));
}

/** Undefined where the metric is no sum over nodes, null where it is unknown. */
function partOf(node: MeasuredNode, metric: Metric): number | null | undefined {
  switch (metric) {
    case 'RECURRENT_PER_USE':
      return node.stored;
    case 'RECURRENT_EFFECTIVE':
      return node.effective;
    case 'RECURRENT_NODES':
      return 1;
    case 'STATE_BYTES':
      return node.stateBytes;
    case 'MACS_PER_STEP': {
      if (node.macsPerStep === null) return null;
      const { input, recurrent, bias, pointwise } = node.macsPerStep;
      return input + recurrent + bias + pointwise;
    }
    default:
      return undefined;
  }
}

function known(value: number | null): Reading {
  return { value, exact: value !== null };
}
