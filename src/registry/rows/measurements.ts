/**
 * The measurement columns of a version: filled from its inspection, read back as core's Measurements, and named for SQL that
 * sorts, sums or compares them. Must never hold a verdict.
 */
import type { StoredInspection } from '../../core/catalog.js';
import { DECLARABLE_FIGURES, LEARNED } from '../../core/declared.js';
import { STORAGE_TYPES } from '../../core/layer/estimate.js';
import { measurementsOf, type MetricQuestion } from '../../core/measurements.js';
import {
  BOUND_FIELDS,
  type BoundField,
  columnOf,
  factsOf,
  type Metric,
  type MetricField,
  METRIC_FIELDS,
  type Measurements,
} from '../../core/metrics.js';
import { Prisma } from '../../database/client.js';
import { toCountOrNull } from './records.js';
import { columns } from './select.js';

/**
 * The column of the version under `alias`; null where the figure that is stored is not the whole answer, since what it needs was not read. Who
 * filters, sorts or sums reads it by this.
 */
export function knownColumn(alias: string, metric: Metric): string {
  const { knownWith } = factsOf(metric);
  const own = `${alias}.${columnOf(metric)}`;
  if (knownWith === undefined) return own;
  return `CASE WHEN ${alias}.${columnOf(knownWith)} IS NOT NULL OR ${alias}.${BOUND_COLUMNS.NODES} > 0 THEN ${own} END`;
}

/** The same as core's `readMetric` in SQL, of the version under `alias`: the value, null where unknown, and whether it is whole. */
export function metricSql(alias: string, { metric, dtype }: MetricQuestion): { value: Prisma.Sql; exact: Prisma.Sql } {
  const { bound, partOf, figureOf } = factsOf(metric);
  const column = knownColumn(alias, metric);
  const isVerified = bound ? ` AND ${alias}.${BOUND_COLUMNS[bound]} = 0` : '';
  const isAll = partOf ? ` AND ${column} IS NOT DISTINCT FROM ${alias}.${columnOf(partOf)}` : '';
  const isWhole = isVerified + isAll;
  const exact = `(${column}) IS NOT NULL${isWhole}`;
  if (figureOf === undefined) return { value: Prisma.raw(column), exact: Prisma.raw(`(${exact})`) };
  const bytes = `((${column} * ${STORAGE_TYPES[dtype ?? 'FP32']} + 7) / 8)`;
  const whole = `${bytes} <= ${Number.MAX_SAFE_INTEGER}`;
  return { value: Prisma.raw(`CASE WHEN ${whole} THEN ${bytes} END`), exact: Prisma.raw(`(${whole}${isWhole})`) };
}

/** Whether core's `declaredAgreement` of the version under `alias` is DIFFERENT; null where nothing was declared. */
export function declaredDiffersSql(alias: string): Prisma.Sql {
  const declared = Prisma.raw(`${alias}.declared_params`);
  const differs = (figures: typeof DECLARABLE_FIGURES) =>
    Prisma.join(
      figures.map(({ metric }) => {
        const { value, exact } = metricSql(alias, { metric });
        return Prisma.sql`(${exact} AND ${value} <> ${declared})`;
      }),
      ' AND ',
    );
  return Prisma.sql`CASE WHEN ${declared} = 0 THEN ${differs(LEARNED)} ELSE ${differs(DECLARABLE_FIGURES)} END`;
}

const BOUND_COLUMNS = { NODES: 'unverifiable_node_count', WEIGHTS: 'unverifiable_weight_count' } as const;

/** One column for each metric with a figure of its own: a row in core without one in prisma/schema.prisma does not compile. */
export type MeasurementRow = Pick<Prisma.VersionModel, MetricField | BoundField>;
const FIELDS = [...METRIC_FIELDS, ...BOUND_FIELDS] as const;

/** Of a version `v`. */
export const MEASUREMENT_COLUMNS = columns('v', FIELDS);

export function toMeasurements(row: MeasurementRow & NullAsInCore): Measurements {
  const figures = FIELDS.map((field) => [field, toCountOrNull(row[field])]);
  return Object.fromEntries(figures) as Measurements;
}

/** A column may be null exactly where core's figure may. */
type NullAsInCore = { [Field in keyof Measurements]: bigint | Extract<Measurements[Field], null> };

/** What a new version, or one that was read again, is written with. */
export function measurementColumns(inspection: StoredInspection) {
  const figures = measurementsOf(inspection, inspection.work);
  const counts = FIELDS.map((field) => [field, toBigIntOrNull(figures[field])]);
  return {
    ...(Object.fromEntries(counts) as MeasurementRow),
    producerName: inspection.producerName,
    inspectionVersion: inspection.inspectionVersion,
  };
}

export function toBigIntOrNull(count: number | null): bigint | null {
  return count === null ? null : BigInt(count);
}
