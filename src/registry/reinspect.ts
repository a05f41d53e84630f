/**
 * Reads artifacts again whose inspection is older than this program's, with the external data that came with their versions, and
 * points these at the new one. An artifact at a time, each for itself: it may be stopped anywhere and go on later, and two at
 * once do the same work twice and no harm.
 */
import type { StoredInspection } from '../core/catalog.js';
import { WeighbridgeError } from '../core/errors.js';
import type { Inspection } from '../core/inspection.js';
import { requireDigest } from '../core/names.js';
import { type Principal, requireScope } from '../core/principal.js';
import { Prisma } from '../database/client.js';
import { INSPECTION_VERSION } from '../onnx/inspect.js';
import { readAgain } from './artifacts.js';
import { type ExternalDataName, externalKeyOf, storedFiles } from './external-data.js';
import { retried, translated } from './faults.js';
import { findInspection, recordInspection } from './inspections.js';
import { externalBytesOf, measurementColumns } from './measurements.js';
import type { Needs } from './needs.js';
import { toCount } from './records.js';
import { select } from './select.js';

export const REINSPECT_MAX = 20;
/** No further artifact is begun after so long, so that the asker hears of progress; a large one takes what it takes. */
const PATIENCE_MS = 5_000;
/** For an artifact that tens of thousands of versions hold. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** A statement takes some 32,000 values. */
const IDS_PER_STATEMENT = 10_000;

export interface ReinspectRequest {
  /** Artifacts to read, 1 to 20. */
  first: number;
  /** Only artifacts whose digest follows this one: those before it were read, or failed. */
  after?: string | null | undefined;
}

export interface ReinspectFailure {
  digest: string;
  /** Not a WeighbridgeError: a fault of ours, which must be logged. */
  error: unknown;
}

export interface Reinspected {
  /** Artifacts that have their new inspection. */
  done: number;
  /** Artifacts that keep their older inspection, and why. */
  failures: ReinspectFailure[];
  /** Older ones that follow the last one looked at. */
  left: number;
  /** Where to go on: the digest of the last one looked at; null when there was none. */
  last: string | null;
}

/**
 * In the order of the digests, as many as there is patience for, at least one. Needs `admin` for all models, since artifacts are
 * shared among them. Rejects with SCOPE_MISSING, INPUT_INVALID, DIGEST_INVALID, DATABASE_UNAVAILABLE; what is wrong with one
 * artifact is a failure in the answer, and the others are read all the same.
 */
export async function reinspectArtifacts(
  needs: Needs,
  principal: Principal,
  { first, after }: ReinspectRequest,
): Promise<Reinspected> {
  requireScope(principal, 'admin');
  if (principal.models !== '*') {
    throw new WeighbridgeError('SCOPE_MISSING', 'this needs a token that holds for all models');
  }
  if (!Number.isInteger(first) || first < 1 || first > REINSPECT_MAX) {
    throw new WeighbridgeError('INPUT_INVALID', `first must be from 1 to ${REINSPECT_MAX}`, { field: ['first'] });
  }
  const start = after === undefined || after === null ? '' : requireDigest(after, ['after']);
  const answer: Reinspected = { done: 0, failures: [], left: 0, last: null };
  const end = Date.now() + PATIENCE_MS;
  for (const digest of await listOlder(needs, start, first)) {
    if (answer.last !== null && Date.now() > end) break;
    answer.last = digest;
    const failure = await reinspect(needs, digest);
    if (failure === null) answer.done += 1;
    else answer.failures.push({ digest, error: failure.error });
  }
  answer.left = await countOlder(needs, answer.last ?? start);
  return answer;
}

/** Null when it went well. What is wrong with the database is wrong for all artifacts, and is thrown. */
async function reinspect(needs: Needs, digest: string): Promise<{ error: unknown } | null> {
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
    await pointVersions(needs, await retried(() => recordInspection(needs, read, null, key)), externalData);
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

/** The external data of the versions that stand on an older inspection of these bytes, each set of files once. */
async function listExternalData(needs: Needs, digest: string): Promise<ExternalDataName[][]> {
  const rows = await select<{ files: ExternalDataName[] }>(
    needs,
    Prisma.sql`
      SELECT DISTINCT ${FILES} AS files FROM version v
      WHERE ${standsOnOlder(digest)} AND EXISTS (SELECT FROM version_external_data x WHERE x.version_id = v.id)`,
  );
  return rows.map(({ files }) => files);
}

/** The versions with this external data that stand on an older inspection of these bytes, all of them at once. */
function pointVersions(
  needs: Needs,
  inspection: StoredInspection,
  externalData: readonly ExternalDataName[],
): Promise<void> {
  const files = JSON.stringify(externalData);
  return retried(() =>
    needs.database.$transaction(
      async (transaction) => {
        // Locked in one order, so that two of these do not wait for each other.
        const rows = await transaction.$queryRaw<{ id: string }[]>`
          SELECT v.id FROM version v WHERE ${standsOnOlder(inspection.digest)} AND ${FILES} = ${files}::jsonb
          ORDER BY v.id FOR NO KEY UPDATE`;
        const ids = rows.map(({ id }) => id);
        const figures = measurementColumns(inspection, await externalBytesOf(transaction, inspection, externalData));
        for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
          await transaction.version.updateMany({
            where: { id: { in: ids.slice(start, start + IDS_PER_STATEMENT) } },
            data: { inspectionId: inspection.id, ...figures },
          });
        }
      },
      { timeout: TRANSACTION_TIMEOUT_MS },
    ),
  );
}

/** What there is to do: no inspection of this program's version, or a version that stands on an older one. Bytes that are no model have none. */
function older(after: string): Prisma.Sql {
  return Prisma.sql`artifact a
    WHERE a.digest > ${after} AND EXISTS (
      SELECT FROM inspection i WHERE i.artifact_digest = a.digest AND i.inspection_version < ${INSPECTION_VERSION}
        AND (NOT EXISTS (SELECT FROM inspection new
                         WHERE new.artifact_digest = a.digest AND new.external_key = ''
                           AND new.inspection_version >= ${INSPECTION_VERSION})
          OR EXISTS (SELECT FROM version v WHERE v.artifact_digest = a.digest AND v.inspection_id = i.id)))`;
}

async function listOlder(needs: Needs, after: string, first: number): Promise<string[]> {
  const rows = await select<{ digest: string }>(
    needs,
    Prisma.sql`SELECT a.digest FROM ${older(after)} ORDER BY a.digest LIMIT ${first}`,
  );
  return rows.map(({ digest }) => digest);
}

async function countOlder(needs: Needs, after: string): Promise<number> {
  const [row] = await select<{ count: bigint }>(needs, Prisma.sql`SELECT count(*) AS count FROM ${older(after)}`);
  return toCount(row?.count ?? 0);
}
