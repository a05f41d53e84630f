/** The bytes behind a row of the table of artifacts, as they lie in the store. Must never be given to anybody unchecked: see checked-bytes.ts. */
import type { Readable } from 'node:stream';
import type { ByteRange } from '../../blobs/blob-store.js';
import { WeighbridgeError } from '../../core/errors.js';
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';

/** That there are none is a fault of the store, not of the question: rejects with ARTIFACT_CORRUPT, or ARTIFACT_FREED where that is why. */
export async function openBlob(needs: Needs, digest: string, range?: ByteRange): Promise<Readable> {
  try {
    return await needs.blobs.open(digest, range);
  } catch (error) {
    if (!(error instanceof WeighbridgeError) || error.code !== 'ARTIFACT_NOT_FOUND') throw error;
    throw await missing(needs, digest, error);
  }
}

/** What to say of bytes that are not in the store. */
export async function missing(needs: Needs, digest: string, cause?: unknown): Promise<WeighbridgeError> {
  const row = await translated(() =>
    needs.database.artifact.findUnique({ where: { digest }, select: { freedAt: true } }),
  );
  return row !== null && row.freedAt !== null ? freed(digest) : corrupt(digest, 'are missing from the store', cause);
}

export function freed(digest: string): WeighbridgeError {
  return new WeighbridgeError(
    'ARTIFACT_FREED',
    `the bytes of ${digest} were freed, since only withdrawn versions have them; upload them again first`,
  );
}

export function corrupt(digest: string, what: string, cause?: unknown): WeighbridgeError {
  return new WeighbridgeError('ARTIFACT_CORRUPT', `the bytes of ${digest} ${what}`, { cause });
}
