/**
 * When stored bytes were last put to use, by their digest: what keeps a sweep (artifacts/gc.ts) and whoever is about to rely on the bytes apart. An
 * upload touches a digest before it puts its bytes there, and a publish before it names them; a sweep holds the row of the digest while it
 * takes rows or bytes away, so that the touch waits for it, and leaves alone what was touched lately. Must never be called inside a
 * transaction that does long work: a sweep may wait for it.
 */
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';
import type { Transaction } from './counter.js';

/** All of them, whether something is stored under them or not. */
export async function touchBlobs(
  transaction: Pick<Transaction, '$executeRaw'>,
  digests: readonly string[],
): Promise<void> {
  if (digests.length === 0) return;
  // In one order, so that two that touch the same do not wait for each other.
  await transaction.$executeRaw`
    INSERT INTO blob_touch (digest, touched_at)
    SELECT digest, now() FROM (SELECT DISTINCT unnest(${[...digests]}::text[]) AS digest ORDER BY 1) AS touched
    ON CONFLICT (digest) DO UPDATE SET touched_at = greatest(blob_touch.touched_at, EXCLUDED.touched_at)`;
}

/** Before bytes come under a digest, also where there are none yet: a sweep may be about to take away what it saw there. */
export function touchBeforeCommit(needs: Needs, digest: string, others: readonly string[] = []): Promise<void> {
  return translated(() => touchBlobs(needs.database, [digest, ...others]));
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
