/**
 * Reads of artifacts and of the external data of versions. Knowing a digest grants nothing: what takes one from outside finds it only for
 * a token that uploaded it or may read a model that holds it.
 */
import type { Artifact, VersionExternalData } from '../../core/catalog.js';
import { isDigest } from '../../core/names.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { visibleTo } from '../rows/model-names.js';
import { type ArtifactRow, toArtifact, toCountOrNull } from '../rows/records.js';
import { select } from '../rows/select.js';

const { sql } = Prisma;

export async function loadArtifacts(needs: Reads, digests: readonly string[]): Promise<Map<string, Artifact>> {
  const rows = await select<Pick<ArtifactRow, 'digest' | 'byteSize' | 'freedAt'>>(
    needs,
    sql`SELECT a.digest, a.byte_size AS "byteSize", a.freed_at AS "freedAt" FROM artifact a WHERE a.digest = ANY(${[...digests]}::text[])`,
  );
  return new Map(rows.map((row) => [row.digest, toArtifact(row)]));
}

/**
 * When each artifact came into the principal's sight: its own upload, or the first version that it sees and that holds the bytes.
 * Never when they first came at all: that would tell what others have.
 */
export async function loadFirstSeen(
  needs: Reads,
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

/** The first inspection version that says of each file whether it is whole. */
const SIZES_SINCE = 4;

/** What the tensors of each version name, joined with the files that came with it. */
export async function loadExternalData(
  needs: Reads,
  versionIds: readonly string[],
): Promise<Map<string, VersionExternalData[]>> {
  const rows = await select<ExternalDataRow>(
    needs,
    sql`
    WITH chosen AS (SELECT v.id, v.inspection_id FROM version v WHERE v.id = ANY(${[...versionIds]}::uuid[])),
    claimed AS (
      SELECT c.id, e.location, e."claimedBytes", e."byteSize" IS NULL AND i.inspection_version >= ${SIZES_SINCE}::int AS "isShort" FROM chosen c JOIN inspection i ON i.id = c.inspection_id
      CROSS JOIN LATERAL jsonb_to_recordset(i.external_data) AS e(location text, "claimedBytes" bigint, "byteSize" bigint)),
    given AS (
      SELECT c.id, x.location, x.artifact_digest, a.byte_size FROM chosen c
      JOIN version_external_data x ON x.version_id = c.id JOIN artifact a ON a.digest = x.artifact_digest)
    SELECT coalesce(claimed.id, given.id) AS "versionId", coalesce(claimed.location, given.location) AS location,
      given.artifact_digest AS digest, CASE WHEN claimed."isShort" IS NOT TRUE THEN given.byte_size END AS "byteSize", claimed."claimedBytes"
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

/** When bytes of the versions were freed, the model file's or of a file beside it; those whose bytes are stored are left out. */
export async function loadBytesFreed(needs: Reads, versionIds: readonly string[]): Promise<Map<string, Date>> {
  const asked = sql`${[...versionIds]}::uuid[]`;
  const rows = await select<{ id: string; at: Date }>(
    needs,
    sql`
    SELECT held.id, max(a.freed_at) AS at FROM (
      SELECT v.id, v.artifact_digest AS digest FROM version v WHERE v.id = ANY(${asked})
      UNION ALL SELECT x.version_id, x.artifact_digest FROM version_external_data x WHERE x.version_id = ANY(${asked})) AS held
    JOIN artifact a ON a.digest = held.digest WHERE a.freed_at IS NOT NULL GROUP BY held.id`,
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

/** Null when there is none, or none that this principal may name or read. */
export async function findArtifact(needs: Reads, principal: Principal, digest: string): Promise<Artifact | null> {
  const [row] = await findArtifactRows(needs, principal, [digest]);
  return row === undefined ? null : toArtifact(row);
}

/** Those among the digests that this principal may name or read. */
export async function findArtifacts(
  needs: Reads,
  principal: Principal,
  digests: readonly string[],
): Promise<Artifact[]> {
  return (await findArtifactRows(needs, principal, digests)).map(toArtifact);
}

/** Those among the digests that the principal uploaded, or may read a model for. */
export function findArtifactRows(
  needs: Reads,
  principal: Principal,
  digests: readonly string[],
): Promise<ArtifactRow[]> {
  const asked = digests.filter(isDigest);
  if (asked.length === 0) return Promise.resolve([]);
  const visible = visibleTo(principal, sql`version.model_name`);
  return select<ArtifactRow>(
    needs,
    sql`
      SELECT digest, byte_size AS "byteSize", refusal_code AS "refusalCode", refusal, freed_at AS "freedAt"
      FROM artifact
      WHERE digest = ANY(${asked}) AND (
        EXISTS (SELECT FROM artifact_upload
                WHERE artifact_upload.artifact_digest = artifact.digest AND token_id = ${principal.tokenId}::uuid)
        OR EXISTS (SELECT FROM version
                   WHERE version.artifact_digest = artifact.digest AND ${visible})
        OR EXISTS (SELECT FROM version_external_data file JOIN version ON version.id = file.version_id
                   WHERE file.artifact_digest = artifact.digest AND ${visible}))`,
  );
}
