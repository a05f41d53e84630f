/**
 * Whether what is stored is whole: every artifact's bytes are there, unless they were freed, and still have their digest. Looks and tells; changes and
 * deletes nothing. (Named as file systems name it.)
 */
import { WeighbridgeError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { requireAllModels, type Walked, walkArtifacts, type WalkRequest } from './artifact-walk.js';
import { loadArtifacts } from './artifact-reads.js';
import { readThrough } from './checked-bytes.js';
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';

/** Blobs looked up in one statement. */
const DIGESTS_PER_STATEMENT = 1_000;

/** Blobs that no artifact names: of uploads that ended between blob and row, of deleted models, or under way just now. */
export interface UnreferencedBlobs {
  count: number;
  /** Σ of their sizes, in bytes. */
  byteSize: number;
  /** At most BLOBS_NAMED of them. */
  blobs: UnreferencedBlob[];
}

export interface UnreferencedBlob {
  digest: string;
  byteSize: number;
}

/** Of a store with more of them, the rest is counted. */
export const BLOBS_NAMED = 1_000;

/**
 * As many artifacts as there is patience for, at least one; external data are artifacts too. Needs `admin` for all models. Rejects
 * as `walkArtifacts` does; damaged and missing bytes are failures with ARTIFACT_CORRUPT.
 */
export function verifyArtifacts(needs: Needs, principal: Principal, request: WalkRequest): Promise<Walked> {
  return walkArtifacts(needs, principal, request, {
    where: Prisma.sql`a.freed_at IS NULL`,
    each: (digest) => verify(needs, digest),
  });
}

/** Keeps the hashes of the parts of what an older release stored, since it reads everything anyway. */
async function verify(needs: Needs, digest: string): Promise<{ error: unknown } | null> {
  const artifact = (await loadArtifacts(needs, [digest])).get(digest);
  if (artifact === undefined) return null; // it went with its model meanwhile
  try {
    await readThrough(needs, artifact);
    return null;
  } catch (error) {
    if (error instanceof WeighbridgeError && error.code === 'ARTIFACT_FREED') return null; // meanwhile
    return { error };
  }
}

/** One pass over the store. Needs `admin` for all models: rejects with SCOPE_MISSING. */
export async function findUnreferencedBlobs(needs: Needs, principal: Principal): Promise<UnreferencedBlobs> {
  requireAllModels(principal);
  const found: UnreferencedBlobs = { count: 0, byteSize: 0, blobs: [] };
  let batch = new Map<string, number>();
  const settle = async (): Promise<void> => {
    const digests = [...batch.keys()];
    const rows = await translated(() =>
      needs.database.artifact.findMany({ where: { digest: { in: digests } }, select: { digest: true } }),
    );
    for (const { digest } of rows) batch.delete(digest);
    for (const [digest, byteSize] of batch) {
      found.count += 1;
      found.byteSize += byteSize;
      if (found.blobs.length < BLOBS_NAMED) found.blobs.push({ digest, byteSize });
    }
    batch = new Map();
  };
  for await (const { digest, byteSize } of needs.blobs.list()) {
    batch.set(digest, byteSize);
    if (batch.size === DIGESTS_PER_STATEMENT) await settle();
  }
  if (batch.size > 0) await settle();
  return found;
}
