/**
 * What the quotas that a model's name fits have left. Each quota keeps the bytes that its models use: the artifacts of their versions, every
 * one counted once, freed ones not; so that a publish asks one row and the indexes over digests, however many versions there are. Every change to
 * what versions hold or to what is freed must call one of these, last in its transaction: whoever sets a quota waits for them
 * (artifacts/quotas.ts), and they see what the others did.
 */
import { WeighbridgeError } from '../../core/errors.js';
import { EVERY_MODEL, nameGlobCovers } from '../../core/name-glob.js';
import { nameKey } from '../../core/names.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import type { Transaction } from './counter.js';
import { fitsNameGlob, keyOf } from './model-names.js';
import { toCount } from './records.js';
import { select } from './select.js';

type Sql = Prisma.Sql;
const { sql } = Prisma;

interface Row {
  id: string;
  models: string;
  maxBytes: bigint;
  usedBytes: bigint;
}

interface Bytes {
  digest: string;
  byteSize: bigint;
}

const COLUMNS = sql`q.id, q.models, q.max_bytes AS "maxBytes", q.used_bytes AS "usedBytes"`;

/** A condition on the quota `q` and a name of a model. */
function isUnderQuota(name: Sql): Sql {
  return sql`(${keyOf(name)} LIKE q.name_like AND (q.name_slashes IS NULL OR (strpos(${name}, '/') > 0) = (q.name_slashes = 1)))`;
}

/** Whether a model under the quota `q` holds the digest, beside one version, and of the models of a pattern alone. */
function isHeld(digest: Sql, exceptVersion: string | null, models = EVERY_MODEL): Sql {
  const other = exceptVersion === null ? sql`TRUE` : sql`v.id <> ${exceptVersion}::uuid`;
  const except = sql`(${other} AND ${fitsNameGlob(sql`v.model_name`, models)})`;
  return sql`(
    EXISTS (SELECT FROM version v WHERE v.artifact_digest = ${digest} AND ${except} AND ${isUnderQuota(sql`v.model_name`)})
    OR EXISTS (SELECT FROM version_external_data x JOIN version v ON v.id = x.version_id
      WHERE x.artifact_digest = ${digest} AND ${except} AND ${isUnderQuota(sql`v.model_name`)}))`;
}

/** Locked in one order until the end of the transaction, so that two that publish see each other's bytes. */
function lockFitting(transaction: Transaction, modelName: string): Promise<Row[]> {
  return transaction.$queryRaw<Row[]>`
    SELECT ${COLUMNS} FROM quota q WHERE ${isUnderQuota(sql`${nameKey(modelName)}::text`)} ORDER BY q.id FOR UPDATE`;
}

/** Bytes of the artifacts that no model under the quota holds, beside one version. */
async function bytesNotHeld(
  transaction: Transaction,
  quotaId: string,
  artifacts: readonly Bytes[],
  exceptVersion: string | null,
): Promise<number> {
  const digests = sql`${artifacts.map(({ digest }) => digest)}::text[]`;
  const sizes = sql`${artifacts.map(({ byteSize }) => byteSize)}::bigint[]`;
  const [row] = await transaction.$queryRaw<{ sum: bigint }[]>`
    SELECT coalesce(sum(a.byte_size), 0)::bigint AS sum FROM unnest(${digests}, ${sizes}) AS a(digest, byte_size) CROSS JOIN quota q
    WHERE q.id = ${quotaId}::uuid AND NOT ${isHeld(sql`a.digest`, exceptVersion)}`;
  return toCount(row?.sum ?? 0);
}

