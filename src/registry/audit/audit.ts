/**
 * The audit of size drift: every model's latest version against its baseline, computed by the database over measurement columns. A
 * page is one statement, the summary with its hash another. Must never walk models here, nor evaluate a budget: it reads the checks.
 */
import type {
  AuditBaseline,
  AuditedVersion,
  AuditFlag,
  AuditOrderField,
  AuditQuestion,
  AuditRow,
  AuditSummary,
} from '../../core/audit.js';
import { AUDIT_FLAGS } from '../../core/audit.js';
import { requireAliasName } from '../../core/names.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Page, PageRequest } from '../../core/catalog.js';
import type { MetricQuestion } from '../../core/measurements.js';
import type { Metric } from '../../core/metrics.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { isCovered } from '../checks/approval-reads.js';
import { idleBudgets } from '../checks/idle-budgets.js';
import { baselineSql, type Compared } from '../rows/baseline-sql.js';
import { auditCondition, modelCondition } from '../rows/filters.js';
import { declaredDiffersSql, metricSql } from '../rows/measurements.js';
import { keyOf, visibleTo } from '../rows/model-names.js';
import type { Needs } from '../needs.js';
import { isDatabaseTime, readPage, type KeyKind, type ListQuery } from '../rows/pages.js';
import { toCount, toCountOrNull } from '../rows/records.js';
import { select } from '../rows/select.js';

const { sql, raw, join } = Prisma;
type Sql = Prisma.Sql;

/** Stands for an unknown figure, so that it is last whatever the direction. */
const UNKNOWN_LAST = Number.MAX_SAFE_INTEGER;

export function listAudit(
  needs: Needs,
  principal: Principal,
  question: AuditQuestion,
  page: PageRequest,
): Promise<Page<AuditRow>> {
  const { field, direction } = question.orderBy ?? { field: 'DELTA', direction: 'DESC' };
  const last = raw(String(direction === 'DESC' ? -UNKNOWN_LAST : UNKNOWN_LAST));
  const keys: Record<AuditOrderField, { key: Sql; kind: KeyKind }> = {
    DELTA: { key: sql`coalesce(a.delta, ${last})`, kind: 'integer' },
    RATIO: { key: sql`coalesce(a.millionths, ${last})`, kind: 'integer' },
    VALUE: { key: sql`coalesce(a.value, ${last})`, kind: 'integer' },
    BROKEN_BUDGETS: { key: sql`a.broken`, kind: 'integer' },
    MODEL_NAME: { key: keyOf(sql`a.name`), kind: 'text' },
  };
  const isRankedByChecks = field === 'BROKEN_BUDGETS' || question.where?.flags != null;
  const list: ListQuery<AuditSqlRow, AuditRow> = {
    identity: ['audit', question.metric, question.dtype, question.baseline, question.where, field],
    columns: COLUMNS,
    ...(isRankedByChecks
      ? { from: audited(principal, question) }
      : { from: ranked(principal, question), whole: (ids) => audited(principal, question, ids) }),
    condition: auditCondition(question.where),
    key: keys[field].key,
    keyKind: keys[field].kind,
    direction,
    id: sql`a.id`,
    toNode: (row) => toRow(row, question.metric),
  };
  return readPage(needs, list, page);
}

export async function summarizeAudit(
  needs: Needs,
  principal: Principal,
  question: AuditQuestion,
): Promise<AuditSummary> {
  const flagged = AUDIT_FLAGS.map((flag) => sql`count(*) FILTER (WHERE ${flag}::text = ANY(a.flags))`);
  const [row] = await select<SummaryRow>(
    needs,
    sql`
    SELECT count(*) AS models, count(*) FILTER (WHERE a.delta > 0) AS grown, count(*) FILTER (WHERE a.delta < 0) AS shrunk,
      count(*) FILTER (WHERE a.delta = 0) AS unchanged, count(*) FILTER (WHERE a.delta IS NULL) AS unknown,
      ARRAY[${join(flagged)}]::bigint[] AS flags,
      encode(sha256(convert_to(coalesce(string_agg(${HASHED}, E'\n' ORDER BY a.name COLLATE "C"), ''), 'UTF8')), 'hex') AS hash
    FROM ${audited(principal, question)} WHERE ${auditCondition(question.where)}`,
  );
  if (!row) throw new Error('an aggregate without a row');
  return {
    models: toCount(row.models),
    grown: toCount(row.grown),
    shrunk: toCount(row.shrunk),
    unchanged: toCount(row.unchanged),
    unknown: toCount(row.unknown),
    flags: AUDIT_FLAGS.map((flag, index) => ({ flag, models: toCount(row.flags[index] ?? 0n) })),
    resultHash: `sha256:${row.hash}`,
  };
}

