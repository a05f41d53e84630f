/**
 * The measurement columns of a version: filled from its inspection, read back as core's Measurements, and named for SQL that
 * sorts, sums or compares them. Must never hold a verdict.
 */
import type { StoredInspection } from '../../core/catalog.js';
import { STORAGE_TYPES } from '../../core/layer/estimate.js';
import {
  measurementsOf,
  SUMS_OF_STORED,
  type Measurements,
  type Metric,
  type MetricQuestion,
} from '../../core/metrics.js';
import { Prisma } from '../../database/client.js';
import type { Transaction } from './counter.js';
import { toCount, toCountOrNull } from './records.js';

/** The figures of a version `v` under a metric, null where unknown; MEMORY is worked out of model_params by its data type. */
const METRIC_COLUMNS = {
  MODEL_PARAMS: 'model_params',
  RECURRENT_PER_USE: 'recurrent_per_use',
  RECURRENT_DISTINCT: 'recurrent_distinct',
  RECURRENT_EFFECTIVE: 'recurrent_effective',
  RECURRENT_EFFECTIVE_DISTINCT: 'recurrent_effective_distinct',
  STORED_ELEMENTS: 'stored_elements',
  BYTE_SIZE: 'byte_size',
  TOTAL_BYTE_SIZE: 'total_byte_size',
  WEIGHT_BYTES: 'weight_bytes',
  METADATA_BYTES: 'metadata_bytes',
  DUPLICATE_BYTES: 'duplicate_bytes',
  MACS_PER_STEP: 'macs_per_step',
  STATE_BYTES: 'state_bytes',
  RECURRENT_NODES: 'recurrent_node_count',
  MEMORY: 'model_params',
} as const satisfies Record<Metric, string>;

/** The same as core's `readMetric` in SQL, of the version under `alias`: the value, null where unknown, and whether it is whole. */
export function metricSql(alias: string, { metric, dtype }: MetricQuestion): { value: Prisma.Sql; exact: Prisma.Sql } {
  const column = `${alias}.${METRIC_COLUMNS[metric]}`;
  const exact = SUMS_OF_STORED.has(metric) ? `${alias}.unverifiable_node_count = 0` : `${column} IS NOT NULL`;
  if (metric !== 'MEMORY') return { value: Prisma.raw(column), exact: Prisma.raw(exact) };
  const bytes = `((${column} * ${STORAGE_TYPES[dtype ?? 'FP32']} + 7) / 8)`;
  const whole = `${bytes} <= ${Number.MAX_SAFE_INTEGER}`;
  return { value: Prisma.raw(`CASE WHEN ${whole} THEN ${bytes} END`), exact: Prisma.raw(whole) };
}

export const MEASUREMENT_COLUMNS = Prisma.raw(`
  v.model_params AS "modelParams", v.recurrent_per_use AS "recurrentPerUse",
  v.recurrent_distinct AS "recurrentDistinct", v.recurrent_effective AS "recurrentEffective",
  v.recurrent_effective_distinct AS "recurrentEffectiveDistinct", v.stored_elements AS "storedElements",
  v.byte_size AS "byteSize", v.total_byte_size AS "totalByteSize", v.weight_bytes AS "weightBytes",
  v.metadata_bytes AS "metadataBytes", v.duplicate_bytes AS "duplicateBytes", v.macs_per_step AS "macsPerStep",
  v.state_bytes AS "stateBytes", v.recurrent_node_count AS "recurrentNodes",
  v.unverifiable_node_count AS "unverifiableNodes"`);

export type MeasurementRow = { [Key in keyof Measurements]: null extends Measurements[Key] ? bigint | null : bigint };

export function toMeasurements(row: MeasurementRow): Measurements {
  return {
    modelParams: toCount(row.modelParams),
    recurrentPerUse: toCount(row.recurrentPerUse),
    recurrentDistinct: toCount(row.recurrentDistinct),
    recurrentEffective: toCount(row.recurrentEffective),
    recurrentEffectiveDistinct: toCount(row.recurrentEffectiveDistinct),
    storedElements: toCount(row.storedElements),
    byteSize: toCount(row.byteSize),
    totalByteSize: toCountOrNull(row.totalByteSize),
    weightBytes: toCount(row.weightBytes),
    metadataBytes: toCount(row.metadataBytes),
    duplicateBytes: toCountOrNull(row.duplicateBytes),
    macsPerStep: toCountOrNull(row.macsPerStep),
    stateBytes: toCountOrNull(row.stateBytes),
    recurrentNodes: toCount(row.recurrentNodes),
    unverifiableNodes: toCount(row.unverifiableNodes),
  };
}

/** What a new version, or one that was read again, is written with. */
export function measurementColumns(inspection: StoredInspection, externalBytes: number | null) {
  const figures = measurementsOf(inspection, inspection.work, externalBytes);
  return {
    producerName: inspection.producerName,
    nodeCount: BigInt(inspection.nodeCount),
    byteSize: BigInt(figures.byteSize),
    storedElements: BigInt(figures.storedElements),
    modelParams: BigInt(figures.modelParams),
    recurrentNodeCount: BigInt(figures.recurrentNodes),
    unverifiableNodeCount: BigInt(figures.unverifiableNodes),
    recurrentPerUse: BigInt(figures.recurrentPerUse),
    recurrentDistinct: BigInt(figures.recurrentDistinct),
    recurrentEffective: BigInt(figures.recurrentEffective),
    recurrentEffectiveDistinct: BigInt(figures.recurrentEffectiveDistinct),
    weightBytes: BigInt(figures.weightBytes),
    metadataBytes: BigInt(figures.metadataBytes),
    duplicateBytes: toBigIntOrNull(figures.duplicateBytes),
    totalByteSize: toBigIntOrNull(figures.totalByteSize),
    macsPerStep: toBigIntOrNull(figures.macsPerStep),
    stateBytes: toBigIntOrNull(figures.stateBytes),
    inspectionVersion: inspection.inspectionVersion,
  };
}

/** Bytes of the files that came with a model; null while one that it names did not come. */
export async function externalBytesOf(
  transaction: Transaction,
  inspection: StoredInspection,
  files: readonly { location: string; digest: string }[],
): Promise<number | null> {
  const came = new Set(files.map((file) => file.location));
  if (!inspection.externalData.every((named) => came.has(named.location))) return null;
  if (files.length === 0) return 0;
  const artifacts = await transaction.artifact.findMany({
    where: { digest: { in: files.map((file) => file.digest) } },
    select: { digest: true, byteSize: true },
  });
  const sizes = new Map(artifacts.map(({ digest, byteSize }) => [digest, toCount(byteSize)]));
  return files.reduce((sum, file) => sum + (sizes.get(file.digest) ?? 0), 0);
}

export function toBigIntOrNull(count: number | null): bigint | null {
  return count === null ? null : BigInt(count);
}
