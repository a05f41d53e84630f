/**
 * What holds the space of the store: by class of bytes, by model, by what is held more than once. For whoever runs the registry: what one
 * model frees says whether others have the same bytes, so that nobody may ask who cannot see all of them. Must never count an artifact
 * twice in one sum without a name that says so.
 */
import type { Page, PageRequest } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Needs, Reads } from '../needs.js';
import { fitsNameGlob } from '../rows/model-names.js';
import { type ListQuery, readPage } from '../rows/pages.js';
import { toCount } from '../rows/records.js';
import { select } from '../rows/select.js';
import { requireAllModels } from './artifact-walk.js';
import { type Holders, loadHolders } from './holders.js';

const { sql } = Prisma;

export const SPACE_CLASSES = ['LIVE', 'WITHDRAWN', 'NOT_HELD', 'NO_ARTIFACT'] as const;
export type SpaceClass = (typeof SPACE_CLASSES)[number];

export interface ClassSpace {
  class: SpaceClass;
  blobs: number;
  byteSize: number;
}

/** Names or patterns that may be asked for at once. */
export const SPACE_MODELS_MAX = 100;
/** Blobs classed in one statement. */
const BLOBS_PER_STATEMENT = 1_000;

export interface ModelSpace {
  model: string;
  /** Withdrawn ones too. */
  versions: number;
  /** Artifacts of its versions, each counted once. */
  byteSize: number;
  /** Of those, what no other model has: what deleting it would let go. */
  aloneByteSize: number;
  /** Of those, what only withdrawn versions of it have. */
  withdrawnByteSize: number;
}

export interface DuplicateSpace {
  digest: string;
  byteSize: number;
  /** Versions that have it; one that has it under two names counts twice. */
  places: number;
  models: number;
  /** What all places but one would take. */
  savedByteSize: number;
  heldBy: Holders['first'];
}

export interface SpaceTotals {
  models: number;
  versions: number;
  /** Artifacts of these models, each counted once: what some model has alone and what several have. */
  byteSize: number;
  aloneByteSize: number;
  sharedByteSize: number;
  savedByteSize: number;
}

/** Every blob of the store in one class, in one pass over it: the sum is what lies there. Needs `admin` for all models. */
export async function readSpaceByClass(needs: Needs, principal: Principal): Promise<ClassSpace[]> {
  requireAllModels(principal);
  const found = new Map<SpaceClass, ClassSpace>(
    SPACE_CLASSES.map((name) => [name, { class: name, blobs: 0, byteSize: 0 }]),
  );
  let digests: string[] = [];
  let sizes: number[] = [];
  const settle = async (): Promise<void> => {
    const rows = await select<{ class: SpaceClass; blobs: bigint; byteSize: bigint }>(needs, classOf(digests, sizes));
    for (const row of rows) {
      const sum = found.get(row.class);
      if (sum === undefined) throw new Error(`a blob is of no class: ${row.class}`);
      sum.blobs += toCount(row.blobs);
      sum.byteSize += toCount(row.byteSize);
    }
    [digests, sizes] = [[], []];
  };
  for await (const { digest, byteSize } of needs.blobs.list()) {
    digests.push(digest);
    sizes.push(byteSize);
    if (digests.length === BLOBS_PER_STATEMENT) await settle();
  }
  if (digests.length > 0) await settle();
  return [...found.values()];
}

function classOf(digests: readonly string[], sizes: readonly number[]): Prisma.Sql {
  const held = (condition: Prisma.Sql) => sql`(
    EXISTS (SELECT FROM version v WHERE v.artifact_digest = a.digest AND ${condition})
    OR EXISTS (SELECT FROM version_external_data x JOIN version v ON v.id = x.version_id
      WHERE x.artifact_digest = a.digest AND ${condition}))`;
  return sql`
    SELECT class, count(*) AS blobs, sum(size)::bigint AS "byteSize" FROM (
      SELECT b.size, CASE
        WHEN a.digest IS NULL THEN 'NO_ARTIFACT'
        WHEN ${held(sql`v.withdrawn_at IS NULL`)} THEN 'LIVE'
        WHEN ${held(sql`TRUE`)} THEN 'WITHDRAWN'
        ELSE 'NOT_HELD' END AS class
      FROM unnest(${[...digests]}::text[], ${[...sizes]}::bigint[]) AS b(digest, size)
      LEFT JOIN artifact a ON a.digest = b.digest) AS classed
    GROUP BY class`;
}

