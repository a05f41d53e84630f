/** Where aliases are, or were last, that are to move to a version. Reads only. */
import { Prisma } from '../../database/client.js';
import type { Transaction } from './counter.js';
import { keyOf } from './model-names.js';

const { sql } = Prisma;

export interface Moving {
  name: string;
  /** Id of the version where it is, or was last: nothing is gained by deleting an alias first. Null if it was never anywhere. */
  since: string | null;
  /** Whether it was at the version before: going back to what was deployed is always open. */
  isReturn: boolean;
  isProtected: boolean;
}

/** Those of the names that are not at the version. */
export async function aliasesElsewhere(
  transaction: Transaction,
  version: { id: string; modelId: string; number: number },
  names: readonly string[],
): Promise<Moving[]> {
  if (names.length === 0) return [];
  return transaction.$queryRaw<Moving[]>`
    SELECT asked.name, coalesce(a.version_id, stood.version_id) AS since, p.name IS NOT NULL AS "isProtected",
      EXISTS (SELECT FROM alias_move m WHERE ${keyOf(sql`m.model_name`)} = ${keyOf(sql`model.name`)} AND m.alias = asked.name AND m.to_number = ${version.number}::int
        AND m.at >= model.created_at) AS "isReturn"
    FROM unnest(${[...names]}::text[]) AS asked(name)
    JOIN model ON model.id = ${version.modelId}::uuid
    LEFT JOIN alias_protection p ON p.model_id = model.id AND p.name = asked.name
    LEFT JOIN alias a ON a.model_id = model.id AND a.name = asked.name
    LEFT JOIN LATERAL (
      SELECT v.id AS version_id FROM alias_move m
      JOIN version v ON v.model_id = model.id AND v.number = m.from_number
      WHERE ${keyOf(sql`m.model_name`)} = ${keyOf(sql`model.name`)} AND m.alias = asked.name AND m.to_number IS NULL
        AND m.at >= model.created_at
      ORDER BY m.at DESC, m.id DESC LIMIT 1) AS stood ON TRUE
    WHERE a.version_id IS DISTINCT FROM ${version.id}::uuid
    ORDER BY asked.name`;
}
