/** Reads of which aliases of a model are protected, since when and by whom. */
import type { AliasProtection } from '../../core/catalog.js';
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { type AliasProtectionRow, toAliasProtection } from '../rows/check-records.js';
import { select } from '../rows/select.js';

/** By model, by name. They must have been read for a principal that sees them. */
export async function loadProtections(
  needs: Reads,
  modelIds: readonly string[],
): Promise<Map<string, AliasProtection[]>> {
  const rows = await select<AliasProtectionRow>(
    needs,
    Prisma.sql`SELECT p.model_id AS "modelId", p.name, p.protected_at AS "protectedAt", p.protected_by AS "protectedBy",
        p.protected_by_id AS "protectedById"
      FROM alias_protection p WHERE p.model_id = ANY(${[...modelIds]}::uuid[]) ORDER BY p.model_id, p.name`,
  );
  const protections = new Map<string, AliasProtection[]>(modelIds.map((id) => [id, []]));
  for (const row of rows) protections.get(row.modelId)?.push(toAliasProtection(row));
  return protections;
}
