/**
 * What budgets, histories, audits, lists and comparisons measure: one row a metric. Names of fields and columns, enums, filters,
 * orders, statistics, labels and documents follow from the rows and must never be written beside them. Pure. Over 350 lines: all
 * rows stand in one list, which their types are made of.
 */
import {
  claimedBytes,
  type ByteAccount,
  type DecomposedTotals,
  type Inspection,
  type MacsPerStep,
  type RecurrentNode,
  type RecurrentOpType,
  totalBytes,
} from './inspection.js';
import type { ElementClass } from './stored-tensors.js';

type MetricUnit = 'params' | 'elements' | 'bytes' | 'multiply–accumulates' | 'nodes' | 'cells';

/** What a file was found to hold, as far as it is measured. */
export type Measured = Pick<
  Inspection,
  | 'inspectionVersion'
  | 'modelParams'
  | 'modelParamsEffective'
  | 'unverifiableWeights'
  | 'recurrent'
  | 'decomposed'
  | 'storedElements'
  | 'byteSize'
  | 'nodeCount'
  | 'bytes'
  | 'externalData'
> & {
  /** Null before inspection version 3. */
  duplicateBytes: number | null;
  /** Sums over its recurrent nodes and written-out cells; null when the sizes of one are not known, or over 2^53−1. */
  work: { macsPerStep: number | null; stateBytes: number | null };
};

export type MeasuredNode = Pick<
  RecurrentNode,
  'path' | 'opType' | 'stored' | 'effective' | 'biasConvention' | 'verdict' | 'macsPerStep' | 'stateBytes'
>;

/** A recurrent cell that is written out in small operators. */
export interface MeasuredCell {
  path: string;
  opType: RecurrentOpType;
  params: number;
  macsPerStep: MacsPerStep | null;
  stateBytes: number | null;
}

/** The first inspection version that looks for cells that are written out. */
export const CELLS_SINCE = 2;

/** What a metric adds up over. */
export interface MeasuredParts {
  nodes: readonly MeasuredNode[];
  cells: readonly MeasuredCell[];
  /** False where cells were not looked for, or more were found than are listed. */
  cellsAreWhole: boolean;
}

/** A stored tensor as it counts in a comparison: one that several nodes share counts with the first. */
export interface CountedTensor {
  class: ElementClass;
  elements: number;
  /** Learned parameters that they stand for. */
  params: number;
  /** In the file; 0 where its payload is elsewhere. */
  byteSize: number;
  /** In the file or beside it. */
  totalByteSize: number;
  /** Elements that it adds to the distinct recurrent params; 0 behind no recurrent node. */
  distinct: number;
}

/** What one part adds to the metric. */
interface PartOf<Part> {
  /** Null where it is not known. */
  value: (part: Part) => number | null;
  /** The same in SQL, over `recurrent_node n` or a cell `c` as JSON; null where it is not stored. */
  sql: string | null;
}

/** What cannot be verified, by the count of it that a version has. */
export const BOUNDS = {
  /** Recurrent nodes whose sizes are not known. */
  NODES: 'unverifiableNodeCount',
  /** Stored tensors of which it cannot be told how many params they stand for. */
  WEIGHTS: 'unverifiableWeightCount',
} as const;
type Bound = keyof typeof BOUNDS;
export type BoundField = (typeof BOUNDS)[Bound];
export const BOUND_FIELDS: readonly BoundField[] = Object.values(BOUNDS);

interface Row {
  unit: MetricUnit;
  /** What pages and reports call it. */
  label: string;
  /** One sentence or two, for the schema, pages and documents. */
  description: string;
  /** What makes it a lower bound while some of that cannot be verified. */
  bound?: Bound;
  /** What it is only a part of, and so a lower bound while the two are not the same: what leaves the part has not left the model. */
  partOf?: 'TOTAL_BYTE_SIZE';
  /** Counts params of recurrent nodes only; the metric that has those of written-out cells too. */
  withoutCells?: 'ALL_RECURRENT_PER_USE';
  /** Counts zeros of biases: not known while that is not known though all nodes are verified, since a bias was not read. */
  knownWith?: 'MODEL_PARAMS_EFFECTIVE';
  /** What recurrent nodes add, where it adds up over them: then it can be asked of some of them. */
  node?: PartOf<MeasuredNode> & {
    /** What of a change made the node have more of it; its params unless this says otherwise. */
    grownBy?: 'effective' | 'state';
  };
  /** What cells that are written out in small operators add. */
  cell?: PartOf<MeasuredCell>;
  /** What a change of a comparison adds, where that follows from the totals that are compared. */
  change?: (deltas: { bytes: ByteAccount }) => number;
}

