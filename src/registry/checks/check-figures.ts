/** What a check needs of the database: the budgets in force, the versions that they compare with, and their nodes. Reads only. */
import type { Baseline, Budget } from '../../core/budget.js';
import { chooseBase } from '../../core/check/base.js';
import type { ChosenBase, Weighed } from '../../core/check/check.js';
import { workOf, workOfCell } from '../../core/layer/estimate.js';
import { globToLike } from '../../core/glob.js';
import type { DecomposedCell, Verdict } from '../../core/inspection.js';
import { areCellsWhole, measuredCell, NO_PARTS, type NodeSelector } from '../../core/measurements.js';
import { CELLS_SINCE, factsOf, type MeasuredNode, type MeasuredParts, type Metric } from '../../core/metrics.js';
import { Prisma } from '../../database/client.js';
import { budgetsHolding } from './budget-reads.js';
import { isCovered } from './approval-reads.js';
import { type BudgetRow, toBudget } from '../rows/check-records.js';
import { baselineSql, type Compared } from '../rows/baseline-sql.js';
import type { Transaction } from '../rows/counter.js';
import { MEASUREMENT_COLUMNS, metricSql, type MeasurementRow, toMeasurements } from '../rows/measurements.js';
import { type RecurrentNodeRow, toCount, toCountOrNull, toSizes } from '../rows/records.js';
import { BUDGET_COLUMNS } from '../rows/select.js';

const { sql, join, raw } = Prisma;
type Sql = Prisma.Sql;

/** What is checked, and where it stands among the versions of its model; `modelId` is null while there is no model. */
export interface Place {
  modelName: string;
  tags: readonly string[];
  modelId: string | null;
  /** Null for bytes that are not published. */
  version: { id: string; number: number } | null;
  /** Whether these are bytes of that version, asked about anew: where there is no version before it, they are compared with it. */
  isAskedAnew?: boolean;
  /** What takes the place of the version before; absent for that version itself. */
  before?: Before | undefined;
}

export interface Before {
  /** Null for nothing, unless bytes are there: then absolute limits alone are judged, and nothing is inherited. */
  versionId: string | null;
  /** Bytes that need not be a version. */
  weighed?: Weighed;
  /** Whether the asker chose it: then it takes the place of an alias too, which may have moved since. A pinned baseline stays. */
  isGiven?: true;
  /** What it is, in words. */
  why: string;
}

export interface WeighedVersion extends Weighed<string> {
  number: number;
  withdrawn: boolean;
  inspectionId: string;
  /** Budgets whose limit on growth it broke when it was published, which nobody approved; of the version before alone. */
  brokenBudgets: readonly string[];
}

export interface Figures {
  /** The version itself; null for bytes that are not published. */
  subject: WeighedVersion | null;
  previous: Weighed | null;
  /** In the order of the budgets. */
  chosen: ChosenBase[];
}

/** Those that are not off, the oldest first. */
export async function findBudgets(database: Transaction, { modelName, tags }: Place): Promise<Budget[]> {
  const holding = budgetsHolding(sql`${modelName}::text`, sql`${[...tags]}::text[]`);
  const rows = await database.$queryRaw<BudgetRow[]>`
    SELECT ${BUDGET_COLUMNS} FROM (${holding}) AS b WHERE b.level <> 'OFF' ORDER BY b.created_at, b.id`;
  return rows.map(toBudget);
}

/** The version, the one before, and the version that each budget's baseline names: one statement for all of them. */
export async function findFigures(database: Transaction, place: Place, budgets: readonly Budget[]): Promise<Figures> {
  const wanted = new Map(budgets.map(({ baseline }) => [JSON.stringify(baseline), baseline]));
  const found =
    place.modelId === null ? new Map<string, WeighedVersion>() : await findVersions(database, place, wanted);
  const slot = (name: string) => found.get(name) ?? null;
  const { before } = place;
  const [previous, first] = [before?.weighed ?? slot('previous'), slot('first')];
  const previousIs = before?.why ?? 'the version before';
  const kept = await findKept(database, place, budgets, found.get('previous')?.brokenBudgets ?? []);
  const chosen = budgets.map(({ id, baseline }): ChosenBase => {
    const { kind } = baseline;
    if (before?.isGiven && (kind === 'PREVIOUS' || kind === 'ALIAS')) {
      return { kind: 'GIVEN', weighed: previous, fallback: false, why: previousIs };
    }
    if (before && !before.isGiven && before.versionId === null) {
      return { kind, weighed: null, fallback: false, why: previousIs };
    }
    const found = slot(JSON.stringify(baseline));
    const withdrawn = found?.withdrawn ?? false;
    return chooseBase(baseline, {
      named: withdrawn ? null : found,
      withdrawn,
      previous,
      previousIs,
      first,
      kept: kept.get(id) ?? null,
    });
  });
  const subject = slot('subject');
  return { subject, previous, chosen: place.isAskedAnew === true ? chosen.map(orItself(subject)) : chosen };
}

