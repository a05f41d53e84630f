/**
 * Quotas: what the versions of all models whose names fit a pattern may take of the store. Set and removed here; what is used is kept by
 * rows/quota-use.ts. Must never count what is used while somebody changes it.
 */
import { v7 } from 'uuid';
import { WeighbridgeError } from '../../core/errors.js';
import { EVERY_MODEL, nameGlobToLike } from '../../core/name-glob.js';
import type { Principal } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { requireNamePattern } from '../access/tokens.js';
import { retried } from '../faults.js';
import type { Needs } from '../needs.js';
import type { Transaction } from '../rows/counter.js';
import { fitsNameGlob, isNamed } from '../rows/model-names.js';
import { toCount } from '../rows/records.js';
import { recordEvent } from '../trail/trail.js';
import { requireAllModels } from './artifact-walk.js';
import { type Quota, type QuotaRow, toQuota } from './quota-reads.js';

const { sql } = Prisma;

/** Each publish looks at all of them. */
const QUOTAS_MAX = 1_000;

/** Sets the quota of a pattern, or changes it; what is used may be more. Needs `admin` for all models. Rejects with INPUT_INVALID. */
export async function setQuota(
  needs: Needs,
  principal: Principal,
  { models, maxBytes }: { models: string; maxBytes: number },
): Promise<Quota> {
  requireAllModels(principal);
  requireNamePattern(models);
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
    throw new WeighbridgeError('INPUT_INVALID', 'maxBytes must be a whole number from 0', { field: ['maxBytes'] });
  }
  return retried(() =>
    needs.database.$transaction(
      async (transaction) => {
        // Whoever changes what is used locks rows of the table, if only none: they come before this, or after it.
        await transaction.$executeRaw`SET LOCAL statement_timeout = ${Prisma.raw(String(MEASURE_MAX_MS))}`;
        await transaction.$executeRaw`LOCK TABLE quota IN EXCLUSIVE MODE`;
        const usedBytes = await measure(transaction, models);
        const known = await findQuota(transaction, models);
        if (known === null) await requireFew(transaction);
        const { like, slashes } = models === EVERY_MODEL ? { like: '%', slashes: null } : nameGlobToLike(models);
        const kept = known?.models ?? models;
        const details = { models: kept, maxBytes, ...(known && { before: known.maxBytes }) };
        await recordEvent(transaction, { action: 'QUOTA_SET', by: principal, model: null, details });
        const figures = { maxBytes: BigInt(maxBytes), usedBytes: BigInt(usedBytes) };
        if (known === null) {
          await transaction.quota.create({
            data: { id: v7(), models, nameLike: like, nameSlashes: slashes, ...figures },
          });
        } else {
          await transaction.quota.update({ where: { id: known.id }, data: figures });
        }
        return { models: kept, maxBytes, usedBytes };
      },
      { timeout: MEASURE_MAX_MS },
    ),
  );
}

/** Of a registry of a million versions. */
const MEASURE_MAX_MS = 60_000;

/** Needs `admin` for all models. Rejects with QUOTA_NOT_FOUND. */
export async function removeQuota(needs: Needs, principal: Principal, models: string): Promise<Quota> {
  requireAllModels(principal);
  return retried(() =>
    needs.database.$transaction(async (transaction) => {
      const known = await findQuota(transaction, models);
      if (known === null) {
        throw new WeighbridgeError('QUOTA_NOT_FOUND', `there is no quota of ${JSON.stringify(models)}`, {
          field: ['models'],
        });
      }
      const { id, ...quota } = known;
      // Somebody else may have removed it meanwhile.
      await transaction.quota.delete({ where: { id } });
      const details = { models: quota.models, maxBytes: quota.maxBytes };
      await recordEvent(transaction, { action: 'QUOTA_REMOVED', by: principal, model: null, details });
      return quota;
    }),
  );
}

async function findQuota(transaction: Transaction, models: string): Promise<(Quota & { id: string }) | null> {
  const [row] = await transaction.$queryRaw<QuotaRow[]>`
    SELECT q.id, q.models, q.max_bytes AS "maxBytes", q.used_bytes AS "usedBytes" FROM quota q
    WHERE ${isNamed(sql`q.models`, models)} FOR UPDATE`;
  return row === undefined ? null : { id: row.id, ...toQuota(row) };
}

async function requireFew(transaction: Transaction): Promise<void> {
  if ((await transaction.quota.count()) < QUOTAS_MAX) return;
  throw new WeighbridgeError('INPUT_INVALID', `there are ${QUOTAS_MAX} quotas, which is the most`, {
    field: ['models'],
  });
}

/** What is used, counted anew. */
async function measure(transaction: Transaction, models: string): Promise<number> {
  const fits = fitsNameGlob(sql`v.model_name`, models);
  const [row] = await transaction.$queryRaw<{ sum: bigint }[]>`
    SELECT coalesce(sum(a.byte_size), 0)::bigint AS sum FROM artifact a
    WHERE a.freed_at IS NULL AND a.digest IN (
      SELECT v.artifact_digest FROM version v WHERE ${fits}
      UNION SELECT x.artifact_digest FROM version_external_data x JOIN version v ON v.id = x.version_id WHERE ${fits})`;
  return toCount(row?.sum ?? 0);
}