interface OwnFigure extends Row {
  figureOf?: undefined;
}

/** Known of every file. */
interface KnownRow extends OwnFigure {
  nullable?: undefined;
  figure: (file: Measured) => number;
  /** Makes it a total of comparisons, which tell causes of it. */
  compared?: Compared;
}

interface Compared {
  /** After a number: `462,594 learned parameters`. */
  noun: string;
  /** Heads its column in narrow tables of causes; without one it has none. */
  head?: string;
  /** What a recurrent node adds by itself, and what a stored tensor does. */
  node?: (node: { stored: number; effective: number }) => number;
  tensor?: (tensor: CountedTensor) => number;
  /** What a cell that is written out does. */
  cell?: (cell: { params: number }) => number;
}

/** Not known of some files: null, and its column may be null. */
interface PartlyKnownRow extends OwnFigure {
  nullable: true;
  figure: (file: Measured) => number | null;
  compared?: Compared & {
    /** What stands for the figure where it is not known, so that what the changes have of it is told nevertheless. */
    atLeast: (file: Measured) => number;
  };
}

/** Another metric's figure in a data type: no column, filter, order or statistic of its own. */
interface ConvertedRow extends Row {
  figureOf: 'MODEL_PARAMS';
  nullable?: undefined;
  figure?: undefined;
  compared?: undefined;
}