/** The only version has grown by nothing: a branch that does not change it need not wait for a second one. */
function orItself(only: WeighedVersion | null): (base: ChosenBase) => ChosenBase {
  const why = 'these are the bytes of the only version';
  return (base) => (base.weighed === null ? { kind: 'FIRST', weighed: only, fallback: true, why } : base);
}

type VersionFigures = MeasurementRow & {
  slot: string;
  brokenBudgets: string[] | null;
  number: number;
  withdrawn: boolean;
  digest: string;
  inspectionId: string;
  inspectionVersion: number;
};

async function findVersions(
  database: Transaction,
  place: Place,
  wanted: ReadonlyMap<string, Baseline>,
): Promise<Map<string, WeighedVersion>> {
  const parts = [
    { slot: 'previous', version: previous(place) },
    { slot: 'first', version: baselineSql({ kind: 'FIRST' }, comparedAt(place)) },
    ...(place.version === null ? [] : [{ slot: 'subject', version: sql`WHERE v.id = ${place.version.id}::uuid` }]),
    ...[...wanted]
      .filter(([, { kind }]) => kind !== 'PREVIOUS' && kind !== 'FIRST') // which are read anyway
      .map(([slot, baseline]) => ({ slot, version: baselineSql(baseline, comparedAt(place)) })),
  ];
  const all = parts.map(
    ({ slot, version }) => sql`(SELECT ${slot}::text AS slot, v.* FROM version v ${version} LIMIT 1)`,
  );
  return readFigures(database, sql`(${join(all, ' UNION ALL ')}) AS v`, place.before === undefined);
}

/** Of versions `v` with a slot each. `broken`: of the one before also what it broke. */
async function readFigures(
  database: Transaction,
  versions: Sql,
  broken: boolean,
): Promise<Map<string, WeighedVersion>> {
  const brokenBudgets = broken
    ? sql`CASE WHEN v.slot = 'previous' THEN ARRAY(SELECT f.budget_id::text ${brokenLimits(sql`v.id`)}) END`
    : sql`NULL`;
  const rows = await database.$queryRaw<VersionFigures[]>`
    SELECT v.slot, v.number, v.withdrawn_at IS NOT NULL AS withdrawn, v.artifact_digest AS digest, v.inspection_id AS "inspectionId",
      v.inspection_version AS "inspectionVersion", ${brokenBudgets} AS "brokenBudgets", ${MEASUREMENT_COLUMNS}
    FROM ${versions}`;
  return new Map(
    rows.map(({ slot, number, withdrawn, digest, inspectionId, inspectionVersion, brokenBudgets, ...figures }) => [
      slot,
      {
        number,
        withdrawn,
        digest,
        inspectionId,
        inspectionVersion,
        brokenBudgets: brokenBudgets ?? [],
        measurements: toMeasurements(figures),
        parts: NO_PARTS,
      },
    ]),
  );
}

/**
 * Limits on growth that a version broke when it was published, or took over broken, and that no approval covers now. Later checks of
 * it do not count: who publishes may ask for them, also against an alias of his own.
 */
function brokenLimits(versionId: Sql): Sql {
  return sql`FROM version_check c JOIN check_finding f ON f.check_id = c.id
    WHERE c.version_id = ${versionId} AND c.trigger = 'PUBLISH' AND f.limit_kind = 'MAX_INCREASE_PERCENT'
      AND (f.outcome = 'FAIL' OR f.reason = 'INHERITED') AND NOT ${isCovered(sql`f.key`, sql`f.value`)}`;
}

