/**
 * Approvals made and revoked: that somebody accepts what a check failed for, and until when. What is covered is named by fingerprints of
 * change and context, so that the same change published again stays approved and a larger one does not. Never changes a check.
 */
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { Approval } from '../../core/check/approval.js';
import { WeighbridgeError } from '../../core/errors.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import { loadChecks } from './check-reads.js';
import { toApproval } from '../rows/check-records.js';
import type { Transaction } from '../rows/counter.js';
import { checkText, invalid } from '../rows/details.js';
import { inModelsTurn } from '../rows/model-turn.js';
import type { Needs } from '../needs.js';
import { isDatabaseTime } from '../rows/pages.js';
import { recordEvent } from '../trail/trail.js';
import { isCovered, loadApprovals } from './approval-reads.js';

const { sql } = Prisma;

const MAX_APPROVAL_REASON_LENGTH = 2_000;

export interface NewApproval {
  checkId: string;
  reason: string;
  /** Null or absent for good. */
  expiresAt?: Date | null | undefined;
}

interface Failed {
  key: string;
  /** Up to which value of the metric. */
  amount: bigint;
  covered: boolean;
}

/**
 * Needs `approve` for the model. Rejects with CHECK_NOT_FOUND, INPUT_INVALID for an empty reason or a time that is over,
 * CHECK_NOT_FAILED, APPROVAL_EXISTS when others approved all of it, even in the same moment, and APPROVAL_NOT_OWN for the publisher where
 * others must approve.
 */
export async function approveCheck(needs: Needs, principal: Principal, request: NewApproval): Promise<Approval> {
  const check = (await loadChecks(needs, principal, [request.checkId])).get(request.checkId);
  if (check === undefined) throw checkNotFound();
  const { modelName } = check;
  requireScope(principal, 'approve', modelName);
  const reason = checkText(request.reason.trim(), MAX_APPROVAL_REASON_LENGTH, ['reason']);
  if (reason === null || reason === '') throw invalid(['reason'], 'is empty; say why this is accepted');
  const expiresAt = request.expiresAt ?? null;
  if (expiresAt !== null && (!isDatabaseTime(expiresAt.getTime()) || expiresAt <= new Date())) {
    throw invalid(['expiresAt'], 'must be in the future');
  }
  return inModelsTurn(needs, modelName, async (transaction, model, at) => {
    if (needs.approvalsBy === 'OTHERS') await requireAnother(transaction, principal, check.versionId);
    const failed = await findFailed(transaction, check.id);
    if (failed.length === 0) throw new WeighbridgeError('CHECK_NOT_FAILED', `the check is ${check.outcome}`);
    if (failed.every(({ covered }) => covered)) {
      throw new WeighbridgeError('APPROVAL_EXISTS', 'everything that this check failed for is already approved');
    }
    const covers = failed.map(({ key, amount }) => ({ key, amount }));
    const fingerprint = fingerprintOf(covers);
    const row = await transaction.approval.create({
      data: {
        id: v7(),
        checkId: check.id,
        modelId: model.id,
        modelName: model.name,
        fingerprint,
        reason,
        expiresAt,
        approvedBy: principal.name,
        approvedById: principal.tokenId,
        createdAt: at,
        covers: { createMany: { data: covers } },
      },
    });
    const details = { check: check.id, approval: row.id, reason, until: expiresAt?.toISOString() ?? null, fingerprint };
    const version = check.versionNumber;
    await recordEvent(transaction, { action: 'CHECK_APPROVED', by: principal, model: model.name, version, details });
    return toApproval(row);
  });
}

/** Of a version whose publisher's id is not known the name says who it was. */
async function requireAnother(transaction: Transaction, principal: Principal, versionId: string): Promise<void> {
  const { publishedBy, publishedById } = await transaction.version.findUniqueOrThrow({ where: { id: versionId } });
  const isOwn = publishedById === null ? publishedBy === principal.name : publishedById === principal.tokenId;
  if (!isOwn) return;
  throw new WeighbridgeError('APPROVAL_NOT_OWN', 'this token published the version: somebody else has to approve it');
}

/**
 * Needs `approve` for the model. Revoking it twice is no error. An alias that moved thanks to it stays where it is.
 * Rejects with APPROVAL_NOT_FOUND.
 */
export async function revokeApproval(needs: Needs, principal: Principal, request: { id: string }): Promise<Approval> {
  const found = (await loadApprovals(needs, principal, [request.id])).get(request.id);
  if (found === undefined) throw approvalNotFound();
  requireScope(principal, 'approve', found.modelName);
  return inModelsTurn(needs, found.modelName, async (transaction, model, at) => {
    const row = await transaction.approval.findUniqueOrThrow({ where: { id: found.id } });
    if (row.revokedAt !== null) return toApproval(row);
    const details = { check: row.checkId, approval: row.id };
    await recordEvent(transaction, { action: 'APPROVAL_REVOKED', by: principal, model: model.name, details });
    const data = { revokedAt: at, revokedBy: principal.name, revokedById: principal.tokenId };
    return toApproval(await transaction.approval.update({ where: { id: row.id }, data }));
  });
}

export function checkNotFound(): WeighbridgeError {
  return new WeighbridgeError('CHECK_NOT_FOUND', 'there is no check with this id', { field: ['id'] });
}

export function approvalNotFound(): WeighbridgeError {
  return new WeighbridgeError('APPROVAL_NOT_FOUND', 'there is no approval with this id', { field: ['id'] });
}

function findFailed(transaction: Transaction, checkId: string): Promise<Failed[]> {
  return transaction.$queryRaw<Failed[]>`
    SELECT f.key, max(coalesce(f.value, 0)) AS amount, bool_and(${isCovered(sql`f.key`, sql`f.value`)}) AS covered
    FROM check_finding f WHERE f.check_id = ${checkId}::uuid AND f.outcome = 'FAIL' AND f.key IS NOT NULL
    GROUP BY f.key ORDER BY f.key`;
}

function fingerprintOf(covers: readonly { key: string; amount: bigint }[]): string {
  const said = JSON.stringify(covers.map(({ key, amount }) => [key, String(amount)]));
  return createHash('sha256').update(said).digest('hex');
}