/** Every figure of a row, unknown ones as nothing; a name holds no bar. */
const HASHED = sql`concat(a.name, '|', a.number, '|', a.value, '|', a.exact, '|', a.base_number, '|', a.base_value, '|', a.base_exact, '|',
  a.fallback, '|', a.delta, '|', array_to_string(a.flags, ','), '|', a.broken, '|', a.expired, '|', a.idle, '|', a.budgets, '|', a.unverifiable, '|', a.unverifiable_weights, '|',
  a.declared, '|', a.model_params)`;

const COLUMNS = sql`a.id, a.name, a.version_id AS "versionId", a.inspection_id AS "inspectionId", a.number, a.value, a.exact, a.nodes,
  a.base_version_id AS "baseVersionId", a.base_inspection_id AS "baseInspectionId", a.base_number AS "baseNumber",
  a.base_value AS "baseValue", a.base_exact AS "baseExact", a.base_nodes AS "baseNodes", a.fallback, a.delta, a.flags, a.broken,
  a.expired, a.idle, a.budgets, a.unverifiable, a.unverifiable_weights AS "unverifiableWeights", a.declared, a.model_params AS "modelParams"`;

/** The models that are asked for and have a version. */
function seenModels(principal: Principal, where: AuditQuestion['where'], ids?: Sql): Sql {
  return sql`SELECT m.id, m.name, coalesce(m.tags, '{}') AS tags FROM model m
    WHERE m.latest_version_id IS NOT NULL AND ${modelCondition(where?.model)} AND ${visibleTo(principal, sql`m.name`)}
      AND ${ids === undefined ? sql`TRUE` : sql`m.id IN (${ids})`}`;
}

/** Of versions `l` and `b`: the figures of both, and the difference where both are known. */
function figuresOf(question: MetricQuestion) {
  const [latest, base] = [metricSql('l', question), metricSql('b', question)];
  const known = sql`(${latest.exact}) AND (${base.exact}) AND l.inspection_version = b.inspection_version`;
  return { latest, base, delta: sql`CASE WHEN ${known} THEN ${latest.value} - ${base.value} END` };
}

/**
 * Of each model of `s`: its latest version and its baseline, with the columns that figures are made of. Those that are kept beside models are read from
 * there, for thousands of models in few pages; the limit keeps the database at reading another by its index, one at a time.
 */
function ends(baseline: AuditBaseline): Sql {
  const base =
    baseline.kind === 'FIRST' || baseline.kind === 'PREVIOUS'
      ? sql`(SELECT e.*, FALSE AS fallback FROM model_end e WHERE e.place = ${baseline.kind}) AS b ON b.model_id = s.id`
      : sql`LATERAL (${baseOf(baseline)}) AS b ON TRUE`;
  return sql`JOIN model_end l ON l.model_id = s.id AND l.place = 'LATEST' LEFT JOIN ${base}`;
}

const MILLIONTHS = sql`CASE WHEN base_value <> 0 AND delta IS NOT NULL THEN least(greatest(round(delta::numeric * 1000000 / base_value), ${-UNKNOWN_LAST + 1}), ${UNKNOWN_LAST - 1})::bigint
      END AS millionths`;

/** What `audited` says of the figures alone: budgets and checks are looked at for the rows of a page. */
function ranked(principal: Principal, { baseline, where, ...question }: AuditQuestion): Sql {
  const { latest, base, delta } = figuresOf(question);
  return sql`(
    SELECT held.*, ${MILLIONTHS} FROM (
      SELECT s.id, s.name, ${latest.value} AS value, ${base.value} AS base_value, ${delta} AS delta
      FROM (${seenModels(principal, where)} OFFSET 0) AS s ${ends(baseline)}) AS held) AS a`;
}