/** By budget the last version before that did not break it; nothing is read while the version before broke none. */
async function findKept(
  database: Transaction,
  place: Place,
  budgets: readonly Budget[],
  brokenBudgets: readonly string[],
): Promise<Map<string, WeighedVersion>> {
  const asked = budgets.filter(({ id, baseline: { kind } }) => {
    return brokenBudgets.includes(id) && (kind === 'PREVIOUS' || kind === 'ALIAS');
  });
  if (asked.length === 0) return new Map();
  const isKept = sql`NOT EXISTS (SELECT ${brokenLimits(sql`v.id`)} AND f.budget_id = asked.id)`;
  const versions = sql`unnest(${asked.map(({ id }) => id)}::uuid[]) AS asked(id) CROSS JOIN LATERAL (
    SELECT asked.id::text AS slot, v.* FROM version v
    WHERE v.model_id = ${place.modelId}::uuid AND v.withdrawn_at IS NULL AND ${below(place.version)} AND ${isKept}
    ORDER BY v.number DESC LIMIT 1) AS v`;
  return readFigures(database, versions, false);
}

function previous(place: Place): Sql {
  if (place.before !== undefined) return sql`WHERE v.id = ${place.before.versionId}::uuid`;
  return baselineSql({ kind: 'PREVIOUS' }, comparedAt(place));
}

function comparedAt({ modelId, version }: Place): Compared {
  return {
    modelId: sql`${modelId}::uuid`,
    version: version && { id: sql`${version.id}::uuid`, number: sql`${version.number}::int` },
    mayBeItself: false,
  };
}

function below(version: Place['version']): Sql {
  return version === null ? sql`TRUE` : sql`v.number < ${version.number}::int`;
}

type NodeRow = Pick<
  RecurrentNodeRow,
  | 'inspectionId'
  | 'path'
  | 'opType'
  | 'inputSize'
  | 'hiddenSize'
  | 'numDirections'
  | 'biasConvention'
  | 'peepholes'
  | 'stored'
  | 'effective'
  | 'verdict'
>;

interface CellsRow {
  inspectionId: string;
  inspectionVersion: number;
  found: bigint;
  isWhole: boolean;
  cells: (Pick<DecomposedCell, 'path' | 'params'> & Parameters<typeof workOfCell>[0])[];
}

/** The recurrent nodes and written-out cells of inspections, as far as they are measured. */
export async function findMeasuredParts(
  database: Transaction,
  inspectionIds: readonly string[],
): Promise<Map<string, MeasuredParts>> {
  const nodes = await findMeasuredNodes(database, inspectionIds);
  const rows = await database.$queryRaw<CellsRow[]>`
    SELECT i.id AS "inspectionId", i.inspection_version AS "inspectionVersion", i.decomposed_cell_count AS found, i.decomposed_whole AS "isWhole",
      (SELECT coalesce(jsonb_agg(c - 'reason'), '[]') FROM jsonb_array_elements(i.decomposed_cells) AS c) AS cells
    FROM inspection i WHERE i.id = ANY(${[...inspectionIds]}::uuid[])`;
  return new Map(
    rows.map(({ inspectionId, inspectionVersion, found, isWhole, cells }) => {
      const cellsAreWhole = areCellsWhole(inspectionVersion, { cells: toCount(found), isWhole }, cells.length);
      const measured = cells.map((cell) => measuredCell({ ...cell, ...workOfCell(cell) }));
      return [inspectionId, { nodes: nodes.get(inspectionId) ?? [], cells: measured, cellsAreWhole }];
    }),
  );
}