export interface SpaceRequest {
  /** Names or patterns; all models if absent. */
  models?: readonly string[] | null | undefined;
}

/** Models with versions, the largest first. Needs `admin` for all models. Rejects with INPUT_INVALID, CURSOR_INVALID. */
export async function listSpaceByModel(
  needs: Reads,
  principal: Principal,
  { models, page }: SpaceRequest & { page: PageRequest },
): Promise<Page<ModelSpace>> {
  const where = chosen(principal, models);
  type Row = { id: string; model: string } & Record<
    'versions' | 'byteSize' | 'aloneByteSize' | 'withdrawnByteSize',
    bigint
  >;
  const list: ListQuery<Row, ModelSpace> = {
    identity: ['spaceByModel', models],
    columns: sql`s.id, s.model, s.versions, s.byte_size AS "byteSize", s.alone AS "aloneByteSize", s.withdrawn AS "withdrawnByteSize"`,
    from: sql`(${byModel(where)}) AS s`,
    condition: sql`TRUE`,
    key: sql`s.byte_size`,
    keyKind: 'integer',
    direction: 'DESC',
    id: sql`s.id`,
    toNode: (row) => ({
      model: row.model,
      versions: toCount(row.versions),
      byteSize: toCount(row.byteSize),
      aloneByteSize: toCount(row.aloneByteSize),
      withdrawnByteSize: toCount(row.withdrawnByteSize),
    }),
  };
  return readPage(needs, list, page);
}

/** Artifacts that have several places, what they save most first. Needs `admin` for all models. Rejects with INPUT_INVALID, CURSOR_INVALID. */
export async function listSpaceByDuplicate(
  needs: Reads,
  principal: Principal,
  { models, page }: SpaceRequest & { page: PageRequest },
): Promise<Page<DuplicateSpace>> {
  const where = chosen(principal, models);
  type Row = { id: string; digest: string } & Record<'byteSize' | 'places' | 'models' | 'saved', bigint>;
  const list: ListQuery<Row, DuplicateSpace> = {
    identity: ['spaceByDuplicate', models],
    columns: sql`s.id, s.digest, s.byte_size AS "byteSize", s.places, s.models, s.saved`,
    from: sql`(
      SELECT p.digest, substr(p.digest, 8, 32)::uuid AS id, a.byte_size, count(*) AS places, count(DISTINCT p.model_id) AS models,
        a.byte_size * (count(*) - 1) AS saved
      FROM (${places(where)}) AS p JOIN artifact a ON a.digest = p.digest WHERE a.freed_at IS NULL
      GROUP BY p.digest, a.byte_size HAVING count(*) > 1) AS s`,
    condition: sql`TRUE`,
    key: sql`s.saved`,
    keyKind: 'integer',
    direction: 'DESC',
    id: sql`s.id`,
    toNode: (row) => ({
      digest: row.digest,
      byteSize: toCount(row.byteSize),
      places: toCount(row.places),
      models: toCount(row.models),
      savedByteSize: toCount(row.saved),
      heldBy: [],
    }),
  };
  const found = await readPage(needs, list, page);
  const nodes = found.edges.map(({ node }) => node);
  const holders = await loadHolders(
    needs,
    nodes.map(({ digest }) => digest),
  );
  for (const node of nodes) node.heldBy = holders.get(node.digest)?.first ?? [];
  return found;
}

