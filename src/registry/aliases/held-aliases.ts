/**
 * Which aliases may not move to a version. Judged at the moment of the move, by the budgets of that moment, and against the version
 * where the alias is. A publish asks it for every alias that it is given; a move by hand for protected ones. Writes nothing: what moves
 * is in alias-moves.ts.
 */
import { mayPass } from '../../core/check/approval.js';
import { WeighbridgeError } from '../../core/errors.js';
import { Prisma } from '../../database/client.js';
import { type CheckedVersion, judgeVersion } from '../checks/checks.js';
import type { Transaction } from '../rows/counter.js';
import { isCovered } from '../checks/approval-reads.js';
import type { Judged } from '../checks/evaluation.js';
import { aliasesElsewhere, type Moving } from '../rows/alias-places.js';

/** An alias that may not move, and what the check says in one line. */
export interface HeldAlias {
  name: string;
  line: string;
  /** Of one that is not, a move by hand is not refused. */
  isProtected: boolean;
}

type Verdict = Pick<Judged, 'conclusion' | 'line' | 'findings'>;

/** What is known of a version already: its check, null without budgets, and the id of the version that it was compared with. */
interface Known {
  verdict: Verdict | null;
  against: string | null;
}

/**
 * Those of the names that may not move to the version: its check fails, or would fail if the version where the alias is were the one
 * before it. What is in between inherits nothing to the alias. A new alias is judged by absolute limits, with nothing inherited.
 */
export async function heldAliases(
  transaction: Transaction,
  checked: CheckedVersion,
  names: readonly string[],
  known?: Known,
): Promise<HeldAlias[]> {
  if (names.length === 0 || known?.verdict === null) return [];
  const moving = await aliasesElsewhere(transaction, { modelId: checked.model.id, ...checked.version }, names);
  if (moving.length === 0) return [];
  const verdict = known ? known.verdict : await judgeVersion(transaction, checked);
  const held: HeldAlias[] = [];
  for (const alias of moving) {
    const isJudged = alias.isReturn || (alias.since !== null && alias.since === known?.against);
    const line = whyHeld(verdict) ?? (isJudged ? null : await whyHeldSince(transaction, checked, alias));
    if (line !== null) held.push({ name: alias.name, line, isProtected: alias.isProtected });
  }
  return held;
}

/** Null when it may move. A limit that could not be judged, since the base was read by another inspection version, holds it too. */
function whyHeld(verdict: Verdict | null): string | null {
  if (verdict === null) return null;
  const unjudged = verdict.findings.find(({ reason }) => reason === 'BASE_NOT_COMPARABLE');
  if (!mayPass(verdict.conclusion)) return verdict.line;
  return unjudged ? `${unjudged.message}: reinspect it first` : null;
}

/** Of one that was nowhere yet and is protected, no version before may have failed unapproved either. */
async function whyHeldSince(
  transaction: Transaction,
  checked: CheckedVersion,
  { since, isProtected }: Moving,
): Promise<string | null> {
  const line = whyHeld(await judgeVersion(transaction, { ...checked, since }));
  if (line !== null || since !== null || !isProtected) return line;
  const failed = await findOpenFailure(transaction, checked);
  return failed === null ? null : `version ${failed} before it failed its check, and the failure was not approved`;
}

/** The number of a version below this one whose last check failed and is not approved. */
async function findOpenFailure(transaction: Transaction, { model, version }: CheckedVersion): Promise<number | null> {
  const rows = await transaction.$queryRaw<{ number: number }[]>`
    SELECT v.number FROM version v
    CROSS JOIN LATERAL (SELECT c.id FROM version_check c WHERE c.version_id = v.id ORDER BY c.created_at DESC LIMIT 1) AS c
    JOIN check_finding f ON f.check_id = c.id
    WHERE v.model_id = ${model.id}::uuid AND v.number < ${version.number}::int AND v.withdrawn_at IS NULL
      AND f.outcome = 'FAIL' AND NOT ${isCovered(Prisma.sql`f.key`, Prisma.sql`f.value`)}
    ORDER BY v.number LIMIT 1`;
  return rows[0]?.number ?? null;
}

/** Of a move by hand, which only protection refuses. Throws ALIAS_PROTECTED. */
export async function requireMovable(transaction: Transaction, checked: CheckedVersion, alias: string): Promise<void> {
  const { model, version } = checked;
  const where = { modelId_name: { modelId: model.id, name: alias } };
  if ((await transaction.aliasProtection.findUnique({ where })) === null) return;
  const [held] = await heldAliases(transaction, checked, [alias]);
  if (held === undefined) return;
  const message = `"${alias}" of "${model.name}" is protected, and version ${version.number} does not pass: ${held.line}`;
  throw new WeighbridgeError(
    'ALIAS_PROTECTED',
    `${message}. Have it approved (weighbridge approve ${model.name}@${version.number} --reason …; if its own check passes, first check it for the alias: checkVersion with alias), then move it`,
    { field: ['alias'] },
  );
}
