/**
 * Aggregates over the versions of models and over the registry, computed by the database: no version is loaded to be summed
 * here. Withdrawn versions are left out everywhere. Three statements in all, each run only when its part is asked for.
 */
import type { MetricStatistics, MetricTotals, NodeGroup, SharedStatistics, VersionFilter } from '../../core/catalog.js';
import { columnOf, fieldOf, MEASURED_METRICS, METRIC_FIELDS, type MetricField } from '../../core/metrics.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { versionCondition } from '../rows/filters.js';
import { visibleTo } from '../rows/model-names.js';
import type { Needs } from '../needs.js';
import { select } from '../rows/select.js';
import { knownColumn } from '../rows/measurements.js';
import { toCount, toCountOrNull } from '../rows/records.js';

const { sql, join, raw } = Prisma;
type Sql = Prisma.Sql;

export type ModelMetrics = { versionCount: number } & Record<MetricField, MetricStatistics>;
export type RegistryMetrics = { versionCount: number; modelCount: number } & Record<MetricField, MetricTotals>;
export type NodeGroups = Pick<SharedStatistics, 'nodesByOpType' | 'nodesByBiasConvention' | 'nodesByVerdict'>;
export type StorageStatistics = Pick<SharedStatistics, 'distinctArtifacts' | 'bytesStored' | 'bytesSavedBySharing'>;

/** Which versions are counted, and what they are grouped by: a text that the answer is found under. */
interface Scope {
  group: Sql;
  condition: Sql;
}
const REGISTRY = 'registry';

function ofModels(ids: readonly string[]): Scope {
  return {
    group: sql`v.model_id::text`,
    condition: sql`v.model_id = ANY(${[...ids]}::uuid[]) AND v.withdrawn_at IS NULL`,
  };
}

function ofRegistry(principal: Principal, where: VersionFilter | undefined): Scope {
  const visible = visibleTo(principal, sql`v.model_name`);
  return {
    group: sql`'registry'`,
    condition: sql`${versionCondition(where)} AND ${visible} AND v.withdrawn_at IS NULL`,
  };
}

/** One expression for each metric as a list of columns: of its value in a row of `rows`, and of its field and its own name. */
function perMetric(rows: string, make: (value: string, field: MetricField, column: string) => string): Sql {
  return raw(
    MEASURED_METRICS.map((metric) => make(knownColumn(rows, metric), fieldOf(metric), columnOf(metric))).join(', '),
  );
}

type MetricRow = Record<string, bigint | number | null>;

/** First and last are by version number; a model without versions has nulls. */
export async function loadModelMetrics(needs: Needs, modelIds: readonly string[]): Promise<Map<string, ModelMetrics>> {
  const counted = sql`v.model_id = asked.id AND v.withdrawn_at IS NULL`;
  const values = perMetric('v', (value, _field, column) => `${value} AS ${column}`);
  const rows = await select<MetricRow & { id: string; versions: bigint }>(
    needs,
    sql`
    SELECT asked.id::text AS id, summed.versions, ${perMetric(
      'v',
      (_value, metric, column) => `summed."${metric}:min", summed."${metric}:max", summed."${metric}:mean",
        early.${column} AS "${metric}:first", late.${column} AS "${metric}:last", previous.${column} AS "${metric}:previous"`,
    )}
    FROM unnest(${[...modelIds]}::uuid[]) AS asked(id)
    CROSS JOIN LATERAL (SELECT count(*) AS versions, ${perMetric(
      'v',
      (value, metric) =>
        `min(${value}) AS "${metric}:min", max(${value}) AS "${metric}:max", avg(${value})::float8 AS "${metric}:mean"`,
    )} FROM version v WHERE ${counted}) AS summed
    LEFT JOIN LATERAL (SELECT ${values} FROM version v WHERE ${counted} ORDER BY v.number LIMIT 1) AS early ON TRUE
    LEFT JOIN LATERAL (SELECT ${values} FROM version v WHERE ${counted} ORDER BY v.number DESC LIMIT 1) AS late ON TRUE
    LEFT JOIN LATERAL (SELECT ${values} FROM version v WHERE ${counted} ORDER BY v.number DESC OFFSET 1 LIMIT 1)
      AS previous ON TRUE`,
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { versionCount: toCount(row.versions), ...metrics((metric) => toMetricStatistics(row, metric)) },
    ]),
  );
}