/** Needs `admin` for all models. Rejects with INPUT_INVALID. */
export async function readSpaceTotals(
  needs: Reads,
  principal: Principal,
  { models }: SpaceRequest,
): Promise<SpaceTotals> {
  const where = chosen(principal, models);
  type Row = Record<'models' | 'versions' | 'byteSize' | 'alone' | 'saved', bigint>;
  const [row] = await select<Row>(
    needs,
    sql`
    SELECT count(s.id) AS models, coalesce(sum(s.versions), 0)::bigint AS versions, coalesce(sum(s.alone), 0)::bigint AS alone,
      distinct_bytes.sum AS "byteSize", distinct_bytes.saved
    FROM (${byModel(where)}) AS s
    RIGHT JOIN (
      SELECT coalesce(sum(a.byte_size), 0)::bigint AS sum, coalesce(sum(a.byte_size * (d.places - 1)), 0)::bigint AS saved
      FROM (SELECT digest, count(*) AS places FROM (${places(where)}) AS p GROUP BY digest) AS d JOIN artifact a ON a.digest = d.digest
      WHERE a.freed_at IS NULL
    ) AS distinct_bytes ON TRUE
    GROUP BY distinct_bytes.sum, distinct_bytes.saved`,
  );
  if (row === undefined) throw new Error('sums have one row');
  const byteSize = toCount(row.byteSize);
  const aloneByteSize = toCount(row.alone);
  return {
    models: toCount(row.models),
    versions: toCount(row.versions),
    byteSize,
    aloneByteSize,
    sharedByteSize: byteSize - aloneByteSize,
    savedByteSize: toCount(row.saved),
  };
}

/** A condition on the version `v`. */
function chosen(principal: Principal, models: SpaceRequest['models']): Prisma.Sql {
  requireAllModels(principal);
  if (models === null || models === undefined) return sql`TRUE`;
  if (models.length < 1 || models.length > SPACE_MODELS_MAX) {
    const message = `models must be 1 to ${SPACE_MODELS_MAX} names or patterns`;
    throw new WeighbridgeError('INPUT_INVALID', message, { field: ['models'] });
  }
  return sql`(${Prisma.join(
    models.map((glob) => fitsNameGlob(sql`v.model_name`, glob)),
    ' OR ',
  )})`;
}

/** Where artifacts are held: a row for each version and model file, and for each file beside it. */
function places(where: Prisma.Sql): Prisma.Sql {
  return sql`
    SELECT v.id, v.model_id, v.model_name, v.withdrawn_at, v.artifact_digest AS digest FROM version v WHERE ${where}
    UNION ALL SELECT v.id, v.model_id, v.model_name, v.withdrawn_at, x.artifact_digest
      FROM version_external_data x JOIN version v ON v.id = x.version_id WHERE ${where}`;
}

/** Who else has an artifact is looked up by the indexes over digests, whatever models are asked for. */
function byModel(where: Prisma.Sql): Prisma.Sql {
  return sql`
    SELECT h.model_id AS id, min(h.model_name) AS model, min(c.versions) AS versions, coalesce(sum(a.byte_size) FILTER (WHERE a.freed_at IS NULL), 0)::bigint AS byte_size,
      coalesce(sum(a.byte_size) FILTER (WHERE NOT h.is_shared AND a.freed_at IS NULL), 0)::bigint AS alone,
      coalesce(sum(a.byte_size) FILTER (WHERE h.is_withdrawn AND a.freed_at IS NULL), 0)::bigint AS withdrawn
    FROM (
      SELECT g.*, EXISTS (SELECT FROM version o WHERE o.artifact_digest = g.digest AND o.model_id <> g.model_id)
        OR EXISTS (SELECT FROM version_external_data y JOIN version o ON o.id = y.version_id
          WHERE y.artifact_digest = g.digest AND o.model_id <> g.model_id) AS is_shared
      FROM (
        SELECT p.model_id, min(p.model_name) AS model_name, p.digest, bool_and(p.withdrawn_at IS NOT NULL) AS is_withdrawn
        FROM (${places(where)}) AS p GROUP BY p.model_id, p.digest) AS g) AS h
    JOIN artifact a ON a.digest = h.digest
    JOIN (SELECT v.model_id, count(*) AS versions FROM version v WHERE ${where} GROUP BY v.model_id) AS c ON c.model_id = h.model_id
    GROUP BY h.model_id`;
}