export const METRIC_FACTS = {
  MODEL_PARAMS: {
    unit: 'params',
    label: 'Learned params',
    description: 'Learned parameters of the whole model; packed weights count as what they stand for.',
    bound: 'WEIGHTS',
    figure: (file) => file.modelParams,
    compared: {
      noun: 'learned parameters',
      head: 'params',
      tensor: (tensor) => tensor.params,
    },
  },
  MODEL_PARAMS_EFFECTIVE: {
    unit: 'params',
    label: 'Learned params, effective',
    description:
      'As MODEL_PARAMS, without the all-zero bias halves that an export from Keras adds: the number that Keras prints. Unknown while a bias was not read or a recurrent node is UNVERIFIABLE.',
    nullable: true,
    bound: 'WEIGHTS',
    figure: (file) => file.modelParamsEffective,
  },
  RECURRENT_PER_USE: {
    unit: 'params',
    label: 'Recurrent params, per use',
    description: 'Elements of W, R, B and P over recurrent nodes, a shared tensor once for each node.',
    bound: 'NODES',
    withoutCells: 'ALL_RECURRENT_PER_USE',
    figure: (file) => file.recurrent.perUse,
    node: { value: (node) => node.stored, sql: 'n.stored' },
    compared: { noun: 'params of recurrent nodes', head: 'per use', node: (node) => node.stored },
  },
  RECURRENT_DISTINCT: {
    unit: 'params',
    label: 'Recurrent params',
    description: 'Stored tensors behind recurrent nodes, each once and whole.',
    bound: 'NODES',
    withoutCells: 'ALL_RECURRENT_PER_USE',
    figure: (file) => file.recurrent.distinct,
    compared: { noun: 'distinct params of recurrent nodes', tensor: (tensor) => tensor.distinct },
  },
  RECURRENT_EFFECTIVE: {
    unit: 'params',
    label: 'Recurrent params, effective, per use',
    description: 'As RECURRENT_PER_USE, without bias halves that are all zero.',
    bound: 'NODES',
    withoutCells: 'ALL_RECURRENT_PER_USE',
    knownWith: 'MODEL_PARAMS_EFFECTIVE',
    figure: (file) => file.recurrent.effective,
    node: {
      value: (node) => (node.biasConvention === 'UNKNOWN' ? null : node.effective),
      sql: "CASE WHEN n.bias_convention <> 'UNKNOWN' THEN n.effective END",
      grownBy: 'effective',
    },
    compared: { noun: 'effective params of recurrent nodes', node: (node) => node.effective },
  },
  RECURRENT_EFFECTIVE_DISTINCT: {
    unit: 'params',
    label: 'Recurrent params, effective',
    description: 'As RECURRENT_DISTINCT, without bias halves that are all zero.',
    bound: 'NODES',
    withoutCells: 'ALL_RECURRENT_PER_USE',
    knownWith: 'MODEL_PARAMS_EFFECTIVE',
    figure: (file) => file.recurrent.effectiveDistinct,
  },
  STORED_ELEMENTS: {
    unit: 'elements',
    label: 'Stored elements',
    description: 'Elements of initializers and Constant values: weights, states, shapes and all else.',
    figure: (file) => file.storedElements,
    compared: { noun: 'stored elements', head: 'elements', tensor: (tensor) => tensor.elements },
  },
  BYTE_SIZE: {
    unit: 'bytes',
    label: 'Size of the file',
    description:
      'The model file, without external data; a lower bound of TOTAL_BYTE_SIZE for a model that has external data.',
    partOf: 'TOTAL_BYTE_SIZE',
    figure: (file) => file.byteSize,
    compared: { noun: 'bytes of the model file', tensor: (tensor) => tensor.byteSize },
  },
  TOTAL_BYTE_SIZE: {
    unit: 'bytes',
    label: 'Size with external data',
    description:
      'The model file and the external data that came with it; unknown while a file that it names is missing or too short.',
    nullable: true,
    figure: totalBytes,
    compared: {
      noun: 'bytes',
      head: 'bytes',
      tensor: (tensor) => tensor.totalByteSize,
      atLeast: (file) => capped(file.byteSize + claimedBytes(file)),
    },
  },
  WEIGHT_BYTES: {
    unit: 'bytes',
    label: 'Bytes of weights',
    description: 'Payload of class weight in the model file, and what its tensors claim in external data.',
    bound: 'WEIGHTS',
    figure: (file) => capped(file.bytes.weights + claimedBytes(file)),
    change: (deltas) => deltas.bytes.weights,
  },
  METADATA_BYTES: {
    unit: 'bytes',
    label: 'Bytes of metadata',
    description: 'Doc strings and metadata properties in the model file.',
    figure: (file) => file.bytes.metadata,
    change: (deltas) => deltas.bytes.metadata,
  },
  DUPLICATE_BYTES: {
    unit: 'bytes',
    label: 'Bytes stored twice',
    description: 'Payload that repeats another tensor, which sharing would save; unknown before inspection version 3.',
    nullable: true,
    figure: (file) => file.duplicateBytes,
  },
  MACS_PER_STEP: {
    unit: 'multiply–accumulates',
    label: 'MACs per time step',
    description:
      'Work of recurrent nodes and written-out cells for one time step of one sequence: input, recurrent, bias and pointwise.',
    nullable: true,
    figure: (file) => file.work.macsPerStep,
    node: { value: ({ macsPerStep }) => macsPerStep && sumOf(Object.values(macsPerStep)), sql: null },
    cell: { value: ({ macsPerStep }) => macsPerStep && sumOf(Object.values(macsPerStep)), sql: null },
  },
  STATE_BYTES: {
    unit: 'bytes',
    label: 'Bytes of state',
    description: 'What recurrent nodes and written-out cells carry from step to step for one sequence, in 32 bits.',
    nullable: true,
    figure: (file) => file.work.stateBytes,
    node: { value: (node) => node.stateBytes, sql: null, grownBy: 'state' },
    cell: { value: (cell) => cell.stateBytes, sql: null },
  },
  NODE_COUNT: {
    unit: 'nodes',
    label: 'Nodes',
    description: 'Nodes over all graphs, each function body once.',
    figure: (file) => file.nodeCount,
  },
  RECURRENT_NODE_COUNT: {
    unit: 'nodes',
    label: 'Recurrent nodes',
    description: 'LSTM, GRU and RNN nodes over all graphs.',
    figure: (file) => file.recurrent.nodes,
    node: { value: () => 1, sql: '1' },
  },
  ALL_RECURRENT_PER_USE: {
    unit: 'params',
    label: 'Recurrent params, written out too',
    description:
      'RECURRENT_PER_USE and the weights of cells that are written out in small operators, each cell once; unknown while the sizes of one are not clear, and before inspection version 2.',
    nullable: true,
    bound: 'NODES',
    figure: (file) => {
      const cells = cellsOf(file);
      return cells && file.recurrent.perUse + cells.params;
    },
    node: { value: (node) => node.stored, sql: 'n.stored' },
    cell: { value: (cell) => cell.params, sql: "(c ->> 'params')::bigint" },
    compared: {
      noun: 'params of recurrent nodes and written-out cells',
      node: (node) => node.stored,
      cell: (cell) => cell.params,
      atLeast: (file) => capped(file.recurrent.perUse + file.decomposed.params),
    },
  },
  WRITTEN_OUT_CELL_COUNT: {
    unit: 'cells',
    label: 'Written-out cells',
    description:
      'Recurrent cells that are written out in small operators, each once however often its weights are used; unknown while the sizes of one are not clear, and before inspection version 2.',
    nullable: true,
    figure: (file) => cellsOf(file)?.cells ?? null,
    cell: { value: () => 1, sql: '1' },
  },
  MEMORY: {
    unit: 'bytes',
    label: 'Memory in a data type',
    description: 'The learned parameters, each in the data type of the budget, rounded up to a whole byte.',
    bound: 'WEIGHTS',
    figureOf: 'MODEL_PARAMS',
  },
} as const satisfies Record<string, KnownRow | PartlyKnownRow | ConvertedRow>;