function toMetricStatistics(row: MetricRow & { versions: bigint }, metric: MetricField): MetricStatistics {
  const count = (name: string) => toCountOrNull(row[`${metric}:${name}`] ?? null);
  const [first, last, previous] = [count('first'), count('last'), count('previous')];
  const isAlone = toCount(row.versions) < 2;
  return {
    first,
    last,
    min: count('min'),
    max: count('max'),
    mean: row[`${metric}:mean`] as number | null,
    changeSinceFirst: isAlone || first === null || last === null ? null : last - first,
    changeSincePrevious: last === null || previous === null ? null : last - previous,
  };
}

/** The metrics are those of the highest fitting version of each model, so that a model is not weighed by how often it is published. */
export async function readRegistryMetrics(
  needs: Needs,
  principal: Principal,
  where?: VersionFilter,
): Promise<RegistryMetrics> {
  const { condition } = ofRegistry(principal, where);
  const [row] = await select<MetricRow>(
    needs,
    sql`
    WITH chosen AS (SELECT v.*, row_number() OVER (PARTITION BY v.model_id ORDER BY v.number DESC) AS rank
                    FROM version v WHERE ${condition})
    SELECT count(*) AS versions, count(*) FILTER (WHERE rank = 1) AS models, ${perMetric(
      'chosen',
      (column, metric) => `CASE WHEN count(*) FILTER (WHERE rank = 1 AND ${column} IS NULL) = 0
          THEN ${safeSum(column, 'FILTER (WHERE rank = 1)')} END AS "${metric}:sum",
        min(${column}) FILTER (WHERE rank = 1) AS "${metric}:min", max(${column}) FILTER (WHERE rank = 1) AS "${metric}:max",
        (avg(${column}) FILTER (WHERE rank = 1))::float8 AS "${metric}:mean"`,
    )} FROM chosen`,
  );
  const totals = row ?? {};
  const count = (name: string) => toCountOrNull(totals[name] ?? null);
  return {
    versionCount: count('versions') ?? 0,
    modelCount: count('models') ?? 0,
    ...metrics((metric) => ({
      sum: count(`${metric}:sum`),
      min: count(`${metric}:min`),
      max: count(`${metric}:max`),
      mean: (totals[`${metric}:mean`] ?? null) as number | null,
    })),
  };
}

/** Sums of BIGINT are NUMERIC; what is over 2^53−1 has no exact figure to give, so it is null. No rows sum to 0. */
function safeSum(expression: string, filter = ''): string {
  const sum = `coalesce(sum(${expression}) ${filter}, 0)`;
  return `CASE WHEN ${sum} <= 9007199254740991 THEN ${sum}::bigint END`;
}

function metrics<T>(make: (metric: MetricField) => T): Record<MetricField, T> {
  return Object.fromEntries(METRIC_FIELDS.map((metric) => [metric, make(metric)])) as Record<MetricField, T>;
}

export async function loadModelNodeGroups(needs: Needs, modelIds: readonly string[]): Promise<Map<string, NodeGroups>> {
  const groups = await selectNodeGroups(needs, ofModels(modelIds));
  return new Map(modelIds.map((id) => [id, groups.get(id) ?? noGroups()]));
}

export async function readRegistryNodeGroups(
  needs: Needs,
  principal: Principal,
  where?: VersionFilter,
): Promise<NodeGroups> {
  return (await selectNodeGroups(needs, ofRegistry(principal, where))).get(REGISTRY) ?? noGroups();
}

