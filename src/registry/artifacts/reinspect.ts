/**
 * Reads artifacts again whose inspection is older than this program's, with the external data that came with their versions, and
 * points these at the new one. An artifact at a time, each for itself: it may be stopped anywhere and go on later, and two at
 * once do the same work twice and no harm.
 */
import type { StoredInspection } from '../../core/catalog.js';
import type { Inspection } from '../../core/inspection.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { INSPECTION_VERSION } from '../../onnx/inspect.js';
import { type Walked, walkArtifacts, type WalkRequest } from './artifact-walk.js';
import { readAgain } from './artifacts.js';
import { type ExternalDataName, externalKeyOf, storedFiles } from './external-data.js';
import { retried, translated } from '../faults.js';
import { findInspection, recordInspection } from '../inspections/inspections.js';
import { measurementColumns } from '../rows/measurements.js';
import type { Needs } from '../needs.js';
import { select } from '../rows/select.js';
import { touchArtifacts } from '../rows/touches.js';

/** Versions that one statement points: the facts of each are made anew, so that with 100 sizes of nodes these take a second on the embedded database. */
const VERSIONS_AT_ONCE = 100;
/** Nodes that are read for the facts of these versions: fewer versions are pointed at once where they have more. */
const NODES_AT_ONCE = 100_000;

/**
 * As many artifacts as there is patience for, at least one. Needs `admin` for all models. Rejects as `walkArtifacts` does; an
 * artifact that cannot be read keeps its older inspection and is a failure in the answer.
 */
export function reinspectArtifacts(needs: Needs, principal: Principal, request: WalkRequest): Promise<Walked> {
  return walkArtifacts(needs, principal, request, { where: OLDER, each: (digest) => reinspect(needs, digest) });
}

/** Null when it went well. What is wrong with the database is wrong for all artifacts, and is thrown. */
async function reinspect(needs: Needs, digest: string): Promise<{ error: unknown } | null> {
  await touchArtifacts(needs, [digest]); // a sweep must not take it away meanwhile
  for (const externalData of [[], ...(await listExternalData(needs, digest))]) {
    const key = externalKeyOf(externalData);
    const known = await translated(() => findInspection(needs.database, digest, key, INSPECTION_VERSION));
    if (known !== null) {
      await pointVersions(needs, known, externalData);
      continue;
    }
    let read: Inspection;
    try {
      read = await readAgain(needs, digest, storedFiles(needs, externalData));
    } catch (error) {
      return { error };
    }
    await pointVersions(needs, await retried(() => recordInspection(needs, read, key)), externalData);
  }
  return null;
}

/** The files of a version `v`, by location. */
const FILES = Prisma.sql`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('location', x.location, 'digest', x.artifact_digest) ORDER BY x.location), '[]')
  FROM version_external_data x WHERE x.version_id = v.id)`;

function standsOnOlder(digest: string): Prisma.Sql {
  return Prisma.sql`v.artifact_digest = ${digest} AND EXISTS (
    SELECT FROM inspection i WHERE i.id = v.inspection_id AND i.inspection_version < ${INSPECTION_VERSION})`;
}

/** The external data of the versions that stand on an older inspection of these bytes, each set of files once; none of which were freed. */
async function listExternalData(needs: Needs, digest: string): Promise<ExternalDataName[][]> {
  const rows = await select<{ files: ExternalDataName[] }>(
    needs,
    Prisma.sql`
      SELECT DISTINCT ${FILES} AS files FROM version v
      WHERE ${standsOnOlder(digest)} AND EXISTS (SELECT FROM version_external_data x WHERE x.version_id = v.id)
        AND NOT EXISTS (SELECT FROM version_external_data x JOIN artifact a ON a.digest = x.artifact_digest
          WHERE x.version_id = v.id AND a.freed_at IS NOT NULL)`,
  );
  return rows.map(({ files }) => files);
}

/** The versions with this external data that stand on an older inspection of these bytes: some at a time, so that nobody waits for all. */
async function pointVersions(
  needs: Needs,
  inspection: StoredInspection,
  externalData: readonly ExternalDataName[],
): Promise<void> {
  const isOlder = standsOnOlder(inspection.digest);
  const rows = await select<{ id: string }>(
    needs,
    Prisma.sql`SELECT v.id FROM version v WHERE ${isOlder} AND ${FILES} = ${JSON.stringify(externalData)}::jsonb ORDER BY v.id`,
  );
  const atOnce = Math.max(1, Math.min(VERSIONS_AT_ONCE, Math.floor(NODES_AT_ONCE / inspection.recurrent.nodes)));
  const data = { inspectionId: inspection.id, ...measurementColumns(inspection) };
  for (let start = 0; start < rows.length; start += atOnce) {
    const some = rows.slice(start, start + atOnce).map(({ id }) => id);
    await retried(() =>
      needs.database.$transaction(async (transaction) => {
        // Locked in one order, so that two of these do not wait for each other; another may have been here first.
        const locked = await transaction.$queryRaw<{ id: string }[]>`
          SELECT v.id FROM version v WHERE v.id = ANY(${some}::uuid[]) AND ${isOlder} ORDER BY v.id FOR NO KEY UPDATE`;
        await transaction.version.updateMany({ where: { id: { in: locked.map(({ id }) => id) } }, data });
      }),
    );
  }
}

/** What there is to do: no inspection of this program's version, or a version that stands on an older one. Bytes that are no model have none. */
const OLDER = Prisma.sql`a.freed_at IS NULL AND EXISTS (
  SELECT FROM inspection i WHERE i.artifact_digest = a.digest AND i.inspection_version < ${INSPECTION_VERSION}
    AND (NOT EXISTS (SELECT FROM inspection new
                     WHERE new.artifact_digest = a.digest AND new.external_key = ''
                       AND new.inspection_version >= ${INSPECTION_VERSION})
      OR EXISTS (SELECT FROM version v WHERE v.artifact_digest = a.digest AND v.inspection_id = i.id)))`;
