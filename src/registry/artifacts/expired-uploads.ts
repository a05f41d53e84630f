/**
 * Takes away resumable uploads to which nothing was added for a day, with their bytes, and bytes that a dead process left without a row. Must
 * leave those alone that a request adds to.
 */
import { Prisma } from '../../database/client.js';
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';
import { isUuid } from '../rows/pages.js';
import { select } from '../rows/select.js';

const { sql } = Prisma;

/** Far longer than it takes from the end of a row to that of its bytes. */
const LEFT_BEHIND_MS = 3_600_000;

/** In one sweep; the next takes the others. */
const REMOVED_MAX = 1_000;

/** How many were taken away. */
export async function removeExpiredUploads(needs: Needs, { now }: { now?: Date } = {}): Promise<number> {
  // Of the clock that all processes share.
  const at = now === undefined ? sql`now()` : sql`${now.toISOString()}::timestamptz`;
  const rows = await translated(
    () => needs.database.$queryRaw<{ id: string }[]>`
    DELETE FROM resumable_upload WHERE id IN (
      SELECT id FROM resumable_upload
      WHERE expires_at <= ${at} AND (held_by IS NULL OR held_until < ${at})
      ORDER BY expires_at LIMIT ${REMOVED_MAX}::int FOR UPDATE SKIP LOCKED)
    RETURNING id`,
  );
  for (const { id } of rows) await needs.blobs.received.remove(id);
  return rows.length;
}

/** Bytes whose upload is gone: a process died between the two. How many uploads they were of. */
export async function removeLeftParts(needs: Needs, now = new Date()): Promise<number> {
  let removed = 0;
  for await (const { upload, writtenAt } of needs.blobs.received.list()) {
    // What has no name of ours is none of ours.
    if (!isUuid(upload) || writtenAt.getTime() > now.getTime() - LEFT_BEHIND_MS) continue;
    const known = await select<unknown>(
      needs,
      sql`SELECT FROM resumable_upload WHERE id = ${upload}::uuid AND stored_at IS NULL`,
    );
    if (known.length > 0) continue;
    await needs.blobs.received.remove(upload);
    removed += 1;
  }
  return removed;
}
