/**
 * Reads of what was found in artifacts: inspections, recurrent nodes, weights, external data. Ids come from versions and
 * artifacts that the principal sees; only `seenInspections` takes ids from outside, and checks them.
 */
import type {
  Artifact,
  Page,
  PageRequest,
  RecurrentNodeFilter,
  StoredInspection,
  StoredRecurrentNode,
  StoredRecurrentStack,
  VersionExternalData,
} from '../../core/catalog.js';
import type { DecomposedCell, ElementClass, Weight } from '../../core/inspection.js';
import type { Principal } from '../../core/principal.js';
import type { DuplicateGroup, StoredTensor } from '../../core/stored-tensors.js';
import { Prisma } from '../../database/client.js';
import { INSPECTION_VERSION } from '../../onnx/inspect.js';
import {
  INSPECTION_COLUMNS,
  RECURRENT_NODE_COLUMNS,
  RECURRENT_STACK_COLUMNS,
  WEIGHT_COLUMNS,
  select,
} from '../rows/select.js';
import { recurrentNodeCondition, visibleTo } from '../rows/filters.js';
import type { Needs, Reads } from '../needs.js';
import { readPages } from '../rows/pages.js';
import {
  toArtifact,
  toCountOrNull,
  toDecomposedCells,
  toDuplicates,
  toInspection,
  toRecurrentStack,
  toStoredTensor,
  toStoredRecurrentNode,
  toWeight,
  type ArtifactRow,
  type InspectionRow,
  type RecurrentNodeRow,
  type RecurrentStackRow,
  type StoredTensorRow,
  type WeightRow,
} from '../rows/records.js';

const { sql } = Prisma;

/** What new artifacts are read at. */
export const inspectionVersion = INSPECTION_VERSION;

export async function loadInspections(needs: Reads, ids: readonly string[]): Promise<Map<string, StoredInspection>> {
  const rows = await select<InspectionRow>(
    needs,
    sql`SELECT ${INSPECTION_COLUMNS} FROM inspection i WHERE i.id = ANY(${[...ids]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, toInspection(row)]));
}

/** By digest, the newest inspection of each artifact without external data; external data files have none. */
export async function loadInspectionsByDigest(
  needs: Needs,
  digests: readonly string[],
): Promise<Map<string, StoredInspection>> {
  const rows = await select<InspectionRow>(
    needs,
    sql`
    SELECT DISTINCT ON (i.artifact_digest) ${INSPECTION_COLUMNS} FROM inspection i
    WHERE i.artifact_digest = ANY(${[...digests]}::text[]) AND i.external_key = ''
    ORDER BY i.artifact_digest, i.inspection_version DESC`,
  );
  return new Map(rows.map((row) => [row.artifactDigest, toInspection(row)]));
}

/**
 * Those of the ids whose artifact the principal may read: it sees a version that holds it, or uploaded it. What was found with
 * external data is seen through a version that has that data.
 */
export async function seenInspections(
  needs: Needs,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, StoredInspection>> {
  const rows = await select<InspectionRow>(
    needs,
    sql`
    SELECT ${INSPECTION_COLUMNS} FROM inspection i WHERE i.id = ANY(${[...ids]}::uuid[]) AND (
      EXISTS (SELECT 1 FROM version v WHERE v.artifact_digest = i.artifact_digest
                AND (i.external_key = '' OR v.inspection_id = i.id) AND ${visibleTo(principal, sql`v.model_name`)})
      OR i.external_key = '' AND EXISTS (SELECT 1 FROM artifact_upload u
                 WHERE u.artifact_digest = i.artifact_digest AND u.token_id = ${principal.tokenId}::uuid))`,
  );
  return new Map(rows.map((row) => [row.id, toInspection(row)]));
}

/** With the id of the inspection that each node belongs to, which the caller must check. */
export async function loadRecurrentNodes(
  needs: Needs,
  ids: readonly string[],
): Promise<Map<string, { node: StoredRecurrentNode; inspectionId: string }>> {
  const rows = await select<RecurrentNodeRow>(
    needs,
    sql`SELECT ${RECURRENT_NODE_COLUMNS} FROM recurrent_node n WHERE n.id = ANY(${[...ids]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, { node: toStoredRecurrentNode(row), inspectionId: row.inspectionId }]));
}

