/**
 * Who adds to a resumable upload: one request at a time, whichever process it came to. A row and a time, not a lock of the database: an upload lasts
 * for hours, and a pooler gives every transaction another connection. Who dies is out of the way after HELD_SECONDS. What was added
 * must be written down under the turn (`underTurn`): who was frozen for longer than it lasted finds that it is somebody else's by then.
 */
import { randomUUID } from 'node:crypto';
import { WeighbridgeError } from '../../core/errors.js';
import { Prisma } from '../../database/client.js';
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';

const { sql } = Prisma;

const HELD_SECONDS = 15;
/** Told several times while it lasts: one statement that is late must not end it. */
const RENEWED_MS = 4_000;

export interface UploadTurn {
  /** A condition on the upload: it is still ours. */
  condition: Prisma.Sql;
  leave(): Promise<void>;
}

/** Rejects with UPLOAD_BUSY while another request has it. */
export async function takeUploadTurn(needs: Needs, upload: string): Promise<UploadTurn> {
  const holder = randomUUID();
  const hold = sql`held_until = now() + make_interval(secs => ${HELD_SECONDS}::int)`;
  const condition = sql`id = ${upload}::uuid AND held_by = ${holder}::uuid`;
  const taken = await translated(
    () => needs.database.$executeRaw`
    UPDATE resumable_upload SET held_by = ${holder}::uuid, ${hold}
    WHERE id = ${upload}::uuid AND (held_by IS NULL OR held_until < now())`,
  );
  if (taken === 0) throw uploadBusy();
  const timer = setInterval(() => {
    // Where it fails, what is written down under the turn fails too, and says so.
    needs.database.$executeRaw`UPDATE resumable_upload SET ${hold} WHERE ${condition}`.catch(() => undefined);
  }, RENEWED_MS);
  timer.unref();
  return {
    condition,
    async leave() {
      clearInterval(timer);
      await translated(
        () =>
          needs.database.$executeRaw`UPDATE resumable_upload SET held_by = NULL, held_until = NULL WHERE ${condition}`,
      );
    },
  };
}

export function uploadBusy(): WeighbridgeError {
  return new WeighbridgeError(
    'UPLOAD_BUSY',
    'another request adds to this upload, or its bytes are being stored; try again in a moment',
  );
}
