/** Reads of which aliases of a model are protected, since when and by whom. */
import { Prisma } from '../../database/client.js';
import type { Reads } from '../needs.js';
import { select } from '../rows/select.js';
import { type AliasProtection } from './alias-protections.js';

/** By model, by name. They must have been read for a principal that sees them. */
export async function loadProtections(
  needs: Reads,
  modelIds: readonly string[],
): Promise<Map<string, AliasProtection[]>> {
  const rows = await select<AliasProtection & { modelId: string }>(
    needs,
    Prisma.sql`SELECT p.model_id AS "modelId", p.name, p.protected_at AS "protectedAt", p.protected_by AS "protectedBy"
      FROM alias_protection p WHERE p.model_id = ANY(${[...modelIds]}::uuid[]) ORDER BY p.model_id, p.name`,
  );
  const protections = new Map<string, AliasProtection[]>(modelIds.map((id) => [id, []]));
  for (const { modelId, ...protection } of rows) protections.get(modelId)?.push(protection);
  return protections;
}
