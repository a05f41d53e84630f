/**
 * Reads of versions; what makes them is in publish/versions.ts. A principal sees only those of the models that its glob fits, in every
 * statement here. Must never load more rows than a page, and never one row at a time for many parents.
 */
import type {
  Order,
  Page,
  PageRequest,
  Version,
  VersionFilter,
  VersionOrderField,
  VersionRef,
} from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { factsOf, MEASURED_METRICS, type MeasuredMetric } from '../../core/metrics.js';
import { knownColumn } from '../rows/measurements.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { FIGURE_COLUMNS, VERSION_COLUMNS, select } from '../rows/select.js';
import { versionCondition } from '../rows/filters.js';
import { isNamed, keyOf, visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { readPage, readPages, type KeyKind, type ListQuery } from '../rows/pages.js';
import { toFigures, toVersion, type FigureRow, type VersionRow } from '../rows/records.js';
import { versionsByFacts, wayByFacts } from '../rows/version-facts.js';

const { sql } = Prisma;
type Sql = Prisma.Sql;

export interface VersionList {
  where?: VersionFilter;
  orderBy?: Order<VersionOrderField>;
  /** Read the figures of each version along. */
  figures?: boolean;
  page: PageRequest;
}

/** An unknown figure is less than any: one order has them all, and an index over (key, id) serves it. */
const METRIC_KEYS = Object.fromEntries(
  MEASURED_METRICS.map((metric) => {
    const { nullable, knownWith } = factsOf(metric);
    const column = knownColumn('v', metric);
    const key = Prisma.raw(nullable || knownWith ? `coalesce(${column}, -1)` : column);
    return [metric, { key, kind: 'integer' }];
  }),
) as Record<MeasuredMetric, { key: Sql; kind: KeyKind }>;

const VERSION_KEYS: Record<VersionOrderField, { key: Sql; kind: KeyKind }> = {
  NUMBER: { key: sql`v.number`, kind: 'integer' },
  CREATED_AT: { key: sql`v.created_at`, kind: 'date' },
  MODEL_NAME: { key: keyOf(sql`v.model_name`), kind: 'text' },
  ...METRIC_KEYS,
};

export async function loadVersions(
  needs: Reads,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, Version>> {
  const rows = await select<VersionRow>(
    needs,
    sql`
    SELECT ${VERSION_COLUMNS} FROM version v
    WHERE v.id = ANY(${[...ids]}::uuid[]) AND ${visibleTo(principal, sql`v.model_name`)}`,
  );
  return new Map(rows.map((row) => [row.id, toVersion(row)]));
}

/** Null when there is none, or none that the principal sees; with a digest, the highest number that holds these bytes. */
export async function findVersion(
  needs: Reads,
  principal: Principal,
  modelName: string,
  ref: VersionRef,
): Promise<Version | null> {
  const found = await selectByRef(needs, principal, isNamed(sql`v.model_name`, modelName), ref);
  return found[0] ?? null;
}

/** The same reference in many models, by model id. */
export async function findVersions(
  needs: Reads,
  principal: Principal,
  modelIds: readonly string[],
  ref: VersionRef,
): Promise<Map<string, Version>> {
  const found = await selectByRef(needs, principal, sql`v.model_id = ANY(${[...modelIds]}::uuid[])`, ref);
  return new Map(found.map((version) => [version.modelId, version]));
}

async function selectByRef(needs: Reads, principal: Principal, models: Sql, ref: VersionRef): Promise<Version[]> {
  const named = namedBy(ref);
  if (named === null) return [];
  const rows = await select<VersionRow>(
    needs,
    sql`
    SELECT DISTINCT ON (v.model_id) ${VERSION_COLUMNS} FROM version v
    WHERE ${models} AND ${named} AND ${visibleTo(principal, sql`v.model_name`)}
    ORDER BY v.model_id, v.number DESC`,
  );
  return rows.map(toVersion);
}

function namedBy(ref: VersionRef): Sql | null {
  const { number, alias, digest } = ref;
  if ([number, alias, digest].filter((value) => value !== undefined && value !== null).length !== 1) {
    throw new WeighbridgeError('INPUT_INVALID', 'name a version by exactly one of number, alias and digest', {
      field: ['ref'],
    });
  }
  if (alias?.includes('\0') || digest?.includes('\0')) return null;
  if (typeof number === 'number') return sql`v.number = ${number}::bigint`;
  if (typeof alias !== 'string') return sql`v.artifact_digest = ${digest}::text`;
  return sql`v.id IN (SELECT a.version_id FROM alias a WHERE a.model_id = v.model_id AND a.name = ${alias}::text)`;
}

/** Over the whole registry; the newest first unless an order is given. */
export async function listVersions(needs: Reads, principal: Principal, request: VersionList): Promise<Page<Version>> {
  const list = versionList(principal, request, { field: 'CREATED_AT', direction: 'DESC' });
  const isByDate = (request.orderBy?.field ?? 'CREATED_AT') === 'CREATED_AT';
  const way = isByDate ? await wayByFacts(needs, principal, request.where) : null;
  if (way === null) return readPage(needs, list, request.page);
  // Else a page of what few versions are, or of what only older ones are, would be looked for among all of them.
  const condition = sql`${way.condition} AND ${visibleTo(principal, sql`v.model_name`)}`;
  const from = (direction: Sql) =>
    sql`${versionsByFacts(way.facts, direction)} AS f JOIN version v ON v.id = f.version_id`;
  return readPage(
    needs,
    { ...list, way: { from, condition, key: sql`f.created_at`, id: sql`f.version_id` } },
    request.page,
  );
}

/** The same page of each model; the highest number first unless an order is given. */
export function listVersionsOfModels(
  needs: Reads,
  principal: Principal,
  modelIds: readonly string[],
  request: VersionList,
): Promise<Map<string, Page<Version>>> {
  const { id, ...rest } = versionList(principal, request, { field: 'NUMBER', direction: 'DESC' });
  // Within a model a number is there once: sorted by it alone, the page is read off the index over model and number.
  const unique = request.orderBy === undefined || request.orderBy.field === 'NUMBER';
  const list = unique || id === undefined ? rest : { ...rest, id };
  return readPages(needs, list, request.page, { column: sql`v.model_id`, type: 'uuid', ids: modelIds });
}

/** The versions that hold each artifact, as far as the principal sees them. */
export function listVersionsOfArtifacts(
  needs: Reads,
  principal: Principal,
  digests: readonly string[],
  request: VersionList,
): Promise<Map<string, Page<Version>>> {
  const list = versionList(principal, request, { field: 'CREATED_AT', direction: 'DESC' });
  return readPages(needs, list, request.page, { column: sql`v.artifact_digest`, type: 'text', ids: digests });
}

function versionList(
  principal: Principal,
  request: VersionList,
  orderByDefault: Order<VersionOrderField>,
): ListQuery<VersionRow, Version> {
  const { field, direction } = request.orderBy ?? orderByDefault;
  return {
    identity: ['versions', request.where, field],
    columns: request.figures ? sql`${VERSION_COLUMNS}, ${FIGURE_COLUMNS}` : VERSION_COLUMNS,
    from: sql`version v`,
    condition: sql`${versionCondition(request.where)} AND ${visibleTo(principal, sql`v.model_name`)}`,
    key: VERSION_KEYS[field].key,
    keyKind: VERSION_KEYS[field].kind,
    direction,
    id: sql`v.id`,
    toNode: (row) => (request.figures ? withFigures(row as VersionRow & FigureRow) : toVersion(row)),
  };
}

function withFigures(row: VersionRow & FigureRow): Version {
  return { ...toVersion(row), figures: toFigures(row) };
}
