/**
 * Publishing: a version from bytes on their way in, or from bytes stored before. Two doors, one use case. The bytes are
 * committed and inspected before the transaction, which is short and does no I/O; a row never points at nothing.
 */
import type { StoredInspection, Version } from '../../core/catalog.js';
import { ERROR_KINDS, type ErrorCode, WeighbridgeError } from '../../core/errors.js';
import { plainLocation } from '../../core/external-location.js';
import { requireDigest, requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { INSPECTION_VERSION } from '../../onnx/inspect.js';
import { unlessLapsed } from '../access/lapses.js';
import { requireGrantedNow } from '../access/tokens.js';
import { artifactNotFound, readAgain } from '../artifacts/artifacts.js';
import { findArtifactRows } from '../artifacts/artifact-reads.js';
import { freed } from '../artifacts/stored-bytes.js';
import type { HeldAlias } from '../aliases/held-aliases.js';
import type { MadeCheck } from '../checks/checks.js';
import type { Transaction } from '../rows/counter.js';
import { type CheckedDetails, checkDetails, type PublishDetails } from '../rows/details.js';
import { externalKeyOf, storedFiles } from '../artifacts/external-data.js';
import { retried, translated } from '../faults.js';
import { fingerprintOf, sweepExpiredKeys } from './idempotency.js';
import { findInspection, NO_EXTERNAL_DATA, recordInspection, recordUpload } from '../inspections/inspections.js';
import { type Intake, receiveModel } from '../artifacts/intake.js';
import type { Needs } from '../needs.js';
import { toInspection } from '../rows/records.js';
import { requireQuota } from '../rows/quota-use.js';
import { touchArtifacts, touchBeforeCommit } from '../rows/touches.js';
import { addVersion } from './versions.js';

export type { PublishDetails } from '../rows/details.js';

export interface UploadRequest extends Intake, PublishDetails {
  model: string;
}

export interface PublishRequest extends PublishDetails {
  model: string;
  digest: string;
}

export interface Published {
  version: Version;
  inspection: StoredInspection;
  /**
   * The bytes and external data are those of the model's latest version, and no version was made. Aliases given have moved;
   * labels, notes and the rest are left as they were.
   */
  unchanged: boolean;
  modelCreated: boolean;
  /** What its budgets say, made with the version; of one that was there before its last check. Null without budgets. */
  check: MadeCheck | null;
  /** Aliases that were given and did not move, each with the reason. The version is there all the same. */
  heldAliases: HeldAlias[];
}

/**
 * Publishes bytes as they arrive. A new name makes the model. The token is read again at the end: what was taken back meanwhile rejects
 * with TOKEN_INVALID or SCOPE_MISSING, with nothing left of the bytes. Rejects with SCOPE_MISSING, NAME_INVALID, INPUT_INVALID, QUOTA_EXCEEDED or
 * DIGEST_INVALID before a byte is read; with a refusal of the bytes, DIGEST_MISMATCH, LENGTH_MISMATCH, UPLOAD_ABORTED or
 * STORAGE_FULL with nothing left of them; with EXTERNAL_DATA_INVALID or IDEMPOTENCY_CONFLICT without a version.
 */
export async function publishUpload(needs: Needs, principal: Principal, request: UploadRequest): Promise<Published> {
  const details = await admit(needs, principal, request);
  const { model, declaredDigest, expectedSize } = request;
  if (expectedSize !== undefined) {
    await requireQuota(needs, principal, model, { byteSize: expectedSize, digest: declaredDigest });
  }
  const mayKeep = async (digest: string, byteSize: number) => {
    await requireQuota(needs, principal, model, { byteSize, digest });
    await requireGrantedNow(needs, principal, 'publish', request.model);
    await touchBeforeCommit(needs, digest);
    // A long upload may outlast the grace time of a sweep: they are touched again.
    await requireExternalData(needs, principal, details.externalData);
  };
  const { inspection, parts } = await unlessLapsed(needs, principal, request.model, () =>
    receiveModel(needs.blobs, { ...request, mayKeep }),
  );
  return publish(needs, principal, request.model, details, async () => {
    const plain = await recordUpload(needs, inspection, { tokenId: principal.tokenId, parts });
    return inspectWithExternalData(needs, plain, details.externalData);
  });
}

/**
 * Publishes bytes that this token uploaded before, or that a model holds which it may read; else ARTIFACT_NOT_FOUND. Reads the
 * bytes only if there is no inspection of them, with this external data, by this version of the inspector. Bytes that are no model reject with what they were refused for.
 */
export async function publishVersion(needs: Needs, principal: Principal, request: PublishRequest): Promise<Published> {
  const digest = requireDigest(request.digest);
  const details = await admit(needs, principal, request);
  return publish(needs, principal, request.model, details, async () => {
    const plain = await inspectStored(needs, principal, digest);
    return inspectWithExternalData(needs, plain, details.externalData);
  });
}

/** All that can be said before the bytes are read. */
async function admit(needs: Needs, principal: Principal, request: PublishDetails & { model: string }) {
  requireScope(principal, 'publish', requireModelName(request.model));
  const details = checkDetails(request);
  await requireExternalData(needs, principal, details.externalData);
  if (details.idempotencyKey !== null) await translated(() => sweepExpiredKeys(needs));
  return details;
}

async function requireExternalData(needs: Needs, principal: Principal, externalData: CheckedDetails['externalData']) {
  if (externalData.length === 0) return;
  const digests = externalData.map((file) => file.digest);
  await touchArtifacts(needs, digests);
  const rows = await findArtifactRows(needs, principal, digests);
  const known = new Set(rows.filter((row) => row.freedAt === null).map((row) => row.digest));
  for (const { location, digest } of externalData) {
    if (known.has(digest)) continue;
    const message = `the bytes ${digest} for ${JSON.stringify(location)} are not stored, or this token may not use them`;
    throw new WeighbridgeError('EXTERNAL_DATA_INVALID', `${message}; upload them first`, { field: ['externalData'] });
  }
}

/** Recording the inspection is part of what is tried again: a deletion may have taken the artifact's rows away in between. */
function publish(
  needs: Needs,
  principal: Principal,
  modelName: string,
  details: CheckedDetails,
  record: () => Promise<StoredInspection>,
): Promise<Published> {
  return retried(async () => {
    const inspection = await record();
    const { idempotencyKey: key } = details;
    const { tokenId } = principal;
    const fingerprint = fingerprintOf(inspection.digest, details);
    const idempotency = key === null || tokenId === null ? null : { tokenId, modelName, key, fingerprint };
    const request = { modelName, by: principal, inspection, details, idempotency };
    return unlessLapsed(needs, principal, modelName, () =>
      needs.database.$transaction(async (transaction) => {
        const added = await addVersion(transaction, request);
        return { ...added, inspection: await inspectionOf(transaction, added.version, inspection) };
      }),
    );
  });
}

/** A file that the model does not name would be shipped with it for nothing, and hides a typing error. */
export function requireNamedLocations(
  inspection: Pick<StoredInspection, 'externalData'>,
  given: readonly { location: string }[],
): void {
  const named = new Set(inspection.externalData.map((reference) => reference.location));
  for (const { location } of given) {
    if (named.has(plainLocation(location))) continue;
    throw new WeighbridgeError(
      'EXTERNAL_DATA_INVALID',
      `no tensor of the model refers to ${JSON.stringify(location)}`,
      {
        field: ['externalData'],
      },
    );
  }
}

/** An unchanged or repeated version may stand on an older inspection of its bytes, or on other bytes under one key. */
async function inspectionOf(transaction: Transaction, version: Version, recorded: StoredInspection) {
  if (version.inspectionId === recorded.id) return recorded;
  return toInspection(await transaction.inspection.findUniqueOrThrow({ where: { id: version.inspectionId } }));
}

/** The same with files beside it, as a publish of them would have it. */
export async function inspectStoredWith(
  needs: Needs,
  principal: Principal,
  digest: string,
  files: NonNullable<PublishDetails['externalData']>,
): Promise<StoredInspection> {
  const { externalData } = checkDetails({ externalData: files });
  await requireExternalData(needs, principal, externalData);
  return inspectWithExternalData(needs, await inspectStored(needs, principal, digest), externalData);
}

/** The inspection of bytes that the principal may name. Rejects as `publishVersion` does. */
async function inspectStored(needs: Needs, principal: Principal, digest: string): Promise<StoredInspection> {
  await touchArtifacts(needs, [digest]);
  const [artifact] = await findArtifactRows(needs, principal, [digest]);
  if (artifact === undefined) throw artifactNotFound(digest, ['digest']);
  if (artifact.freedAt !== null) throw freed(digest);
  if (artifact.refusalCode !== null) throw refused(artifact.refusalCode, artifact.refusal);
  const known = await findInspection(needs.database, digest, NO_EXTERNAL_DATA, INSPECTION_VERSION);
  return known ?? recordInspection(needs, await readAgain(needs, digest));
}

/**
 * What is found with the files that come with the version. The model is read once more for it, which is small where its weights lie
 * beside it; what was found without them stays, as the inspection of the artifact.
 */
async function inspectWithExternalData(
  needs: Needs,
  plain: StoredInspection,
  externalData: CheckedDetails['externalData'],
): Promise<StoredInspection> {
  if (externalData.length === 0) return plain;
  requireNamedLocations(plain, externalData);
  const { digest } = plain;
  const key = externalKeyOf(externalData);
  const known = await findInspection(needs.database, digest, key, INSPECTION_VERSION);
  if (known !== null) return known;
  return recordInspection(needs, await readAgain(needs, digest, storedFiles(needs, externalData)), key);
}

function refused(code: string, message: string | null): WeighbridgeError {
  const known: ErrorCode = Object.hasOwn(ERROR_KINDS, code) ? (code as ErrorCode) : 'ARTIFACT_NOT_ONNX';
  return new WeighbridgeError(known, message ?? 'the bytes are not a model', { field: ['digest'] });
}