async function findMeasuredNodes(
  database: Transaction,
  inspectionIds: readonly string[],
): Promise<Map<string, MeasuredNode[]>> {
  const nodes = new Map<string, MeasuredNode[]>(inspectionIds.map((id) => [id, []]));
  const rows = await database.$queryRaw<NodeRow[]>`
    SELECT n.inspection_id AS "inspectionId", n.path, n.op_type AS "opType", n.input_size AS "inputSize",
      n.hidden_size AS "hiddenSize", n.num_directions AS "numDirections", n.bias_convention AS "biasConvention",
      n.peepholes, n.stored, n.effective, n.verdict
    FROM recurrent_node n WHERE n.inspection_id = ANY(${[...nodes.keys()]}::uuid[]) ORDER BY n.inspection_id, n.position`;
  for (const row of rows) {
    const sizes = toSizes(row);
    nodes.get(row.inspectionId)?.push({
      path: row.path,
      opType: sizes.opType,
      biasConvention: sizes.biasConvention,
      stored: toCountOrNull(row.stored),
      effective: toCountOrNull(row.effective),
      verdict: row.verdict as Verdict,
      ...workOf(sizes),
    });
  }
  return nodes;
}

/** More versions than this are not told apart: the sum is still right, since each is compared with the one shown before it. */
const STEPS_MAX = 10_000;
/** Where the nodes of each have to be added up. */
const STEPS_OF_NODES_MAX = 1_000;

/**
 * What a budget measures, of each version after a pinned base that can be compared with it, the lowest number first; null where it is
 * not stored for single nodes.
 */
export async function findSteps(
  database: Transaction,
  { modelId, version }: Place,
  base: Weighed & { number: number },
  { metric, dtype, selector }: Pick<Budget, 'metric' | 'dtype' | 'selector'>,
): Promise<{ number: number; value: number }[] | null> {
  const ofParts = selector === null ? null : selectedPartsSql(metric, selector);
  if (selector !== null && ofParts === null) return null;
  const { value, exact } = ofParts ?? metricSql('v', { metric, dtype });
  const rows = await database.$queryRaw<{ number: number; value: bigint }[]>`
    SELECT v.number, ${value} AS value FROM version v ${ofParts?.join ?? Prisma.empty}
    WHERE v.model_id = ${modelId}::uuid AND v.number > ${base.number}::int AND ${below(version)} AND v.withdrawn_at IS NULL
      AND v.inspection_version = ${base.inspectionVersion}::int AND ${exact}
    ORDER BY v.number LIMIT ${ofParts ? STEPS_OF_NODES_MAX : STEPS_MAX}::int`;
  return rows.map((row) => ({ number: row.number, value: toCount(row.value) }));
}

/** As core's `readMetricOfParts`; null where a part of the metric is not stored. */
function selectedPartsSql(metric: Metric, selector: NodeSelector): { value: Sql; exact: Sql; join: Sql } | null {
  const { node, cell, bound } = factsOf(metric);
  if (node?.sql === null || cell?.sql === null) return null;
  const verified = bound ? " AND n.verdict <> 'UNVERIFIABLE'" : '';
  const fitting = (opType: string, path: string) => {
    const conditions = [sql`TRUE`];
    if (selector.opType !== null) conditions.push(sql`${raw(opType)} = ${selector.opType}::text`);
    if (selector.path !== null) {
      conditions.push(sql`${raw(path)} LIKE ${globToLike(selector.path)}::text ESCAPE '\\'`);
    }
    return join(conditions, ' AND ');
  };
  const sums = [
    node &&
      sql`SELECT ${raw(node.sql)} AS value, ${raw(`(${node.sql} IS NOT NULL${verified})`)} AS known
        FROM recurrent_node n WHERE n.inspection_id = v.inspection_id AND ${fitting('n.op_type', 'n.path')}`,
    cell &&
      sql`SELECT ${raw(cell.sql)}, TRUE FROM inspection i, jsonb_array_elements(i.decomposed_cells) AS c
        WHERE i.id = v.inspection_id AND ${fitting("c ->> 'cell'", "c ->> 'path'")}`,
    cell &&
      sql`SELECT 0, (i.inspection_version >= ${CELLS_SINCE}::int AND i.decomposed_whole AND i.decomposed_cell_count = jsonb_array_length(i.decomposed_cells))
        FROM inspection i WHERE i.id = v.inspection_id`,
  ].filter((sum) => sum !== undefined);
  return {
    value: sql`picked.value`,
    exact: sql`picked.known`,
    join: sql`CROSS JOIN LATERAL (
      SELECT coalesce(sum(part.value), 0)::bigint AS value, coalesce(bool_and(part.known), TRUE) AS known
      FROM (${join(sums, ' UNION ALL ')}) AS part(value, known)) AS picked`,
  };
}