/** One row a model, as `a`, or one for each of these. */
function audited(principal: Principal, { baseline, where, ...question }: AuditQuestion, ids?: Sql): Sql {
  const { latest, base, delta } = figuresOf(question);
  const inForce = sql`g.level <> 'OFF' AND (g.expires_at IS NULL OR g.expires_at > now())`;
  const expired = sql`g.level <> 'OFF' AND g.expires_at <= now()`;
  // As they are in the settings of a check, which holds more of each.
  const holding = sql`coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'revision', g.revision)) FILTER (WHERE ${inForce}), '[]')`;
  return sql`(
    WITH seen AS MATERIALIZED (${seenModels(principal, where, ids)}),
    idle AS MATERIALIZED (${idleBudgets()}),
    budgeted AS (
      SELECT g.model_id, count(*) FILTER (WHERE ${inForce}) AS live, count(*) FILTER (WHERE ${expired}) AS expired,
        count(*) FILTER (WHERE g.id IN (SELECT idle.id FROM idle)) AS idle, ${holding} AS holding
      FROM (SELECT s.id AS model_id, x.* FROM seen s JOIN budget x ON x.scope = 'MODEL' AND ${keyOf(sql`x.target`)} = ${keyOf(sql`s.name`)}
            WHERE x.deleted_at IS NULL
            UNION ALL
            SELECT t.id, x.* FROM (SELECT DISTINCT s.id, tag FROM seen s, unnest(s.tags) AS tag) t
            JOIN budget x ON x.scope = 'TAG' AND x.target = t.tag WHERE x.deleted_at IS NULL) AS g
      GROUP BY g.model_id),
    everywhere AS (
      SELECT count(*) FILTER (WHERE ${inForce}) AS live, count(*) FILTER (WHERE ${expired}) AS expired,
        count(*) FILTER (WHERE g.id IN (SELECT idle.id FROM idle)) AS idle, ${holding} AS holding
      FROM budget g WHERE g.scope = 'REGISTRY' AND g.deleted_at IS NULL),
    held AS (
      SELECT s.id, s.name, l.id AS version_id, l.inspection_id, l.number, ${latest.value} AS value, ${latest.exact} AS exact,
        l.recurrent_node_count AS nodes, l.unverifiable_node_count AS unverifiable, l.unverifiable_weight_count AS unverifiable_weights, l.declared_params AS declared, ${declaredDiffersSql('l')} AS declared_differs, l.model_params,
        b.id AS base_version_id, b.inspection_id AS base_inspection_id, b.number AS base_number, ${base.value} AS base_value,
        coalesce(${base.exact}, FALSE) AS base_exact, b.recurrent_node_count AS base_nodes, coalesce(b.fallback, FALSE) AS fallback,
        ${delta} AS delta,
        coalesce(w.live, 0) + everywhere.live AS budgets, coalesce(w.expired, 0) + everywhere.expired AS expired,
        coalesce(w.idle, 0) + everywhere.idle AS idle,
        c.id AS check_id, c.outcome, coalesce(NOT c.settings @> (everywhere.holding || coalesce(w.holding, '[]')), TRUE) AS stale
      FROM seen s
      CROSS JOIN everywhere
      ${ends(baseline)}
      LEFT JOIN LATERAL (SELECT k.id, k.outcome, k.settings FROM version_check k WHERE k.version_id = l.id
                         ORDER BY k.created_at DESC LIMIT 1) AS c ON TRUE
      LEFT JOIN budgeted w ON w.model_id = s.id),
    judged AS (
      SELECT held.*, CASE WHEN outcome IN ('FAIL', 'WARN') THEN (${BROKEN}) ELSE 0 END AS broken FROM held)
    SELECT judged.*,
      ${MILLIONTHS},
      array_remove(ARRAY[
        CASE WHEN broken > 0 THEN 'BUDGET_BROKEN' END, CASE WHEN expired > 0 THEN 'BUDGET_EXPIRED' END,
        CASE WHEN idle > 0 THEN 'BUDGET_IDLE' END,
        CASE WHEN budgets = 0 THEN 'BUDGET_ABSENT' END, CASE WHEN budgets > 0 AND stale THEN 'UNCHECKED' END,
        CASE WHEN unverifiable > 0 OR unverifiable_weights > 0 THEN 'UNVERIFIABLE' END, CASE WHEN declared_differs THEN 'DECLARED_DIFFERS' END,
        CASE WHEN base_version_id IS NOT NULL AND delta IS NULL THEN 'NOT_COMPARABLE' END,
        CASE WHEN base_version_id IS NULL THEN 'NO_BASE' END], NULL) AS flags
    FROM judged) AS a`;
}

/** Findings of the check that are over a limit, even since an earlier version: their budgets hold, and no approval of now covers them. */
const BROKEN = sql`SELECT count(DISTINCT f.budget_id) FROM check_finding f JOIN budget g ON g.id = f.budget_id
  WHERE f.check_id = held.check_id AND (f.outcome = 'FAIL' OR f.reason = 'INHERITED') AND g.deleted_at IS NULL AND g.level = 'FAIL'
    AND (g.expires_at IS NULL OR g.expires_at > now())
    AND NOT ${isCovered(sql`f.key`, sql`f.value`)}`;

