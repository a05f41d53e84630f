/**
 * Artifacts by digest: bytes kept ahead of the version that will name them, opened and inspected again. Who may name one is decided in
 * artifact-reads.ts.
 */
import { createHash } from 'node:crypto';
import type { ByteRange } from '../../blobs/blob-store.js';
import type { Artifact } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import type { Inspection } from '../../core/inspection.js';
import { requireDigest, requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { createInspector, type ExternalFiles, INSPECTION_VERSION } from '../../onnx/inspect.js';
import { requireGrantedNow } from '../access/tokens.js';
import { unlessLapsed } from '../access/lapses.js';
import { retried, translated } from '../faults.js';
import { NO_EXTERNAL_DATA, recordArtifact, recordInspection } from '../inspections/inspections.js';
import { finish, type Intake, receiveBytes } from './intake.js';
import type { Needs } from '../needs.js';
import { toArtifact } from '../rows/records.js';
import { requireQuota } from '../rows/quota-use.js';
import { touchArtifacts, touchBeforeCommit } from '../rows/touches.js';
import { findArtifact } from './artifact-reads.js';
import { type CheckedBytes, openChecked } from './checked-bytes.js';
import { corrupt, openBlob } from './stored-bytes.js';

export interface StoreRequest extends Omit<Intake, 'declaredDigest'> {
  /** The bytes must have it; undefined where the sender does not know it. */
  digest: string | undefined;
  /** What they are for, where that is known: then its quotas are asked before they are taken. */
  model?: string | undefined;
}

export interface StoredArtifact {
  artifact: Artifact;
  /** False when this token had uploaded these bytes before. What others uploaded is not told. */
  created: boolean;
  /** Why the bytes are not a model; null for a model. Kept either way, since external data comes this way. */
  refusal: { code: string; message: string } | null;
}

/**
 * Keeps bytes under their digest, and inspects them while they pass, so that naming them later reads nothing.
 * Rejects with SCOPE_MISSING, NAME_INVALID and QUOTA_EXCEEDED before a byte is read; with SCOPE_MISSING and TOKEN_INVALID, be it while the bytes arrive, DIGEST_INVALID, DIGEST_MISMATCH, LENGTH_MISMATCH, UPLOAD_ABORTED, STORAGE_FULL; nothing is kept then.
 */
export async function storeArtifact(
  needs: Needs,
  principal: Principal,
  { digest, model, ...intake }: StoreRequest,
): Promise<StoredArtifact> {
  if (model === undefined) requireScope(principal, 'publish');
  else requireScope(principal, 'publish', requireModelName(model));
  const declaredDigest = digest === undefined ? undefined : requireDigest(digest);
  const { expectedSize } = intake;
  if (model !== undefined && expectedSize !== undefined) {
    await requireQuota(needs, principal, model, { byteSize: expectedSize, digest });
  }
  const mayKeep = async (found: string) => {
    await requireGrantedNow(needs, principal, 'publish');
    await touchBeforeCommit(needs, found);
  };
  const received = await unlessLapsed(needs, principal, null, () =>
    receiveBytes(needs.blobs, { ...intake, declaredDigest, mayKeep }),
  );
  const refusal = received.refusal === null ? null : { code: received.refusal.code, message: received.refusal.message };
  return retried(async () => {
    // The inspection first, on its own: it may take long, and without its upload it is harmless.
    if (received.inspection !== null) await recordInspection(needs, received.inspection);
    return needs.database.$transaction(async (transaction) => {
      const created = await recordArtifact(transaction, { ...received.info, refusal }, principal.tokenId);
      const row = await transaction.artifact.findUniqueOrThrow({ where: { digest: received.info.digest } });
      const kept = row.refusalCode === null ? null : { code: row.refusalCode, message: row.refusal ?? '' };
      return { artifact: toArtifact(row), created, refusal: kept };
    });
  });
}

/** What is larger is not read through for a question alone: as many bytes again as some uploads, for a request of none. */
const CHECKED_BYTES = 16 * 1024 ** 3;

export interface Asked {
  digest: string;
  model: string | undefined;
  /** As a model, which is published without being read again: those alone that this release has inspected, and that no release refused. */
  inspected: boolean;
}

/**
 * Whether the principal may name these bytes without sending them: the same as who may publish them. They are read and checked for it, since what is
 * damaged is mended by sending it, and are kept from a sweep as those that are published. Rejects with SCOPE_MISSING, NAME_INVALID, DIGEST_INVALID, and
 * with ARTIFACT_NOT_FOUND for none, those of others, freed and damaged ones, and those too large to check, in the same words.
 */
export async function findSound(
  needs: Needs,
  principal: Principal,
  { digest, model, inspected }: Asked,
  signal: AbortSignal,
): Promise<Artifact> {
  requireScope(principal, 'publish', model === undefined ? undefined : requireModelName(model));
  const artifact = await findArtifact(needs, principal, requireDigest(digest));
  if (artifact === null || artifact.freedAt !== null || artifact.byteSize > CHECKED_BYTES)
    throw artifactNotFound(digest);
  if (inspected && !(await isInspected(needs, digest))) throw artifactNotFound(digest);
  await touchArtifacts(needs, [digest]);
  try {
    for await (const _ of await openChecked(needs, artifact)) signal.throwIfAborted();
  } catch (error) {
    if (error instanceof WeighbridgeError && error.code === 'ARTIFACT_CORRUPT') throw artifactNotFound(digest);
    throw error;
  }
  return artifact;
}

function isInspected(needs: Needs, digest: string): Promise<boolean> {
  return translated(async () => {
    const known = await needs.database.inspection.count({
      where: {
        artifactDigest: digest,
        externalKey: NO_EXTERNAL_DATA,
        inspectionVersion: INSPECTION_VERSION,
        artifact: { refusalCode: null },
      },
    });
    return known > 0;
  });
}

/** Rejects with ARTIFACT_NOT_FOUND, and as `openChecked` does. */
export async function openArtifact(
  needs: Needs,
  principal: Principal,
  digest: string,
  range?: ByteRange,
): Promise<{ artifact: Artifact; body: CheckedBytes }> {
  const artifact = await findArtifact(needs, principal, requireDigest(digest));
  if (artifact === null) throw artifactNotFound(digest);
  return { artifact, body: await openChecked(needs, artifact, range) };
}

/**
 * The inspection of stored bytes, whose digest is checked in passing; `files` gives the external data. Rejects with ARTIFACT_CORRUPT when they are gone or no
 * longer have it, and as the inspector does.
 */
export async function readAgain(needs: Needs, digest: string, files?: ExternalFiles): Promise<Inspection> {
  const inspector = createInspector();
  const hash = createHash('sha256');
  let refusal: WeighbridgeError | null = null;
  for await (const chunk of (await openBlob(needs, digest)) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    if (refusal !== null) continue;
    try {
      inspector.write(chunk);
    } catch (error) {
      if (!(error instanceof WeighbridgeError)) throw error;
      refusal = error; // Damaged bytes are told by their digest, not by what the damage looks like.
    }
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw corrupt(digest, 'no longer match their digest');
  if (refusal !== null) throw refusal;
  return finish(inspector, digest, files);
}

export function artifactNotFound(digest: string, field?: string[]): WeighbridgeError {
  const message = `there is no artifact ${digest}, or this token may not see it; upload it first`;
  return new WeighbridgeError('ARTIFACT_NOT_FOUND', message, field === undefined ? {} : { field });
}