/** The version is there already. Throws QUOTA_EXCEEDED; a version that brings no bytes that are new to its quota is never too many. */
export async function takeFromQuotas(
  transaction: Transaction,
  { models }: Pick<Principal, 'models'>,
  { id, modelName }: { id: string; modelName: string },
  digests: readonly string[],
): Promise<void> {
  const quotas = await lockFitting(transaction, modelName);
  if (quotas.length === 0) return;
  const stored = await transaction.artifact.findMany({ where: { digest: { in: [...digests] }, freedAt: null } });
  for (const quota of quotas) {
    const needed = await bytesNotHeld(transaction, quota.id, stored, id);
    if (needed === 0) continue;
    requireRoom(quota, models, modelName, needed);
    await transaction.$executeRaw`UPDATE quota SET used_bytes = used_bytes + ${needed}::bigint WHERE id = ${quota.id}::uuid`;
  }
}

/** The versions of the model are gone; they held these artifacts, whose bytes were not freed. */
export async function giveBackToQuotas(
  transaction: Transaction,
  modelName: string,
  artifacts: readonly Bytes[],
): Promise<void> {
  for (const { id } of await lockFitting(transaction, modelName)) {
    const freed = await bytesNotHeld(transaction, id, artifacts, null);
    await transaction.$executeRaw`UPDATE quota SET used_bytes = used_bytes - ${freed}::bigint WHERE id = ${id}::uuid`;
  }
}

/** The bytes of an artifact were freed, or came back: of every quota under which a version has it. Its row must be locked. */
export async function countFreed(transaction: Transaction, digest: string, how: 'FREED' | 'BACK'): Promise<void> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT q.id FROM quota q WHERE ${isHeld(sql`${digest}::text`, null)} ORDER BY q.id FOR UPDATE`;
  if (rows.length === 0) return;
  const sign = how === 'FREED' ? -1 : 1;
  await transaction.$executeRaw`
    UPDATE quota q SET used_bytes = q.used_bytes + ${sign}::bigint * a.byte_size
    FROM artifact a WHERE a.digest = ${digest} AND q.id = ANY(${rows.map(({ id }) => id)}::uuid[])`;
}

/**
 * Before bytes are taken: throws QUOTA_EXCEEDED where they would not fit, unless they are there already. Without a digest, a size that is that of the
 * model's latest version may be the same bytes again. What is exact is said when the version is made. Tells a principal nothing of what models
 * hold that it may not see.
 */
export async function requireQuota(
  reads: Reads,
  { models }: Pick<Principal, 'models'>,
  modelName: string,
  { byteSize, digest }: { byteSize: number; digest: string | undefined },
): Promise<void> {
  const name = sql`${nameKey(modelName)}::text`;
  const known =
    digest === undefined
      ? sql`EXISTS (SELECT FROM model m JOIN version v ON v.id = m.latest_version_id WHERE ${keyOf(sql`m.name`)} = ${name} AND v.byte_size = ${byteSize}::bigint)`
      : sql`(EXISTS (SELECT FROM artifact a WHERE a.digest = ${digest} AND a.freed_at IS NULL) AND ${isHeld(sql`${digest}::text`, null, models)})`;
  const [full] = await select<Row>(
    reads,
    sql`
    SELECT ${COLUMNS} FROM quota q
    WHERE ${isUnderQuota(name)} AND q.used_bytes + ${byteSize}::bigint > q.max_bytes AND NOT ${known} ORDER BY q.id LIMIT 1`,
  );
  if (full !== undefined) requireRoom(full, models, modelName, byteSize);
}

function requireRoom({ models, maxBytes, usedBytes }: Row, seen: string, modelName: string, needed: number): void {
  const [max, used] = [toCount(maxBytes), toCount(usedBytes)];
  if (used + needed <= max) return;
  if (!nameGlobCovers(seen, models)) {
    const problem = `${needed} bytes for "${modelName}" are over a quota of more models than this token may see: ask an admin to make room, or to raise it`;
    throw new WeighbridgeError('QUOTA_EXCEEDED', problem, { field: ['model'] });
  }
  throw new WeighbridgeError(
    'QUOTA_EXCEEDED',
    `${needed} bytes for "${modelName}" are over the quota of ${models}: ${used} of ${max} bytes are used. Have versions or models deleted that are not needed (weighbridge space '${models}' shows what holds the space), or the quota raised`,
    { field: ['model'] },
  );
}