/** In the order of the graph, the same page of each inspection. */
export function listRecurrentNodes(
  needs: Needs,
  inspectionIds: readonly string[],
  request: { where?: RecurrentNodeFilter; page: PageRequest },
): Promise<Map<string, Page<StoredRecurrentNode>>> {
  return readPages<RecurrentNodeRow, StoredRecurrentNode>(
    needs,
    {
      identity: ['recurrentNodes', request.where],
      columns: RECURRENT_NODE_COLUMNS,
      from: sql`recurrent_node n`,
      condition: recurrentNodeCondition(request.where),
      key: sql`n.position`,
      keyKind: 'integer',
      direction: 'ASC',
      toNode: toStoredRecurrentNode,
    },
    request.page,
    { column: sql`n.inspection_id`, type: 'uuid', ids: inspectionIds },
  );
}

/** In the order of the graph, the same page of each inspection; inspections before version 2 have none. */
export function listRecurrentStacks(
  needs: Needs,
  inspectionIds: readonly string[],
  page: PageRequest,
): Promise<Map<string, Page<StoredRecurrentStack>>> {
  return readPages<RecurrentStackRow, StoredRecurrentStack>(
    needs,
    {
      identity: ['recurrentStacks'],
      columns: RECURRENT_STACK_COLUMNS,
      from: sql`recurrent_stack s`,
      condition: sql`TRUE`,
      key: sql`s.position`,
      keyKind: 'integer',
      direction: 'ASC',
      toNode: toRecurrentStack,
    },
    page,
    { column: sql`s.inspection_id`, type: 'uuid', ids: inspectionIds },
  );
}

/** Cells written out in small operators, so many of each inspection; those before version 2 have none. */
export async function loadDecomposedCells(
  needs: Needs,
  inspectionIds: readonly string[],
  first: number,
): Promise<Map<string, DecomposedCell[]>> {
  const rows = await select<{ id: string; cells: Prisma.JsonValue }>(
    needs,
    sql`
    SELECT i.id, jsonb_path_query_array(i.decomposed_cells, '$[0 to $last]', jsonb_build_object('last', ${first - 1}::int)) AS cells
    FROM inspection i WHERE i.id = ANY(${[...inspectionIds]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, toDecomposedCells(row)]));
}

/** The largest first, the same page of each inspection; of one class, where it is given. Those before version 3 have none. */
export function listStoredTensors(
  needs: Needs,
  inspectionIds: readonly string[],
  request: { class?: ElementClass; page: PageRequest },
): Promise<Map<string, Page<StoredTensor>>> {
  return readPages<StoredTensorRow, StoredTensor>(
    needs,
    {
      identity: ['storedTensors', request.class],
      columns: sql`i.id, t.tensor`,
      from: sql`inspection i CROSS JOIN LATERAL jsonb_array_elements(i.tensors) WITH ORDINALITY AS t(tensor, position)`,
      condition: request.class === undefined ? sql`TRUE` : sql`t.tensor ->> 'class' = ${request.class}`,
      key: sql`t.position`,
      keyKind: 'integer',
      direction: 'ASC',
      toNode: toStoredTensor,
    },
    request.page,
    { column: sql`i.id`, type: 'uuid', ids: inspectionIds },
  );
}

/** Groups of equal tensors, so many of each inspection; those before version 3 have none. */
export async function loadDuplicates(
  needs: Needs,
  inspectionIds: readonly string[],
  first: number,
): Promise<Map<string, DuplicateGroup[]>> {
  const rows = await select<{ id: string; duplicates: Prisma.JsonValue }>(
    needs,
    sql`
    SELECT i.id, jsonb_path_query_array(i.duplicates, '$[0 to $last]', jsonb_build_object('last', ${first - 1}::int)) AS duplicates
    FROM inspection i WHERE i.id = ANY(${[...inspectionIds]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, toDuplicates(row)]));
}

