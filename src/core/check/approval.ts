/**
 * What an approval covers: the same change in the same context, up to its size. Pure; the texts made here are hashed by the registry.
 * The outcome of a check never changes; its conclusion is outcome and approvals.
 */
import type { CheckOutcome, Finding, JudgedBudget } from './check.js';
import { limitOf } from './evaluate.js';
import { nameKey } from '../names.js';

export const CHECK_CONCLUSIONS = ['PASS', 'WARN', 'APPROVED', 'FAIL', 'SKIPPED'] as const;
export type CheckConclusion = (typeof CHECK_CONCLUSIONS)[number];

/** Who may approve: everybody with the scope, or only others than the publisher of the version. */
export type ApprovalsBy = 'ANYONE' | 'OTHERS';

export interface Approval {
  id: string;
  checkId: string;
  modelName: string;
  /** SHA-256 over all that it covers. */
  fingerprint: string;
  /** Why it is accepted. */
  reason: string;
  approvedBy: string;
  approvedById: string | null;
  createdAt: Date;
  /** Null for good. */
  expiresAt: Date | null;
  revokedAt: Date | null;
  revokedBy: string | null;
  revokedById: string | null;
}

/**
 * The context of a finding that is over a limit, as one text: model, limit as it is set, and what it was compared with. Null where there
 * is nothing to approve. A change with the same context is covered up to the value that was approved; another limit or base is another
 * context. What a version inherits has the context of the version that broke the limit. `digest` is that of the model's bytes.
 */
export function approvalContext(model: string, budget: JudgedBudget, finding: Finding, digest: string): string | null {
  if (finding.outcome !== 'FAIL' && finding.reason !== 'INHERITED') return null;
  const { limitKind, metric, dtype, reason, baseValue } = finding;
  const { opType = null, path = null } = budget.selector ?? {};
  return JSON.stringify([
    nameKey(model),
    budget.id,
    metric,
    dtype,
    opType,
    path,
    limitKind,
    limitOf(budget, limitKind),
    limitKind === 'MAX' ? null : baseValue,
    reason === 'INHERITED' ? 'BROKEN' : reason,
    // Other bytes may hide more.
    BLIND.includes(reason) ? digest : null,
  ]);
}

/** Nothing bounds what is hidden in a figure that is not known, in nodes that a path does not find, or in cells that are not counted. */
const BLIND: readonly Finding['reason'][] = ['UNVERIFIABLE', 'NOTHING_SELECTED', 'WRITTEN_OUT'];

/** Up to which value a change in this context is approved; its size where the value is not known. */
export function approvedAmount(finding: Pick<Finding, 'value'>): number {
  return finding.value ?? 0;
}

/** `open`: failed findings that no approval in force covers. */
export function conclude(outcome: CheckOutcome, open: number): CheckConclusion {
  return outcome === 'FAIL' && open === 0 ? 'APPROVED' : outcome;
}

/** Only a failure that nobody approved holds an alias back. */
export function mayPass(conclusion: CheckConclusion): boolean {
  return conclusion !== 'FAIL';
}