/** The latest version of a model, as `audited` names both. */
const LATEST: Compared = { modelId: sql`s.id`, version: { id: sql`l.id`, number: sql`l.number` }, mayBeItself: true };

/** What is taken where a baseline names no version; of the others there is none then. */
const OTHERWISE: Partial<Record<AuditBaseline['kind'], AuditBaseline>> = {
  ALIAS: { kind: 'PREVIOUS' },
  VERSION: { kind: 'FIRST' },
  DATE: { kind: 'FIRST' },
};

/** Throws NAME_INVALID or INPUT_INVALID for a baseline that no database could look for. */
function baseOf(baseline: AuditBaseline): Sql {
  if (baseline.kind === 'ALIAS') requireAliasName(baseline.alias, ['baseline', 'alias']);
  if (baseline.kind === 'DATE' && !isDatabaseTime(baseline.date.getTime())) {
    throw new WeighbridgeError('INPUT_INVALID', 'baseline: the date must be in the years 1 to 9999', {
      field: ['baseline', 'date'],
    });
  }
  const wanted = versionOf(baseline);
  const otherwise = OTHERWISE[baseline.kind];
  if (otherwise === undefined) return sql`SELECT w.*, FALSE AS fallback FROM (${wanted}) AS w`;
  return sql`SELECT * FROM (SELECT w.*, FALSE AS fallback FROM (${wanted}) AS w WHERE w.withdrawn_at IS NULL
    UNION ALL SELECT o.*, TRUE FROM (${versionOf(otherwise)}) AS o) AS either ORDER BY fallback LIMIT 1`;
}

function versionOf(baseline: AuditBaseline): Sql {
  return sql`SELECT v.* FROM version v ${baselineSql(baseline, LATEST)} LIMIT 1`;
}

interface AuditSqlRow {
  id: string;
  name: string;
  versionId: string;
  inspectionId: string;
  number: number;
  value: bigint | null;
  exact: boolean;
  nodes: bigint;
  baseVersionId: string | null;
  baseInspectionId: string | null;
  baseNumber: number | null;
  baseValue: bigint | null;
  baseExact: boolean;
  baseNodes: bigint | null;
  fallback: boolean;
  delta: bigint | null;
  flags: AuditFlag[];
  broken: bigint;
  expired: bigint;
  idle: bigint;
  budgets: bigint;
  unverifiable: bigint;
  unverifiableWeights: bigint;
  declared: bigint | null;
  modelParams: bigint;
}

interface SummaryRow {
  models: bigint;
  grown: bigint;
  shrunk: bigint;
  unchanged: bigint;
  unknown: bigint;
  flags: bigint[];
  hash: string;
}

function toRow(row: AuditSqlRow, metric: Metric): AuditRow {
  const [delta, baseValue] = [toCountOrNull(row.delta), toCountOrNull(row.baseValue)];
  return {
    metric,
    modelId: row.id,
    modelName: row.name,
    latest: {
      versionId: row.versionId,
      inspectionId: row.inspectionId,
      number: row.number,
      value: toCountOrNull(row.value),
      exact: row.exact,
      recurrentNodes: toCount(row.nodes),
    },
    base: baseOfRow(row),
    baseFallback: row.fallback,
    delta,
    ratio: delta === null || baseValue === null || baseValue === 0 ? null : delta / baseValue,
    flags: row.flags,
    brokenBudgets: toCount(row.broken),
    expiredBudgets: toCount(row.expired),
    idleBudgets: toCount(row.idle),
    budgets: toCount(row.budgets),
    unverifiableNodes: toCount(row.unverifiable),
    unverifiableWeights: toCount(row.unverifiableWeights),
    declaredParams: toCountOrNull(row.declared),
    modelParams: toCount(row.modelParams),
  };
}

function baseOfRow(row: AuditSqlRow): AuditedVersion | null {
  const { baseVersionId: versionId, baseInspectionId: inspectionId, baseNumber: number } = row;
  if (versionId === null || inspectionId === null || number === null) return null;
  return {
    versionId,
    inspectionId,
    number,
    value: toCountOrNull(row.baseValue),
    exact: row.baseExact,
    recurrentNodes: toCount(row.baseNodes ?? 0n),
  };
}
