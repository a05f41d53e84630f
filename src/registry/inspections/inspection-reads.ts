/**
 * Reads of inspections, with their lists of written-out cells, stored tensors and duplicates. Ids come from versions and artifacts that
 * the principal sees; only `seenInspections` takes ids from outside, and checks them.
 */
import type { Page, PageRequest, StoredInspection } from '../../core/catalog.js';
import type { DecomposedCell } from '../../core/inspection.js';
import type { Principal } from '../../core/principal.js';
import type { ElementClass, DuplicateGroup, StoredTensor } from '../../core/stored-tensors.js';
import { Prisma } from '../../database/client.js';
import { INSPECTION_VERSION } from '../../onnx/inspect.js';
import { CLASS_PLACE } from '../rows/kept-values.js';
import { INSPECTION_COLUMNS, select } from '../rows/select.js';
import { visibleTo } from '../rows/model-names.js';
import type { Reads } from '../needs.js';
import { readPages, type ListQuery } from '../rows/pages.js';
import { toInspection, type InspectionRow } from '../rows/records.js';
import { toDecomposedCell, toDuplicateGroup, toTensorOfList, type StoredMemberRow } from '../rows/stored-lists.js';

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
  needs: Reads,
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
  needs: Reads,
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

/** Cells written out in small operators, in the order of the graph, the same page of each inspection; those before version 2 have none. */
export function listDecomposedCells(
  needs: Reads,
  inspectionIds: readonly string[],
  page: PageRequest,
): Promise<Map<string, Page<DecomposedCell>>> {
  return readPages(
    needs,
    storedList(sql`jsonb_array_elements(i.decomposed_cells)`, 'decomposedCells', toDecomposedCell),
    page,
    {
      column: sql`i.id`,
      type: 'uuid',
      ids: inspectionIds,
    },
  );
}

/** The largest first, the same page of each inspection; of one class, where it is given. Those before version 3 have none. */
export function listStoredTensors(
  needs: Reads,
  inspectionIds: readonly string[],
  request: { class?: ElementClass; page: PageRequest },
): Promise<Map<string, Page<StoredTensor>>> {
  const whole = storedList(sql`json_array_elements(i.tensors)`, 'storedTensors', toTensorOfList);
  const { class: wanted } = request;
  const list =
    wanted === undefined
      ? whole
      : { ...whole, identity: ['storedTensors', wanted], condition: sql`t.member ->> ${CLASS_PLACE}::int = ${wanted}` };
  return readPages(needs, list, request.page, { column: sql`i.id`, type: 'uuid', ids: inspectionIds });
}

/** Groups of equal tensors, the most bytes first, the same page of each inspection; those before version 3 have none. */
export function listDuplicates(
  needs: Reads,
  inspectionIds: readonly string[],
  page: PageRequest,
): Promise<Map<string, Page<DuplicateGroup>>> {
  return readPages(needs, storedList(sql`jsonb_array_elements(i.duplicates)`, 'duplicates', toDuplicateGroup), page, {
    column: sql`i.id`,
    type: 'uuid',
    ids: inspectionIds,
  });
}

/** A list that an inspection keeps as JSON, in the order that it has there. */
function storedList<Node>(
  members: Prisma.Sql,
  name: string,
  toNode: (row: StoredMemberRow) => Node,
): ListQuery<StoredMemberRow, Node> {
  return {
    identity: [name],
    columns: sql`i.id, t.member`,
    from: sql`inspection i CROSS JOIN LATERAL ${members} WITH ORDINALITY AS t(member, position)`,
    condition: sql`TRUE`,
    key: sql`t.position`,
    keyKind: 'integer',
    direction: 'ASC',
    toNode,
  };
}
