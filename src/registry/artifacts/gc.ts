/**
 * Frees the bytes that nothing refers to (named as version control names it): of artifacts that no version holds, of blobs that no artifact
 * names, and, where that is asked for, of artifacts that only versions hold which were withdrawn long ago. Goes over the store in the order of digests, so that it may be stopped anywhere; others may upload, publish and sweep meanwhile (touches.ts). Must never take bytes away before the rows that name
 * them are gone or say so, and never what was put to use within the grace time.
 */
import type { StoredBlob } from '../../blobs/blob-store.js';
import { WeighbridgeError } from '../../core/errors.js';
import { requireDigest } from '../../core/names.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { retried } from '../faults.js';
import type { Needs } from '../needs.js';
import { countFreed } from '../rows/quota-use.js';
import { select } from '../rows/select.js';
import { forgetTouches, holdUntouched, unlessHeld } from '../rows/touches.js';
import { requireAllModels } from './artifact-walk.js';

const { sql } = Prisma;

/** Blobs looked at in one request. */
export const SWEEP_MAX = 1_000;
/** No further blob is freed after so long in one request, so that the asker hears of progress. */
const PATIENCE_MS = 5_000;
/** The row of the digest is held until the bytes are gone, however slow the disk: they must not go after somebody else was let in. */
const DELETE_MAX_MS = 600_000;
/** Far longer than it takes from the last byte of an upload to its rows. */
export const GRACE_HOURS_MIN = 1;
export const GRACE_HOURS_MAX = 24 * 365 * 10;

export const FREED_REASONS = ['NOT_HELD', 'NO_ARTIFACT', 'WITHDRAWN'] as const;
export type FreedReason = (typeof FREED_REASONS)[number];

export interface SweepRequest {
  /** What was put to use within so many hours stays. */
  graceHours: number;
  /** What only versions hold that were withdrawn longer ago than so many hours is freed too; none of it if absent. */
  withdrawnHours?: number | null | undefined;
  /** Only says what would be freed. */
  dryRun: boolean;
  /** Only blobs whose digest follows this one. */
  after?: string | null | undefined;
}

export interface FreedBlob {
  digest: string;
  byteSize: number;
  reason: FreedReason;
}

export interface Swept {
  freed: FreedBlob[];
  /** Where to go on: the digest of the last blob looked at; null at the end. */
  last: string | null;
}

/** Needs `admin` for all models. Rejects with SCOPE_MISSING, INPUT_INVALID, DIGEST_INVALID, STORAGE_FAILED. */
export async function collectGarbage(needs: Needs, principal: Principal, request: SweepRequest): Promise<Swept> {
  requireAllModels(principal);
  const { graceHours, withdrawnHours = null, dryRun, after = null } = request;
  requireHours('graceHours', graceHours);
  if (withdrawnHours !== null) requireHours('withdrawnHours', withdrawnHours);
  if (after !== null) requireDigest(after, ['after']);
  const rule: Rule = {
    graceSeconds: graceHours * 3600,
    withdrawnSeconds: withdrawnHours === null ? null : withdrawnHours * 3600,
  };
  const end = Date.now() + PATIENCE_MS;
  const batch = await nextBatch(needs, after);
  const swept: Swept = { freed: [], last: null };
  for (const found of await findFreeable(needs, rule, batch)) {
    if (Date.now() > end && swept.last !== null) return swept;
    if (dryRun || (await free(needs, rule, found))) swept.freed.push(found);
    swept.last = found.digest;
  }
  const stored = batch.blobs.map(({ digest }) => digest);
  if (!dryRun) await forgetTouches(needs, { ...batch, stored, seconds: rule.graceSeconds });
  swept.last = batch.end;
  return swept;
}

interface Rule {
  graceSeconds: number;
  /** Null: versions keep their bytes, withdrawn or not. */
  withdrawnSeconds: number | null;
}

function requireHours(field: 'graceHours' | 'withdrawnHours', hours: number): void {
  if (Number.isInteger(hours) && hours >= GRACE_HOURS_MIN && hours <= GRACE_HOURS_MAX) return;
  const message = `${field} must be a whole number from ${GRACE_HOURS_MIN} to ${GRACE_HOURS_MAX}`;
  throw new WeighbridgeError('INPUT_INVALID', message, { field: [field] });
}

interface Batch {
  after: string;
  /** The digest of the last one; null where it is the last of the store. */
  end: string | null;
  blobs: StoredBlob[];
}

async function nextBatch(needs: Needs, after: string | null): Promise<Batch> {
  const batch: Batch = { after: after ?? '', end: null, blobs: [] };
  for await (const blob of needs.blobs.list(after ?? undefined)) {
    batch.blobs.push(blob);
    if (batch.blobs.length < SWEEP_MAX) continue;
    batch.end = blob.digest;
    break;
  }
  return batch;
}

