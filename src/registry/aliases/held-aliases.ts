/**
 * Which protected aliases may not move to a version. Judged at the moment of the move, by the budgets of that moment, and against the
 * version where the alias stands. Writes nothing: what moves is in alias-moves.ts.
 */
import { mayPass } from '../../core/check/approval.js';
import { WeighbridgeError } from '../../core/errors.js';
import { Prisma } from '../../database/client.js';
import { type CheckedVersion, judgeVersion } from '../checks/checks.js';
import type { Transaction } from '../rows/counter.js';
import { isCovered, type Judged } from '../checks/evaluation.js';
import { keyOf } from '../rows/model-names.js';

/** An alias that may not move, and what the check says in one line. */
export interface HeldAlias {
  name: string;
  line: string;
}

/**
 * Those of the names that are protected and may not move to the version: its check fails, or would fail if the version where the alias
 * stands were the one before it. What is in between inherits nothing to the alias. `judged` is what is known of the version already.
 */
export async function heldAliases(
  transaction: Transaction,
  checked: CheckedVersion,
  names: readonly string[],
  judged?: Verdict | null,
): Promise<HeldAlias[]> {
  const { model, version } = checked;
  const moving = await protectedElsewhere(transaction, { modelId: model.id, ...version }, names);
  if (moving.length === 0) return [];
  const known = judged === undefined ? await judgeVersion(transaction, checked) : judged;
  const held: HeldAlias[] = [];
  for (const { name, since, isReturn } of moving) {
    const line = whyHeld(known) ?? (isReturn ? null : await whyHeldSince(transaction, checked, since));
    if (line !== null) held.push({ name, line });
  }
  return held;
}

type Verdict = Pick<Judged, 'conclusion' | 'line' | 'findings'>;

/** Null when it may move. A limit that could not be judged, since the base was read by another inspection version, holds it too. */
function whyHeld(verdict: Verdict | null): string | null {
  if (verdict === null) return null;
  const unjudged = verdict.findings.find(({ reason }) => reason === 'BASE_NOT_COMPARABLE');
  if (!mayPass(verdict.conclusion)) return verdict.line;
  return unjudged ? `${unjudged.message}: reinspect it first` : null;
}

/** Against the version where the alias stands; where it never stood anywhere, no version before may have failed unapproved. */
async function whyHeldSince(
  transaction: Transaction,
  checked: CheckedVersion,
  since: string | null,
): Promise<string | null> {
  if (since !== null) return whyHeld(await judgeVersion(transaction, { ...checked, since }));
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

export interface Moving {
  name: string;
  /** Id of the version where it stands, or stood last: nothing is gained by deleting an alias first. Null if it never stood anywhere. */
  since: string | null;
  /** Whether it stood at the version before: going back to what was deployed is always open. */
  isReturn: boolean;
}

/** Those of the names that are protected and do not stand at the version. */
export async function protectedElsewhere(
  transaction: Transaction,
  version: { id: string; modelId: string; number: number },
  names: readonly string[],
): Promise<Moving[]> {
  if (names.length === 0) return [];
  return transaction.$queryRaw<Moving[]>`
    SELECT p.name, coalesce(a.version_id, stood.version_id) AS since,
      EXISTS (SELECT FROM alias_move m WHERE ${keyOf(Prisma.sql`m.model_name`)} = ${keyOf(Prisma.sql`model.name`)} AND m.alias = p.name AND m.to_number = ${version.number}::int
        AND m.at >= model.created_at) AS "isReturn"
    FROM alias_protection p
    JOIN model ON model.id = p.model_id
    LEFT JOIN alias a ON a.model_id = p.model_id AND a.name = p.name
    LEFT JOIN LATERAL (
      SELECT v.id AS version_id FROM alias_move m
      JOIN version v ON v.model_id = p.model_id AND v.number = m.from_number
      WHERE ${keyOf(Prisma.sql`m.model_name`)} = ${keyOf(Prisma.sql`model.name`)} AND m.alias = p.name AND m.to_number IS NULL
      ORDER BY m.at DESC, m.id DESC LIMIT 1) AS stood ON TRUE
    WHERE p.model_id = ${version.modelId}::uuid AND p.name = ANY(${[...names]}::text[])
      AND a.version_id IS DISTINCT FROM ${version.id}::uuid
    ORDER BY p.name`;
}

/** Throws ALIAS_PROTECTED. */
export async function requireMovable(transaction: Transaction, checked: CheckedVersion, alias: string): Promise<void> {
  const [held] = await heldAliases(transaction, checked, [alias]);
  if (held === undefined) return;
  const { model, version } = checked;
  const message = `"${alias}" of "${model.name}" is protected, and version ${version.number} does not pass: ${held.line}`;
  throw new WeighbridgeError(
    'ALIAS_PROTECTED',
    `${message}. Check it for the alias (checkVersion with alias), have that approved, then move it`,
    { field: ['alias'] },
  );
}
