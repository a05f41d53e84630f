/**
 * When stored bytes were last put to use, by their digest: what keeps a sweep (artifacts/gc.ts) and whoever is about to rely on the bytes apart. An
 * upload touches a digest before it puts its bytes there, and a publish before it names them; a sweep holds the row of the digest while it
 * takes rows or bytes away, so that the touch waits for it, and leaves alone what was touched lately. A sweep waits for nobody: what a long
 * transaction has touched or holds is left for the next one.
 */
import { isLockTimeout, translated } from '../faults.js';
import type { Needs } from '../needs.js';
import { Prisma } from '../../database/client.js';
import type { Transaction } from './counter.js';
import { NOT_SYNCED } from './not-synced-sql.js';

const { sql } = Prisma;

/** All of them, whether something is stored under them or not. */
export async function touchBlobs(
  transaction: Pick<Transaction, '$executeRaw'>,
  digests: readonly string[],
  returning = Prisma.empty,
): Promise<void> {
  if (digests.length === 0) return;
  // In one order, so that two that touch the same do not wait for each other.
  await transaction.$executeRaw`
    INSERT INTO blob_touch (digest, touched_at)
    SELECT digest, now() FROM (SELECT DISTINCT unnest(${[...digests]}::text[]) AS digest ORDER BY 1) AS touched
    ON CONFLICT (digest) DO UPDATE SET touched_at = greatest(blob_touch.touched_at, EXCLUDED.touched_at) ${returning}`;
}

/**
 * Before bytes come under a digest, also where there are none yet: a sweep may be about to take away what it saw there. The bytes
 * are new from then on, which a sweep sees too, so that the touch need not outlast a crash of the database.
 */
export function touchBeforeCommit(needs: Needs, digest: string): Promise<void> {
  return translated(() => touchBlobs(needs.database, [digest], sql`RETURNING ${NOT_SYNCED}`));
}

/** Before artifacts are named: only those that there are, so that a guessed digest leaves no row. */
export async function touchArtifacts(needs: Needs, digests: readonly string[]): Promise<void> {
  const known = await translated(() =>
    needs.database.artifact.findMany({ where: { digest: { in: [...digests] } }, select: { digest: true } }),
  );
  await translated(() =>
    touchBlobs(
      needs.database,
      known.map(({ digest }) => digest),
    ),
  );
}

/** Longer than a touch takes that is not part of a long transaction. */
const HOLD_MS = 1_000;

/** Null where somebody else holds what `work` came to; all that it did is undone then. */
export async function unlessHeld<T>(
  needs: Needs,
  work: (transaction: Transaction) => Promise<T>,
  options: { timeout?: number } = {},
): Promise<T | null> {
  try {
    return await needs.database.$transaction(async (transaction) => {
      await transaction.$executeRaw`SELECT set_config('lock_timeout', ${String(HOLD_MS)}, true)`;
      return work(transaction);
    }, options);
  } catch (error) {
    if (isLockTimeout(error)) return null;
    throw error;
  }
}

/** Those of digests in this range under which there is nothing, neither row nor bytes: an upload came to nothing, or all of it was freed. */
export async function forgetTouches(
  needs: Needs,
  { after, end, stored, seconds }: { after: string; end: string | null; stored: readonly string[]; seconds: number },
): Promise<void> {
  // What is being touched is not waited for: it is not forgotten then.
  await translated(
    () => needs.database.$executeRaw`
    DELETE FROM blob_touch WHERE digest IN (
      SELECT t.digest FROM blob_touch t
      WHERE t.digest > ${after} AND (${end}::text IS NULL OR t.digest <= ${end})
        AND t.touched_at < now() - make_interval(secs => ${seconds}::int)
        AND NOT EXISTS (SELECT FROM artifact a WHERE a.digest = t.digest)
        AND t.digest <> ALL(${[...stored]}::text[])
      FOR UPDATE SKIP LOCKED)`,
  );
}

/**
 * Holds the digest until the end of the transaction: a touch waits so long. False when it was touched within so many seconds; then it must
 * be left alone.
 */
export async function holdUntouched(transaction: Transaction, digest: string, seconds: number): Promise<boolean> {
  const [row] = await transaction.$queryRaw<{ isOld: boolean }[]>`
    INSERT INTO blob_touch (digest, touched_at) VALUES (${digest}, 'epoch')
    ON CONFLICT (digest) DO UPDATE SET touched_at = blob_touch.touched_at
    RETURNING touched_at < now() - make_interval(secs => ${seconds}::int) AS "isOld"`;
  return row?.isOld === true;
}
