/**
 * What a backup of a registry may read: everything, by a token that may do everything. That it was read stands in the trail, before the
 * first byte leaves.
 */
import type { Artifact } from '../../core/catalog.js';
import type { Principal } from '../../core/principal.js';
import { loadArtifacts } from '../artifacts/artifact-reads.js';
import { requireAllModels } from '../artifacts/artifact-walk.js';
import { retried } from '../faults.js';
import type { Needs } from '../needs.js';
import { recordEvent } from '../trail/trail.js';

/** Needs `admin` for all models. Rejects with SCOPE_MISSING. */
export async function noteBackup(needs: Needs, principal: Principal): Promise<void> {
  requireAllModels(principal);
  await retried(() =>
    needs.database.$transaction((transaction) =>
      recordEvent(transaction, { action: 'BACKUP_READ', by: principal, model: null }),
    ),
  );
}

/** Also what was uploaded by others and is in no version: the rows of a copy name it. Needs `admin` for all models. */
export async function findForBackup(needs: Needs, principal: Principal, digest: string): Promise<Artifact | null> {
  requireAllModels(principal);
  const found = (await loadArtifacts(needs, [digest])).get(digest);
  if (found !== undefined) return found;
  // Its last model was deleted since the rows were copied; the bytes stay for the grace time of a sweep.
  const blob = await needs.blobs.has(digest);
  return blob === undefined ? null : { digest, byteSize: blob.byteSize, freedAt: null };
}
