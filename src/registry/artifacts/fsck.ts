/**
 * Whether what is stored is whole: every artifact's bytes are there and still have their digest. Looks and tells; changes and
 * deletes nothing. (Named as file systems name it.)
 */
import { createHash } from 'node:crypto';
import { WeighbridgeError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { requireAllModels, type Walked, walkArtifacts, type WalkRequest } from './artifact-walk.js';
import { openBlob } from './artifacts.js';
import { translated } from '../faults.js';
import type { Needs } from '../needs.js';

/** Blobs looked up in one statement. */
const DIGESTS_PER_STATEMENT = 1_000;

/** Blobs that no artifact names: of uploads that ended between blob and row, of deleted models, or under way just now. */
export interface UnreferencedBlobs {
  count: number;
  /** Σ of their sizes, in bytes. */
  byteSize: number;
}

/**
 * As many artifacts as there is patience for, at least one; external data are artifacts too. Needs `admin` for all models. Rejects
 * as `walkArtifacts` does; damaged and missing bytes are failures with ARTIFACT_CORRUPT.
 */
export function verifyArtifacts(needs: Needs, principal: Principal, request: WalkRequest): Promise<Walked> {
  return walkArtifacts(needs, principal, request, { where: Prisma.sql`true`, each: (digest) => verify(needs, digest) });
}

async function verify(needs: Needs, digest: string): Promise<{ error: unknown } | null> {
  try {
    const hash = createHash('sha256');
    for await (const chunk of (await openBlob(needs, digest)) as AsyncIterable<Uint8Array>) hash.update(chunk);
    if (`sha256:${hash.digest('hex')}` === digest) return null;
    return {
      error: new WeighbridgeError('ARTIFACT_CORRUPT', `the stored bytes of ${digest} no longer match their digest`),
    };
  } catch (error) {
    return { error };
  }
}

/** One pass over the store. Needs `admin` for all models: rejects with SCOPE_MISSING. */
export async function countUnreferencedBlobs(needs: Needs, principal: Principal): Promise<UnreferencedBlobs> {
  requireAllModels(principal);
  const found: UnreferencedBlobs = { count: 0, byteSize: 0 };
  let batch = new Map<string, number>();
  const settle = async (): Promise<void> => {
    const digests = [...batch.keys()];
    const rows = await translated(() =>
      needs.database.artifact.findMany({ where: { digest: { in: digests } }, select: { digest: true } }),
    );
    for (const { digest } of rows) batch.delete(digest);
    for (const byteSize of batch.values()) {
      found.count += 1;
      found.byteSize += byteSize;
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