export async function loadWeights(needs: Needs, nodeIds: readonly string[]): Promise<Map<string, Weight[]>> {
  const rows = await select<WeightRow>(
    needs,
    sql`
    SELECT ${WEIGHT_COLUMNS} FROM weight w WHERE w.node_id = ANY(${[...nodeIds]}::uuid[]) ORDER BY w.node_id, w.position`,
  );
  const weights = new Map<string, Weight[]>(nodeIds.map((id) => [id, []]));
  for (const row of rows) weights.get(row.nodeId)?.push(toWeight(row));
  return weights;
}

export async function loadArtifacts(needs: Needs, digests: readonly string[]): Promise<Map<string, Artifact>> {
  const rows = await select<Pick<ArtifactRow, 'digest' | 'byteSize'>>(
    needs,
    sql`SELECT a.digest, a.byte_size AS "byteSize" FROM artifact a WHERE a.digest = ANY(${[...digests]}::text[])`,
  );
  return new Map(rows.map((row) => [row.digest, toArtifact(row)]));
}

/**
 * When each artifact came into the principal's sight: its own upload, or the first version that it sees and that holds the bytes.
 * Never when they first came at all: that would tell what others have.
 */
export async function loadFirstSeen(
  needs: Needs,
  principal: Principal,
  digests: readonly string[],
): Promise<Map<string, Date>> {
  const asked = sql`${[...digests]}::text[]`;
  const seen = visibleTo(principal, sql`v.model_name`);
  const rows = await select<{ digest: string; at: Date }>(
    needs,
    sql`
    SELECT digest, min(at) AS at FROM (
      SELECT u.artifact_digest AS digest, u.created_at AS at FROM artifact_upload u
        WHERE u.artifact_digest = ANY(${asked}) AND u.token_id = ${principal.tokenId}::uuid
      UNION ALL SELECT v.artifact_digest, v.created_at FROM version v
        WHERE v.artifact_digest = ANY(${asked}) AND ${seen}
      UNION ALL SELECT x.artifact_digest, v.created_at FROM version_external_data x JOIN version v ON v.id = x.version_id
        WHERE x.artifact_digest = ANY(${asked}) AND ${seen}) AS sight
    GROUP BY digest`,
  );
  return new Map(rows.map((row) => [row.digest, row.at]));
}

interface ExternalDataRow {
  versionId: string;
  location: string;
  digest: string | null;
  byteSize: bigint | null;
  claimedBytes: bigint | null;
}

/** What the tensors of each version name, joined with the files that came with it. */
export async function loadExternalData(
  needs: Needs,
  versionIds: readonly string[],
): Promise<Map<string, VersionExternalData[]>> {
  const rows = await select<ExternalDataRow>(
    needs,
    sql`
    WITH chosen AS (SELECT v.id, v.inspection_id FROM version v WHERE v.id = ANY(${[...versionIds]}::uuid[])),
    claimed AS (
      SELECT c.id, e.location, e."claimedBytes" FROM chosen c JOIN inspection i ON i.id = c.inspection_id
      CROSS JOIN LATERAL jsonb_to_recordset(i.external_data) AS e(location text, "claimedBytes" bigint)),
    given AS (
      SELECT c.id, x.location, x.artifact_digest, a.byte_size FROM chosen c
      JOIN version_external_data x ON x.version_id = c.id JOIN artifact a ON a.digest = x.artifact_digest)
    SELECT coalesce(claimed.id, given.id) AS "versionId", coalesce(claimed.location, given.location) AS location,
      given.artifact_digest AS digest, given.byte_size AS "byteSize", claimed."claimedBytes"
    FROM claimed FULL JOIN given ON given.id = claimed.id AND given.location = claimed.location
    ORDER BY 1, 2`,
  );
  const files = new Map<string, VersionExternalData[]>(versionIds.map((id) => [id, []]));
  for (const row of rows) {
    files.get(row.versionId)?.push({
      location: row.location,
      digest: row.digest,
      byteSize: toCountOrNull(row.byteSize),
      present: row.digest !== null,
      claimedBytes: toCountOrNull(row.claimedBytes),
    });
  }
  return files;
}