/** Null where they were not looked for, or not all of them are known. */
function cellsOf({ inspectionVersion, decomposed }: Measured): DecomposedTotals | null {
  return inspectionVersion >= CELLS_SINCE && decomposed.isWhole ? decomposed : null;
}

/** External sizes are claims of a file: absurd ones stay at the largest count that is exact. */
function capped(bytes: number): number {
  return Math.min(bytes, Number.MAX_SAFE_INTEGER);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

type Rows = typeof METRIC_FACTS;
export type Metric = keyof Rows;
/** Those with a figure of their own: a column, a filter, an order and a statistic. */
export type MeasuredMetric = { [Name in Metric]: Rows[Name] extends { figure: unknown } ? Name : never }[Metric];
/** Those that a comparison has a total and causes of. */
export type ComparedMetric = { [Name in Metric]: Rows[Name] extends { compared: unknown } ? Name : never }[Metric];

/** RECURRENT_PER_USE is recurrentPerUse wherever it is a field. */
type FieldName<Name extends string> = Name extends `${infer Head}_${infer Rest}`
  ? `${Lowercase<Head>}${Capitalize<FieldName<Rest>>}`
  : Lowercase<Name>;
export type MetricField = FieldName<MeasuredMetric>;
export type ComparedField = FieldName<ComparedMetric>;

/** The figures of one version. What is unknown is null. */
export type Measurements = {
  [Name in MeasuredMetric as FieldName<Name>]: Rows[Name] extends { nullable: true } ? number | null : number;
} & {
  /** While over 0, metrics that have it as their bound are lower bounds. */
  [Field in BoundField]: number;
};

export const METRICS = Object.keys(METRIC_FACTS) as Metric[];
export const MEASURED_METRICS = METRICS.filter((metric): metric is MeasuredMetric => 'figure' in METRIC_FACTS[metric]);
export const COMPARED_METRICS = METRICS.filter((metric): metric is ComparedMetric => isCompared(metric));
/** Those that add up over nodes or cells, so that they can be asked of some of them. */
export const SUMMED_METRICS = METRICS.filter((metric) => isSum(metric));

export function factsOf(metric: Metric): KnownRow | PartlyKnownRow | ConvertedRow {
  return METRIC_FACTS[metric];
}

export function comparedFactsOf(metric: ComparedMetric): Compared {
  return METRIC_FACTS[metric].compared;
}

/** Of a side whose figure may be unknown: null where it is. `amount` is never: what the changes tell of it adds up to that. */
export function comparedFigure(metric: ComparedMetric, file: Measured): { figure: number | null; amount: number } {
  const row = factsOf(metric);
  const figure = row.figure?.(file) ?? null;
  return { figure, amount: figure ?? (row.nullable ? row.compared?.atLeast(file) : undefined) ?? 0 };
}

export function isCompared(metric: Metric): metric is ComparedMetric {
  return factsOf(metric).compared !== undefined;
}

export function isSum(metric: Metric): boolean {
  const { node, cell } = factsOf(metric);
  return node !== undefined || cell !== undefined;
}

/** Also of a metric that is another's figure in a data type. */
export function fieldOf<Name extends Metric>(
  metric: Name,
): Name extends MeasuredMetric ? FieldName<Name> : 'modelParams' {
  const name = (factsOf(metric).figureOf ?? metric).toLowerCase();
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as ReturnType<typeof fieldOf<Name>>;
}

/** The column of a version. */
export function columnOf(metric: Metric): string {
  return (factsOf(metric).figureOf ?? metric).toLowerCase();
}

export const METRIC_FIELDS: readonly MetricField[] = MEASURED_METRICS.map((metric) => fieldOf(metric));
export const COMPARED_FIELDS: readonly ComparedField[] = COMPARED_METRICS.map((metric) => fieldOf(metric));