function noGroups(): NodeGroups {
  return { nodesByOpType: [], nodesByBiasConvention: [], nodesByVerdict: [] };
}

interface GroupRow {
  scope: string;
  kind: keyof NodeGroups;
  key: string;
  nodes: bigint;
  params: bigint | null;
}

async function selectNodeGroups(needs: Needs, scope: Scope): Promise<Map<string, NodeGroups>> {
  const rows = await select<GroupRow>(
    needs,
    sql`
    WITH counted AS (
      SELECT ${scope.group} AS scope, n.op_type, n.bias_convention, n.verdict, n.stored
      FROM version v JOIN recurrent_node n ON n.inspection_id = v.inspection_id WHERE ${scope.condition})
    SELECT scope, coalesce(op_type, bias_convention, verdict) AS key,
      CASE WHEN op_type IS NOT NULL THEN 'nodesByOpType' WHEN bias_convention IS NOT NULL THEN 'nodesByBiasConvention'
           ELSE 'nodesByVerdict' END AS kind,
      count(*) AS nodes, ${raw(safeSum('stored'))} AS params
    FROM counted GROUP BY GROUPING SETS ((scope, op_type), (scope, bias_convention), (scope, verdict))
    ORDER BY kind, nodes DESC, key`,
  );
  const found = new Map<string, NodeGroups>();
  for (const row of rows) {
    const groups = found.get(row.scope) ?? noGroups();
    found.set(row.scope, groups);
    const group = { key: row.key, nodes: toCount(row.nodes), params: toCountOrNull(row.params) };
    (groups[row.kind] as NodeGroup<string>[]).push(group);
  }
  return found;
}

export async function loadModelStorage(
  needs: Needs,
  modelIds: readonly string[],
): Promise<Map<string, StorageStatistics>> {
  const storage = await selectStorage(needs, ofModels(modelIds));
  return new Map(modelIds.map((id) => [id, storage.get(id) ?? NOTHING_STORED]));
}

export async function readRegistryStorage(
  needs: Needs,
  principal: Principal,
  where?: VersionFilter,
): Promise<StorageStatistics> {
  return (await selectStorage(needs, ofRegistry(principal, where))).get(REGISTRY) ?? NOTHING_STORED;
}

const NOTHING_STORED: StorageStatistics = { distinctArtifacts: 0, bytesStored: 0, bytesSavedBySharing: 0 };

interface StorageRow {
  scope: string;
  artifacts: bigint;
  stored: bigint | null;
  saved: bigint | null;
}

/** Every artifact that a version holds, its external data too, with the number of times it is held. */
async function selectStorage(needs: Needs, scope: Scope): Promise<Map<string, StorageStatistics>> {
  const rows = await select<StorageRow>(
    needs,
    sql`
    WITH chosen AS (SELECT v.id, ${scope.group} AS scope, v.artifact_digest FROM version v WHERE ${scope.condition}),
    held AS (${join(
      [
        sql`SELECT scope, artifact_digest AS digest FROM chosen`,
        sql`SELECT chosen.scope, x.artifact_digest FROM chosen JOIN version_external_data x ON x.version_id = chosen.id`,
      ],
      ' UNION ALL ',
    )}),
    used AS (
      SELECT held.scope, a.byte_size, count(*) AS uses FROM held JOIN artifact a ON a.digest = held.digest
      GROUP BY held.scope, a.digest, a.byte_size)
    SELECT scope, count(*) AS artifacts, ${raw(safeSum('byte_size'))} AS stored,
      ${raw(safeSum('byte_size * (uses - 1)'))} AS saved
    FROM used GROUP BY scope`,
  );
  return new Map(
    rows.map((row) => [
      row.scope,
      {
        distinctArtifacts: toCount(row.artifacts),
        bytesStored: toCountOrNull(row.stored),
        bytesSavedBySharing: toCountOrNull(row.saved),
      },
    ]),
  );
}
