/**
 * Idempotency keys: the same request under one key, token and model has one outcome for 24 hours. Reads and writes only inside the
 * model's turn (counter.ts), so that requests that come at once see each other.
 */
import { createHash } from 'node:crypto';
import { WeighbridgeError } from '../../core/errors.js';
import { nameKey } from '../../core/names.js';
import type { HeldAlias } from '../aliases/held-aliases.js';
import type { Transaction } from '../rows/counter.js';
import type { CheckedDetails } from '../rows/details.js';
import { fromJson } from '../rows/from-json.js';
import type { Needs } from '../needs.js';

const HOURS_KEPT = 24;
/** Expired keys taken away in passing, so that one request never pays for many. */
const SWEPT_AT_ONCE = 100;

export interface IdempotencyRequest {
  tokenId: string;
  modelName: string;
  key: string;
  /** Says whether two requests ask for the same. */
  fingerprint: string;
}

export interface Outcome {
  versionId: string;
  unchanged: boolean;
  modelCreated: boolean;
  heldAliases: HeldAlias[];
}

/** SHA-256 over the bytes' digest and all that was said about them. */
export function fingerprintOf(digest: string, details: CheckedDetails): string {
  const { aliases, labels, notes, source, declaredParams, externalData, force, requirePass } = details;
  const asked = [
    digest,
    aliases,
    labels,
    notes,
    [source.repositoryUrl, source.commit, source.runUrl],
    declaredParams,
    externalData.map((file) => [file.location, file.digest]),
    force,
    requirePass,
  ];
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** What the same request had for an outcome; null for a new or expired key. Throws IDEMPOTENCY_CONFLICT. */
export async function findOutcome(
  transaction: Transaction,
  { tokenId, modelName, key, fingerprint }: IdempotencyRequest,
  now: Date,
): Promise<Outcome | null> {
  const row = await transaction.idempotencyKey.findUnique({
    where: { tokenId_modelName_key: { tokenId, modelName: nameKey(modelName), key } },
  });
  if (row === null || row.createdAt < expiry(now)) return null;
  // A deleted model takes its versions along; the key is free again.
  if ((await transaction.version.count({ where: { id: row.versionId } })) === 0) return null;
  if (row.request === fingerprint) return { ...row, heldAliases: fromJson<HeldAlias[]>(row.heldAliases) };
  throw new WeighbridgeError(
    'IDEMPOTENCY_CONFLICT',
    `the Idempotency-Key was used for another request to model "${modelName}" within ${HOURS_KEPT} hours`,
    { field: ['idempotencyKey'] },
  );
}

/** Keeps the outcome under the key, over an expired one. */
export async function keepOutcome(
  transaction: Transaction,
  { tokenId, modelName: name, key, fingerprint }: IdempotencyRequest,
  { heldAliases, ...outcome }: Outcome,
  now: Date,
): Promise<void> {
  const modelName = nameKey(name);
  const held = heldAliases.map(({ name, line, isProtected }) => ({ name, line, isProtected }));
  const data = { request: fingerprint, ...outcome, heldAliases: held, createdAt: now };
  await transaction.idempotencyKey.upsert({
    where: { tokenId_modelName_key: { tokenId, modelName, key } },
    create: { tokenId, modelName, key, ...data },
    update: data,
  });
}

/** Takes some expired keys away. */
export async function sweepExpiredKeys(needs: Needs): Promise<void> {
  await needs.database.$executeRaw`
    DELETE FROM idempotency_key WHERE (token_id, model_name, key) IN (
      SELECT token_id, model_name, key FROM idempotency_key
      WHERE created_at < now() - make_interval(hours => ${HOURS_KEPT}::int)
      ORDER BY created_at LIMIT ${SWEPT_AT_ONCE}::int FOR UPDATE SKIP LOCKED)`;
}

function expiry(now: Date): Date {
  return new Date(now.getTime() - HOURS_KEPT * 3_600_000);
}