/** By digest. Artifacts whose bytes are gone are among them: nothing is freed but their rows. */
async function findFreeable(needs: Needs, rule: Rule, { after, end, blobs }: Batch): Promise<FreedBlob[]> {
  const within = sql`a.digest > ${after} AND ${end === null ? sql`TRUE` : sql`a.digest <= ${end}`}`;
  const rows = await select<{ digest: string; reason: FreedReason }>(
    needs,
    sql`
    SELECT digest, reason FROM (
      SELECT a.digest, 'NOT_HELD' AS reason FROM artifact a WHERE ${within} AND ${isNotHeld(rule)}
      UNION ALL SELECT a.digest, 'WITHDRAWN' FROM artifact a WHERE ${within} AND ${isOfWithdrawn(rule)}
      UNION ALL SELECT a.digest, 'WITHDRAWN' FROM artifact a
        WHERE a.digest = ANY(${blobs.map(({ digest }) => digest)}::text[]) AND a.freed_at IS NOT NULL AND NOT ${isNotHeld(rule)}
      UNION ALL SELECT b.digest, 'NO_ARTIFACT' FROM unnest(${blobs.map(({ digest }) => digest)}::text[]) AS b(digest)
        WHERE NOT EXISTS (SELECT FROM artifact a WHERE a.digest = b.digest)) AS found
    WHERE NOT EXISTS (SELECT FROM blob_touch t WHERE t.digest = found.digest AND t.touched_at >= ${graceBegin(rule)})
    ORDER BY digest`,
  );
  const stored = new Map(blobs.map((blob) => [blob.digest, blob]));
  const youngest = youngestOf(rule);
  return rows.flatMap(({ digest, reason }) => {
    const blob = stored.get(digest);
    if (blob !== undefined && blob.writtenAt >= youngest) return [];
    return [{ digest, reason, byteSize: blob?.byteSize ?? 0 }];
  });
}

// Bytes whose row says that they are gone are there where a sweep was stopped in between.
const graceBegin = ({ graceSeconds }: Rule) => sql`now() - make_interval(secs => ${graceSeconds}::int)`;

/** By the clock of this machine, as files are dated: the grace time is far longer than clocks differ. */
const youngestOf = ({ graceSeconds }: Rule) => new Date(Date.now() - graceSeconds * 1000);

/** Conditions on the artifact `a`, as all those here. */
const isOld = (rule: Rule) => sql`a.created_at < ${graceBegin(rule)}
  AND NOT EXISTS (SELECT FROM artifact_upload u WHERE u.artifact_digest = a.digest AND u.created_at >= ${graceBegin(rule)})`;

/** By a version `v` of which that is so. */
const isHeldBy = (condition: Prisma.Sql) => sql`(
  EXISTS (SELECT FROM version v WHERE v.artifact_digest = a.digest AND ${condition})
  OR EXISTS (SELECT FROM version_external_data x JOIN version v ON v.id = x.version_id
    WHERE x.artifact_digest = a.digest AND ${condition}))`;

const isNotHeld = (rule: Rule) => sql`(${isOld(rule)} AND NOT ${isHeldBy(sql`TRUE`)})`;

/** Bytes that are stored and that only versions hold which were withdrawn long ago and which no alias names. */
function isOfWithdrawn(rule: Rule): Prisma.Sql {
  if (rule.withdrawnSeconds === null) return sql`FALSE`;
  const since = sql`now() - make_interval(secs => ${rule.withdrawnSeconds}::int)`;
  const keeps = sql`(v.withdrawn_at IS NULL OR v.withdrawn_at >= ${since}
    OR EXISTS (SELECT FROM alias n WHERE n.version_id = v.id))`;
  return sql`(a.freed_at IS NULL AND ${isOld(rule)} AND ${isHeldBy(sql`TRUE`)} AND NOT ${isHeldBy(keeps)})`;
}

/** False when somebody came to use it meanwhile, or holds it just now. The rows are gone for good before the bytes are: what stops in between leaves bytes for the next sweep. */
async function free(needs: Needs, rule: Rule, { digest, reason }: FreedBlob): Promise<boolean> {
  if (reason !== 'NO_ARTIFACT' && !(await freeRow(needs, rule, digest, reason))) return false;
  return freeBytes(needs, rule, digest);
}

function freeRow(needs: Needs, rule: Rule, digest: string, reason: FreedReason): Promise<boolean> {
  return retried(() =>
    unlessHeld(needs, async (transaction) => {
      if (!(await holdUntouched(transaction, digest, rule.graceSeconds))) return false;
      // A version that is being published with it holds the row; what came of that is seen by the next statement.
      const [row] = await transaction.$queryRaw<{ freedAt: Date | null }[]>`
        SELECT freed_at AS "freedAt" FROM artifact WHERE digest = ${digest} FOR UPDATE`;
      if (reason === 'WITHDRAWN') {
        if (row !== undefined && row.freedAt !== null) return true;
        const isFreed = sql`a.digest = ${digest} AND ${isOfWithdrawn(rule)}`;
        if ((await transaction.$executeRaw`UPDATE artifact a SET freed_at = now() WHERE ${isFreed}`) === 0)
          return false;
        await countFreed(transaction, digest, 'FREED');
        return true;
      }
      const condition = sql`a.digest = ${digest} AND ${isNotHeld(rule)}`;
      return (await transaction.$executeRaw`DELETE FROM artifact a WHERE ${condition}`) > 0;
    }),
  ).then((isFreed) => isFreed === true);
}

function freeBytes(needs: Needs, rule: Rule, digest: string): Promise<boolean> {
  return retried(() =>
    unlessHeld(
      needs,
      async (transaction) => {
        if (!(await holdUntouched(transaction, digest, rule.graceSeconds))) return false;
        if ((await transaction.artifact.count({ where: { digest, freedAt: null } })) > 0) return false;
        const isGone = await needs.blobs.delete(digest, { unlessWrittenSince: youngestOf(rule) });
        if (isGone) await transaction.blobTouch.delete({ where: { digest } });
        return isGone;
      },
      { timeout: DELETE_MAX_MS },
    ),
  ).then((isFreed) => isFreed === true);
}
